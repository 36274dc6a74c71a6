"""Tries the ways into one section of a site: makes of each a source with one entry point, and reads what it lists."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import ValidationError

from crawler.announcement import Announcement, FetchedPage, NotAPage, Row
from crawler.dates import read_address_date
from crawler.discovery.findings import Example, Saved, WayFound
from crawler.discovery.link_pattern import count_kept, count_shared
from crawler.discovery.look import Document
from crawler.entry_page import EntryPage, Listed, make_date_reading
from crawler.fetching.failures import Failure
from crawler.inspection.asking import Asker, now
from crawler.limits import CrawlLimits
from crawler.order_spider import READERS
from crawler.source import EntryPoint, Source
from crawler.urls import url_key

EXAMPLES = 3
READ_PAGE = "crawler.extract:read_page"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A way that lists something; `rows` are the newest first where dates are known."""

    found: WayFound
    rows: tuple[Row, ...]
    sitemaps: tuple[str, ...] = ()


class Trial:
    """Reads entry points of a source that is not written yet, and the pages that they list."""

    def __init__(self, asker: Asker, limits: CrawlLimits, facts: dict[str, Any]) -> None:
        self._asker = asker
        self._limits = limits
        self._facts = facts
        self._examples: dict[str, Example] = {}
        self._documents: dict[str, Document] = {}

    async def try_way(self, keys: dict[str, Any], found_by: str, *, is_declared: bool = True) -> Tried | Failure | None:
        """What a source with these keys gives; None when its keys make no source."""
        try:
            source = Source.model_validate({**self._facts, **keys})
        except ValidationError:
            return None
        entry = source.entry_points[0]
        document = await self._asker.get(entry.url)
        if isinstance(document, Failure):
            return document
        listed = await self.read(source, entry, document)
        if isinstance(listed, Failure):
            return listed
        return self._describe(source, entry, document, listed, found_by, is_declared=is_declared)

    async def read(self, source: Source, entry: EntryPoint, document: Document) -> Listed | Failure:
        page = EntryPage(
            entry=entry,
            url=document.url,
            content_type=document.content_type,
            body=document.body,
            dates=make_date_reading(source, now()),
            max_rows=self._limits.max_rows,
            max_bytes=self._limits.max_bytes,
            keep_only=source.keep_only,
            headers=dict(document.headers),
        )
        listed = await self._asker.read(READERS[entry.way], page)
        if isinstance(listed, NotAPage):
            return Failure(loss=listed.loss, detail=listed.detail)
        assert isinstance(listed, (Listed, Failure))
        return listed

    def _describe(
        self, source: Source, entry: EntryPoint, document: Document, listed: Listed, found_by: str, *, is_declared: bool
    ) -> Tried:
        days = [day for row in listed.rows if (day := day_of(row, source))]
        found = WayFound(
            source=source,
            way=entry.way,
            url=entry.url,
            found_by=found_by,
            rows=len(listed.rows),
            dated=len(days),
            newest_on=max(days, default=None),
            oldest_on=min(days, default=None),
            is_declared=is_declared,
            notes=listed.warnings[:3],
            document=save(document),
        )
        rows = sorted(listed.rows, key=lambda row: day_of(row, source) or date.min, reverse=True)
        return Tried(found=found, rows=tuple(rows), sitemaps=listed.sitemaps)

    def keep_only(self, tried: Tried, pattern: str) -> Tried:
        """The same way with its rows narrowed to what `pattern` keeps."""
        source = Source.model_validate({**tried.found.source.model_dump(exclude_unset=True), "keep_only": pattern})
        rows = tuple(row for row in tried.rows if count_kept(pattern, [row.url]))
        return self.count_again(tried, source, rows)

    def count_again(self, tried: Tried, source: Source, rows: Sequence[Row]) -> Tried:
        days = [day for row in rows if (day := day_of(row, source))]
        found = replace(
            tried.found, source=source, rows=len(rows), dated=len(days),
            newest_on=max(days, default=None), oldest_on=min(days, default=None),
        )  # fmt: skip
        return replace(
            tried, found=found, rows=tuple(sorted(rows, key=lambda row: day_of(row, source) or date.min, reverse=True))
        )

    async def add_examples(self, tried: Tried) -> WayFound:
        """The newest of its rows, each as a crawl would file it."""
        examples = [await self._read_example(tried.found.source, row) for row in tried.rows[:EXAMPLES]]
        return replace(tried.found, examples=tuple(examples))

    async def _read_example(self, source: Source, row: Row) -> Example:
        key = url_key(row.url)
        if key not in self._examples:
            self._examples[key] = await self._fetch_example(source, row)
        return self._examples[key]

    async def _fetch_example(self, source: Source, row: Row) -> Example:
        document = await self._asker.get(row.url)
        answer = document if isinstance(document, Failure) else await self._extract(source, row, document)
        if isinstance(answer, Failure | NotAPage):
            trouble = f"{answer.loss}: {answer.detail}"
            return Example(url=row.url, title=row.title, published_on=row.published.on, text_chars=0, trouble=trouble)
        assert isinstance(document, Document)
        self._documents[row.url] = document
        return Example(
            url=answer.url, title=answer.title, published_on=answer.published.on, text_chars=len(answer.text or ""),
            trouble=answer.missing_detail,
        )  # fmt: skip

    async def _extract(self, source: Source, row: Row, document: Document) -> Announcement | Failure | NotAPage:
        page = FetchedPage(
            source=source.id, source_name=source.name, language=source.language, country=source.country, row=row,
            requested_url=row.url, url=document.url, redirects=(), content_type=document.content_type, body=document.body,
            validators=None,
        )  # fmt: skip
        answer = await self._asker.read(READ_PAGE, page, now=now())
        assert isinstance(answer, Announcement | Failure | NotAPage)
        return answer

    def find_example_document(self) -> Saved | None:
        return next((save(document) for document in self._documents.values()), None)


def day_of(row: Row, source: Source) -> date | None:
    """The day of a row: as printed, else as in its address, else that of its last change.

    Many Atom feeds and all sitemaps say only the last, and an entry point in which nothing has changed is stale for sure.
    """
    if row.published.on:
        return row.published.on
    in_address = read_address_date(row.url, make_date_reading(source, now())).on
    return in_address or (row.updated_at.date() if row.updated_at else None)


def save(document: Document) -> Saved:
    return Saved(
        url=document.url,
        content_type=document.content_type,
        headers=dict(document.headers),
        body=base64.b64encode(document.body).decode("ascii"),
    )


def count_common(tried: Tried, urls: Sequence[str]) -> int:
    return count_shared([row.url for row in tried.rows], urls)
