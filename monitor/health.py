"""Judges how a source is doing: from what a crawl read and what is remembered of the source, never from news alone.

Plain values in, a verdict out; telling people is left to others.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from crawler.announcement import Loss
from crawler.counting import write_number
from crawler.order import EntryRead, Lost
from crawler.source import Source
from crawler.urls import url_key
from monitor.polling import find_usual_gap


class SourceCondition(StrEnum):
    """How a source is doing, as `status` shows it."""

    OK = "ok"
    QUIET = "quiet"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"
    BROKEN = "broken"
    GONE = "gone"
    HELD = "held"


_OF_LOSS = {
    Loss.GONE: SourceCondition.GONE,
    Loss.ROBOTS: SourceCondition.FORBIDDEN,
    **dict.fromkeys((Loss.UNREACHABLE, Loss.TIMEOUT, Loss.CERTIFICATE), SourceCondition.UNREACHABLE),
    **dict.fromkeys(
        (Loss.BOT_WALL, Loss.LOGIN, Loss.SOFT_NOT_FOUND, Loss.NO_ROWS, Loss.TOO_MANY_REQUESTS, Loss.CUT_SHORT),
        SourceCondition.DEGRADED,
    ),
}
# After these a permanent redirect means that what the address stood for is there no more.
NOTHING_THERE = frozenset({Loss.NOT_FOUND, Loss.NOT_A_FEED, Loss.UNREADABLE, Loss.NO_ROWS, Loss.SOFT_NOT_FOUND})
# Of such a page nothing is known yet.
NOT_ASKED = frozenset({Loss.TOO_MANY_REQUESTS, Loss.CUT_SHORT})
# These say that there is no page, or that we did not ask for it: neither is a fault of the source's texts.
NO_FAULT_OF_PAGES = frozenset(
    {
        Loss.NOT_FOUND,
        Loss.GONE,
        Loss.NOT_A_DOCUMENT,
        Loss.TOO_LARGE,
        Loss.OUTSIDE,
        *NOT_ASKED,
    }
)
# The newest so many pages that were asked for tell whether a source's pages can be read.
JUDGED_PAGES = 20
RUN_OF_MISSING = 3
# A week bridges every week-end with its bank holiday; twice its usual longest pause is longer than a habit.
SHORTEST_QUIET = timedelta(days=7)
QUIET_GAPS = 2
QUIET_QUANTILE = 0.95
# Where no habit is known: half a year without anything is no habit.
QUIET_UNKNOWN = timedelta(days=180)
MOVED_FOR_GOOD = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reason` is empty when all is well, and else one line for the operator."""

    condition: SourceCondition
    reason: str
    is_failure: bool = False
    """Whether the source told us nothing at all."""


WELL = Verdict(condition=SourceCondition.OK, reason="")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What is known of a source besides the crawl that is judged, that crawl's announcements included.

    `rows` has what each entry point listed when it was last read whole, `pages` the newest pages that were asked for,
    newest first: why one gave no text, or None where it did. `days` are those of publication, in any order. `unread` says
    of a source that has never filed anything why its pages gave nothing, those included that were given up: how many of each.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    days: tuple[date, ...] = ()
    pages: tuple[Loss | None, ...] = ()
    unread: Mapping[Loss, int] = field(default_factory=dict)
    held: int = 0


NOTHING_KNOWN = Memory()


def judge_source(
    source: Source,
    entries: Sequence[EntryRead],
    losses: Sequence[Lost],
    *,
    complete: bool,
    memory: Memory = NOTHING_KNOWN,
    postponed: Sequence[Lost] = (),
    at: datetime | None = None,
) -> Verdict:
    """The verdict on one crawl (R22, R23, R24).

    `losses` are those of entry points, `postponed` the pages that a host's rest put off. Without `at` nothing is said of
    how long a source has been quiet.
    """
    if losses and not entries:
        return _judge_loss(losses[0], is_failure=True)
    if not entries:
        return Verdict(
            condition=SourceCondition.DEGRADED, reason="the crawl ended before the source was read", is_failure=True
        )
    if memory.held:
        return _hold(memory.held)
    if losses:
        verdict = _judge_loss(losses[0], is_failure=False)
        return Verdict(condition=SourceCondition.DEGRADED, reason=verdict.reason)
    return (
        _judge_completeness(postponed, complete=complete)
        or _judge_rows(source, entries, memory)
        or _judge_wholeness(entries)
        or _judge_unread(entries, memory)
        or _judge_pages(memory.pages)
        or (_judge_silence(source, entries, memory, at.date()) if at else None)
        or WELL
    )


def _hold(held: int) -> Verdict:
    reason = f"{held} old announcements look new: suspected re-key; see `govwatch alert list --state held`"
    return Verdict(condition=SourceCondition.HELD, reason=reason)


def _judge_loss(lost: Lost, *, is_failure: bool) -> Verdict:
    if lost.moved_to and lost.loss in NOTHING_THERE:
        reason = f"{lost.url}: moved to {lost.moved_to}, which is no longer it: {_describe_cause(lost)}"
        return Verdict(condition=SourceCondition.GONE, reason=reason, is_failure=is_failure)
    condition = _OF_LOSS.get(lost.loss, SourceCondition.BROKEN)
    return Verdict(condition=condition, reason=f"{lost.url}: {_describe_cause(lost)}", is_failure=is_failure)


def _describe_cause(lost: Lost) -> str:
    if lost.loss in {Loss.ROBOTS, Loss.TOO_MANY_REQUESTS} and lost.detail:
        return lost.detail
    return f"{lost.loss.value}: {lost.detail}" if lost.detail else lost.loss.value


def _judge_completeness(postponed: Sequence[Lost], *, complete: bool) -> Verdict | None:
    if postponed:
        reason = f"{len(postponed)} pages postponed: {postponed[0].detail}"
        return Verdict(condition=SourceCondition.DEGRADED, reason=reason)
    if not complete:
        reason = "the crawl was cut short; it goes on with the next one"
        return Verdict(condition=SourceCondition.DEGRADED, reason=reason)
    return None


def _judge_rows(source: Source, entries: Sequence[EntryRead], memory: Memory) -> Verdict | None:
    rows = _count_rows(entries, memory)
    expected = 1 if source.expect.rows is None else source.expect.rows
    if rows is None or rows >= expected:
        return None
    return Verdict(condition=SourceCondition.DEGRADED, reason=f"{rows} rows listed, at least {expected} expected")


def _count_rows(entries: Sequence[EntryRead], memory: Memory) -> int | None:
    """Those that are listed now, or None where an entry point that is unchanged was never counted."""
    counts = [memory.rows.get(entry.url) if entry.unchanged else entry.rows for entry in entries]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _judge_wholeness(entries: Sequence[EntryRead]) -> Verdict | None:
    cut = next((entry for entry in entries if entry.breaks_off), None)
    if cut is None:
        return None
    reason = f"{cut.url}: breaks off after {cut.rows} rows: {'; '.join(cut.warnings[:1])}".rstrip(": ")
    return Verdict(condition=SourceCondition.DEGRADED, reason=reason)


def _judge_unread(entries: Sequence[EntryRead], memory: Memory) -> Verdict | None:
    """R23: a few dead links are no fault of a source, but one all of whose links are dead tells nothing."""
    causes = Counter({loss: count for loss, count in memory.unread.items() if loss not in NOT_ASKED})
    if not causes or _count_rows(entries, memory) == 0:
        return None
    pages = causes.total()
    subject = (
        "the only page that was listed could not" if pages == 1 else f"none of the {pages} pages that were listed could"
    )
    return Verdict(condition=SourceCondition.DEGRADED, reason=f"{subject} be read: {_write_causes(causes)}")


def _judge_pages(pages: Sequence[Loss | None]) -> Verdict | None:
    """A bot wall is about us, so the first one counts; anything else has to happen to most pages, or to the newest."""
    judged = [loss for loss in pages if loss not in NO_FAULT_OF_PAGES][:JUDGED_PAGES]
    missing = [loss for loss in judged if loss]
    newest = judged[:RUN_OF_MISSING]
    is_most = len(missing) * 2 >= len(judged)
    if not missing or not (judged[0] is Loss.BOT_WALL or all(newest) or (is_most and len(missing) >= RUN_OF_MISSING)):
        return None
    causes = _write_causes(Counter(missing))
    reason = f"{len(missing)} of the newest {len(judged)} pages gave no text: {causes}"
    return Verdict(condition=SourceCondition.DEGRADED, reason=reason)


def _write_causes(losses: Counter[Loss]) -> str:
    """The three most frequent ones, and how many more there are."""
    common = losses.most_common(3)
    rest = losses.total() - sum(count for _, count in common)
    said = [*(f"{loss.value} ({count})" for loss, count in common), *([f"other causes ({rest})"] if rest else [])]
    return ", ".join(said)


def _judge_silence(source: Source, entries: Sequence[EntryRead], memory: Memory, today: date) -> Verdict | None:
    days = [day for day in memory.days if day <= today]
    newest = max(days, default=None) or max(
        (entry.newest_on for entry in entries if entry.newest_on and entry.newest_on <= today), default=None
    )
    if newest is None:
        return None
    longest, why = find_longest_silence(source, days)
    if today - newest <= longest:
        return None
    ago = write_number((today - newest).days, "day")
    reason = f"nothing new since {newest.day} {newest:%b %Y}, {ago} ago; {why}"
    return Verdict(condition=SourceCondition.QUIET, reason=reason)


def find_longest_silence(source: Source, days: Sequence[date]) -> tuple[timedelta, str]:
    """How long a source may say nothing before it is quiet, and why so long."""
    if source.expect.max_gap_days is not None:
        stated = source.expect.max_gap_days
        return timedelta(days=stated), f"expected within {write_number(stated, 'day')} (max_gap_days)"
    usual = find_usual_gap(days, quantile=QUIET_QUANTILE)
    if usual is None:
        return (
            QUIET_UNKNOWN,
            f"too little is known of its habit to wait longer than {write_number(QUIET_UNKNOWN.days, 'day')}",
        )
    longest = max(SHORTEST_QUIET, usual * QUIET_GAPS)
    return longest, f"its longest usual pause is {write_number(usual.days, 'day')}"


def find_proposal(url: str, *, moved_to: str | None, moved_since: datetime | None, at: datetime) -> str | None:
    """The address that should stand in place of `url`: https in place of http at once, any other after a week."""
    if not moved_to or not moved_since:
        return None
    is_upgrade = urlsplit(url).scheme == "http" and urlsplit(moved_to).scheme == "https"
    if is_upgrade and url_key(url) == url_key(moved_to):
        return moved_to
    return moved_to if at - moved_since >= MOVED_FOR_GOOD else None
