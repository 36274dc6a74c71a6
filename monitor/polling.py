"""Decides when to look again: at a source, at a page that was lost, at a page that is known. Plain values alone."""

from datetime import datetime, timedelta

from crawler.announcement import Loss

# R22: a source is never given up; the longest pause between two looks at a broken one.
MAX_SOURCE_PAUSE = timedelta(days=1)
MAX_ROW_PAUSE = timedelta(days=1)
GIVE_ROW_UP_AFTER = timedelta(days=30)
FIRST_ROW_PAUSE = timedelta(minutes=10)
# A page that is not there yet (listed ahead of its publication) deserves fewer looks than a server that stumbled.
FIRST_ABSENT_PAUSE = timedelta(hours=1)
ABSENT = frozenset({Loss.NOT_FOUND, Loss.GONE, Loss.SOFT_NOT_FOUND, Loss.NOT_A_DOCUMENT, Loss.TOO_LARGE, Loss.ROBOTS})
NEVER_AGAIN = frozenset({Loss.OUTSIDE})
# Cut short is no failure of the page: the next crawl goes on where this one stopped.
AT_ONCE = frozenset({Loss.CUT_SHORT})

FIRST_RECHECK = timedelta(days=1)
LAST_RECHECK = timedelta(days=30)


def next_check_at(now: datetime, *, interval_s: int, failures: int, retry_after_s: int | None = None) -> datetime:
    """When a source is due again: after its interval, doubled for every failure in a row, or later if it asked so."""
    pause = timedelta(seconds=interval_s)
    if failures:
        pause = max(pause, min(pause * (1 << min(failures, 10)), MAX_SOURCE_PAUSE))
    if retry_after_s:
        pause = max(pause, min(timedelta(seconds=retry_after_s), MAX_SOURCE_PAUSE))
    return now + pause


def next_attempt_at(now: datetime, *, loss: Loss, attempts: int, first_lost_at: datetime) -> datetime | None:
    """When a lost row is to be asked for again, or None when it is given up after a month."""
    if loss in NEVER_AGAIN or now - first_lost_at > GIVE_ROW_UP_AFTER:
        return None
    if loss in AT_ONCE:
        return now
    first = FIRST_ABSENT_PAUSE if loss in ABSENT else FIRST_ROW_PAUSE
    return now + min(first * (1 << min(attempts - 1, 10)), MAX_ROW_PAUSE)


def next_recheck_at(now: datetime, *, published_or_seen_at: datetime, spread: float) -> datetime:
    """When a known page is looked at again for edits: young pages daily, old ones monthly.

    `spread`, from 0 to 1, keeps the pages of a baseline from falling due all at once.
    """
    age = max(now - published_or_seen_at, timedelta())
    pause = min(max(age, FIRST_RECHECK), LAST_RECHECK)
    return now + pause * (0.75 + spread / 2)
