"""Which watches want a look: dangling, dead, noisy, overlapping (R30); tables of cases."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from monitor.watch import Watch, WatchLimits
from monitor.watch_health import (
    WatchActivity,
    find_dangling,
    find_dead,
    find_noisy,
    find_troubles,
)
from tests.archives import make_source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = WatchLimits()
SOURCES = (make_source("gb"), make_source("ca", country="CA"), make_source("old", enabled=False))
TEAM = ["team"]


def make_watch(name: str = "W", **values: Any) -> Watch:
    return Watch.model_validate({"name": name, "any": [name], "channels": TEAM, **values})


def make_activity(*, added: int = 200, last: int | None = None, busiest: int | None = None) -> WatchActivity:
    """Days ago, and alerts on the busiest day."""
    return WatchActivity(
        matched_since=NOW - timedelta(days=added),
        last_match_at=None if last is None else NOW - timedelta(days=last),
        busiest=None if busiest is None else (date(2026, 3, 1), busiest),
    )


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({}, None),
        ({"sources": ["gb", "ca"]}, None),
        ({"sources": ["gb", "old"]}, "it names sources of which nothing comes: old is switched off"),
        ({"sources": ["gb", "ended"]}, "it names sources of which nothing comes: ended is gone"),
        ({"sources": ["old"]}, "no source that is enabled is in its scope"),
        ({"countries": ["NZ"]}, "no source that is enabled is in its scope"),
        ({"countries": ["CA"], "kinds": ["newsroom"]}, "no source that is enabled is in its scope"),
        ({"languages": ["fr"]}, None),
        ({"countries": ["CA"]}, None),
    ],
)
def test_a_watch_that_waits_for_sources_of_which_nothing_comes_dangles(scope: dict[str, Any], said: str | None) -> None:
    sources = (*SOURCES, make_source("ended"))

    assert find_dangling(make_watch(**scope), sources, {"ended"}) == said


@pytest.mark.parametrize(
    ("added", "last", "said"),
    [
        (200, 10, None),
        (200, 90, None),
        (200, 91, "it has found nothing new for 91 days, since 2025-12-01"),
        (91, None, "it has found nothing new since it was added 91 days ago"),
        (90, None, None),
        # what it found before it meant what it means now proves nothing, but it is new
        (10, 150, None),
        (100, 150, "it has found nothing new for 100 days, since 2025-10-03"),
    ],
)
def test_a_watch_that_finds_nothing_new_for_long_is_dead(added: int, last: int | None, said: str | None) -> None:
    assert find_dead(make_activity(added=added, last=last), LIMITS, NOW) == said


@pytest.mark.parametrize(
    ("busiest", "said"),
    [
        (None, None),
        (30, None),
        (31, "31 alerts on 2026-03-01, more than 30 a day; `govwatch watch test` suggests what to exclude"),
    ],
)
def test_a_watch_with_very_many_alerts_on_one_day_is_noisy(busiest: int | None, said: str | None) -> None:
    assert find_noisy(make_activity(busiest=busiest), LIMITS) == said


def share(common: int, *, one: int = 0, other: int = 0) -> list[tuple[int, str]]:
    """Announcements that A and B both found, that A alone found, that B alone found."""
    both = [(number, name) for number in range(common) for name in ("A", "B")]
    return [*both, *((1000 + number, "A") for number in range(one)), *((2000 + number, "B") for number in range(other))]


@pytest.mark.parametrize(
    ("matched", "changes", "said"),
    [
        (share(10), {}, "“A” is overlapping: 10 of the 10 announcements that it found last “B” found too"),
        (share(9, other=100, one=1), {}, "“A” is overlapping: 9 of the 10 announcements that it found last “B” found too"),
        (share(9, one=100, other=1), {}, "“B” is overlapping: 9 of the 10 announcements that it found last “A” found too"),
        (share(8, one=2, other=2), {}, None),
        (share(4), {}, None),
        (share(10), {"channels": ["others"]}, None),
        (share(10), {"channels": []}, None),
        (share(10), {"enabled": False}, None),
        (share(0), {"any": ["A"]}, "“B” is overlapping: it means the same as “A” and tells the same channels"),
        (share(0), {"any": ["A"], "channels": ["others"]}, None),
        (share(0), {"any": ["A"], "countries": ["CA"]}, None),
    ],
)  # fmt: skip
def test_watches_that_tell_the_same_people_the_same_overlap(
    matched: list[tuple[int, str]], changes: dict[str, Any], said: str | None
) -> None:
    assert tell([make_watch("A"), make_watch("B", **changes)], matched) == ([said] if said else [])


def test_of_many_that_overlap_each_is_told_once() -> None:
    watches = [make_watch(f"W{number}") for number in range(6)]
    matched = [(page, watch.name) for page in range(10) for watch in watches]

    told = tell(watches, matched)
    assert [one.split(":")[0] for one in told] == [f"“W{number}” is overlapping" for number in range(5)]


def tell(watches: Iterable[Watch], matched: Iterable[tuple[int, str]], **activity: WatchActivity) -> list[str]:
    found = find_troubles(
        watches, sources=SOURCES, gone=(), activity=activity, matched=matched, limits=LIMITS, at=NOW
    )  # fmt: skip
    return [str(trouble) for trouble in found]


def test_thousands_of_watches_on_one_page_are_not_compared_for_ever() -> None:
    watches = [make_watch(f"W{number}") for number in range(2000)]
    matched = [(page, watch.name) for page in range(10) for watch in watches]

    assert tell(watches, matched) == []


def test_what_is_worst_is_told_first_and_one_that_is_switched_off_not_at_all() -> None:
    activity = {"Dead": make_activity(), "Noisy": make_activity(last=1, busiest=99), "Off": make_activity()}
    watches = [
        make_watch("Noisy"),
        make_watch("Off", enabled=False, sources=["old"]),
        make_watch("Dead"),
        make_watch("Dangling", sources=["old"]),
    ]

    told = tell(watches, [], **activity)

    assert [one.split(":")[0] for one in told] == ["“Dangling” is dangling", "“Dead” is dead", "“Noisy” is noisy"]
