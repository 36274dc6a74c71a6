"""Makes of a saved answer a sample for the tests: what it answers for, and what is read from it now."""

import base64
from datetime import datetime
from pkgutil import resolve_name
from typing import Any

from crawler.announcement import NotAPage, Row
from crawler.discovery.findings import Saved
from crawler.entry_page import EntryPage, Listed, make_date_reading
from crawler.json_document import is_json
from crawler.limits import CrawlLimits
from crawler.markup import looks_like_pdf, read_lines
from crawler.order_spider import READERS
from crawler.source import Source
from crawler.visit import EntryTask, explain_emptiness
from crawler.way import Way

SOURCE_KEYS = ("country", "language", "feeds", "sitemaps", "listing", "api", "keep_only", "first_look_pages")


def expect_sample(source: Source, saved: Saved, limits: CrawlLimits, *, now: datetime) -> dict[str, Any]:
    """What stands beside a saved answer: the source, how the answer came, and the rows or the loss."""
    entry = source.entry_points[0]
    page = EntryPage(
        entry=entry,
        url=saved.url,
        content_type=saved.content_type,
        body=read_body(saved),
        dates=make_date_reading(source, now),
        max_rows=limits.max_rows,
        max_bytes=limits.max_bytes,
        keep_only=source.keep_only,
        headers=saved.headers,
    )
    listed = resolve_name(READERS[entry.way])(page)
    declared = source.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    came = {"asked": saved.url, "content_type": saved.content_type, "headers": _keep_headers(source, saved)}
    return {
        "source": {key: declared[key] for key in SOURCE_KEYS if declared.get(key)},
        "read_at": now.isoformat(timespec="seconds"),
        **{key: value for key, value in came.items() if value},
        **describe_listed(source, listed),
    }


def _keep_headers(source: Source, saved: Saved) -> dict[str, str]:
    """Of the answer's headers the one that says how many pages there are; the rest is of no use to a reader."""
    named = {one.paging.last_header.lower() for one in source.api if one.paging and one.paging.last_header}
    return {name: value for name, value in saved.headers.items() if name in named}


def describe_listed(source: Source, listed: Listed | NotAPage) -> dict[str, Any]:
    """What was read from an entry point, as an expected file writes it: without what is empty."""
    if isinstance(listed, NotAPage):
        return {"loss": listed.loss.value, "detail": listed.detail}
    entry = source.entry_points[0]
    if why := explain_emptiness(EntryTask(entry=entry, url=entry.url), source, listed):
        return {"loss": "no rows", "detail": why}
    rows = [describe_row(row) for row in listed.rows]
    more = {"warnings": list(listed.warnings), "next_url": listed.next_url, "sitemaps": list(listed.sitemaps)}
    return {"rows": rows, **{key: value for key, value in more.items() if value}}


def describe_row(row: Row) -> dict[str, Any]:
    """What a row says, without what it does not."""
    said = {
        "url": row.url,
        "title": row.title,
        "summary": row.summary,
        "author": row.author,
        "guid": row.guid,
        "language": row.language,
        "published_on": row.published.on and row.published.on.isoformat(),
        "published_at": row.published.at and row.published.at.isoformat(),
        "updated_at": row.updated_at and row.updated_at.isoformat(),
        "text": read_lines(row.content_html),
    }
    return {key: value for key, value in said.items() if value}


def read_body(saved: Saved) -> bytes:
    return base64.b64decode(saved.body)


def find_ending(way: Way, saved: Saved) -> str:
    """The ending of a saved answer's file."""
    if way is Way.LISTING:
        return ".html"
    return ".json" if is_json(read_body(saved)) else ".xml"


def find_page_ending(saved: Saved) -> str:
    """The ending of a saved page's file."""
    return ".pdf" if looks_like_pdf(read_body(saved)) else ".html"
