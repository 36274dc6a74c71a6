"""Decides when a refused alert is tried again, and when it is given up; reads no clock and throws no dice."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=1)
# Seven delays from one minute to one hour, then one an hour: over three days, so that a mail server that is down for a
# weekend loses nothing, and gets its alerts within about an hour of coming back.
MOST_ATTEMPTS = 80
# What will not be taken tomorrow either (an unknown recipient, a message that is refused) is reported the same day.
PERMANENT_DELAYS = (timedelta(minutes=10), timedelta(hours=1))
# Each may have been taken, so that each may be one copy more; the last comes after most interruptions are over.
UNANSWERED_DELAYS = (timedelta(minutes=10), timedelta(hours=6))
SPREAD = 0.2
LONGEST_RETRY_AFTER_S = 12 * 3600
LONGEST_PAUSE = timedelta(seconds=LONGEST_RETRY_AFTER_S) * (1 + SPREAD)


def next_attempt_at(
    attempts: int, now: datetime, *, passing: bool, key: str = "", retry_after_s: int = 0, unanswered: int = 0
) -> datetime | None:
    """When to try again after `attempts` failures, the last of them at `now`; None to give up.

    `passing` says that the last failure may mend itself. `key` (the alert's id, say) spreads alerts that failed
    together over a fifth of the delay, always in the same way, so that they do not come back together. What the service
    asked for (`retry_after_s`, its Retry-After) is waited at least, but no longer than half a day. `unanswered` counts
    the failures that were hand-overs without an answer, where the last was one.
    """
    if attempts < 1:
        raise ValueError(f"expected at least one failed attempt, got {attempts}")
    delay = _find_delay(attempts, passing=passing) if not unanswered else _find_nth(UNANSWERED_DELAYS, unanswered)
    if delay is None:
        return None
    asked = timedelta(seconds=min(max(retry_after_s, 0), LONGEST_RETRY_AFTER_S))
    return now + max(delay, asked) * (1 + SPREAD * _fraction(key, attempts))


def _find_delay(attempts: int, *, passing: bool) -> timedelta | None:
    if not passing:
        return _find_nth(PERMANENT_DELAYS, attempts)
    if attempts >= MOST_ATTEMPTS:
        return None
    doublings = min(attempts - 1, 10)  # beyond the cap by far, and no overflow after it
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _find_nth(delays: Sequence[timedelta], failures: int) -> timedelta | None:
    return delays[failures - 1] if failures <= len(delays) else None


def _fraction(key: str, attempts: int) -> float:
    """A number from 0 to 1 that looks random and is the same each time."""
    digest = hashlib.sha256(f"{key} {attempts}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
