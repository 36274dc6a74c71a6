"""Decides when an owed alert is due: by its watch's schedule, and by the hours of the people behind its channel.

Plain values in, a moment out; reads no clock. Whoever comes too late (three days off) sends what has fallen due since.
"""

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

Part = TypeVar("Part")

AT_ONCE = "at once"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = frozenset(range(len(WEEKDAYS)))
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})"
_WHEN = re.compile(rf"(?:daily|weekly\s+(?P<weekday>[A-Za-z]+))\s+{_CLOCK}(?:\s+(?P<zone>\S+))?")
_CRON = re.compile(r"cron\s+(?P<fields>\S+(?:\s+\S+){4})(?:\s+(?P<zone>\S+))?")
_QUIET = re.compile(r"(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})")
_WHEN_EXPECTED = (
    'expected "at once", "daily 08:00 Europe/London", "weekly Mon 08:00 Europe/London" or "cron 0 8 * * 1-5"'
)
# No clock change in use moves a clock by more than two hours.
_CLOCK_CHANGE = timedelta(hours=3)
# Longer than any run of public holidays; a calendar without a working day must not be searched for ever.
_LONGEST_WAIT_DAYS = 60


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When owed alerts are due: at once while `at` and `cron` are None, else at those times in `zone`.

    `weekday` counts from Monday, 0; `cron` has five fields, with Sunday as 0 or 7. Where `zone` is None, the time zone
    of the channel is meant.
    """

    at: time | None = None
    weekday: int | None = None
    cron: str | None = None
    zone: str | None = None

    @property
    def is_at_once(self) -> bool:
        return self.at is None and self.cron is None

    def next_due(self, owed_at: datetime, *, zone: str = "UTC") -> datetime:
        """The first moment, aware UTC, at or after `owed_at` at which an alert owed then is due.

        A time of day that a clock change leaves out is moved forward by what was left out; of one that comes twice the
        first is taken.
        """
        if self.is_at_once:
            return owed_at.astimezone(UTC)
        place = ZoneInfo(self.zone or zone)
        wall = owed_at.astimezone(place).replace(tzinfo=None)
        found: datetime | None = None
        last = datetime.max  # noqa: DTZ901 - what a clock on the wall shows
        for shown in CronSim(self._fields, wall - _CLOCK_CHANGE):
            due = _resolve(shown, place)
            if due >= owed_at:
                # A time that was left out may come after a later one: look a little further.
                last = min(last, shown + _CLOCK_CHANGE)
                found = min(found or due, due)
            if shown > last:
                break
        if found is None:
            raise ValueError(f"“{self}” never comes")
        return found

    @property
    def _fields(self) -> str:
        if self.cron:
            return self.cron
        assert self.at is not None
        day = "*" if self.weekday is None else str((self.weekday + 1) % len(WEEKDAYS))
        return f"{self.at.minute} {self.at.hour} * * {day}"

    def __str__(self) -> str:
        if self.is_at_once:
            return AT_ONCE
        if self.cron:
            written = f"cron {self.cron}"
        else:
            day = "daily" if self.weekday is None else f"weekly {WEEKDAYS[self.weekday]}"
            written = f"{day} {self.at:%H:%M}"
        return f"{written} {self.zone}" if self.zone else written


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From when until when, by the clock of the channel, nobody wants to be disturbed; over midnight if need be."""

    begins: time
    ends: time

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    @property
    def open_spans(self) -> tuple[tuple[time, time | None], ...]:
        """What is left of a day, in order; None is its end."""
        if self.begins > self.ends:
            return ((self.ends, self.begins),)
        return ((time(), self.begins), (self.ends, None))


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When the people behind a channel want to be reached. `holidays` is a country or its part, such as "GB-ENG"."""

    time_zone: str = "UTC"
    working_days: frozenset[int] = EVERY_DAY
    quiet: QuietHours | None = None
    holidays: str | None = None

    @property
    def are_limited(self) -> bool:
        return bool(self.working_days != EVERY_DAY or self.quiet or self.holidays)


ALWAYS = Hours()


@lru_cache(maxsize=4096)
def next_due(owed_at: datetime, schedule: Schedule, hours: Hours = ALWAYS, *, urgent: bool = False) -> datetime:
    """When an alert that is owed since `owed_at` is due, aware UTC, never before `owed_at`.

    What would fall due on a day without work comes on the next working day at the same time of day (or with an earlier
    digest of that day); what falls into quiet hours comes at their end. `urgent` knows neither.
    """
    due = schedule.next_due(owed_at, zone=hours.time_zone)
    if urgent or not hours.are_limited:
        return due
    if schedule.is_at_once:
        return _next_open(due, hours)
    shifted = _shift_to_working_day(due, hours)
    if shifted == due:
        return _next_open(due, hours)
    place = ZoneInfo(hours.time_zone)
    day_begins = _resolve(datetime.combine(shifted.astimezone(place).date(), time()), place)
    earlier = schedule.next_due(max(day_begins, owed_at), zone=hours.time_zone)
    return _next_open(min(shifted, earlier), hours)


def is_open(at: datetime, hours: Hours) -> bool:
    """Whether the people behind a channel may be disturbed at this moment."""
    return not hours.are_limited or _next_open(at, hours) == at


def is_bundle_complete(due_since: Sequence[datetime], at: datetime, bundle_for: timedelta) -> bool:
    """Whether alerts that are to go out at once, and were due at these moments, have waited long enough for company."""
    return not due_since or min(due_since) + bundle_for <= at


def _shift_to_working_day(due: datetime, hours: Hours) -> datetime:
    place = ZoneInfo(hours.time_zone)
    local = due.astimezone(place)
    day = _next_working_day(local.date(), hours)
    return due if day == local.date() else _resolve(datetime.combine(day, local.time()), place)


def _next_open(moment: datetime, hours: Hours) -> datetime:
    """`moment` itself while the channel may be disturbed, else the next moment at which it may be."""
    place = ZoneInfo(hours.time_zone)
    local = moment.astimezone(place)
    day = _next_working_day(local.date(), hours)
    spans = hours.quiet.open_spans if hours.quiet else ((time(), None),)
    if day == local.date():
        for begins, ends in spans:
            if ends is None or local.time() < ends:
                return max(moment, _resolve(datetime.combine(day, begins), place))
        day = _next_working_day(day + timedelta(days=1), hours)
    return max(moment, _resolve(datetime.combine(day, spans[0][0]), place))


def _next_working_day(day: date, hours: Hours) -> date:
    days = (day + timedelta(days=number) for number in range(_LONGEST_WAIT_DAYS))
    return next((each for each in days if _is_working_day(each, hours)), day)


def _is_working_day(day: date, hours: Hours) -> bool:
    return day.weekday() in hours.working_days and not (hours.holidays and _is_holiday(hours.holidays, day))


def _is_holiday(code: str, day: date) -> bool:
    from monitor.public_holidays import is_holiday  # noqa: PLC0415 - 0.1 s that only channels with holidays wait for

    return is_holiday(code, day)


def _resolve(wall: datetime, place: ZoneInfo) -> datetime:
    """The moment at which clocks in `place` show `wall`.

    fold=0 reads a time that comes twice as the first, and one that is left out with the offset from before.
    """
    return wall.replace(tzinfo=place, fold=0).astimezone(UTC)


def parse_schedule(value: object) -> Schedule:
    """The schedule that a person wrote, such as "weekly Mon 08:00 America/Toronto"; ValueError otherwise."""
    if isinstance(value, Schedule):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.lower() == AT_ONCE:
        return Schedule()
    if text.startswith("cron"):
        return _parse_cron(text)
    found = _WHEN.fullmatch(text)
    if found is None:
        raise ValueError(_WHEN_EXPECTED)
    faults: list[str] = []
    at = _read(_parse_time, f"{found['hour']}:{found['minute']}", faults)
    weekday = _read(_parse_weekday, found["weekday"], faults)
    zone = _read(parse_zone, found["zone"], faults)
    if faults:
        raise ValueError("; ".join(faults))
    return Schedule(at=at, weekday=weekday, zone=zone)


def _read(parse: Callable[[str], Part], written: str | None, faults: list[str]) -> Part | None:
    """One part of a schedule; what is wrong with it joins the faults of the others, so that all are told at once."""
    if written is None:
        return None
    try:
        return parse(written)
    except ValueError as error:
        faults.append(str(error))
        return None


def parse_recurring(value: object) -> Schedule:
    """Like `parse_schedule`, for what cannot be "at once"."""
    schedule = parse_schedule(value)
    if schedule.is_at_once:
        raise ValueError('expected "daily 08:00", "weekly Mon 08:00" or "cron 0 8 * * 1-5"')
    return schedule


def _parse_cron(text: str) -> Schedule:
    found = _CRON.fullmatch(text)
    if found is None:
        raise ValueError(f'expected five fields after "cron", such as "cron 0 8 * * 1-5 Europe/London", not {text!r}')
    faults: list[str] = []
    cron = _read(_parse_fields, found["fields"], faults)
    zone = _read(parse_zone, found["zone"], faults)
    if faults:
        raise ValueError("; ".join(faults))
    return Schedule(cron=cron, zone=zone)


def _parse_fields(written: str) -> str:
    fields = " ".join(written.split())
    try:
        Schedule(cron=fields).next_due(datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{written!r} is no cron expression: {str(error).lower()}") from error
    return fields


def _parse_time(text: str) -> time:
    hour, _, minute = text.partition(":")
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"there is no time {text}") from error


def _parse_weekday(name: str) -> int:
    short = name[:3].title()
    if short not in WEEKDAYS or not calendar.day_name[WEEKDAYS.index(short)].startswith(name.title()):
        raise ValueError(f"expected a day such as Mon, not {name!r}")
    return WEEKDAYS.index(short)


def parse_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}{_suggest(name, available_timezones())}") from error


def _suggest(value: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(value, sorted(known), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def parse_working_days(value: object) -> frozenset[int]:
    """The days in "Mon-Fri" or "Sun-Thu, Sat", as numbers from Monday, 0; ValueError otherwise."""
    if isinstance(value, frozenset):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError('expected days such as "Mon-Fri" or "Mon, Wed, Fri"')
    return frozenset(day for part in value.split(",") for day in _parse_days(part))


def _parse_days(part: str) -> Iterator[int]:
    first, dash, last = (piece.strip() for piece in part.partition("-"))
    begins = _parse_weekday(first)
    ends = _parse_weekday(last) if dash else begins
    span = (ends - begins) % len(WEEKDAYS)
    return ((begins + number) % len(WEEKDAYS) for number in range(span + 1))


def parse_quiet_hours(value: object) -> QuietHours:
    """The hours in "20:00-07:00"; ValueError otherwise."""
    if isinstance(value, QuietHours):
        return value
    found = _QUIET.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('expected hours such as "20:00-07:00"')
    begins, ends = _parse_time(found[1]), _parse_time(found[2])
    if begins == ends:
        raise ValueError("quiet hours that end when they begin would leave no time, or take none: say which")
    return QuietHours(begins=begins, ends=ends)


def parse_holidays(code: str) -> str:
    """A country ("GB"), or a part of one ("GB-ENG", "CA-ON"), whose public holidays are known; ValueError otherwise."""
    from monitor.public_holidays import check_holidays  # noqa: PLC0415 - 0.1 s that only channels with holidays wait for

    return check_holidays(code)
