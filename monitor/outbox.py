"""The outbox: takes the alerts that are due, hands them out address by address, writes down what came of it.

    owed --due--> handed to the channel --accepted--> sent
      ^                   |
      |                   +--refused--> owed again later, or failed when given up
      +-- `alert retry`

Every address is on its own: one that fails delays and repeats nobody else (R3, R4). Addresses that work are served
one after the other, so that a kill can leave no more than one message both accepted and unrecorded; those that failed
last time are served beside them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from monitor.archive.alerts import Attempt, OwedAlert, find_due_alerts, postpone_alerts, record_attempt
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Address, Channel, Delivery
from monitor.clock import now
from monitor.deliver import find_limit, send
from monitor.due import is_bundle_complete
from monitor.message import AlertItem, Message, compose
from monitor.retry import next_attempt_at

AddressKey = tuple[str, str]


@dataclass(kw_only=True)
class Dispatch:
    """What one round of deliveries came to; counts are of alerts."""

    sent: int = 0
    waiting: int = 0
    """Refused, and to be tried again."""
    failed: int = 0
    """Given up."""
    messages: int = 0
    errors: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.sent} alerts sent in {self.messages} messages, {self.waiting} waiting, {self.failed} failed"


@dataclass(frozen=True, kw_only=True)
class DeliveryJob:
    """Everything that a round of deliveries needs."""

    archive: ArchiveWorker
    channels: tuple[Channel, ...]
    items_per_message: int
    timeout_s: float
    clock: Callable[[], datetime] = now
    bundle_for: timedelta = timedelta()
    """How long an alert that goes out at once waits for others; urgent ones never wait."""
    urgent: frozenset[str] = frozenset()
    """The watches that are urgent."""
    result: Dispatch = field(default_factory=Dispatch)


async def deliver_due(job: DeliveryJob) -> Dispatch:
    """Delivers every alert that is due; cancelling it waits for the message that is being handed over."""
    due = await job.archive.read(lambda database: find_due_alerts(database, at=job.clock()))
    by_address = {key: alerts for key, alerts in _group_by_address(due).items() if _is_ready(job, alerts)}
    ailing = [key for key, alerts in by_address.items() if any(alert.attempts for alert in alerts)]
    well = [key for key in by_address if key not in ailing]
    lanes = [well, *([key] for key in ailing)]
    await asyncio.gather(*(_serve_lane(job, {key: by_address[key] for key in lane}) for lane in lanes if lane))
    return job.result


def _is_ready(job: DeliveryJob, alerts: Sequence[OwedAlert]) -> bool:
    """False while all that is due has just come in, and company may still be on its way."""
    fresh = [alert.due_at for alert in alerts if _may_wait(job, alert)]
    return len(fresh) < len(alerts) or is_bundle_complete(fresh, job.clock(), job.bundle_for)


def _may_wait(job: DeliveryJob, alert: OwedAlert) -> bool:
    """What is due as soon as it is owed was to go out at once; a digest or a second attempt waits for nobody."""
    return alert.due_at == alert.owed_at and not alert.attempts and alert.watch not in job.urgent


def _group_by_address(due: Iterable[OwedAlert]) -> dict[AddressKey, list[OwedAlert]]:
    def key(alert: OwedAlert) -> AddressKey:
        return alert.channel, alert.address

    return {address: list(alerts) for address, alerts in groupby(sorted(due, key=key), key)}


async def _serve_lane(job: DeliveryJob, lane: Mapping[AddressKey, list[OwedAlert]]) -> None:
    addresses = {(channel.name, address.id): address for channel in job.channels for address in channel.addresses}
    for key, alerts in lane.items():
        if key in addresses:
            await _serve_address(job, addresses[key], alerts)
        else:
            await _give_up(job, key, alerts)


async def _give_up(job: DeliveryJob, key: AddressKey, alerts: list[OwedAlert]) -> None:
    """An address that was taken out of channels.toml still has alerts: nobody can be told, and that is written down."""
    detail = f"channel “{key[0]}” no longer has this address: it was removed or rewritten in channels.toml"
    await _record(
        job, key, tuple(alert.id for alert in alerts), Delivery(accepted=False, detail=detail, passing=False), None
    )


async def _serve_address(job: DeliveryJob, address: Address, alerts: list[OwedAlert]) -> None:
    """Hands over the messages of one address; after a refusal the rest waits with the one that was refused."""
    items = [_write_item(alert) for alert in alerts]
    messages = compose(items, max_items=job.items_per_message, limit=find_limit(address))
    attempts = {alert.id: alert.attempts for alert in alerts}
    for position, message in enumerate(messages):
        retry_at = await asyncio.shield(_hand_over(job, address, message, attempts))
        if retry_at:
            rest = [alert_id for waiting in messages[position + 1 :] for alert_id in waiting.alert_ids]
            await job.archive.write(partial(postpone_alerts, alert_ids=rest, until=retry_at))
            job.result.waiting += len(rest)
            return


async def _hand_over(
    job: DeliveryJob, address: Address, message: Message, attempts: Mapping[int, int]
) -> datetime | None:
    """Sends one message and writes down what came of it; returns when to try it again, if at all."""
    delivery = await asyncio.to_thread(send, address, message, timeout_s=job.timeout_s)
    retry_at = None
    if not delivery.accepted:
        made = max(attempts[alert_id] for alert_id in message.alert_ids) + 1
        retry_at = next_attempt_at(made, job.clock(), passing=delivery.passing, key=address.id)
    await _record(job, (address.channel, address.id), message.alert_ids, delivery, retry_at)
    return retry_at


async def _record(
    job: DeliveryJob, key: AddressKey, alert_ids: tuple[int, ...], delivery: Delivery, retry_at: datetime | None
) -> None:
    attempt = Attempt(
        channel=key[0],
        address=key[1],
        alert_ids=alert_ids,
        accepted=delivery.accepted,
        detail=delivery.detail,
        retry_at=retry_at,
    )
    await job.archive.write(partial(record_attempt, attempt=attempt, at=job.clock()))
    _count(job.result, attempt)


def _count(result: Dispatch, attempt: Attempt) -> None:
    if attempt.accepted:
        result.messages += 1
        result.sent += len(attempt.alert_ids)
        return
    result.errors.append(attempt.detail)
    if attempt.retry_at:
        result.waiting += len(attempt.alert_ids)
    else:
        result.failed += len(attempt.alert_ids)


def _write_item(alert: OwedAlert) -> AlertItem:
    return AlertItem(
        alert_id=alert.id,
        watch=alert.watch,
        title=alert.title,
        url=alert.url,
        outlet=alert.outlet,
        country=alert.country,
        published_on=alert.published_on,
        first_seen_at=alert.first_seen_at,
        terms=alert.terms,
        snippet=alert.snippet,
        text_state=alert.text_state,
        in_title=alert.in_title,
    )
