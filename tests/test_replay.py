"""Replays: what was sent is sent again, marked, and nothing about the alerts changes."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, read_channels
from monitor.clock import now
from monitor.outbox import DeliveryJob, Dispatch
from monitor.receivers import Answer, HookReceiver, MailReceiver
from monitor.replay import Span, replay
from monitor.watch import Watch
from tests.archives import NOW, Archive, make_announcement, write_report
from tests.installations import make_place
from tests.test_outbox import WATCH, deliver, read_team, read_texts


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture
def hook() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


def send_three_days(folder: Path, channel: Channel) -> Path:
    """An archive that sent `/0` today, `/1` tomorrow and `/2` the day after."""
    archive = Archive(folder / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    for number in range(3):
        at = NOW + timedelta(days=number)
        archive.take(write_report(make_announcement(f"/{number}", day=at.date())), at=at)
        deliver(folder / "a.db", channel, at=at)
    archive.database.close()
    return folder / "a.db"


def play(path: Path, channel: Channel, *, since: datetime, until: datetime) -> Dispatch:
    with ArchiveWorker(path) as worker:
        job = DeliveryJob(archive=worker, channels=(channel,), items_per_message=20, timeout_s=3)
        return asyncio.run(replay(job, channel, Span(since=since, until=until, described="from then until now")))


def read_alerts(path: Path) -> list[dict[str, object]]:
    with ArchiveWorker(path) as worker:
        return asyncio.run(worker.read(lambda database: list(database.query("SELECT * FROM alert ORDER BY id"))))


def test_a_span_is_sent_again_in_one_message_and_the_alerts_stay_as_they_are(
    tmp_path: Path, mail: MailReceiver
) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    path = send_three_days(tmp_path, channel)
    before, ids = read_alerts(path), {message["Message-ID"] for message in mail.messages}
    mail.messages.clear()

    result = play(path, channel, since=NOW + timedelta(days=1), until=NOW + timedelta(days=3))

    assert (result.sent, result.messages) == (2, 1)
    assert mail.messages[0]["Subject"] == "Replay: 2 announcements: Agreements"
    assert mail.messages[0]["Message-ID"] not in ids
    assert "Sent again on request: what came from then until now." in read_texts(mail)[0]
    assert set(re.findall(r"^https://example.org(\S+)", read_texts(mail)[0], re.MULTILINE)) == {"/1", "/2"}
    assert read_alerts(path) == before


@pytest.mark.parametrize(
    ("before", "changed"),
    [("Nothing of interest. " * 30, "Changed: "), (None, "")],
    ids=["edited", "completed"],
)
def test_a_change_and_its_term_are_told_alike_in_mails_posts_feeds_and_replays(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver, before: str | None, changed: str
) -> None:
    """A page whose text comes later has not changed; a term with a comma is one."""
    channel = read_channel(tmp_path, mail, hook)
    watch = Watch(name="Department", any=("Culture, Media and Sport",), channels=("team",))
    archive = Archive(tmp_path / "a.db", watches=[watch], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a", title="An announcement", text=before)))
    text = "The Department for Culture, Media and Sport leads. " * 9
    archive.take(write_report(make_announcement("/a", title="An announcement", text=text)), at=NOW)
    archive.database.close()

    deliver(tmp_path / "a.db", channel)
    play(tmp_path / "a.db", channel, since=NOW, until=now() + timedelta(hours=1))

    (path,) = (tmp_path / "feeds").glob("*.json")
    (feed,) = json.loads(path.read_text(encoding="utf-8"))["items"]
    headline, found = f"{changed}An announcement (A blog)", "found “Culture, Media and Sport”."
    assert [message["Subject"] for message in mail.messages] == [headline, f"Replay: {headline}"]
    assert feed["title"] == headline
    assert feed["tags"] == ["Culture, Media and Sport"]
    for told in (*read_texts(mail), *(post.text for post in hook.messages)):
        assert found in told
        assert ("Changed: " in told) is bool(changed)


def read_channel(folder: Path, mail: MailReceiver, hook: HookReceiver) -> Channel:
    """The channel `team` with a mailbox, a chat and a folder for feeds."""
    written = f'[channels.team]\nurls = ["${{MAIL}}", "${{HOOK}}"]\nfeeds = "{folder / "feeds"}"\n'
    (folder / "channels.toml").write_text(written, encoding="utf-8")
    (channel,), faults = read_channels(folder / "channels.toml", {"MAIL": mail.url, "HOOK": hook.url})
    assert faults == ()
    return channel


def test_two_replays_are_two_messages_to_a_mailbox(tmp_path: Path, mail: MailReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    path = send_three_days(tmp_path, channel)
    for _ in range(2):
        play(path, channel, since=NOW, until=NOW + timedelta(days=9))

    assert len({message["Message-ID"] for message in mail.messages}) == 5


def test_a_replay_that_is_refused_says_so_and_changes_nothing(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    channel = read_team(tmp_path, MAIL=mail.url, HOOK=hook.url)
    path = send_three_days(tmp_path, channel)
    before = read_alerts(path)
    mail.answer = Answer.REFUSE_FOR_NOW
    hook.messages.clear()

    result = play(path, channel, since=NOW, until=NOW + timedelta(days=9))

    assert (result.sent, result.failed, len(hook.messages)) == (3, 3, 1)
    assert "team mailto 1: the server said 451" in result.errors[0]
    assert read_alerts(path) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "--since", "2026-03-02"), "no channel “nobody”"),
        (("team", "--since", "yesterday"), "expected a day or moment"),
        (("team", "--since", "2026-03-02", "--until", "2026-03-01"), "ends before it begins"),
    ],
)
def test_a_replay_that_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    place = make_place(tmp_path)
    place.write("channels.toml", "[channels.team]\nurls = ['json://127.0.0.1:1/x']\n")

    done = place.run("alert", "replay", *arguments)

    assert done.returncode == 2
    assert said in done.stderr


def test_the_command_replays_by_the_clock_of_the_channel(tmp_path: Path, mail: MailReceiver) -> None:
    place = make_place(tmp_path, MAIL=mail.url)
    place.write("channels.toml", "[channels.team]\nurls = ['${MAIL}']\ntime_zone = 'America/Toronto'\n")
    send_three_days(tmp_path / "config", read_channel_of(place.folder, mail))
    (tmp_path / "config" / "a.db").rename(place.archive)
    mail.messages.clear()

    done = place.run("alert", "replay", "team", "--since", "2026-03-03T07:30", "--until", "2026-03-04T06:59")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "0 alerts sent again in 0 messages, 0 refused"
    assert place.run("alert", "replay", "team", "--since", "2026-03-03T07:00").stdout.startswith("2 alerts sent again")


def read_channel_of(folder: Path, mail: MailReceiver) -> Channel:
    (channel,), _ = read_channels(folder / "config" / "channels.toml", {"MAIL": mail.url})
    return channel
