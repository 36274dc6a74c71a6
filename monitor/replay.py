"""Sends what a channel was sent in a span of time once more, marked as a replay; the alerts stay as they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from monitor.archive.alerts import Attempt, DeliveryKind, OwedAlert, find_sent_alerts, record_attempt
from monitor.channel import Address, Channel
from monitor.message import Frame, Message, compose
from monitor.outbox import DeliveryJob, Dispatch, write_item
from monitor.sending import find_limit, see_through, send


@dataclass(frozen=True, kw_only=True)
class Span:
    """From `since` until just before `until`, both aware; `described` as a reader understands it."""

    since: datetime
    until: datetime
    described: str


async def replay(job: DeliveryJob, channel: Channel, span: Span) -> Dispatch:
    """Sends it to every address of `channel`, each its own; a folder for feeds has everything already.

    What is refused is told and not tried again: whoever asked for it is looking on.
    """
    for address in channel.addresses:
        if address.folder:
            continue
        find = partial(find_sent_alerts, channel=channel.name, address=address.id, since=span.since, until=span.until)
        alerts = await job.archive.read(find)
        for message in await asyncio.to_thread(_compose, job, address, alerts, span):
            if not await see_through(_hand_over(job, address, message)):
                break
    return job.result


def _compose(job: DeliveryJob, address: Address, alerts: Sequence[OwedAlert], span: Span) -> tuple[Message, ...]:
    frame = Frame(
        prefix="Replay: ",
        note=f"Sent again on request: what came {span.described}.",
        occasion=job.clock().isoformat(),
        channel=address.channel,
        contact=job.contact,
        templates=job.templates,
    )
    items = [write_item(alert) for alert in alerts]
    limit = find_limit(address)
    return compose(items, max_items=job.items_per_message, limit=limit, frame=frame, forms=limit.forms)


async def _hand_over(job: DeliveryJob, address: Address, message: Message) -> bool:
    delivery = await send(address, message, timeout_s=job.timeout_s)
    attempt = Attempt(
        channel=address.channel,
        address=address.id,
        alert_ids=message.alert_ids,
        accepted=delivery.accepted,
        detail=delivery.detail,
        retry_at=None,
        kind=DeliveryKind.REPLAY,
    )
    await job.archive.write(partial(record_attempt, attempt=attempt, at=job.clock()))
    if delivery.accepted:
        job.result.messages += 1
        job.result.sent += len(message.alert_ids)
    else:
        job.result.failed += len(message.alert_ids)
        job.result.errors.append(f"{address.label}: {delivery.detail}")
    return delivery.accepted
