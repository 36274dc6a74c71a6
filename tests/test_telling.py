"""Operators are told of their sources and jobs: once, in one message a turn, whatever dies in between."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from crawler.announcement import Loss
from crawler.order import EntryRead, Lost, ReportLine
from monitor.archive.connection import transaction
from monitor.archive.notices import OperatorMessage, add_notice, count_messages, note_job
from monitor.archive.sources import register_sources
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel
from monitor.configuration import Watched
from monitor.due import Schedule, parse_recurring
from monitor.escaping import Form
from monitor.message import Frame, Limit
from monitor.notice import write_job
from monitor.outbox import DeliveryJob, Dispatch
from monitor.receivers import Answer, HookReceiver
from monitor.telling import Operators, bundle, compose_bundle, tell_operators
from monitor.watch import Watch
from tests.archives import FEED, NOW, Archive, make_announcement, make_channel, make_source, write_report

DAILY: Schedule = parse_recurring("daily 08:00 Europe/London")
ENDED = write_report()[-1]
BROKEN: list[ReportLine] = [Lost(source="gb-blog", url=FEED, loss=Loss.NOT_A_FEED, detail="an HTML page"), ENDED]
UNREACHABLE: list[ReportLine] = [Lost(source="gb-blog", url=FEED, loss=Loss.TIMEOUT, detail="no answer"), ENDED]
WELL = write_report(make_announcement("/a"))


@pytest.fixture
def hook() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "a.db")
    yield made
    made.database.close()


def ops(hook: HookReceiver) -> Channel:
    return make_channel(f"json://127.0.0.1:{hook.port}/?format=text", name="ops")


def make_job(channel: Channel, **values: Any) -> DeliveryJob:
    settings = {"archive": cast("ArchiveWorker", None), "items_per_message": 20, "timeout_s": 3, **values}
    return DeliveryJob(channels=(channel,), contact="me", **settings)


def tell(path: Path, channel: Channel, at: datetime, *, late: bool = False, **values: Any) -> Dispatch:
    with ArchiveWorker(path) as worker:
        job = make_job(channel, archive=worker, clock=lambda: at, **values)
        asyncio.run(tell_operators(job, Operators(channels=["ops"], daily_at=DAILY), look_for_late=late))
        return job.result


def body(hook: HookReceiver, number: int = 0) -> str:
    return hook.messages[number].text


def subjects(hook: HookReceiver) -> list[str]:
    return [str(post.body["title"]) for post in hook.messages]


def test_a_source_that_breaks_is_told_once_daily_and_when_it_recovers(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    """R22: one report when it breaks, one when it recovers, a daily reminder in between."""
    path, channel = tmp_path / "a.db", ops(hook)
    archive.take(WELL, at=NOW)
    for hours in range(60):
        at = NOW + timedelta(hours=hours + 1)
        archive.take(BROKEN, at=at)
        tell(path, channel, at)
        tell(path, channel, at + timedelta(minutes=1))
    archive.take(WELL, at=NOW + timedelta(hours=61))
    for hours in range(61, 100):
        tell(path, channel, NOW + timedelta(hours=hours))

    assert subjects(hook) == [
        "govwatch: 1 not well",
        "govwatch: 1 still not well",
        "govwatch: 1 still not well",
        "govwatch: 1 well again",
    ]
    assert "A blog (gb-blog): broken: https://example.org/feed: not a feed: an HTML page" in body(hook, 0)
    assert "broken for 19 hours" in body(hook, 1)
    assert "ok, after 2 days" in body(hook, 3)


def test_watches_that_want_a_look_are_told_in_the_daily_message(archive: Archive) -> None:
    """R30: with the reminder, not when they are found."""
    watched = Watched(watches=(Watch(name="Far", any=("x",), countries=("NZ",)),))
    operators = Operators(channels=["ops"], daily_at=DAILY, watched=watched)
    for hours in range(72):
        with transaction(archive.database):
            bundle(archive.database, operators, [("ops", "1")], NOW + timedelta(hours=hours), look_for_late=False)

    messages = archive.rows("SELECT subject, lines, created_at FROM operator_message")
    assert [(row["subject"], row["created_at"][:13]) for row in messages] == [
        ("govwatch: 1 watch that wants a look", "2026-03-03T08")
    ]
    assert "“Far” is dangling: no source that is enabled is in its scope" in messages[0]["lines"]


def test_one_look_that_fails_is_told_only_when_the_next_says_the_same(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    for number, lines in enumerate([WELL, UNREACHABLE, WELL, UNREACHABLE, UNREACHABLE]):
        archive.take(lines, at=NOW + timedelta(hours=number))
        tell(tmp_path / "a.db", ops(hook), NOW + timedelta(hours=number))

    assert subjects(hook) == ["govwatch: 1 not well"]


def test_one_turn_is_one_message_for_each_address(tmp_path: Path, hook: HookReceiver) -> None:
    sources = [make_source(f"gb-{number}", name=f"Blog {number}") for number in range(30)]
    archive = Archive(tmp_path / "a.db", sources=sources)
    for source in sources:
        lost = Lost(source=source.id, url=FEED, loss=Loss.NOT_FOUND, detail="404")
        archive.take([lost, ENDED], source=source.id, at=NOW)
    archive.database.close()

    tell(tmp_path / "a.db", ops(hook), NOW)

    assert subjects(hook) == ["govwatch: 30 not well"]
    assert all(f"Blog {number} (gb-{number})" in body(hook, 0) for number in range(30))


def test_what_is_refused_is_tried_again_and_not_repeated(archive: Archive, hook: HookReceiver, tmp_path: Path) -> None:
    path, channel = tmp_path / "a.db", ops(hook)
    archive.take(BROKEN, at=NOW)
    hook.answer = Answer.REFUSE
    refused = tell(path, channel, NOW)
    hook.answer = Answer.ACCEPT
    tell(path, channel, NOW)
    assert subjects(hook) == []
    tell(path, channel, NOW + timedelta(hours=3))
    tell(path, channel, NOW + timedelta(hours=6))

    assert len(refused.errors) == 1
    assert subjects(hook) == ["govwatch: 1 not well"]
    assert count_messages(archive.database) == {"owed": 0, "failed": 0, "sent": 1}


def bundle_and_die(archive: Archive, operators: Operators, keys: list[tuple[str, str]]) -> None:
    with transaction(archive.database):
        bundle(archive.database, operators, keys, NOW, look_for_late=False)
        raise KeyboardInterrupt


def test_a_kill_between_state_bundle_and_sending_loses_nothing(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    """R1: the notice stands in the transaction of the state; the message in that of the bundle."""
    archive.take(BROKEN, at=NOW)
    keys = [("ops", "00000000")]
    operators = Operators(channels=["ops"], daily_at=DAILY)
    with pytest.raises(KeyboardInterrupt):
        bundle_and_die(archive, operators, keys)
    assert archive.values("SELECT count(*) FROM operator_message") == [0]
    with transaction(archive.database):
        bundle(archive.database, operators, keys, NOW, look_for_late=False)

    tell(tmp_path / "a.db", ops(hook), NOW)

    assert subjects(hook) == ["govwatch: 1 not well"]


def test_an_address_that_is_gone_is_given_up_and_shown(archive: Archive, hook: HookReceiver, tmp_path: Path) -> None:
    archive.take(BROKEN, at=NOW)
    hook.answer = Answer.REFUSE
    tell(tmp_path / "a.db", ops(hook), NOW)
    tell(tmp_path / "a.db", make_channel("json://127.0.0.1:1", name="other"), NOW + timedelta(days=1))

    assert count_messages(archive.database)["failed"] == 1
    assert "no longer has this address" in archive.values("SELECT last_error FROM operator_message")[0]


def test_an_address_that_is_newer_than_the_process_is_told_and_not_given_up(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    before, newer = make_channel("json://127.0.0.1:1", name="other"), ops(hook)
    archive.take(BROKEN, at=NOW)
    hook.answer = Answer.REFUSE_FOR_NOW
    tell(tmp_path / "a.db", newer, NOW)
    hook.answer = Answer.ACCEPT

    tell(tmp_path / "a.db", before, NOW + timedelta(hours=1), read_anew=lambda: None)
    assert count_messages(archive.database)["failed"] == 0
    tell(tmp_path / "a.db", before, NOW + timedelta(hours=2), read_anew=lambda: make_job(newer))

    assert subjects(hook) == ["govwatch: 1 not well"]


def test_without_channels_nobody_is_told_later_of_what_is_old(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    archive.take(BROKEN, at=NOW)
    tell(tmp_path / "a.db", make_channel("json://127.0.0.1:1", name="team"), NOW)
    tell(tmp_path / "a.db", ops(hook), NOW + timedelta(hours=1))

    assert subjects(hook) == []


def test_a_source_that_is_not_looked_at_is_reported_once(archive: Archive, hook: HookReceiver, tmp_path: Path) -> None:
    """R9."""
    path, channel = tmp_path / "a.db", ops(hook)
    archive.take(WELL, at=NOW)
    for hours in range(1, 40):
        tell(path, channel, NOW + timedelta(hours=hours), late=True)
    archive.take(WELL, at=NOW + timedelta(hours=40))
    tell(path, channel, NOW + timedelta(hours=80), late=True)

    assert subjects(hook) == ["govwatch: 1 late", "govwatch: 1 late"]
    assert "is `govwatch run` at work?" in body(hook, 0)


def test_a_source_that_was_never_looked_at_is_reported_too(tmp_path: Path, hook: HookReceiver) -> None:
    """R9."""
    archive = Archive(tmp_path / "a.db")
    register_sources(archive.database, [make_source("gb-new", name="New")], at=NOW)
    archive.database.execute("UPDATE source_state SET registered_at = ?", [f"{NOW:%Y-%m-%dT%H:%M:%S}.000Z"])
    archive.database.conn.commit()
    archive.database.close()

    tell(tmp_path / "a.db", ops(hook), NOW + timedelta(hours=1), late=True)

    assert "New (gb-new): due for 1 hour" in body(hook, 0)


def test_a_job_that_fails_is_counted_and_told_once_until_it_works_again(
    archive: Archive, hook: HookReceiver, tmp_path: Path
) -> None:
    """R9: missed and failed jobs are counted."""

    def happen(error: str | None, *, is_missed: bool = False) -> None:
        with transaction(archive.database):
            if note_job(archive.database, "crawl", at=NOW, error=error, is_missed=is_missed):
                add_notice(archive.database, write_job("crawl", error or ""), at=NOW)

    for error in ("disk full", "disk full", None, "disk full"):
        happen(error)
    happen("missed its time", is_missed=True)
    tell(tmp_path / "a.db", ops(hook), NOW)

    assert subjects(hook) == ["govwatch: 2 failed jobs"]
    assert archive.rows("SELECT failed, missed, is_failing FROM job_state") == [
        {"failed": 3, "missed": 1, "is_failing": 1}
    ]


def test_a_move_is_told_once_when_it_is_for_good(archive: Archive, hook: HookReceiver, tmp_path: Path) -> None:
    """A permanent redirect that has been seen for a week."""
    new = "https://new.example.org/feed"
    for day in range(12):
        entry = EntryRead(source="gb-blog", url=FEED, way=WELL[0].way, status=200, rows=1, moved_to=new)  # type: ignore[union-attr]
        archive.take(write_report(make_announcement("/a"), entry=entry), at=NOW + timedelta(days=day))
        tell(tmp_path / "a.db", ops(hook), NOW + timedelta(days=day))
        assert len(subjects(hook)) == (day >= 7)

    assert f"{FEED} has moved: put {new} into sources/gb-blog.toml" in body(hook, 0)


def test_a_message_is_cut_to_what_its_address_takes_and_says_so() -> None:
    """R6, R12."""
    lines = tuple(f"Source {number} is broken for a reason that takes some words to tell" for number in range(500))
    message = OperatorMessage(
        id=1, channel="ops", address="a", subject="govwatch: 500 not well", lines=lines, attempts=0, created_at=""
    )

    short = compose_bundle(message, Limit(form=Form.MRKDWN, max_chars=2900), Frame(channel="ops"))
    long = compose_bundle(message, Limit(form=Form.HTML), Frame(channel="ops"))

    assert len(short.mrkdwn) <= 2900
    assert "Source 0 is broken" in short.mrkdwn
    assert "more lines" in short.mrkdwn
    assert "And 400 more lines." in long.text


def test_the_schedule_of_reminders_may_change(archive: Archive, tmp_path: Path) -> None:
    for written in ("daily 08:00", "daily 09:00"):
        with transaction(archive.database):
            bundle(
                archive.database,
                Operators(channels=[], daily_at=parse_recurring(written)),
                [],
                NOW,
                look_for_late=False,
            )
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        assert connection.execute("SELECT due_at FROM daily_reminder").fetchall() == [("2026-03-03T09:00:00.000Z",)]
