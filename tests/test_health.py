"""How a source is doing, judged from what it listed and what is remembered of it: a table of cases."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawler.announcement import Loss
from crawler.order import EntryRead, Lost
from crawler.way import Way
from monitor.health import Memory, SourceCondition, find_longest_silence, find_proposal, judge_source
from tests.archives import FEED, make_row, make_source

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = NOW.date()
PAGE = "https://example.org/a"


def read(rows: int = 10, **values: Any) -> EntryRead:
    return EntryRead(**{"source": "gb-blog", "url": FEED, "way": Way.FEED, "status": 200, "rows": rows, **values})


def unchanged() -> EntryRead:
    return read(0, status=304, unchanged=True)


def lost(loss: Loss, detail: str = "", **values: Any) -> Lost:
    return Lost(**{"source": "gb-blog", "url": FEED, "loss": loss, "detail": detail, **values})


def every(days: int, *, count: int = 20, newest_days_ago: int = 0) -> tuple[date, ...]:
    return tuple(TODAY - timedelta(days=newest_days_ago + days * number) for number in range(count))


@pytest.mark.parametrize(
    ("loss", "condition"),
    [
        (Loss.UNREACHABLE, "unreachable"),
        (Loss.TIMEOUT, "unreachable"),
        (Loss.CERTIFICATE, "unreachable"),
        (Loss.SERVER_ERROR, "broken"),
        (Loss.NOT_FOUND, "broken"),
        (Loss.REFUSED, "broken"),
        (Loss.NOT_A_FEED, "broken"),
        (Loss.UNREADABLE, "broken"),
        (Loss.REDIRECT_LOOP, "broken"),
        (Loss.ADDRESS_FORBIDDEN, "broken"),
        (Loss.OUR_FAULT, "broken"),
        (Loss.ROBOTS, "forbidden"),
        (Loss.GONE, "gone"),
        (Loss.BOT_WALL, "degraded"),
        (Loss.LOGIN, "degraded"),
        (Loss.SOFT_NOT_FOUND, "degraded"),
        (Loss.NO_ROWS, "degraded"),
        (Loss.TOO_MANY_REQUESTS, "degraded"),
    ],
)
def test_what_an_entry_point_answered_instead_of_rows_says_how_the_source_is(loss: Loss, condition: str) -> None:
    """R23, R24: never ok, whatever came instead of rows; and it counts as a failure, so it is asked less (R22)."""
    verdict = judge_source(make_source(), [], [lost(loss, "why")], complete=True)

    assert verdict.condition == condition
    assert verdict.is_failure
    assert "why" in verdict.reason
    assert verdict.reason.startswith(f"{FEED}: ")


def test_forbidden_by_robots_txt_is_said_plainly() -> None:
    detail = "robots.txt of https://example.org forbids /feed"

    assert judge_source(make_source(), [], [lost(Loss.ROBOTS, detail)], complete=True).reason == f"{FEED}: {detail}"


@pytest.mark.parametrize(
    ("loss", "condition"),
    [(Loss.NOT_A_FEED, "gone"), (Loss.NOT_FOUND, "gone"), (Loss.SERVER_ERROR, "broken"), (Loss.TIMEOUT, "unreachable")],
)
def test_an_address_that_moved_to_something_else_is_gone(loss: Loss, condition: str) -> None:
    moved = lost(loss, "an HTML page", moved_to="https://new.example.org/")

    verdict = judge_source(make_source(), [], [moved], complete=True)

    assert verdict.condition == condition
    assert ("moved to https://new.example.org/" in verdict.reason) == (condition == "gone")


LONG_AGO = every(7, newest_days_ago=200)


@pytest.mark.parametrize(
    ("entries", "memory", "expect", "condition", "reason"),
    [
        ([read()], Memory(), {}, "ok", ""),
        ([read(4)], Memory(), {"rows": 5}, "degraded", "4 rows listed, at least 5 expected"),
        ([read(5)], Memory(), {"rows": 5}, "ok", ""),
        ([read(0)], Memory(), {}, "degraded", "0 rows listed, at least 1 expected"),
        ([read(0)], Memory(), {"rows": 0}, "ok", ""),
        # R23: what it broke off before is not known
        ([read(warnings=("line 9: no element found",), breaks_off=True)], Memory(), {}, "degraded", "breaks off after"),
        # an answer 304 leaves what was found before as it was
        ([unchanged()], Memory(rows={FEED: 4}), {"rows": 5}, "degraded", "4 rows listed"),
        ([unchanged()], Memory(rows={FEED: 5}), {"rows": 5}, "ok", ""),
        ([unchanged()], Memory(), {"rows": 5}, "ok", ""),
        # valid, and long the same
        ([unchanged()], Memory(days=LONG_AGO), {}, "quiet", "nothing new since 14 Aug 2025, 200 days ago"),
        ([read()], Memory(days=LONG_AGO), {}, "quiet", "its longest usual pause is 7"),
        ([read()], Memory(days=LONG_AGO), {"max_gap_days": 300}, "ok", ""),
        ([read()], Memory(days=every(7, newest_days_ago=15)), {}, "quiet", "15 days ago"),
        ([read()], Memory(days=every(7, newest_days_ago=14)), {}, "ok", ""),
        ([read()], Memory(days=every(7, newest_days_ago=9)), {"max_gap_days": 8}, "quiet", "expected within 8"),
        ([read()], Memory(days=every(1, newest_days_ago=7)), {}, "ok", ""),
        ([read()], Memory(days=(date(2025, 8, 1),)), {}, "quiet", "213 days ago"),
        ([read()], Memory(days=(date(2025, 11, 1),)), {}, "ok", ""),
        # what is dated in the future proves nothing (R21)
        ([read()], Memory(days=(date(2027, 8, 1), date(2025, 8, 1))), {}, "quiet", "213 days ago"),
        ([read(newest_on=date(2025, 1, 1))], Memory(), {}, "quiet", "since 1 Jan 2025"),
        ([read()], Memory(held=8), {}, "held", "8 old announcements look new"),
    ],
)
def test_a_source_that_answers_is_judged_by_its_rows_and_its_newest_date(
    entries: list[EntryRead], memory: Memory, expect: dict[str, int], condition: str, reason: str
) -> None:
    """R22, R23: valid XML that stopped changing, an empty feed: never ok."""
    verdict = judge_source(make_source(expect=expect), entries, [], complete=True, memory=memory, at=NOW)

    assert verdict.condition == condition
    assert reason in verdict.reason
    assert (verdict.reason == "") == (condition == "ok")
    assert not verdict.is_failure


TEXT: list[Loss | None] = [None]


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([Loss.BOT_WALL, *TEXT * 19], "1 of the newest 20 pages gave no text: bot wall (1)"),
        ([*TEXT, Loss.BOT_WALL, *TEXT * 8], None),
        ([Loss.LOGIN, *TEXT * 9], None),
        ([Loss.LOGIN] * 3 + TEXT * 9, "3 of the newest 12"),
        ([Loss.LOGIN, None] * 3, "log-in page (3)"),
        ([Loss.EMPTY, None] * 2, None),
        ([Loss.SOFT_NOT_FOUND, Loss.EMPTY], "2 of the newest 2"),
        ([Loss.EMPTY] * 2 + [Loss.ROBOTS] * 3, "forbidden by robots.txt (3), empty (2)"),
        (
            [Loss.NO_TEXT, Loss.EMPTY] * 2 + [Loss.LOGIN] * 3 + [Loss.SOFT_NOT_FOUND, Loss.BOT_WALL],
            "log-in page (3), no text (2), empty (2), other causes (2)",
        ),
        # dead links of a sitemap are no fault of its texts, nor is what was not asked for
        ([Loss.NOT_FOUND] * 22, None),
        ([Loss.TOO_MANY_REQUESTS] * 8, None),
        (TEXT * 20 + [Loss.LOGIN] * 40, None),
        ([], None),
    ],
)
def test_pages_without_text_make_a_source_degraded(pages: list[Loss | None], reason: str | None) -> None:
    """R24: text missing, bot wall, soft 404, log-in."""
    verdict = judge_source(make_source(), [read()], [], complete=True, memory=Memory(pages=tuple(pages)), at=NOW)

    assert (verdict.condition is SourceCondition.DEGRADED) == (reason is not None)
    assert (reason or "") in verdict.reason


@pytest.mark.parametrize(
    ("losses", "postponed", "complete", "reason"),
    [
        ([lost(Loss.TIMEOUT, url=f"{FEED}/2")], [], True, "timed out"),
        ([], [], False, "the crawl was cut short; it goes on with the next one"),
        (
            [],
            [lost(Loss.TOO_MANY_REQUESTS, "the host asked for rest", row=make_row("/a"))] * 12,
            False,
            "12 pages postponed: the host asked for rest",
        ),
    ],
)
def test_what_was_read_in_part_is_degraded(
    losses: Sequence[Lost], postponed: Sequence[Lost], complete: bool, reason: str
) -> None:
    verdict = judge_source(make_source(), [read()], losses, complete=complete, postponed=postponed, at=NOW)

    assert verdict.condition is SourceCondition.DEGRADED
    assert reason in verdict.reason
    assert not verdict.is_failure


def test_a_source_that_was_not_read_since_the_crawl_ended_is_degraded_at_most() -> None:
    verdict = judge_source(make_source(), [], [], complete=False)

    assert (verdict.condition, verdict.is_failure) == (SourceCondition.DEGRADED, True)


@pytest.mark.parametrize(
    ("entry", "unread", "reason"),
    [
        (read(8), {Loss.NOT_FOUND: 8}, "none of the 8 pages that were listed could be read: not found (8)"),
        (read(1), {Loss.GONE: 1}, "the only page that was listed could not be read: gone (1)"),
        (
            read(9),
            {Loss.SOFT_NOT_FOUND: 1, Loss.NOT_FOUND: 5, Loss.NOT_A_DOCUMENT: 2, Loss.EMPTY: 1},
            "none of the 9 pages that were listed could be read: not found (5), not a document (2), soft not found (1), other",
        ),
        (unchanged(), {Loss.NOT_FOUND: 8}, "none of the 8 pages"),
        # nothing is known yet of what was not asked for
        (read(8), {Loss.TOO_MANY_REQUESTS: 4, Loss.CUT_SHORT: 4}, None),
        (read(8), {}, None),
        # what was listed once and is no more
        (read(0), {Loss.NOT_FOUND: 8}, None),
    ],
)
def test_a_source_none_of_whose_pages_could_ever_be_read_is_degraded(
    entry: EntryRead, unread: dict[Loss, int], reason: str | None
) -> None:
    """R23."""
    memory = Memory(unread=unread, pages=tuple(loss for loss in unread if loss is Loss.NOT_FOUND))

    verdict = judge_source(make_source(expect={"rows": 0}), [entry], [], complete=True, memory=memory, at=NOW)

    assert (verdict.condition is SourceCondition.DEGRADED) == (reason is not None)
    assert (reason or "") in verdict.reason
    assert not verdict.is_failure


def test_a_habit_is_twice_its_usual_pause_and_at_least_a_week() -> None:
    source = make_source()

    assert find_longest_silence(source, every(1))[0] == timedelta(days=7)
    assert find_longest_silence(source, every(30))[0] == timedelta(days=60)
    assert find_longest_silence(source, every(1, count=3))[0] == timedelta(days=180)


@pytest.mark.parametrize(
    ("url", "moved_to", "days", "proposed"),
    [
        ("http://a.example/feed", "https://a.example/feed", 0, True),
        ("http://a.example/feed", "https://a.example/feed/", 0, True),
        ("http://a.example/feed", "https://b.example/feed", 0, False),
        ("https://a.example/feed", "http://a.example/feed", 6, False),
        ("https://a.example/feed", "https://b.example/feed", 6, False),
        ("https://a.example/feed", "https://b.example/feed", 7, True),
    ],
)
def test_a_moved_source_proposes_its_new_address(*, url: str, moved_to: str, days: int, proposed: bool) -> None:
    """http to https at once; any other permanent redirect once it has been seen for a week."""
    found = find_proposal(url, moved_to=moved_to, moved_since=NOW - timedelta(days=days), at=NOW)

    assert found == (moved_to if proposed else None)


def test_a_source_that_has_not_moved_proposes_nothing() -> None:
    assert find_proposal("https://a.example/", moved_to=None, moved_since=None, at=NOW) is None
