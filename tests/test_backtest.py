"""What a watch would have sent: one alert a story, on the day on which it would have gone out."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from monitor.backtest import (
    MOST_A_DAY,
    Backtest,
    FoundOne,
    Tally,
    find_alerts,
    find_covered_since,
    find_day,
    find_loud,
    is_of,
    run_backtest,
)

TODAY = date(2026, 3, 4)  # a Wednesday
MONDAY = date(2026, 3, 2)
LONG_AGO = {date(2020, 1, 1) + timedelta(days=number): 1 for number in range(2250)}


def make_found(number: int, day: date | None = TODAY, **values: Any) -> FoundOne:
    known = {"source": "gb", "url": f"https://gb.example/news/{number}", "title": f"T{number}", "story": number}
    empty = {"published_on": None, "snippet": (), "words": (("MoU", "MOU"),), "text": ""}
    return FoundOne(**{"id": number, "day": day, **known, **empty, **values})


def run(found: Sequence[FoundOne], *, weeks: int = 2) -> Backtest:
    return run_backtest(found, {"gb": LONG_AGO, "ca": {MONDAY: 5}}, today=TODAY, weeks=weeks)


@pytest.mark.parametrize(
    ("published", "first_seen", "is_baseline", "day"),
    [
        (date(2026, 2, 1), TODAY, False, TODAY),
        (date(2026, 2, 1), TODAY, True, date(2026, 2, 1)),
        (date(2027, 2, 1), TODAY, True, TODAY),
        (None, TODAY, True, None),
        (None, TODAY, False, TODAY),
    ],
)
def test_the_day_on_which_it_would_have_been_told(
    published: date | None, first_seen: date, is_baseline: bool, day: date | None
) -> None:
    assert find_day(published_on=published, first_seen_on=first_seen, is_baseline=is_baseline) == day


def test_a_story_is_one_alert_of_whoever_told_it_first() -> None:
    found = [make_found(1, TODAY, story=1), make_found(2, MONDAY, story=1, source="ca"), make_found(3, None, story=1)]

    assert [one.id for one in find_alerts(found)] == [2]
    told = run(found)
    assert (told.found, told.alerts, [share.source for share in told.by_source]) == (3, 1, ["ca"])


def test_alerts_are_counted_by_week_from_monday_and_the_undated_beside_them() -> None:
    days = [TODAY, MONDAY, MONDAY - timedelta(days=1), MONDAY - timedelta(days=7), MONDAY - timedelta(days=8), None]
    told = run([make_found(number, day) for number, day in enumerate(days)])

    assert told.weeks == (Tally(begins_on=MONDAY - timedelta(days=7), alerts=2), Tally(begins_on=MONDAY, alerts=2))
    assert (told.alerts, told.undated) == (6, 1)
    assert told.words == {"MoU": {"MOU": 6}}


def test_a_source_is_rated_by_the_weeks_that_are_archived_of_it() -> None:
    """Ten weeks of one source and three days of another: three days count as a week."""
    found = [make_found(number, TODAY - timedelta(days=7 * number)) for number in range(9)]
    found += [make_found(20 + number, MONDAY, source="ca") for number in range(5)]
    told = run(found, weeks=9)

    assert {share.source: round(share.a_week, 1) for share in told.by_source} == {"gb": 1.1, "ca": 5.0}
    assert round(told.a_week, 1) == 6.1


@pytest.mark.parametrize(
    ("days", "since"),
    [
        ({}, TODAY),
        ({MONDAY: 1}, MONDAY),
        ({date(2010, 1, 1): 1, MONDAY: 20}, MONDAY),
        ({date(2010, 1, 1): 5, MONDAY: 20}, date(2010, 1, 1)),
    ],
)
def test_a_stray_old_page_does_not_mean_that_a_source_is_archived_back_to_it(
    days: dict[date, int], since: date
) -> None:
    assert find_covered_since(days, TODAY) == since


@pytest.mark.parametrize(
    ("count", "days_ago", "said"),
    [
        (0, 0, "it finds nothing in the archive; would it ever?"),
        (MOST_A_DAY, 0, None),
        (MOST_A_DAY + 1, 0, "31 alerts on 2026-03-04: more than 30 a day is noise to most readers"),
        (MOST_A_DAY + 1, 100, None),
    ],
)
def test_nothing_and_too_much_are_warned_of(count: int, days_ago: int, said: str | None) -> None:
    """R30."""
    told = run([make_found(number, TODAY - timedelta(days=days_ago)) for number in range(count)])

    assert told.warnings == ((said,) if said else ())


@pytest.mark.parametrize(
    ("url", "section"),
    [
        ("https://gb.example/government/news/a-page", "gb/government/news"),
        ("https://gb.example/news/2026/03/04/a-page", "gb/news"),
        ("https://gb.example/2026/03/04/a-page", "gb"),
        ("https://gb.example/a/b/c/d?x=/y/z", "gb/a/b"),
        ("https://gb.example/a-page", "gb"),
        ("https://gb.example", "gb"),
    ],
)
def test_the_section_is_how_the_path_begins(url: str, section: str) -> None:
    assert make_found(1, url=url).section == section


def test_the_loudest_section_of_very_many_is_named_unless_it_is_all_there_is() -> None:
    loud = [make_found(number, url=f"https://gb.example/tenders/{number}") for number in range(15)]
    rest = [make_found(100 + number, source=f"s{number % 4}") for number in range(20)]

    assert find_loud(loud + rest) == ("gb/tenders",)
    assert find_loud(loud + loud) == ()
    assert find_loud(loud) == find_loud(rest) == ()


def test_a_place_is_a_source_a_section_or_the_beginning_of_an_address() -> None:
    one = make_found(1)

    assert [is_of(one, place) for place in ("gb", "gb/news", "https://gb.example/n", "g", "ca")] == [
        True, True, True, False, False,
    ]  # fmt: skip
