"""`source check`: probes sources for real and says how each is; nothing is filed, and nobody is told."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crawler.order import RobotsState, SourceOrder
from crawler.source import Source
from monitor.archive.connection import reading
from monitor.archive.listing import find_newest_days, list_source_states
from monitor.archive.sources import find_robots, write_probe_order
from monitor.cli.places import EXIT_PARTLY_FAILED, Places, archive_path
from monitor.cli.progress import show_crawl
from monitor.cli.tables import print_rows
from monitor.cli.working import SourceNotFound
from monitor.clock import now
from monitor.configuration import Configuration, read_configuration
from monitor.errors import GovwatchError
from monitor.health import SourceCondition
from monitor.probing import SAMPLE, Probe, probe_sources, write_plain_order

COLUMNS = ("source", "state", "rows", "expected", "new", "newest", "robots", "text", "requests", "since")


class NothingToCheck(GovwatchError):
    """Neither sources nor --all was given."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """What the archive knows of the sources; empty where there is none yet."""

    states: dict[str, dict[str, Any]]
    newest: dict[str, date]
    orders: tuple[SourceOrder, ...]
    robots: tuple[RobotsState, ...] = ()


def check_sources(places: Places, source_ids: Sequence[str], *, everything: bool, as_json: bool) -> int:
    configuration = read_configuration(places.config, os.environ)
    sources = select_sources(configuration, source_ids, everything=everything)
    at = now()
    before = _read_archive(archive_path(places, configuration), sources, at)
    with show_crawl(len(sources), "checking") as note:
        probing = probe_sources(
            before.orders, configuration.settings.limits, at=at, robots=before.robots, progress=note
        )
        probes = asyncio.run(probing)
    rows = [describe_probe(probe, before) for probe in probes]
    print_rows(rows, COLUMNS, as_json=as_json, empty="No source was checked.", remark="note")
    return 0 if all(probe.verdict.condition is SourceCondition.OK for probe in probes) else EXIT_PARTLY_FAILED


def select_sources(configuration: Configuration, source_ids: Sequence[str], *, everything: bool) -> tuple[Source, ...]:
    """The sources that are named, disabled ones too; with `everything` those that are enabled. Raises SourceNotFound."""
    declared = {source.id: source for source in configuration.sources}
    for source_id in source_ids:
        if source_id not in declared:
            raise SourceNotFound(f"no source “{source_id}” in {configuration.folder}; see `govwatch source list`")
    if not source_ids and not everything:
        raise NothingToCheck("name the sources to check, or say --all")
    named = tuple(declared[source_id] for source_id in dict.fromkeys(source_ids))
    rest = configuration.enabled_sources if everything else ()
    return (*named, *(source for source in rest if source not in named))


def _read_archive(archive: Path, sources: Sequence[Source], at: datetime) -> Before:
    """Read only, so that it may go on beside `run`."""
    if not archive.exists():
        return Before(states={}, newest={}, orders=tuple(write_plain_order(source) for source in sources))
    with reading(archive) as database:
        return Before(
            states={row["id"]: row for row in list_source_states(database)},
            newest=find_newest_days(database),
            orders=tuple(write_probe_order(database, source, sample=SAMPLE) for source in sources),
            robots=find_robots(database, at=at),
        )


def describe_probe(probe: Probe, before: Before) -> dict[str, Any]:
    """One line for one source."""
    source, sample = probe.source, probe.sample
    return {
        "source": source.id,
        "state": probe.verdict.condition.value,
        "ok": probe.verdict.condition is SourceCondition.OK,
        "reason": probe.verdict.reason or None,
        "rows": probe.rows,
        "expected": source.expect.rows,
        "new": probe.rows - probe.known_rows,
        "newest": probe.newest_on,
        "robots": probe.robots,
        "text": sample.text_chars if sample else None,
        "sample": {"url": sample.url, "title": sample.title, "trouble": sample.trouble} if sample else None,
        "requests": probe.requests,
        "since": describe_change(probe, before.states.get(source.id), before.newest.get(source.id)),
        "warnings": probe.warnings,
        "note": _describe_note(probe),
    }


def _describe_note(probe: Probe) -> str | None:
    sample = probe.sample
    title = f"sample: {sample.title}" if sample and sample.title and not sample.trouble else None
    return "; ".join(part for part in (probe.verdict.reason, *probe.warnings[:2], title) if part) or None


def describe_change(probe: Probe, state: dict[str, Any] | None, newest: date | None) -> str:
    """What is different from what the archive knows."""
    if state is None or state["last_checked_at"] is None:
        return "never crawled"
    checked = str(state["last_checked_at"])[:10]
    changes = []
    if state["state"] != probe.verdict.condition.value:
        changes.append(f"was {state['state']}")
    if newest and probe.newest_on and probe.newest_on != newest:
        changes.append(f"newest was {newest}")
    return f"{checked}: {', '.join(changes) or 'no change'}"
