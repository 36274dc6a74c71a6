"""Channels that fail are reported through another one: once when they break, daily, and once when they work again."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, read_channels
from monitor.channel_health import ChannelNews, Failing, judge_channels
from monitor.channel_reports import report_channels
from monitor.due import parse_schedule
from monitor.outbox import DeliveryJob, deliver_due
from monitor.receivers import Answer, HookReceiver, MailReceiver
from tests.archives import NOW
from tests.installations import make_place
from tests.test_outbox import WATCH, owe

DAY = timedelta(days=1)


def fail(refusals: int = 3, name: str = "team") -> Failing:
    return Failing(channel=name, address="a", since=NOW, refusals=refusals, detail="the server said 451")


@pytest.mark.parametrize(
    ("failing", "reported_at", "news"),
    [
        ([], {}, ChannelNews()),
        ([fail(2)], {}, ChannelNews()),
        ([fail(3)], {}, ChannelNews(broken=(fail(3),))),
        ([fail(9)], {("team", "a"): NOW - timedelta(hours=23)}, ChannelNews()),
        ([fail(9)], {("team", "a"): NOW - DAY}, ChannelNews(broken=(fail(9),))),
        ([], {("team", "a"): NOW - DAY}, ChannelNews(mended=(("team", "a"),))),
        ([fail(1)], {("team", "a"): NOW}, ChannelNews()),
        (
            [fail(3, "other")],
            {("team", "a"): NOW},
            ChannelNews(broken=(fail(3, "other"),), mended=(("team", "a"),)),
        ),
    ],
)
def test_operators_are_told_once_reminded_daily_and_told_of_the_end(
    failing: list[Failing], reported_at: dict[tuple[str, str], datetime], news: ChannelNews
) -> None:
    assert judge_channels(failing, reported_at, at=NOW) == news


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture
def hook() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


@pytest.fixture
def channels(tmp_path: Path, mail: MailReceiver, hook: HookReceiver) -> tuple[Channel, ...]:
    (tmp_path / "channels.toml").write_text(
        '[channels.team]\nurls = ["${MAIL}"]\n[channels.operators]\nurls = ["${MAIL_OPS}", "${HOOK}"]\n',
        encoding="utf-8",
    )
    environ = {"MAIL": mail.url, "MAIL_OPS": mail.url_for("ops@example.org"), "HOOK": hook.url}
    read, faults = read_channels(tmp_path / "channels.toml", environ)
    assert not faults
    return read


def work(path: Path, channels: tuple[Channel, ...], at: datetime, *operators: str) -> bool:
    with ArchiveWorker(path) as worker:
        job = DeliveryJob(archive=worker, channels=channels, items_per_message=20, timeout_s=3, clock=lambda: at)

        async def deliver_and_report() -> bool:
            await deliver_due(job)
            return await report_channels(job, operators=operators)

        return asyncio.run(deliver_and_report())


def test_a_channel_that_breaks_is_reported_through_another_and_so_is_its_recovery(
    tmp_path: Path, channels: tuple[Channel, ...], mail: MailReceiver, hook: HookReceiver
) -> None:
    path = owe(tmp_path, channels[0])
    mail.unknown = {"policy@example.org"}
    for hours in (1, 2, 4, 5, 20):
        assert work(path, channels, NOW + timedelta(hours=hours), "operators")
    (report,) = hook.messages
    assert [mail_to["X-Envelope-To"] for mail_to in mail.messages] == ["ops@example.org"]
    assert mail.messages[0]["Subject"] == "A channel fails: team"
    assert "team mailto 1 has taken nothing since 13:00 UTC on 2 March 2026" in report.text.replace("\\", "")
    assert "policy@example.org" not in report.text

    work(path, channels, NOW + timedelta(hours=29), "operators")
    assert len(hook.messages) == 2

    mail.unknown = set()
    with ArchiveWorker(path) as worker:
        asyncio.run(
            worker.write(lambda database: database.execute("UPDATE alert SET state = 'owed', due_at = owed_at"))
        )
    for hours in (30, 31):
        work(path, channels, NOW + timedelta(hours=hours), "operators")
    assert [mail_to["Subject"] for mail_to in mail.messages][-1] == "Works again: team"
    assert len(hook.messages) == 3


def test_an_address_does_not_report_itself_and_what_nobody_heard_is_told_again(
    tmp_path: Path, channels: tuple[Channel, ...], mail: MailReceiver, hook: HookReceiver
) -> None:
    path = owe(tmp_path, channels[0])
    mail.answer = hook.answer = Answer.REFUSE
    heard = [work(path, channels, NOW + timedelta(hours=hours), "operators") for hours in (1, 2, 4, 5)]
    attempts = mail.attempts
    hook.answer = Answer.ACCEPT

    assert heard == [True, True, False, False]
    assert work(path, channels, NOW + timedelta(hours=6), "team", "operators")
    assert len(hook.messages) == 1
    assert mail.attempts == attempts + 1  # the operators' own mail, and not the address that fails


def test_without_operators_the_log_has_it(
    tmp_path: Path, channels: tuple[Channel, ...], mail: MailReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    path = owe(tmp_path, replace(channels[0], canary=parse_schedule("daily 08:00")))
    mail.answer = Answer.REFUSE
    for hours in (1, 2, 4, 5):
        work(path, channels, NOW + timedelta(hours=hours))

    assert [record.message for record in caplog.records if "taken nothing" in record.message] == [
        "channel: team mailto 1 has taken nothing since 13:00 UTC on 2 March 2026: 3 refusals, the last:"
        " the server said 550 5.7.1 message refused. Waiting for it or given up: 1 alert."
    ]
    assert WATCH.channels == ("team",)


def test_operators_who_are_to_be_told_through_nothing_are_a_fault(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("settings.toml", 'contact = "ops@example.org"\n[operators]\nchannels = ["nobody"]\n')

    done = place.run("check")

    assert done.returncode == 2
    assert "settings.toml:3: operators.channels[1]: there is no channel 'nobody'" in done.stderr
