"""Reads the samples in tests/pages: what an entry point or a page answers, and beside it what must come of that."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from crawler.announcement import Announcement, DateSource, FetchedPage, NotAPage, PublicationDate, Row
from crawler.discovery.samples import describe_listed
from crawler.entry_page import EntryPage, Listed, make_date_reading
from crawler.order_spider import READERS
from crawler.platforms import Platform
from crawler.source import EntryPoint, Source
from crawler.way import Way
from tests.crawling import make_source
from tests.entry_pages import NOW

PAGES = Path(__file__).parent / "pages"
FAULTS = "feed-faults"
# Of a text that another release of trafilatura cuts a little differently the sentences still decide.
TOLERANCE = 0.05


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


def find_samples(pages: Path = PAGES) -> list[Sample]:
    """Every saved answer in the folders of `pages`."""
    found = sorted(pages.glob("*/*.expected.json"))
    return [_read_sample(path) for path in found if "source" in json.loads(path.read_text(encoding="utf-8"))]


def _read_sample(path: Path) -> Sample:
    stem = path.name.removesuffix(".expected.json")
    (answer,) = (one for one in path.parent.iterdir() if one.stem == stem)
    return Sample(path=answer, expected=json.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class Article:
    """One saved page of a site; `expected` says what extraction must give, `row` what listed it."""

    path: Path
    expected: dict[str, Any]
    row: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    def fetch(self) -> FetchedPage:
        """The page as it was served, behind the row that listed it."""
        url, said = self.expected["url"], self.row
        published = PublicationDate(
            on=date.fromisoformat(said["published_on"]) if "published_on" in said else None,
            at=datetime.fromisoformat(said["published_at"]) if "published_at" in said else None,
            source=DateSource.FEED if "published_on" in said else None,
        )
        row = Row(
            url=url, entry_point="https://feed.example/", way=Way.FEED, title=said.get("title"), published=published
        )
        return FetchedPage(
            source="press", source_name=self.expected.get("site", "The Press Office"), language="en", row=row,
            requested_url=url, url=url, redirects=(), content_type=None, body=self.path.read_bytes(), validators=None,
        )  # fmt: skip


def find_articles(pages: Path = PAGES) -> list[Article]:
    """Every saved page in the folders of `pages`; its row is its own word, or stands in a saved list beside it."""
    found = []
    for path in sorted(pages.glob("*/article*.expected.json")):
        stem = path.name.removesuffix(".expected.json")
        (page,) = (one for one in path.parent.iterdir() if one.stem == stem)
        expected = json.loads(path.read_text(encoding="utf-8"))
        row = expected.get("row") or _find_row(path.parent, expected["url"])
        found.append(Article(path=page, expected=expected, row=row))
    return found


def _find_row(folder: Path, url: str) -> dict[str, Any]:
    lists = (json.loads(path.read_text(encoding="utf-8")).get("rows", []) for path in folder.glob("*.expected.json"))
    return next((row for rows in lists for row in rows if row["url"] == url), {})


def find_differences(article: Article, told: Announcement | NotAPage) -> list[str]:
    """What extraction gives else than it must; nothing, where all is well."""
    expected = article.expected
    if isinstance(told, NotAPage):
        return [f"{told.loss}: {told.detail}"]
    text = told.text or ""
    given: dict[str, Any] = {
        "title": told.title,
        "published_on": told.published.on.isoformat() if told.published.on else None,
        "author": told.author,
        "language": told.language,
        "date_source": told.published.source and told.published.source.value,
    }
    wrong = [f"{key}: {value!r}" for key, value in given.items() if key in expected and expected[key] != value]
    wrong += [f"lacks: {sentence}" for sentence in expected.get("has", ()) if sentence not in text]
    wrong += [f"has: {around}" for around in expected.get("lacks", ()) if around in text]
    chars = expected.get("text_chars", len(text))
    return [*wrong, f"text_chars: {len(text)}"] if abs(len(text) - chars) > TOLERANCE * chars else wrong


def read_sample(sample: Sample) -> Listed | NotAPage:
    """What the crawl makes of a saved answer."""
    expected, entry = sample.expected, sample.entry
    page = EntryPage(
        entry=entry,
        url=expected.get("asked", entry.url),
        content_type=expected.get("content_type"),
        body=sample.path.read_bytes(),
        dates=make_date_reading(sample.source, _find_moment(expected)),
        max_rows=50_000,
        max_bytes=10_000_000,
        keep_only=sample.source.keep_only,
        headers=expected.get("headers", {}),
    )
    listed = resolve_name(READERS[entry.way])(page)
    assert isinstance(listed, Listed | NotAPage)
    return listed


def _find_moment(expected: dict[str, Any]) -> datetime:
    """When the answer was read for the first time; dates that were ahead of that are none."""
    return datetime.fromisoformat(expected["read_at"]) if "read_at" in expected else NOW


def describe(sample: Sample, listed: Listed | NotAPage) -> dict[str, Any]:
    """`listed` as an expected file writes it."""
    return describe_listed(sample.source, listed)


def platforms_without_sample() -> list[Platform]:
    """Platforms of which no saved answer gives rows."""
    with_rows = {sample.path.parent.name for sample in find_samples() if sample.expected.get("rows")}
    return [platform for platform in Platform if platform.value not in with_rows]
