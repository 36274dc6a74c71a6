"""The outbox: takes the alerts that are due, hands them out address by address, writes down what came of it.

    owed --due--> in the air --accepted--> sent
      ^               |
      |               +--refused, or the process ended--> owed again later, or failed when given up
      +-- `alert retry`

Every address is on its own: one that fails delays and repeats nobody else (R3, R4). One message is in the air at a
time, so that a kill can leave no more than one both accepted and unrecorded; addresses that failed last time are tried
one by one, after those that work and with a look in between at what has come in for these.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import groupby
from math import inf
from pathlib import Path

from crawler.counting import write_number
from monitor.archive.alerts import (
    WAITS,
    Attempt,
    DeliveryKind,
    OwedAlert,
    Refusal,
    begin_handover,
    count_scheduled,
    count_unanswered,
    find_due_alerts,
    find_last_digest,
    find_latest_alerts,
    find_refusals,
    postpone_alerts,
    record_attempt,
    recover_handovers,
)
from monitor.archive.sources import find_coverage
from monitor.archive.worker import ArchiveWorker
from monitor.channel import UNANSWERED, Address, Channel, Delivery
from monitor.clock import now
from monitor.digest import AlertItem, describe_coverage
from monitor.due import Schedule, is_bundle_complete, is_open, next_due
from monitor.feeds import SHOWN, Feed, FeedItem, find_missing, publish
from monitor.message import Frame, Message, compose
from monitor.retry import LONGEST_DELAY
from monitor.sending import find_limit, find_retry, see_through, send
from monitor.templating import OUR_TEMPLATES, Templates
from monitor.watch import Watch

AT_ONCE = Schedule()
UNREADABLE = (
    f"{WAITS}for a process that knows the address: this one cannot read the configuration anew; `govwatch check` tells"
    " its faults, and when it has none, restart `govwatch run`"
)
UNKNOWN = f"{WAITS}for a process that knows the address, which this one does not: restart `govwatch run`"
UNREADABLE_PAUSE = timedelta(minutes=10)
MOST_REFUSED_IN_A_ROW = 3
AddressKey = tuple[str, str]


@dataclass(kw_only=True)
class Dispatch:
    """What one round of deliveries came to; counts are of alerts unless they say otherwise."""

    sent: int = 0
    waiting: int = 0
    """Refused, and to be tried again: in this round, or in one before it that set a later time."""
    refused: tuple[Refusal, ...] = ()
    """Where those that wait are to go, and why they are not there."""
    failed: int = 0
    """Given up."""
    scheduled: int = 0
    """Owed, and only waiting for their time: a digest, or the hours of a channel."""
    messages: int = 0
    recovered: int = 0
    """Messages that a process which ended had left in the air."""
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        sent, messages = write_number(self.sent, "alert"), write_number(self.messages, "message")
        scheduled = f", {self.scheduled} owed for later" if self.scheduled else ""
        return f"{sent} sent in {messages}, {self.waiting} waiting, {self.failed} failed{scheduled}"


@dataclass(frozen=True, kw_only=True)
class DeliveryJob:
    """Everything that a round of deliveries needs."""

    archive: ArchiveWorker
    channels: tuple[Channel, ...]
    items_per_message: int
    timeout_s: float
    """For all of a hand-over but the answer."""
    answer_timeout_s: float | None = None
    """For the answer; None, as it is but in tests, for what suits the way in which it is handed over."""
    clock: Callable[[], datetime] = now
    bundle_for: timedelta = timedelta()
    """How long an alert that goes out at once waits for others; urgent ones never wait."""
    watches: Mapping[str, Watch] = field(default_factory=dict)
    contact: str = ""
    """Whom readers may write to."""
    templates: Templates = OUR_TEMPLATES
    read_anew: "Callable[[], DeliveryJob | None] | None" = None
    """Makes this job of the configuration as it stands now, or nothing of one with faults; None where this is how it
    stands."""
    read_at: datetime | None = None
    """When this process read its configuration and environment. What was owed later may be meant for an address that only
    a newer process knows; None where there is none."""
    result: Dispatch = field(default_factory=Dispatch)

    def is_urgent(self, watch: str) -> bool:
        return watch in self.watches and self.watches[watch].urgent

    def is_digest(self, watch: str) -> bool:
        return watch in self.watches and not self.watches[watch].schedule.is_at_once

    def may_disturb(self, alert: OwedAlert) -> bool:
        """Whether it goes out whatever the hours of its channel: what is urgent, and what only goes into a feed."""
        found = self.find((alert.channel, alert.address))
        return self.is_urgent(alert.watch) or bool(found and found[1].folder)

    @cached_property
    def addresses(self) -> dict[AddressKey, tuple[Channel, Address]]:
        return {(one.name, address.id): (one, address) for one in self.channels for address in one.addresses}

    @cached_property
    def _lone_recipients(self) -> dict[AddressKey, tuple[Channel, Address]]:
        """By the id that each has for a newer process, which knows others beside it."""
        return {
            (one.name, address.former_id): (one, replace(address, id=address.former_id))
            for one in self.channels
            for address in one.addresses
            if address.former_id and not address.recipient
        }

    def find(self, key: AddressKey) -> tuple[Channel, Address] | None:
        return self.addresses.get(key) or self._lone_recipients.get(key)


async def deliver_due(job: DeliveryJob) -> Dispatch:
    """Delivers every alert that is due; cancelling it waits for the message that is being handed over.

    No other round may be under way: what is found in the air is taken for what a crash has left.
    """
    job.result.recovered = await job.archive.write(recover_handovers)
    tried: set[AddressKey] = set()
    while True:
        waiting = await _find_waiting(job)
        ailing = sorted((key for key in waiting if _has_failed(waiting[key])), key=lambda key: waiting[key][0].due_at)
        for key in waiting:
            if key not in ailing:
                await _serve(job, key, waiting[key])
        if not (untried := [key for key in ailing if key not in tried]):
            break
        await _serve(job, untried[0], waiting[untried[0]])
        tried.add(untried[0])
    job.result.scheduled = await job.archive.read(count_scheduled)
    job.result.refused = await job.archive.read(find_refusals)
    job.result.waiting = sum(refusal.alerts for refusal in job.result.refused)
    return job.result


async def _find_waiting(job: DeliveryJob) -> dict[AddressKey, list[OwedAlert]]:
    """What is due, by address, and may disturb."""
    due = await job.archive.read(lambda database: find_due_alerts(database, at=job.clock()))
    due = await _let_sleep(job, due)
    return {key: alerts for key, alerts in _group_by_address(due).items() if _is_ready(job, alerts)}


async def _let_sleep(job: DeliveryJob, due: Sequence[OwedAlert]) -> list[OwedAlert]:
    """What may disturb now; who sleeps is not woken by what comes late, such as a second attempt: it is due later."""
    at = job.clock()
    opens_at = {one.name: next_due(at, AT_ONCE, one.hours) for one in job.channels if not is_open(at, one.hours)}
    late: dict[str, list[int]] = {}
    awake = []
    for alert in due:
        if alert.channel in opens_at and not job.may_disturb(alert):
            late.setdefault(alert.channel, []).append(alert.id)
        else:
            awake.append(alert)
    for name, alert_ids in late.items():
        await job.archive.write(partial(postpone_alerts, alert_ids=alert_ids, until=opens_at[name]))
    return awake


def _has_failed(alerts: Iterable[OwedAlert]) -> bool:
    return any(alert.attempts for alert in alerts)


def _group_by_address(due: Iterable[OwedAlert]) -> dict[AddressKey, list[OwedAlert]]:
    def key(alert: OwedAlert) -> AddressKey:
        return alert.channel, alert.address

    return {address: list(alerts) for address, alerts in groupby(sorted(due, key=key), key)}


def _is_ready(job: DeliveryJob, alerts: Sequence[OwedAlert]) -> bool:
    """False while all that is due has just come in, and company may still be on its way."""
    fresh = [alert.due_at for alert in alerts if _may_wait(job, alert)]
    return len(fresh) < len(alerts) or is_bundle_complete(fresh, job.clock(), job.bundle_for)


def _may_wait(job: DeliveryJob, alert: OwedAlert) -> bool:
    """What is due as soon as it is owed was to go out at once; a digest or a second attempt waits for nobody."""
    return alert.due_at == alert.owed_at and not alert.attempts and not job.is_urgent(alert.watch)


async def _serve(job: DeliveryJob, key: AddressKey, alerts: list[OwedAlert]) -> None:
    found = job.find(key)
    if found is None:
        await _serve_unknown(job, key, alerts)
        return
    channel, address = found
    if address.folder:
        await see_through(_serve_feeds(job, address, address.folder, alerts))
    else:
        await _serve_address(job, channel, address, alerts)


async def _serve_unknown(job: DeliveryJob, key: AddressKey, alerts: list[OwedAlert]) -> None:
    """An address that this process never read may be newer than the process; only the files can say that it is gone."""
    anew = await read_anew(job)
    if anew is None:
        await _leave_to_newer(job, key, alerts, UNREADABLE)
    elif anew.find(key) is None:
        if newer := [alert for alert in alerts if _is_newer(job, alert)]:
            await _leave_to_newer(job, key, newer, UNKNOWN)
        if gone := [alert for alert in alerts if not _is_newer(job, alert)]:
            await _give_up(job, key, gone)
    elif awake := await _let_sleep(anew, alerts):
        await _serve(anew, key, awake)


def _is_newer(job: DeliveryJob, alert: OwedAlert) -> bool:
    return job.read_at is not None and alert.owed_at > job.read_at


async def _leave_to_newer(job: DeliveryJob, key: AddressKey, alerts: Iterable[OwedAlert], reason: str) -> None:
    ids, until = [alert.id for alert in alerts], job.clock() + UNREADABLE_PAUSE
    await job.archive.write(partial(postpone_alerts, alert_ids=ids, until=until, reason=reason))
    job.result.errors.append(f"{key[0]}: {reason}")


async def read_anew(job: DeliveryJob) -> DeliveryJob | None:
    """The same round by the configuration as it stands now; None where that has faults."""
    if job.read_anew is None:
        return job
    anew = await asyncio.to_thread(job.read_anew)
    return anew and replace(anew, archive=job.archive, clock=job.clock, result=job.result)


async def _give_up(job: DeliveryJob, key: AddressKey, alerts: list[OwedAlert]) -> None:
    """An address that was taken out of channels.toml still has alerts: nobody can be told, and that is written down."""
    detail = f"channel “{key[0]}” no longer has this address: it was removed or rewritten in channels.toml"
    attempt = Attempt(
        channel=key[0],
        address=key[1],
        alert_ids=tuple(alert.id for alert in alerts),
        accepted=False,
        detail=detail,
        retry_at=None,
    )
    await _record(job, attempt)


async def _serve_address(job: DeliveryJob, channel: Channel, address: Address, alerts: list[OwedAlert]) -> None:
    """Hands over the messages of one address, until it seems to take none: then the rest waits.

    So it seems as soon as a refusal is about anything but its message, or when several were refused in a row.
    """
    attempts = {alert.id: alert.attempts for alert in alerts}
    kind = DeliveryKind.DIGEST if any(job.is_digest(alert.watch) for alert in alerts) else DeliveryKind.ALERTS
    frame = await _write_frame(job, channel, address, kind)
    messages = await asyncio.to_thread(_compose, job, address, alerts, frame)
    messages = _line_up(messages, attempts)
    refused: list[datetime | None] = []
    for position, message in enumerate(messages):
        made = max(attempts[alert_id] for alert_id in message.alert_ids) + 1
        delivery, retry_at = await see_through(_hand_over(job, address, message, kind, made))
        refused = [] if delivery.accepted else [*refused, retry_at]
        if retry_at and (not delivery.is_about_message or len(refused) >= MOST_REFUSED_IN_A_ROW):
            rest = [alert_id for waiting in messages[position + 1 :] for alert_id in waiting.alert_ids]
            until = max(at for at in refused if at)
            await _let_wait(job, rest, delivery, until)
            return


def _line_up(messages: Sequence[Message], attempts: Mapping[int, int]) -> list[Message]:
    """First what failed first, since its pauses grow with the trouble; then what was tried least, which nothing blocks."""

    def count(message: Message) -> int:
        return max(attempts[alert_id] for alert_id in message.alert_ids)

    return [*messages[:1], *sorted(messages[1:], key=count)]


async def _let_wait(job: DeliveryJob, alert_ids: Sequence[int], delivery: Delivery, until: datetime) -> None:
    """What was not tried waits with what was refused; not for the long pause after a hand-over without an answer."""
    until = min(until, job.clock() + LONGEST_DELAY) if delivery.is_unanswered else until
    reason = f"{WAITS}behind a message that was not taken: {delivery.detail}"
    await job.archive.write(partial(postpone_alerts, alert_ids=alert_ids, until=until, reason=reason))


async def _serve_feeds(job: DeliveryJob, address: Address, folder: Path, alerts: Sequence[OwedAlert]) -> None:
    """Writes anew the feed of each watch that has something; writing one twice does no harm."""
    by_watch: dict[str, list[OwedAlert]] = {}
    for alert in alerts:
        by_watch.setdefault(alert.watch, []).append(alert)
    for watch, mine in by_watch.items():
        delivery = await _write_feed(job, address, folder, watch)
        made = max(alert.attempts for alert in mine) + 1
        attempt = Attempt(
            channel=address.channel,
            address=address.id,
            alert_ids=tuple(alert.id for alert in mine),
            accepted=delivery.accepted,
            detail=delivery.detail,
            retry_at=None if delivery.accepted else find_retry(delivery, made, job.clock(), address),
        )
        await _record(job, attempt)


async def _write_feed(job: DeliveryJob, address: Address, folder: Path, watch: str) -> Delivery:
    find = partial(
        find_latest_alerts, channel=address.channel, address=address.id, watch=watch, at=job.clock(), limit=SHOWN
    )
    latest = await job.archive.read(find)
    items = tuple(FeedItem(item=write_item(alert), owed_at=alert.owed_at) for alert in latest)
    feed = Feed(watch=watch, folder=folder, items=items, made_at=job.clock(), templates=job.templates)
    return await asyncio.to_thread(publish, feed)


async def begin_feeds(job: DeliveryJob) -> None:
    """Writes the feeds that are not there yet, so that a reader may subscribe before there is anything to read."""
    for channel, address in job.addresses.values():
        if address.folder:
            watches = [watch.name for watch in job.watches.values() if watch.enabled and channel.name in watch.channels]
            for watch in find_missing(address.folder, watches):
                delivery = await _write_feed(job, address, address.folder, watch)
                job.result.errors += [] if delivery.accepted else [f"{address.label}: {delivery.detail}"]


async def _write_frame(job: DeliveryJob, channel: Channel, address: Address, kind: DeliveryKind) -> Frame:
    """What stands around the announcements; under a digest, what was checked since the last one."""
    frame = Frame(channel=channel.name, contact=job.contact, templates=job.templates)
    return frame if kind is DeliveryKind.ALERTS else replace(frame, foot=await write_foot(job, channel, address))


async def write_foot(job: DeliveryJob, channel: Channel, address: Address) -> str:
    """What was checked since this address last had a digest, and what was not."""
    coverage = await job.archive.read(
        lambda database: find_coverage(database, find_last_digest(database, channel.name, address.id))
    )
    return describe_coverage(coverage, at=job.clock(), zone=channel.hours.time_zone)


def _compose(job: DeliveryJob, address: Address, alerts: Sequence[OwedAlert], frame: Frame) -> list[Message]:
    """The messages of one address: what was handed over together stays one message, which a mailbox can know again."""

    def bundle(alert: OwedAlert) -> float:
        return inf if alert.bundle is None else alert.bundle

    limit = find_limit(address)
    bundles = groupby(sorted(alerts, key=bundle), bundle)
    return [
        message
        for _, together in bundles
        for message in compose(
            [write_item(alert, is_urgent=job.is_urgent(alert.watch)) for alert in together],
            max_items=job.items_per_message,
            limit=limit,
            frame=frame,
            forms=limit.forms,
        )
    ]


async def _hand_over(
    job: DeliveryJob, address: Address, message: Message, kind: DeliveryKind, attempts: int
) -> tuple[Delivery, datetime | None]:
    """Sends one message and writes down what came of it; returns that, and when it is tried again."""
    channel, alert_ids = address.channel, message.alert_ids
    begun = await job.archive.write(
        partial(begin_handover, channel=channel, address=address.id, alert_ids=alert_ids, at=job.clock())
    )
    delivery = await send(address, message, timeout_s=job.timeout_s, answer_timeout_s=job.answer_timeout_s)
    unanswered = await _count_unanswered(job, address, message, attempts) if delivery.is_unanswered else None
    retry_at = None if delivery.accepted else find_retry(delivery, attempts, job.clock(), address, unanswered)
    if unanswered and not retry_at:
        delivery = replace(delivery, detail=f"handed over {unanswered} times, and no answer came")
    attempt = Attempt(
        channel=channel,
        address=address.id,
        alert_ids=alert_ids,
        accepted=delivery.accepted,
        detail=delivery.detail,
        retry_at=retry_at,
        kind=kind,
    )
    await _record(job, attempt, handover_id=begun)
    return delivery, retry_at


async def _count_unanswered(job: DeliveryJob, address: Address, message: Message, attempts: int) -> int:
    """How often this message was handed over and not answered, this last time included."""
    count = partial(
        count_unanswered,
        channel=address.channel,
        address=address.id,
        alert_id=message.alert_ids[0],
        attempts=attempts - 1,
        beginning=UNANSWERED,
    )
    return await job.archive.read(count) + 1


async def _record(job: DeliveryJob, attempt: Attempt, *, handover_id: int | None = None) -> None:
    await job.archive.write(partial(record_attempt, attempt=attempt, at=job.clock(), handover_id=handover_id))
    known = job.find((attempt.channel, attempt.address))
    _count(job.result, attempt, known[1].label if known else attempt.channel)


def _count(result: Dispatch, attempt: Attempt, label: str) -> None:
    if attempt.accepted:
        result.messages += 1
        result.sent += len(attempt.alert_ids)
        return
    result.errors.append(f"{label}: {attempt.detail}")
    if not attempt.retry_at:
        result.failed += len(attempt.alert_ids)


def write_item(alert: OwedAlert, *, is_urgent: bool = False) -> AlertItem:
    """An alert as a message shows it."""
    return AlertItem(
        alert_id=alert.id,
        watch=alert.watch,
        title=alert.title,
        url=alert.url,
        outlet=alert.outlet,
        country=alert.country,
        published_on=alert.published_on,
        first_seen_at=alert.first_seen_at,
        kind=alert.kind,
        story=alert.story,
        also=alert.also,
        terms=alert.terms,
        snippet=alert.snippet,
        text_state=alert.text_state,
        in_title=alert.in_title,
        is_changed=alert.version > 1,
        is_urgent=is_urgent,
    )
