"""Listings of many builds are found, by selectors that outlive the next build, and read as they were meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from crawler.dates import DateReading
from crawler.discovery.look import Document, PageLook, look_at_page
from crawler.source import Listing
from tests.entry_pages import NOW
from tests.listings import LAYOUTS, NO_LISTINGS, Layout

HOST = "https://www.office.example"
MOST_ROWS = 1000


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a guess gives when the crawl's own reader reads by it."""

    listing: Listing
    rows: list[tuple[str, str | None, str | None]]
    next_url: str | None


def look(body: str, *, base: str = "/news/", language: str | None = None) -> PageLook:
    document = Document(url=f"{HOST}{base}", status=200, content_type="text/html; charset=utf-8", body=body.encode())
    found = look_at_page(document, DateReading(now=NOW, language=language), max_bytes=10**7, max_rows=MOST_ROWS)
    assert isinstance(found, PageLook), found
    return found


def guess(layout: Layout) -> Given:
    found = look(layout.page, base=layout.base)
    assert found.listing is not None, "nothing was found"
    rows = [(row.url, row.title, str(row.published.on) if row.published.on else None) for row in found.rows]
    return Given(listing=found.listing.listing, rows=rows, next_url=found.next_url)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_listing_is_found_with_every_link_title_and_day(layout: Layout) -> None:
    given = guess(layout)

    days: Sequence[str | None] = layout.days or [None] * len(layout.titles)
    assert given.rows == list(zip(layout.addresses(HOST), layout.titles, days, strict=True)), given.listing


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_the_next_page_is_found_where_there_is_one(layout: Layout) -> None:
    assert guess(layout).next_url == (f"{HOST}{layout.next_url}" if layout.next_url else None)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_selector_counts_children_or_leans_on_a_name_made_by_a_tool(layout: Layout) -> None:
    written = " ".join(str(value) for value in guess(layout).listing.model_dump(exclude={"url"}).values())

    assert not re.search(r"nth-|css-|sc-|__Xy|views-row-\d|grid-cols", written)


@pytest.mark.parametrize("body", NO_LISTINGS)
def test_menus_tiles_and_single_links_are_no_listing(body: str) -> None:
    assert look(body).listing is None


def test_an_archive_of_thousands_is_a_listing_like_any_other() -> None:
    """R39: only the first of its rows are looked at closely."""
    rows = "".join(
        f'<tr><td>3 October 2023</td><td><a href="/news/{number}">A title of story number {number}</a></td></tr>'
        for number in range(4000)
    )

    assert len(look(f"<html lang=en><body><main><table>{rows}</table></main></body></html>").rows) == MOST_ROWS


def test_a_page_that_a_script_fills_in_is_known_to_be_bare() -> None:
    root = '<html lang="en"><head><title>Office</title></head><body><div id="root"></div>{}</body></html>'

    assert look(root.format('<script src="/app.js"></script>')).is_bare
    assert not look(root.format("<p>A short page.</p>")).is_bare
