"""Decides which watches want a look: dead, noisy, dangling or overlapping; plain values in and out (R30)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations, pairwise

from crawler.source import Source
from monitor.meaning import find_sources_in_scope
from monitor.watch import Watch, WatchLimits

# Two watches that share little have too little to be compared by; nine tenths of one is nearly all of it.
LEAST_SHARED = 5
SHARED = 0.9
# Thousands of watches that find the same page are not compared pair by pair for ever.
MOST_PAIRS = 300_000


class WatchFault(StrEnum):
    """What is the matter with a watch; in the order in which it is told."""

    DANGLING = "dangling"
    DEAD = "dead"
    NOISY = "noisy"
    OVERLAPPING = "overlapping"


@dataclass(frozen=True, kw_only=True)
class WatchActivity:
    """What the archive knows of a watch."""

    matched_since: datetime
    """When the archive was first matched against it as it is now."""
    last_match_at: datetime | None
    """When it found something that was new."""
    busiest: tuple[date, int] | None
    """The day of the last week with most alerts, and how many."""


@dataclass(frozen=True, kw_only=True)
class WatchTrouble:
    """A watch that wants a look, and why, in plain words."""

    watch: str
    fault: WatchFault
    reason: str

    def __str__(self) -> str:
        return f"“{self.watch}” is {self.fault}: {self.reason}"


def find_troubles(
    watches: Iterable[Watch],
    *,
    sources: Sequence[Source],
    gone: Collection[str],
    activity: Mapping[str, WatchActivity],
    matched: Iterable[tuple[int, str]],
    limits: WatchLimits,
    at: datetime,
) -> tuple[WatchTrouble, ...]:
    """Every watch that wants a look, dangling ones first.

    `gone` are the ids of sources that have ended, `matched` announcements with the watches that found them.
    """
    enabled = [watch for watch in watches if watch.enabled]
    found = [*_find_overlapping(enabled, matched)]
    for watch in enabled:
        known = activity.get(watch.name)
        reasons = {
            WatchFault.DANGLING: find_dangling(watch, sources, gone),
            WatchFault.DEAD: find_dead(known, limits, at) if known else None,
            WatchFault.NOISY: find_noisy(known, limits) if known else None,
        }
        found += [WatchTrouble(watch=watch.name, fault=fault, reason=why) for fault, why in reasons.items() if why]
    order = list(WatchFault)
    return tuple(sorted(found, key=lambda trouble: (order.index(trouble.fault), trouble.watch)))


def find_dangling(watch: Watch, sources: Sequence[Source], gone: Collection[str]) -> str | None:
    """Why the watch waits for sources of which nothing will come."""
    if not find_sources_in_scope(watch, sources):
        return "no source that is enabled is in its scope"
    enabled = {source.id for source in sources if source.enabled}
    missing = [f"{name} is switched off" for name in watch.sources if name not in enabled]
    missing += [f"{name} is gone" for name in watch.sources if name in enabled and name in gone]
    return f"it names sources of which nothing comes: {', '.join(missing)}" if missing else None


def find_dead(activity: WatchActivity, limits: WatchLimits, at: datetime) -> str | None:
    latest = activity.last_match_at or activity.matched_since
    silent = at - max(latest, activity.matched_since)
    if silent <= limits.dead_after:
        return None
    if activity.last_match_at is None:
        return f"it has found nothing new since it was added {silent.days} days ago"
    return f"it has found nothing new for {silent.days} days, since {latest:%Y-%m-%d}"


def find_noisy(activity: WatchActivity, limits: WatchLimits) -> str | None:
    if activity.busiest is None or activity.busiest[1] <= limits.noisy_above:
        return None
    day, count = activity.busiest
    return (
        f"{count} alerts on {day}, more than {limits.noisy_above} a day; `govwatch watch test` suggests what to exclude"
    )


def _find_overlapping(watches: Sequence[Watch], matched: Iterable[tuple[int, str]]) -> Iterator[WatchTrouble]:
    """Watches that tell the same people nearly what another tells; of two, the one that finds less, and each once."""
    telling = {watch.name: watch for watch in watches if watch.channels}
    found, shared = _count_shared(telling, matched)
    reasons: dict[str, str] = {}
    for one, other in _find_same(telling.values()):
        if _tell_the_same(telling[one], telling[other]):
            reasons[other] = f"it means the same as “{one}” and tells the same channels"
    for (one, other), common in sorted((pair, count) for pair, count in shared.items() if count >= LEAST_SHARED):
        smaller, larger = sorted((one, other), key=lambda name: (found[name], name))
        if common >= SHARED * found[smaller] and _tell_the_same(telling[one], telling[other]):
            told = f"{common} of the {found[smaller]} announcements that it found last “{larger}” found too"
            reasons.setdefault(smaller, told)
    for name, reason in reasons.items():
        yield WatchTrouble(watch=name, fault=WatchFault.OVERLAPPING, reason=reason)


def _tell_the_same(one: Watch, other: Watch) -> bool:
    return not set(one.channels).isdisjoint(other.channels)


def _count_shared(
    watches: Collection[str], matched: Iterable[tuple[int, str]]
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """How many announcements each watch found, and each two of them; as far as there is time to count."""
    by_announcement: dict[int, list[str]] = defaultdict(list)
    for announcement, watch in matched:
        if watch in watches:
            by_announcement[announcement].append(watch)
    found: Counter[str] = Counter()
    shared: Counter[tuple[str, str]] = Counter()
    counted = 0
    for names in by_announcement.values():
        counted += len(names) ** 2 // 2
        if counted > MOST_PAIRS:
            break
        found.update(names)
        shared.update(combinations(sorted(names), 2))
    return found, shared


def _find_same(watches: Iterable[Watch]) -> set[tuple[str, str]]:
    """Pairs of neighbours among the watches that mean the same."""
    by_meaning: dict[str, list[str]] = defaultdict(list)
    for watch in watches:
        by_meaning[watch.meaning].append(watch.name)
    return {pair for names in by_meaning.values() for pair in pairwise(sorted(names))}
