"""How soon publications are found, and at how many requests: the polling policy against looking every 15 minutes."""

import json
import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from benchmarks.real_site import is_at_hand, read_files
from benchmarks.result import Result
from monitor.polling import Habit, Pace, Sighting, learn_habit, plan_next_check

LATEST_STATE = "truth/20231110.jsonl"
FIXED = timedelta(minutes=15)
PACE = Pace(shortest=FIXED, longest=timedelta(hours=4))
SEED = 20231110
BEGINS = datetime(2023, 1, 2, tzinfo=UTC)
LEARNING = timedelta(weeks=26)
MEASURED = timedelta(weeks=26)
RELEARN_EVERY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Past:
    """Moments at which one source published, and where its people live."""

    name: str
    zone: str
    moments: tuple[datetime, ...]
    begins: datetime
    """From here on it is measured; what came before is known when the measuring begins."""
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What looking in one way came to."""

    delays: tuple[timedelta, ...]
    requests: int
    longest_pause: timedelta

    @property
    def mean_min(self) -> float:
        return statistics.fmean(delay / timedelta(minutes=1) for delay in self.delays)

    @property
    def median_min(self) -> float:
        return statistics.median(delay / timedelta(minutes=1) for delay in self.delays)


def measure() -> list[Result]:
    """One result for each habit, and the bounds that hold for all together."""
    pasts = [*make_pasts(), *read_real_pasts()]
    found = {past.name: (look_by_policy(past), look_at_fixed_times(past)) for past in pasts}
    return [*_describe_each(found), *_sum_up(found)]


def _describe_each(found: Mapping[str, tuple[Outcome, Outcome]]) -> list[Result]:
    results = []
    for name, (ours, fixed) in found.items():
        detail = (
            f"[median delay {ours.median_min:.1f} min against {fixed.median_min:.1f}; mean {ours.mean_min:.0f} against"
            f" {fixed.mean_min:.0f}; {len(ours.delays)} publications;"
            f" longest pause {ours.longest_pause / timedelta(hours=1):.2g} h]"
        )
        results.append(
            Result(
                name=f"looks at a source: {name}",
                value=ours.requests / fixed.requests,
                unit="x",
                most=1 / 3,
                detail=detail,
            )
        )
    return results


def _sum_up(found: Mapping[str, tuple[Outcome, Outcome]]) -> list[Result]:
    ours, fixed = [one for one, _ in found.values()], [one for _, one in found.values()]
    medians = [statistics.median(_all_delays_min(each)) for each in (ours, fixed)]
    requests = sum(one.requests for one in ours) / sum(one.requests for one in fixed)
    longest = max(one.longest_pause for one in ours) / timedelta(hours=1)
    detail = f"[{medians[0]:.1f} min against {medians[1]:.1f}]"
    return [
        Result(name="requests of the polling policy against every 15 minutes", value=requests, unit="x", most=1 / 3),
        Result(
            name="median delay more than every 15 minutes",
            value=medians[0] - medians[1],
            unit="min",
            most=3,
            detail=detail,
        ),
        Result(name="longest pause of the polling policy", value=longest, unit="h", most=4),
    ]


def _all_delays_min(outcomes: Iterable[Outcome]) -> list[float]:
    return [delay / timedelta(minutes=1) for one in outcomes for delay in one.delays]


# -- looking


def look_by_policy(past: Past, pace: Pace = PACE) -> Outcome:
    """As govwatch does: knows what it has found so far, learns from it, and plans each look after the last."""
    known = [one for one in past.moments if one < past.begins]
    coming = [one for one in past.moments if one >= past.begins]
    habit, learnt_at = _learn(past, known, past.begins), past.begins
    looks, delays = [past.begins], []
    while looks[-1] < past.ends:
        at = looks[-1]
        found = _take_published(coming, at)
        delays += [at - one for one in found]
        known += found
        if found or at - learnt_at > RELEARN_EVERY:
            habit, learnt_at = _learn(past, known, at), at
        looks.append(plan_next_check(at, habit, pace).at)
    return _write_outcome(delays, looks)


def _learn(past: Past, known: Sequence[datetime], at: datetime) -> Habit:
    clock = ZoneInfo(past.zone)
    sightings = [Sighting(on=one.astimezone(clock).date(), at=one) for one in known]
    return learn_habit(sightings, zone=past.zone, now=at)


def _take_published(coming: list[datetime], at: datetime) -> list[datetime]:
    found = []
    while coming and coming[0] <= at:
        found.append(coming.pop(0))
    return found


def look_at_fixed_times(past: Past, every: timedelta = FIXED) -> Outcome:
    coming = [one for one in past.moments if one >= past.begins]
    looks = [past.begins + every * number for number in range((past.ends - past.begins) // every + 1)]
    delays = [looks[0] + every * -((looks[0] - one) // every) - one for one in coming]
    return _write_outcome(delays, looks)


def _write_outcome(delays: Sequence[timedelta], looks: Sequence[datetime]) -> Outcome:
    longest = max(after - before for before, after in pairwise(looks))
    return Outcome(delays=tuple(delays), requests=len(looks), longest_pause=longest)


# -- habits, made up


def make_pasts(*, learning: timedelta = LEARNING, measured: timedelta = MEASURED) -> list[Past]:
    """Habits that govwatch's sources have, made up with a fixed seed."""
    ends = BEGINS + learning + measured
    habits: Mapping[str, tuple[str, Callable[[random.Random, datetime], list[datetime]]]] = {
        "a newsroom in office hours": ("Europe/London", _publish_daily),
        "a blog, two or three times a week": ("America/Toronto", _publish_now_and_then),
        "weekly, on Thursday morning": ("Australia/Sydney", _publish_weekly),
        "bursts, every other week": ("America/New_York", _publish_in_bursts),
        "at any hour of any day, weekly": ("UTC", _publish_at_random),
        "asleep, twice a year": ("Europe/Rome", _publish_hardly_ever),
    }
    return [
        Past(
            name=name,
            zone=zone,
            moments=tuple(sorted(publish(random.Random(f"{SEED} {name}"), ends))),
            begins=BEGINS + learning,
            ends=ends,
        )
        for name, (zone, publish) in habits.items()
    ]


def _days(ends: datetime) -> list[date]:
    return [(BEGINS + timedelta(days=number)).date() for number in range((ends - BEGINS).days)]


def _draw(dice: random.Random, day: date, zone: str, hours: tuple[float, float] = (9, 17)) -> datetime:
    """A moment of `day` within `hours` by the clock of `zone`."""
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    return (midnight + timedelta(hours=dice.uniform(*hours))).astimezone(UTC)


def _publish_daily(dice: random.Random, ends: datetime) -> list[datetime]:
    """Three a working day, and one in thirty at an odd hour."""
    moments = [
        _draw(dice, day, "Europe/London", (9, 18))
        for day in _days(ends)
        if day.weekday() < 5
        for _ in range(dice.randint(1, 5))
    ]
    return moments + [_draw(dice, day, "Europe/London", (0, 24)) for day in _days(ends) if dice.random() < 0.1]


def _publish_now_and_then(dice: random.Random, ends: datetime) -> list[datetime]:
    working = [day for day in _days(ends) if day.weekday() < 5]
    return [_draw(dice, day, "America/Toronto") for day in working if dice.random() < 0.5]


def _publish_weekly(dice: random.Random, ends: datetime) -> list[datetime]:
    return [_draw(dice, day, "Australia/Sydney", (9.5, 10.5)) for day in _days(ends) if day.weekday() == 3]


def _publish_in_bursts(dice: random.Random, ends: datetime) -> list[datetime]:
    moments: list[datetime] = []
    for day in _days(ends):
        if day.weekday() < 5 and dice.random() < 0.1:
            first = _draw(dice, day, "America/New_York", (9, 15))
            moments += [first + timedelta(minutes=dice.uniform(0, 120)) for _ in range(dice.randint(4, 8))]
    return moments


def _publish_at_random(dice: random.Random, ends: datetime) -> list[datetime]:
    return [_draw(dice, day, "UTC", (0, 24)) for day in _days(ends) if dice.random() < 1 / 7]


def _publish_hardly_ever(dice: random.Random, ends: datetime) -> list[datetime]:
    """Often enough in its first months to be known, then two in half a year."""
    days = [day for day in _days(ends) if day.weekday() < 5]
    early = [day for day in days[:60] if dice.random() < 0.2]
    return [_draw(dice, day, "Europe/Rome") for day in (*early, *dice.sample(days[-120:], 2))]


# -- habits of a real site


def read_real_pasts() -> list[Past]:
    """The days on which a real government blog published, in both languages; the hours are drawn, as nobody has them."""
    if not is_at_hand("looks at a real blog"):
        return []
    ((_, text),) = read_files(lambda name: name.endswith(LATEST_STATE))
    rows = [json.loads(line) for line in text.decode().splitlines()]
    return [_make_real_past(language, [row for row in rows if row["lang"] == language]) for language in ("en", "fr")]


def _make_real_past(language: str, rows: Iterable[Mapping[str, str]]) -> Past:
    dice = random.Random(f"{SEED} {language}")
    moments = sorted(_draw(dice, date.fromisoformat(row["day"]), "America/Toronto") for row in rows if row["day"])
    middle = moments[len(moments) // 2]
    return Past(
        name=f"a real blog ({language}), days as they were",
        zone="America/Toronto",
        moments=tuple(moments),
        begins=middle.replace(hour=0, minute=0, second=0, microsecond=0),
        ends=moments[-1] + timedelta(days=1),
    )
