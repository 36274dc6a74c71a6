"""A delivering process that can be killed at any moment, for the tests of what is lost or repeated then."""

import asyncio
import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from monitor.addresses import expand_addresses
from monitor.appointments import keep_appointments
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, read_channels
from monitor.outbox import DeliveryJob, Dispatch, begin_feeds, deliver_due
from monitor.watch import Watch, read_watches


@dataclass(frozen=True, kw_only=True)
class Deliverer:
    """An installation that delivers: its folder with archive, channels.toml and watches.toml, and its environment."""

    folder: Path
    environ: Mapping[str, str]
    timeout_s: float = 0.3
    items_per_message: int = 1

    @property
    def archive(self) -> Path:
        return self.folder / "a.db"

    def read_channels(self) -> tuple[Channel, ...]:
        channels, faults = read_channels(self.folder / "channels.toml", self.environ)
        assert not faults, faults
        return expand_addresses(channels).channels

    def read_watches(self) -> tuple[Watch, ...]:
        names = [channel.name for channel in self.read_channels()]
        watches, faults = read_watches(self.folder / "watches.toml", sources=(), channels=names)
        assert not faults, faults
        return watches

    def deliver(self, at: datetime, *, begun: Event | None = None) -> Dispatch:
        """One round, as `run` does it, at the moment `at`."""
        with ArchiveWorker(self.archive) as worker:
            job = DeliveryJob(
                archive=worker,
                channels=self.read_channels(),
                items_per_message=self.items_per_message,
                timeout_s=self.timeout_s,
                answer_timeout_s=self.timeout_s,
                clock=lambda: at,
                watches={watch.name: watch for watch in self.read_watches()},
            )
            if begun:
                begun.set()
            asyncio.run(_work(job))
        return job.result

    def deliver_and_be_killed(self, at: datetime, *, after_s: float) -> bool:
        """The same in a process of its own, which gets SIGKILL `after_s` after it began; says whether it still ran."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "tests.services"])
        begun = context.Event()
        process = context.Process(target=self.deliver, args=(at,), kwargs={"begun": begun})
        process.start()
        begun.wait(20)
        process.join(after_s)
        was_alive = process.is_alive()
        process.kill()
        process.join()
        return was_alive


async def _work(job: DeliveryJob) -> None:
    await begin_feeds(job)
    await deliver_due(job)
    await keep_appointments(job)
