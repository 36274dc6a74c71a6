"""Every platform: saved answers in its true shape and what must come of them; then the traps that need more than that."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import platforms
from crawler.announcement import Announcement, FetchedPage, Loss, NotAPage, Row, TextState, Validators
from crawler.api import read_api
from crawler.api_table import Api
from crawler.entry_page import Listed
from crawler.extract import read_page
from crawler.feed import read_feed
from crawler.markup import read_lines
from crawler.order import PageChecked, SourceEnded, SourceOrder
from crawler.order_spider import OrderSpider
from crawler.platforms import Platform
from crawler.platforms.canada_news import find_department
from crawler.platforms.govuk import find_content_address
from crawler.platforms.known import PLAIN, WITH_A_FILE, find_page_api_address, find_traits, read_page_of_api
from crawler.platforms.ontario_news import find_release_address
from crawler.platforms.wordpress import find_older_feed
from crawler.urls import url_key
from crawler.visit import find_fingerprint
from crawler.way import Way
from tests.crawling import Crawl, crawl, make_feed, make_item, make_order, make_page, make_source
from tests.entry_pages import NOW, make_entry_page
from tests.loopback import Answer, Site
from tests.samples import FAULTS, PAGES, Sample, describe, find_samples, platforms_without_sample, read_sample

HEAD = {"source", "read_at", "asked", "content_type", "headers"}
SAMPLES = find_samples()
ANSWERS = ("feed*.xml", "api*.json", "listing*.html", "sitemap*.xml")
JSON = "application/json"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_saved_answer_gives_what_stands_beside_it(sample: Sample) -> None:
    """R14, R21, R23, R27."""
    expected = {key: value for key, value in sample.expected.items() if key not in HEAD}
    assert describe(sample, read_sample(sample)) == expected


def test_no_platform_is_without_a_saved_answer_that_lists_something() -> None:
    assert platforms_without_sample() == []


def test_no_saved_answer_is_without_what_must_come_of_it() -> None:
    checked = {sample.path for sample in SAMPLES}
    answers = {path for pattern in ANSWERS for path in PAGES.glob(f"*/{pattern}") if "expected" not in path.name}
    assert answers - checked == set()
    assert {path.parent.name for path in checked} - {FAULTS} <= {platform.value for platform in Platform}


def test_a_sample_that_gives_something_else_is_noticed() -> None:
    sample = next(one for one in SAMPLES if one.name == "medium/feed.xml")
    tampered = replace(sample, expected={**sample.expected, "source": {**sample.expected["source"], "platform": "rss"}})
    assert describe(tampered, read_sample(tampered)) != describe(sample, read_sample(sample))


@pytest.mark.parametrize("platform", [one for one in Platform if find_traits(one).api], ids=str)
def test_a_platform_whose_api_is_known_needs_no_paths(platform: Platform) -> None:
    (api,) = make_source(platform=platform, api=[{"url": "https://www.gov.example/api"}]).api
    assert (api.rows, api.link, api.title) != (None, None, None)
    assert make_source(platform=platform, api=[api]).api == (api,), "completing it twice changes nothing"


def test_a_path_that_a_file_declares_goes_before_the_platforms() -> None:
    (api,) = make_source(platform="wordpress", api=[{"url": "https://www.gov.example/api", "title": "name"}]).api
    assert (api.title, api.rows) == ("name", "@")


def test_a_source_is_the_same_after_it_has_travelled_in_an_order() -> None:
    source = make_source(platform="ontario-news", api=[{"url": "https://api.gov.example/releases"}])
    assert type(source).model_validate_json(source.model_dump_json()) == source


# -- faults of feeds that need more than one look


def test_a_feed_of_1200_items_is_read_whole() -> None:
    """R39."""
    items = "".join(
        f"<item><title>Item {number}</title><link>https://www.gov.example/{number}</link></item>"
        for number in range(1200)
    )
    body = f'<rss version="2.0"><channel><title>All</title>{items}</channel></rss>'
    listed = read_feed(make_entry_page(body, Way.FEED))
    assert isinstance(listed, Listed)
    assert (len(listed.rows), listed.warnings) == (1200, ())


def test_a_stale_feed_shows_by_its_newest_date() -> None:
    """R23: it parses well and says `lastBuildDate` is now, so its rows alone can tell."""
    (sample,) = (one for one in SAMPLES if one.path.name == "stale.xml")
    listed = read_sample(sample)
    assert isinstance(listed, Listed)
    newest = max(row.published.at for row in listed.rows if row.published.at)
    assert NOW - newest > timedelta(days=365)


def test_a_story_that_moved_to_another_path_is_known_by_its_guid() -> None:
    """R15: as at PublicTechnology in 2017."""
    before, after = (
        read_sample(one) for name in ("before", "after") for one in SAMPLES if one.path.name == f"two-paths-{name}.xml"
    )
    assert isinstance(before, Listed)
    assert isinstance(after, Listed)
    (old,), (new,) = before.rows, after.rows
    assert old.guid is not None
    source = make_source(feeds=[old.entry_point])
    order = SourceOrder(source=source, known={url_key(old.url): old.fingerprint, old.guid: old.fingerprint})
    assert url_key(old.url) != url_key(new.url)
    assert find_fingerprint(order, url_key(new.url), new) == new.fingerprint


# -- WordPress


@pytest.mark.parametrize(
    ("local", "gmt", "on", "at"),
    [
        ("2026-11-11T22:30:00", "2026-11-12T03:30:00", date(2026, 11, 11), datetime(2026, 11, 12, 3, 30, tzinfo=UTC)),
        ("2026-11-12T15:00:00", "2026-11-12T09:30:00", date(2026, 11, 12), datetime(2026, 11, 12, 9, 30, tzinfo=UTC)),
        ("2026-11-12T09:30:00", "2026-11-12T09:30:00", date(2026, 11, 12), datetime(2026, 11, 12, 9, 30, tzinfo=UTC)),
        ("2026-11-12T09:30:00", None, date(2026, 11, 12), None),
        ("2026-11-12T09:30:00", "0000-00-00T00:00:00", date(2026, 11, 12), None),
        ("2026-11-12T09:30:00", "2026-10-12T09:30:00", date(2026, 11, 12), None),
        (
            "2026-11-12T09:30:00+01:00",
            "2026-11-12T08:30:00",
            date(2026, 11, 12),
            datetime(2026, 11, 12, 8, 30, tzinfo=UTC),
        ),
        (None, None, None, None),
        ("soon", 7, None, None),
    ],
)
def test_a_post_is_dated_by_the_day_that_its_site_prints(
    local: Any, gmt: Any, on: date | None, at: datetime | None
) -> None:
    """R21."""
    posts = [{"date": local, "date_gmt": gmt, "link": "https://www.gov.example/a", "title": {"rendered": "A"}}]
    (row,) = read_rows(json.dumps(posts), {"url": "https://www.gov.example/wp-json/wp/v2/posts"}, Platform.WORDPRESS)
    assert (row.published.on, row.published.at) == (on, at)


def test_an_item_that_is_no_object_is_only_a_row_without_a_link() -> None:
    posts = [7, {"link": "https://www.gov.example/a", "title": {"rendered": ""}}]
    (row,) = read_rows(json.dumps(posts), {"url": "https://www.gov.example/wp-json/wp/v2/posts"}, Platform.WORDPRESS)
    assert row.title is None


def test_the_pages_of_wordpress_end_with_the_number_in_its_header() -> None:
    (sample,) = (one for one in SAMPLES if one.name == "wordpress/api.json")
    last = replace(sample, expected={**sample.expected, "headers": {"x-wp-totalpages": "1"}})
    listed = read_sample(last)
    assert isinstance(listed, Listed)
    assert listed.next_url is None


FEED = "https://www.gov.example/feed/"


@pytest.mark.parametrize(
    ("url", "older"),
    [
        (FEED, f"{FEED}?paged=2"),
        (f"{FEED}?paged=2", f"{FEED}?paged=3"),
        (f"{FEED}?cat=3&paged=x", f"{FEED}?cat=3&paged=2"),
        (f"{FEED}?paged=99999999", f"{FEED}?paged=2"),
    ],
)
def test_the_older_entries_of_a_wordpress_feed_have_an_address(url: str, older: str) -> None:
    assert find_older_feed(url) == older


def blog(pages: int, *, beyond: Answer) -> Site:
    """A WordPress feed of two posts a page, numbered from 0, the newest first."""
    site = Site({f"/{number}": make_page(f"Post {number}") for number in range(pages * 2)})
    for page in range(pages):
        posts = [make_item(site.url(f"/{number}"), f"Post {number}") for number in range(page * 2, page * 2 + 2)]
        site.pages["/feed" if page == 0 else f"/feed?paged={page + 1}"] = make_feed(*posts)
    site.pages[f"/feed?paged={pages + 1}"] = beyond
    return site


def look_again(site: Site, known: set[str], *, source_id: str = "press", page_through: bool = False) -> SourceOrder:
    source = make_source(source_id, platform="wordpress", feeds=[site.url("/feed")])
    return SourceOrder(source=source, known={url_key(site.url(path)): "" for path in known}, page_through=page_through)


def test_posts_that_a_feed_no_longer_shows_are_caught_up_with(tmp_path: Path) -> None:
    """After days of downtime a feed of ten posts has dropped some that nobody has seen."""
    looks: dict[str, tuple[set[str], int, int]] = {
        "first": (set(), 1, 2),  # takes what the feed shows
        "one-new": ({"/1", "/2"}, 1, 1),
        "none-new": ({"/0", "/1"}, 1, 0),
        "two-pages-new": ({"/4"}, 3, 5),
        "all-new": ({"/long-ago"}, 4, 6),
    }
    with ExitStack() as sites:
        up = {name: sites.enter_context(blog(3, beyond=Answer(status=404))) for name in looks}
        orders = [look_again(site, looks[name][0], source_id=name) for name, site in up.items()]
        result = crawl(make_order(*orders), tmp_path)
        read = {name: len([path for path in site.paths if path.startswith("/feed")]) for name, site in up.items()}
    new = Counter(one.source for one in result.announcements)
    assert {name: (known, read[name], new[name]) for name, (known, _, _) in looks.items()} == looks
    assert result.losses == []
    assert all(ended.reached_end for ended in result.all(SourceEnded))


def test_catching_up_that_breaks_off_goes_on_the_next_time(tmp_path: Path) -> None:
    with blog(1, beyond=Answer(status=410)) as site:
        result = crawl(make_order(look_again(site, {"/long-ago"})), tmp_path)
        assert (result.lost().loss, result.ended.reached_end) == (Loss.GONE, False)
        site.pages["/feed?paged=2"] = make_feed(make_item(site.url("/2"), "Post 2"))
        site.pages |= {"/2": make_page("Post 2")}
        again = crawl(make_order(look_again(site, {"/0", "/1"}, page_through=True)), tmp_path)
    assert [one.title for one in again.announcements] == ["Post 2"]


def test_an_endless_feed_is_read_ten_times_at_most(tmp_path: Path) -> None:
    """R39."""
    with blog(14, beyond=Answer(status=404)) as site:
        crawl(make_order(look_again(site, {"/long-ago"})), tmp_path)
        assert len([path for path in site.paths if path.startswith("/feed")]) == 10


def read_rows(body: str, api: dict[str, Any], platform: Platform) -> tuple[Row, ...]:
    page = make_entry_page(
        body,
        Way.API,
        url=api["url"],
        api=Api(**api).complete(find_traits(platform).api or Api(**api)).model_dump(),
        platform=platform,
    )
    listed = read_api(page)
    assert isinstance(listed, Listed), listed
    return listed.rows


# -- the Federal Register


def test_a_search_of_the_federal_register_without_results_may_be_answered_404(tmp_path: Path) -> None:
    with Site({"/api": Answer(status=404)}) as site:
        api = [{"url": site.url("/api")}]
        allowed = make_source("allowed", platform="federal-register", api=api, expect={"rows": 0})
        result = crawl(make_order(allowed, make_source("faulty", platform="federal-register", api=api)), tmp_path)
    assert [(lost.source, lost.loss) for lost in result.losses] == [("faulty", Loss.NO_ROWS)]
    assert [(entry.source, entry.warnings) for entry in result.entries] == [
        ("allowed", ("404 Not Found was read as an empty list",))
    ]


# -- Canada


@pytest.mark.parametrize(
    ("path", "department"),
    [
        ("/en/shared-services/news/2026/11/a.html", "Shared Services Canada"),
        ("/en/office-of-the-chief-science-advisor/news/2026/11/a.html", "Office of the Chief Science Advisor"),
        ("/fr/emploi-developpement-social/nouvelles/2026/11/a.html", "Emploi et Développement social Canada"),
        ("/fr/agence-spatiale/nouvelles/2026/11/a.html", "Agence spatiale"),
        ("/en/news/archive/2017/10/a.html", None),
        ("/en.html", None),
    ],
)
def test_the_department_is_read_from_the_path(path: str, department: str | None) -> None:
    assert find_department(f"https://www.canada.ca{path}") == department


# -- pages that are read from a platform's API


def fetched(name: str, url: str, **values: Any) -> FetchedPage:
    return FetchedPage(
        **{
            "source": "press",
            "source_name": "GOV.UK",
            "language": "en",
            "row": Row(url=url, entry_point=url, way=Way.FEED, title="A title"),
            "requested_url": url,
            "url": f"{url}?api",
            "redirects": (f"{url}?hop",),
            "content_type": JSON,
            "body": (PAGES / name).read_bytes(),
            "validators": Validators(url=f"{url}?api", etag='"1"'),
            **values,
        }
    )


def announce(page: FetchedPage, platform: Platform) -> Announcement:
    written = read_page_of_api(page, platform=platform)
    assert isinstance(written, FetchedPage), written
    announcement = read_page(written, now=NOW)
    assert isinstance(announcement, Announcement), announcement
    return announcement


def test_a_page_of_gov_uk_is_read_from_the_content_api() -> None:
    """It says when a page was first published, which Atom and the search do not; 23:30 in Greenwich is the next day in July."""
    url = "https://www.gov.uk/government/news/uk-and-coastland-sign-digital-government-memorandum"
    told = announce(fetched("govuk/page-api.json", url), Platform.GOVUK)
    assert (told.url, told.title) == (url, "UK and Coastland sign digital government memorandum")
    assert (told.published.on, told.published.at) == (date(2026, 7, 2), datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert told.text_state is TextState.PAGE
    assert told.text is not None
    assert told.text.startswith("The United Kingdom and Coastland signed a memorandum")
    assert "the training of service assessors" in told.text
    assert told.text.endswith("Memorandum of understanding between the UK and Coastland")
    assert told.author == "Government Digital Service, Cabinet Office"
    assert [key.value for key in told.keys] == [url]


def test_a_release_of_ontario_is_read_from_its_api() -> None:
    url = "https://news.ontario.ca/en/release/1006712/ontario-opens-one-place-for-business-permits"
    told = announce(fetched("ontario-news/page-api.json", url), Platform.ONTARIO_NEWS)
    assert (told.url, told.title) == (url, "Ontario Opens One Place for Business Permits")
    assert (told.published.on, told.published.at) == (date(2026, 11, 19), datetime(2026, 11, 20, 2, tzinfo=UTC))
    assert told.text is not None
    assert told.text.startswith("TORONTO — Ontario’s digital service")
    assert "Permits that come from towns will follow next year." in told.text


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({"body": "<p>As it is.</p>"}, "As it is."),
        ({"body": [{"content_type": "text/govspeak", "content": "raw"}, {"content_type": "text/html", "content": "<p>Formatted.</p>"}]},
         "Formatted."),
        ({"parts": [{"title": "Part one", "body": "<p>First.</p>"}, {"title": "Part two", "body": None}]}, "Part one\nFirst.\nPart two"),
        ({"introduction": "<p>Before.</p>", "body": "<p>After.</p>"}, "Before.\nAfter."),
    ],
)  # fmt: skip
def test_the_text_of_a_gov_uk_page_stands_in_several_places(details: dict[str, Any], text: str) -> None:
    body = json.dumps({"title": "T", "base_path": "/a", "details": details}).encode()
    written = read_page_of_api(
        fetched("govuk/page-api.json", "https://www.gov.uk/a", body=body), platform=Platform.GOVUK
    )
    assert isinstance(written, FetchedPage)
    assert read_lines(written.body.decode().partition("<h1>T</h1>")[2]) == text


def test_what_an_api_says_cannot_become_markup_in_the_head() -> None:
    document = {
        "title": "</title><script>alert(1)</script>",
        "base_path": '/a"><b',
        "details": {"body": "<p>Text</p>"},
        "locale": '"><script>',
    }
    page = fetched("govuk/page-api.json", "https://www.gov.uk/a", body=json.dumps(document).encode())
    written = read_page_of_api(page, platform=Platform.GOVUK)
    assert isinstance(written, FetchedPage)
    assert b"<script>" not in written.body


@pytest.mark.parametrize("platform", [Platform.GOVUK, Platform.ONTARIO_NEWS])
@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"[]", b"{}", b'{"data": 7, "title": "A", "base_path": "/a", "details": 7}']
)
def test_an_api_without_the_page_says_so(platform: Platform, body: bytes) -> None:
    page = fetched("govuk/page-api.json", "https://www.gov.example/a", body=body)
    assert isinstance(read_page_of_api(page, platform=platform), NotAPage)


def row_of(url: str, entry: str, way: Way = Way.API) -> Row:
    return Row(url=url, entry_point=entry, way=way)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://www.gov.uk/government/news/a", "https://www.gov.uk/api/content/government/news/a"),
        ("https://www.gov.uk/government/news/a/?x=1#top", "https://www.gov.uk/api/content/government/news/a"),
        ("https://www.gov.uk/", None),
        ("https://www.gov.uk/api/content/a", None),
        ("https://gds.blog.gov.uk/2026/a", None),
    ],
)
def test_the_content_api_is_asked_for_pages_of_its_own_host_alone(url: str, address: str | None) -> None:
    assert find_content_address(row_of(url, "https://www.gov.uk/search/all.atom", Way.FEED)) == address


@pytest.mark.parametrize(
    ("url", "way", "address"),
    [
        (
            "https://news.ontario.ca/en/release/7/a",
            Way.API,
            "https://api.news.ontario.ca/api/v1/releases/7?language=en",
        ),
        ("https://news.ontario.ca/fr/bulletin/7", Way.API, "https://api.news.ontario.ca/api/v1/releases/7?language=fr"),
        ("https://news.ontario.ca/en/release/7/a", Way.FEED, None),
        ("https://news.ontario.ca/en/about", Way.API, None),
    ],
)
def test_a_release_is_asked_for_where_it_was_listed(url: str, way: Way, address: str | None) -> None:
    entry = "https://api.news.ontario.ca/api/v1/releases?language=en&limit=50"
    assert find_release_address(row_of(url, entry, way)) == address
    assert find_page_api_address(Platform.ONTARIO_NEWS, row_of(url, entry, way)) == address
    assert find_page_api_address(Platform.RSS, row_of(url, entry, way)) is None


def govuk_site(answers: Mapping[str, Answer]) -> Site:
    entry = "<entry><id>tag:gov,2005:/news/a</id><title>A page</title><link rel='alternate' href='/news/a'/><updated>2026-11-20T09:00:00Z</updated></entry>"
    feed = f"<feed xmlns='http://www.w3.org/2005/Atom'>{entry}</feed>"
    return Site({"/feed": Answer(kind="application/xml", body=feed), "/news/a": make_page("From the page"), **answers})


CONTENT = json.dumps(
    {"title": "From the API", "base_path": "/news/a", "details": {"body": "<p>A page with a text of its own.</p>" * 9}}
)


def crawl_govuk(site: Site, folder: Path, **order: Any) -> Crawl:
    source = make_source(platform="govuk", feeds=[site.url("/feed")])
    return crawl(make_order(SourceOrder(source=source, **order)), folder)


def test_a_crawl_asks_the_content_api_instead_of_the_page(tmp_path: Path) -> None:
    with govuk_site({"/api/content/news/a": Answer(kind=JSON, body=CONTENT, etag='"7"')}) as site:
        (told,) = crawl_govuk(site, tmp_path).announcements
        assert "/news/a" not in site.paths
        assert (told.title, told.url, told.text_state) == ("From the API", site.url("/news/a"), TextState.PAGE)
        # the server's mark belongs to the address that gave it, and is sent there again
        key = url_key(told.url)
        assert told.validators is not None
        again = crawl_govuk(site, tmp_path, known={key: "feed:other"}, page_validators={key: told.validators})
        assert [line.url for line in again.all(PageChecked)] == [site.url("/news/a")]
        assert site.asked_for("/api/content/news/a")[-1].headers.get("If-None-Match") == '"7"'


def test_where_the_api_has_no_page_the_page_itself_is_asked_for(tmp_path: Path) -> None:
    """R29: what robots.txt forbids is not asked for."""
    address = "/api/content/news/a"
    answers: dict[str, dict[str, Answer]] = {
        "missing": {},
        "refused": {address: Answer(status=403)},
        "no-text": {address: Answer(kind=JSON, body="{}")},
        "no-json": {address: Answer(body="<html>Just a moment</html>")},
        "forbidden": {"/robots.txt": Answer(kind="text/plain", body="User-agent: *\nDisallow: /api/\n")},
    }
    with ExitStack() as sites:
        up = {name: sites.enter_context(govuk_site(given)) for name, given in answers.items()}
        sources = [make_source(name, platform="govuk", feeds=[site.url("/feed")]) for name, site in up.items()]
        result = crawl(make_order(*sources), tmp_path)
        assert [name for name, site in up.items() if address not in site.paths] == ["forbidden"]
    assert {one.source: one.title for one in result.announcements} == dict.fromkeys(answers, "From the page")
    assert result.losses == []


def test_a_host_that_asks_to_be_left_alone_is_not_asked_for_the_page_as_well(tmp_path: Path) -> None:
    """R29."""
    with govuk_site({"/api/content/news/a": Answer(status=429, headers={"Retry-After": "600"})}) as site:
        result = crawl_govuk(site, tmp_path)
        assert "/news/a" not in site.paths
    assert result.lost().loss is Loss.TOO_MANY_REQUESTS


def test_a_page_that_is_gone_is_gone_by_its_own_word(tmp_path: Path) -> None:
    with govuk_site({"/news/a": Answer(status=410)}) as site:
        assert crawl_govuk(site, tmp_path).lost().loss is Loss.GONE


# -- hosts that let connections hang


@pytest.mark.parametrize(("platform", "limit_s"), [("govcms", 10.0), ("drupal", None)])
async def test_a_host_that_lets_connections_hang_is_not_waited_for(platform: str, limit_s: float | None) -> None:
    source = make_source(platform=platform, feeds=["https://www.gov.example/feed"])
    known = Validators(url="https://www.gov.example/feed")
    order = make_order(SourceOrder(source=source, validators=(known,)), limits={"request_timeout_s": 30})
    spider = OrderSpider(order=order)
    requests = [request async for request in spider.start()]
    await spider.workers.close()
    assert [request.meta.get("download_timeout") for request in requests] == [limit_s]


def test_every_file_of_a_platform_is_read_for_it() -> None:
    folder = Path(platforms.__file__).parent
    files = {path.stem for path in folder.glob("*.py") if "\nTRAITS = " in path.read_text(encoding="utf-8")}

    assert files == {platform.name.lower() for platform in WITH_A_FILE}
    assert {platform for platform in Platform if find_traits(platform) != PLAIN} == WITH_A_FILE
