"""Takes one source's share of a crawl report into the archive, in one transaction.

    report lines -> who each announcement is (recognition) -> file it, its keys and versions
                 -> which watches it concerns (match)      -> matches and owed alerts
                 -> losses to retry, the trail, and last of all the source's validators and state

Items, matches, owed alerts and validators commit together (R1), so a crash means a re-fetch and never a loss.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from crawler.announcement import Announcement, Loss, Row, TextState
from crawler.order import Announced, EntryRead, HostRested, Lost, PageChecked, ReportLine, RobotsRead, SourceEnded
from crawler.source import Source, SourceKind
from crawler.urls import url_key
from crawler.way import Way
from monitor.archive import announcements as filed
from monitor.archive.alerts import hold_announcements, lead_story_officially
from monitor.archive.connection import transaction
from monitor.archive.politeness import save_rest
from monitor.archive.sources import (
    PendingRow,
    SourceState,
    describe_loss,
    find_pending,
    find_read_entries,
    find_source_state,
    finish_baseline,
    forget_pending,
    save_pending,
    save_robots,
    save_validators,
    update_source_state,
)
from monitor.archive.trail import Stage, Step, record_step
from monitor.checkup import CrawlFacts, count_cost, is_postponed, judge, note_condition, plan
from monitor.clock import read_moment, write_moment
from monitor.health import Verdict
from monitor.identity import KNOWN_ADDRESS, Change, Decision, Freshness, is_suspected_rekey
from monitor.matching import Matching, match_announcement
from monitor.polling import Pace, next_attempt_at, next_recheck_at
from monitor.recognition import Recogniser, make_recogniser

# Two days cover every time zone and a publisher that prints the eve.
STALE_AFTER = timedelta(days=2)
ABSENT = frozenset({Loss.NOT_FOUND, Loss.GONE, Loss.SOFT_NOT_FOUND})


@dataclass(kw_only=True)
class Intake:
    """What one crawl of one source came to; counts are of announcements unless they say otherwise."""

    source: str
    condition: str = ""
    reason: str = ""
    baseline: bool = False
    complete: bool = False
    rows: int = 0
    """Those of entry points that changed."""
    entries_unchanged: int = 0
    """Entry points that list what they listed before."""
    new: int = 0
    copies: int = 0
    changed: int = 0
    completed: int = 0
    moved: int = 0
    unchanged: int = 0
    gone: int = 0
    held: int = 0
    lost: int = 0
    postponed: int = 0
    """Pages that were not asked for, because their host asked for rest."""
    outside: int = 0
    """Addresses that `keep_only` leaves out."""
    matched: int = 0
    alerts: int = 0
    requests: int = 0
    not_modified: int = 0
    bytes_received: int = 0
    losses: dict[str, int] = field(default_factory=dict)
    """Cause of loss -> how many addresses."""


@dataclass(frozen=True, kw_only=True)
class _Crawl:
    """What stays the same while one source is taken in."""

    database: Database
    source: Source
    state: SourceState
    recogniser: Recogniser
    read_on: frozenset[str]
    """Feeds that were read on beyond their own entries, to what was there before our first look."""
    matching: Matching
    at: datetime
    result: Intake
    stale_new: list[int]


def take_in(
    database: Database,
    source: Source,
    lines: Sequence[ReportLine],
    matching: Matching,
    *,
    pace: Pace,
    at: datetime,
) -> Intake:
    """Commits everything that `lines` say of `source`, or nothing."""
    with transaction(database):
        state = find_source_state(database, source.id)
        crawl = _Crawl(
            database=database,
            source=source,
            state=state,
            recogniser=make_recogniser(database, source, lines),
            read_on=_find_read_on(source, state),
            matching=matching,
            at=at,
            result=Intake(source=source.id),
            stale_new=[],
        )
        for line in lines:
            _take_line(crawl, line)
        _hold_if_rekeyed(crawl)
        _conclude(crawl, lines, pace)
    matching.forget_ahead(source.id)
    return crawl.result


def _find_read_on(source: Source, state: SourceState) -> frozenset[str]:
    """Listings are read on as far as at the first look, so that what they still have to give is new."""
    entry_points = source.entry_points if state.page_through else ()
    return frozenset(entry.url for entry in entry_points if entry.way is Way.FEED and entry.has_pages)


def _take_line(crawl: _Crawl, line: ReportLine) -> None:
    match line:
        case Announced():
            _take_announcement(crawl, line.announcement)
        case Lost():
            _take_loss(crawl, line)
        case PageChecked():
            _take_unchanged_page(crawl, line)
        case EntryRead():
            _take_entry(crawl, line)
        case RobotsRead():
            save_robots(crawl.database, line.state)
        case HostRested():
            save_rest(crawl.database, line.rest)
        case SourceEnded():
            crawl.result.requests = line.requests
            crawl.result.not_modified = line.not_modified
            crawl.result.bytes_received = line.bytes_received


def _take_entry(crawl: _Crawl, line: EntryRead) -> None:
    crawl.result.rows += line.rows
    crawl.result.entries_unchanged += line.unchanged
    filed.note_listed(crawl.database, crawl.source.id, line.listed, at=crawl.at)
    outcome = "unchanged" if line.unchanged else "read"
    reason = "" if line.unchanged else f"{line.rows} rows"
    _leave_step(crawl, line.url, Stage.DISCOVER, outcome, "; ".join(part for part in (reason, *line.warnings) if part))


def _take_announcement(crawl: _Crawl, announcement: Announcement) -> None:
    decision = crawl.recogniser.recognise(announcement)
    match decision.change:
        case Change.NEW | Change.COPY:
            _file_new(crawl, announcement, decision)
        case Change.ELSEWHERE:
            detail = decision.reason
            _take_loss(crawl, _lose(crawl, announcement.row, Loss.SOFT_NOT_FOUND, detail))
        case _:
            _file_known(crawl, announcement, decision)
    if decision.change is not Change.ELSEWHERE:
        _settle_pending(crawl, announcement)


def _lose(crawl: _Crawl, row: Row, loss: Loss, detail: str) -> Lost:
    return Lost(source=crawl.source.id, url=row.url, loss=loss, detail=detail, row=row)


def _file_new(crawl: _Crawl, announcement: Announcement, decision: Decision) -> None:
    baseline = _is_baseline(crawl, announcement)
    announcement = crawl.recogniser.drop_false_canonical(announcement)
    story_id = filed.find_story_id(crawl.database, decision.known.id) if decision.known else None
    announcement_id = filed.file_announcement(
        crawl.database,
        filed.Filing(
            announcement=announcement,
            story_id=story_id,
            state="current",
            baseline=baseline,
            seen_at=crawl.at,
            recheck_at=_recheck(crawl, announcement),
        ),
    )
    if decision.takes_over:
        filed.take_over_keys(crawl.database, crawl.source.id, announcement.keys, announcement_id)
    crawl.result.new += 1
    crawl.result.copies += decision.change is Change.COPY
    crawl.result.baseline |= baseline
    if not baseline and _is_stale(crawl, announcement):
        crawl.stale_new.append(announcement_id)
    outcome = "filed as baseline" if baseline else "filed as copy" if decision.change is Change.COPY else "filed"
    _leave_step(crawl, announcement.row.url, Stage.FILE, outcome, _file_reason(announcement, decision), announcement_id)
    _match(crawl, announcement_id, baseline=baseline)
    if story_id:
        _lead_officially(crawl, announcement_id)


def _file_reason(announcement: Announcement, decision: Decision) -> str:
    if announcement.text_state is TextState.PAGE or announcement.missing is None:
        return "; ".join(part for part in (decision.reason, announcement.note) if part)
    had = "with the feed's text" if announcement.text_state is TextState.FEED else "by its title alone"
    return f"{decision.reason}; {had}, the page: {announcement.missing.value} ({announcement.missing_detail})"


def _file_known(crawl: _Crawl, announcement: Announcement, decision: Decision) -> None:
    known = decision.known
    assert known is not None
    database = crawl.database
    filed.add_keys(database, crawl.source.id, announcement.keys, known.id)
    filed.note_seen(database, known.id, announcement, at=crawl.at)
    filed.set_recheck(database, known.id, _recheck(crawl, announcement))
    match decision.change:
        case Change.UNCHANGED:
            crawl.result.unchanged += 1
            if decision.reason != KNOWN_ADDRESS:
                reason = f"{decision.reason}: {known.url}"
                _leave_step(crawl, announcement.row.url, Stage.FILE, "the same", reason, known.id)
        case Change.MOVED:
            crawl.result.moved += 1
            filed.move_announcement(database, known.id, announcement.url)
            _leave_step(crawl, announcement.row.url, Stage.FILE, "moved", f"from {known.url}", known.id)
        case Change.CHANGED:
            crawl.result.changed += 1
            _write_version(crawl, announcement, known.id, known.version + 1, decision)
        case Change.COMPLETED:
            crawl.result.completed += 1
            _write_version(crawl, announcement, known.id, known.version, decision)


def _write_version(
    crawl: _Crawl, announcement: Announcement, announcement_id: int, version: int, decision: Decision
) -> None:
    filed.write_changed(crawl.database, announcement_id, announcement, version=version, seen_at=crawl.at)
    is_completed = decision.change is Change.COMPLETED
    outcome = "text completed" if is_completed else f"filed as version {version}"
    copy = _join_story(crawl, announcement, announcement_id) if is_completed else None
    reason = f"{decision.reason}; {copy.reason}" if copy else decision.reason
    _leave_step(crawl, announcement.row.url, Stage.FILE, outcome, reason, announcement_id)
    _match(crawl, announcement_id, baseline=False)
    if copy:
        _lead_officially(crawl, announcement_id)


def _join_story(crawl: _Crawl, announcement: Announcement, announcement_id: int) -> Decision | None:
    """Puts a page whose text has come into the story of which it turns out to be a copy, if its own was not told yet."""
    copy = crawl.recogniser.find_original(announcement)
    if copy is None or copy.known is None:
        return None
    story_id = filed.find_story_id(crawl.database, copy.known.id)
    return copy if filed.join_story(crawl.database, announcement_id, story_id) else None


def _lead_officially(crawl: _Crawl, announcement_id: int) -> None:
    if crawl.source.kind is not SourceKind.TRADE_PRESS:
        story_id = filed.find_story_id(crawl.database, announcement_id)
        lead_story_officially(crawl.database, story_id, announcement_id)


def _match(crawl: _Crawl, announcement_id: int, *, baseline: bool) -> None:
    matched = match_announcement(crawl.database, crawl.matching, announcement_id, baseline=baseline, at=crawl.at)
    crawl.result.matched += matched.matches
    crawl.result.alerts += matched.alerts


def _is_baseline(crawl: _Crawl, announcement: Announcement) -> bool:
    """R16: what the first look at an entry point finds is old, unless its date is after our last look at the source."""
    pending = find_pending(crawl.database, crawl.source.id, url_key(announcement.row.url))
    if pending:
        return bool(pending["baseline"])
    if announcement.row.entry_point in crawl.state.baselined:
        return _was_there_before(crawl, announcement.row, announcement.published.on)
    return crawl.state.last_ok_at is None or _is_stale(crawl, announcement)


def _was_there_before(crawl: _Crawl, row: Row, published_on: date | None) -> bool:
    """Of a feed that is read on: whether it is older than the entries that our first look saw. Entries bear their day."""
    return row.entry_point in crawl.read_on and published_on is not None and _is_before_last_look(crawl, published_on)


def _is_stale(crawl: _Crawl, announcement: Announcement) -> bool:
    """Undated, or dated so early that an earlier crawl should have seen it."""
    return announcement.published.on is None or _is_before_last_look(crawl, announcement.published.on)


def _is_before_last_look(crawl: _Crawl, day: date) -> bool:
    return crawl.state.last_ok_at is None or day < (crawl.state.last_ok_at - STALE_AFTER).date()


def _recheck(crawl: _Crawl, announcement: Announcement) -> datetime:
    since = announcement.published.at or crawl.at
    spread = (hash_spread(announcement.url) % 100) / 100
    return next_recheck_at(crawl.at, published_or_seen_at=since, spread=spread)


def hash_spread(text: str) -> int:
    """A number that depends on the text alone, to spread work evenly."""
    return sum(text.encode())


def _settle_pending(crawl: _Crawl, announcement: Announcement) -> None:
    """Forgets the row once its text is here; keeps asking for it while only the title is (R17)."""
    row = announcement.row
    if announcement.missing is None:
        forget_pending(crawl.database, crawl.source.id, [url_key(row.url)])
        return
    known = crawl.recogniser.find_filed(row)
    _keep_pending(crawl, row, announcement.missing, announcement.missing_detail or "", known.id if known else None)


def _keep_pending(crawl: _Crawl, row: Row, loss: Loss, detail: str, announcement_id: int | None) -> datetime | None:
    """Writes down that the row is to be asked for again; returns when, or None when it is given up."""
    before = find_pending(crawl.database, crawl.source.id, url_key(row.url))
    first_lost_at = read_moment(before["first_lost_at"]) if before else None
    attempts = (before["attempts"] if before else 0) + (loss is not Loss.TOO_MANY_REQUESTS)
    again_at = next_attempt_at(crawl.at, loss=loss, attempts=attempts, first_lost_at=first_lost_at or crawl.at)
    baseline = bool(before["baseline"]) if before else not _is_entry_baselined(crawl, row)
    pending = PendingRow(
        row=row,
        loss=loss.value,
        detail=detail,
        attempts=attempts,
        next_attempt_at=again_at,
        baseline=baseline,
        announcement_id=announcement_id,
    )
    save_pending(crawl.database, crawl.source.id, pending, at=crawl.at)
    return again_at


def _is_entry_baselined(crawl: _Crawl, row: Row) -> bool:
    return row.entry_point in crawl.state.baselined and not _was_there_before(crawl, row, row.published.on)


def _take_loss(crawl: _Crawl, lost: Lost) -> None:
    if lost.row is None:
        _leave_step(crawl, lost.url, Stage.DISCOVER, lost.loss.value, describe_loss(lost))
        return
    if lost.loss is Loss.OUTSIDE:
        crawl.result.outside += 1
        _leave_step(crawl, lost.row.url, Stage.DISCOVER, lost.loss.value, lost.detail)
        return
    known = crawl.recogniser.find_filed(lost.row)
    if known:
        _lose_known(crawl, lost, known.id)
        return
    if is_postponed(lost):
        _postpone(crawl, lost, lost.row)
        return
    crawl.result.lost += 1
    crawl.result.losses[lost.loss.value] = crawl.result.losses.get(lost.loss.value, 0) + 1
    again_at = _keep_pending(crawl, lost.row, lost.loss, lost.detail, None)
    reason = f"{describe_loss(lost)}; {'will be tried again' if again_at else 'given up'}"
    _leave_step(crawl, lost.row.url, Stage.FETCH, lost.loss.value, reason)


def _postpone(crawl: _Crawl, lost: Lost, row: Row) -> None:
    crawl.result.postponed += 1
    _keep_pending(crawl, row, lost.loss, lost.detail, None)
    _leave_step(crawl, row.url, Stage.FETCH, "postponed", lost.detail)


def _lose_known(crawl: _Crawl, lost: Lost, announcement_id: int) -> None:
    """A known page that cannot be had now: gone is recorded and is news; anything else is looked at again tomorrow."""
    filed.set_recheck(crawl.database, announcement_id, crawl.at + timedelta(days=1))
    outcome = "postponed" if is_postponed(lost) else lost.loss.value
    if lost.loss in ABSENT:
        filed.mark_gone(crawl.database, announcement_id)
        crawl.result.gone += 1
        outcome = "gone"
    _leave_step(crawl, lost.url, Stage.FETCH, outcome, describe_loss(lost), announcement_id)


def _take_unchanged_page(crawl: _Crawl, line: PageChecked) -> None:
    crawl.result.unchanged += 1
    known = crawl.recogniser.find_filed(line.row)
    if known is None:
        return
    filed.note_checked(crawl.database, known.id, line.row, at=crawl.at)
    since = filed.find_publication_moment(crawl.database, known.id) or crawl.at
    spread = (hash_spread(line.url) % 100) / 100
    filed.set_recheck(crawl.database, known.id, next_recheck_at(crawl.at, published_or_seen_at=since, spread=spread))


def _leave_step(
    crawl: _Crawl, url: str, stage: Stage, outcome: str, reason: str, announcement_id: int | None = None
) -> None:
    step = Step(
        source=crawl.source.id, url=url, stage=stage, outcome=outcome, reason=reason, announcement_id=announcement_id
    )
    record_step(crawl.database, step, at=crawl.at)


def _hold_if_rekeyed(crawl: _Crawl) -> None:
    rows = max(crawl.result.rows, len(crawl.recogniser.listed))
    if not is_suspected_rekey(Freshness(rows=rows, stale_new=len(crawl.stale_new))):
        return
    hold_announcements(crawl.database, crawl.stale_new)
    crawl.result.held = len(crawl.stale_new)


def _conclude(crawl: _Crawl, lines: Sequence[ReportLine], pace: Pace) -> None:
    """Moves the validators, the baseline and the source's state: last, and in the same transaction (R1)."""
    facts = _gather_facts(crawl, lines)
    if facts.complete:
        _finish_baselines(crawl, facts)
        _move_validators(crawl, facts.entries)
    verdict = judge(crawl.database, crawl.source, facts, at=crawl.at)
    count_cost(crawl.database, crawl.source, facts, at=crawl.at)
    crawl.result.complete = facts.complete
    crawl.result.condition, crawl.result.reason = verdict.condition.value, verdict.reason
    _save_state(crawl, verdict, reached_end=facts.ended is not None and facts.ended.reached_end, pace=pace)


def _gather_facts(crawl: _Crawl, lines: Sequence[ReportLine]) -> CrawlFacts:
    losses = [line for line in lines if isinstance(line, Lost)]
    return CrawlFacts(
        entries=[line for line in lines if isinstance(line, EntryRead)],
        entry_losses=[lost for lost in losses if lost.row is None],
        postponed=[lost for lost in losses if is_postponed(lost)],
        ended=next((line for line in lines if isinstance(line, SourceEnded)), None),
        held=crawl.result.held,
    )


def _move_validators(crawl: _Crawl, entries: Iterable[EntryRead]) -> None:
    for entry in entries:
        if entry.validators and entry.status == 200:  # noqa: PLR2004 - HTTP 200
            save_validators(crawl.database, crawl.source.id, entry.validators, at=crawl.at)


def _finish_baselines(crawl: _Crawl, facts: CrawlFacts) -> None:
    """An entry point that was read to its end has had its baseline; one that failed has it when it first answers.

    Where paging broke off, the next look still belongs to the first: what it reads further on is as old. Only that one,
    so that a page which never answers does not keep a source silent.
    """
    read = {entry.url for entry in facts.entries}
    lost = {loss.url for loss in facts.entry_losses}
    reached_end = facts.ended is not None and facts.ended.reached_end
    read_before = find_read_entries(crawl.database, crawl.source.id)
    for entry_point in crawl.source.entry_points:
        url = entry_point.url
        if url in read and url not in lost and (reached_end or not entry_point.has_pages or url in read_before):
            finish_baseline(crawl.database, crawl.source.id, url, at=crawl.at)


def _save_state(crawl: _Crawl, verdict: Verdict, *, reached_end: bool, pace: Pace) -> None:
    moment = write_moment(crawl.at)
    failures = crawl.state.failures + 1 if verdict.is_failure else 0
    planned = plan(crawl.database, crawl.source, pace, failures=failures, at=crawl.at)
    values: dict[str, object] = {
        **note_condition(crawl.database, crawl.source, crawl.state, verdict, at=crawl.at),
        "last_checked_at": moment,
        "failures": failures,
        "interval_s": round((planned.at - crawl.at).total_seconds()),
        "next_check_at": write_moment(planned.at),
        "next_check_why": planned.why,
        # A crawl that failed has not read on, so what was still to be read still is.
        "page_through": crawl.state.page_through if verdict.is_failure else not reached_end,
    }
    if not verdict.is_failure and crawl.result.complete:
        values["last_ok_at"] = moment
    if crawl.result.new - crawl.result.held > 0:
        values["last_new_at"] = moment
    update_source_state(crawl.database, crawl.source.id, values)
