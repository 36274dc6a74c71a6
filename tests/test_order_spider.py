"""How a crawl finds its way: indexes, paging, redirects, what it asks for again and what it does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.announcement import KeyKind, Loss, TextState
from crawler.order import KnownPage, SourceOrder
from crawler.urls import url_key
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import XML, Answer, Asked, Site

STUMBLES = """\
import runpy
from crawler.order_spider import OrderSpider

read_page = OrderSpider.read_page

async def stumble(spider, response, visit, task):
    if task.url.endswith("/a"):
        raise KeyError("forgotten")
    async for step in read_page(spider, response, visit, task):
        yield step

OrderSpider.read_page = stumble
runpy.run_module("crawler", run_name="__main__")
"""


def sitemap(*addresses: str, index: bool = False) -> Answer:
    outer, inner = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    body = "".join(f"<{inner}><loc>{address}</loc></{inner}>" for address in addresses)
    return Answer(kind=XML, body=f"<{outer}>{body}</{outer}>", etag=f'"{len(addresses)}"')


def paged_site(pages: int, rows: int = 2) -> Site:
    """A listing of `pages` pages, newest first, with announcements numbered from 0."""
    site = Site()
    for number in range(pages):
        items = "".join(f'<li><a href="/a/{number * rows + row}">Title</a></li>' for row in range(rows))
        following = f'<a rel="next" href="/list?page={number + 1}">Older</a>' if number + 1 < pages else ""
        site.pages["/list" if number == 0 else f"/list?page={number}"] = Answer(body=f"<ul>{items}</ul>{following}")
    site.pages |= {f"/a/{number}": make_page(f"Announcement {number}") for number in range(pages * rows)}
    return site


def listing_order(site: Site, *, known: range = range(0), page_through: bool = False) -> SourceOrder:
    source = make_source(listing=[{"url": site.url("/list"), "rows": "li", "next": "a[rel=next]"}])
    keys = {url_key(site.url(f"/a/{number}")): "" for number in known}
    return SourceOrder(source=source, known=keys, page_through=page_through)


def listing_pages(site: Site) -> int:
    return len([path for path in site.paths if path.startswith("/list")])


def test_a_first_crawl_pages_to_the_end(tmp_path: Path) -> None:
    with paged_site(4) as site:
        result = crawl(make_order(listing_order(site)), tmp_path)
    assert len(result.announcements) == 8
    assert [entry.rows for entry in result.entries] == [2, 2, 2, 2]
    assert result.ended.reached_end


def test_paging_stops_at_a_page_of_known_rows(tmp_path: Path) -> None:
    with paged_site(5) as site:
        result = crawl(make_order(listing_order(site, known=range(3, 10))), tmp_path)
        assert listing_pages(site) == 3, "the second page still has a new row, the third has none"
        asked = [[site.url("/a/0"), site.url("/a/1")], [site.url("/a/2")], []]
    assert [list(entry.asked) for entry in result.entries] == asked
    assert sorted(one.title for one in result.announcements) == [f"Announcement {number}" for number in range(3)]


def test_paging_goes_on_through_known_rows_when_an_earlier_crawl_broke_off(tmp_path: Path) -> None:
    with paged_site(4) as site:
        result = crawl(make_order(listing_order(site, known=range(4), page_through=True)), tmp_path)
        assert listing_pages(site) == 4
    assert len(result.announcements) == 4


@pytest.mark.parametrize(
    ("known", "page_through", "pages"),
    [
        (range(0), False, 2),
        (range(4), True, 2),
        (range(8, 10), False, 5),
    ],
    ids=["a first look", "a first look that broke off", "later, after four pages of news"],
)
def test_a_first_look_reads_no_more_pages_than_the_source_says(
    tmp_path: Path, known: range, page_through: bool, pages: int
) -> None:
    """A newsroom's whole past is not fetched for a baseline, and a long pause loses nothing."""
    with paged_site(6) as site:
        listing = {"url": site.url("/list"), "rows": "li", "next": "a[rel=next]", "first_look_pages": 2}
        order = listing_order(site, known=known, page_through=page_through)
        bounded = replace(order, source=make_source(listing=[listing]))
        result = crawl(make_order(bounded), tmp_path)
        assert listing_pages(site) == pages
    assert result.ended.reached_end


def test_paging_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    with paged_site(3) as site:
        site.pages["/list?page=1"] = Answer(status=404)
        result = crawl(make_order(listing_order(site)), tmp_path)
    assert result.lost().loss is Loss.NOT_FOUND
    assert result.lost().row is None
    assert (result.ended.complete, result.ended.reached_end) == (True, False)
    assert len(result.announcements) == 2


def test_pages_that_lead_to_each_other_are_read_once(tmp_path: Path) -> None:
    """R39."""
    with paged_site(3) as site:
        last = site.pages["/list?page=2"]
        assert isinstance(last, Answer)
        site.pages["/list?page=2"] = Answer(body=f'{last.body!s}<a rel="next" href="/list">First</a>')
        result = crawl(make_order(listing_order(site)), tmp_path)
        assert listing_pages(site) == 3
    assert len(result.announcements) == 6


def test_an_index_is_followed_and_asked_for_in_full_each_time(tmp_path: Path) -> None:
    """An index may stand still while the sitemaps that it names change; and what broke off may be whole the next time."""
    with Site() as site:
        site.pages["/sitemap.xml"] = sitemap(site.url("/1.xml"), site.url("/2.xml"), site.url("/4.xml"), index=True)
        site.pages["/1.xml"] = sitemap(site.url("/3.xml"), site.url("/sitemap.xml"), index=True)
        site.pages |= {"/2.xml": sitemap(site.url("/a")), "/3.xml": sitemap(site.url("/b"), site.url("/a"))}
        whole = sitemap(site.url("/a"))
        site.pages["/4.xml"] = replace(whole, body=f"{whole.body!s}".partition("</urlset")[0])
        site.pages |= {"/a": make_page("A"), "/b": make_page("B")}
        source = make_source(sitemaps=[site.url("/sitemap.xml")])
        first = crawl(make_order(source), tmp_path)
        validators = tuple(entry.validators for entry in first.entries if entry.validators)
        known = {url_key(one.row.url): one.row.fingerprint for one in first.announcements}
        site.asked.clear()
        again = SourceOrder(source=source, validators=validators, known=known)
        second = crawl(make_order(again, robots=first.robots), tmp_path)
        asked = {one.path: one.headers.get("If-None-Match") for one in site.asked}
    assert sorted(one.title for one in first.announcements) == ["A", "B"]
    assert asked == {"/sitemap.xml": None, "/1.xml": None, "/2.xml": '"1"', "/3.xml": '"2"', "/4.xml": None}
    assert {entry.url.rpartition("/")[2]: entry.unchanged for entry in second.entries} == {
        "sitemap.xml": False,
        "1.xml": False,
        "2.xml": True,
        "3.xml": True,
        "4.xml": False,
    }
    assert [entry.url.rpartition("/")[2] for entry in second.entries if entry.breaks_off] == ["4.xml"]


def test_redirects_in_headers_and_pages_are_followed_and_remembered(tmp_path: Path) -> None:
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/old"), "Moved"))
        site.pages["/old"] = Answer(status=301, headers={"Location": "/stub"})
        site.pages["/stub"] = Answer(body='<html><head><meta http-equiv="refresh" content="0; url=/new"></head></html>')
        site.pages["/new"] = make_page("Moved")
        (announcement,) = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path).announcements
    assert announcement.text_state is TextState.PAGE
    kinds = [(key.kind, key.value) for key in announcement.keys]
    assert kinds[0] == (KeyKind.REQUESTED, site.url("/old"))
    assert {(KeyKind.REDIRECT, site.url("/stub")), (KeyKind.REDIRECT, site.url("/new"))} <= set(kinds)


def test_a_page_that_leads_back_to_the_list_is_not_there(tmp_path: Path) -> None:
    """R24."""
    with Site() as site:
        site.pages["/feed"] = make_feed(
            make_item(site.url("/removed"), "Removed"),
            make_item(site.url("/withdrawn"), "Withdrawn"),
            make_item(site.url("/newsroom?id=7"), "Removed as well"),
            make_item(site.url("/renamed"), "Where the list is now"),
        )
        site.pages["/removed"] = site.pages["/newsroom?id=7"] = Answer(status=302, headers={"Location": "/newsroom/"})
        site.pages["/withdrawn"] = Answer(status=302, headers={"Location": "/about-us/"})
        site.pages["/newsroom/"] = Answer(status=301, headers={"Location": "/en/newsroom"})
        site.pages["/renamed"] = Answer(status=301, headers={"Location": "/en/newsroom"})
        site.pages["/en/newsroom"] = make_page("All that the newsroom has to tell")
        site.pages["/about-us/"] = make_page("About us")
        listing = {"url": site.url("/newsroom/"), "rows": "li"}
        source = make_source(feeds=[site.url("/feed")], homepage=site.url("/about-us/"), listing=[listing])
        result = crawl(make_order(source), tmp_path)
    lost = {loss.url: loss.detail for loss in result.losses if loss.loss is Loss.SOFT_NOT_FOUND}
    to_list = dict.fromkeys(map(site.url, ("/removed", "/newsroom?id=7", "/renamed")), site.url("/en/newsroom"))
    to_home = {site.url("/withdrawn"): site.url("/about-us/")}
    assert lost == {page: f"redirected to the front page {front}" for page, front in {**to_list, **to_home}.items()}
    assert result.announcements == []


def test_validators_are_not_sent_to_where_a_redirect_newly_leads(tmp_path: Path) -> None:
    """R25: another page's date would be answered with a 304 that means nothing."""
    with Site() as site:
        date = "Mon, 02 Oct 2023 10:00:00 GMT"
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"))
        site.pages["/a"] = Answer(body=make_page("A").body, last_modified=date)
        source = make_source(feeds=[site.url("/feed")])
        (before,) = crawl(make_order(source), tmp_path).announcements
        site.pages["/a"] = Answer(status=302, headers={"Location": "/b"})
        site.pages["/b"] = Answer(body=make_page("B").body, last_modified=date)
        recheck = KnownPage(row=before.row, validators=before.validators)
        order = SourceOrder(source=source, known={url_key(before.url): before.row.fingerprint}, recheck=(recheck,))
        result = crawl(make_order(order), tmp_path)
        assert site.asked_for("/a")[-1].headers.get("If-Modified-Since") == date
        assert "If-Modified-Since" not in site.asked_for("/b")[-1].headers
    assert [one.title for one in result.announcements] == ["B"]


def test_rows_to_retry_are_asked_for_even_when_the_feed_has_not_changed(tmp_path: Path) -> None:
    """R17."""
    with Site() as site:
        feed = make_feed(make_item(site.url("/a"), "A"))
        site.pages["/feed"] = Answer(kind=XML, body=feed.body, etag='"1"')
        site.pages["/a"] = Answer(status=403)
        source = make_source(feeds=[site.url("/feed")])
        first = crawl(make_order(source), tmp_path)
        site.pages["/a"] = make_page("A")
        row = first.announcements[0].row
        validators = tuple(entry.validators for entry in first.entries if entry.validators)
        again = SourceOrder(
            source=source, validators=validators, known={url_key(row.url): row.fingerprint}, retry=(row,)
        )
        result = crawl(make_order(again), tmp_path)
    assert result.entries[0].unchanged
    assert [one.text_state for one in result.announcements] == [TextState.PAGE]


@pytest.mark.parametrize("stumble", [Answer(status=502), Answer(raw=b""), Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Le")])
def test_a_server_that_stumbles_once_is_asked_again(tmp_path: Path, stumble: Answer) -> None:
    with Site() as site:

        def page(asked: Asked) -> Answer:
            return stumble if len(site.asked_for(asked.path)) == 1 else make_page("A")

        site.pages |= {"/feed": make_feed(make_item(site.url("/a"), "A")), "/a": page}
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path)
    assert [one.text_state for one in result.announcements] == [TextState.PAGE]


def test_a_broken_server_is_asked_three_times_and_a_refusing_one_once(tmp_path: Path) -> None:
    with Site({"/broken": Answer(status=500), "/refusing": Answer(status=403)}) as site:
        sources = (make_source(name, feeds=[site.url(f"/{name}")]) for name in ("broken", "refusing"))
        result = crawl(make_order(*sources), tmp_path)
        assert (len(site.asked_for("/broken")), len(site.asked_for("/refusing"))) == (3, 1)
    assert {lost.source: lost.loss for lost in result.losses} == {
        "broken": Loss.SERVER_ERROR,
        "refusing": Loss.REFUSED,
    }


def test_an_answer_that_breaks_off_for_good_is_not_taken_for_the_page(tmp_path: Path) -> None:
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"))
        site.pages["/a"] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<html><h1>Half of it")
        (announcement,) = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path).announcements
    assert announcement.missing is Loss.UNREACHABLE


@pytest.mark.parametrize("host", ["a..b.example", f"{'a' * 70}.example", "nowhere.invalid", "xn--a.example"])
def test_a_host_that_cannot_be_is_unreachable_at_once(tmp_path: Path, host: str) -> None:
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(f"http://{host}/a", "Nowhere"))
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path)
    assert [one.missing for one in result.announcements] == [Loss.UNREACHABLE]
    assert result.took_s < 8


def test_what_the_report_says_is_not_said_again_on_stderr(tmp_path: Path) -> None:
    with Site() as site:
        site.pages["/feed"] = make_feed(
            *(make_item(site.url(f"/{name}"), name) for name in ("large", "gone", "circle"))
        )
        site.pages |= {
            "/large": Answer(body="x" * 20_000),
            "/circle": Answer(status=301, headers={"Location": "/circle"}),
        }
        result = crawl(make_order(make_source(feeds=[site.url("/feed")]), limits={"max_bytes": 10_000}), tmp_path)
    assert len(result.announcements) + len(result.losses) == 3
    assert result.messages == ""


def test_each_source_asks_in_its_own_language(tmp_path: Path) -> None:
    with Site() as site:
        sources = (make_source(f"in-{code}", feeds=[site.url(f"/{code}")], language=code) for code in ("fr", "it"))
        crawl(make_order(*sources), tmp_path)
        assert {one.path: one.headers.get("Accept-Language") for one in site.asked if "robots" not in one.path} == {
            "/fr": "fr",
            "/it": "it",
        }


def test_a_source_that_may_not_reach_inside_cannot_use_the_connection_of_one_that_may(tmp_path: Path) -> None:
    """R31."""
    with Site() as site:
        site.pages |= {"/feed": make_feed(make_item(site.url("/a"), "A")), "/a": make_page("A")}
        allowed = make_source("inside", feeds=[site.url("/feed")])
        refused = make_source("outside", feeds=[site.url("/feed")], allow_private_addresses=False)
        result = crawl(make_order(allowed, refused), tmp_path)
        assert len(site.asked_for("/feed")) == 1
    assert [one.source for one in result.announcements] == ["inside"]
    assert [(lost.source, lost.loss) for lost in result.losses] == [("outside", Loss.ADDRESS_FORBIDDEN)]


def test_a_page_that_crashes_the_reader_ends_in_one_line_like_any_other(tmp_path: Path) -> None:
    """R26: deep nesting is what breaks parsers written in C."""
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/deep"), "Deep"), make_item(site.url("/fine"), "Fine"))
        site.pages["/deep"] = Answer(body="<html><body>" + "<div>" * 200_000 + "x")
        site.pages["/fine"] = make_page("Fine")
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path)
    assert len(result.announcements) + len(result.losses) == 2
    assert "Fine" in [one.title for one in result.announcements]
    assert result.ended.complete


def test_a_fault_of_ours_ends_in_one_line_and_touches_no_other_page(tmp_path: Path) -> None:
    """R26: where the crawl itself stumbles over an answer."""
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"), make_item(site.url("/b"), "B"))
        site.pages |= {"/a": make_page("A"), "/b": make_page("B")}
        result = crawl(make_order(make_source(feeds=[site.url("/feed")])), tmp_path, program=("-c", STUMBLES))
    lost = result.lost()
    assert (lost.url, lost.loss, lost.detail) == (site.url("/a"), Loss.OUR_FAULT, "KeyError: 'forgotten'")
    assert [one.title for one in result.announcements] == ["B"]
    assert result.ended.reached_end
