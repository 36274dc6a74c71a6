"""`crawl` and `run`: the commands that do the work."""

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from crawler.garbage import keep_what_is_loaded
from crawler.source import Source
from monitor.archive.worker import ArchiveWorker
from monitor.cli.output import complain, print_json, say
from monitor.cli.places import EXIT_PARTLY_FAILED, Places, read_places
from monitor.cli.progress import show_crawl
from monitor.cli.tables import print_rows
from monitor.configuration import Configuration
from monitor.crawler_child import Child
from monitor.crawling import Round
from monitor.errors import GovwatchError
from monitor.health import SourceCondition
from monitor.installation import Installation, open_installation
from monitor.intake import Intake
from monitor.locks import running, writing
from monitor.outbox import Dispatch

NAMED_WATCHES = 10


class SourceNotFound(GovwatchError):
    """A source was named that the configuration does not have, or has disabled."""


@contextmanager
def open_for_work(configuration: Configuration, archive: Path) -> Iterator[Installation]:
    """The installation, ready to write."""
    with ArchiveWorker(archive) as worker:
        yield open_installation(configuration, worker)


def crawl_once(places: Places, source_ids: list[str], *, runner: asyncio.Runner, crawler: Child, as_json: bool) -> int:
    """Hands the order to `crawler`, which waits for it in the loop of `runner`."""
    configuration, archive = read_places(places)
    sources = select_sources(configuration, source_ids)
    with writing(archive, say=complain), open_for_work(configuration, archive) as installation:
        crawled, dispatch = runner.run(_crawl_and_deliver(installation, sources, crawler))
    _show(crawled, dispatch, as_json=as_json)
    return EXIT_PARTLY_FAILED if is_partly_failed(crawled, dispatch) else 0


def select_sources(configuration: Configuration, source_ids: list[str]) -> tuple[Source, ...]:
    """The sources named, or all that are enabled."""
    enabled = {source.id: source for source in configuration.enabled_sources}
    declared = {source.id for source in configuration.sources}
    for source_id in source_ids:
        if source_id not in declared:
            raise SourceNotFound(f"no source “{source_id}” in {configuration.folder}; see `govwatch source list`")
        if source_id not in enabled:
            raise SourceNotFound(f"source “{source_id}” is disabled; set enabled = true in its file")
    return tuple(enabled[source_id] for source_id in dict.fromkeys(source_ids)) or configuration.enabled_sources


async def _crawl_and_deliver(
    installation: Installation, sources: tuple[Source, ...], crawler: Child
) -> tuple[Round, Dispatch]:
    _tell_new_watches(await installation.prepare())
    keep_what_is_loaded()
    with show_crawl(len(sources), "crawling") as note:
        if sources:
            crawled = await installation.crawl(sources, progress=note, crawler=crawler)
        else:
            crawled = Round(intakes=(), ended_badly=None)
    dispatch = await installation.deliver()
    await installation.report_channels()
    dispatch.errors += (await installation.tell_operators()).errors
    return crawled, dispatch


def _tell_new_watches(found: Mapping[str, int]) -> None:
    """What finds nothing has no baseline to tell of, as on the day on which everything begins."""
    found = {watch: count for watch, count in found.items() if count}
    for watch, count in list(found.items())[:NAMED_WATCHES]:
        complain(f"new watch “{watch}”: {count} in the archive match; they are its baseline and are not alerted")
    if len(found) > NAMED_WATCHES:
        complain(f"and {len(found) - NAMED_WATCHES} more new watches")


def is_partly_failed(crawled: Round, dispatch: Dispatch) -> bool:
    well = {SourceCondition.OK.value, SourceCondition.QUIET.value}
    broken = any(intake.condition not in well for intake in crawled.intakes)
    return bool(broken or crawled.ended_badly or dispatch.waiting or dispatch.failed)


COLUMNS = ("source", "state", "rows", "new", "changed", "lost", "matched", "alerts")


def _show(crawled: Round, dispatch: Dispatch, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "sources": [{**asdict(intake), "state": intake.condition} for intake in crawled.intakes],
                "delivered": asdict(dispatch),
                "ended_badly": crawled.ended_badly,
            }
        )
        return
    rows = [_write_row(intake) for intake in crawled.intakes]
    print_rows(rows, COLUMNS, as_json=False, empty="No source was crawled.", remark="note")
    _tell_if_offline(crawled)
    if crawled.ended_badly:
        complain(crawled.ended_badly)
    show_dispatch(dispatch)


def show_dispatch(dispatch: Dispatch) -> None:
    """Says what became of the alerts, and of those that wait for another attempt the same as `status`."""
    say(str(dispatch))
    for error in dispatch.errors:
        complain(f"not delivered: {error}")
    for refusal in dispatch.refused:
        complain(str(refusal))


def _write_row(intake: Intake) -> dict[str, object]:
    """A source that has not changed lists what it listed before, and not nothing."""
    is_same = intake.entries_unchanged and not intake.rows
    return {
        **asdict(intake),
        "state": intake.condition,
        "rows": None if is_same else intake.rows,
        "note": _note(intake.reason, baseline=intake.baseline),
    }


def _tell_if_offline(crawled: Round) -> None:
    conditions = [intake.condition for intake in crawled.intakes]
    if len(conditions) > 1 and set(conditions) == {SourceCondition.UNREACHABLE}:
        complain(f"none of the {len(conditions)} sources could be reached: is this machine online?")


def _note(reason: str, *, baseline: bool) -> str:
    told = "baseline: archived, not alerted" if baseline else ""
    return "; ".join(part for part in (told, reason) if part)


def run_for_good(places: Places) -> int:
    configuration, archive = read_places(places)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("govwatch").setLevel(logging.INFO)
    # It warns every few seconds while a job takes longer than until its next turn, as most crawls do.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # Of jobs that fail or miss their time the Monitor tells, with a traceback where that helps.
    logging.getLogger("apscheduler.executors").setLevel(logging.CRITICAL)
    with running(archive), open_for_work(configuration, archive) as installation:
        asyncio.run(_run(installation, archive))
    return 0


async def _run(installation: Installation, archive: Path) -> None:
    from monitor.schedule import Monitor  # noqa: PLC0415 - APScheduler, for which no `crawl` needs to wait

    monitor = Monitor(installation, archive)
    with writing(archive, say=complain):
        await installation.prepare()
        edited = await installation.take_up_edits()
    if edited:
        logging.getLogger("govwatch").info("edited since they were last looked at: %s", ", ".join(edited))
    keep_what_is_loaded()
    if not await monitor.run():
        _leave_at_once()


def _leave_at_once() -> None:
    """Python itself would wait for the thread that some mail server keeps waiting."""
    logging.getLogger("govwatch").warning("not everything ended in time: what was under way is done again")
    logging.shutdown()
    os._exit(0)
