"""Reads JSON Feed (versions 1 and 1.1, jsonfeed.org) into rows, which feedparser does not."""

from typing import Any

from crawler.announcement import DateSource, Loss, NotAPage, Row
from crawler.authors import join_names
from crawler.dates import read_change, read_date
from crawler.entry_page import (
    EntryPage,
    Listed,
    build_listed,
    drop_shared_guids,
    make_fingerprint,
    make_plain,
    make_summary,
    resolve_address,
)
from crawler.json_document import parse_json, read_text
from crawler.way import Way


def read_json_feed(page: EntryPage) -> Listed | NotAPage:
    """The rows of a JSON Feed, or why it is none."""
    document = parse_json(page.body)
    if isinstance(document, NotAPage):
        return document
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return NotAPage(loss=Loss.NOT_A_FEED, detail="the address serves JSON that is no JSON Feed")
    return _read_items(page, document)


def _read_items(page: EntryPage, document: dict[str, Any]) -> Listed:
    warnings: list[str] = []
    rows: list[Row] = []
    for number, item in enumerate(document["items"], start=1):
        row = _read_item(page, item, _text(document, "language")) if isinstance(item, dict) else None
        if row:
            rows.append(row)
        else:
            warnings.append(f"item {number} has no link to a page")
    return build_listed(page, drop_shared_guids(rows), warnings)


def _read_item(page: EntryPage, item: dict[str, Any], language: str | None) -> Row | None:
    guid = _text(item, "id")
    links = (_text(item, "url"), _text(item, "external_url"), guid if guid and "://" in guid else None)
    url = next((found for link in links if (found := resolve_address(page.url, link))), None)
    if url is None:
        return None
    title, content, modified = make_plain(_text(item, "title")), _find_content(item), _text(item, "date_modified")
    return Row(
        url=url,
        entry_point=page.entry.url,
        way=Way.FEED,
        title=title,
        summary=make_summary(_text(item, "summary") or content),
        author=_find_author(item),
        guid=guid,
        published=read_date(_text(item, "date_published"), page.dates, source=DateSource.FEED),
        updated_at=read_change(modified, page.dates),
        language=_text(item, "language") or language,
        content_html=content,
        fingerprint=make_fingerprint(Way.FEED, title, modified, _text(item, "summary"), content),
    )


def _find_content(item: dict[str, Any]) -> str | None:
    return _text(item, "content_html") or _text(item, "content_text")


def _find_author(item: dict[str, Any]) -> str | None:
    """The names of version 1.1's `authors`, or of version 1's `author`."""
    authors = item.get("authors") or [item.get("author")]
    if not isinstance(authors, list):
        return None
    return join_names(make_plain(_text(author, "name")) for author in authors if isinstance(author, dict))


def _text(item: dict[str, Any], key: str) -> str | None:
    return read_text(item.get(key))  # ids are often written as numbers
