"""One installation at work: a configuration and its archive, brought together for the commands that write."""

import asyncio
import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from crawler.source import Source
from monitor.appointments import keep_appointments
from monitor.archive.announcements import purge_texts
from monitor.archive.channels import rename_addresses
from monitor.archive.notices import add_notice, note_job
from monitor.archive.search import index_announcement
from monitor.archive.sources import find_due_sources, register_sources, retire_sources
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, find_renamed
from monitor.channel_reports import report_channels
from monitor.checkup import postpone_resting
from monitor.clock import now
from monitor.configuration import Configuration, ConfigurationFaulty, read_configuration
from monitor.crawler_child import Child
from monitor.crawling import CrawlJob, Progress, Round, crawl_round
from monitor.edits import hasten_edited, note_declarations
from monitor.matching import Matching, prepare_matching, take_up_new_watches
from monitor.notice import write_job
from monitor.outbox import DeliveryJob, Dispatch, begin_feeds, deliver_due
from monitor.replay import Span, replay
from monitor.telling import Operators, tell_operators
from monitor.templating import Templates


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What the commands that crawl and deliver share."""

    configuration: Configuration
    archive: ArchiveWorker
    matching: Matching
    read_at: datetime = field(default_factory=now)
    """When the configuration was read, or a moment later."""
    delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two rounds of deliveries at once would send the same alert twice."""

    async def prepare(self) -> dict[str, int]:
        """Takes up the sources and watches as configured now; returns new watch -> what it found in the archive."""

        def take_up(database: Database) -> dict[str, int]:
            register_sources(database, self.configuration.sources, at=now())
            retire_sources(database, [source.id for source in self.configuration.sources])
            rename_addresses(database, find_renamed(self.configuration.channels))
            return take_up_new_watches(database, self.configuration.watches, at=now())

        return await self.archive.write(take_up)

    async def take_up_edits(self) -> list[str]:
        """Lets the sources that were edited since they were last looked at not wait for it; returns their ids.

        For the start of what crawls by the clock: called again and again, beside a `run` that knows the old files, it
        would make that one look again and again.
        """
        configuration = self.configuration
        return await self.archive.write(
            lambda database: hasten_edited(database, configuration.sources, configuration.settings.limits, at=now())
        )

    async def find_due(self) -> tuple[Source, ...]:
        """The enabled sources whose time has come, longest waiting first."""
        sources = {source.id: source for source in self.configuration.enabled_sources}
        due = await self.archive.read(lambda database: find_due_sources(database, at=now()))
        known = [sources[source_id] for source_id in due if source_id in sources]
        if not known:
            return ()
        resting = await self.archive.write(lambda database: postpone_resting(database, known, at=now()))
        return tuple(source for source in known if source.id not in resting)

    async def crawl(
        self, sources: tuple[Source, ...], *, progress: Progress | None = None, crawler: Child | None = None
    ) -> Round:
        """Crawls `sources` once and commits what came of it."""
        limits = self.configuration.settings.limits
        # Before it begins: what is killed meanwhile is due all the same, and what was filed by then is not due again.
        await self.archive.write(lambda database: note_declarations(database, sources, limits))
        job = CrawlJob(archive=self.archive, sources=sources, limits=limits, matching=self.matching)
        return await crawl_round(job, progress=progress, crawler=crawler)

    async def deliver(self, *, bundle_for: timedelta = timedelta()) -> Dispatch:
        """Delivers every alert, canary and empty digest that is due.

        Alerts that go out at once wait `bundle_for` for company.
        """
        job = self._make_job(bundle_for)
        async with self.delivering:
            await begin_feeds(job)
            await deliver_due(job)
            await keep_appointments(job)
        return job.result

    async def report_channels(self) -> bool:
        """Tells operators of channels that fail or work again; says whether that was done or there was nothing."""
        async with self.delivering:
            operators = self.configuration.settings.operators.channels
            return await report_channels(self._make_job(timedelta()), operators=operators)

    async def tell_operators(self, *, look_for_late: bool = False) -> Dispatch:
        """Tells operators what is new of sources and jobs; not while a crawl is under way."""
        table = self.configuration.settings.operators
        job = self._make_job(timedelta())
        async with self.delivering:
            operators = Operators(channels=table.channels, daily_at=table.daily_at, watched=self.configuration.watched)
            await tell_operators(job, operators, look_for_late=look_for_late)
        return job.result

    async def note_job(self, name: str, *, error: str | None, is_missed: bool = False) -> None:
        """Keeps that a job of the scheduler failed or missed its time, or that it went well."""
        at = now()

        def note(database: Database) -> None:
            if note_job(database, name, at=at, error=error, is_missed=is_missed):
                add_notice(database, write_job(name, error or ""), at=at)

        await self.archive.write(note)

    async def replay(self, channel: Channel, span: Span) -> Dispatch:
        """Sends what `channel` was sent in a span of time once more."""
        async with self.delivering:
            return await replay(self._make_job(timedelta()), channel, span)

    def _make_job(self, bundle_for: timedelta) -> DeliveryJob:
        alerts = self.configuration.settings.alerts
        return DeliveryJob(
            archive=self.archive,
            channels=self.configuration.channels,
            items_per_message=alerts.items_per_message,
            timeout_s=alerts.send_timeout_s,
            bundle_for=bundle_for,
            watches={watch.name: watch for watch in self.configuration.watches},
            contact=self.configuration.settings.contact,
            templates=Templates(folder=self.configuration.templates_folder),
            read_anew=partial(self._make_job_anew, bundle_for),
            read_at=self.read_at,
        )

    def _make_job_anew(self, bundle_for: timedelta) -> DeliveryJob | None:
        """The job as a process that started now would make it; None where the configuration has faults."""
        try:
            configuration = read_configuration(self.configuration.folder, os.environ)
        except ConfigurationFaulty:
            return None
        return replace(self, configuration=configuration)._make_job(bundle_for)

    async def purge(self) -> int:
        """Removes texts that are older than the settings keep; returns how many announcements lost theirs."""
        keep_s = self.configuration.settings.archive.keep_text
        if keep_s is None:
            return 0

        def remove(database: Database) -> int:
            purged = purge_texts(database, before=now() - timedelta(seconds=keep_s))
            for announcement_id in purged:
                index_announcement(database, announcement_id)
            return len(purged)

        return await self.archive.write(remove)


def open_installation(configuration: Configuration, archive: ArchiveWorker) -> Installation:
    return Installation(
        configuration=configuration,
        archive=archive,
        matching=prepare_matching(configuration.watches, configuration.channels),
    )
