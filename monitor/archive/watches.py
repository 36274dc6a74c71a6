"""Which watches the archive has been matched against, what they meant then, and what they have found since."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

from sqlite_utils import Database

from monitor.clock import read_moment, write_moment

RECENT_MATCHES = 20_000


def find_watch_meanings(database: Database) -> dict[str, str]:
    """Watch name -> what it meant when the archive was last matched against it."""
    return {row["name"]: row["meaning"] for row in database.query("SELECT name, meaning FROM watch_state")}


def save_watch_meaning(database: Database, name: str, meaning: str, *, at: datetime) -> None:
    database.execute(
        "INSERT INTO watch_state (name, meaning, matched_since) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET meaning = excluded.meaning, matched_since = excluded.matched_since",
        [name, meaning, write_moment(at)],
    )


def forget_watches(database: Database, kept: Collection[str]) -> None:
    """Drops what watches meant that are no longer there, so that one which comes back is matched anew."""
    known = [row["name"] for row in database.query("SELECT name FROM watch_state")]
    for name in known:
        if name not in kept:
            database.execute("DELETE FROM watch_state WHERE name = ?", [name])


def find_watch_moments(database: Database, names: Iterable[str]) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Name, since when the archive is matched against it, when it found something new last; of those it knows."""
    for name in names:
        found = database.query(
            "SELECT matched_since, (SELECT max(matched_at) FROM match WHERE watch = w.name AND NOT baseline) AS last"
            " FROM watch_state AS w WHERE name = ?",
            [name],
        )
        for row in found:
            since = read_moment(row["matched_since"])
            assert since is not None, "the column is never empty"
            yield name, since, read_moment(row["last"])


def find_busiest_days(database: Database, *, since: datetime) -> dict[str, tuple[date, int]]:
    """Watch -> the day since then on which most stories were owed to somebody, and how many."""
    found = database.query(
        "SELECT watch, date(owed_at) AS day, count(DISTINCT story_id) AS stories FROM alert WHERE owed_at >= ?"
        " GROUP BY watch, day ORDER BY stories",
        [write_moment(since)],
    )
    return {row["watch"]: (date.fromisoformat(row["day"]), row["stories"]) for row in found}


def find_recent_matches(database: Database) -> list[tuple[int, str]]:
    """The latest announcements with the watches that found them, newest first."""
    found = database.query(
        "SELECT announcement_id, watch FROM match ORDER BY announcement_id DESC LIMIT ?", [RECENT_MATCHES]
    )
    return [(row["announcement_id"], row["watch"]) for row in found]


def find_gone_sources(database: Database) -> frozenset[str]:
    """Sources that have moved to something else or ended."""
    return frozenset(row["id"] for row in database.query("SELECT id FROM source_state WHERE state = 'gone'"))


def take_watch_troubles(
    database: Database, keys: Iterable[tuple[str, str]], *, told_before: datetime, at: datetime
) -> set[tuple[str, str]]:
    """Which (watch, fault) were not told since `told_before`: these count as told now, and what is over is forgotten."""
    known = {
        (row["watch"], row["fault"]): row["told_at"]
        for row in database.query("SELECT watch, fault, told_at FROM watch_trouble")
    }
    current = set(keys)
    for key in known.keys() - current:
        database.execute("DELETE FROM watch_trouble WHERE watch = ? AND fault = ?", list(key))
    untold = {key for key in current if key not in known or known[key] < write_moment(told_before)}
    for key in untold:
        database.execute(
            "INSERT OR REPLACE INTO watch_trouble (watch, fault, told_at) VALUES (?, ?, ?)", [*key, write_moment(at)]
        )
    return untold
