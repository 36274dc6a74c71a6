"""The trail: what happened to every address, one row per distinct step, repeated steps counted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from crawler.urls import url_key
from monitor.clock import write_moment


class Stage(StrEnum):
    """Where in the flow a step happened."""

    DISCOVER = "discover"
    FETCH = "fetch"
    FILE = "file"
    MATCH = "match"
    ALERT = "alert"
    DELIVER = "deliver"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that happened to one address."""

    source: str
    url: str
    stage: Stage
    outcome: str
    reason: str
    announcement_id: int | None = None


def record_step(database: Database, step: Step, *, at: datetime) -> None:
    """Adds the step, or counts it once more when it is what happened last at this stage of this address."""
    key = url_key(step.url)
    moment = write_moment(at)
    last = next(
        database.query(
            "SELECT id, outcome, reason FROM trail_step WHERE url_key = ? AND source = ? AND stage = ?"
            " ORDER BY id DESC LIMIT 1",
            [key, step.source, step.stage.value],
        ),
        None,
    )
    if last and (last["outcome"], last["reason"]) == (step.outcome, step.reason):
        database.execute("UPDATE trail_step SET at = ?, times = times + 1 WHERE id = ?", [moment, last["id"]])
        return
    database.execute(
        "INSERT INTO trail_step (source, url, url_key, stage, outcome, reason, first_at, at, announcement_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            step.source,
            step.url,
            key,
            step.stage.value,
            step.outcome,
            step.reason,
            moment,
            moment,
            step.announcement_id,
        ],
    )


def find_steps(database: Database, urls: list[str], announcement_ids: list[int]) -> list[dict[str, Any]]:
    """Every step of these addresses and announcements, oldest first."""
    keys = [url_key(url) for url in urls]
    marks, ids = ", ".join("?" * len(keys)), ", ".join("?" * len(announcement_ids))
    return list(
        database.query(
            "SELECT source, url, stage, outcome, reason, first_at, at, times FROM trail_step"
            f" WHERE url_key IN ({marks}) OR announcement_id IN ({ids}) ORDER BY id",
            [*keys, *announcement_ids],
        )
    )
