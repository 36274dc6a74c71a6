"""Matches, and the alerts that they owe: one row per watch, story and channel address, unique in the schema."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from crawler.announcement import TextState
from crawler.counting import write_number
from crawler.source import SourceKind
from monitor.clock import read_day, read_moment, write_minute, write_moment
from monitor.digest import Telling
from monitor.polling import CLOCK_AHEAD
from monitor.retry import LONGEST_PAUSE

HELD = "held"
"""The state of announcements, and of the alerts that they owe, until an operator has looked."""

SnippetParts = tuple[tuple[str, bool], ...]
"""The sentence that matched, in parts; True marks the matched words."""


@dataclass(frozen=True, kw_only=True)
class MatchRecord:
    """One watch that one announcement concerns."""

    watch: str
    announcement_id: int
    version: int
    terms: tuple[str, ...]
    snippet: SnippetParts
    in_title: bool
    baseline: bool


@dataclass(frozen=True, kw_only=True)
class AlertToOwe:
    """One alert for one address, before anybody knows whether it is owed already."""

    watch: str
    story_id: int
    announcement_id: int
    version: int
    channel: str
    address: str
    due_at: datetime
    held: bool


@dataclass(frozen=True, kw_only=True)
class OwedAlert:
    """One alert that is due, with all that its message says."""

    id: int
    watch: str
    channel: str
    address: str
    version: int
    """That of the announcement when the watch found it: beyond the first, it was changed."""
    attempts: int
    bundle: int | None
    """Tells which alerts were handed over in one message before; None for those that never were."""
    owed_at: datetime
    due_at: datetime
    url: str
    title: str
    outlet: str
    country: str
    published_on: date | None
    first_seen_at: datetime
    terms: tuple[str, ...]
    snippet: SnippetParts
    in_title: bool
    text_state: TextState
    kind: SourceKind
    story: str
    """The same for all that tell one story, in this archive and no other."""
    also: tuple[Telling, ...]


def record_match(database: Database, match: MatchRecord, *, at: datetime) -> bool:
    """Files a match; False when this watch knew the announcement already."""
    cursor = database.execute(
        "INSERT OR IGNORE INTO match (watch, announcement_id, version, matched_at, terms, term_list, snippet,"
        " snippet_parts, in_title, baseline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            match.watch,
            match.announcement_id,
            match.version,
            write_moment(at),
            ", ".join(match.terms),
            json.dumps(match.terms, ensure_ascii=False),
            "".join(text for text, _ in match.snippet),
            json.dumps(match.snippet, ensure_ascii=False),
            match.in_title,
            match.baseline,
        ],
    )
    return cursor.rowcount == 1


def is_story_known_to_watch(database: Database, watch: str, story_id: int, announcement_id: int) -> bool:
    """Whether an older announcement of the story matched the watch as part of a baseline."""
    found = database.query(
        "SELECT 1 FROM match AS m JOIN announcement AS a ON a.id = m.announcement_id"
        " WHERE m.watch = ? AND a.story_id = ? AND a.id <> ? AND m.baseline LIMIT 1",
        [watch, story_id, announcement_id],
    )
    return next(found, None) is not None


def owe_alert(database: Database, alert: AlertToOwe, *, at: datetime) -> bool:
    """Owes an alert, unless this address had the story from this watch already; says whether it is new."""
    cursor = database.execute(
        "INSERT OR IGNORE INTO alert (watch, story_id, announcement_id, version, channel, address, state, owed_at,"
        " due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            alert.watch,
            alert.story_id,
            alert.announcement_id,
            alert.version,
            alert.channel,
            alert.address,
            HELD if alert.held else "owed",
            write_moment(at),
            write_moment(alert.due_at),
        ],
    )
    return cursor.rowcount == 1


def lead_story_officially(database: Database, story_id: int, announcement_id: int) -> None:
    """Lets an official announcement lead a story that the trade press led, also in alerts that nobody has had yet."""
    is_led_by_press = next(
        database.query(
            "SELECT 1 FROM story AS t JOIN announcement AS a ON a.id = t.lead_announcement_id"
            " JOIN source_state AS s ON s.id = a.source WHERE t.id = ? AND s.kind = ?",
            [story_id, SourceKind.TRADE_PRESS.value],
        ),
        None,
    )
    if not is_led_by_press:
        return
    lead = {"id": announcement_id, "story": story_id}
    database.execute(
        "UPDATE story SET lead_announcement_id = :id, title = (SELECT title FROM announcement WHERE id = :id)"
        " WHERE id = :story",
        lead,
    )
    found = "FROM match AS m WHERE m.watch = alert.watch AND m.announcement_id = :id"
    database.execute(
        f"UPDATE alert SET announcement_id = :id, version = (SELECT m.version {found})"
        f" WHERE story_id = :story AND state = 'owed' AND attempts = 0 AND EXISTS (SELECT 1 {found})",
        lead,
    )


def hold_announcements(database: Database, announcement_ids: Iterable[int]) -> None:
    """Sets announcements and the alerts they owe aside until an operator has looked."""
    for announcement_id in announcement_ids:
        database.execute("UPDATE announcement SET state = 'held', baseline = 1 WHERE id = ?", [announcement_id])
        database.execute(
            "UPDATE alert SET state = 'held' WHERE announcement_id = ? AND state = 'owed'", [announcement_id]
        )


def release_held(database: Database, *, at: datetime) -> int:
    """Lets every held alert go out, and its announcement be like any other; returns how many alerts."""
    _free_announcements(database, "state = 'held' OR id IN (SELECT announcement_id FROM alert WHERE state = 'held')")
    return database.execute(
        "UPDATE alert SET state = 'owed', due_at = ? WHERE state = 'held'", [write_moment(at)]
    ).rowcount


def _free_announcements(database: Database, where: str, parameters: Sequence[object] = ()) -> None:
    """What was held is no baseline from now on, so that its later edits are told; one that went meanwhile stays gone."""
    database.execute(
        "UPDATE announcement SET baseline = 0, state = CASE state WHEN 'held' THEN 'current' ELSE state END"
        f" WHERE {where}",
        list(parameters),
    )


OWED = (
    "SELECT l.id, l.watch, l.channel, l.address, l.version, l.attempts, l.bundle, l.owed_at, l.due_at, l.story_id,"
    " t.first_seen_at AS story_at, a.url, a.title, s.name AS outlet, s.kind, s.country, a.published_on, a.first_seen_at,"
    " a.text_state, m.term_list, m.snippet_parts, m.in_title"
    " FROM alert AS l JOIN announcement AS a ON a.id = l.announcement_id"
    " JOIN source_state AS s ON s.id = a.source JOIN story AS t ON t.id = l.story_id"
    " LEFT JOIN match AS m ON m.watch = l.watch AND m.announcement_id = l.announcement_id"
)


# Also what was owed in the future, or is to be tried again later than anybody plans: the clock was ahead then. Of what
# waits for its time, such as a digest, nothing but the moment at which it was owed can tell.
IS_DUE = "(l.due_at <= ? OR l.owed_at > ? OR (l.last_error IS NOT NULL AND l.due_at > ?))"


def _due_moments(at: datetime) -> list[str]:
    return [write_moment(moment) for moment in (at, at + CLOCK_AHEAD, at + LONGEST_PAUSE + CLOCK_AHEAD)]


def find_due_alerts(database: Database, *, at: datetime) -> list[OwedAlert]:
    """Every alert that is to go out now, oldest first. Nothing is left out: not by age, not by number (R6, R8)."""
    due = _find_alerts(database, f"l.state = 'owed' AND {IS_DUE}", _due_moments(at))
    return [alert if alert.due_at <= at else replace(alert, due_at=at) for alert in due]


def find_sent_alerts(
    database: Database, *, channel: str, address: str, since: datetime, until: datetime
) -> list[OwedAlert]:
    """Every alert that this address was sent from `since` until just before `until`, oldest first."""
    where = "l.state = 'sent' AND l.channel = ? AND l.address = ? AND l.sent_at >= ? AND l.sent_at < ?"
    return _find_alerts(database, where, [channel, address, write_moment(since), write_moment(until)])


def find_latest_alerts(
    database: Database, *, channel: str, address: str, watch: str, at: datetime, limit: int
) -> list[OwedAlert]:
    """The latest alerts of a watch to an address that are sent or due, newest first: what its feed shows."""
    where = (
        f"l.channel = ? AND l.address = ? AND l.watch = ? AND (l.state = 'sent' OR (l.state = 'owed' AND {IS_DUE}))"
        " ORDER BY l.id DESC LIMIT ?"
    )
    return _find_alerts(database, where, [channel, address, watch, *_due_moments(at), limit], order="")


def _find_alerts(
    database: Database, where: str, parameters: Sequence[object], *, order: str = " ORDER BY l.id"
) -> list[OwedAlert]:
    found = list(database.query(f"{OWED} WHERE {where}{order}", list(parameters)))
    tellings = _find_tellings(database, {row["story_id"] for row in found})
    return [_read_owed(row, tellings.get(row["story_id"], ())) for row in found]


def _find_tellings(database: Database, story_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """Story -> the announcements that tell it, for those that more than one outlet tells."""
    found = database.query(
        "SELECT a.story_id, a.source, a.title, a.url, s.name AS outlet, s.kind FROM announcement AS a"
        " JOIN source_state AS s ON s.id = a.source WHERE a.state = 'current'"
        " AND a.story_id IN (SELECT value FROM json_each(?)) ORDER BY a.first_seen_at, a.id",
        [json.dumps(sorted(story_ids))],
    )
    stories: dict[int, list[dict[str, Any]]] = {}
    for row in found:
        stories.setdefault(row["story_id"], []).append(row)
    return {story_id: rows for story_id, rows in stories.items() if len(rows) > 1}


def _write_tellings(rows: Iterable[Mapping[str, Any]], outlet: str) -> tuple[Telling, ...]:
    """One telling for each outlet other than `outlet`."""
    by_outlet: dict[str, Telling] = {}
    for row in rows:
        telling = Telling(title=row["title"], url=row["url"], outlet=row["outlet"], kind=SourceKind(row["kind"]))
        by_outlet.setdefault(telling.outlet, telling)
    by_outlet.pop(outlet, None)
    return tuple(by_outlet.values())


def _read_owed(row: Mapping[str, Any], tellings: Iterable[Mapping[str, Any]]) -> OwedAlert:
    owed_at, due_at = read_moment(row["owed_at"]), read_moment(row["due_at"])
    first_seen_at = read_moment(row["first_seen_at"])
    assert owed_at is not None
    assert due_at is not None
    assert first_seen_at is not None
    return OwedAlert(
        id=row["id"],
        watch=row["watch"],
        channel=row["channel"],
        address=row["address"],
        version=row["version"],
        attempts=row["attempts"],
        bundle=row["bundle"],
        owed_at=owed_at,
        due_at=due_at,
        url=row["url"],
        title=row["title"],
        outlet=row["outlet"],
        country=row["country"],
        published_on=read_day(row["published_on"]),
        first_seen_at=first_seen_at,
        terms=tuple(json.loads(row["term_list"] or "[]")),
        snippet=tuple((text, marked) for text, marked in json.loads(row["snippet_parts"] or "[]")),
        in_title=bool(row["in_title"]),
        text_state=TextState(row["text_state"]),
        kind=SourceKind(row["kind"]),
        story=f"{row['story_id']} {row['story_at']}",
        also=_write_tellings(tellings, row["outlet"]),
    )


class DeliveryKind(StrEnum):
    """What was handed over."""

    ALERTS = "alerts"
    DIGEST = "digest"
    EMPTY = "empty"
    """A digest of nothing, which was asked for."""
    CANARY = "canary"
    REPLAY = "replay"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of handing one message, which told of `alert_ids`, to one address."""

    channel: str
    address: str
    alert_ids: tuple[int, ...]
    accepted: bool
    detail: str
    retry_at: datetime | None
    """When to try again; None when it was accepted or given up."""
    kind: DeliveryKind = DeliveryKind.ALERTS


def begin_handover(database: Database, channel: str, address: str, alert_ids: Sequence[int], *, at: datetime) -> int:
    """Notes that a message is about to be handed over, and of which alerts; `record_attempt` takes the note away."""
    cursor = database.execute(
        "INSERT INTO handover (channel, address, begun_at, alerts) VALUES (?, ?, ?, ?)",
        [channel, address, write_moment(at), json.dumps(alert_ids)],
    )
    handover_id = cursor.lastrowid
    assert handover_id is not None
    # Numbers of hand-overs come again when the table is empty; those of alerts do not.
    marks = [(min(alert_ids), alert_id) for alert_id in alert_ids]
    database.conn.executemany("UPDATE alert SET bundle = ? WHERE id = ?", marks)
    return handover_id


WAITS = "waits "
"""How the reason begins of what waits and was not refused itself."""
INTERRUPTED = "govwatch ended before the answer came; the message goes out again under the same Message-ID"


def recover_handovers(database: Database) -> int:
    """Lets what a crash left in the air go out again, as the message that it was; returns how many messages.

    Call it before the first delivery of a process, when nothing can be in the air.
    """
    left = list(database.query("SELECT id, channel, address, begun_at, alerts FROM handover"))
    for row in left:
        begun_at = read_moment(row["begun_at"])
        assert begun_at is not None
        attempt = Attempt(
            channel=row["channel"],
            address=row["address"],
            alert_ids=tuple(json.loads(row["alerts"])),
            accepted=False,
            detail=INTERRUPTED,
            retry_at=begun_at,
        )
        record_attempt(database, attempt, at=begun_at, handover_id=row["id"])
    return len(left)


def find_last_digest(database: Database, channel: str, address: str) -> datetime | None:
    """When this address last took a digest."""
    found = database.query(
        "SELECT max(at) AS at FROM delivery WHERE channel = ? AND address = ? AND accepted AND kind IN (?, ?)",
        [channel, address, DeliveryKind.DIGEST.value, DeliveryKind.EMPTY.value],
    )
    return read_moment(next(found)["at"])


def record_attempt(database: Database, attempt: Attempt, *, at: datetime, handover_id: int | None = None) -> None:
    """Writes the outcome by the alerts' ids, so that a row that came in meanwhile is not marked (R2)."""
    moment = write_moment(at)
    if handover_id is not None:
        database.execute("DELETE FROM handover WHERE id = ?", [handover_id])
    database.execute(
        "INSERT INTO delivery (channel, address, at, accepted, detail, alerts, kind) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            attempt.channel,
            attempt.address,
            moment,
            attempt.accepted,
            attempt.detail,
            json.dumps(attempt.alert_ids),
            attempt.kind.value,
        ],
    )
    if attempt.kind in {DeliveryKind.ALERTS, DeliveryKind.DIGEST}:
        _mark_alerts(database, attempt, moment)


def _mark_alerts(database: Database, attempt: Attempt, moment: str) -> None:
    state = "sent" if attempt.accepted else "owed" if attempt.retry_at else "failed"
    database.conn.executemany(
        "UPDATE alert SET state = ?, attempts = attempts + 1, sent_at = ?, last_error = ?, due_at = coalesce(?, due_at)"
        " WHERE id = ? AND (state = 'owed' OR ?)",
        [
            (
                state,
                moment if attempt.accepted else None,
                None if attempt.accepted else attempt.detail,
                write_moment(attempt.retry_at) if attempt.retry_at else None,
                alert_id,
                attempt.accepted,  # what was held meanwhile is sent if it was accepted, and else stays held
            )
            for alert_id in attempt.alert_ids
        ],
    )


def count_unanswered(
    database: Database, channel: str, address: str, alert_id: int, *, attempts: int, beginning: str
) -> int:
    """Of the last `attempts` to hand over this alert, those that failed with a detail of this `beginning`."""
    found = database.query(
        "SELECT detail FROM delivery WHERE channel = ? AND address = ? AND NOT accepted"
        " AND EXISTS (SELECT 1 FROM json_each(alerts) WHERE value = ?) ORDER BY id DESC LIMIT ?",
        [channel, address, alert_id, attempts],
    )
    return sum(row["detail"].startswith(beginning) for row in found)


def postpone_alerts(
    database: Database, alert_ids: Sequence[int], *, until: datetime, reason: str | None = None
) -> None:
    """Lets alerts that were not tried wait, and for what `reason` where it is more than their time."""
    database.conn.executemany(
        "UPDATE alert SET due_at = ?, last_error = coalesce(?, last_error) WHERE id = ?",
        [(write_moment(until), reason, alert_id) for alert_id in alert_ids],
    )


def list_alerts(
    database: Database, *, state: str | None = None, watch: str | None = None, limit: int
) -> list[dict[str, Any]]:
    """Alerts with their titles, newest first."""
    return list(
        database.query(
            "SELECT l.id, l.watch, l.channel, l.address, l.state, l.attempts, l.owed_at, l.due_at, l.sent_at,"
            " l.last_error, l.announcement_id, l.story_id, a.title, a.url"
            " FROM alert AS l JOIN announcement AS a ON a.id = l.announcement_id"
            " WHERE (:state IS NULL OR l.state = :state) AND (:watch IS NULL OR l.watch = :watch)"
            " ORDER BY l.id DESC LIMIT :limit",
            {"state": state, "watch": watch, "limit": limit},
        )
    )


def retry_alerts(database: Database, alert_ids: Sequence[int] | None, *, at: datetime) -> int:
    """Makes failed alerts and owed ones that wait due now, or those named, held ones as well; returns how many."""
    moment = write_moment(at)
    if alert_ids is None:
        return database.execute(
            "UPDATE alert SET state = 'owed', attempts = 0, due_at = ? WHERE state = 'failed'"
            " OR (state = 'owed' AND last_error IS NOT NULL)",
            [moment],
        ).rowcount
    marks = ", ".join("?" * len(alert_ids))
    held = f"SELECT announcement_id FROM alert WHERE state = 'held' AND id IN ({marks})"
    _free_announcements(database, f"id IN ({held})", alert_ids)
    return database.execute(
        "UPDATE alert SET state = 'owed', attempts = 0, due_at = ?"
        f" WHERE state IN ('failed', 'owed', 'held') AND id IN ({marks})",
        [moment, *alert_ids],
    ).rowcount


def count_alerts(database: Database) -> dict[str, int]:
    """How many alerts are in each state."""
    found = database.query("SELECT state, count(*) AS n FROM alert GROUP BY state")
    counts = {row["state"]: int(row["n"]) for row in found}
    return {state: counts.get(state, 0) for state in ("owed", "held", "failed", "sent")}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """How many alerts a channel did not take so far, when they are tried again, and what was said last."""

    channel: str
    alerts: int
    due_at: str
    last_error: str

    def __str__(self) -> str:
        until = write_minute(self.due_at)
        alerts, wait = write_number(self.alerts, "alert"), "waits" if self.alerts == 1 else "wait"
        reason = self.last_error.removeprefix(WAITS)
        said = reason if reason != self.last_error else f"refused so far: {reason}"
        return f"{alerts} to {self.channel} {wait} until {until} UTC, {said}"


def count_scheduled(database: Database) -> int:
    """How many alerts are owed that only wait for their time: a digest, or the hours of a channel."""
    found = database.query("SELECT count(*) AS n FROM alert WHERE state = 'owed' AND last_error IS NULL")
    return int(next(found)["n"])


def find_refusals(database: Database) -> tuple[Refusal, ...]:
    """Of the alerts that are owed, those that were refused so far, by channel and by what was said last."""
    found = database.query(
        "SELECT channel, count(*) AS alerts, min(due_at) AS due_at, last_error FROM alert"
        " WHERE state = 'owed' AND last_error IS NOT NULL GROUP BY channel, last_error ORDER BY channel, last_error"
    )
    return tuple(Refusal(**row) for row in found)


def find_alert_history(database: Database, announcement_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Matches of these announcements, and the alerts that came of them or of their stories."""
    marks = ", ".join("?" * len(announcement_ids))
    return list(
        database.query(
            "SELECT m.watch, m.announcement_id, m.matched_at, m.terms, m.snippet, m.baseline, l.channel, l.address,"
            " l.state, l.attempts, l.owed_at, l.due_at, l.sent_at, l.last_error, l.announcement_id AS alerted_id,"
            " told.url AS alerted_url FROM match AS m JOIN announcement AS a ON a.id = m.announcement_id"
            " LEFT JOIN alert AS l ON l.watch = m.watch AND l.story_id = a.story_id"
            " LEFT JOIN announcement AS told ON told.id = l.announcement_id"
            f" WHERE m.announcement_id IN ({marks}) ORDER BY m.matched_at, l.id",
            list(announcement_ids),
        )
    )
