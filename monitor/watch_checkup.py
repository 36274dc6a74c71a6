"""Looks at the health of the watches: joins what the archive knows of them with what `watch_health` decides."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from monitor.archive.watches import (
    find_busiest_days,
    find_gone_sources,
    find_recent_matches,
    find_watch_moments,
    take_watch_troubles,
)
from monitor.configuration import Watched
from monitor.watch_health import WatchActivity, WatchTrouble, find_troubles

BUSY_WITHIN = timedelta(days=7)
# Operators are told of a watch when it is found wanting, and again as long as it is, but not daily.
TELL_AGAIN_AFTER = timedelta(days=7)


def check_watches(database: Database, watched: Watched, *, at: datetime) -> tuple[WatchTrouble, ...]:
    """Every watch that wants a look now."""
    enabled = [watch for watch in watched.watches if watch.enabled]
    busiest = find_busiest_days(database, since=at - BUSY_WITHIN)
    activity = {
        name: WatchActivity(matched_since=since, last_match_at=last, busiest=busiest.get(name))
        for name, since, last in find_watch_moments(database, [watch.name for watch in enabled])
    }
    return find_troubles(
        enabled,
        sources=watched.sources,
        gone=find_gone_sources(database),
        activity=activity,
        matched=find_recent_matches(database),
        limits=watched.limits,
        at=at,
    )


def take_untold_troubles(database: Database, watched: Watched, *, at: datetime) -> tuple[WatchTrouble, ...]:
    """Those of which operators were not told within a week; they count as told now. Call it in a transaction."""
    troubles = check_watches(database, watched, at=at)
    keys = [(trouble.watch, trouble.fault.value) for trouble in troubles]
    untold = take_watch_troubles(database, keys, told_before=at - TELL_AGAIN_AFTER, at=at)
    return tuple(trouble for trouble, key in zip(troubles, keys, strict=True) if key in untold)
