"""What goes to an address at set times whether or not anything was found: canaries and empty digests."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlite_utils import Database

from monitor.clock import read_moment, write_moment
from monitor.polling import CLOCK_AHEAD


class AppointmentKind(StrEnum):
    """A canary proves that an address works; an empty digest says that nothing was found."""

    CANARY = "canary"
    EMPTY = "empty"


@dataclass(frozen=True, kw_only=True)
class AppointmentKey:
    """`name` is the watch of an empty digest, and the channel of a canary."""

    kind: AppointmentKind
    name: str
    channel: str
    address: str


@dataclass(frozen=True, kw_only=True)
class DueAppointment:
    """One that is due. `kept_at` is when it was last kept, or made."""

    key: AppointmentKey
    due_at: datetime
    attempts: int
    kept_at: datetime


WHICH = "kind = ? AND name = ? AND channel = ? AND address = ?"


def _values(key: AppointmentKey) -> list[str]:
    return [key.kind.value, key.name, key.channel, key.address]


def make_appointment(database: Database, key: AppointmentKey, schedule: str, *, due_at: datetime, at: datetime) -> None:
    """Makes an appointment, or moves it when its schedule has changed; what is made already stays as it is.

    What was kept in the future was kept by a clock that was ahead: it is made anew.
    """
    database.execute(
        "INSERT INTO appointment (kind, name, channel, address, schedule, due_at, kept_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET schedule = excluded.schedule, due_at = excluded.due_at, attempts = 0,"
        " kept_at = min(kept_at, excluded.kept_at) WHERE schedule <> excluded.schedule OR kept_at > ?",
        [*_values(key), schedule, write_moment(due_at), write_moment(at), write_moment(at + CLOCK_AHEAD)],
    )


def cancel_appointments(database: Database, *, but: Collection[AppointmentKey]) -> None:
    """Forgets appointments that are no longer wanted."""
    made = list(database.query("SELECT kind, name, channel, address FROM appointment"))
    wanted = {tuple(_values(key)) for key in but}
    for row in made:
        if tuple(row.values()) not in wanted:
            database.execute(f"DELETE FROM appointment WHERE {WHICH}", list(row.values()))


def find_due_appointments(database: Database, *, at: datetime) -> list[DueAppointment]:
    """Those whose time has come, longest waiting first."""
    found = database.query(
        "SELECT kind, name, channel, address, due_at, attempts, kept_at FROM appointment WHERE due_at <= ?"
        " ORDER BY due_at",
        [write_moment(at)],
    )
    due = []
    for row in found:
        due_at, kept_at = read_moment(row["due_at"]), read_moment(row["kept_at"])
        assert due_at is not None
        assert kept_at is not None
        key = AppointmentKey(
            kind=AppointmentKind(row["kind"]), name=row["name"], channel=row["channel"], address=row["address"]
        )
        due.append(DueAppointment(key=key, due_at=due_at, attempts=row["attempts"], kept_at=kept_at))
    return due


def keep_appointment(database: Database, key: AppointmentKey, *, at: datetime, next_at: datetime) -> None:
    """It was kept, or there was no need for it: on to the next one."""
    database.execute(
        f"UPDATE appointment SET kept_at = ?, due_at = ?, attempts = 0, last_error = NULL WHERE {WHICH}",
        [write_moment(at), write_moment(next_at), *_values(key)],
    )


def miss_appointment(database: Database, key: AppointmentKey, error: str, *, next_at: datetime) -> None:
    """It was refused; it is tried again, or given up until the next one, at `next_at`."""
    database.execute(
        f"UPDATE appointment SET attempts = attempts + 1, last_error = ?, due_at = ? WHERE {WHICH}",
        [error, write_moment(next_at), *_values(key)],
    )


def has_news(database: Database, key: AppointmentKey, *, since: datetime, at: datetime) -> bool:
    """Whether the watch had something for the address: sent since then, under way, or given up since then."""
    moment = write_moment(since)
    return has_news_under_way(database, key, at=at) or _has_alert(
        database, key, "sent_at > ? OR (state = 'failed' AND owed_at > ?)", moment, moment
    )


def has_news_under_way(database: Database, key: AppointmentKey, *, at: datetime) -> bool:
    """Whether the watch has something for the address that is due, or was refused so far, or waits behind what was."""
    under_way = "state = 'owed' AND (attempts > 0 OR last_error IS NOT NULL OR due_at <= ?)"
    return _has_alert(database, key, under_way, write_moment(at))


def _has_alert(database: Database, key: AppointmentKey, which: str, *values: str) -> bool:
    found = database.query(
        f"SELECT 1 FROM alert WHERE watch = ? AND channel = ? AND address = ? AND ({which}) LIMIT 1",
        [key.name, key.channel, key.address, *values],
    )
    return next(found, None) is not None
