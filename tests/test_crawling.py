"""Crawl rounds whose crawler dies: what it left out is not blamed for it, is looked at soon, and operators hear why."""

import asyncio
import gc
from asyncio.subprocess import PIPE
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.announcement import Loss
from crawler.order import EntryRead, Lost, PageChecked, ReportLine, encode_line
from crawler.source import Source
from monitor.archive.connection import ArchiveDamaged, open_archive
from monitor.archive.notices import find_jobs, take_notices
from monitor.archive.sources import SourceState, find_source_state, register_sources, update_source_state
from monitor.archive.worker import ArchiveWorker
from monitor.clock import now, write_moment
from monitor.crawler_child import Child
from monitor.crawling import CrawlJob, Round, crawl_round
from monitor.matching import prepare_matching
from tests.archives import FEED, make_announcement, make_row, make_source, write_report
from tests.crawling import make_limits
from tests.test_connection import damage

DIES, ENDS = "kill -KILL $$", "exit 0"
ONE, TWO, THREE = (make_source(name) for name in ("one", "two", "three"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArchiveWorker]:
    with ArchiveWorker(tmp_path / "a.db") as worker:
        yield worker


async def start_fake(folder: Path, lines: Iterable[ReportLine], end: str) -> Child:
    """A crawler that waits for its order, says these lines and comes to this end."""
    report = folder / "report.jsonl"
    report.write_bytes(b"".join(map(encode_line, lines)))
    script = f'cat >/dev/null; cat "$0"; {end}'
    return await asyncio.create_subprocess_exec(
        "sh", "-c", script, str(report), stdin=PIPE, stdout=PIPE, start_new_session=True
    )


async def crawl(
    archive: ArchiveWorker, folder: Path, *lines: ReportLine, end: str, sources: tuple[Source, ...] = (ONE, TWO, THREE)
) -> Round:
    await archive.write(lambda database: register_sources(database, sources))
    job = CrawlJob(archive=archive, sources=sources, limits=make_limits(), matching=prepare_matching((), ()))
    return await crawl_round(job, crawler=await start_fake(folder, lines, end))


def read(source: Source) -> list[ReportLine]:
    """What a crawler says of a source that it reads to its end."""
    return write_report(make_announcement(f"/{source.id}", source=source.id, day=now().date()), source=source.id)


async def find_state(archive: ArchiveWorker, source: Source) -> SourceState:
    return await archive.read(lambda database: find_source_state(database, source.id))


async def set_state(archive: ArchiveWorker, source: Source, **values: Any) -> None:
    await archive.write(lambda database: update_source_state(database, source.id, values))


async def find_job(archive: ArchiveWorker) -> tuple[bool, int, str]:
    (job,) = await archive.read(find_jobs)
    return job.is_failing, job.failed, job.last_error


async def take_told(archive: ArchiveWorker) -> list[str]:
    return [news.text for news in await archive.write(lambda database: take_notices(database, at=now()))]


def is_soon(moment: datetime | None) -> bool:
    return moment is not None and timedelta() < moment - now() <= timedelta(minutes=15)


async def test_a_source_that_was_not_reached_when_the_crawler_died_keeps_its_condition_and_is_looked_at_soon(
    archive: ArchiveWorker, tmp_path: Path
) -> None:
    """R28: the crawler's end is no fault of a source, whether it was well, in trouble or never looked at."""
    await crawl(archive, tmp_path, *read(ONE), *read(TWO), end=ENDS, sources=(ONE, TWO))
    trouble = {"state": "unreachable", "last_error": "no answer", "failures": 4, "next_check_at": write_moment(now())}
    await set_state(archive, TWO, **trouble)
    await set_state(archive, ONE, next_check_at=write_moment(now()))
    before = [await find_state(archive, source) for source in (ONE, TWO)]
    first = await crawl(archive, tmp_path, end=DIES)
    second = await crawl(archive, tmp_path, end=DIES)
    states = [await find_state(archive, source) for source in (ONE, TWO, THREE)]

    assert [replace(state, next_check_at=None) for state in states[:2]] == [
        replace(state, next_check_at=None) for state in before
    ]
    assert (states[2].state, states[2].last_checked_at, states[2].failures) == ("new", None, 0)
    assert all(is_soon(state.next_check_at) for state in states)
    assert first.ended_badly == second.ended_badly == "the crawler ended with signal SIGKILL"
    assert [(one.source, one.condition, one.complete) for one in first.intakes] == [
        ("one", "ok", False),
        ("two", "unreachable", False),
        ("three", "new", False),
    ]


async def test_operators_hear_once_of_a_crawler_that_died_until_all_that_it_left_out_was_looked_at(
    archive: ArchiveWorker, tmp_path: Path
) -> None:
    """As of a job that failed, and not of each source."""
    await crawl(archive, tmp_path, *read(ONE), end=DIES)
    told = await take_told(archive)
    failing = await find_job(archive)
    await crawl(archive, tmp_path, *read(ONE), end=ENDS, sources=(ONE,))
    after_another = await find_job(archive)
    await crawl(archive, tmp_path, *read(TWO), end=DIES, sources=(TWO, THREE))
    told_again = await take_told(archive)
    await crawl(archive, tmp_path, *read(THREE), end=ENDS, sources=(THREE,))

    error = "the crawler ended with signal SIGKILL; not done with, and to be looked at again soon: two, three"
    assert told == [f"crawler: {error}"]
    assert failing == after_another == (True, 1, error)
    assert told_again == []
    assert (await find_job(archive))[:2] == (False, 2)


async def test_of_many_sources_that_were_left_out_some_are_named(archive: ArchiveWorker, tmp_path: Path) -> None:
    await crawl(archive, tmp_path, end=DIES, sources=tuple(make_source(f"s{n}") for n in range(12)))

    assert (await take_told(archive))[0].endswith("soon: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, 2 more")


@pytest.mark.parametrize("is_read", [True, False])
async def test_a_source_in_the_middle_of_which_the_crawler_died_is_degraded_and_looked_at_soon(
    archive: ArchiveWorker, tmp_path: Path, *, is_read: bool
) -> None:
    """Also where one of its entry points had failed, since another may have been about to answer."""
    entry, announced, _ = read(ONE)
    assert isinstance(entry, EntryRead)
    lost = Lost(source="one", url=FEED, loss=Loss.NOT_FOUND, detail="404 Not Found")
    done = await crawl(archive, tmp_path, *((entry, announced) if is_read else (lost,)), end=DIES, sources=(ONE,))
    state = await find_state(archive, ONE)

    assert (state.state, state.standing.trouble_told_at, is_soon(state.next_check_at)) == ("degraded", None, True)
    assert [intake.new for intake in done.intakes] == [int(is_read)]
    assert len(await take_told(archive)) == 1


async def test_what_was_noted_by_a_clock_that_was_ahead_is_taken_back_by_the_next_crawl(
    archive: ArchiveWorker, tmp_path: Path
) -> None:
    await crawl(archive, tmp_path, *read(ONE), end=ENDS, sources=(ONE,))
    ahead = write_moment(now() + timedelta(days=365))
    await set_state(archive, ONE, last_checked_at=ahead, last_ok_at=ahead)
    await crawl(archive, tmp_path, end=DIES, sources=(ONE,))
    state = await find_state(archive, ONE)

    assert [moment and moment <= now() for moment in (state.last_checked_at, state.last_ok_at)] == [True, True]


async def test_what_stops_the_filing_of_several_sources_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_archive(path).close()
    damage(path, "trail_step")
    untold: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: untold.append(context))

    with ArchiveWorker(path) as archive, pytest.raises(ArchiveDamaged):
        await crawl(archive, tmp_path, *read(ONE), *read(TWO), *read(THREE), end=ENDS)
    gc.collect()

    assert untold == []


async def test_what_was_listed_when_the_crawler_died_has_an_outcome(archive: ArchiveWorker, tmp_path: Path) -> None:
    """Of a page that is filed, lost or unchanged the crawler has said what became of it."""
    entry, announced, _ = read(ONE)
    assert isinstance(entry, EntryRead)
    rows = {name: make_row(f"/{name}") for name in ("lost", "same", "open")}
    asked = ("https://example.org/one", *(row.url for row in rows.values()))
    lost = Lost(source="one", url=rows["lost"].url, loss=Loss.TIMEOUT, detail="no answer", row=rows["lost"])
    same = PageChecked(source="one", url=rows["same"].url, row=rows["same"])
    await crawl(archive, tmp_path, replace(entry, asked=asked), announced, lost, same, end=DIES, sources=(ONE,))
    fetched = "SELECT url, outcome FROM trail_step WHERE stage = 'fetch'"

    assert await archive.read(lambda database: database.execute(fetched).fetchall()) == [
        ("https://example.org/lost", "timed out"),
        ("https://example.org/open", "cut short"),
    ]


async def test_a_look_that_is_due_sooner_stays_where_it_is(archive: ArchiveWorker, tmp_path: Path) -> None:
    await crawl(archive, tmp_path, *read(ONE), end=ENDS, sources=(ONE,))
    due_at = now() + timedelta(minutes=1)
    await set_state(archive, ONE, next_check_at=write_moment(due_at))
    await crawl(archive, tmp_path, end=DIES, sources=(ONE,))

    assert abs((await find_state(archive, ONE)).next_check_at - due_at) < timedelta(seconds=1)  # type: ignore[operator]
