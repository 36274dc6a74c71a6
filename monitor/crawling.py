"""One crawl round: writes the order, runs the crawler as a child with a hard limit, takes each source in as it ends.

    due sources -> crawl order -> `python -m crawler` -> report lines -> intake, one transaction per source

A child that crashes or hangs is ended (R28); the sources it had finished are in, the others keep what they had, and are
looked at again soon. It is told as a job that failed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from crawler.announcement import Announcement, Row
from crawler.limits import CrawlLimits
from crawler.order import (
    Announced,
    CrawlOrder,
    EntryRead,
    HostRested,
    Lost,
    PageChecked,
    ReportLine,
    RobotsRead,
    SourceEnded,
    decode_line,
    encode_order,
)
from crawler.source import Source
from crawler.urls import url_key
from monitor.archive.ahead import take_back
from monitor.archive.politeness import find_rests, save_rest
from monitor.archive.sources import SourceState, find_robots, save_robots, write_source_order
from monitor.archive.worker import ArchiveWorker
from monitor.checkup import LEFT_OUT, hasten, note_crawler, note_unsettled
from monitor.clock import now
from monitor.crawler_child import Child, run_child, start_crawler
from monitor.errors import WorkFailed
from monitor.intake import Intake, take_in
from monitor.matching import Matching
from monitor.polling import Pace

# Judging a text of this length takes some 30 ms; for longer ones the event loop does not wait.
LONG_TEXT_CHARS = 100_000
# Sources whose lines are kept until they are filed.
MOST_TAKEN_AT_ONCE = 4

Progress = Callable[[ReportLine], None]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one crawl round came to."""

    intakes: tuple[Intake, ...]
    ended_badly: str | None
    """Why the crawler did not end by itself, or None."""


@dataclass(frozen=True, kw_only=True)
class CrawlJob:
    """Everything that a crawl round needs."""

    archive: ArchiveWorker
    sources: tuple[Source, ...]
    limits: CrawlLimits
    matching: Matching


def find_pace(source: Source, limits: CrawlLimits) -> Pace:
    """How often a source may and must be looked at: its own bounds, or everybody's."""
    shortest_s = source.every or limits.every
    longest_s = max(source.at_least_every or limits.at_least_every, shortest_s)
    return Pace(shortest=timedelta(seconds=shortest_s), longest=timedelta(seconds=longest_s))


def write_order(database: Database, job: CrawlJob, *, at: datetime) -> CrawlOrder:
    return CrawlOrder(
        ordered_at=at,
        limits=job.limits,
        sources=tuple(write_source_order(database, source, at=at) for source in job.sources),
        robots=find_robots(database, at=at),
        rests=find_rests(database, at=at),
    )


async def crawl_round(job: CrawlJob, *, progress: Progress | None = None, crawler: Child | None = None) -> Round:
    """Crawls the job's sources once and commits what came of it; cancelling it ends the child first.

    `crawler` is one that was started ahead; another takes its place if it has ended while it waited. Raises ArchiveFull
    before anybody is asked where the answers could not be filed.
    """
    await job.archive.make_sure_of_room()
    await job.archive.write(partial(take_back, at=now()))
    order = await job.archive.read(lambda database: encode_order(write_order(database, job, at=now())))
    taker = _ReportTaker(job, progress)
    child = crawler if crawler and crawler.returncode is None else await start_crawler()
    ended_badly = await run_child(child, order, take=taker.take, limit_s=job.limits.time_limit)
    left_out = await taker.take_unfinished()
    await job.archive.write(partial(note_crawler, why=ended_badly, left_out=left_out, at=now()))
    return Round(intakes=tuple(taker.intakes), ended_badly=ended_badly)


class _ReportTaker:
    """Collects report lines by source, and hands each source to intake as soon as it has ended."""

    def __init__(self, job: CrawlJob, progress: Progress | None) -> None:
        self._job = job
        self._progress = progress
        self._sources = {source.id: source for source in job.sources}
        self._lines: dict[str, list[ReportLine]] = {source.id: [] for source in job.sources}
        self._taking: deque[asyncio.Task[Intake]] = deque()
        self.intakes: list[Intake] = []

    async def take(self, raw: bytes) -> None:
        line = decode_line(raw)
        if line is None:
            return  # the torn last line of a crawl that was killed
        if self._progress:
            self._progress(line)
        await self._take_line(line)

    async def _take_line(self, line: ReportLine) -> None:
        if isinstance(line, RobotsRead):
            await self._job.archive.write(partial(save_robots, state=line.state))
            return
        if isinstance(line, HostRested):
            await self._job.archive.write(partial(save_rest, rest=line.rest))
            return
        source = source_of(line)
        self._lines[source].append(line)
        if isinstance(line, Announced):
            await self._judge_ahead(line.announcement)
        if isinstance(line, SourceEnded):
            await self._take_source(source)

    async def _judge_ahead(self, announcement: Announcement) -> None:
        """Most take a millisecond or two, and to hand them to a thread and back takes as long again."""
        judge, source = self._job.matching.judge_ahead, self._sources[announcement.source]
        if len(announcement.text or "") > LONG_TEXT_CHARS:
            await asyncio.to_thread(judge, announcement, source)
        else:
            judge(announcement, source)

    async def _take_source(self, source_id: str) -> None:
        """Begins to file a source, in the archive's own thread, while the announcements of others are judged here."""
        source, lines = self._sources[source_id], self._lines.pop(source_id)
        pace = find_pace(source, self._job.limits)

        def take(database: Database) -> Intake:
            return take_in(database, source, lines, self._job.matching, pace=pace, at=now())

        await self._settle(MOST_TAKEN_AT_ONCE - 1)
        self._taking.append(asyncio.create_task(self._job.archive.read(take)))

    async def _settle(self, most: int = 0) -> None:
        """Waits until at most so many sources are still being filed; raises what stopped one of them."""
        while len(self._taking) > most:
            try:
                self.intakes.append(await self._taking.popleft())
            except WorkFailed:  # for the same reason as the others, which have nobody else to hear of it
                await asyncio.gather(*self._taking, return_exceptions=True)
                raise

    async def take_unfinished(self) -> Sequence[str]:
        """Takes in what a crawl that ended too early left of each source: announcements yes, validators no.

        Returns the ids of these sources. Of one that was not reached nothing is said, as it is no fault of its own.
        """
        left_out = list(self._lines)
        unreached = [source_id for source_id in left_out if not self._lines[source_id]]
        unsettled = {source_id: find_unsettled(self._lines[source_id]) for source_id in left_out}
        for source_id in left_out:
            if source_id not in unreached:
                await self._take_source(source_id)
        await self._settle()
        for source_id in left_out:
            state = await self._hasten(self._sources[source_id], unsettled[source_id])
            if source_id in unreached:
                self.intakes.append(Intake(source=source_id, condition=state.state, reason=LEFT_OUT))
        return left_out

    async def _hasten(self, source: Source, unsettled: Iterable[str]) -> SourceState:
        pace = find_pace(source, self._job.limits)

        def note(database: Database) -> SourceState:
            note_unsettled(database, source, unsettled, at=now())
            return hasten(database, source, pace, at=now())

        return await self._job.archive.write(note)


def find_unsettled(lines: Iterable[ReportLine]) -> list[str]:
    """The addresses that the lines of a source say were to be asked for, without those of which more is said."""
    asked: dict[str, str] = {}
    settled: set[str] = set()
    for line in lines:
        match line:
            case EntryRead():
                asked |= {url_key(url): url for url in line.asked}
            case Announced():
                settled.add(url_key(line.announcement.row.url))
            case Lost(row=Row() as row) | PageChecked(row=row):
                settled.add(url_key(row.url))
    return [url for key, url in asked.items() if key not in settled]


def source_of(line: ReportLine) -> str:
    """The id of the source that a report line concerns; a robots.txt and a rest concern a host instead."""
    match line:
        case Announced():
            return line.announcement.source
        case RobotsRead() | HostRested():
            return ""
        case _:
            return line.source
