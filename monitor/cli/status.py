"""`status`: how sources and watches are, since when and why, what is owed, and what watching costs servers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from crawler.urls import name_host, name_origin
from monitor.archive.alerts import count_alerts, find_refusals
from monitor.archive.connection import reading
from monitor.archive.health import find_asked_addresses
from monitor.archive.listing import list_robots, list_source_states
from monitor.archive.notices import count_messages, find_jobs, find_late_sources
from monitor.archive.politeness import Traffic, find_rests, find_traffic
from monitor.checkup import find_moves
from monitor.cli.output import print_json, say
from monitor.cli.places import EXIT_PARTLY_FAILED, Places, archive_path, find_configuration, find_sound_configuration
from monitor.cli.tables import print_rows
from monitor.clock import now, write_minute
from monitor.configuration import read_watched
from monitor.errors import GovwatchError
from monitor.health import SourceCondition
from monitor.watch_checkup import check_watches

WELL = frozenset({SourceCondition.OK.value, "new"})
COLUMNS = ("id", "state", "since", "checked", "new", "next_check", "filed")
COST_COLUMNS = ("id", "crawls", "requests", "a_day", "kilobytes", "not_modified", "postponed", "robots", "crawl_delay")
FORBIDS, NOT_ASKED = "forbids", "not asked yet"


class SourceUnknown(GovwatchError):
    """A source was named that the archive has never heard of."""


def show_status(places: Places, source_ids: Sequence[str], *, as_json: bool) -> int:
    """Exits 1 when something is wrong: a source, an alert that is not delivered though its time has come, a message to
    operators, a job.
    """
    at = now()
    configuration = find_sound_configuration(places)
    watched = configuration.watched if configuration else read_watched(places.config)
    with reading(archive_path(places, configuration)) as database:
        sources = _select(_describe_sources(database, at), source_ids)
        watches = () if source_ids else check_watches(database, watched, at=at)
        alerts, told = count_alerts(database), count_messages(database)
        jobs, refusals = [asdict(job) for job in find_jobs(database)], find_refusals(database)
    enabled = [row for row in sources if row["enabled"]]
    wrong = [row for row in enabled if row["state"] not in WELL or row["is_late"]]
    undelivered = bool(refusals) or any((alerts["failed"], alerts["held"], told["failed"]))
    is_wrong = bool(wrong) or undelivered or any(job["is_failing"] for job in jobs)
    if as_json:
        wanting, refused = [asdict(watch) for watch in watches], [asdict(one) for one in refusals]
        states = {"alerts": alerts, "operators": told, "jobs": jobs, "watches": wanting, "refused": refused}
        print_json({"ok": not is_wrong, "sources": sources, **states})
    else:
        is_named = bool(source_ids)
        shown = [
            {**row, "filed": row["announcements"], "note": _write_note(row, with_plan=is_named)} for row in enabled
        ]
        print_rows(shown, COLUMNS, as_json=False, empty="No source was crawled so far.", remark="note")
        _say_counts(enabled, len(wrong), alerts, told, jobs)
        for refusal in refusals:
            say(str(refusal))
        for watch in watches:
            say(f"watch {watch}")
    return EXIT_PARTLY_FAILED if is_wrong else 0


def _select(rows: list[dict[str, Any]], source_ids: Sequence[str]) -> list[dict[str, Any]]:
    known = {row["id"] for row in rows}
    for source_id in source_ids:
        if source_id not in known:
            raise SourceUnknown(f"no source “{source_id}” in the archive; see `govwatch source list`")
    return [row for row in rows if not source_ids or row["id"] in source_ids]


def _describe_sources(database: Database, at: datetime) -> list[dict[str, Any]]:
    """The sources as JSON and the table show them."""
    late = {one.source for one in find_late_sources(database, at=at)}
    return [
        {
            **row,
            "since": write_minute(row["state_since"]),
            "checked": write_minute(row["last_checked_at"]),
            "new": write_minute(row["last_new_at"]),
            "next_check": write_minute(row["next_check_at"]),
            "is_late": row["id"] in late,
            "moved": find_moves(database, row["id"], at=at),
        }
        for row in list_source_states(database)
    ]


def _write_note(row: Mapping[str, Any], *, with_plan: bool) -> str:
    moves = [f"{url} has moved: put {new} into sources/{row['id']}.toml" for url, new in row["moved"].items()]
    late = ["due, and not looked at for twice its interval"] if row["is_late"] else []
    plan = [f"{row['next_check_why']}; next check {row['next_check']} UTC"] if with_plan and row["next_check"] else []
    return "; ".join(part for part in (row["last_error"], *late, *moves, *plan) if part)


def _say_counts(
    enabled: Sequence[Mapping[str, Any]],
    wrong: int,
    alerts: Mapping[str, int],
    told: Mapping[str, int],
    jobs: Iterable[Mapping[str, Any]],
) -> None:
    say(f"{len(enabled) - wrong} of {len(enabled)} sources are well")
    unproved = sum(row["last_ok_at"] is None for row in enabled)
    if unproved:
        say(f"{unproved} of these {'was' if unproved == 1 else 'were'} never fetched live from here so far")
    say(f"alerts: {alerts['owed']} owed, {alerts['held']} held, {alerts['failed']} failed, {alerts['sent']} sent")
    if any(told.values()):
        say(f"messages to operators: {told['owed']} owed, {told['failed']} failed, {told['sent']} sent")
    for job in jobs:
        state = "failing" if job["is_failing"] else "well again"
        say(
            f"job {job['name']}: {state}; failed {job['failed']}, missed {job['missed']}, the last: {job['last_error']}"
        )


def show_etiquette(places: Places, source_ids: Sequence[str], *, days: int, as_json: bool) -> int:
    """What watching cost each source's servers in the last days, and what they ask of us."""
    at = now()
    since = (at - timedelta(days=days - 1)).date()
    with reading(archive_path(places, find_configuration(places))) as database:
        traffic = find_traffic(database, since=since)
        rests = {rest.host: rest for rest in find_rests(database, at=at)}
        robots = {row["origin"]: row for row in list_robots(database)}
        sources = _select(list_source_states(database), source_ids)
        rows = []
        for source in sources:
            urls = find_asked_addresses(database, source["id"])
            resting = {host: str(rests[host].until) for host in map(name_host, urls) if host in rests}
            cost = _describe_cost(traffic.get(source["id"], Traffic()), days)
            said = _describe_robots(source, [robots[key] for key in map(name_origin, urls) if key in robots])
            rows.append({"id": source["id"], **cost, **said, "resting": resting, "note": _write_rests(resting)})
    print_rows(rows, COST_COLUMNS, as_json=as_json, empty="No source was crawled so far.", remark="note")
    if not as_json:
        total = sum(one.requests for one in traffic.values())
        say(
            f"{total} requests since {since}, {_share(sum(one.not_modified for one in traffic.values()), total)} answered 304"
        )
    return 0


def _describe_cost(traffic: Traffic, days: int) -> dict[str, Any]:
    return {
        "crawls": traffic.crawls,
        "requests": traffic.requests,
        "a_day": round(traffic.requests / days, 1),
        "kilobytes": round(traffic.bytes / 1000),
        "bytes": traffic.bytes,
        "not_modified": _share(traffic.not_modified, traffic.requests),
        "postponed": traffic.postponed,
    }


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _describe_robots(source: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the robots.txt of the source's hosts says, worst first, and the longest pause that they ask for."""
    delay_s = max((row["delay_s"] for row in said if row["delay_s"]), default=None)
    if source["state"] == SourceCondition.FORBIDDEN:
        state = FORBIDS
    elif any(row["body"] is None for row in said):
        state = "could not be had"
    else:
        is_there = any(200 <= row["status"] < 300 for row in said)  # noqa: PLR2004 - RFC 9110
        state = ("obeyed" if is_there else "none") if said else NOT_ASKED
    return {"robots": state, "crawl_delay_s": delay_s, "crawl_delay": f"{delay_s:g} s" if delay_s else None}


def _write_rests(resting: Mapping[str, str]) -> str:
    return "; ".join(f"{host} asked to be left alone until {until[:16]} UTC" for host, until in resting.items())
