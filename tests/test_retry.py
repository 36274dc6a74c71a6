"""When a refused alert is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.retry import LONGEST_DELAY, MOST_ATTEMPTS, SPREAD, next_attempt_at

NOW = datetime(2017, 10, 13, 9, 0, tzinfo=UTC)


def attempts_until_given_up(*, passing: bool, key: str = "") -> list[datetime]:
    """The moments of every attempt, the first at NOW, when all of them fail at once."""
    at: datetime | None = NOW
    moments = []
    while at is not None:
        moments.append(at)
        at = next_attempt_at(len(moments), at, passing=passing, key=key)
    return moments


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (40, 60), (MOST_ATTEMPTS - 1, 60)],
)
def test_the_delay_doubles_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    at = next_attempt_at(attempts, NOW, passing=True)

    assert at is not None
    assert timedelta(minutes=minutes) <= at - NOW <= timedelta(minutes=minutes) * (1 + SPREAD)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 10), (2, 60), (3, None), (4, None), (1000, None)])
def test_a_permanent_failure_is_tried_three_times(attempts: int, minutes: int | None) -> None:
    at = next_attempt_at(attempts, NOW, passing=False)

    if minutes is None:
        assert at is None
    else:
        assert at is not None
        assert timedelta(minutes=minutes) <= at - NOW <= timedelta(minutes=minutes) * (1 + SPREAD)


@pytest.mark.parametrize(("unanswered", "minutes"), [(1, 10), (2, 360), (3, None)])
@pytest.mark.parametrize("attempts", [3, 50, MOST_ATTEMPTS + 3])
def test_a_hand_over_without_an_answer_is_made_three_times_whatever_failed_before(
    attempts: int, unanswered: int, minutes: int | None
) -> None:
    at = next_attempt_at(attempts, NOW, passing=True, unanswered=unanswered)

    assert (at is None) == (minutes is None)
    if at and minutes:
        assert timedelta(minutes=minutes) <= at - NOW <= timedelta(minutes=minutes) * (1 + SPREAD)


@pytest.mark.parametrize("attempts", [MOST_ATTEMPTS, MOST_ATTEMPTS + 1, 10**9])
def test_a_passing_failure_is_given_up_at_last(attempts: int) -> None:
    """R3: given up visibly, not tried for ever."""
    assert next_attempt_at(attempts, NOW, passing=True) is None


def test_a_server_that_is_down_for_three_days_loses_nothing() -> None:
    moments = attempts_until_given_up(passing=True)

    assert len(moments) == MOST_ATTEMPTS
    assert moments[-1] - moments[0] >= timedelta(days=3)


def test_an_alert_arrives_within_about_an_hour_of_the_servers_return() -> None:
    moments = attempts_until_given_up(passing=True)

    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert max(gaps) <= LONGEST_DELAY * (1 + SPREAD)


def test_a_failure_that_turns_permanent_after_some_attempts_is_given_up_at_once() -> None:
    assert next_attempt_at(3, NOW, passing=False) is None


def test_alerts_that_failed_together_come_back_apart_and_always_at_the_same_moment() -> None:
    moments = [next_attempt_at(7, NOW, passing=True, key=str(alert_id)) for alert_id in range(50)]

    assert len(set(moments)) == 50
    assert moments == [next_attempt_at(7, NOW, passing=True, key=str(alert_id)) for alert_id in range(50)]


def test_it_is_asked_only_after_a_failure() -> None:
    with pytest.raises(ValueError, match="at least one failed attempt"):
        next_attempt_at(0, NOW, passing=True)


@pytest.mark.parametrize(
    ("retry_after_s", "least", "most"),
    [(0, 60, 72), (30, 60, 72), (600, 600, 720), (-5, 60, 72), (10**9, 12 * 3600, 12 * 3600 * 1.2)],
)
def test_what_the_service_asked_for_is_waited_but_not_for_ever(retry_after_s: int, least: float, most: float) -> None:
    at = next_attempt_at(1, NOW, passing=True, key="x", retry_after_s=retry_after_s)

    assert at is not None
    assert least <= (at - NOW).total_seconds() <= most
