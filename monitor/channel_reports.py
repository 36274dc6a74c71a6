"""Tells operators, through their own channels, which addresses take nothing any more and which work again.

An address never reports itself: what breaks is told through another one.
"""

import logging
from collections.abc import Collection
from functools import partial

from monitor.archive.channels import find_failing, find_reported, note_reported
from monitor.channel import Address
from monitor.channel_health import (
    AddressKey,
    ChannelNews,
    describe_broken,
    describe_mended,
    judge_channels,
    write_subject,
)
from monitor.message import Frame, Message, Notice, compose_notice
from monitor.outbox import DeliveryJob
from monitor.sending import find_limit, see_through, send

log = logging.getLogger("govwatch")


async def report_channels(job: DeliveryJob, *, operators: Collection[str]) -> bool:
    """Tells what is new of the channels, once; says whether somebody was told, or there was nothing to tell.

    Where nobody could be told, it is for the caller to try again later. The log has it in any case.
    """
    failing = await job.archive.read(find_failing)
    reported = await job.archive.read(find_reported)
    known = [one for one in failing if one.key in job.addresses]
    news = judge_channels(known, reported, at=job.clock())
    if news.is_empty:
        return True
    return await see_through(_report(job, news, _find_operators(job, operators, {one.key for one in known}), operators))


async def _report(
    job: DeliveryJob, news: ChannelNews, addresses: Collection[Address], operators: Collection[str]
) -> bool:
    told = [await _tell(job, address, news) for address in addresses]
    for line in _write_lines(job, news):
        log.warning("channel: %s", line)
    if operators and not any(told):
        return False
    broken = [one.key for one in news.broken]
    await job.archive.write(partial(note_reported, broken=broken, mended=news.mended, at=job.clock()))
    return True


def _find_operators(job: DeliveryJob, operators: Collection[str], failing: Collection[AddressKey]) -> list[Address]:
    """The operators' addresses that are not failing themselves."""
    return [
        address
        for key, (channel, address) in job.addresses.items()
        if channel.name in operators and key not in failing and not address.folder
    ]


def _write_lines(job: DeliveryJob, news: ChannelNews) -> tuple[str, ...]:
    def label(key: AddressKey) -> str:
        return job.addresses[key][1].label if key in job.addresses else key[0]

    broken = [describe_broken(one, label(one.key)) for one in news.broken]
    # What was taken out of channels.toml is not mended, only gone.
    return (*broken, *(describe_mended(label(key)) for key in news.mended if key in job.addresses))


async def _tell(job: DeliveryJob, address: Address, news: ChannelNews) -> bool:
    if not (lines := _write_lines(job, news)):
        return True
    message = _compose(job, address, news, lines)
    delivery = await send(address, message, timeout_s=job.timeout_s)
    if not delivery.accepted:
        job.result.errors.append(f"{address.label}: report on channels: {delivery.detail}")
    return delivery.accepted


def _compose(job: DeliveryJob, address: Address, news: ChannelNews, lines: tuple[str, ...]) -> Message:
    notice = Notice(
        key=f"channels {job.clock().isoformat()} {address.id}",
        subject=write_subject(news),
        lines=(
            *lines,
            "`govwatch alert test CHANNEL` shows whether it works; `govwatch alert retry` sends what waits.",
        ),
    )
    frame = Frame(channel=address.channel, contact=job.contact, templates=job.templates)
    return compose_notice(notice, limit=find_limit(address), frame=frame)
