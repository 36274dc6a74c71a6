"""Decides which addresses of channels have broken or work again, and what operators are told; plain values in and out.

One report when an address breaks, one when it works again, and a reminder a day in between.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.counting import write_number
from monitor.digest import write_day

# The third refusal comes three minutes after the first where it may pass, and more than an hour after where not.
REFUSALS_UNTIL_BROKEN = 3
REMIND_EVERY = timedelta(days=1)
AddressKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Failing:
    """An address that has taken nothing since `since`: how often it refused, what it said last, and what waits for it."""

    channel: str
    address: str
    since: datetime
    refusals: int
    detail: str
    waiting: int = 0

    @property
    def key(self) -> AddressKey:
        return self.channel, self.address


@dataclass(frozen=True, kw_only=True)
class ChannelNews:
    """What operators are to be told now."""

    broken: tuple[Failing, ...] = ()
    mended: tuple[AddressKey, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.broken or self.mended)


def judge_channels(
    failing: Iterable[Failing], reported_at: Mapping[AddressKey, datetime], *, at: datetime
) -> ChannelNews:
    """What is new since operators were told last; `reported_at` says of which addresses they know that they are broken."""
    broken = {one.key: one for one in failing if one.refusals >= REFUSALS_UNTIL_BROKEN or one.key in reported_at}
    due = [one for key, one in broken.items() if key not in reported_at or reported_at[key] + REMIND_EVERY <= at]
    return ChannelNews(broken=tuple(due), mended=tuple(key for key in reported_at if key not in broken))


def describe_broken(failing: Failing, label: str) -> str:
    """One sentence for operators; `label` names the address without its secrets."""
    since = f"{failing.since:%H:%M} UTC on {write_day(failing.since.date())}"
    waiting = f" Waiting for it or given up: {write_number(failing.waiting, 'alert')}." if failing.waiting else ""
    refusals = write_number(failing.refusals, "refusal")
    return f"{label} has taken nothing since {since}: {refusals}, the last: {failing.detail}.{waiting}"


def describe_mended(label: str) -> str:
    return f"{label} works again."


def write_subject(news: ChannelNews) -> str:
    """`A channel fails: policy-team`."""
    names = list(dict.fromkeys([*(one.channel for one in news.broken), *(channel for channel, _ in news.mended)]))
    if not news.broken:
        return f"Works again: {', '.join(names)}"
    return f"{'A channel fails' if len(names) == 1 else 'Channels fail'}: {', '.join(names)}"
