"""A whole crawl as a child process: what goes in, what comes out, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.announcement import Loss, TextState
from crawler.order import KnownPage, PageChecked, SourceEnded, SourceOrder, decode_line, encode_order
from crawler.urls import url_key
from tests.crawling import Crawl, crawl, make_feed, make_item, make_order, make_page, make_source
from tests.installations import find_children
from tests.loopback import XML, Answer, Site


def press_site() -> Site:
    """Three items in a feed, whose pages and entry point have validators."""
    site = Site()
    for number in range(3):
        page = make_page(f"Announcement {number}")
        site.pages[f"/{number}"] = Answer(body=page.body, etag=f'"page-{number}"')
    items = [make_item(site.url(f"/{number}"), f"Announcement {number}") for number in range(3)]
    site.pages["/feed"] = Answer(kind=XML, body=make_feed(*items).body, etag='W/"feed-1"')
    return site


def remember(result: Crawl, source_order: SourceOrder) -> SourceOrder:
    """The order for the next crawl, as the monitor would write it, with every page to look at again."""
    pages = [announcement for announcement in result.announcements if announcement.validators]
    return SourceOrder(
        source=source_order.source,
        validators=tuple(entry.validators for entry in result.entries if entry.validators),
        known={url_key(one.row.url): one.row.fingerprint for one in result.announcements},
        page_validators={url_key(one.row.url): one.validators for one in pages if one.validators},
        recheck=tuple(KnownPage(row=one.row, validators=one.validators) for one in pages),
    )


def test_every_row_of_a_feed_is_announced_once_and_the_source_ends(tmp_path: Path) -> None:
    with press_site() as site:
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path)
    assert sorted(one.title for one in result.announcements) == ["Announcement 0", "Announcement 1", "Announcement 2"]
    assert all(one.text_state is TextState.PAGE for one in result.announcements)
    assert result.losses == []
    assert result.entries[0].rows == 3
    assert result.ended.complete
    assert result.ended.reached_end
    assert result.ended.requests == 5, "the feed, three pages, robots.txt"
    assert result.exit_code == 0
    assert result.messages == ""


def test_an_unchanged_source_costs_only_conditional_requests(tmp_path: Path) -> None:
    """R25: If-None-Match is sent, a weak ETag as it came."""
    with press_site() as site:
        first = SourceOrder(source=make_source(feeds=[site.url("/feed")]))
        before = crawl(make_order(first), tmp_path)
        site.asked.clear()
        result = crawl(make_order(remember(before, first), robots=before.robots), tmp_path)
        asked = {one.path: one.headers.get("If-None-Match") for one in site.asked}
    assert asked == {"/feed": 'W/"feed-1"', "/0": '"page-0"', "/1": '"page-1"', "/2": '"page-2"'}
    assert result.entries[0].unchanged
    assert len(result.all(PageChecked)) == 3
    assert (result.ended.requests, result.ended.not_modified) == (4, 4)


def test_the_same_bytes_without_validators_are_unchanged_too(tmp_path: Path) -> None:
    """R25."""
    with press_site() as site:
        for path, page in site.pages.items():
            assert isinstance(page, Answer)
            site.pages[path] = Answer(kind=page.kind, body=page.body)
        first = SourceOrder(source=make_source(feeds=[site.url("/feed")]))
        before = crawl(make_order(first), tmp_path)
        result = crawl(make_order(remember(before, first)), tmp_path)
    assert result.entries[0].unchanged
    assert len(result.all(PageChecked)) == 3
    assert result.announcements == []


def test_only_new_rows_and_rows_that_say_something_else_are_fetched(tmp_path: Path) -> None:
    with press_site() as site:
        first = SourceOrder(source=make_source(feeds=[site.url("/feed")]))
        before = crawl(make_order(first), tmp_path)
        order = remember(before, first)
        quiet = SourceOrder(source=order.source, validators=order.validators, known=order.known)
        items = [make_item(site.url(f"/{number}"), f"Announcement {number}") for number in (0, 3)]
        items.append(make_item(site.url("/1"), "Announcement 1, corrected"))
        site.pages |= {"/feed": make_feed(*items), "/3": make_page("Announcement 3")}
        site.asked.clear()
        result = crawl(make_order(quiet, robots=before.robots), tmp_path)
        paths = sorted(site.paths)
    assert paths == ["/1", "/3", "/feed"]
    assert result.entries[0].listed == (url_key(site.url("/0")),)


def test_a_title_is_announced_at_once_when_its_page_cannot_be_had(tmp_path: Path) -> None:
    """R17; but a page that is gone is no news."""
    with press_site() as site:
        site.pages |= {"/0": Answer(status=403), "/1": Answer(status=404), "/2": Answer(status=410)}
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path)
    (announcement,) = result.announcements
    assert announcement.title == "Announcement 0"
    assert announcement.text_state is TextState.MISSING
    assert announcement.missing is Loss.REFUSED
    assert sorted((lost.loss, lost.status) for lost in result.losses) == [(Loss.GONE, 410), (Loss.NOT_FOUND, 404)]
    assert result.ended.complete


def test_full_text_in_the_feed_saves_the_pages_and_a_page_shared_by_entries_is_left_to_people(tmp_path: Path) -> None:
    """R14: entries that lead to one page under different titles are as many announcements, told by the feed alone."""
    with Site() as site:
        text = "<description>" + "The minister said that the service is live now. " * 20 + "</description>"
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "Service is live", more=text))
        short = "<description>In short.</description>"
        items = [make_item(site.url(f"/new#{n}"), f"Change {n}", more=short) for n in (1, 2)]
        site.pages["/changes"] = make_feed(*items, make_item(site.url("/new"), "Change 3"))
        sources = (
            make_source(feeds=[site.url("/feed")], full_text_in_feed=True),
            make_source("changes", feeds=[site.url("/changes")], keep_only=r"/new(#\d)?$"),
        )
        result = crawl(make_order(*sources), tmp_path)
        assert sorted(site.paths) == ["/changes", "/feed"]
    told = {one.title: (one.text_state, one.missing, one.url.partition("/new")[2]) for one in result.announcements}
    assert told.pop("Service is live")[0] is TextState.FEED
    assert told == {
        "Change 1": (TextState.FEED, None, "#1:~:text=Change%201"),
        "Change 2": (TextState.FEED, None, "#2:~:text=Change%202"),
        "Change 3": (TextState.MISSING, None, "#:~:text=Change%203"),
    }


def test_one_broken_source_does_not_touch_the_others(tmp_path: Path) -> None:
    """R26."""
    with press_site() as site, Site({"/feed": Answer(kind=XML, body="<rss><channel><item>")}) as broken:
        sources = (make_source(feeds=[site.url("/feed")]), make_source("broken", feeds=[broken.url("/feed")]))
        result = crawl(make_order(*sources), tmp_path)
    assert len(result.announcements) == 3
    assert [(lost.source, lost.row) for lost in result.losses] == [("broken", None)]
    assert {ended.source: ended.complete for ended in result.all(SourceEnded)} == {"press": True, "broken": True}


def test_rows_outside_keep_only_are_recorded_once_and_not_fetched(tmp_path: Path) -> None:
    with press_site() as site:
        site.pages["/feed2"] = site.pages["/feed"]
        source = make_source(feeds=[site.url("/feed"), site.url("/feed2")], keep_only="/[12]$")
        result = crawl(make_order(source), tmp_path)
        assert "/0" not in site.paths
    assert len(result.announcements) == 2
    assert [(lost.loss, lost.url) for lost in result.losses] == [(Loss.OUTSIDE, site.url("/0"))]


def test_a_crawl_that_reaches_its_time_limit_says_what_it_left_undone(tmp_path: Path) -> None:
    """R28."""
    with press_site() as site:
        site.pages["/1"] = Answer(delay_s=20)
        result = crawl(make_order(make_source(feeds=[site.url("/feed")]), limits={"time_limit": 5}), tmp_path)
        took_s = time.monotonic() - site.asked[0].at
    assert took_s < 5.5, "a busy machine may take its time to start it"
    assert result.exit_code == 1
    assert {(lost.loss, lost.url) for lost in result.losses} == {(Loss.CUT_SHORT, site.url("/1"))}
    assert not result.ended.complete
    assert len(result.announcements) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_crawl_within_two_seconds_and_the_report_says_so(
    tmp_path: Path, number: signal.Signals
) -> None:
    with press_site() as site:
        site.pages["/1"] = Answer(delay_s=30)
        child = start_child(make_order_file(site, tmp_path))
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(4)]
        asked_at = time.monotonic()
        child.send_signal(number)
        rest, _ = child.communicate(timeout=10)
        took_s = time.monotonic() - asked_at
    ended = decode_line(rest.splitlines()[-1])
    assert took_s < 2
    assert child.returncode == 1
    assert isinstance(ended, SourceEnded)
    assert not ended.complete
    assert all(decode_line(line) for line in lines)


def test_no_worker_outlives_a_crawl_that_is_killed(tmp_path: Path) -> None:
    with press_site() as site:
        site.pages["/1"] = Answer(delay_s=30)
        child = start_child(make_order_file(site, tmp_path))
        assert child.stdout is not None
        for _ in range(4):
            child.stdout.readline()
        workers = find_children(child.pid)
        child.kill()
        child.wait()
        child.stdout.close()
    assert workers
    deadline = time.monotonic() + 2
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        os.sched_yield()
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_crawl_whose_reader_has_gone_ends(tmp_path: Path) -> None:
    with press_site() as site:
        site.pages["/1"] = Answer(body=make_page("Late").body, delay_s=2)
        child = start_child(make_order_file(site, tmp_path))
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.wait(timeout=10) == 1


def test_an_order_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text('{"sources": 3}')
    arguments = [sys.executable, "-m", "crawler", str(tmp_path / "order.json"), "-"]
    child = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert child.returncode == 2
    assert "not a crawl order" in child.stderr
    assert child.stdout == ""


def make_order_file(site: Site, folder: Path) -> Path:
    path = folder / "order.json"
    path.write_bytes(encode_order(make_order(make_source(feeds=[site.url("/feed")]), limits={"request_timeout_s": 60})))
    return path


def start_child(order_file: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "crawler", str(order_file), "-"], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
