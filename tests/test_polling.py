"""When to look again: sources are never given up, rows are after a month, pages are looked at as often as they deserve."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.announcement import Loss
from monitor.polling import next_attempt_at, next_check_at, next_recheck_at

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(0, 30), (1, 60), (2, 120), (5, 960), (6, 1440), (10, 1440), (10_000, 1440)]
)
def test_a_broken_source_is_asked_less_and_less_but_for_ever(failures: int, minutes: int) -> None:
    """R22."""
    assert next_check_at(NOW, interval_s=1800, failures=failures) == NOW + timedelta(minutes=minutes)


def test_a_source_that_is_checked_weekly_is_not_checked_sooner_because_it_failed() -> None:
    week = timedelta(days=7)

    assert next_check_at(NOW, interval_s=int(week.total_seconds()), failures=3) == NOW + week


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    """R29."""
    assert next_check_at(NOW, interval_s=1800, failures=0, retry_after_s=7200) == NOW + timedelta(hours=2)
    assert next_check_at(NOW, interval_s=1800, failures=0, retry_after_s=10**9) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("loss", "attempts", "pause"),
    [
        (Loss.TIMEOUT, 1, timedelta(minutes=10)),
        (Loss.TIMEOUT, 3, timedelta(minutes=40)),
        (Loss.UNREADABLE, 20, timedelta(days=1)),
        (Loss.NOT_FOUND, 1, timedelta(hours=1)),
        (Loss.NOT_FOUND, 20, timedelta(days=1)),
        (Loss.CUT_SHORT, 9, timedelta()),
    ],
)
def test_a_lost_row_is_asked_for_again(loss: Loss, attempts: int, pause: timedelta) -> None:
    assert next_attempt_at(NOW, loss=loss, attempts=attempts, first_lost_at=NOW) == NOW + pause


def test_a_lost_row_is_given_up_after_a_month_and_one_outside_keep_only_at_once() -> None:
    month_ago = NOW - timedelta(days=31)

    assert next_attempt_at(NOW, loss=Loss.TIMEOUT, attempts=9, first_lost_at=month_ago) is None
    assert next_attempt_at(NOW, loss=Loss.OUTSIDE, attempts=1, first_lost_at=NOW) is None


@pytest.mark.parametrize(("age_days", "least", "most"), [(0, 0.75, 1.25), (10, 7.5, 12.5), (4000, 22.5, 37.5)])
def test_young_pages_are_looked_at_again_daily_and_old_ones_monthly(age_days: int, least: float, most: float) -> None:
    since = NOW - timedelta(days=age_days)
    soonest = next_recheck_at(NOW, published_or_seen_at=since, spread=0)
    latest = next_recheck_at(NOW, published_or_seen_at=since, spread=1)

    assert (soonest - NOW, latest - NOW) == (timedelta(days=least), timedelta(days=most))
