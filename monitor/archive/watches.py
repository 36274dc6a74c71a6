"""Which watches the archive has been matched against, and what they meant then."""

from datetime import datetime

from sqlite_utils import Database

from monitor.clock import write_moment


def find_watch_meanings(database: Database) -> dict[str, str]:
    """Watch name -> what it meant when the archive was last matched against it."""
    return {row["name"]: row["meaning"] for row in database.query("SELECT name, meaning FROM watch_state")}


def save_watch_meaning(database: Database, name: str, meaning: str, *, at: datetime) -> None:
    database.execute(
        "INSERT INTO watch_state (name, meaning, matched_since) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET meaning = excluded.meaning, matched_since = excluded.matched_since",
        [name, meaning, write_moment(at)],
    )
