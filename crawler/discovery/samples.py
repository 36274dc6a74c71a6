"""Makes of a saved document and what is read from it now a sample with its expected result, for the tests."""

import base64
import pkgutil
from datetime import datetime
from typing import Any

from crawler.announcement import NotAPage, Row
from crawler.dates import DateReading
from crawler.discovery.findings import Saved
from crawler.entry_page import EntryPage
from crawler.limits import CrawlLimits
from crawler.order_spider import READERS
from crawler.source import Source

ENDINGS = (("json", ".json"), ("xml", ".xml"), ("rss", ".xml"), ("atom", ".xml"), ("html", ".html"))


def expect_sample(source: Source, saved: Saved, limits: CrawlLimits, *, now: datetime) -> dict[str, Any]:
    """What a test of this sample expects: the rows, or the loss."""
    entry = source.entry_points[0]
    page = EntryPage(
        entry=entry,
        url=saved.url,
        content_type=saved.content_type,
        body=read_body(saved),
        dates=DateReading(now=now, language=source.language, country=source.country),
        max_rows=limits.max_rows,
        max_bytes=limits.max_bytes,
        keep_only=source.keep_only,
    )
    listed = pkgutil.resolve_name(READERS[entry.way])(page)
    declared = source.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    kept = {key: declared[key] for key in ("feeds", "sitemaps", "listing", "api", "keep_only") if declared.get(key)}
    if isinstance(listed, NotAPage):
        return {"source": kept, "loss": listed.loss.value, "detail": listed.detail}
    rows = [describe_row(row) for row in listed.rows]
    return {"source": kept, "rows": rows, "warnings": list(listed.warnings), "next_url": listed.next_url}


def describe_row(row: Row) -> dict[str, Any]:
    """The parts of a row that a sample's expected result names."""
    day = row.published.on
    return {"url": row.url, "title": row.title, "published_on": day.isoformat() if day else None}


def read_body(saved: Saved) -> bytes:
    return base64.b64decode(saved.body)


def find_ending(saved: Saved) -> str:
    """The ending of a sample's file, by its media type."""
    kind = (saved.content_type or "").lower()
    return next((ending for word, ending in ENDINGS if word in kind), ".html")
