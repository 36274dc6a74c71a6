"""Which addresses refuse what is sent to them, and of which operators have been told."""

from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from monitor.channel_health import AddressKey, Failing
from monitor.clock import read_moment, write_moment

OWING = ("alert", "appointment", "operator_message")
ADDRESSED = (*OWING, "delivery", "handover", "broken_address")


def find_failing(database: Database) -> list[Failing]:
    """Every address whose last message was refused, counted since it last took one."""
    found = database.query(
        "WITH refused AS (SELECT d.channel, d.address, min(d.at) AS since, count(*) AS refusals, max(d.id) AS last_id"
        " FROM delivery AS d WHERE NOT d.accepted AND d.id > coalesce((SELECT max(t.id) FROM delivery AS t"
        " WHERE t.channel = d.channel AND t.address = d.address AND t.accepted), 0) GROUP BY d.channel, d.address)"
        " SELECT r.channel, r.address, r.since, r.refusals, l.detail, (SELECT count(*) FROM alert AS a"
        " WHERE a.channel = r.channel AND a.address = r.address"
        " AND (a.state = 'failed' OR (a.state = 'owed' AND a.last_error IS NOT NULL))) AS waiting"
        " FROM refused AS r JOIN delivery AS l ON l.id = r.last_id"
    )
    failing = []
    for row in found:
        since = read_moment(row["since"])
        assert since is not None
        values = {name: row[name] for name in ("channel", "address", "refusals", "detail", "waiting")}
        failing.append(Failing(since=since, **values))
    return failing


def find_reported(database: Database) -> dict[AddressKey, datetime]:
    """The broken addresses of which operators know, and when they were told last."""
    reported = {}
    for row in database.query("SELECT channel, address, reported_at FROM broken_address"):
        at = read_moment(row["reported_at"])
        assert at is not None
        reported[row["channel"], row["address"]] = at
    return reported


def note_reported(
    database: Database, *, broken: Iterable[AddressKey], mended: Iterable[AddressKey], at: datetime
) -> None:
    """Operators have been told."""
    for key in broken:
        database.execute("INSERT OR REPLACE INTO broken_address VALUES (?, ?, ?)", [*key, write_moment(at)])
    for key in mended:
        database.execute("DELETE FROM broken_address WHERE channel = ? AND address = ?", list(key))


def rename_addresses(database: Database, renamed: Iterable[tuple[str, str, str]]) -> None:
    """Takes over what is kept of addresses for the ids that they have now: channel, former id, id.

    Where something is kept under both, that of the id stays and the former is left.
    """
    kept = " UNION ".join(f"SELECT channel, address FROM {table}" for table in OWING)
    known = {(row["channel"], row["address"]) for row in database.query(kept)}
    for channel, former, address in renamed:
        if (channel, former) not in known:
            continue
        for table in ADDRESSED:
            database.execute(
                f"UPDATE OR IGNORE {table} SET address = ? WHERE channel = ? AND address = ?",
                [address, channel, former],
            )
