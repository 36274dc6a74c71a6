"""Keeps the appointments of a configuration: canaries, by which channels prove that they work, and empty digests.

Both go the way that alerts go. One that is refused is tried again like an alert; what is given up comes again at its
next time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from monitor.archive.alerts import Attempt, DeliveryKind, record_attempt
from monitor.archive.appointments import (
    AppointmentKey,
    AppointmentKind,
    DueAppointment,
    cancel_appointments,
    find_due_appointments,
    has_news,
    has_news_under_way,
    keep_appointment,
    make_appointment,
    miss_appointment,
)
from monitor.channel import Address, Channel
from monitor.digest import write_day
from monitor.due import Schedule, next_due
from monitor.message import Frame, Message, Notice, compose_notice
from monitor.outbox import DeliveryJob, write_foot
from monitor.sending import find_limit, find_retry, see_through, send

KINDS = {AppointmentKind.CANARY: DeliveryKind.CANARY, AppointmentKind.EMPTY: DeliveryKind.EMPTY}


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """When what is to go where. A canary comes at its time whatever the hours of the channel."""

    key: AppointmentKey
    channel: Channel
    address: Address
    schedule: Schedule
    urgent: bool

    def next_after(self, at: datetime) -> datetime:
        return next_due(at, self.schedule, self.channel.hours, urgent=self.urgent)


async def keep_appointments(job: DeliveryJob) -> None:
    """Sends the canaries and empty digests that are due; call it after what is owed was delivered."""
    wanted = {appointment.key: appointment for appointment in _plan(job)}
    await job.archive.write(partial(_make, wanted=wanted, at=job.clock()))
    for due in await job.archive.read(partial(find_due_appointments, at=job.clock())):
        appointment = wanted[due.key]
        if await _is_needed(job, due):
            await see_through(_keep(job, appointment, due))
        elif not await job.archive.read(partial(has_news_under_way, key=due.key, at=job.clock())):
            await job.archive.write(partial(_move_on, appointment=appointment, at=job.clock()))


def _plan(job: DeliveryJob) -> list[Appointment]:
    """Every appointment that the channels and watches ask for."""
    canaries = [
        _plan_one(AppointmentKind.CANARY, channel.name, channel, address, channel.canary, urgent=True)
        for channel in job.channels
        if channel.canary
        for address in channel.addresses
        if not address.folder
    ]
    empties = [
        _plan_one(AppointmentKind.EMPTY, watch.name, channel, address, watch.schedule, urgent=watch.urgent)
        for watch in job.watches.values()
        if watch.empty and watch.enabled
        for channel in job.channels
        if channel.name in watch.channels
        for address in channel.addresses
        if not address.folder
    ]
    return canaries + empties


def _plan_one(
    kind: AppointmentKind, name: str, channel: Channel, address: Address, schedule: Schedule, *, urgent: bool
) -> Appointment:
    key = AppointmentKey(kind=kind, name=name, channel=channel.name, address=address.id)
    return Appointment(key=key, channel=channel, address=address, schedule=schedule, urgent=urgent)


def _make(database: Database, wanted: Mapping[AppointmentKey, Appointment], at: datetime) -> None:
    cancel_appointments(database, but=wanted)
    for key, appointment in wanted.items():
        due_at = appointment.next_after(at)
        make_appointment(database, key, f"{appointment.schedule} {appointment.channel.hours}", due_at=due_at, at=at)


async def _is_needed(job: DeliveryJob, due: DueAppointment) -> bool:
    """An empty digest is not, where the watch had something to say.

    What it still tries to say keeps the appointment when it arrives: counted any earlier, it would count for the next
    one, too.
    """
    if due.key.kind is AppointmentKind.CANARY:
        return True
    return not await job.archive.read(partial(has_news, key=due.key, since=due.kept_at, at=job.clock()))


def _move_on(database: Database, appointment: Appointment, at: datetime) -> None:
    keep_appointment(database, appointment.key, at=at, next_at=_after(appointment, at))


def _after(appointment: Appointment, at: datetime) -> datetime:
    """The time after this one."""
    return appointment.next_after(at + timedelta(minutes=1))


async def _keep(job: DeliveryJob, appointment: Appointment, due: DueAppointment) -> None:
    """Sends one message and writes down what came of it."""
    message = await _compose(job, appointment, due)
    delivery = await send(appointment.address, message, timeout_s=job.timeout_s)
    at = job.clock()
    retry_at = None
    if delivery.accepted:
        job.result.messages += 1
    else:
        retry_at = find_retry(delivery, due.attempts + 1, at, appointment.address)
        job.result.errors.append(f"{appointment.address.label}: {due.key.kind}: {delivery.detail}")
    attempt = Attempt(
        channel=due.key.channel,
        address=due.key.address,
        alert_ids=(),
        accepted=delivery.accepted,
        detail=delivery.detail,
        retry_at=retry_at,
        kind=KINDS[due.key.kind],
    )
    await job.archive.write(partial(_record, appointment=appointment, attempt=attempt, at=at))


def _record(database: Database, appointment: Appointment, attempt: Attempt, at: datetime) -> None:
    record_attempt(database, attempt, at=at)
    if attempt.accepted:
        _move_on(database, appointment, at)
    else:
        next_at = attempt.retry_at or _after(appointment, at)
        miss_appointment(database, appointment.key, attempt.detail, next_at=next_at)


async def _compose(job: DeliveryJob, appointment: Appointment, due: DueAppointment) -> Message:
    key = due.key
    frame = Frame(channel=key.channel, contact=job.contact, templates=job.templates)
    identity = f"{key.kind} {key.name} {key.address} {due.kept_at.isoformat()}"
    if key.kind is AppointmentKind.CANARY:
        next_on = write_day(_after(appointment, job.clock()).date())
        notice = Notice(
            key=identity,
            subject=f"govwatch still reaches {key.channel}",
            lines=(f"This message proves that the channel “{key.channel}” works. The next one comes on {next_on}.",),
        )
        return compose_notice(notice, limit=find_limit(appointment.address), frame=frame)
    notice = Notice(
        key=identity,
        subject=f"Nothing found: {key.name}",
        lines=(f"No announcement matched the watch “{key.name}” since its last digest.",),
    )
    frame = replace(frame, foot=await write_foot(job, appointment.channel, appointment.address))
    return compose_notice(notice, limit=find_limit(appointment.address), frame=frame)
