"""What operators have to hear, and in which words: a table of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.health import SourceCondition
from monitor.notice import (
    News,
    NoticeKind,
    Standing,
    decide_news,
    is_late,
    write_lines,
    write_span,
    write_subject,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "condition", "checks", "news"),
    [
        (False, "ok", 1, None),
        (False, "ok", 9, None),
        (False, "broken", 1, "broke"),
        (False, "gone", 1, "broke"),
        (False, "held", 1, "broke"),
        (False, "quiet", 1, "broke"),
        (False, "forbidden", 1, "broke"),
        # the network may have stumbled: the next look decides
        (False, "unreachable", 1, None),
        (False, "unreachable", 2, "broke"),
        (False, "degraded", 1, None),
        (False, "degraded", 3, "broke"),
        (True, "broken", 7, None),
        (True, "unreachable", 1, None),
        (True, "ok", 1, "recovered"),
    ],
)
def test_operators_hear_once_that_a_source_breaks_and_once_that_it_is_well(
    *, told: bool, condition: str, checks: int, news: str | None
) -> None:
    """R22."""
    before = Standing(condition="ok", since=NOW, checks=checks - 1, trouble_told_at=NOW if told else None)

    assert decide_news(before, SourceCondition(condition), checks) == news


@pytest.mark.parametrize(
    ("interval", "overdue", "late"),
    [
        (timedelta(hours=4), timedelta(hours=4), False),
        (timedelta(hours=4), timedelta(hours=4, minutes=1), True),
        (timedelta(minutes=1), timedelta(minutes=14), False),
        (timedelta(minutes=1), timedelta(minutes=16), True),
        (None, timedelta(minutes=16), True),
        (timedelta(hours=4), -timedelta(hours=1), False),
    ],
)
def test_a_source_that_was_not_looked_at_for_twice_its_interval_is_late(
    *, interval: timedelta | None, overdue: timedelta, late: bool
) -> None:
    """R9."""
    due_at = NOW - overdue

    assert is_late(due_at=due_at, checked_at=due_at - interval if interval else None, at=NOW) == late
    assert not is_late(due_at=None, checked_at=None, at=NOW)


@pytest.mark.parametrize(("ahead", "late"), [(timedelta(minutes=59), False), (timedelta(days=365), True)])
def test_a_source_that_was_looked_at_in_the_future_is_late(*, ahead: timedelta, late: bool) -> None:
    assert is_late(due_at=NOW + ahead + timedelta(hours=4), checked_at=NOW + ahead, at=NOW) == late


def test_a_message_says_first_what_broke_and_counts_in_its_subject() -> None:
    news = [
        News(kind=NoticeKind.RECOVERED, subject="a", text="A is well"),
        News(kind=NoticeKind.BROKE, subject="b", text="B broke"),
        News(kind=NoticeKind.BROKE, subject="c", text="C broke"),
    ]

    assert write_subject([one.kind for one in news]) == "govwatch: 2 not well, 1 well again"
    assert write_lines(news) == ("Not well any more:", "B broke", "C broke", "Well again:", "A is well")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(days=3, hours=2), "3 days"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(seconds=3), "less than a minute"),
    ],
)
def test_spans_are_told_in_words(span: timedelta, said: str) -> None:
    assert write_span(span) == said
