"""Tells operators what they have to hear of sources, jobs and watches: one message a turn for each of their addresses.

    notices --one transaction--> a message for each address --accepted--> sent
                                        ^---- refused: again later, or given up

A kill loses nothing; it repeats no more than the one message that was in the air, and that under the same identity.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from crawler.counting import write_number
from monitor.archive.notices import (
    AddressKey,
    OperatorMessage,
    add_notice,
    find_due_messages,
    find_late_sources,
    find_troubles,
    owe_message,
    refuse_message,
    settle_message,
    take_late_untold,
    take_notices,
    take_reminder,
)
from monitor.channel import Address
from monitor.configuration import Watched
from monitor.due import Schedule
from monitor.message import Frame, Limit, Message, Notice, compose_notice
from monitor.notice import write_late, write_lines, write_still_broken, write_subject, write_watch
from monitor.outbox import UNREADABLE, UNREADABLE_PAUSE, DeliveryJob, read_anew
from monitor.sending import find_limit, find_retry, see_through, send
from monitor.watch_checkup import take_untold_troubles

# Who was told half a day ago or less needs no reminder.
REMIND_AFTER = timedelta(hours=12)
MOST_LINES = 100
SEE_STATUS = "`govwatch status` tells all of it."


@dataclass(frozen=True, kw_only=True)
class Operators:
    """Through which channels operators are told, and when they are reminded of what is still not well."""

    channels: Collection[str]
    daily_at: Schedule
    watched: Watched = field(default_factory=Watched)
    """Whose watches they answer for."""


async def tell_operators(job: DeliveryJob, operators: Operators, *, look_for_late: bool = False) -> None:
    """Bundles what is new into messages, and hands over those that are due. No crawl may be under way: it is one turn."""
    keys = [key for key, (channel, address) in job.addresses.items() if _is_for(operators, channel.name, address)]
    await job.archive.write(
        partial(bundle, operators=operators, keys=keys, at=job.clock(), look_for_late=look_for_late)
    )
    for message in await job.archive.read(partial(find_due_messages, at=job.clock())):
        await see_through(_hand_over(job, message))


def _is_for(operators: Operators, channel: str, address: Address) -> bool:
    return channel in operators.channels and not address.folder


def bundle(
    database: Database, operators: Operators, keys: Collection[AddressKey], at: datetime, *, look_for_late: bool
) -> None:
    """One message for each address with everything that none tells yet; call it in a transaction."""
    if look_for_late:
        for late in take_late_untold(database, find_late_sources(database, at=at), at=at):
            add_notice(database, write_late(late.name, late.source, due_at=late.due_at, at=at), at=at)
    next_at = operators.daily_at.next_due(at + timedelta(minutes=1))
    if take_reminder(database, str(operators.daily_at), next_at=next_at, at=at):
        for trouble in find_troubles(database, told_before=at - REMIND_AFTER):
            add_notice(database, write_still_broken(trouble, at=at), at=at)
        for wanting in take_untold_troubles(database, operators.watched, at=at):
            add_notice(database, write_watch(wanting), at=at)
    news = take_notices(database, at=at)
    if not news:
        return
    for key in keys:
        owe_message(database, key, write_subject([one.kind for one in news]), write_lines(news), at=at)


async def _hand_over(job: DeliveryJob, message: OperatorMessage) -> None:
    key = message.channel, message.address
    anew = job if job.find(key) else await read_anew(job)
    if anew is None:
        later = job.clock() + UNREADABLE_PAUSE
        await job.archive.write(partial(refuse_message, message_id=message.id, error=UNREADABLE, retry_at=later))
        return
    found = anew.find(key)
    if found is None:
        gone = f"channel “{message.channel}” no longer has this address"
        await job.archive.write(partial(refuse_message, message_id=message.id, error=gone, retry_at=None))
        return
    _, address = found
    written = compose_bundle(message, find_limit(address), Frame(channel=address.channel, contact=anew.contact))
    delivery = await send(address, written, timeout_s=anew.timeout_s)
    if delivery.accepted:
        job.result.messages += 1
        await job.archive.write(partial(settle_message, message_id=message.id, at=job.clock()))
        return
    job.result.errors.append(f"{address.label}: for operators: {delivery.detail}")
    retry_at = find_retry(delivery, message.attempts + 1, job.clock(), address)
    await job.archive.write(partial(refuse_message, message_id=message.id, error=delivery.detail, retry_at=retry_at))


def compose_bundle(message: OperatorMessage, limit: Limit, frame: Frame) -> Message:
    """As many of the lines as the address takes; the last one says how many more there are (R6, R12)."""
    shown = min(len(message.lines), MOST_LINES)
    while True:
        left = len(message.lines) - shown
        more = (f"And {write_number(left, 'more line')}.",) if left else ()
        notice = Notice(
            key=f"operators {message.id} {message.created_at} {message.address}",
            subject=message.subject,
            lines=(*message.lines[:shown], *more, SEE_STATUS),
        )
        written = compose_notice(notice, limit=limit, frame=frame)
        if shown <= 1 or limit.max_chars is None or len(written.in_form(limit.form)) <= limit.max_chars:
            return written
        shown = shown * 3 // 4
