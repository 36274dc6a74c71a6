"""Looks at one page of a site: what it says of the site, and how it lists what was published."""

from dataclasses import dataclass, replace

from crawler.announcement import Loss, NotAPage, Row
from crawler.dates import DateReading
from crawler.discovery.listing_guess import ListingGuess, guess_listing
from crawler.discovery.page_text import PageText, read_page_text
from crawler.discovery.signs import SiteSigns, read_page_language, read_signs
from crawler.entry_page import EntryPage, Listed
from crawler.listing import read_listing
from crawler.markup import read_line
from crawler.quality import PageSigns, judge_page
from crawler.source import EntryPoint
from crawler.way import Way

# Of the rows that a guess saw, those that the crawl's own reader has to find again.
FEWEST_READ = 0.8
FEWEST_CHARS = 200


@dataclass(frozen=True, kw_only=True)
class Document:
    """What an address answered; `url` is where it ended."""

    url: str
    status: int
    content_type: str | None
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class PageLook:
    """What a page of the site tells. `listing` is a guess that the crawl's own reader has confirmed."""

    url: str
    signs: SiteSigns
    listing: ListingGuess | None = None
    rows: tuple[Row, ...] = ()
    next_url: str | None = None
    is_bare: bool = False
    """Hardly any text: a script fills it in."""


def look_at_page(document: Document, dates: DateReading, *, max_bytes: int, max_rows: int) -> PageLook | NotAPage:
    """What a page tells, or what came instead of it (R24)."""
    page = read_page_text(document.url, document.body, document.content_type, dates)
    if page is None:
        return NotAPage(loss=Loss.EMPTY, detail=f"{len(document.body)} bytes and nothing in them")
    signs = read_signs(page)
    text = read_line(page.tree) or ""
    if wall := judge_page(_make_signs(page, signs, text)):
        return wall
    page = replace(page, dates=replace(dates, language=read_page_language(page) or dates.language))
    look = PageLook(
        url=page.url, signs=signs, is_bare=len(text) < FEWEST_CHARS and page.tree.find(".//script[@src]") is not None
    )
    guess = guess_listing(page)
    listed = _read_guess(page, document, guess, max_bytes=max_bytes, max_rows=max_rows) if guess else None
    if guess is None or listed is None:
        return look
    return replace(look, listing=guess, rows=listed.rows, next_url=listed.next_url)


def _make_signs(page: PageText, signs: SiteSigns, text: str) -> PageSigns:
    return PageSigns(
        url=page.url, requested_url=page.url, tree=page.tree, title=signs.title, document_title=signs.title,
        listed_title=None, text=text,
    )  # fmt: skip


def _read_guess(
    page: PageText, document: Document, guess: ListingGuess, *, max_bytes: int, max_rows: int
) -> Listed | None:
    """What the crawl's own reader makes of a guess; None when that is not what was guessed."""
    listed = read_listing(
        EntryPage(
            entry=EntryPoint(url=page.url, way=Way.LISTING, listing=guess.listing),
            url=page.url,
            content_type=document.content_type,
            body=document.body,
            dates=page.dates,
            max_rows=max_rows,
            max_bytes=max_bytes,
        )
    )
    if isinstance(listed, NotAPage) or len(listed.rows) < FEWEST_READ * len(guess.links):
        return None
    return listed
