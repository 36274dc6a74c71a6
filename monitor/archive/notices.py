"""What operators have to hear, and the messages that tell them: written with the state that they tell of.

    notice --bundled--> operator_message, one for each address --accepted--> sent, or owed again later, or failed

A notice is bundled once, in the transaction that writes the messages, so that a kill neither loses nor repeats it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from monitor.clock import read_moment, write_moment
from monitor.notice import News, NoticeKind, Trouble, is_late
from monitor.polling import CLOCK_AHEAD
from monitor.retry import LONGEST_PAUSE

AddressKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class OperatorMessage:
    """One message for one address of the operators."""

    id: int
    channel: str
    address: str
    subject: str
    lines: tuple[str, ...]
    attempts: int
    created_at: str


@dataclass(frozen=True, kw_only=True)
class LateSource:
    """A source that was not looked at for twice its interval."""

    source: str
    name: str
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class JobState:
    """What the scheduler could not do so far."""

    name: str
    missed: int
    failed: int
    last_at: str
    last_error: str
    is_failing: bool


def add_notice(database: Database, news: News, *, at: datetime) -> None:
    database.execute(
        "INSERT INTO notice (kind, subject, text, at) VALUES (?, ?, ?, ?)",
        [news.kind.value, news.subject, news.text, write_moment(at)],
    )


def add_notice_once(database: Database, news: News, *, at: datetime) -> None:
    """For what stays true: it is told once and never again."""
    told = database.query("SELECT 1 FROM notice WHERE kind = ? AND subject = ?", [news.kind.value, news.subject])
    if next(told, None) is None:
        add_notice(database, news, at=at)


def take_notices(database: Database, *, at: datetime) -> list[News]:
    """Every notice that no message tells yet, oldest first; from now on they count as told in one."""
    found = list(database.query("SELECT id, kind, subject, text FROM notice WHERE bundled_at IS NULL ORDER BY id"))
    database.execute("UPDATE notice SET bundled_at = ? WHERE bundled_at IS NULL", [write_moment(at)])
    return [News(kind=NoticeKind(row["kind"]), subject=row["subject"], text=row["text"]) for row in found]


def owe_message(database: Database, key: AddressKey, subject: str, lines: Sequence[str], *, at: datetime) -> None:
    database.execute(
        "INSERT INTO operator_message (channel, address, subject, lines, state, created_at, due_at)"
        " VALUES (?, ?, ?, ?, 'owed', ?, ?)",
        [*key, subject, json.dumps(list(lines), ensure_ascii=False), write_moment(at), write_moment(at)],
    )


def find_due_messages(database: Database, *, at: datetime) -> list[OperatorMessage]:
    """Oldest first; what is due later than any retry waits for a clock that was ahead, and for nothing else."""
    found = database.query(
        "SELECT id, channel, address, subject, lines, attempts, created_at FROM operator_message"
        " WHERE state = 'owed' AND (due_at <= ? OR due_at > ?) ORDER BY id",
        [write_moment(at), write_moment(at + LONGEST_PAUSE + CLOCK_AHEAD)],
    )
    return [OperatorMessage(**{**row, "lines": tuple(json.loads(row["lines"]))}) for row in found]


def settle_message(database: Database, message_id: int, *, at: datetime) -> None:
    """The channel has accepted it."""
    database.execute(
        "UPDATE operator_message SET state = 'sent', attempts = attempts + 1, sent_at = ?, last_error = NULL WHERE id = ?",
        [write_moment(at), message_id],
    )


def refuse_message(database: Database, message_id: int, error: str, *, retry_at: datetime | None) -> None:
    """It was not accepted: owed again later, or given up."""
    database.execute(
        "UPDATE operator_message SET state = ?, attempts = attempts + 1, last_error = ?, due_at = coalesce(?, due_at)"
        " WHERE id = ?",
        ["owed" if retry_at else "failed", error, write_moment(retry_at) if retry_at else None, message_id],
    )


def count_messages(database: Database) -> dict[str, int]:
    """How many messages to operators are in each state."""
    counts = {
        row["state"]: row["n"] for row in database.query("SELECT state, count(*) AS n FROM operator_message GROUP BY 1")
    }
    return {state: counts.get(state, 0) for state in ("owed", "failed", "sent")}


def find_troubles(database: Database, *, told_before: datetime) -> list[Trouble]:
    """The sources whose trouble operators know of, those told since `told_before` left out."""
    found = database.query(
        "SELECT id, name, state, last_error, trouble_told_at, state_since FROM source_state"
        " WHERE enabled AND trouble_told_at IS NOT NULL AND trouble_told_at <= ? ORDER BY name",
        [write_moment(told_before)],
    )
    return [
        Trouble(
            source=row["id"],
            name=row["name"],
            condition=row["state"],
            reason=row["last_error"] or "",
            since=read_moment(row["trouble_told_at"]) or told_before,
        )
        for row in found
    ]


def take_reminder(database: Database, schedule: str, *, next_at: datetime, at: datetime) -> bool:
    """Whether the daily reminder is due now; moves it on to `next_at` then, or when its schedule has changed."""
    row = next(database.query("SELECT schedule, due_at FROM daily_reminder"), None)
    waits = row is not None and write_moment(at) < row["due_at"] <= write_moment(next_at)
    is_due = row is not None and row["schedule"] == schedule and not waits
    if row is None or row["schedule"] != schedule or is_due:
        database.execute(
            "INSERT OR REPLACE INTO daily_reminder (only, schedule, due_at) VALUES (1, ?, ?)",
            [schedule, write_moment(next_at)],
        )
    return is_due


def find_late_sources(database: Database, *, at: datetime) -> list[LateSource]:
    """R9: enabled sources that were not looked at for twice their interval."""
    found = database.query(
        "SELECT id, name, last_checked_at, coalesce(next_check_at, registered_at) AS due_at FROM source_state"
        " WHERE enabled ORDER BY due_at"
    )
    late = []
    for row in found:
        due_at = read_moment(row["due_at"])
        if due_at and is_late(due_at=due_at, checked_at=read_moment(row["last_checked_at"]), at=at):
            late.append(LateSource(source=row["id"], name=row["name"], due_at=min(due_at, at)))
    return late


def take_late_untold(database: Database, late: Iterable[LateSource], *, at: datetime) -> list[LateSource]:
    """Those of which operators were not told since the source was last looked at; from now on they count as told."""
    told = {row["id"] for row in database.query("SELECT id FROM source_state WHERE late_told_at IS NOT NULL")}
    untold = [one for one in late if one.source not in told]
    for one in untold:
        database.execute("UPDATE source_state SET late_told_at = ? WHERE id = ?", [write_moment(at), one.source])
    return untold


def note_job(database: Database, name: str, *, at: datetime, error: str | None, is_missed: bool = False) -> bool:
    """Counts a job that failed or missed its time, or notes that it went well; says whether it has just begun to fail."""
    row = next(database.query("SELECT is_failing FROM job_state WHERE name = ?", [name]), None)
    was_failing = bool(row and row["is_failing"])
    if error is None:
        database.execute("UPDATE job_state SET is_failing = 0 WHERE name = ?", [name])
        return False
    database.execute(
        "INSERT INTO job_state (name, missed, failed, last_at, last_error, is_failing) VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (name) DO UPDATE SET missed = missed + excluded.missed, failed = failed + excluded.failed,"
        " last_at = excluded.last_at, last_error = excluded.last_error, is_failing = 1",
        [name, int(is_missed), int(not is_missed), write_moment(at), error],
    )
    return not was_failing


def find_jobs(database: Database) -> list[JobState]:
    found = database.query("SELECT name, missed, failed, last_at, last_error, is_failing FROM job_state ORDER BY name")
    return [JobState(**{**row, "is_failing": bool(row["is_failing"])}) for row in found]
