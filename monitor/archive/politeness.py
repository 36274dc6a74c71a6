"""What is kept of politeness: hosts that asked for rest, and what each source costs its servers, day by day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from crawler.order import LONGEST_REST, HostRest
from monitor.clock import write_moment
from monitor.polling import CLOCK_AHEAD


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What the crawls of one source cost in a span of days; `postponed` are pages that a host's rest put off."""

    crawls: int = 0
    requests: int = 0
    not_modified: int = 0
    postponed: int = 0
    bytes: int = 0


def save_rest(database: Database, rest: HostRest) -> None:
    """Keeps how long a host is to be left alone; what it asked before it asks no more."""
    database.execute(
        "INSERT OR REPLACE INTO host_rest (host, until, status) VALUES (?, ?, ?)",
        [rest.host, write_moment(rest.until), rest.status],
    )


def find_rests(database: Database, *, at: datetime) -> tuple[HostRest, ...]:
    """The hosts that are to be left alone now; none asks for so long that its rest was not noted by a clock ahead."""
    found = database.query(
        "SELECT host, until, status FROM host_rest WHERE until > ? AND until <= ?",
        [write_moment(at), write_moment(at + LONGEST_REST + CLOCK_AHEAD)],
    )
    return tuple(
        HostRest(host=row["host"], until=datetime.fromisoformat(row["until"]), status=row["status"]) for row in found
    )


def find_rest_until(database: Database, hosts: Iterable[str], *, at: datetime) -> datetime | None:
    """When the first of `hosts` may be asked again; None when one of them may be asked now."""
    resting = {rest.host: rest.until for rest in find_rests(database, at=at)}
    untils = [resting.get(host) for host in set(hosts)]
    return min((until for until in untils if until), default=None) if untils and all(untils) else None


def count_traffic(database: Database, source: str, traffic: Traffic, *, on: date) -> None:
    """Adds to what the source cost on that day."""
    database.execute(
        "INSERT INTO traffic (source, day, crawls, requests, not_modified, postponed, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (source, day) DO UPDATE SET crawls = crawls + excluded.crawls,"
        " requests = requests + excluded.requests, not_modified = not_modified + excluded.not_modified,"
        " postponed = postponed + excluded.postponed, bytes = bytes + excluded.bytes",
        [
            source,
            on.isoformat(),
            traffic.crawls,
            traffic.requests,
            traffic.not_modified,
            traffic.postponed,
            traffic.bytes,
        ],
    )


def find_traffic(database: Database, *, since: date) -> Mapping[str, Traffic]:
    """Source -> what it has cost since that day."""
    found = database.query(
        "SELECT source, sum(crawls) AS crawls, sum(requests) AS requests, sum(not_modified) AS not_modified,"
        " sum(postponed) AS postponed, sum(bytes) AS bytes FROM traffic WHERE day >= ? GROUP BY source",
        [since.isoformat()],
    )
    return {row.pop("source"): Traffic(**row) for row in found}
