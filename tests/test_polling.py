"""When to look again: sources are never given up, rows are after a month, pages are looked at as often as they deserve."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.polling import look_at_fixed_times, look_by_policy, make_pasts
from crawler.announcement import Loss
from monitor.polling import (
    Habit,
    Hints,
    Pace,
    Plan,
    Sighting,
    learn_habit,
    next_attempt_at,
    next_recheck_at,
    plan_after_edit,
    plan_next_check,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
PACE = Pace(shortest=timedelta(minutes=30), longest=timedelta(hours=6))
UNKNOWN = learn_habit([], zone="UTC", now=NOW)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 60), (2, 120), (5, 960), (6, 1440), (10, 1440), (10_000, 1440)])
def test_a_broken_source_is_asked_less_and_less_but_for_ever(failures: int, minutes: int) -> None:
    """R22."""
    plan = plan_next_check(NOW, UNKNOWN, PACE, failures=failures)

    assert plan.at == NOW + timedelta(minutes=minutes)
    assert plan.why == f"failed {failures} times in a row"


def test_a_source_that_is_checked_weekly_is_not_checked_sooner_because_it_failed() -> None:
    week = timedelta(days=7)

    assert plan_next_check(NOW, UNKNOWN, Pace(shortest=week, longest=week), failures=3).at == NOW + week


@pytest.mark.parametrize(
    ("minutes_ago", "is_read_otherwise", "pause"),
    [(5, True, 0), (5, False, 25), (30, False, 0), (500, False, 0), (-500, False, 30)],
)
def test_an_edited_source_is_due_at_once_or_when_its_new_pause_is_over(
    minutes_ago: int, is_read_otherwise: bool, pause: int
) -> None:
    checked_at = NOW - timedelta(minutes=minutes_ago)
    plan = plan_after_edit(NOW, PACE, checked_at=checked_at, is_read_otherwise=is_read_otherwise)

    assert plan == Plan(at=NOW + timedelta(minutes=pause), why="what is configured of it has changed")


@pytest.mark.parametrize(
    ("rest", "pause"),
    [
        (timedelta(hours=7), timedelta(hours=7)),
        (timedelta(days=9), timedelta(days=1)),
        (timedelta(seconds=9), timedelta(minutes=30)),
    ],
)
def test_a_host_that_asked_for_rest_is_left_alone_for_up_to_a_day(rest: timedelta, pause: timedelta) -> None:
    """R29."""
    noon = MONDAY.replace(hour=12)

    assert plan_next_check(noon, UNKNOWN, PACE, rest_until=noon + rest).at == noon + pause


def office_hours(weeks: int = 20) -> list[Sighting]:
    """Monday to Friday, at one hour after the other from nine to four, by the clock of London."""
    days = [NOW.date() - timedelta(days=number) for number in range(1, weeks * 7)]
    return [
        Sighting(on=day, at=datetime.combine(day, time(9 + number % 8), LONDON))
        for number, day in enumerate(days)
        if day.weekday() < 5
    ]


def learn(sightings: Iterable[Sighting], zone: str = "Europe/London") -> Habit:
    return learn_habit(sightings, zone=zone, now=NOW)


def test_a_habit_is_learnt_by_the_clock_of_the_source_and_told_in_words() -> None:
    days = [date(2025, 9, 1) + timedelta(weeks=number) for number in range(26)]
    tuesdays = [day + timedelta(days=1) for day in days]
    sightings = [Sighting(on=day, at=datetime.combine(day, time(10, 30), LONDON)) for day in (*days, *tuesdays)]

    assert str(learn(sightings)) == "usually publishes Mon, Tue 08-13 (Europe/London)"
    assert str(learn(office_hours())).startswith("usually publishes Mon-Fri ")
    assert "not known yet" in str(learn(sightings[:2]))


def test_days_without_an_hour_tell_the_weekday_and_leave_the_hour_to_working_hours() -> None:
    wednesdays = [Sighting(on=date(2025, 9, 3) + timedelta(weeks=number)) for number in range(26)]
    habit = learn(wednesdays)

    assert Counter(day for day, _ in habit.likely).most_common(1)[0][0] == 2
    assert not [hour for _, hour in habit.likely if hour < 6 or hour > 19]


def test_what_is_dated_in_the_future_teaches_nothing() -> None:
    """R21."""
    later = [Sighting(on=date(2027, 1, 4) + timedelta(weeks=number)) for number in range(8)]

    assert learn([*later, Sighting(on=NOW.date(), at=NOW + timedelta(hours=1))]) == learn([])


@pytest.mark.parametrize(
    ("at", "pause"),
    [
        (MONDAY.replace(hour=10, minute=20), timedelta(minutes=30)),
        # eight in the evening: nothing is expected before the next morning
        (MONDAY.replace(hour=20), timedelta(hours=6)),
        # the likely hours begin at nine: the first look is half an hour into them, not six hours on
        (MONDAY.replace(hour=7, minute=45), timedelta(hours=1, minutes=45)),
        # a Saturday
        (MONDAY + timedelta(days=5, hours=10), timedelta(hours=6)),
    ],
)
def test_a_source_is_looked_at_when_it_is_likely_to_publish(at: datetime, pause: timedelta) -> None:
    habit = replace(learn(office_hours()), last_at=MONDAY - timedelta(days=3))

    assert plan_next_check(at, habit, PACE).at == at + pause


def test_after_a_publication_another_is_awaited_whatever_the_hour() -> None:
    night = MONDAY.replace(hour=22)
    habit = replace(learn(office_hours()), last_at=night - timedelta(minutes=40))

    assert plan_next_check(night, habit, PACE) == Plan(
        at=night + PACE.shortest, why="has just published; more may follow"
    )


def test_a_source_that_has_fallen_asleep_is_looked_at_less() -> None:
    habit = replace(learn(office_hours()), last_at=MONDAY - timedelta(days=90))
    noon = MONDAY.replace(hour=12)

    assert plan_next_check(noon, habit, PACE).at == noon + 4 * PACE.shortest


@pytest.mark.parametrize(
    ("hints", "is_learnt", "minutes"),
    [
        (Hints(), False, 30),
        (Hints(period=timedelta(minutes=45)), False, 45),
        (Hints(period=timedelta(days=7)), False, 60),
        (Hints(period=timedelta(minutes=45)), True, 30),
        (Hints(max_age=timedelta(minutes=40)), True, 40),
        (Hints(max_age=timedelta(days=365)), True, 60),
        (Hints(max_age=timedelta(seconds=5)), True, 30),
    ],
)
def test_what_the_servers_say_counts_within_an_hour(*, hints: Hints, is_learnt: bool, minutes: int) -> None:
    """The feed's own period only until its habit is known; the max-age of its answers always."""
    noon = MONDAY.replace(hour=12)
    habit = learn(office_hours() if is_learnt else [])

    assert plan_next_check(noon, habit, PACE, hints=hints).at == noon + timedelta(minutes=minutes)


@given(
    days=st.lists(st.dates(date(2025, 6, 1), date(2026, 4, 1)), max_size=40),
    hour=st.one_of(st.none(), st.integers(0, 23)),
    minutes=st.integers(0, 7 * 24 * 60),
    max_age=st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=400))),
)
@settings(max_examples=60, deadline=None)
def test_no_habit_makes_a_look_come_too_soon_or_too_late(
    days: list[date], hour: int | None, minutes: int, max_age: timedelta | None
) -> None:
    """Never slower than the stated maximum."""
    sightings = [Sighting(on=day, at=datetime.combine(day, time(hour), UTC) if hour else None) for day in days]
    at = NOW + timedelta(minutes=minutes)
    habit = learn_habit(sightings, zone="America/Toronto", now=at)

    pause = plan_next_check(at, habit, PACE, hints=Hints(max_age=max_age)).at - at

    assert PACE.shortest <= pause <= PACE.longest


def test_the_policy_is_as_quick_as_fixed_polling_at_a_third_of_its_requests() -> None:
    """The benchmark, with fewer weeks."""
    pasts = make_pasts(learning=timedelta(weeks=12), measured=timedelta(weeks=5))
    looks = [(look_by_policy(past), look_at_fixed_times(past)) for past in pasts]
    ours, fixed = [[delay / timedelta(minutes=1) for pair in looks for delay in pair[each].delays] for each in (0, 1)]

    assert sum(pair[0].requests for pair in looks) <= sum(pair[1].requests for pair in looks) / 3
    assert len(ours) > 80
    assert median(ours) - median(fixed) < 3
    assert max(pair[0].longest_pause for pair in looks) <= timedelta(hours=4)


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
    assert next_attempt_at(NOW, loss=Loss.NO_TEXT, attempts=1, first_lost_at=NOW) is None


@pytest.mark.parametrize(("age_days", "least", "most"), [(0, 0.75, 1.25), (10, 7.5, 12.5), (4000, 22.5, 37.5)])
def test_young_pages_are_looked_at_again_daily_and_old_ones_monthly(age_days: int, least: float, most: float) -> None:
    since = NOW - timedelta(days=age_days)
    soonest = next_recheck_at(NOW, published_or_seen_at=since, spread=0)
    latest = next_recheck_at(NOW, published_or_seen_at=since, spread=1)

    assert (soonest - NOW, latest - NOW) == (timedelta(days=least), timedelta(days=most))
