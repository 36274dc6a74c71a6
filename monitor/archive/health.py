"""What the archive remembers of a source for judging it and for planning the next look: entry points, days, pages."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlite_utils import Database

from crawler.announcement import Loss, TextState
from crawler.order import EntryRead
from monitor.clock import read_day, read_moment, write_moment
from monitor.health import JUDGED_PAGES, Memory
from monitor.polling import MAX_SIGHTINGS, Hints, Sighting


def save_entry(database: Database, entry: EntryRead, *, at: datetime) -> None:
    """Keeps what an entry point said; an answer that is unchanged says nothing new of rows and period."""
    whole = {} if entry.unchanged else {"rows": entry.rows, "period_s": entry.period_s}
    values = {**whole, "max_age_s": entry.max_age_s, "moved_to": entry.moved_to}
    database.execute("INSERT OR IGNORE INTO entry_point (source, url) VALUES (?, ?)", [entry.source, entry.url])
    database.execute(
        "UPDATE entry_point SET moved_since = CASE WHEN moved_to IS ? THEN moved_since ELSE ? END"
        " WHERE source = ? AND url = ?",
        [entry.moved_to, write_moment(at) if entry.moved_to else None, entry.source, entry.url],
    )
    assignments = ", ".join(f"{column} = ?" for column in values)
    database.execute(
        f"UPDATE entry_point SET {assignments} WHERE source = ? AND url = ?",
        [*values.values(), entry.source, entry.url],
    )


def forget_moves(database: Database, source: str, *, named: Collection[str]) -> None:
    """An address that the source's file no longer names has nowhere to move to."""
    for row in find_entry_points(database, source):
        if row["url"] not in named and row["moved_to"]:
            database.execute(
                "UPDATE entry_point SET moved_to = NULL, moved_since = NULL WHERE source = ? AND url = ?",
                [source, row["url"]],
            )


def find_entry_points(database: Database, source: str) -> list[dict[str, Any]]:
    """Every entry point that the archive knows of, those that the source no longer names included."""
    return list(database.query("SELECT * FROM entry_point WHERE source = ? ORDER BY url", [source]))


def find_asked_addresses(database: Database, source: str) -> list[str]:
    """The addresses of a source's entry points, those that have never given anything included."""
    found = database.query(
        "SELECT url FROM entry_point WHERE source = :source"
        " UNION SELECT url FROM trail_step WHERE source = :source AND stage = 'discover' AND outcome <> :outside",
        {"source": source, "outside": Loss.OUTSIDE.value},
    )
    return [row["url"] for row in found]


def find_memory(database: Database, source: str) -> Memory:
    rows = {row["url"]: row["rows"] for row in find_entry_points(database, source) if row["rows"] is not None}
    days = tuple(sighting.on for sighting in find_sightings(database, source))
    return Memory(
        rows=rows,
        days=days,
        pages=_find_pages(database, source),
        unread={} if days else _count_unread(database, source),
        held=_count_held(database, source),
    )


def find_sightings(database: Database, source: str, *, zone: str = "UTC") -> tuple[Sighting, ...]:
    """The newest publications of a source.

    A publisher who states only the day lets the moment be known from our first sight of it, unless that was a baseline.
    """
    found = database.query(
        "SELECT published_on, published_at, first_seen_at, baseline FROM announcement WHERE source = ?"
        " ORDER BY coalesce(published_on, first_seen_at) DESC LIMIT ?",
        [source, MAX_SIGHTINGS],
    )
    clock = ZoneInfo(zone)
    return tuple(_read_sighting(row, clock) for row in found)


def _read_sighting(row: dict[str, Any], clock: ZoneInfo) -> Sighting:
    seen_at = read_moment(row["first_seen_at"])
    assert seen_at is not None
    published_at = read_moment(row["published_at"])
    is_midnight = published_at is not None and time() in {published_at.time(), published_at.astimezone(clock).time()}
    on = read_day(row["published_on"]) or seen_at.astimezone(clock).date()
    if published_at and not is_midnight:
        return Sighting(on=on, at=published_at)
    is_fresh = not row["baseline"] and seen_at.astimezone(clock).date() - on <= timedelta(days=1)
    return Sighting(on=on, at=seen_at if is_fresh else None)


def _find_pages(database: Database, source: str) -> tuple[Loss | None, ...]:
    """The newest pages that were asked for, newest first; those of one crawl that gave a text before those that did not."""
    filed = database.query(
        "SELECT a.first_seen_at AS at, CASE a.text_state WHEN ? THEN coalesce((SELECT p.loss FROM pending AS p"
        " WHERE p.source = a.source AND p.announcement_id = a.id), ?) END AS loss"
        " FROM announcement AS a WHERE a.source = ? ORDER BY a.first_seen_at DESC, a.text_state = ? LIMIT ?",
        [TextState.MISSING.value, Loss.EMPTY.value, source, TextState.MISSING.value, 2 * JUDGED_PAGES],
    )
    lost = database.query(
        "SELECT first_lost_at AS at, loss FROM pending WHERE source = ? AND announcement_id IS NULL"
        " AND next_attempt_at IS NOT NULL ORDER BY first_lost_at DESC LIMIT ?",
        [source, 2 * JUDGED_PAGES],
    )
    # The sort keeps the order of equals, and reverses with `reverse` only the key.
    pages = sorted([*filed, *lost], key=lambda row: row["at"], reverse=True)
    return tuple(Loss(row["loss"]) if row["loss"] else None for row in pages)


def _count_unread(database: Database, source: str) -> dict[Loss, int]:
    found = database.query(
        "SELECT loss, count(*) AS pages FROM pending WHERE source = ? AND announcement_id IS NULL"
        " GROUP BY loss ORDER BY loss",
        [source],
    )
    return {Loss(row["loss"]): row["pages"] for row in found}


def has_source_waiting(database: Database, why: str) -> bool:
    """Whether a source is due at its next check for this reason."""
    return (
        next(database.query("SELECT 1 FROM source_state WHERE enabled AND next_check_why = ?", [why]), None) is not None
    )


def _count_held(database: Database, source: str) -> int:
    found = database.query(
        "SELECT count(DISTINCT a.id) AS held FROM alert AS l JOIN announcement AS a ON a.id = l.announcement_id"
        " WHERE l.state = 'held' AND a.source = ?",
        [source],
    )
    return int(next(found)["held"])


def find_hints(database: Database, source: str, urls: Collection[str]) -> Hints:
    """What the entry points named by `urls` say of how often there is something new: the shortest of each."""
    rows = [row for row in find_entry_points(database, source) if row["url"] in urls]
    return Hints(
        period=_shortest(row["period_s"] for row in rows) if rows else None,
        max_age=_shortest(row["max_age_s"] for row in rows) if rows else None,
    )


def _shortest(seconds: Any) -> timedelta | None:
    """None as soon as one says nothing."""
    known = list(seconds)
    return None if None in known else timedelta(seconds=min(known))
