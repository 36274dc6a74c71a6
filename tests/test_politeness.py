"""How long a host rests, and that it does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.announcement import Loss
from crawler.fetching.politeness import read_retry_after
from crawler.order import HostRested, RobotsState
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import Answer, Asked, Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 5000, 999_999_999_999),
        ("Mon, 23 Nov 99999 12:01:00 GMT", None),
        ("Mon, 23 Nov 2026 12:01:00 +99999999", None),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 23 Nov 2026 12:01:00", 60),
        ("later", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_holds_seconds_or_a_date(value: str | None, seconds: int | None) -> None:
    assert read_retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_rest_is_waited_for_and_the_page_asked_for_again(tmp_path: Path, status: int) -> None:
    """R29."""
    with Site() as site:

        def rests_once(asked: Asked) -> Answer:
            is_first = len(site.asked_for(asked.path)) == 1
            return Answer(status=status, headers={"Retry-After": "2"}) if is_first else make_page("A")

        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"), make_item(site.url("/b"), "B"))
        site.pages |= {"/a": rests_once, "/b": make_page("B")}
        result = crawl(
            make_order(make_source(feeds=[site.url("/feed")]), limits={"requests_at_once_per_host": 1}), tmp_path
        )
        first, second = (asked.at for asked in site.asked_for("/a"))
        between = [asked.path for asked in site.asked if first < asked.at < first + 1.9]
    assert second - first >= 1.9
    assert between == [], "the whole host rests"
    assert sorted(one.title for one in result.announcements) == ["A", "B"]
    assert result.ended.complete


def test_what_waits_for_its_turn_is_not_asked_for_once_the_host_wants_rest(tmp_path: Path) -> None:
    """R29: neither are those that were let through before it said so, and only wait for their distance."""
    with Site() as site:
        site.pages["/feed"] = make_feed(*(make_item(site.url(f"/{number}"), "Title") for number in range(6)))
        for number in range(6):
            site.pages[f"/{number}"] = Answer(status=429, headers={"Retry-After": "3600"})
        limits = {"requests_at_once_per_host": 4, "delay_s": 0.4}
        known = RobotsState(origin=site.url(""), status=404, body=None, fetched_at=datetime.now(UTC))
        result = crawl(make_order(make_source(feeds=[site.url("/feed")]), limits=limits, robots=[known]), tmp_path)
        assert len(site.paths) == 2, "the feed, and the page that said so"
    assert [one.loss for one in result.losses] == [Loss.TOO_MANY_REQUESTS] * 6


def test_two_sources_on_one_host_share_its_budget(tmp_path: Path) -> None:
    with Site() as site:
        for source in "ab":
            site.pages[f"/{source}"] = make_feed(
                *(make_item(site.url(f"/{source}/{number}"), "Title") for number in range(2))
            )
            site.pages |= {f"/{source}/{number}": make_page("Title") for number in range(2)}
        sources = [make_source(f"source-{one}", feeds=[site.url(f"/{one}")]) for one in "ab"]
        crawl(make_order(*sources, limits={"delay_s": 0.4}), tmp_path)
        moments = sorted(asked.at for asked in site.asked)
    assert len(moments) == 7
    assert moments[-1] - moments[0] > 2.1, "six times 0.4 s; with a budget each it would be half as long"


def test_a_host_that_asked_for_rest_is_not_asked_by_the_next_crawl_for_any_source(tmp_path: Path) -> None:
    """R29: the rest is reported, goes with the next order, and holds until it is over, robots.txt included."""
    with Site() as site:
        site.pages["/a"] = Answer(status=429, headers={"Retry-After": "3600"})
        site.pages["/b"] = make_feed(make_item(site.url("/1"), "One"))
        first = crawl(make_order(make_source(feeds=[site.url("/a")])), tmp_path)
        (rest,) = (line.rest for line in first.all(HostRested))
        site.asked.clear()
        second = crawl(make_order(make_source("other", feeds=[site.url("/b")]), rests=[rest]), tmp_path)
        asked_in_rest = len(site.asked)
        over = replace(rest, until=datetime.now(UTC))
        third = crawl(make_order(make_source("other", feeds=[site.url("/b")]), rests=[over]), tmp_path)
    assert rest.host == f"127.0.0.1:{site.port}"
    assert rest.status == 429
    assert 3500 < (rest.until - datetime.now(UTC)).total_seconds() <= 3600
    assert asked_in_rest == 0
    assert second.lost().loss is Loss.TOO_MANY_REQUESTS
    assert "asked to be left alone until" in second.lost().detail
    assert second.robots == [], "a host that was not asked said nothing of its robots.txt"
    assert third.entries[0].rows == 1


def test_nobody_is_left_alone_for_longer_than_a_day(tmp_path: Path) -> None:
    with Site({"/a": Answer(status=503, headers={"Retry-After": "99999999"})}) as site:
        result = crawl(make_order(make_source(feeds=[site.url("/a")])), tmp_path)
    (rest,) = (line.rest for line in result.all(HostRested))
    assert rest.until - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("statuses", "moved"), [((301,), True), ((308, 301), True), ((302,), False), ((301, 307), False), ((), False)]
)
def test_only_permanent_redirects_tell_that_an_entry_point_has_moved(
    tmp_path: Path, *, statuses: tuple[int, ...], moved: bool
) -> None:
    with Site() as site:
        for number, status in enumerate(statuses):
            site.pages[f"/{number}"] = Answer(status=status, headers={"Location": f"/{number + 1}"})
        feed = make_feed(make_item(site.url("/page"), "One"), more="<ttl>45</ttl>")
        site.pages[f"/{len(statuses)}"] = replace(feed, headers={"Cache-Control": "public, max-age=300"})
        site.pages["/page"] = make_page("One")
        (entry,) = crawl(make_order(make_source(feeds=[site.url("/0")])), tmp_path).entries
    assert entry.moved_to == (site.url(f"/{len(statuses)}") if moved else None)
    assert (entry.period_s, entry.max_age_s) == (45 * 60, 300)


def test_an_address_that_moved_to_a_page_says_so_with_its_loss(tmp_path: Path) -> None:
    with Site({"/feed": Answer(status=301, headers={"Location": "/"}), "/": make_page("Home")}) as site:
        lost = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path).lost()
    assert (lost.loss, lost.moved_to) == (Loss.SOFT_NOT_FOUND, site.url("/"))
