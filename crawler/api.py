"""Reads what a JSON API lists into rows, by the paths that a source or its platform declares (JMESPath)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from w3lib.url import add_or_replace_parameter

from crawler.announcement import DateSource, Loss, NotAPage, Row
from crawler.api_table import Api, Counting, Paging
from crawler.dates import find_date, read_change
from crawler.entry_page import (
    EntryPage,
    Listed,
    build_listed,
    drop_shared_guids,
    find_entry_impostor,
    make_fingerprint,
    make_plain,
    make_summary,
    resolve_address,
)
from crawler.json_document import is_json, parse_json, read_text
from crawler.json_path import find
from crawler.platforms.known import find_traits
from crawler.urls import is_web_address
from crawler.way import Way

MAX_KEYS_SHOWN = 12
MAX_URL_CHARS = 4000
# What every row says where the shape is the declared one; a row may well be without the others.
EXPECTED = ("link", "title")
HOPED_FOR = ("date", "updated", "summary", "text", "id")


def read_api(page: EntryPage) -> Listed | NotAPage:
    """The rows of an answer and the address of the next page, or why it is not the answer that was declared (R23)."""
    api = page.entry.api
    assert api is not None
    assert api.rows is not None
    if not is_json(page.body):
        if impostor := find_entry_impostor(page):
            return impostor
        what = "nothing" if not page.body.strip() else "something that is no JSON"
        return NotAPage(loss=Loss.NOT_A_FEED, detail=f"the address serves {what}")
    document = parse_json(page.body)
    if isinstance(document, NotAPage):
        return document
    items = find(api.rows, document)
    if isinstance(items, list):
        items = [find_traits(page.entry.platform).prepare(item) for item in items]
    else:
        return NotAPage(loss=Loss.UNREADABLE, detail=f"no list at rows = {api.rows!r}; {_describe(document)}")
    if fault := _find_changed_shape(api, items):
        return NotAPage(loss=Loss.UNREADABLE, detail=fault)
    return _read_items(page, api, document, items)


def _find_changed_shape(api: Api, items: Sequence[Any]) -> str | None:
    """That no row has what each one has had: the publisher has changed the answer, or the path was never right."""
    for key in EXPECTED:
        path = getattr(api, key)
        if items and path and all(find(path, item) is None for item in items):
            return f"none of the {len(items)} rows has a {key} at {path!r}; {_describe(items[0])}"
    return None


def _find_missing(api: Api, items: Sequence[Any]) -> list[str]:
    paths = [(key, getattr(api, key)) for key in HOPED_FOR]
    return [
        f"no row has {'an' if key == 'id' else 'a'} {key} at {path!r}"
        for key, path in paths
        if items and path and all(find(path, item) is None for item in items)
    ]


def _describe(value: Any) -> str:
    """What is there instead, for the person who has to mend the path."""
    if isinstance(value, dict):
        keys = ", ".join(read_text(key[:40]) or "" for key in list(value)[:MAX_KEYS_SHOWN])
        return f"there are: {keys}" if keys else "there is nothing"
    return f"there is a {'list' if isinstance(value, list) else type(value).__name__}"


def _read_items(page: EntryPage, api: Api, document: Any, items: Sequence[Any]) -> Listed:
    warnings = _find_missing(api, items)
    rows: list[Row] = []
    for number, item in enumerate(items[: page.max_rows + 1], start=1):
        url = _find_link(page, api, item)
        if url is None:
            warnings.append(f"row {number} has no link to a page")
        else:
            rows.append(_read_row(page, api, item, url))
    warnings += _note_limit(page, api, document)
    return build_listed(
        page, drop_shared_guids(rows), warnings, next_url=_find_next(page, api, document, count=len(items))
    )


def _read_row(page: EntryPage, api: Api, item: Any, url: str) -> Row:
    title, text = make_plain(_read(api.title, item)), _read(api.text, item)
    updated, summary = _read(api.updated, item), _read(api.summary, item)
    return Row(
        url=url,
        entry_point=page.entry.url,
        way=Way.API,
        title=title,
        summary=make_summary(summary or text),
        author=make_plain(_read_all(api.author, item)),
        guid=_read(api.id, item),
        published=find_date(_read(api.date, item), page.dates, source=DateSource.API),
        updated_at=read_change(updated, page.dates),
        language=_read(api.language, item),
        content_html=text,
        fingerprint=make_fingerprint(Way.API, title, updated, summary, text),
    )


def _find_link(page: EntryPage, api: Api, item: Any) -> str | None:
    link = _read(api.link, item)
    if link and api.link_prefix and not is_web_address(link):
        link = api.link_prefix + link
    return resolve_address(page.url, link)


def _read(path: str | None, item: Any) -> str | None:
    """The text at `path`; of several, the first."""
    value = find(path, item)
    return read_text(value[0] if isinstance(value, list) and value else value)


def _read_all(path: str | None, item: Any) -> str | None:
    value = find(path, item)
    texts = [read_text(one) for one in value] if isinstance(value, list) else [read_text(value)]
    return ", ".join(text for text in texts if text) or None


def _note_limit(page: EntryPage, api: Api, document: Any) -> list[str]:
    most, total = find_traits(page.entry.platform).most_rows, _read_number(find(api.total, document))
    if most is None or total is None or total <= most:
        return []
    return [f"finds {total} rows, of which the API gives {most} at most: ask for less"]


def _find_next(page: EntryPage, api: Api, document: Any, *, count: int) -> str | None:
    """The address that the answer names, or the one with the next number; None on the last page."""
    if not count:
        return None
    if api.next:
        link = read_text(find(api.next, document))
        url = resolve_address(page.url, link)
        return url if url and url != page.url and len(url) <= MAX_URL_CHARS else None
    return _count_on(page, api.paging, document, count=count) if api.paging else None


def _count_on(page: EntryPage, paging: Paging, document: Any, *, count: int) -> str | None:
    parameters = dict(parse_qsl(urlsplit(page.url).query))
    said = _read_number(parameters.get(paging.size_parameter or ""))
    size = said or paging.size
    here = _read_number(parameters.get(paging.parameter))
    if here is None:
        here = paging.start
    step = size if size and paging.counts is Counting.ROWS else 1
    if _is_last(page, paging, document, count=count, size=size, after=here + step):
        return None
    return add_or_replace_parameter(page.url, paging.parameter, str(here + step))


def _is_last(page: EntryPage, paging: Paging, document: Any, *, count: int, size: int | None, after: int) -> bool:
    last = _read_number(find(paging.last, document))
    if last is None and paging.last_header:
        last = _read_number(page.headers.get(paging.last_header.lower()))
    if last is not None:  # rows are counted from `start`, so the row with the number of all of them is not there
        return after >= last + paging.start if paging.counts is Counting.ROWS else after > last - 1 + paging.start
    return size is not None and count < size


def _read_number(value: Any) -> int | None:
    text = read_text(value)
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < MAX_KEYS_SHOWN else None
