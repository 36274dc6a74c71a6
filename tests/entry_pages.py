"""Makes pages of entry points for the tests of the readers."""

import gzip
from datetime import UTC, datetime
from typing import Any

from crawler.api_table import Api
from crawler.dates import DateReading
from crawler.entry_page import EntryPage
from crawler.source import EntryPoint, Listing
from crawler.way import Way

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def make_entry_page(
    body: bytes | str, way: Way, *, url: str = "https://www.gov.example/news/feed", **values: Any
) -> EntryPage:
    listing, api, platform = values.pop("listing", None), values.pop("api", None), values.pop("platform", None)
    entry = EntryPoint(
        url=url,
        way=way,
        platform=platform,
        listing=Listing(**{"url": url, **listing}) if listing else None,
        api=Api(**{"url": url, **api}) if api else None,
    )
    return EntryPage(
        **{
            "entry": entry,
            "url": url,
            "content_type": None,
            "body": body.encode() if isinstance(body, str) else body,
            "dates": DateReading(now=NOW, language=values.pop("language", "en"), country="GB"),
            "max_rows": 50_000,
            "max_bytes": 10_000_000,
            **values,
        }
    )


def zip_bytes(body: str) -> bytes:
    return gzip.compress(body.encode())
