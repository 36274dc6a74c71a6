"""What the archive remembers of each source: its state, validators, entry points, robots.txt and losses to retry."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlite_utils import Database

from crawler.announcement import Row, Validators
from crawler.order import KnownPage, Lost, RobotsState, SourceOrder
from crawler.source import Source
from crawler.urls import url_key
from monitor.clock import read_moment, write_moment
from monitor.digest import Coverage, Unread
from monitor.notice import Standing
from monitor.polling import CLOCK_AHEAD

# R25: a server that answers 304 for ever is asked without validators at least once a day.
READ_WHOLE_EVERY = timedelta(hours=23)
# RFC 9309 section 2.4: robots.txt may be kept for up to 24 hours.
KEEP_ROBOTS = timedelta(hours=24)
RECHECKS_PER_CRAWL = 20
RETRIES_PER_CRAWL = 50

_ROW: TypeAdapter[Row] = TypeAdapter(Row)


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What is known of one source, as of its last check."""

    id: str
    state: str
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    last_new_at: datetime | None
    next_check_at: datetime | None
    failures: int
    last_error: str | None
    page_through: bool
    baselined: frozenset[str]
    """Entry points whose baseline is done."""
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a crawl of a source goes by, each part equal only to what means the same."""

    reading: str
    """Where and how it is read."""
    pace: str
    """How often."""


def write_row(row: Row) -> str:
    """A row as it is kept for a later retry or recheck: without the feed's own copy of the text."""
    kept = _ROW.dump_python(row, mode="json")
    kept["content_html"] = None
    return json.dumps(kept, ensure_ascii=False)


def write_whole_row(row: Row) -> str:
    return _ROW.dump_json(row).decode()


def read_row(text: str) -> Row:
    return _ROW.validate_json(text)


def register_sources(database: Database, sources: Iterable[Source], *, at: datetime | None = None) -> None:
    """Brings what the archive says of the sources in line with the configuration; history is kept."""
    for source in sources:
        database.execute(
            "INSERT INTO source_state (id, name, country, kind, language, enabled, registered_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, country = excluded.country,"
            " kind = excluded.kind, language = excluded.language, enabled = excluded.enabled",
            [
                source.id,
                source.name,
                source.country,
                source.kind.value,
                source.language,
                source.enabled,
                write_moment(at) if at else None,
            ],
        )


def retire_sources(database: Database, configured: Iterable[str]) -> None:
    """Marks sources that are in the archive but no longer in the configuration."""
    known = list(configured)
    marks = ", ".join("?" * len(known))
    database.execute(
        f"UPDATE source_state SET enabled = 0, state = 'removed' WHERE id NOT IN ({marks})",
        known,
    )


def find_source_state(database: Database, source: str) -> SourceState:
    """What is known of a registered source."""
    row = next(database.query("SELECT * FROM source_state WHERE id = ?", [source]))
    baselined = database.query(
        "SELECT url FROM entry_point WHERE source = ? AND baseline_done_at IS NOT NULL", [source]
    )
    return SourceState(
        id=row["id"],
        state=row["state"],
        last_checked_at=read_moment(row["last_checked_at"]),
        last_ok_at=read_moment(row["last_ok_at"]),
        last_new_at=read_moment(row["last_new_at"]),
        next_check_at=read_moment(row["next_check_at"]),
        failures=row["failures"],
        last_error=row["last_error"],
        page_through=bool(row["page_through"]),
        baselined=frozenset(found["url"] for found in baselined),
        standing=Standing(
            condition=row["state"],
            since=read_moment(row["state_since"]),
            checks=row["state_checks"],
            trouble_told_at=read_moment(row["trouble_told_at"]),
        ),
    )


def update_source_state(database: Database, source: str, values: Mapping[str, Any]) -> None:
    assignments = ", ".join(f"{column} = ?" for column in values)
    database.execute(
        f"UPDATE source_state SET {assignments} WHERE id = ?",
        [*values.values(), source],
    )


def find_declaration(database: Database, source: str) -> Declaration | None:
    """What the last crawl of a registered source went by; None where that was not noted."""
    found = database.query("SELECT declared_reading, declared_pace FROM source_state WHERE id = ?", [source])
    row = next(found)
    if row["declared_reading"] is None:
        return None
    return Declaration(reading=row["declared_reading"], pace=row["declared_pace"])


def save_declaration(database: Database, source: str, declaration: Declaration) -> None:
    values = {"declared_reading": declaration.reading, "declared_pace": declaration.pace}
    update_source_state(database, source, values)


def finish_baseline(database: Database, source: str, entry_point: str, *, at: datetime) -> None:
    database.execute(
        "INSERT INTO entry_point (source, url, baseline_done_at) VALUES (?, ?, ?)"
        " ON CONFLICT (source, url) DO UPDATE"
        " SET baseline_done_at = coalesce(baseline_done_at, excluded.baseline_done_at)",
        [source, entry_point, write_moment(at)],
    )


def find_read_entries(database: Database, source: str) -> frozenset[str]:
    """The addresses of entry points that a crawl which was complete has read."""
    return frozenset(row["url"] for row in database.query("SELECT url FROM validator WHERE source = ?", [source]))


def find_due_sources(database: Database, *, at: datetime) -> list[str]:
    """Ids of the enabled sources that are due, those that have waited longest first.

    So are those whose time is further away than the pause that was planned: that was by a clock that was ahead.
    """
    found = database.query(
        "SELECT id FROM source_state WHERE enabled AND (next_check_at IS NULL OR next_check_at <= :at"
        " OR unixepoch(next_check_at) - unixepoch(:at) > interval_s + :ahead_s)"
        " ORDER BY next_check_at IS NOT NULL, next_check_at, id",
        {"at": write_moment(at), "ahead_s": CLOCK_AHEAD.total_seconds()},
    )
    return [row["id"] for row in found]


def write_source_order(database: Database, source: Source, *, at: datetime) -> SourceOrder:
    """All that a crawl of `source` has to know of its past."""
    return SourceOrder(
        source=source,
        validators=tuple(_entry_validators(database, source.id, at=at)),
        known=_known_fingerprints(database, source.id),
        page_validators=_page_validators(database, source.id),
        retry=tuple(_due_retries(database, source.id, at=at)),
        recheck=tuple(_due_rechecks(database, source.id, at=at)),
        page_through=find_source_state(database, source.id).page_through,
    )


def write_probe_order(database: Database, source: Source, *, sample: int) -> SourceOrder:
    """A look at a source that asks for everything anew, and tells what of it is known."""
    return SourceOrder(source=source, known=_known_fingerprints(database, source.id), sample=sample)


def _entry_validators(database: Database, source: str, *, at: datetime) -> list[Validators]:
    found = database.query("SELECT * FROM validator WHERE source = ?", [source])
    whole_since = write_moment(at - READ_WHOLE_EVERY)
    return [
        Validators(
            url=row["url"],
            etag=row["etag"] if row["read_whole_at"] > whole_since else None,
            last_modified=row["last_modified"] if row["read_whole_at"] > whole_since else None,
            body_sha256=row["body_sha256"],
        )
        for row in found
    ]


def _known_fingerprints(database: Database, source: str) -> dict[str, str]:
    """Every key of the source's announcements, and every address that waits for a retry, with its row's fingerprint."""
    known = {
        row["value"]: row["fingerprint"] or ""
        for row in database.query(
            "SELECT k.value, a.row ->> '$.fingerprint' AS fingerprint FROM announcement_key AS k"
            " JOIN announcement AS a ON a.id = k.announcement_id WHERE k.source = ?",
            [source],
        )
    }
    pending = database.query(
        "SELECT url_key, row ->> '$.fingerprint' AS fingerprint FROM pending WHERE source = ?", [source]
    )
    return {**{row["url_key"]: row["fingerprint"] or "" for row in pending}, **known}


def _page_validators(database: Database, source: str) -> dict[str, Validators]:
    found = database.query(
        "SELECT url, etag, last_modified, body_sha256 FROM announcement"
        " WHERE source = ? AND body_sha256 IS NOT NULL AND text_state = 'page'",
        [source],
    )
    return {url_key(row["url"]): Validators(**row) for row in found}


def _due_retries(database: Database, source: str, *, at: datetime) -> list[Row]:
    found = database.query(
        "SELECT row FROM pending WHERE source = ? AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?",
        [source, write_moment(at), RETRIES_PER_CRAWL],
    )
    return [read_row(row["row"]) for row in found]


def _due_rechecks(database: Database, source: str, *, at: datetime) -> list[KnownPage]:
    found = database.query(
        "SELECT row, url, etag, last_modified, body_sha256 FROM announcement"
        " WHERE source = ? AND recheck_at <= ? AND text_state = 'page' ORDER BY recheck_at LIMIT ?",
        [source, write_moment(at), RECHECKS_PER_CRAWL],
    )
    return [
        KnownPage(
            row=read_row(row["row"]),
            validators=Validators(
                url=row["url"],
                etag=row["etag"],
                last_modified=row["last_modified"],
                body_sha256=row["body_sha256"],
            ),
        )
        for row in found
    ]


def save_validators(database: Database, source: str, validators: Validators, *, at: datetime) -> None:
    """Keeps what an entry point answered with its body; a 304 moves nothing."""
    database.execute(
        "INSERT OR REPLACE INTO validator (source, url, etag, last_modified, body_sha256, read_whole_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [source, validators.url, validators.etag, validators.last_modified, validators.body_sha256, write_moment(at)],
    )


def forget_validators(database: Database, source: str) -> None:
    """Lets the entry points be read whole at the next look, whether or not they have changed."""
    database.execute(
        "UPDATE validator SET etag = NULL, last_modified = NULL, body_sha256 = NULL WHERE source = ?", [source]
    )


def save_robots(database: Database, state: RobotsState) -> None:
    database.execute(
        "INSERT OR REPLACE INTO robots (origin, status, body, fetched_at, delay_s) VALUES (?, ?, ?, ?, ?)",
        [state.origin, state.status, state.body, write_moment(state.fetched_at), state.delay_s],
    )


def find_robots(database: Database, *, at: datetime) -> tuple[RobotsState, ...]:
    """Every robots.txt that is still fresh."""
    found = database.query("SELECT * FROM robots WHERE fetched_at > ?", [write_moment(at - KEEP_ROBOTS)])
    return tuple(
        RobotsState(
            origin=row["origin"],
            status=row["status"],
            body=row["body"],
            fetched_at=datetime.fromisoformat(row["fetched_at"]),
            delay_s=row["delay_s"],
        )
        for row in found
    )


def find_pending(database: Database, source: str, key: str) -> dict[str, Any] | None:
    return next(database.query("SELECT * FROM pending WHERE source = ? AND url_key = ?", [source, key]), None)


@dataclass(frozen=True, kw_only=True)
class PendingRow:
    """A row that gave nothing, or only its title, and is to be asked for again."""

    row: Row
    loss: str
    detail: str
    attempts: int
    next_attempt_at: datetime | None
    """None when it was given up."""
    baseline: bool
    announcement_id: int | None = None


def save_pending(database: Database, source: str, pending: PendingRow, *, at: datetime) -> None:
    database.execute(
        "INSERT INTO pending (source, url_key, row, loss, detail, attempts, first_lost_at, next_attempt_at, baseline,"
        " announcement_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, url_key) DO UPDATE SET"
        " row = excluded.row, loss = excluded.loss, detail = excluded.detail, attempts = excluded.attempts,"
        " next_attempt_at = excluded.next_attempt_at, announcement_id = excluded.announcement_id",
        [
            source,
            url_key(pending.row.url),
            write_whole_row(pending.row),
            pending.loss,
            pending.detail,
            pending.attempts,
            write_moment(at),
            write_moment(pending.next_attempt_at) if pending.next_attempt_at else None,
            pending.baseline,
            pending.announcement_id,
        ],
    )


def forget_pending(database: Database, source: str, keys: Iterable[str]) -> None:
    for key in keys:
        database.execute("DELETE FROM pending WHERE source = ? AND url_key = ?", [source, key])


def describe_loss(lost: Lost) -> str:
    """The reason of a loss as the trail shows it."""
    status = f"HTTP {lost.status}: " if lost.status and str(lost.status) not in lost.detail else ""
    return f"{status}{lost.detail}"


def find_coverage(database: Database, since: datetime | None) -> Coverage:
    """Which enabled sources were read well since `since`, and can be read now; and which were not or cannot."""
    rows = list(
        database.query("SELECT name, state, failures, last_ok_at FROM source_state WHERE enabled ORDER BY name")
    )
    after = write_moment(since) if since else ""
    unread = [row for row in rows if row["failures"] or not row["last_ok_at"] or row["last_ok_at"] < after]
    return Coverage(
        since=since,
        sources=len(rows),
        unread=tuple(
            Unread(
                name=row["name"],
                state=row["state"],
                last_read_at=read_moment(row["last_ok_at"]),
                is_failing=bool(row["failures"]),
            )
            for row in unread
        ),
    )
