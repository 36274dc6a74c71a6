"""When alerts are due: schedules, clock changes, year ends, quiet hours, days off and holidays (R8)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.due import (
    Hours,
    Schedule,
    is_bundle_complete,
    next_due,
    parse_holidays,
    parse_quiet_hours,
    parse_recurring,
    parse_schedule,
    parse_working_days,
)

LONDON = Hours(
    time_zone="Europe/London",
    working_days=parse_working_days("Mon-Fri"),
    quiet=parse_quiet_hours("20:00-07:00"),
    holidays="GB-ENG",
)


@pytest.mark.parametrize(
    ("written", "owed_at", "due_at"),
    [
        ("at once", "2026-03-01T10:00+00:00", "2026-03-01T10:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T07:59+00:00", "2026-01-05T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T08:00+00:00", "2026-01-05T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T08:01+00:00", "2026-01-06T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-12-31T09:00+00:00", "2027-01-01T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-07-05T06:59+00:00", "2026-07-05T07:00+00:00"),
        ("weekly Mon 08:00 America/Toronto", "2026-11-23T12:59+00:00", "2026-11-23T13:00+00:00"),
        ("weekly Mon 08:00 America/Toronto", "2026-11-23T13:01+00:00", "2026-11-30T13:00+00:00"),
        ("weekly monday 8:00 America/Toronto", "2026-11-25T13:00+00:00", "2026-11-30T13:00+00:00"),
        # Clocks go forward on 8 March 2026 in Toronto: 02:30 is left out and becomes 03:30.
        ("daily 02:30 America/Toronto", "2026-03-08T06:00+00:00", "2026-03-08T07:30+00:00"),
        ("daily 02:30 America/Toronto", "2026-03-08T07:31+00:00", "2026-03-09T06:30+00:00"),
        # Clocks go back on 1 November 2026: 01:30 comes at 05:30 and at 06:30 UTC, and the first is taken.
        ("daily 01:30 America/Toronto", "2026-11-01T05:00+00:00", "2026-11-01T05:30+00:00"),
        ("daily 01:30 America/Toronto", "2026-11-01T05:31+00:00", "2026-11-02T06:30+00:00"),
        # At midnight in Beirut clocks went forward on 29 March 2026, so that Sunday began at 01:00.
        ("daily 00:00 Asia/Beirut", "2026-03-28T21:00+00:00", "2026-03-28T22:00+00:00"),
        # Of cron, 0 and 7 are Sunday and 1 is Monday, whatever a library of ours may count from.
        ("cron 0 8 * * 1-5 Europe/London", "2026-01-02T08:01+00:00", "2026-01-05T08:00+00:00"),
        ("cron 0 8 * * 0 Europe/London", "2026-01-02T08:01+00:00", "2026-01-04T08:00+00:00"),
        ("cron 30 7,16 * * * America/Toronto", "2026-01-02T12:31+00:00", "2026-01-02T21:30+00:00"),
        ("cron 0 8 1 * * Europe/London", "2026-12-01T08:01+00:00", "2027-01-01T08:00+00:00"),
        ("cron 0 0 29 2 * UTC", "2026-03-01T00:00+00:00", "2028-02-29T00:00+00:00"),
        ("cron */30 * * * * America/Toronto", "2026-03-08T06:40+00:00", "2026-03-08T07:00+00:00"),
        ("daily 23:30 Pacific/Auckland", "2026-06-01T11:31+00:00", "2026-06-02T11:30+00:00"),
    ],
)
def test_an_alert_is_due_when_the_reader_wants_it(written: str, owed_at: str, due_at: str) -> None:
    """R8."""
    due = parse_schedule(written).next_due(datetime.fromisoformat(owed_at))

    assert due == datetime.fromisoformat(due_at)
    assert due.tzinfo is UTC


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.none() | st.integers(0, 6),
    st.sampled_from(["UTC", "Europe/London", "America/Toronto", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]),
)
def test_due_is_never_before_and_never_more_than_one_turn_after(
    owed_at: datetime, at: time, weekday: int | None, zone: str
) -> None:
    """R8: nothing is owed for ever, and nothing is due before it is owed."""
    due = Schedule(at=at, weekday=weekday, zone=zone).next_due(owed_at)

    assert timedelta(0) <= due - owed_at <= timedelta(days=1 if weekday is None else 7, hours=1)
    local = due.astimezone(ZoneInfo(zone))
    assert weekday is None or local.weekday() == weekday
    assert (local.hour, local.minute) >= (at.hour, at.minute)


@pytest.mark.parametrize(
    "written",
    [
        "at once",
        "daily 08:00 Europe/London",
        "daily 08:00",
        "weekly Sun 23:59 Asia/Kolkata",
        "cron 0 8 * * 1-5 Europe/London",
        "cron */15 9-17 * * MON-FRI",
    ],
)
def test_a_schedule_is_shown_as_it_is_written(written: str) -> None:
    assert str(parse_schedule(written)) == written


@pytest.mark.parametrize(
    ("written", "owed_at", "due_at"),
    [
        ("at once", "2026-01-06T07:00+00:00", "2026-01-06T07:00+00:00"),
        ("at once", "2026-01-06T19:59:59+00:00", "2026-01-06T19:59:59+00:00"),
        ("at once", "2026-01-06T20:00+00:00", "2026-01-07T07:00+00:00"),
        ("at once", "2026-01-06T03:00+00:00", "2026-01-06T07:00+00:00"),
        # Friday evening waits for Monday morning, and so does Sunday.
        ("at once", "2026-01-09T20:30+00:00", "2026-01-12T07:00+00:00"),
        ("at once", "2026-01-11T12:00+00:00", "2026-01-12T07:00+00:00"),
        # Summer time: 20:30 in London is 19:30 UTC.
        ("at once", "2026-07-07T19:30+00:00", "2026-07-08T06:00+00:00"),
        # Over the change of clocks on 29 March and on 25 October 2026.
        ("at once", "2026-03-27T21:00+00:00", "2026-03-30T06:00+00:00"),
        ("at once", "2026-10-23T20:00+00:00", "2026-10-26T07:00+00:00"),
        # Christmas 2026 is a Friday, so that Monday is taken in lieu of Boxing Day.
        ("at once", "2026-12-24T21:00+00:00", "2026-12-29T07:00+00:00"),
        ("at once", "2026-12-31T21:00+00:00", "2027-01-04T07:00+00:00"),
        ("daily 08:00", "2026-01-09T08:01+00:00", "2026-01-12T08:00+00:00"),
        ("daily 08:00", "2026-12-24T08:01+00:00", "2026-12-29T08:00+00:00"),
        ("daily 08:00", "2026-12-31T08:01+00:00", "2027-01-04T08:00+00:00"),
        ("daily 22:00", "2026-01-06T12:00+00:00", "2026-01-07T07:00+00:00"),
        # The time zone of a schedule is its own; the hours are the channel's: 08:00 in Toronto is 13:00 in London.
        ("daily 08:00 America/Toronto", "2026-01-09T14:00+00:00", "2026-01-12T13:00+00:00"),
        # Easter Monday 2026 is 6 April: the weekly digest comes on Tuesday, not a week later.
        ("weekly Mon 08:00", "2026-04-01T12:00+00:00", "2026-04-07T07:00+00:00"),
        # Of two digests a day, the first one of Monday takes along what Saturday's would have.
        ("cron 0 8,16 * * *", "2026-01-10T12:00+00:00", "2026-01-12T08:00+00:00"),
        ("cron 0 8 * * 1-5", "2026-12-24T08:01+00:00", "2026-12-29T08:00+00:00"),
    ],
)
def test_an_alert_respects_the_hours_of_its_readers(written: str, owed_at: str, due_at: str) -> None:
    due = next_due(datetime.fromisoformat(owed_at), parse_schedule(written), LONDON)

    assert due == datetime.fromisoformat(due_at)


@pytest.mark.parametrize(
    ("hours", "owed_at", "due_at"),
    [
        (Hours(), "2026-01-10T03:00+00:00", "2026-01-10T03:00+00:00"),
        (Hours(working_days=parse_working_days("Mon-Fri")), "2026-01-10T03:00+00:00", "2026-01-12T00:00+00:00"),
        (Hours(quiet=parse_quiet_hours("12:00-14:00")), "2026-01-10T11:59+00:00", "2026-01-10T11:59+00:00"),
        (Hours(quiet=parse_quiet_hours("12:00-14:00")), "2026-01-10T12:00+00:00", "2026-01-10T14:00+00:00"),
        (Hours(quiet=parse_quiet_hours("12:00-14:00")), "2026-01-10T14:00+00:00", "2026-01-10T14:00+00:00"),
        (Hours(holidays="CA-ON", time_zone="America/Toronto"), "2026-07-01T12:00+00:00", "2026-07-02T04:00+00:00"),
        # Quiet hours that end at a time which clocks leave out end when the clocks have gone forward.
        (
            Hours(quiet=parse_quiet_hours("22:00-02:30"), time_zone="America/Toronto"),
            "2026-03-08T05:00+00:00",
            "2026-03-08T07:30+00:00",
        ),
        # The hour that comes twice: its end is passed once it has been passed for the first time, or waits for the second.
        (
            Hours(quiet=parse_quiet_hours("22:00-01:30"), time_zone="America/Toronto"),
            "2026-11-01T05:15+00:00",
            "2026-11-01T05:30+00:00",
        ),
        # A calendar that is never open does not keep an alert for ever.
        (Hours(working_days=frozenset()), "2026-01-10T03:00+00:00", "2026-01-10T03:00+00:00"),
    ],
)
def test_each_limit_works_alone(hours: Hours, owed_at: str, due_at: str) -> None:
    assert next_due(datetime.fromisoformat(owed_at), Schedule(), hours) == datetime.fromisoformat(due_at)


def test_an_urgent_watch_breaks_through() -> None:
    night = datetime(2026, 12, 25, 23, tzinfo=UTC)

    assert next_due(night, Schedule(), LONDON, urgent=True) == night
    assert next_due(night, parse_schedule("daily 08:00"), LONDON, urgent=True) == datetime(2026, 12, 26, 8, tzinfo=UTC)


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from(["at once", "daily 02:30", "daily 23:00", "weekly Sun 08:00", "cron 0 */6 * * *"]),
    st.sampled_from(["Europe/London", "America/Toronto", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]),
)
def test_due_is_in_reading_hours_and_what_is_owed_later_is_never_due_earlier(
    owed_at: datetime, written: str, zone: str
) -> None:
    """R8: no alert overtakes an older one of its watch, and none is lost between two digests."""
    hours = Hours(time_zone=zone, working_days=frozenset(range(5)), quiet=parse_quiet_hours("20:00-07:00"))
    due = next_due(owed_at, parse_schedule(written), hours)

    local = due.astimezone(ZoneInfo(zone))
    assert owed_at <= due <= owed_at + timedelta(days=12)
    assert local.weekday() < 5
    assert time(7) <= local.time() < time(20)
    assert next_due(owed_at + timedelta(minutes=47), parse_schedule(written), hours) >= due
    assert next_due(due, parse_schedule("at once"), hours) == due


@pytest.mark.parametrize(
    ("parse", "value", "said"),
    [
        (parse_schedule, "cron 0 8 * *", "expected five fields"),
        (parse_schedule, "cron 0 8 * * 1-5 Europe/Lodnon", "did you mean 'Europe/London'?"),
        (parse_schedule, "cron 61 8 * * *", "bad minute"),
        (parse_schedule, "cron 0 0 30 2 *", "bad day-of-month"),
        (parse_schedule, "cron 0 8 * * 9", "bad day-of-week"),
        (parse_recurring, "at once", 'expected "daily'),
        (parse_working_days, "Mon-Fry", "expected a day such as Mon"),
        (parse_working_days, "", "expected days such as"),
        (parse_working_days, 5, "expected days such as"),
        (parse_quiet_hours, "20:00", "expected hours such as"),
        (parse_quiet_hours, "20:00-25:00", "there is no time 25:00"),
        (parse_quiet_hours, "20:00-20:00", "say which"),
        (parse_holidays, "XX", "no public holidays are known of 'XX'"),
        (parse_holidays, "GB-XXX", "the parts of GB are ENG"),
    ],
)
def test_what_cannot_be_meant_is_refused(parse: object, value: object, said: str) -> None:
    assert callable(parse)
    with pytest.raises(ValueError, match=r".") as error:
        parse(value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("weekly Foo 25:00 Mars/Phobos", ["there is no time 25:00", "not 'Foo'", "'Mars/Phobos'"]),
        ("cron 0 8 * * 9 Mars/Phobos", ["bad day-of-week", "'Mars/Phobos'"]),
    ],
)
def test_everything_that_is_wrong_with_a_schedule_is_told_at_once(written: str, said: list[str]) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        parse_schedule(written)

    assert [part for part in said if part not in str(error.value)] == []


@pytest.mark.parametrize(
    ("written", "days"),
    [("Mon-Fri", {0, 1, 2, 3, 4}), ("Sun-Thu", {6, 0, 1, 2, 3}), ("Mon, wed", {0, 2}), ("Sat", {5})],
)
def test_working_days_are_read_as_people_write_them(written: str, days: set[int]) -> None:
    assert parse_working_days(written) == days


@pytest.mark.parametrize(
    ("after_s", "complete"), [([0], False), ([60], True), ([5, 60], True), ([59.9], False), ([], True)]
)
def test_a_bundle_is_complete_a_minute_after_its_first_alert(after_s: list[float], complete: bool) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    due_since = [at - timedelta(seconds=seconds) for seconds in after_s]

    assert is_bundle_complete(due_since, at, timedelta(minutes=1)) is complete
