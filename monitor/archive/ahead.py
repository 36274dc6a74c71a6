"""Takes back what a crawl wrote while the clock was ahead: once it is right again, all of that would wait for it."""

from datetime import datetime

from sqlite_utils import Database

from monitor.archive.sources import READ_WHOLE_EVERY
from monitor.clock import write_moment
from monitor.polling import CLOCK_AHEAD, LONGEST_RECHECK_PAUSE, MAX_ROW_PAUSE

_CHANGES = """
UPDATE source_state SET last_checked_at = :at, last_ok_at = min(last_ok_at, :at), last_new_at = min(last_new_at, :at),
    trouble_told_at = min(trouble_told_at, :at) WHERE last_checked_at > :ahead;
UPDATE validator SET read_whole_at = :long_ago WHERE read_whole_at > :ahead;
DELETE FROM robots WHERE fetched_at > :ahead;
UPDATE pending SET first_lost_at = :at WHERE first_lost_at > :ahead;
UPDATE pending SET next_attempt_at = :at WHERE next_attempt_at > :no_retry;
UPDATE announcement SET recheck_at = :at WHERE recheck_at > :no_recheck
"""


def take_back(database: Database, *, at: datetime) -> None:
    """Call it before a crawl. Asks only whether a source was looked at in the future, for no crawl leaves that out."""
    ahead = write_moment(at + CLOCK_AHEAD)
    if next(database.query("SELECT 1 FROM source_state WHERE last_checked_at > ? LIMIT 1", [ahead]), None) is None:
        return
    moments = {
        "at": write_moment(at),
        "ahead": ahead,
        "long_ago": write_moment(at - READ_WHOLE_EVERY),
        "no_retry": write_moment(at + MAX_ROW_PAUSE + CLOCK_AHEAD),
        "no_recheck": write_moment(at + LONGEST_RECHECK_PAUSE + CLOCK_AHEAD),
    }
    for change in _CHANGES.split(";"):
        database.execute(change, moments)
