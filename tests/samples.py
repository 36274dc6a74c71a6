"""Reads the samples in tests/pages: what an entry point answers, and beside it what must come of that."""

import json
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from crawler.announcement import NotAPage, Row
from crawler.entry_page import EntryPage, Listed, make_date_reading
from crawler.markup import read_lines
from crawler.order_spider import READERS
from crawler.platforms import Platform
from crawler.source import EntryPoint, Source
from crawler.visit import EntryTask, explain_emptiness
from tests.crawling import make_source
from tests.entry_pages import NOW

PAGES = Path(__file__).parent / "pages"
FAULTS = "feed-faults"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One saved answer of an entry point; `expected` says what source it answers for and what must come of it."""

    path: Path
    expected: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(PAGES))

    @property
    def source(self) -> Source:
        folder = self.path.parent.name
        platform = {} if folder == FAULTS else {"platform": folder}
        return make_source(**{**platform, **self.expected["source"]})

    @property
    def entry(self) -> EntryPoint:
        return self.source.entry_points[0]


def find_samples(folder: str = "*") -> list[Sample]:
    """Every saved answer in `folder`, which is a platform's name or all of them."""
    found = sorted(PAGES.glob(f"{folder}/*.expected.json"))
    return [_read_sample(path) for path in found if "source" in json.loads(path.read_text(encoding="utf-8"))]


def _read_sample(path: Path) -> Sample:
    stem = path.name.removesuffix(".expected.json")
    (answer,) = (one for one in path.parent.iterdir() if one.stem == stem)
    return Sample(path=answer, expected=json.loads(path.read_text(encoding="utf-8")))


def read_sample(sample: Sample) -> Listed | NotAPage:
    """What the crawl makes of a saved answer."""
    expected, entry = sample.expected, sample.entry
    page = EntryPage(
        entry=entry,
        url=expected.get("asked", entry.url),
        content_type=expected.get("content_type"),
        body=sample.path.read_bytes(),
        dates=make_date_reading(sample.source, NOW),
        max_rows=50_000,
        max_bytes=10_000_000,
        keep_only=sample.source.keep_only,
        headers=expected.get("headers", {}),
    )
    listed = resolve_name(READERS[entry.way])(page)
    assert isinstance(listed, Listed | NotAPage)
    return listed


def describe(sample: Sample, listed: Listed | NotAPage) -> dict[str, Any]:
    """`listed` as an expected file writes it."""
    if isinstance(listed, NotAPage):
        return {"loss": listed.loss.value, "detail": listed.detail}
    if why := explain_emptiness(EntryTask(entry=sample.entry, url=sample.entry.url), sample.source, listed):
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


def platforms_without_sample() -> list[Platform]:
    """Platforms of which no saved answer gives rows."""
    with_rows = {sample.path.parent.name for sample in find_samples() if sample.expected.get("rows")}
    return [platform for platform in Platform if platform.value not in with_rows]
