"""JSON APIs: the paths that a source declares, paging, and answers that are not what was declared."""

import json
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.announcement import DateSource, Loss, NotAPage, Row
from crawler.api import read_api
from crawler.entry_page import Listed
from crawler.order import SourceEnded, SourceOrder
from crawler.urls import url_key
from crawler.way import Way
from tests.crawling import crawl, make_order, make_page, make_source
from tests.entry_pages import make_entry_page
from tests.loopback import Answer, Asked, Site

SITE = "https://www.gov.example"
URL = f"{SITE}/api/news?lang=en"
SHAPE = {
    "rows": "data.items",
    "link": "path",
    "link_prefix": SITE,
    "title": "headline.text",
    "date": "shown_date",
    "updated": "changed",
    "summary": "lead",
    "text": "body",
    "author": "offices[].name",
    "id": "number",
    "language": "lang",
}
ITEM: dict[str, Any] = {
    "path": "/news/a",
    "headline": {"text": "Digital &amp; <em>open</em>"},
    "shown_date": "October 2, 2023",
    "changed": "2023-10-05T08:00:00Z",
    "lead": "<p>In&nbsp;short &mdash; R&amp;D</p>",
    "body": "<p>The whole text.</p>",
    "offices": [{"name": "Digital Office"}, {"name": "Treasury &amp; Board"}],
    "number": 4711,
    "lang": "en",
}


def read(document: Any, shape: dict[str, Any] | None = None, url: str = URL, **values: Any) -> Listed:
    listed = read_any(document, shape, url, **values)
    assert isinstance(listed, Listed), listed
    return listed


def read_any(document: Any, shape: dict[str, Any] | None = None, url: str = URL, **values: Any) -> Listed | NotAPage:
    body = document if isinstance(document, str | bytes) else json.dumps(document)
    return read_api(make_entry_page(body, Way.API, url=url, api=SHAPE if shape is None else shape, **values))


def read_row(**changes: Any) -> Row:
    (row,) = read({"data": {"items": [{**ITEM, **changes}]}}).rows
    return row


def rows(count: int, first: int = 0) -> dict[str, Any]:
    items = [
        {"path": f"/news/{number}", "headline": {"text": f"Number {number}"}} for number in range(first, first + count)
    ]
    return {"data": {"items": items}}


def test_a_row_is_read_by_the_declared_paths() -> None:
    row = read_row()
    assert (row.url, row.title, row.guid, row.language) == (f"{SITE}/news/a", "Digital & open", "4711", "en")
    assert row.summary == "In short — R&D"
    assert row.content_html == "<p>The whole text.</p>"
    assert row.author == "Digital Office, Treasury & Board"
    assert (row.published.on, row.published.at, row.published.source) == (date(2023, 10, 2), None, DateSource.API)
    assert row.updated_at == datetime(2023, 10, 5, 8, tzinfo=UTC)
    assert (row.way, row.entry_point) == (Way.API, URL)


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ("Sep 28, 2026 00:00:00-0400", date(2026, 9, 28)),
        ("Published: 4 July 2023, updated 5 July 2023", date(2023, 7, 4)),
        (1696204800, date(2023, 10, 2)),
        (1696204800000.0, date(2023, 10, 2)),
        ("2024-02-03 16:00:00", date(2024, 2, 3)),
        ("0001-01-01T00:00:00Z", None),
        ("2031-01-01", None),
        ("soon", None),
        ({"day": 1}, None),
        (None, None),
        (True, None),
    ],
)
def test_dates_are_read_as_displayed_or_not_at_all(said: object, on: date | None) -> None:
    """R21."""
    assert read_row(shown_date=said).published.on == on


def test_without_a_summary_the_beginning_of_the_text_stands_in() -> None:
    assert read_row(lead=None).summary == "The whole text."


@pytest.mark.parametrize("change", [{"changed": "2023-10-06"}, {"headline": {"text": "New"}}, {"body": "<p>New</p>"}])
def test_what_says_something_else_has_another_fingerprint(change: dict[str, Any]) -> None:
    assert read_row(**change).fingerprint != read_row().fingerprint


def test_a_document_that_is_a_list_is_read_with_the_path_to_itself() -> None:
    listed = read([{"link": "/a", "title": "A"}], {"rows": "@", "link": "link", "title": "title"})
    assert [row.url for row in listed.rows] == [f"{SITE}/a"]


def test_a_link_may_be_put_together_from_several_fields() -> None:
    shape = {"rows": "@", "link": "join('/', ['/en', kind, to_string(id), slug])", "title": "slug"}
    listed = read([{"kind": "release", "id": 60231, "slug": "a"}, {"id": 2, "slug": "b"}], shape)
    assert [row.url for row in listed.rows] == [f"{SITE}/en/release/60231/a"]
    assert listed.warnings == ("row 2 has no link to a page",)


@pytest.mark.parametrize("link", ["", None, "javascript:alert(1)", "http://[bad", 7.5, ["x:"], {}])
def test_a_row_without_a_link_is_a_warning(link: object) -> None:
    shape = {"rows": "@", "link": "link", "title": "t"}
    listed = read([{"link": link, "t": "A"}, {"link": "/b", "t": "B"}], shape)
    urls = [row.url for row in listed.rows]
    assert f"{SITE}/b" in urls
    assert len(urls) + len(listed.warnings) == 2


def test_an_id_that_all_rows_share_names_none_of_them() -> None:
    """R14."""
    listed = read({"data": {"items": [ITEM, {**ITEM, "path": "/news/b"}]}})
    assert [row.guid for row in listed.rows] == [None, None]


def test_rows_beyond_the_limit_are_said_to_be_left_out() -> None:
    """R39."""
    listed = read(rows(9), max_rows=4)
    assert len(listed.rows) == 4
    assert "of which the first 4 were read" in " ".join(listed.warnings)


@pytest.mark.parametrize(
    ("document", "loss", "said"),
    [
        ("", Loss.NOT_A_FEED, "serves nothing"),
        ("<!DOCTYPE html><html>Not Found</html>", Loss.NOT_A_FEED, "no JSON"),
        ('{"data": ', Loss.UNREADABLE, "not valid JSON"),
        ("[" * 100_000, Loss.UNREADABLE, "not valid JSON"),
        ({"error": "no such code", "status": 422}, Loss.UNREADABLE, "no list at rows = 'data.items'; there are: error, status"),
        ({"data": {"items": {"a": 1}}}, Loss.UNREADABLE, "no list at rows"),
        ([], Loss.UNREADABLE, "no list at rows = 'data.items'; there is a list"),
        ({"data": {"items": [{"url": "/a", "headline": {"text": "A"}}]}}, Loss.UNREADABLE,
         "none of the 1 rows has a link at 'path'; there are: url, headline"),
        ({"data": {"items": [{"path": "/a", "headline": "A"}]}}, Loss.UNREADABLE, "has a title at 'headline.text'"),
        ({"data": {"items": ["/a", "/b"]}}, Loss.UNREADABLE, "none of the 2 rows has a link at 'path'; there is a str"),
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_a_fault_that_says_what_is_there(document: Any, loss: Loss, said: str) -> None:
    """R23."""
    refused = read_any(document)
    assert isinstance(refused, NotAPage)
    assert (refused.loss, said in refused.detail) == (loss, True), refused.detail


def test_a_path_that_leads_nowhere_in_any_row_is_a_warning() -> None:
    said = read({"data": {"items": [{"path": "/a", "headline": {"text": "A"}}]}}).warnings
    assert said[0] == "no row has a date at 'shown_date'"
    assert "no row has an id at 'number'" in said


def test_an_empty_list_is_read_as_one() -> None:
    assert read({"data": {"items": []}}).is_empty


def test_characters_that_nothing_may_carry_are_left_out() -> None:
    assert read_row(headline={"text": "A\ud800 \u0000title"}).title == "A title"


# -- paging


def next_of(document: Any, paging: dict[str, Any] | None = None, url: str = URL, **values: Any) -> str | None:
    shape = {**SHAPE, **values.pop("shape", {}), **({"paging": paging} if paging else {})}
    return read(document, shape, url, **values).next_url


@pytest.mark.parametrize(
    ("link", "following"),
    [
        (f"{SITE}/api/news?page=2", f"{SITE}/api/news?page=2"),
        ("/api/news?cursor=x%3D", f"{SITE}/api/news?cursor=x%3D"),
        (None, None),
        ("", None),
        (URL, None),
        ("file:///etc/passwd", None),
        (f"{SITE}/?{'x' * 5000}", None),
    ],
)
def test_the_next_page_is_the_one_that_the_answer_names(link: str | None, following: str | None) -> None:
    document = {**rows(2), "links": {"next": link}}
    assert next_of(document, shape={"next": "links.next"}) == following


@pytest.mark.parametrize(
    ("paging", "query", "extra", "following"),
    [
        ({"parameter": "page"}, "lang=en", {}, "lang=en&page=2"),
        ({"parameter": "page"}, "page=7&lang=en", {}, "page=8&lang=en"),
        ({"parameter": "page", "first": 0}, "lang=en", {}, "lang=en&page=1"),
        ({"parameter": "page", "size": 3}, "lang=en", {}, "lang=en&page=2"),
        ({"parameter": "page", "size": 4}, "lang=en", {}, None),
        ({"parameter": "page", "size": 4, "size_parameter": "limit"}, "limit=3", {}, "limit=3&page=2"),
        ({"parameter": "page", "last": "pages"}, "page=2", {"pages": 3}, "page=3"),
        ({"parameter": "page", "last": "pages"}, "page=3", {"pages": 3}, None),
        ({"parameter": "page", "first": 0, "last": "pages"}, "page=1", {"pages": "3"}, "page=2"),
        ({"parameter": "page", "first": 0, "last": "pages"}, "page=2", {"pages": "3"}, None),
        ({"parameter": "start", "counts": "rows", "size": 3}, "lang=en", {}, "lang=en&start=3"),
        ({"parameter": "start", "counts": "rows", "size_parameter": "count"}, "count=3&start=3", {}, "count=3&start=6"),
        ({"parameter": "start", "counts": "rows", "size": 3, "last": "total"}, "start=3", {"total": 7}, "start=6"),
        ({"parameter": "start", "counts": "rows", "size": 3, "last": "total"}, "start=3", {"total": 6}, None),
        ({"parameter": "page", "last": "pages"}, "page=x", {"pages": "many"}, "page=2"),
        ({"parameter": "page"}, "f[]=a&f[]=b", {}, "f%5B%5D=a&f%5B%5D=b&page=2"),
    ],
)  # fmt: skip
def test_the_next_page_is_the_one_with_the_next_number(
    paging: dict[str, Any], query: str, extra: dict[str, Any], following: str | None
) -> None:
    expected = following and f"{SITE}/api?{following}"
    assert next_of({**rows(3), **extra}, paging, f"{SITE}/api?{query}") == expected


def test_a_header_may_say_how_many_pages_there_are() -> None:
    paging = {"parameter": "page", "last_header": "X-WP-TotalPages"}
    assert next_of(rows(3), paging, headers={"x-wp-totalpages": "2"}) == f"{URL}&page=2"
    assert next_of(rows(3), paging, headers={"x-wp-totalpages": "1"}) is None


def test_an_empty_page_is_the_last_one() -> None:
    assert next_of(rows(0), {"parameter": "page"}) is None


# -- whole crawls


def paged_api(pages: int, *, beyond: Answer, size: int = 2) -> Site:
    """An API of `pages` pages of announcements numbered from 0; `beyond` answers the page after the last one."""
    site = Site()
    for number in range(pages):
        items = [{"path": f"/a/{row}", "title": f"Title {row}"} for row in range(number * size, (number + 1) * size)]
        path = "/api" if number == 0 else f"/api?page={number + 1}"
        site.pages[path] = Answer(kind="application/json", body=json.dumps({"items": items}), etag=f'"{number}"')
    site.pages[f"/api?page={pages + 1}"] = beyond
    site.pages |= {f"/a/{row}": make_page(f"Title {row}") for row in range(pages * size)}
    return site


def api_order(site: Site, *, known: range = range(0), source_id: str = "press") -> SourceOrder:
    api = {"url": site.url("/api"), "rows": "items", "link": "path", "title": "title", "paging": {"parameter": "page"}}
    keys = {url_key(site.url(f"/a/{number}")): "" for number in known}
    return SourceOrder(source=make_source(source_id, api=[api]), known=keys)


EMPTY = Answer(kind="application/json", body='{"items": []}')


def test_a_first_crawl_pages_to_the_end_however_the_server_says_it(tmp_path: Path) -> None:
    with ExitStack() as sites:
        beyond = {"400": Answer(status=400), "404": Answer(status=404), "empty": EMPTY}
        up = {name: sites.enter_context(paged_api(3, beyond=answer)) for name, answer in beyond.items()}
        result = crawl(make_order(*(api_order(site, source_id=name) for name, site in up.items())), tmp_path)
    for name in beyond:
        assert len([one for one in result.announcements if one.source == name]) == 6
        assert [entry.rows for entry in result.entries if entry.source == name] == [2, 2, 2, 0]
    assert result.losses == []
    assert all(ended.reached_end for ended in result.all(SourceEnded))


def test_paging_stops_at_a_page_of_known_rows(tmp_path: Path) -> None:
    with paged_api(4, beyond=EMPTY) as site:
        result = crawl(make_order(api_order(site, known=range(1, 8))), tmp_path)
        assert [path for path in site.paths if path.startswith("/api")] == ["/api", "/api?page=2"]
    assert [one.title for one in result.announcements] == ["Title 0"]


def test_paging_that_breaks_off_is_said_to(tmp_path: Path) -> None:
    with paged_api(2, beyond=Answer(status=403)) as site:
        result = crawl(make_order(api_order(site)), tmp_path)
    assert result.lost().loss is Loss.REFUSED
    assert not result.ended.reached_end


def test_endless_pages_end_at_the_limit(tmp_path: Path) -> None:
    """R39."""

    def answer(asked: Asked) -> Answer:
        number = asked.path.rpartition("=")[2]
        return Answer(kind="application/json", body=json.dumps({"items": [{"path": f"/a/{number}", "title": "A"}]}))

    with Site() as site:
        site.pages |= {"/api": answer} | {f"/api?page={number}": answer for number in range(2, 20)}
        result = crawl(make_order(api_order(site), limits={"max_listing_pages": 5}), tmp_path)
        assert len([path for path in site.paths if path.startswith("/api")]) == 5
    assert "goes on after the first 5 pages" in " ".join(result.entries[-1].warnings)


def test_a_first_page_that_lists_nothing_is_never_ok(tmp_path: Path) -> None:
    """R23."""
    answers = {
        "empty": (EMPTY, Loss.NO_ROWS),
        "missing": (Answer(status=404), Loss.NOT_FOUND),
        "refused": (Answer(status=400), Loss.REFUSED),
        "page": (Answer(body="<html>Not Found</html>"), Loss.NOT_A_FEED),
        "changed": (Answer(kind="application/json", body='{"results": []}'), Loss.UNREADABLE),
    }
    with ExitStack() as sites:
        up = {name: sites.enter_context(Site({"/api": answer})) for name, (answer, _) in answers.items()}
        result = crawl(make_order(*(api_order(site, source_id=name) for name, site in up.items())), tmp_path)
    assert {lost.source: lost.loss for lost in result.losses} == {name: loss for name, (_, loss) in answers.items()}


def test_an_answer_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    with paged_api(1, beyond=EMPTY) as site:
        order = api_order(site)
        first = crawl(make_order(order), tmp_path)
        validators = tuple(entry.validators for entry in first.entries if entry.validators)
        known = {url_key(one.row.url): one.row.fingerprint for one in first.announcements}
        again = SourceOrder(source=order.source, validators=validators, known=known)
        second = crawl(make_order(again, robots=first.robots), tmp_path)
    assert [entry.unchanged for entry in second.entries] == [True]
