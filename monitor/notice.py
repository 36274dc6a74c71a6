"""Decides what operators have to hear of their sources and jobs, and in which words; telling them is left to `telling`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.health import SourceCondition
from monitor.polling import CLOCK_AHEAD
from monitor.watch_health import WatchTrouble

# One look that fails may be the network's fault or ours: these are told when the next look says the same.
TOLD_AFTER = {SourceCondition.UNREACHABLE: 2, SourceCondition.DEGRADED: 2}
# A source that was crawled late by less than this is nobody's concern.
LATE_AT_LEAST = timedelta(minutes=15)


class NoticeKind(StrEnum):
    """Why operators hear of something; in the order in which a message tells it."""

    BROKE = "broke"
    STILL_BROKEN = "still broken"
    RECOVERED = "recovered"
    MOVED = "moved"
    LATE = "late"
    JOB = "job"
    WATCH = "watch"


HEADINGS: Mapping[NoticeKind, str] = {
    NoticeKind.BROKE: "Not well any more",
    NoticeKind.STILL_BROKEN: "Still not well",
    NoticeKind.RECOVERED: "Well again",
    NoticeKind.MOVED: "Moved to a new address",
    NoticeKind.LATE: "Not looked at in time",
    NoticeKind.JOB: "Jobs of govwatch that failed",
    NoticeKind.WATCH: "Watches that want a look",
}
COUNTED: Mapping[NoticeKind, str] = {
    NoticeKind.BROKE: "not well",
    NoticeKind.STILL_BROKEN: "still not well",
    NoticeKind.RECOVERED: "well again",
    NoticeKind.MOVED: "moved",
    NoticeKind.LATE: "late",
    NoticeKind.JOB: "failed jobs",
    NoticeKind.WATCH: "watches that want a look",
}

COUNTED_ONE: Mapping[NoticeKind, str] = {
    **COUNTED,
    NoticeKind.JOB: "failed job",
    NoticeKind.WATCH: "watch that wants a look",
}


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing that operators have to hear. `subject` names what it is about: a source, an address or a job."""

    kind: NoticeKind
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a source was before: its condition since when, for how many checks, and whether its trouble was told."""

    condition: str
    since: datetime | None
    checks: int
    trouble_told_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A source that is not well, and that operators know of."""

    source: str
    name: str
    condition: str
    reason: str
    since: datetime


def decide_news(before: Standing, condition: SourceCondition, checks: int) -> NoticeKind | None:
    """What a check makes worth telling: once when a source breaks, once when it is well again (R22)."""
    is_told = before.trouble_told_at is not None
    if condition is SourceCondition.OK:
        return NoticeKind.RECOVERED if is_told else None
    return NoticeKind.BROKE if not is_told and checks >= TOLD_AFTER.get(condition, 1) else None


def write_broke(name: str, source: str, condition: str, reason: str) -> News:
    return News(kind=NoticeKind.BROKE, subject=source, text=f"{name} ({source}): {condition}: {reason}")


def write_recovered(name: str, source: str, *, since: datetime, at: datetime) -> News:
    text = f"{name} ({source}): ok, after {write_span(at - since)}"
    return News(kind=NoticeKind.RECOVERED, subject=source, text=text)


def write_moved(name: str, source: str, url: str, new: str) -> News:
    text = f"{name} ({source}): {url} has moved: put {new} into sources/{source}.toml"
    return News(kind=NoticeKind.MOVED, subject=f"{source} {url} {new}", text=text)


def write_still_broken(trouble: Trouble, *, at: datetime) -> News:
    text = (
        f"{trouble.name} ({trouble.source}): {trouble.condition} for {write_span(at - trouble.since)}: {trouble.reason}"
    )
    return News(kind=NoticeKind.STILL_BROKEN, subject=trouble.source, text=text)


def write_late(name: str, source: str, *, due_at: datetime, at: datetime) -> News:
    text = f"{name} ({source}): due for {write_span(at - due_at)}, and not looked at; is `govwatch run` at work?"
    return News(kind=NoticeKind.LATE, subject=source, text=text)


def write_job(job: str, error: str) -> News:
    return News(kind=NoticeKind.JOB, subject=job, text=f"{job}: {error}")


def write_watch(trouble: WatchTrouble) -> News:
    return News(kind=NoticeKind.WATCH, subject=trouble.watch, text=str(trouble))


def is_late(*, due_at: datetime | None, checked_at: datetime | None, at: datetime) -> bool:
    """Whether a source was not looked at for twice its interval (R9), or last by a clock that was ahead."""
    if due_at is None:
        return False
    if checked_at and checked_at - at > CLOCK_AHEAD:
        return True
    interval = due_at - checked_at if checked_at else timedelta()
    return at - due_at > max(interval, LATE_AT_LEAST)


def write_subject(kinds: Sequence[NoticeKind]) -> str:
    """ "govwatch: 3 not well, 1 well again"."""
    counts = {kind: kinds.count(kind) for kind in NoticeKind}
    told = (f"{n} {(COUNTED_ONE if n == 1 else COUNTED)[kind]}" for kind, n in counts.items() if n)
    return f"govwatch: {', '.join(told)}"


def write_lines(news: Sequence[News]) -> tuple[str, ...]:
    """The body of a message, under one heading for each kind."""
    lines: list[str] = []
    for kind in NoticeKind:
        told = [one.text for one in news if one.kind is kind]
        if told:
            lines += [f"{HEADINGS[kind]}:", *told]
    return tuple(lines)


def write_span(span: timedelta) -> str:
    """A span in the words of people: "3 days", "2 hours", "20 minutes"."""
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if span >= unit:
            count = span // unit
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "less than a minute"
