"""Notices which sources were edited since they were last looked at, so that none waits for a time planned before that.

What a crawl goes by is noted as it begins; the next start compares it with what the files say then.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from crawler.limits import CrawlLimits
from crawler.source import WAYS_IN, Source
from monitor.archive.sources import (
    Declaration,
    find_declaration,
    find_source_state,
    forget_validators,
    save_declaration,
    update_source_state,
)
from monitor.clock import write_moment
from monitor.crawling import find_pace
from monitor.polling import plan_after_edit

# What decides which rows a source gives: its ways in, and how they are read.
READING = {*WAYS_IN, "platform", "render", "keep_only", "allow_private_addresses"}


def note_declarations(database: Database, sources: Iterable[Source], limits: CrawlLimits) -> None:
    """Keeps what a crawl that is about to begin goes by."""
    for source in sources:
        declared = declare(source, limits)
        if find_declaration(database, source.id) != declared:
            save_declaration(database, source.id, declared)


def hasten_edited(database: Database, sources: Iterable[Source], limits: CrawlLimits, *, at: datetime) -> list[str]:
    """Brings forward the next check of each registered source that was edited; returns their ids.

    Of a source that was never crawled, or not since an upgrade from a release that kept no note, nothing can be said.
    """
    edited = []
    for source in sources:
        before, declared = find_declaration(database, source.id), declare(source, limits)
        if before is None:
            save_declaration(database, source.id, declared)
        elif before != declared:
            _hasten(database, source, limits, at=at, is_read_otherwise=before.reading != declared.reading)
            edited.append(source.id)
    return edited


def declare(source: Source, limits: CrawlLimits) -> Declaration:
    """Defaults are left out, so that a key which a release adds is no edit."""
    reading = source.model_dump(mode="json", include=READING, exclude_defaults=True)
    pace = find_pace(source, limits)
    return Declaration(
        reading=hashlib.sha256(json.dumps(reading, sort_keys=True).encode()).hexdigest(),
        pace=f"{pace.shortest.total_seconds():.0f}-{pace.longest.total_seconds():.0f}",
    )


def _hasten(database: Database, source: Source, limits: CrawlLimits, *, at: datetime, is_read_otherwise: bool) -> None:
    state = find_source_state(database, source.id)
    if state.next_check_at and state.last_checked_at:
        plan = plan_after_edit(
            at, find_pace(source, limits), checked_at=state.last_checked_at, is_read_otherwise=is_read_otherwise
        )
        if plan.at < state.next_check_at:
            values = {"next_check_at": write_moment(plan.at), "next_check_why": plan.why}
            update_source_state(database, source.id, values)
    if is_read_otherwise:
        # What failed was something else; one failure is left, since the source still was not read (`find_coverage`).
        update_source_state(database, source.id, {"failures": min(state.failures, 1)})
        forget_validators(database, source.id)
