"""Reads listing pages into rows by the selectors that a source declares: CSS or XPath 1.0 (R36)."""

from dataclasses import replace
from urllib.parse import urldefrag

from lxml import etree
from parsel import Selector, SelectorList

from crawler.announcement import DateSource, Loss, NotAPage, PublicationDate, Row
from crawler.configuration import is_xpath
from crawler.dates import ONE_DAY, find_date, read_date
from crawler.entry_page import (
    EntryPage,
    Listed,
    build_listed,
    find_base,
    find_entry_impostor,
    make_fingerprint,
    make_summary,
    resolve_address,
)
from crawler.markup import clean_line, clean_text, decode_body, read_line
from crawler.source import Listing
from crawler.urls import url_key
from crawler.way import Way

HEADINGS = "h1, h2, h3, h4, h5, h6"


def read_listing(page: EntryPage) -> Listed | NotAPage:
    """The rows of a listing page and the address of the next one."""
    listing = page.entry.listing
    assert listing is not None
    text = clean_text(decode_body(page.body, page.content_type))
    if not text.strip():
        return NotAPage(loss=Loss.EMPTY, detail="the listing is an empty page")
    base = find_base(text, page.url)
    document = Selector(text=text, type="html")
    # What stands behind one is its tail, which would be lost with it.
    etree.strip_tags(document.root, etree.Comment, etree.ProcessingInstruction)
    warnings: list[str] = []
    rows: list[Row] = []
    for number, element in enumerate(_select(document, listing.rows), start=1):
        links = _find_links(element, listing)
        resolved = ((link, resolve_address(base, link)) for link in links)
        away = next((pair for pair in resolved if not _is_list(page, *pair)), None)
        if away and (url := away[1]):
            rows.append(_read_row(page, listing, element, url))
        else:
            is_to_list = links and away is None
            warnings.append(f"row {number} {'leads to the list itself' if is_to_list else 'has no link to a page'}")
    if not rows and (impostor := find_entry_impostor(page)):
        return impostor
    return build_listed(page, rows, warnings, next_url=_find_next(page, document, base))


def _read_row(page: EntryPage, listing: Listing, element: Selector, url: str) -> Row:
    title = _find_title(element, listing)
    return Row(
        url=url,
        entry_point=page.entry.url,
        way=Way.LISTING,
        title=title,
        summary=make_summary(_find_text(element, listing.summary)),
        published=_find_published(page, element, listing),
        fingerprint=make_fingerprint(Way.LISTING, title),
    )


def _find_links(element: Selector, listing: Listing) -> list[str]:
    """The addresses that the link selector gives, attributes themselves or the `href` of elements, and the row's own."""
    found = (*_select(element, listing.link), element)
    return [address for one in found if (address := _find_address(one))]


def _is_list(page: EntryPage, link: str, url: str | None) -> bool:
    """Whether a link stays on the page that it stands on: what a script makes of it (`#none`, `#/news/1`) is no address."""
    lists = {url_key(page.url), url_key(page.entry.url)}
    return link.strip().startswith("#") or (url is not None and url_key(url) in lists)


def _find_title(element: Selector, listing: Listing) -> str | None:
    if listing.title:
        return _find_text(element, listing.title)
    links = [
        found for found in (*_select(element, listing.link), element) if _is_element(found) and _find_address(found)
    ]
    texts = [_read_text(found) for found in links]
    return next((text for text in texts if text), None) or _find_text(element, HEADINGS)


def _find_published(page: EntryPage, element: Selector, listing: Listing) -> PublicationDate:
    """The day that is printed and the moment that machines are told, which is often in another zone."""
    if not listing.date:
        return PublicationDate()
    for found in _select(element, listing.date):
        stamped = _read_attribute(found, "datetime") if _is_element(found) else None
        told = read_date(stamped, page.dates, source=DateSource.LISTING)
        printed = find_date(_read_text(found), page.dates, source=DateSource.LISTING)
        if told.on and printed.on and abs(told.on - printed.on) <= ONE_DAY:
            return replace(printed, at=told.at or printed.at)
        if told.on or printed.on:
            return told if told.on else printed
    return PublicationDate()


def _find_next(page: EntryPage, document: Selector, base: str) -> str | None:
    if page.entry.listing is None or not page.entry.listing.next:
        return None
    for found in _select(document, page.entry.listing.next):
        url = resolve_address(base, _find_address(found))
        if url and urldefrag(url)[0] != urldefrag(page.url)[0]:
            return urldefrag(url)[0]
    return None


def _find_text(element: Selector, selector: str | None) -> str | None:
    if not selector:
        return None
    return next((text for found in _select(element, selector) if (text := _read_text(found))), None)


def _read_text(found: Selector) -> str | None:
    return read_line(found.root) if _is_element(found) else clean_line(found.get())


def _select(element: Selector, selector: str) -> "SelectorList[Selector]":
    return element.xpath(selector) if is_xpath(selector) else element.css(selector)


def _find_address(found: Selector) -> str | None:
    return _read_attribute(found, "href") if _is_element(found) else found.get()


def _read_attribute(found: Selector, name: str) -> str | None:
    """Asked of the element itself: parsel collects all attributes, and breaks on names that no XML may have."""
    value = found.root.get(name)
    return value if isinstance(value, str) else None


def _is_element(found: Selector) -> bool:
    return not isinstance(found.root, str)
