"""The schedule of `govwatch run`: what fails waits longer each time, and nobody is asked for what could not be filed."""

import asyncio
import logging
import os
import signal
from pathlib import Path

import pytest

from monitor.archive.worker import ArchiveWorker
from monitor.configuration import read_configuration
from monitor.installation import Installation, open_installation
from monitor.schedule import LONGEST_PAUSE_S, Monitor, find_pause_s
from tests.installations import make_place, write_source
from tests.loopback import Site
from tests.test_connection import damage, full_disk


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
