"""Listing pages and the selectors that read them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.announcement import DateSource, Loss, NotAPage
from crawler.entry_page import Listed
from crawler.listing import read_listing
from crawler.way import Way
from tests.entry_pages import make_entry_page

SITE = "https://www.gov.example"
CSS = {"rows": "li.post", "link": "h2 a", "title": "h2", "date": ".date", "summary": ".lead", "next": "a[rel=next]"}


def read(body: bytes | str, listing: dict[str, str] | None = None, **values: Any) -> Listed:
    page = make_entry_page(body, Way.LISTING, url=f"{SITE}/news/", listing=listing or CSS, **values)
    listed = read_listing(page)
    assert isinstance(listed, Listed), listed
    return listed


def post(href: str = "/news/a", title: str = "A service is live", day: str = "2 October 2023") -> str:
    return (
        f'<li class="post"><a href="/image"><img></a><h2><a href="{href}">{title}</a></h2>'
        f'<p class="date">{day}</p><p class="lead">In   short</p></li>'
    )


def page(*posts: str, more: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>News</title></head><body><ul>{''.join(posts)}</ul>{more}</body></html>"


def test_css_selectors_give_the_rows_and_the_next_page() -> None:
    listed = read(page(post(), post("/news/b"), more='<a rel="next" href="?page=2">Older</a>'))
    assert [row.url for row in listed.rows] == [f"{SITE}/news/a", f"{SITE}/news/b"]
    row = listed.rows[0]
    assert (row.title, row.summary) == ("A service is live", "In short")
    assert (row.published.on, row.published.source) == (date(2023, 10, 2), DateSource.LISTING)
    assert listed.next_url == f"{SITE}/news/?page=2"


def test_xpath_selectors_do_the_same() -> None:
    xpath = {
        "rows": "//li[@class='post']",
        "link": "./h2/a/@href",
        "title": "./h2/a/text()",
        "date": ".//p[@class='date']",
        "next": "//a[@rel='next']/@href",
    }
    listed = read(page(post(), more='<a rel="next" href="/news/2">Older</a>'), xpath)
    assert [(row.url, row.title, row.published.on) for row in listed.rows] == [
        (f"{SITE}/news/a", "A service is live", date(2023, 10, 2))
    ]
    assert listed.next_url == f"{SITE}/news/2"


def test_a_machine_readable_date_goes_before_the_printed_one() -> None:
    """R21: as Go prints it on digital.canada.ca."""
    stamped = '<li class="post"><h2><a href="/a">A</a></h2><time class="date" datetime="2023-10-30 11:01:00 +0000 UTC">x</time>'
    (row,) = read(page(stamped + "</li>")).rows
    assert row.published.on == date(2023, 10, 30)
    assert row.published.at is not None


@pytest.mark.parametrize(
    ("printed", "on"),
    [("3 June 2026", date(2026, 6, 3)), ("Wednesday", date(2026, 6, 2)), ("9 May 2026", date(2026, 6, 2))],
)
def test_the_day_that_is_printed_is_kept_where_the_moment_is_told_in_another_zone(printed: str, on: date) -> None:
    """R21."""
    row = f'<li class="post"><h2><a href="/a">A</a></h2><time class="date" datetime="2026-06-02T23:30:00Z">{printed}</time></li>'
    (read_row,) = read(page(row)).rows
    assert (read_row.published.on, read_row.published.at) == (on, datetime(2026, 6, 2, 23, 30, tzinfo=UTC))


def test_dates_are_read_in_the_language_of_the_source() -> None:
    (row,) = read(page(post(day="Publié le 4 juillet 2023")), language="fr").rows
    assert row.published.on == date(2023, 7, 4)


def test_without_a_title_selector_the_title_is_the_text_of_the_link_or_a_heading() -> None:
    card = '<li class="post"><a href="/a"><img></a><h3>Heading of the card</h3></li>'
    listing = {"rows": "li.post"}
    assert read(page(card), listing).rows[0].title == "Heading of the card"
    text = '<li class="post"><a href="/a">Text &amp;amp; link</a></li>'
    assert read(page(text), listing).rows[0].title == "Text &amp; link", "decoded once, as a browser does"


def test_a_row_may_be_the_link_itself() -> None:
    listed = read(page('<a class="card" href="/a">Title</a>'), {"rows": "a.card"})
    assert [(row.url, row.title) for row in listed.rows] == [(f"{SITE}/a", "Title")]


def test_addresses_follow_the_base_of_the_page() -> None:
    body = page(post("a")).replace("<head>", '<head><base href="https://cdn.gov.example/x/">')
    assert read(body).rows[0].url == "https://cdn.gov.example/x/a"


@pytest.mark.parametrize("href", ["", "javascript:go()", "mailto:x@example.org"])
def test_a_row_without_a_link_is_a_warning(href: str) -> None:
    listed = read(page(post(href), post()))
    assert [row.url for row in listed.rows] == [f"{SITE}/news/a"]
    assert listed.warnings == ("row 1 has no link to a page",)


@pytest.mark.parametrize("href", ["#", " #none", "#/news/1", "/news", f"{SITE}/news/#a", "/news?utm_source=x"])
@pytest.mark.parametrize("base", ["", '<base href="/app/">'])
def test_a_row_that_leads_to_the_list_itself_is_a_warning(href: str, base: str) -> None:
    """Only a script knows where else it would lead."""
    listed = read(page(post(href), post()).replace("<head>", f"<head>{base}"))
    assert [row.url for row in listed.rows] == [f"{SITE}/news/a"]
    assert listed.warnings == ("row 1 leads to the list itself",)


def test_a_link_that_only_opens_the_row_is_passed_over() -> None:
    row = post().replace("<h2>", '<h2><a href="#">More</a>')
    assert [row.url for row in read(page(row)).rows] == [f"{SITE}/news/a"]


def test_a_list_may_show_its_pages_under_its_own_address() -> None:
    addresses = [f"{SITE}/news/?id=1", f"{SITE}/news/?id=2", f"{SITE}/"]
    assert [row.url for row in read(page(*map(post, addresses))).rows] == addresses


@pytest.mark.parametrize(
    "title",
    [
        "A service<br>is live",
        "<style>.x{}</style>A service is live<script>go()</script>",
        "A <!-- x -->service<?x?> is live",
    ],
)
@pytest.mark.parametrize("selector", [{"title": "h2"}, {"link": "h2 a"}])
def test_a_title_is_what_a_reader_sees(title: str, selector: dict[str, str]) -> None:
    assert read(page(post(title=title)), {**CSS, **selector}).rows[0].title == "A service is live"


def test_a_page_that_is_its_own_next_page_has_none() -> None:
    assert read(page(post(), more=f'<a rel="next" href="{SITE}/news/#more">More</a>')).next_url is None


def test_odd_markup_does_not_stop_the_reading() -> None:
    """A base that is no address, and attributes with names that no XML may have."""
    odd = page(post().replace("<a ", "<a {x}y=1 \x01z=2 ", 2), more='<base href="http://[">')
    assert [row.url for row in read(odd).rows] == [f"{SITE}/news/a"]


def test_selectors_that_match_nothing_give_no_rows() -> None:
    """R23."""
    assert read(page("<li>else</li>")).is_empty


def test_an_empty_page_is_said_to_be_empty() -> None:
    refused = read_listing(make_entry_page(" \n", Way.LISTING, listing=CSS))
    assert isinstance(refused, NotAPage)
    assert refused.loss is Loss.EMPTY


def test_the_charset_of_the_header_the_page_or_neither_is_found() -> None:
    accented = page(post(title="Créer"))
    assert read(accented.encode("latin-1"), content_type="text/html; charset=iso-8859-1").rows[0].title == "Créer"
    declared = accented.replace("<head>", '<head><meta charset="iso-8859-1">')
    assert read(declared.encode("latin-1")).rows[0].title == "Créer"
    assert read(accented.encode()).rows[0].title == "Créer"


def test_a_new_title_is_a_new_fingerprint() -> None:
    one, other = read(page(post())).rows[0], read(page(post(title="Corrected"))).rows[0]
    assert one.fingerprint != other.fingerprint
