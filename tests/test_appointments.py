"""Canaries and empty digests: sent at their times, tried again when refused, and never in place of something (R7)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.appointments import keep_appointments
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel
from monitor.clock import write_moment
from monitor.due import parse_schedule
from monitor.outbox import DeliveryJob, Dispatch, deliver_due
from monitor.receivers import Answer, MailReceiver
from monitor.watch import Watch
from tests.archives import NOW, Archive, make_announcement, write_report
from tests.test_outbox import read_team, read_texts

DAY = timedelta(days=1)
EMPTY = Watch(
    name="Treaties", any=("memorandum of understanding",), channels=("team",), when="daily 08:00 UTC", empty=True
)


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture
def channel(tmp_path: Path, mail: MailReceiver) -> Channel:
    return read_team(tmp_path, MAIL=mail.url)


@pytest.fixture
def archive(tmp_path: Path, channel: Channel) -> Iterator[Archive]:
    archive = Archive(tmp_path / "a.db", watches=[EMPTY], channels=[channel])
    archive.take(write_report())
    yield archive
    archive.database.close()


def deliver(archive: Archive, channel: Channel, at: datetime, *watches: Watch) -> Dispatch:
    path = Path(archive.database.conn.execute("PRAGMA database_list").fetchone()[2])
    with ArchiveWorker(path) as worker:
        job = DeliveryJob(
            archive=worker,
            channels=(channel,),
            items_per_message=20,
            timeout_s=3,
            clock=lambda: at,
            watches={watch.name: watch for watch in watches},
        )

        async def work() -> None:
            await deliver_due(job)
            await keep_appointments(job)

        asyncio.run(work())
    return job.result


def subjects(mail: MailReceiver) -> list[str]:
    return [message["Subject"] for message in mail.messages]


def test_an_empty_digest_comes_at_its_time_and_says_what_was_checked(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    for hours in (0, 19, 20, 21, 44):
        deliver(archive, channel, NOW + timedelta(hours=hours), EMPTY)

    assert subjects(mail) == ["Nothing found: Treaties"] * 2
    assert "No announcement matched the watch “Treaties” since its last digest." in read_texts(mail)[0]
    assert "Checked: the one source." in read_texts(mail)[0]
    assert "Not read: A blog (last read Monday)." in read_texts(mail)[1]


def test_no_empty_digest_comes_with_a_full_one_nor_unless_asked_for(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    """R7."""
    quiet = EMPTY.model_copy(update={"empty": False})
    deliver(archive, channel, NOW, EMPTY)
    archive.take(write_report(make_announcement("/a")))
    deliver(archive, channel, NOW + timedelta(hours=20), EMPTY)
    deliver(archive, channel, NOW + timedelta(hours=44), quiet)
    deliver(archive, channel, NOW + timedelta(hours=68), quiet)

    assert subjects(mail) == ["An announcement under /a (A blog)"]


def test_no_empty_digest_is_sent_while_a_full_one_is_refused(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    deliver(archive, channel, NOW, EMPTY)
    archive.take(write_report(make_announcement("/a")))
    mail.answer = Answer.REFUSE_FOR_NOW
    deliver(archive, channel, NOW + timedelta(hours=20), EMPTY)
    mail.answer = Answer.ACCEPT
    deliver(archive, channel, NOW + timedelta(hours=21), EMPTY)

    assert subjects(mail) == ["An announcement under /a (A blog)"]


def test_no_empty_digest_is_sent_while_a_full_one_waits_behind_what_was_refused(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    deliver(archive, channel, NOW, EMPTY)
    archive.take(write_report(make_announcement("/a")))
    archive.database.execute(
        "UPDATE alert SET due_at = ?, last_error = ?", [write_moment(NOW + timedelta(hours=21)), "waits"]
    )
    archive.database.conn.commit()

    deliver(archive, channel, NOW + timedelta(hours=20), EMPTY)

    assert subjects(mail) == []


@pytest.mark.parametrize(("refused", "accepted"), [([], 20), ([20], 21), ([20, 30], 42)])
def test_an_empty_digest_comes_the_day_after_a_full_one_however_often_that_was_refused(
    archive: Archive, channel: Channel, mail: MailReceiver, refused: list[int], accepted: int
) -> None:
    deliver(archive, channel, NOW, EMPTY)
    archive.take(write_report(make_announcement("/a")))
    mail.answer = Answer.REFUSE_FOR_NOW
    for hours in refused:
        deliver(archive, channel, NOW + timedelta(hours=hours), EMPTY)
    mail.answer = Answer.ACCEPT
    for hours in (accepted, accepted + 1, 44, 45):
        deliver(archive, channel, NOW + timedelta(hours=hours), EMPTY)

    assert subjects(mail) == ["An announcement under /a (A blog)", "Nothing found: Treaties"]


def test_three_days_off_make_one_empty_digest(archive: Archive, channel: Channel, mail: MailReceiver) -> None:
    """R8."""
    deliver(archive, channel, NOW, EMPTY)
    deliver(archive, channel, NOW + 3 * DAY, EMPTY)
    deliver(archive, channel, NOW + 3 * DAY + timedelta(minutes=5), EMPTY)

    assert len(mail.messages) == 1


def test_a_canary_proves_each_address_on_schedule_whatever_the_hours(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    """R11."""
    channel = replace(channel, canary=parse_schedule("weekly Tue 03:00"))
    for hours in (0, 14, 15, 16, 15 + 7 * 24):
        deliver(archive, channel, NOW + timedelta(hours=hours))

    assert subjects(mail) == ["govwatch still reaches team"] * 2
    assert "The next one comes on 10\nMarch 2026." in read_texts(mail)[0]
    assert len({message["Message-ID"] for message in mail.messages}) == 2


def test_a_refused_canary_is_tried_again_under_the_same_message_id_and_told(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    channel = replace(channel, canary=parse_schedule("weekly Tue 03:00"))
    mail.answer = Answer.REFUSE_FOR_NOW
    deliver(archive, channel, NOW)
    refused = deliver(archive, channel, NOW + timedelta(hours=15))
    assert deliver(archive, channel, NOW + timedelta(hours=15)).errors == []
    mail.answer = Answer.ACCEPT
    deliver(archive, channel, NOW + timedelta(hours=16))
    deliver(archive, channel, NOW + timedelta(hours=17))

    assert "team mailto 1: canary: the server said 451" in refused.errors[0]
    assert len(mail.messages) == 1
    assert archive.values("SELECT accepted FROM delivery WHERE kind = 'canary' ORDER BY id") == [0, 1]


def test_an_appointment_that_was_kept_by_a_clock_that_was_ahead_is_made_anew(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    deliver(archive, channel, NOW, EMPTY)
    for at in (NOW + 365 * DAY, NOW + timedelta(hours=1), NOW + timedelta(hours=20)):
        deliver(archive, channel, at, EMPTY)

    assert len(mail.messages) == 2


def test_a_schedule_that_changes_moves_the_appointment_and_one_that_goes_cancels_it(
    archive: Archive, channel: Channel, mail: MailReceiver
) -> None:
    deliver(archive, replace(channel, canary=parse_schedule("weekly Tue 03:00")), NOW)
    deliver(archive, replace(channel, canary=parse_schedule("daily 23:00")), NOW)
    assert archive.values("SELECT due_at FROM appointment") == ["2026-03-02T23:00:00.000Z"]

    deliver(archive, channel, NOW)

    assert archive.values("SELECT count(*) FROM appointment") == [0]
