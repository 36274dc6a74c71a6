"""The schedule of `govwatch run`: jobs wait for their turn, come late rather than never, and longer each time they fail."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import schedule
from monitor.archive.worker import ArchiveWorker
from monitor.clock import now
from monitor.configuration import read_configuration
from monitor.installation import Installation, open_installation
from monitor.locks import write_lock
from monitor.schedule import LONGEST_PAUSE_S, Monitor, find_pause_s
from tests.installations import Place, make_place, write_source
from tests.loopback import Site
from tests.test_connection import damage, full_disk
from tests.test_run import wait_until

JOBS = {"crawl", "deliver", "channels", "operators", "purge"}
WAITS = "another govwatch is writing the archive: waiting for its turn"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """With one source, which is due, and where nobody answers."""
    made = make_place(tmp_path)
    write_source(made, "one", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/feed"]')
    return made


@asynccontextmanager
async def running(place: Place) -> AsyncIterator[Monitor]:
    with ArchiveWorker(place.archive) as archive:
        installation = open_installation(read_configuration(place.folder / "config", {}), archive)
        await installation.prepare()
        monitor = Monitor(installation, place.archive)
        task = asyncio.create_task(monitor.run())
        yield monitor
        task.cancel()
        await asyncio.wait([task])


async def wait_until_all_wait(caplog: pytest.LogCaptureFixture) -> None:
    await asyncio.to_thread(wait_until, lambda: caplog.messages.count(WAITS) == len(JOBS), 5)


async def test_no_job_begins_while_another_govwatch_writes(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """R10."""
    caplog.set_level(logging.INFO, "govwatch")

    with write_lock(place.archive):
        async with running(place):
            await wait_until_all_wait(caplog)


async def test_a_job_whose_time_is_long_past_is_run_all_the_same(
    place: Place, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R9: as after a machine has slept."""
    caplog.set_level(logging.INFO, "govwatch")
    monkeypatch.setattr(schedule, "now", lambda: now() - timedelta(hours=3))

    with write_lock(place.archive):
        async with running(place) as monitor:
            await wait_until_all_wait(caplog)

    assert (monitor.counts.missed, monitor.counts.failed) == (0, 0)


class Told(logging.Handler):
    """What a `run` says, which is stopped, as its operators stop it, when it tells that its crawl has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record)
        if record.getMessage().startswith("crawl: failed"):
            os.kill(os.getpid(), signal.SIGTERM)


async def run_until_the_crawl_fails(installation: Installation, archive: Path) -> list[logging.LogRecord]:
    told = Told()
    logger = logging.getLogger("govwatch")
    logger.addHandler(told)
    try:
        async with asyncio.timeout(30):
            await Monitor(installation, archive).run()
    finally:
        logger.removeHandler(told)
    return told.lines


@pytest.mark.parametrize(("every_s", "pauses"), [(5, [10, 20, 40, 80, 160, 300]), (60, [120, 240, 300])])
def test_a_job_that_fails_waits_longer_each_time_and_never_longer_than_a_few_minutes(
    every_s: int, pauses: list[int]
) -> None:
    assert [find_pause_s(every_s, failures) for failures in range(1, len(pauses) + 1)] == pauses
    assert find_pause_s(86400, 1) == find_pause_s(5, 10**6) == LONGEST_PAUSE_S


async def test_on_a_full_disk_no_source_is_asked_and_a_plain_line_says_why(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with Site() as site, ArchiveWorker(place.archive) as worker:
        write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')
        installation = open_installation(read_configuration(tmp_path / "config", {}), worker)
        await installation.prepare()
        await installation.take_up_edits()
        with full_disk():
            told = await run_until_the_crawl_fails(installation, place.archive)

        assert site.asked == []
    assert "crawl: failed, to be tried again in 10 s: " in told[-1].getMessage()
    assert "there is no room beside it" in told[-1].getMessage()
    assert [record.exc_info for record in told] == [None] * len(told)


async def test_a_folder_that_cannot_be_written_any_more_is_told_in_a_plain_line(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    write_source(place, "one", "https://example.org", 'feeds = ["https://example.org/feed"]')
    (tmp_path / f"{place.archive.name}.write.lock").mkdir()  # what not even root can write
    with ArchiveWorker(place.archive) as worker:
        installation = open_installation(read_configuration(tmp_path / "config", {}), worker)
        await installation.prepare()
        told = await run_until_the_crawl_fails(installation, place.archive)

    assert [record.exc_info for record in told] == [None] * len(told)


async def test_a_job_that_meets_damage_says_so_in_a_plain_line(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with ArchiveWorker(place.archive):
        pass
    damage(place.archive, "source_state")
    with ArchiveWorker(place.archive) as worker:
        installation = open_installation(read_configuration(tmp_path / "config", {}), worker)
        told = await run_until_the_crawl_fails(installation, place.archive)

    assert f"crawl: failed, to be tried again in 10 s: {place.archive}: is damaged: " in told[-1].getMessage()
    assert [record.exc_info for record in told] == [None] * len(told)
