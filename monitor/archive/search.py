"""The full-text index: a sieve in the matcher's own words, whose every catch the matcher still judges."""

import json
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from monitor.match import IndexTerms, index_terms
from monitor.query import Expression, candidate_query

_COLUMNS = (
    "SELECT a.*, s.name AS source_name, s.country, s.kind, v.text FROM announcement AS a"
    " JOIN source_state AS s ON s.id = a.source"
    " JOIN version AS v ON v.announcement_id = a.id AND v.version = a.version"
)

# So many texts are held at a time.
READ_AT_ONCE = 100


def index_announcement(database: Database, announcement_id: int) -> None:
    """Puts an announcement's current version into the index, in place of what was there."""
    row = next(
        database.query(
            "SELECT a.title, a.summary, v.text FROM announcement AS a JOIN version AS v"
            " ON v.announcement_id = a.id AND v.version = a.version WHERE a.id = ?",
            [announcement_id],
        )
    )
    save_index_terms(
        database, announcement_id, index_terms(title=row["title"], text=row["text"], summary=row["summary"])
    )


def save_index_terms(database: Database, announcement_id: int, terms: IndexTerms) -> None:
    database.execute("DELETE FROM search WHERE rowid = ?", [announcement_id])
    database.execute(
        "INSERT INTO search (rowid, title, body, compounds) VALUES (?, ?, ?, ?)",
        [announcement_id, terms.title, terms.body, terms.compounds],
    )


def rebuild_index(database: Database) -> int:
    """Writes the whole index anew; returns the number of announcements in it. Call it in a transaction."""
    ids = [int(row["id"]) for row in database.query("SELECT id FROM announcement ORDER BY id")]
    database.execute("DELETE FROM search")
    for announcement_id in ids:
        index_announcement(database, announcement_id)
    return len(ids)


def find_documents(database: Database, expression: Expression) -> Iterator[dict[str, Any]]:
    """Every announcement that may match `expression`, best first where the index can tell; read as far as is asked for."""
    sieve = candidate_query(expression)
    if sieve is None:
        ids = database.query("SELECT id FROM announcement ORDER BY id DESC")
    else:
        ids = database.query(
            "SELECT rowid AS id FROM search WHERE search MATCH ? ORDER BY bm25(search, 4.0, 1.0, 1.0)", [sieve]
        )
    ordered = [int(row["id"]) for row in ids]
    for start in range(0, len(ordered), READ_AT_ONCE):
        part = ordered[start : start + READ_AT_ONCE]
        rows = database.query(f"{_COLUMNS} WHERE a.id IN (SELECT value FROM json_each(?))", [json.dumps(part)])
        by_id = {row["id"]: row for row in rows}
        yield from (by_id[each] for each in part if each in by_id)


def count_days(database: Database) -> list[dict[str, Any]]:
    """How many announcements each source has of which day: as published if it was there before us, else as first seen.

    Rows source, country, kind, day, announcements; those whose day nobody knows have none.
    """
    return list(
        database.query(
            "SELECT a.source, s.country, s.kind, CASE WHEN a.baseline THEN min(a.published_on, date(a.first_seen_at))"
            " ELSE date(a.first_seen_at) END AS day, count(*) AS announcements"
            " FROM announcement AS a JOIN source_state AS s ON s.id = a.source GROUP BY 1, 2, 3, 4"
        )
    )


def count_index_faults(database: Database) -> int:
    """Announcements that the index lacks, plus entries without an announcement; 0 when all is well."""
    row = next(
        database.query(
            "SELECT (SELECT count(*) FROM announcement WHERE id NOT IN (SELECT rowid FROM search))"
            " + (SELECT count(*) FROM search WHERE rowid NOT IN (SELECT id FROM announcement)) AS n"
        )
    )
    return int(row["n"])
