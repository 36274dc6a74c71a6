"""What a message tells and in which order, and what a digest says of what was and was not checked."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawler.source import SourceKind
from monitor.digest import AlertItem, Coverage, Telling, Unread, arrange, describe_coverage, group_by_watch

SEEN_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)
BLOG, ROOM, PRESS = SourceKind.GOVERNMENT_BLOG, SourceKind.NEWSROOM, SourceKind.TRADE_PRESS


def item(alert_id: int, **changes: Any) -> AlertItem:
    values: dict[str, Any] = {
        "alert_id": alert_id,
        "watch": "Agreements",
        "title": f"Title {alert_id}",
        "url": f"https://example.org/{alert_id}",
        "outlet": f"Outlet {alert_id}",
        "country": "GB",
        "published_on": date(2017, 10, 13),
        "first_seen_at": SEEN_AT,
        "story": f"story {alert_id}",
    }
    return AlertItem(**{**values, **changes})


def tell(number: int, kind: SourceKind = PRESS) -> Telling:
    return Telling(title=f"Telling {number}", url=f"https://x.org/{number}", outlet=f"Paper {number}", kind=kind)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"kind": PRESS, "is_urgent": True}, {"kind": BLOG}),
        ({"kind": BLOG}, {"kind": PRESS, "also": (tell(1), tell(2))}),
        ({"kind": ROOM}, {"kind": SourceKind.INTERNATIONAL}),
        ({"also": (tell(1), tell(2))}, {"also": (tell(1),), "in_title": True}),
        ({"in_title": True, "published_on": date(2017, 1, 1)}, {}),
        ({"published_on": date(2017, 10, 14)}, {}),
        ({"published_on": None, "first_seen_at": SEEN_AT + timedelta(days=3)}, {}),
    ],
)
def test_the_most_important_comes_first_whatever_came_first(first: dict[str, Any], second: dict[str, Any]) -> None:
    for items in ([item(1, **first), item(2, **second)], [item(2, **second), item(1, **first)]):
        assert [entry.alert_ids for entry in arrange(items)] == [(1,), (2,)]


def test_what_is_equally_important_stays_in_order() -> None:
    assert [entry.alert_ids for entry in arrange([item(3), item(1), item(2)])] == [(3,), (1,), (2,)]


def test_one_story_is_one_entry_led_by_the_official_announcement() -> None:
    """R7: two watches, one on the press and one on the release."""
    press = item(1, story="s", kind=PRESS, watch="Press")
    release = item(2, story="s", kind=ROOM, first_seen_at=SEEN_AT + timedelta(days=1))

    (entry,) = arrange([press, release])

    assert (entry.title, entry.alert_ids, entry.watch) == ("Title 2", (2, 1), "Agreements")
    assert [(other.title, other.link) for other in entry.also] == [("Title 1", "https://example.org/1")]
    assert [reason.watch for reason in entry.reasons] == ["Agreements", "Press"]
    assert entry.headline == "Title 2 (+1 outlet)"


def test_a_sentence_that_two_watches_found_is_shown_once_and_one_that_is_the_title_not_at_all() -> None:
    both = [
        item(1, story="s", snippet=(("A ", False), ("memorandum", True), (" of understanding.", False))),
        item(2, story="s", watch="B", snippet=(("A ", False), ("memorandum of understanding", True), (".", False))),
        item(3, story="s", watch="C", snippet=(("Title ", False), ("1", True))),
        item(4, story="s", watch="D"),
    ]

    (entry,) = arrange(both)

    assert entry.title == "Title 1"
    assert entry.snippets == ((("A ", False), ("memorandum of understanding", True), (".", False)),)


def test_every_telling_that_is_owed_is_named_and_the_others_are_counted() -> None:
    """R6."""
    items = [item(number, story="s") for number in range(6)]
    (all_owed,) = arrange(items)
    (one_owed,) = arrange([item(1, also=(tell(1), tell(2), tell(3, ROOM), tell(4)))])

    assert (len(all_owed.also), all_owed.more) == (5, 0)
    assert ([other.outlet for other in one_owed.also], one_owed.more) == (["Paper 3", "Paper 1", "Paper 2"], 1)
    assert one_owed.headline == "Title 1 (+4 outlets)"


def test_an_address_that_cannot_be_linked_is_told_without_a_link() -> None:
    """R34."""
    (entry,) = arrange([item(1, also=(Telling(title="x", url="javascript:alert(1)", outlet="y", kind=PRESS),))])

    assert entry.also[0].link is None


def test_entries_of_one_watch_stand_together_under_the_most_important_one() -> None:
    entries = arrange([item(1, watch="A"), item(2, watch="B", is_urgent=True), item(3, watch="A"), item(4, watch="B")])

    groups = [(watch, [entry.alert_ids[0] for entry in group]) for watch, group in group_by_watch(entries)]
    assert groups == [("B", [2, 4]), ("A", [1, 3])]


AT = datetime(2026, 3, 6, 8, tzinfo=UTC)  # a Friday


def unread(name: str, **values: Any) -> Unread:
    return Unread(**{"name": name, "state": "unreachable", "last_read_at": AT, "is_failing": True, **values})


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage(since=None, sources=1, unread=()), "Checked: the one source."),
        (Coverage(since=AT - timedelta(days=1), sources=9, unread=()), "Checked since Thursday: all 9 sources."),
        (Coverage(since=AT - timedelta(hours=2), sources=9, unread=()), "Checked since 06:00: all 9 sources."),
        (
            Coverage(since=AT - timedelta(days=7), sources=9, unread=()),
            "Checked since 27 February 2026: all 9 sources.",
        ),
        (
            Coverage(
                since=AT - timedelta(days=4),
                sources=106,
                unread=(unread("X", last_read_at=AT - timedelta(days=3)), unread("Y", last_read_at=None)),
            ),
            "Checked since Monday: 104 of 106 sources. Not read: X (unreachable since Tuesday), Y (unreachable).",
        ),
        (
            Coverage(
                since=None,
                sources=2,
                unread=(
                    unread("X", is_failing=False, state="new", last_read_at=None),
                    unread("Y", is_failing=False, state="ok", last_read_at=AT - timedelta(days=2)),
                ),
            ),
            "Checked: 0 of 2 sources. Not read: X (not read yet), Y (last read Wednesday).",
        ),
        (
            Coverage(since=None, sources=20, unread=tuple(unread(f"S{n}", last_read_at=None) for n in range(10))),
            "Checked: 10 of 20 sources. Not read: S0 (unreachable), S1 (unreachable), S2 (unreachable), S3 (unreachable),"
            " S4 (unreachable), S5 (unreachable), S6 (unreachable), S7 (unreachable) and 2 more"
            " (`govwatch status` lists them).",
        ),
    ],
)
def test_a_digest_says_what_was_checked_and_what_was_not(coverage: Coverage, said: str) -> None:
    assert describe_coverage(coverage, at=AT, zone="UTC") == said


def test_the_days_are_those_of_the_reader() -> None:
    coverage = Coverage(since=datetime(2026, 3, 5, 2, tzinfo=UTC), sources=3, unread=())

    assert describe_coverage(coverage, at=AT, zone="America/Toronto") == "Checked since Wednesday: all 3 sources."
