"""Rows of the documented views, for the commands that list and export."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlite_utils import Database


def list_announcements(database: Database) -> Iterator[dict[str, Any]]:
    """Every row of the view `announcements`, oldest first."""
    return database.query("SELECT * FROM announcements ORDER BY id")


def list_source_states(database: Database) -> list[dict[str, Any]]:
    """The view `sources` with what `status` shows beside it."""
    return list(
        database.query(
            "SELECT v.*, s.enabled, s.failures, s.last_ok_at, (SELECT count(*) FROM announcement AS a WHERE a.source = v.id)"
            " AS announcements, (SELECT count(*) FROM pending AS p WHERE p.source = v.id"
            " AND p.next_attempt_at IS NOT NULL) AS waiting FROM sources AS v JOIN source_state AS s ON s.id = v.id"
            " ORDER BY v.id"
        )
    )


def find_newest_days(database: Database) -> dict[str, date]:
    """Source -> the newest day on which something of it was published, where days are known."""
    found = database.query(
        "SELECT source, max(published_on) AS newest FROM announcements WHERE published_on IS NOT NULL GROUP BY source"
    )
    return {row["source"]: date.fromisoformat(row["newest"]) for row in found}


def list_robots(database: Database) -> list[dict[str, Any]]:
    """The robots.txt of each origin as it was read last, however long ago."""
    return list(database.query("SELECT origin, status, body, fetched_at, delay_s FROM robots ORDER BY origin"))
