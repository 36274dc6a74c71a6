"""The outbox against real receivers: each alert once to each address, whoever else fails (R1 to R4, R6, R7)."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from crawler.source import SourceKind
from monitor.archive.alerts import (
    Attempt,
    begin_handover,
    count_alerts,
    find_due_alerts,
    list_alerts,
    record_attempt,
    retry_alerts,
)
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, read_channels
from monitor.clock import now, write_moment
from monitor.configuration import Configuration, read_configuration
from monitor.due import Hours, parse_quiet_hours, parse_schedule
from monitor.installation import open_installation
from monitor.message import compose
from monitor.outbox import DeliveryJob, Dispatch, deliver_due, write_item
from monitor.receivers import Answer, HookReceiver, MailReceiver
from monitor.sending import see_through
from monitor.watch import Watch
from tests.archives import NOW, TEXT, Archive, make_announcement, make_source, write_report
from tests.installations import make_place

WATCH = Watch(name="Agreements", any=("memorandum of understanding",), channels=("team",))


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture
def hook() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


def read_team(folder: Path, **addresses: str) -> Channel:
    """The channel `team` with these addresses, read as an installation reads it."""
    urls = ", ".join(f'"${{{name}}}"' for name in addresses)
    (folder / "channels.toml").write_text(f"[channels.team]\nurls = [{urls}]\n", encoding="utf-8")
    channels, faults = read_channels(folder / "channels.toml", addresses)
    assert faults == ()
    return channels[0]


def owe(folder: Path, channel: Channel, *, announcements: int = 1) -> Path:
    """An archive that owes `channel` one alert for each announcement."""
    archive = Archive(folder / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    day = NOW.date()
    archive.take(write_report(*(make_announcement(f"/{number}", day=day) for number in range(announcements))))
    archive.database.close()
    return folder / "a.db"


def deliver(
    path: Path, *channels: Channel, after: timedelta = timedelta(), at: datetime | None = None, **values: Any
) -> Dispatch:
    with ArchiveWorker(path) as worker:
        settings = {"items_per_message": 20, "timeout_s": 3, "answer_timeout_s": 3, **values}
        job = DeliveryJob(archive=worker, channels=channels, clock=lambda: at or now() + after, **settings)
        return asyncio.run(deliver_due(job))


def states(path: Path) -> dict[str, int]:
    with ArchiveWorker(path) as worker:
        return asyncio.run(worker.read(count_alerts))


def test_an_alert_goes_to_every_address_once(tmp_path: Path, mail: MailReceiver, hook: HookReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url, HOOK=hook.url)
    path = owe(tmp_path, channel)

    first, second = deliver(path, channel), deliver(path, channel)

    assert (first.sent, first.messages, second.sent) == (2, 2, 0)
    assert (len(mail.messages), len(hook.messages)) == (1, 1)


def test_the_address_that_worked_is_not_served_again_while_the_other_is_down(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    """R4."""
    channel = read_team(tmp_path, MAIL=mail.url, HOOK=hook.url)
    path = owe(tmp_path, channel)
    mail.answer = Answer.REFUSE_FOR_NOW
    assert (deliver(path, channel).sent, states(path)["owed"]) == (1, 1)
    mail.answer = Answer.ACCEPT

    deliver(path, channel, after=timedelta(hours=2))

    assert (len(mail.messages), len(hook.messages)) == (1, 1)
    assert states(path) == {"owed": 0, "held": 0, "failed": 0, "sent": 2}


def test_an_address_that_always_fails_delays_nobody_and_is_given_up_visibly(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    """R3: attempts are counted, backed off and given up."""
    channel = read_team(tmp_path, MAIL=mail.url, HOOK=hook.url)
    path = owe(tmp_path, channel)
    mail.answer = Answer.REFUSE
    for hours in range(0, 400, 4):
        deliver(path, channel, after=timedelta(hours=hours))

    assert len(hook.messages) == 1
    assert states(path) == {"owed": 0, "held": 0, "failed": 1, "sent": 1}
    with ArchiveWorker(path) as worker:
        failed = asyncio.run(worker.read(lambda database: list_alerts(database, state="failed", limit=9)))
    assert failed[0]["attempts"] == mail.attempts
    assert failed[0]["last_error"]


def test_a_failed_alert_that_is_retried_by_hand_is_delivered(tmp_path: Path, mail: MailReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel)
    mail.answer = Answer.REFUSE
    for hours in range(0, 400, 4):
        deliver(path, channel, after=timedelta(hours=hours))
    mail.answer = Answer.ACCEPT
    with ArchiveWorker(path) as worker:
        assert asyncio.run(worker.write(lambda database: retry_alerts(database, None, at=now()))) == 1

    assert deliver(path, channel).sent == 1


def test_what_a_round_came_to_is_told_in_words() -> None:
    assert str(Dispatch(sent=1, messages=1)) == "1 alert sent in 1 message, 0 waiting, 0 failed"
    assert str(Dispatch(sent=12, messages=2, failed=1)) == "12 alerts sent in 2 messages, 0 waiting, 1 failed"
    assert str(Dispatch(scheduled=3)) == "0 alerts sent in 0 messages, 0 waiting, 0 failed, 3 owed for later"


def test_nothing_is_left_out_of_a_flood(tmp_path: Path, mail: MailReceiver) -> None:
    """R6: ten times the display limit; each is in one message, and each message says which part it is."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=50)

    dispatch = deliver(path, channel, items_per_message=5)

    texts = [str(message.get_body(("plain",)).get_content()) for message in mail.messages]  # type: ignore[union-attr]
    assert (dispatch.sent, dispatch.messages, len(texts)) == (50, 10, 10)
    for number in range(50):
        assert sum(f"https://example.org/{number}\n" in text.replace("\r", "") for text in texts) == 1
    assert "Message 1 of 10: announcements 1 to 5 of 50." in texts[0]


def test_no_message_goes_out_when_nothing_is_owed(tmp_path: Path, mail: MailReceiver) -> None:
    """R7."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=0)

    assert deliver(path, channel).messages == 0
    assert mail.attempts == 0


def test_an_alert_that_comes_in_between_selecting_and_marking_is_not_marked(tmp_path: Path, mail: MailReceiver) -> None:
    """R2: marking is by id."""
    channel = read_team(tmp_path, MAIL=mail.url)
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))
    selected = find_due_alerts(archive.database, at=archive.at)
    archive.take(write_report(make_announcement("/b")))

    record_attempt(
        archive.database,
        Attempt(
            channel="team",
            address=channel.addresses[0].id,
            alert_ids=tuple(alert.id for alert in selected),
            accepted=True,
            detail="",
            retry_at=None,
        ),
        at=archive.at,
    )

    assert [alert.title for alert in find_due_alerts(archive.database, at=archive.at)] == ["An announcement under /b"]
    archive.database.close()


def test_an_address_that_was_taken_out_of_the_channel_is_given_up_with_the_reason(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    path = owe(tmp_path, read_team(tmp_path, MAIL=mail.url, HOOK=hook.url))

    dispatch = deliver(path, read_team(tmp_path, HOOK=hook.url))

    assert (dispatch.sent, dispatch.failed) == (1, 1)
    assert "no longer has this address" in dispatch.errors[0]


def open_place(folder: Path, mail: MailReceiver, names: str, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """An installation whose one entry names these recipients."""
    place = make_place(folder)
    place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
    monkeypatch.setenv("MAIL", mail.url_for(",".join(f"{name}@example.org" for name in names.split())))
    return read_configuration(folder / "config", os.environ)


def start_and_deliver(path: Path, configuration: Configuration) -> Dispatch:
    """What a process does that starts with this configuration."""

    async def work(worker: ArchiveWorker) -> Dispatch:
        installation = open_installation(configuration, worker)
        await installation.prepare()
        await worker.write(lambda database: retry_alerts(database, None, at=now()))
        return await installation.deliver()

    with ArchiveWorker(path) as worker:
        return asyncio.run(work(worker))


@pytest.mark.parametrize(
    ("before", "after", "owed_to", "told"),
    [
        ("ana bob", "bob ana", 0, ["ana"]),
        ("ana bob", "bob ana", 1, ["bob"]),
        ("ana bob", "ana", 0, ["ana"]),
        ("ana bob", "bob", 1, ["bob"]),
        ("ana bob", "bob", 0, []),
        ("ana bob", "eve bob", 0, []),
        ("ana", "ana bob", 0, ["ana"]),
    ],
)
def test_what_is_owed_to_one_recipient_of_an_entry_goes_to_no_other(
    tmp_path: Path,
    mail: MailReceiver,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: str,
    owed_to: int,
    told: list[str],
) -> None:
    """Who is left out gets nothing more, and that is told."""
    (channel,) = open_place(tmp_path, mail, before, monkeypatch).channels
    path = owe(tmp_path, replace(channel, addresses=(channel.addresses[owed_to],)))

    dispatch = start_and_deliver(path, open_place(tmp_path, mail, after, monkeypatch))

    assert [message["To"] for message in mail.messages] == [f"{name}@example.org" for name in told]
    assert (dispatch.sent, dispatch.failed) == (len(told), 1 - len(told))


def test_what_is_kept_under_the_id_of_a_whole_entry_is_its_first_recipients_for_good(
    tmp_path: Path, mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the first was known before, and so is who has been the only one."""
    (channel,) = open_place(tmp_path, mail, "ana", monkeypatch).channels
    path = owe(tmp_path, channel)
    mail.answer = Answer.REFUSE_FOR_NOW
    assert start_and_deliver(path, open_place(tmp_path, mail, "ana bob", monkeypatch)).waiting == 1
    mail.answer = Answer.ACCEPT

    start_and_deliver(path, open_place(tmp_path, mail, "bob ana", monkeypatch))

    assert [message["To"] for message in mail.messages] == ["ana@example.org"]


def test_a_process_that_knows_one_recipient_serves_him_and_leaves_the_others_to_a_newer_one(
    tmp_path: Path, mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recipients were added in the environment, which a process that is at work cannot read anew."""
    path = owe(tmp_path, open_place(tmp_path, mail, "ana bob", monkeypatch).channels[0])
    (known,) = open_place(tmp_path, mail, "ana", monkeypatch).channels
    newer = make_newer([known])

    dispatch = deliver(path, known, read_anew=newer, read_at=NOW - timedelta(hours=1))

    assert [message["To"] for message in mail.messages] == ["ana@example.org"]
    assert (dispatch.sent, dispatch.failed, dispatch.waiting) == (1, 0, 1)
    assert "restart `govwatch run`" in str(dispatch.refused[0])
    assert deliver(path, known, read_anew=newer, read_at=now(), after=timedelta(hours=1)).failed == 1


def make_newer(channels: Sequence[Channel] | None) -> Callable[[], DeliveryJob | None]:
    """What a process reads that looks at its configuration again: these channels, or faults."""
    nowhere = cast("ArchiveWorker", None)

    def read() -> DeliveryJob | None:
        if channels is None:
            return None
        return DeliveryJob(archive=nowhere, channels=tuple(channels), items_per_message=20, timeout_s=3)

    return read


def test_an_address_that_is_newer_than_the_process_is_served_in_the_hours_of_its_channel(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    """A `crawl` with the edited files owes it; the `run` beside it has read the old ones."""
    before, newer = read_team(tmp_path, HOOK=hook.url), read_team(tmp_path, HOOK=hook.url, MAIL=mail.url)
    asleep = replace(newer, hours=Hours(quiet=parse_quiet_hours("20:00-07:00")))
    path = owe(tmp_path, newer)
    night, morning = NOW.replace(hour=23), NOW.replace(hour=8) + timedelta(days=1)

    early = deliver(path, before, at=night, read_anew=make_newer([asleep]))
    late = deliver(path, before, at=morning, read_anew=make_newer([asleep]))

    assert (early.sent, early.failed, early.scheduled) == (1, 0, 1)
    assert (late.sent, late.failed, len(mail.messages)) == (1, 0, 1)


def test_an_address_is_not_given_up_while_the_configuration_has_faults(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    """It is told once in a while, and given up once the files are sound and do not have it."""
    before = read_team(tmp_path, HOOK=hook.url)
    path = owe(tmp_path, read_team(tmp_path, HOOK=hook.url, MAIL=mail.url))

    first = deliver(path, before, read_anew=make_newer(None))
    second = deliver(path, before, read_anew=make_newer(None))
    assert (first.failed, first.waiting, len(first.errors)) == (0, 1, 1)
    assert (second.failed, second.waiting, second.errors) == (0, 1, [])
    assert "restart `govwatch run`" in str(second.refused[0])

    gone = deliver(path, before, after=timedelta(hours=1), read_anew=make_newer([before]))
    assert (gone.failed, gone.waiting) == (1, 0)


def test_an_installation_reads_its_channels_anew_for_an_address_that_it_does_not_know(
    tmp_path: Path, mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its own environment lacks what the address needs."""
    make_place(tmp_path)
    configuration = read_configuration(tmp_path / "config", {})
    path = owe(tmp_path, read_team(tmp_path / "config", MAIL=mail.url))

    with ArchiveWorker(path) as worker:
        installation = open_installation(configuration, worker)
        faulty = asyncio.run(installation.deliver())
        asyncio.run(worker.write(lambda database: retry_alerts(database, None, at=now())))
        monkeypatch.setenv("MAIL", mail.url)
        delivered = asyncio.run(installation.deliver())

    assert (faulty.failed, faulty.waiting) == (0, 1)
    assert (delivered.failed, delivered.sent) == (0, 1)


@pytest.mark.parametrize(("answer", "attempts"), [(Answer.REFUSE_FOR_NOW, 3), (Answer.TOO_MANY, 1), (Answer.AWAY, 1)])
def test_the_messages_behind_those_that_were_refused_wait_with_them_and_say_so(
    tmp_path: Path, mail: MailReceiver, answer: Answer, attempts: int
) -> None:
    """At once where the server takes nothing from anybody; where it refuses the message, others are tried."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=10)
    mail.answer = answer

    dispatch = deliver(path, channel, items_per_message=2)

    told = [str(refusal) for refusal in dispatch.refused]
    assert (dispatch.waiting, mail.attempts) == (10, attempts)
    assert [refusal.alerts for refusal in dispatch.refused] == [2 * attempts, 10 - 2 * attempts]
    assert [", refused so far: " in words for words in told] == [True, False]
    assert [", behind a message that was not taken: " in words for words in told] == [False, True]


class ChoosyReceiver(MailReceiver):
    """Refuses what tells of any of the first three announcements."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.answer = Answer.REFUSE_FOR_NOW if re.search(rb"example.org/[012]\b", content) else Answer.ACCEPT
        return await super().handle_DATA(server, session, envelope)


def test_messages_that_a_server_keeps_refusing_do_not_hold_up_the_others(tmp_path: Path) -> None:
    """Three in a row end a round; the next begins with the first of them, and goes on with what was not tried yet."""
    with ChoosyReceiver() as mail:
        channel = read_team(tmp_path, MAIL=mail.url)
        path = owe(tmp_path, channel, announcements=6)

        first = deliver(path, channel, items_per_message=1)
        second = deliver(path, channel, items_per_message=1, after=timedelta(minutes=5))

    assert (first.sent, first.waiting, second.sent, second.waiting) == (0, 6, 3, 3)
    assert mail.attempts == 3 + 6


def test_what_is_handed_over_and_never_answered_is_given_up_after_three_times(
    tmp_path: Path, mail: MailReceiver
) -> None:
    """Each may be a copy. What was refused before counts apart, and so does what an operator has tried again."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=2)
    mail.answer = Answer.REFUSE_FOR_NOW
    for hours in range(5):
        deliver(path, channel, items_per_message=1, after=timedelta(hours=2 * hours))
    mail.answer, attempts = Answer.HANG, mail.attempts

    for hours in range(10, 100):
        last = deliver(path, channel, items_per_message=2, after=timedelta(hours=hours), answer_timeout_s=0.05)

    assert (mail.attempts - attempts, last.waiting) == (6, 0)
    with ArchiveWorker(path) as worker:
        rows = asyncio.run(worker.read(lambda database: list_alerts(database, state="failed", limit=9)))
        asyncio.run(worker.write(lambda database: retry_alerts(database, None, at=now())))
    assert {row["last_error"] for row in rows} == {"handed over 3 times, and no answer came"}
    assert deliver(path, channel, answer_timeout_s=0.05).failed == 0


def test_what_was_refused_waits_also_in_a_round_that_does_not_try_it(tmp_path: Path, mail: MailReceiver) -> None:
    """Those behind it as well, and nothing of it once it is sent."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=10)
    mail.answer = Answer.REFUSE_FOR_NOW
    first = deliver(path, channel, items_per_message=2)

    untried = deliver(path, channel, items_per_message=2)
    mail.answer = Answer.ACCEPT
    mended = deliver(path, channel, items_per_message=2, after=timedelta(hours=2))

    assert (untried.waiting, untried.errors, mail.attempts) == (10, [], 8)
    assert untried.refused == first.refused
    assert [refusal.alerts for refusal in untried.refused] == [6, 4]
    assert (mended.sent, mended.waiting, mended.refused) == (10, 0, ())


def test_all_that_waits_is_due_when_an_operator_says_so(tmp_path: Path, mail: MailReceiver) -> None:
    """Also what was not tried, but waits behind what was."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=10)
    mail.answer = Answer.REFUSE_FOR_NOW
    deliver(path, channel, items_per_message=2)
    mail.answer = Answer.ACCEPT
    with ArchiveWorker(path) as worker:
        assert asyncio.run(worker.write(lambda database: retry_alerts(database, None, at=now()))) == 10

    assert deliver(path, channel).sent == 10


def test_what_only_waits_for_its_time_was_not_refused(tmp_path: Path, mail: MailReceiver) -> None:
    """At night: what is owed for the morning; and what was refused in the evening waits for the morning too, and says so."""
    hours = Hours(quiet=parse_quiet_hours("20:00-07:00"))
    channel = replace(read_team(tmp_path, MAIL=mail.url), hours=hours)
    path = owe(tmp_path, channel, announcements=2)
    day = timedelta(days=1)
    night, evening = NOW.replace(hour=23), NOW.replace(hour=19, minute=59) + day

    asleep = deliver(path, channel, at=night)
    mail.answer = Answer.REFUSE_FOR_NOW
    deliver(path, channel, at=evening)
    refused = deliver(path, channel, at=night + day)

    assert (asleep.waiting, asleep.scheduled) == (0, 2)
    assert (refused.waiting, refused.scheduled, mail.attempts) == (2, 0, 1)
    assert f"wait until {(NOW + 2 * day).date()} 07:00 UTC, refused so far: the server said 451" in str(
        refused.refused[0]
    )


@pytest.mark.parametrize("is_refused", [True, False])
def test_what_was_owed_or_refused_by_a_clock_that_was_ahead_goes_out_when_it_is_right(
    tmp_path: Path, mail: MailReceiver, *, is_refused: bool
) -> None:
    """Two messages, of which the second waits with the first."""
    channel = read_team(tmp_path, MAIL=mail.url)
    path = owe(tmp_path, channel, announcements=2)
    right, ahead = NOW + timedelta(hours=2), NOW + timedelta(days=365)
    if is_refused:
        mail.answer = Answer.REFUSE_FOR_NOW
        assert deliver(path, channel, at=ahead, items_per_message=1).sent == 0
        mail.answer = Answer.ACCEPT
    else:
        with ArchiveWorker(path) as worker:
            owed = "UPDATE alert SET owed_at = ?, due_at = ?"
            asyncio.run(worker.write(lambda database: database.execute(owed, [write_moment(ahead)] * 2)))

    bundle_for = timedelta(minutes=2)
    assert deliver(path, channel, at=right, items_per_message=1, bundle_for=bundle_for).sent == 2
    assert len(mail.messages) == 2


def test_an_alert_is_due_when_its_watch_says(tmp_path: Path, mail: MailReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    daily = WATCH.model_copy(update={"schedule": Watch(name="x", any=("x",), when="daily 08:00 UTC").schedule})
    archive = Archive(tmp_path / "a.db", watches=[daily], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))

    assert find_due_alerts(archive.database, at=NOW + timedelta(hours=19)) == []
    assert len(find_due_alerts(archive.database, at=NOW + timedelta(hours=20))) == 1
    archive.database.close()


MINUTE = timedelta(minutes=1)


def test_alerts_that_come_within_a_minute_go_out_in_one_message(tmp_path: Path, mail: MailReceiver) -> None:
    """The first of them starts the minute, so that none waits longer than that."""
    channel = read_team(tmp_path, MAIL=mail.url)
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    first, second = NOW + timedelta(hours=1), NOW + timedelta(hours=1, seconds=50)
    archive.take(write_report(make_announcement("/a")), at=first)
    archive.take(write_report(make_announcement("/b")), at=second)
    archive.database.close()

    early = deliver(tmp_path / "a.db", channel, at=first + timedelta(seconds=59), bundle_for=MINUTE)
    late = deliver(tmp_path / "a.db", channel, at=first + timedelta(seconds=60), bundle_for=MINUTE)

    assert (early.sent, late.sent, late.messages) == (0, 2, 1)


@pytest.mark.parametrize("urgent", [True, False])
def test_an_urgent_alert_waits_for_no_company(tmp_path: Path, mail: MailReceiver, urgent: bool) -> None:
    path = owe(tmp_path, channel := read_team(tmp_path, MAIL=mail.url))
    watch = WATCH.model_copy(update={"urgent": urgent})

    dispatch = deliver(path, channel, at=NOW + timedelta(hours=1), bundle_for=MINUTE, watches={WATCH.name: watch})

    assert dispatch.sent == urgent


def test_an_alert_waits_for_the_hours_of_its_channel(tmp_path: Path, mail: MailReceiver) -> None:
    """Quiet hours, and a watch that breaks through them."""
    urgent = Watch(name="Urgent", any=("memorandum of understanding",), channels=("team",), urgent=True)
    channel = replace(read_team(tmp_path, MAIL=mail.url), hours=Hours(quiet=parse_quiet_hours("11:00-15:00")))
    archive = Archive(tmp_path / "a.db", watches=[WATCH, urgent], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))

    noon = [alert.watch for alert in find_due_alerts(archive.database, at=NOW + timedelta(hours=1))]
    after = [alert.watch for alert in find_due_alerts(archive.database, at=NOW + timedelta(hours=3))]
    archive.database.close()

    assert (noon, sorted(after)) == (["Urgent"], ["Agreements", "Urgent"])


DAILY = WATCH.model_copy(update={"schedule": parse_schedule("daily 08:00 UTC")})


def read_texts(mail: MailReceiver) -> list[str]:
    return [
        str(message.get_body(("plain",)).get_content()).replace("\r", "")  # type: ignore[union-attr]
        for message in mail.messages
    ]


def test_a_digest_is_all_that_is_owed_and_says_what_was_checked(tmp_path: Path, mail: MailReceiver) -> None:
    """R8: also after three days of being off; under it stands what was not read."""
    channel = read_team(tmp_path, MAIL=mail.url)
    dead = make_source("dead", name="The dead one")
    archive = Archive(tmp_path / "a.db", watches=[DAILY], channels=[channel], sources=[dead])
    archive.take(write_report())
    for number in range(3):
        archive.take(write_report(make_announcement(f"/{number}")))
    archive.database.close()
    later = NOW + timedelta(days=3)

    dispatch = deliver(tmp_path / "a.db", channel, at=later, watches={DAILY.name: DAILY})
    again = deliver(tmp_path / "a.db", channel, at=later + timedelta(days=1), watches={DAILY.name: DAILY})

    assert (dispatch.sent, dispatch.messages, again.sent) == (3, 1, 0)
    assert "Checked: 1 of 2 sources. Not read: The dead one (not read yet)." in read_texts(mail)[0]


def test_the_next_digest_speaks_of_what_was_checked_since_the_last(tmp_path: Path, mail: MailReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    archive = Archive(tmp_path / "a.db", watches=[DAILY], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))
    deliver(tmp_path / "a.db", channel, at=NOW + timedelta(days=1), watches={DAILY.name: DAILY})
    archive.take(write_report(make_announcement("/b")), at=NOW + timedelta(days=1, hours=1))
    archive.database.close()

    deliver(tmp_path / "a.db", channel, at=NOW + timedelta(days=2), watches={DAILY.name: DAILY})

    assert "Checked since Tuesday: the one source." in read_texts(mail)[1]


def test_a_story_that_several_outlets_tell_names_them(tmp_path: Path, mail: MailReceiver) -> None:
    channel = read_team(tmp_path, MAIL=mail.url)
    press = make_source("press", name="The Ledger", kind=SourceKind.TRADE_PRESS)
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[channel], sources=[press])
    archive.take(write_report())
    archive.take(write_report(source="press"), source="press")
    archive.take(write_report(make_announcement("/a", text=TEXT)))
    copy = make_announcement("/copy", source="press", text=TEXT, title="What it means")
    archive.take(write_report(copy, source="press"), source="press")
    archive.database.close()

    deliver(tmp_path / "a.db", channel)

    (message,) = mail.messages
    assert message["Subject"] == "An announcement under /a (+1 outlet)"
    assert "- The Ledger: What it means\n  https://example.org/copy" in read_texts(mail)[0]


def leave_in_the_air(path: Path, channel: Channel) -> None:
    """What a kill leaves that comes while a message is being handed over."""
    with ArchiveWorker(path) as worker:
        due = asyncio.run(worker.read(partial(find_due_alerts, at=now())))
        ids = tuple(alert.id for alert in due)
        begin = partial(begin_handover, channel=channel.name, address=channel.addresses[0].id, alert_ids=ids, at=now())
        asyncio.run(worker.write(begin))


def test_what_a_crash_left_in_the_air_goes_out_again_as_the_message_that_it_was(
    tmp_path: Path, mail: MailReceiver
) -> None:
    """R1: under the same Message-ID, and not together with what has come in since."""
    channel = read_team(tmp_path, MAIL=mail.url)
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a"), make_announcement("/b")))
    (whole,) = compose([write_item(alert) for alert in find_due_alerts(archive.database, at=archive.at)])
    leave_in_the_air(tmp_path / "a.db", channel)
    archive.take(write_report(make_announcement("/c")))
    archive.database.close()

    dispatch = deliver(tmp_path / "a.db", channel)

    assert (dispatch.recovered, dispatch.sent, dispatch.messages) == (1, 3, 2)
    assert [whole.key in message["Message-ID"] for message in mail.messages] == [True, False]
    assert deliver(tmp_path / "a.db", channel).recovered == 0


def test_addresses_that_failed_are_tried_after_those_that_work(
    tmp_path: Path, mail: MailReceiver, hook: HookReceiver
) -> None:
    """R3: a mail server that hangs keeps nobody else waiting, and what comes in meanwhile goes out in between."""
    channel = read_team(tmp_path, MAIL=mail.url, HOOK=hook.url)
    path = owe(tmp_path, channel)
    mail.answer = Answer.HANG
    deliver(path, channel, answer_timeout_s=0.2)
    began = time.monotonic()
    hook.answer = Answer.REFUSE_FOR_NOW
    with ArchiveWorker(path) as worker:
        asyncio.run(worker.write(lambda database: retry_alerts(database, None, at=now())))

    dispatch = deliver(path, channel, after=timedelta(hours=2), answer_timeout_s=0.2)

    assert (dispatch.waiting, len(hook.messages)) == (1, 1)
    assert time.monotonic() - began < 3


def test_who_sleeps_is_not_woken_by_what_comes_late(tmp_path: Path, mail: MailReceiver) -> None:
    """A second attempt falls into the night, and so does the end of three days off."""
    hours = Hours(quiet=parse_quiet_hours("20:00-07:00"))
    channel = replace(read_team(tmp_path, MAIL=mail.url), hours=hours)
    path = owe(tmp_path, channel)
    night, morning = NOW.replace(hour=23), NOW.replace(hour=7) + timedelta(days=1)
    urgent = {WATCH.name: WATCH.model_copy(update={"urgent": True})}

    assert deliver(path, channel, at=night).sent == 0
    assert deliver(path, channel, at=morning).sent == 1
    (tmp_path / "more").mkdir()
    assert deliver(owe(tmp_path / "more", channel), channel, at=night, watches=urgent).sent == 1


def test_who_is_cancelled_waits_for_the_message_in_the_air_unless_cancelled_again() -> None:
    """A stop in the middle of a delivery would else send it again at the next start (R1)."""

    async def stop_during(times: int) -> list[str]:
        accepted = asyncio.Event()
        recorded: list[str] = []

        async def hand_over() -> None:
            await accepted.wait()
            recorded.append("sent")

        task = asyncio.ensure_future(see_through(hand_over()))
        for _ in range(times):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.sleep(0)
        accepted.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        return list(recorded)

    assert asyncio.run(stop_during(1)) == ["sent"]
    assert asyncio.run(stop_during(2)) == []
