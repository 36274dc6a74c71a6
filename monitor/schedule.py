"""`govwatch run`: one process that crawls what is due and delivers what is owed until it is told to stop."""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.archive.worker import ArchiveGone
from monitor.clock import now
from monitor.crawling import Round
from monitor.errors import GovwatchError
from monitor.installation import Installation
from monitor.locks import take, write_lock
from monitor.outbox import Dispatch

LOOK_FOR_DUE_SOURCES_S = 5
LOOK_FOR_OWED_ALERTS_S = 5
LOOK_FOR_NOTICES_S = 60
# What fell due while govwatch was down is looked at first, before anybody calls it late.
LOOK_FOR_LATE_AFTER = timedelta(minutes=20)
LOOK_AT_CHANNELS_S = 300
# The longest pause of a job that fails again and again: soon enough after its cause is gone.
LONGEST_PAUSE_S = 300
# The contract is to stop within five seconds of SIGTERM: what is under way has this long to end by itself.
STOP_WITHIN_S = 4.0

log = logging.getLogger("govwatch")


@dataclass(kw_only=True)
class JobCounts:
    """What the scheduler could not do, so that nothing is skipped silently (R9)."""

    missed: int = 0
    failed: int = 0


class Monitor:
    """Runs the jobs of one installation on their schedule.

    Jobs of one kind never overlap; a job that comes late still runs, once (`coalesce`, no misfire limit: R9).
    """

    def __init__(self, installation: Installation, archive: Path) -> None:
        self._installation = installation
        self._archive, self._lock = archive, write_lock(archive)
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._stop = asyncio.Event()
        self._busy: set[asyncio.Task[None]] = set()
        self._is_crawling = False
        self._started_at = now()
        self._every_s: dict[str, int] = {}
        """How often each job runs."""
        self._well: set[str] = set()
        """Jobs that went well when they ran last."""
        self._failures: Counter[str] = Counter()
        """How many times in a row each job has failed."""
        self._archive_gone: ArchiveGone | None = None
        self.counts = JobCounts()

    async def run(self) -> bool:
        """Works until SIGTERM or SIGINT, then stops within five seconds; says whether all that was under way ended.

        Raises ArchiveGone when the archive is removed or replaced meanwhile.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._scheduler.add_listener(self._count, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_EXECUTED)
        self._add_job("crawl", self._crawl_due, LOOK_FOR_DUE_SOURCES_S)
        self._add_job("deliver", self._deliver_due, LOOK_FOR_OWED_ALERTS_S)
        self._add_job("channels", self._report_channels, LOOK_AT_CHANNELS_S)
        self._add_job("operators", self._tell_operators, LOOK_FOR_NOTICES_S)
        self._add_job("purge", self._purge, 86400)
        self._scheduler.start()
        try:
            await self._stop.wait()
        finally:
            is_all_ended = await self._end()
        if self._archive_gone:
            raise self._archive_gone
        return is_all_ended

    def _add_job(self, name: str, job: Callable[[], Awaitable[None]], every_s: int) -> None:
        async def run_tracked() -> None:
            if self._stop.is_set():
                return
            task = asyncio.ensure_future(self._run_job(name, job))
            self._busy.add(task)
            try:
                await task
            except asyncio.CancelledError:
                log.info("%s: interrupted by the stop; it goes on at the next start", name)
            except ArchiveGone as gone:
                self._archive_gone = gone
                self._stop.set()
            finally:
                self._busy.discard(task)

        self._every_s[name] = every_s
        self._scheduler.add_job(run_tracked, "interval", seconds=every_s, id=name, next_run_time=now())

    async def _run_job(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        if self._failures[name]:
            # It may have failed for want of room: what it does to others, it does only where that can be written down.
            await self._installation.archive.make_sure_of_room()
        await job()

    def _count(self, event: JobExecutionEvent) -> None:
        """Counts what was missed or failed, in the archive too, so that `status` and the operators hear of it (R9)."""
        if event.code == EVENT_JOB_EXECUTED:
            self._note_well(event.job_id)
            return
        self._well.discard(event.job_id)
        if event.code == EVENT_JOB_MISSED:
            self.counts.missed += 1
            log.error("%s: missed its time", event.job_id)
            self._keep(event.job_id, "missed its time", is_missed=True)
        else:
            assert event.exception is not None
            self._note_failed(event.job_id, event.exception)

    def _note_well(self, job: str) -> None:
        if self._failures.pop(job, 0):
            log.info("%s: goes well again", job)
        if job not in self._well:
            self._well.add(job)
            self._keep(job, None)

    def _note_failed(self, job: str, fault: BaseException) -> None:
        """A job that fails is tried again after a pause that grows: most of them ask something of other machines."""
        self.counts.failed += 1
        self._failures[job] += 1
        pause_s = find_pause_s(self._every_s[job], self._failures[job])
        if not self._stop.is_set():
            self._scheduler.modify_job(job, next_run_time=now() + timedelta(seconds=pause_s))
        is_told_whole = isinstance(fault, GovwatchError)
        log.error(
            "%s: failed, to be tried again in %d s: %s", job, pause_s, fault, exc_info=None if is_told_whole else fault
        )
        self._keep(job, str(fault) if is_told_whole else f"{type(fault).__name__}: {fault}")

    def _keep(self, job: str, error: str | None, *, is_missed: bool = False) -> None:
        async def keep() -> None:
            try:
                await self._installation.note_job(job, error=error, is_missed=is_missed)
            except GovwatchError as fault:
                # What ails the archive makes the job fail, too, which has told it or is about to.
                log.debug("%s: how it went could not be written down: %s", job, fault)

        task = asyncio.ensure_future(keep())
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _end(self) -> bool:
        under_way: set[asyncio.Task[None]] = set(self._busy)
        for task in under_way:
            task.cancel()
        if under_way:
            _, under_way = await asyncio.wait(under_way, timeout=STOP_WITHIN_S)
        self._scheduler.shutdown(wait=False)
        return not under_way

    async def _crawl_due(self) -> None:
        due = await self._installation.find_due()
        if not due or not self._begin_writing():
            return
        self._is_crawling = True
        try:
            _report_round(await self._installation.crawl(due))
            self._is_crawling = False
            _report_dispatch(await self._deliver())
            # Where one round follows the other, the job that tells operators would hardly ever find its turn.
            await self._tell()
        finally:
            self._is_crawling = False
            self._lock.release()

    async def _deliver_due(self) -> None:
        if not self._begin_writing():
            return
        try:
            _report_dispatch(await self._deliver())
        finally:
            self._lock.release()

    async def _deliver(self) -> Dispatch:
        bundle_for_s = self._installation.configuration.settings.delivery.bundle_for
        return await self._installation.deliver(bundle_for=timedelta(seconds=bundle_for_s))

    async def _report_channels(self) -> None:
        if not self._begin_writing():
            return
        try:
            if not await self._installation.report_channels():
                log.error("channels fail, and no channel of the operators took the report")
        finally:
            self._lock.release()

    async def _tell_operators(self) -> None:
        """Between two rounds, so that what one round found comes in one message."""
        if self._is_crawling or not self._begin_writing():
            return
        try:
            await self._tell()
        finally:
            self._lock.release()

    async def _tell(self) -> None:
        is_settled = now() - self._started_at > LOOK_FOR_LATE_AFTER
        _report_dispatch(await self._installation.tell_operators(look_for_late=is_settled))

    async def _purge(self) -> None:
        if not self._begin_writing():
            return
        try:
            if purged := await self._installation.purge():
                log.info("purged the text of %d announcements", purged)
        finally:
            self._lock.release()

    def _begin_writing(self) -> bool:
        """Whether it is our turn; a `govwatch crawl` beside us goes first, and we look again in a few seconds."""
        is_ours = take(self._lock, self._archive)
        if not is_ours:
            log.info("another govwatch is writing the archive: waiting for its turn")
        return is_ours


def find_pause_s(every_s: int, failures: int) -> int:
    """How long a job waits that runs every so often and has failed so many times in a row."""
    return min(every_s * (1 << min(failures, 10)), LONGEST_PAUSE_S)


def _report_round(crawled: Round) -> None:
    if crawled.ended_badly:
        log.error("crawl: %s", crawled.ended_badly)
    for intake in crawled.intakes:
        level = logging.INFO if intake.condition == "ok" else logging.WARNING
        log.log(
            level,
            "%s: %s: %d new, %d changed, %d lost, %d matches, %d alerts%s",
            intake.source,
            intake.condition,
            intake.new,
            intake.changed,
            intake.lost,
            intake.matched,
            intake.alerts,
            f": {intake.reason}" if intake.reason else "",
        )


def _report_dispatch(dispatch: Dispatch) -> None:
    if dispatch.recovered:
        log.warning("%d messages were in the air when govwatch ended last: they went out again", dispatch.recovered)
    if dispatch.sent:
        log.info("delivered %d alerts in %d messages", dispatch.sent, dispatch.messages)
    for error in dispatch.errors:
        log.warning("not delivered: %s", error)
