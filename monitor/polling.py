"""Decides when to look again: at a source, at a page that was lost, at a page that is known. Plain values alone.

A source is looked at often when it is likely to publish and seldom when it is not: `learn_habit` finds the hours of the
week in which it usually does, `plan_next_check` walks from now to the next moment worth a look.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from crawler.announcement import Loss

Slot = tuple[int, int]
"""A weekday (Monday is 0) and an hour of it."""

# R22: a source is never given up; the longest pause between two looks at a broken one.
MAX_SOURCE_PAUSE = timedelta(days=1)
MAX_ROW_PAUSE = timedelta(days=1)
GIVE_ROW_UP_AFTER = timedelta(days=30)
FIRST_ROW_PAUSE = timedelta(minutes=10)
# A page that is not there yet (listed ahead of its publication) deserves fewer looks than a server that stumbled.
FIRST_ABSENT_PAUSE = timedelta(hours=1)
ABSENT = frozenset({Loss.NOT_FOUND, Loss.GONE, Loss.SOFT_NOT_FOUND, Loss.NOT_A_DOCUMENT, Loss.TOO_LARGE, Loss.ROBOTS})
# A scan will be none tomorrow; like every page that is filed it is looked at again for changes, by conditional requests.
NEVER_AGAIN = frozenset({Loss.OUTSIDE, Loss.NO_TEXT})
# Neither is a failure of the page: the next crawl goes on where this one stopped.
AT_ONCE = frozenset({Loss.CUT_SHORT, Loss.TOO_MANY_REQUESTS})

FIRST_RECHECK = timedelta(days=1)
LAST_RECHECK = timedelta(days=30)
LONGEST_RECHECK_PAUSE = LAST_RECHECK * 1.25  # as `next_recheck_at` plans with a spread of 1

# What lies further ahead than anybody plans was written by a clock that was ahead. By less than this clocks are put right
# every day, and nobody minds the wait.
CLOCK_AHEAD = timedelta(hours=1)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RUN_OF_DAYS = 2
# What is known of a source that nothing is known of: it publishes in working hours. Weighs as much as four sightings.
DAY_PRIOR = {day: 0.78 if day < 5 else 0.05 for day in range(7)}  # noqa: PLR2004 - Saturday
HOUR_PRIOR = {hour: 0.36 if 8 <= hour < 18 else 0.08 if 6 <= hour < 20 else 0.008 for hour in range(24)}  # noqa: PLR2004
HOUR_SPREAD = {-1: 0.2, 0: 0.6, 1: 0.2}
HALF_LIFE = timedelta(days=120)
MAX_SIGHTINGS = 200
LEARNT_FROM = 5
RATE_OVER = timedelta(weeks=8)
# The likely hours of a week hold this share of what is published; what is left is found by the longest pause.
COVERED = 0.9
ANY_TIME_SLOTS = 110
# Looking every quarter of an hour in this many hours of a week takes 29 % of what fixed polling takes.
BUDGET_HOURS = 48
# A source that publishes in one look of five is worth every look, whatever the hour.
BUSY = 0.2
# After a publication another often follows.
BURST = timedelta(minutes=90)
ASLEEP_GAPS = 4
EDITED = "what is configured of it has changed"
HOST_RESTS = "its host asked to be left alone until then"
ASLEEP_AFTER = timedelta(days=14)
ASLEEP_STRETCH = 4
# Many programs write a period or a max-age of days that nobody ever chose.
LONGEST_HINT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The shortest and the longest pause between two looks at a source that answers."""

    shortest: timedelta
    longest: timedelta


@dataclass(frozen=True, kw_only=True)
class Hints:
    """What a source's servers say of how often there is something new; None where they say nothing.

    `period` is a feed's own (ttl, sy:updatePeriod); `max_age` how long a copy of the answer stays good (Cache-Control).
    """

    period: timedelta | None = None
    max_age: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One publication: the day that the publisher printed, and the moment where somebody knows it."""

    on: date
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Habit:
    """When a source usually publishes. `likely` are the hours of a week that hold most of what it publishes."""

    zone: str
    likely: frozenset[Slot]
    seen: int = 0
    per_week: float = 0
    usual_gap: timedelta | None = None
    last_at: datetime | None = None

    @property
    def is_learnt(self) -> bool:
        return self.seen >= LEARNT_FROM

    @cached_property
    def clock(self) -> tzinfo:
        return ZoneInfo(self.zone)

    def is_likely(self, moment: datetime) -> bool:
        local = moment.astimezone(self.clock)
        return (local.weekday(), local.hour) in self.likely

    def __str__(self) -> str:
        if not self.is_learnt:
            return f"habit not known yet, so working hours count ({self.zone})"
        if len(self.likely) > ANY_TIME_SLOTS:
            return "publishes at any time"
        days = _find_usual(day for day, _ in self.likely)
        hours = _find_usual(hour for day, hour in self.likely if day in days)
        return f"usually publishes {write_days(days)} {hours[0]:02}-{hours[-1] + 1:02} ({self.zone})"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """When a source is looked at next, and why then, in words for people."""

    at: datetime
    why: str


def _find_usual(numbers: Iterable[int]) -> list[int]:
    """Those that come at least half as often as the most frequent: a word on the rule, not on its edges."""
    counted = Counter(numbers)
    return sorted(number for number, count in counted.items() if count * 2 >= max(counted.values()))


def learn_habit(sightings: Iterable[Sighting], *, zone: str, now: datetime) -> Habit:
    """The habit behind what was published up to `now`; what is younger counts more, working hours where little is known."""
    clock = ZoneInfo(zone)
    past = sorted((one for one in sightings if _is_past(one, now, clock)), key=lambda one: one.on)[-MAX_SIGHTINGS:]
    days, hours = dict(DAY_PRIOR), dict(HOUR_PRIOR)
    for one in past:
        weight = 0.5 ** ((now.date() - one.on) / HALF_LIFE)
        local = one.at.astimezone(clock) if one.at else None
        days[(local or one.on).weekday()] += weight
        if local:
            for distance, share in HOUR_SPREAD.items():
                hours[(local.hour + distance) % 24] += weight * share
    return Habit(
        zone=zone,
        likely=_find_likely(days, hours),
        seen=len(past),
        per_week=_count_per_week(past, now),
        usual_gap=find_usual_gap([one.on for one in past]),
        last_at=max((_find_moment(one, clock) for one in past), default=None),
    )


def _is_past(sighting: Sighting, now: datetime, clock: tzinfo) -> bool:
    return sighting.at <= now if sighting.at else sighting.on <= now.astimezone(clock).date()


def _find_moment(sighting: Sighting, clock: tzinfo) -> datetime:
    return sighting.at or datetime.combine(sighting.on, time(), clock)


def _find_likely(days: Mapping[int, float], hours: Mapping[int, float]) -> frozenset[Slot]:
    """The fewest hours of a week that hold most of it, taking the day and the hour for independent of each other."""
    whole = sum(days.values()) * sum(hours.values())
    shares = {(day, hour): days[day] * hours[hour] / whole for day in days for hour in hours}
    likely: set[Slot] = set()
    covered = 0.0
    for slot in sorted(shares, key=lambda slot: (-shares[slot], slot)):
        if covered >= COVERED:
            break
        likely.add(slot)
        covered += shares[slot]
    return frozenset(likely)


def _count_per_week(past: Sequence[Sighting], now: datetime) -> float:
    recent = [one for one in past if now.date() - one.on <= RATE_OVER]
    return len(recent) / (RATE_OVER / timedelta(weeks=1))


def find_usual_gap(days: Iterable[date], *, quantile: float = 0.9) -> timedelta | None:
    """The pause between two days of publication that nine in ten stay within; None where too few are known."""
    distinct = sorted(set(days))
    gaps = sorted(after - before for before, after in pairwise(distinct))
    return gaps[int(len(gaps) * quantile)] if len(gaps) + 1 >= LEARNT_FROM else None


def plan_next_check(
    now: datetime,
    habit: Habit,
    pace: Pace,
    *,
    hints: Hints = Hints(),
    failures: int = 0,
    rest_until: datetime | None = None,
) -> Plan:
    """When a source is due again; never later than `pace.longest`, unless it fails or its host asked for rest."""
    if failures:
        plan = Plan(at=now + back_off(pace.shortest, failures), why=f"failed {failures} times in a row")
    else:
        plan = _plan_by_habit(now, habit, pace, hints)
    if rest_until and rest_until > plan.at:
        at = min(rest_until, now + max(MAX_SOURCE_PAUSE, pace.longest))
        plan = Plan(at=at, why=HOST_RESTS)
    return plan


def plan_after_edit(now: datetime, pace: Pace, *, checked_at: datetime, is_read_otherwise: bool) -> Plan:
    """When a source is due whose declaration has changed since it was looked at: at once.

    Where only its pace was changed, the new shortest pause since that look is kept.
    """
    at = now if is_read_otherwise else max(now, min(checked_at, now) + pace.shortest)
    return Plan(at=at, why=EDITED)


def back_off(pause: timedelta, failures: int) -> timedelta:
    """R22: doubled for every failure in a row, up to a day, and so on for ever."""
    return max(pause, min(pause * (1 << min(failures, 10)), MAX_SOURCE_PAUSE))


def _plan_by_habit(now: datetime, habit: Habit, pace: Pace, hints: Hints) -> Plan:
    soon = _find_step(now, habit, pace, hints)
    if _has_just_published(habit, now):
        return Plan(at=now + max(pace.shortest, _find_floor(hints, pace)), why="has just published; more may follow")
    if habit.is_likely(now):
        return Plan(at=now + soon, why=str(habit))
    latest = now + pace.longest
    begins = next((moment for moment in _hours_between(now, latest) if habit.is_likely(moment)), None)
    at = latest if begins is None else min(latest, max(now + soon, begins + soon))
    return Plan(at=at, why=str(habit))


def _has_just_published(habit: Habit, now: datetime) -> bool:
    return habit.last_at is not None and now - habit.last_at <= BURST


def _hours_between(begins: datetime, ends: datetime) -> Iterator[datetime]:
    moment = begins.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while moment < ends:
        yield moment
        moment += timedelta(hours=1)


def _find_step(now: datetime, habit: Habit, pace: Pace, hints: Hints) -> timedelta:
    """The pause between two looks while the source is likely to publish."""
    step = pace.shortest * _find_stretch(now, habit, pace)
    if not habit.is_learnt and hints.period:
        step = max(step, min(hints.period, LONGEST_HINT))
    return min(max(step, _find_floor(hints, pace)), pace.longest)


def _find_floor(hints: Hints, pace: Pace) -> timedelta:
    """Until its max-age is over the same copy would come again, so there is no use in asking."""
    return min(hints.max_age or timedelta(), LONGEST_HINT, pace.longest)


def _find_stretch(now: datetime, habit: Habit, pace: Pace) -> float:
    """How much rarer than the shortest pause: where no hour stands out, and where the source has fallen asleep."""
    if not habit.is_learnt:
        return 1
    hours = len(habit.likely)
    per_look = habit.per_week / hours * (pace.shortest / timedelta(hours=1))
    stretch = max(1.0, hours / BUDGET_HOURS) if per_look < BUSY else 1.0
    if habit.last_at and habit.usual_gap and now - habit.last_at > max(habit.usual_gap * ASLEEP_GAPS, ASLEEP_AFTER):
        stretch *= ASLEEP_STRETCH
    return stretch


def write_days(days: Sequence[int]) -> str:
    """Weekdays as people write them: "Mon-Fri", "Tue, Thu"."""
    if len(days) > RUN_OF_DAYS and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS[days[0]]}-{WEEKDAYS[days[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in days)


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
