"""How long a host rests, and that it does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.fetching.politeness import read_retry_after
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import Answer, Asked, Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
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
