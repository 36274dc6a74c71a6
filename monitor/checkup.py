"""After a crawl, in its transaction: judges the source, plans its next check, and notes what operators have to hear."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from crawler.announcement import Loss
from crawler.order import EntryRead, Lost, SourceEnded
from crawler.source import Source
from crawler.urls import name_host
from monitor.archive.health import (
    find_entry_points,
    find_hints,
    find_memory,
    find_sightings,
    forget_moves,
    has_source_waiting,
    save_entry,
)
from monitor.archive.notices import add_notice, add_notice_once, note_job
from monitor.archive.politeness import Traffic, count_traffic, find_rest_until
from monitor.archive.sources import SourceState, find_source_state, update_source_state
from monitor.archive.trail import Stage, Step, record_step
from monitor.clock import read_moment, write_moment
from monitor.health import SourceCondition, Verdict, find_proposal, judge_source
from monitor.notice import NoticeKind, Standing, decide_news, write_broke, write_job, write_moved, write_recovered
from monitor.polling import HOST_RESTS, Pace, Plan, learn_habit, plan_next_check
from monitor.zones import find_zone

# A job beside those of `run`: its crawl goes well, too, when the child that crawls does not.
CRAWLER_JOB = "crawler"
LEFT_OUT = "the crawler ended before it was done with this source"
UNSETTLED = "the crawler ended before it was done with this page; the next crawl of the source asks for it"
# Not at once, since a crawler that dies of one source would ask the others over and over.
LEFT_OUT_PAUSE = timedelta(minutes=15)
NAMED_SOURCES = 10


@dataclass(frozen=True, kw_only=True)
class CrawlFacts:
    """What one crawl said of a source besides its announcements; `held` are those set aside as a suspected re-key."""

    entries: Sequence[EntryRead]
    entry_losses: Sequence[Lost]
    postponed: Sequence[Lost]
    ended: SourceEnded | None
    held: int

    @property
    def complete(self) -> bool:
        return self.ended is not None and self.ended.complete


def judge(database: Database, source: Source, facts: CrawlFacts, *, at: datetime) -> Verdict:
    """How the source is, once everything else of the crawl is in the archive."""
    named = {entry_point.url for entry_point in source.entry_points}
    for entry in facts.entries:
        if entry.url in named:
            save_entry(database, entry, at=at)
    if facts.held:
        reason = f"{facts.held} old announcements look new: suspected re-key; see `govwatch alert list --state held`"
        return Verdict(condition=SourceCondition.HELD, reason=reason)
    return judge_source(
        source,
        facts.entries,
        # Where the crawler died meanwhile, another entry point may have been about to answer: it was cut short.
        facts.entry_losses if facts.ended else (),
        complete=facts.complete,
        memory=find_memory(database, source.id),
        postponed=facts.postponed,
        at=at,
    )


def plan(database: Database, source: Source, pace: Pace, *, failures: int, at: datetime) -> Plan:
    """When the source is due again."""
    zone, urls = find_zone(source), {entry_point.url for entry_point in source.entry_points}
    return plan_next_check(
        at,
        learn_habit(find_sightings(database, source.id, zone=zone), zone=zone, now=at),
        pace,
        hints=find_hints(database, source.id, urls),
        failures=failures,
        rest_until=find_rest_until(database, map(name_host, urls), at=at),
    )


def postpone_resting(database: Database, sources: Iterable[Source], *, at: datetime) -> set[str]:
    """Puts off the sources whose every host asked for rest, whichever source it told so; returns their ids."""
    postponed = set()
    for source in sources:
        hosts = {name_host(entry_point.url) for entry_point in source.entry_points}
        if until := find_rest_until(database, hosts, at=at):
            values = {
                "interval_s": round((until - at).total_seconds()),
                "next_check_at": write_moment(until),
                "next_check_why": HOST_RESTS,
            }
            update_source_state(database, source.id, values)
            postponed.add(source.id)
    return postponed


def hasten(database: Database, source: Source, pace: Pace, *, at: datetime) -> SourceState:
    """Looks soon at a source that the crawler left out; returns what is known of it, which stays as it is."""
    state = find_source_state(database, source.id)
    again_at = at + min(pace.shortest, LEFT_OUT_PAUSE)
    if state.next_check_at and state.next_check_at > at:
        again_at = min(again_at, state.next_check_at)
    values = {
        "interval_s": round((again_at - at).total_seconds()),
        "next_check_at": write_moment(again_at),
        "next_check_why": LEFT_OUT,
    }
    update_source_state(database, source.id, values)
    return state


def note_unsettled(database: Database, source: Source, urls: Iterable[str], *, at: datetime) -> None:
    """Leaves on the trail of what was listed that the crawler ended before it said what became of it."""
    for url in urls:
        step = Step(source=source.id, url=url, stage=Stage.FETCH, outcome=Loss.CUT_SHORT.value, reason=UNSETTLED)
        record_step(database, step, at=at)


def note_crawler(database: Database, why: str | None, left_out: Sequence[str], *, at: datetime) -> None:
    """Tells operators of a crawler that died as of a job that failed; it is well once no source is left out any more."""
    if not left_out:
        if not has_source_waiting(database, LEFT_OUT):
            note_job(database, CRAWLER_JOB, at=at, error=None)
        return
    more = [f"{len(left_out) - NAMED_SOURCES} more"] if len(left_out) > NAMED_SOURCES else []
    names = ", ".join([*left_out[:NAMED_SOURCES], *more])
    error = f"{why or 'the crawler ended too early'}; not done with, and to be looked at again soon: {names}"
    if note_job(database, CRAWLER_JOB, at=at, error=error):
        add_notice(database, write_job(CRAWLER_JOB, error), at=at)


def note_condition(
    database: Database, source: Source, state: SourceState, verdict: Verdict, *, at: datetime
) -> Mapping[str, object]:
    """The new values of the source's state; what operators have to hear of it is noted in the same transaction."""
    is_same = state.state == verdict.condition.value
    checks = state.standing.checks + 1 if is_same else 1
    told_at = _tell(database, source, state.standing, verdict, checks, at)
    _tell_moves(database, source, at)
    return {
        "state": verdict.condition.value,
        "state_since": write_moment(state.standing.since or at) if is_same else write_moment(at),
        "state_checks": checks,
        "trouble_told_at": write_moment(told_at) if told_at else None,
        "late_told_at": None,
        "last_error": verdict.reason or None,
    }


def _tell(
    database: Database, source: Source, before: Standing, verdict: Verdict, checks: int, at: datetime
) -> datetime | None:
    """Returns since when the operators know that the source is not well."""
    match decide_news(before, verdict.condition, checks):
        case NoticeKind.BROKE:
            add_notice(database, write_broke(source.name, source.id, verdict.condition, verdict.reason), at=at)
            return at
        case NoticeKind.RECOVERED:
            since = before.trouble_told_at or at
            add_notice(database, write_recovered(source.name, source.id, since=since, at=at), at=at)
            return None
    return before.trouble_told_at


def find_moves(database: Database, source_id: str, *, at: datetime) -> dict[str, str]:
    """Address of an entry point -> the one that should take its place."""
    moves = {}
    for row in find_entry_points(database, source_id):
        since = read_moment(row["moved_since"])
        if new := find_proposal(row["url"], moved_to=row["moved_to"], moved_since=since, at=at):
            moves[row["url"]] = new
    return moves


def _tell_moves(database: Database, source: Source, at: datetime) -> None:
    forget_moves(database, source.id, named={entry_point.url for entry_point in source.entry_points})
    for url, new in find_moves(database, source.id, at=at).items():
        add_notice_once(database, write_moved(source.name, source.id, url, new), at=at)


def count_cost(database: Database, source: Source, facts: CrawlFacts, *, at: datetime) -> None:
    """Adds what the crawl cost to the etiquette report of the day."""
    ended = facts.ended
    traffic = Traffic(
        crawls=1,
        requests=ended.requests if ended else 0,
        not_modified=ended.not_modified if ended else 0,
        postponed=len(facts.postponed),
        bytes=ended.bytes_received if ended else 0,
    )
    count_traffic(database, source.id, traffic, on=at.date())


def is_postponed(lost: Lost) -> bool:
    """A page that the crawl left alone because its host asked for rest: no failure of anybody's."""
    return lost.row is not None and lost.loss is Loss.TOO_MANY_REQUESTS
