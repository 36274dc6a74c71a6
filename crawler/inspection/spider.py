"""The spider of an inspection: one address in, what a source could read there out."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Protocol, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from crawler.announcement import Loss
from crawler.discovery.findings import Asked, Inspection, InspectionOrder, SectionFound, Trouble
from crawler.discovery.look import Document, PageLook
from crawler.discovery.naming import guess_country, guess_kind, guess_name, homepage_of
from crawler.feed import FEED_ROOT, HTML_ROOT
from crawler.fetching.failures import Failure
from crawler.inspection.asking import Asker
from crawler.inspection.section import UNKNOWN_COUNTRY, UNKNOWN_LANGUAGE, SectionInspector
from crawler.inspection.ways import Trial
from crawler.json_document import is_json
from crawler.order import CrawlOrder, ReportLine, RobotsRead
from crawler.settings import find_settings
from crawler.urls import url_key
from crawler.workers import Workers

HEAD_BYTES = 4096


class Findings(Protocol):
    """Where an inspection tells what it does and what it found."""

    def tell(self, asked: Asked) -> None: ...

    def finish(self, inspection: Inspection) -> None: ...


class InspectionSpider(Spider):
    """Asks for one document after the other; what to ask for next depends on what came."""

    name = "inspection"

    def __init__(self, *, inspection: InspectionOrder, findings: Findings, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.inspection = inspection
        self.order = CrawlOrder(
            ordered_at=inspection.ordered_at, limits=inspection.limits, sources=(), robots=inspection.robots
        )
        self.workers = Workers(1, memory_mb=inspection.limits.extract_memory_mb, light_share=1)
        self._findings = findings
        self._asker = Asker(
            self,
            self.workers,
            allow_private=inspection.allow_private_addresses,
            language=inspection.language,
            tell=findings.tell,
        )
        self._asker.robots.update({state.origin: state for state in inspection.robots})

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **keywords: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **keywords)
        crawler.settings.setdict(find_settings(spider.order.limits), priority="spider")
        crawler.signals.connect(spider.end, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Yields no request: each is asked for when it is its turn."""
        inspection = await self.inspect()
        self._findings.finish(replace(inspection, requests=self._asker.cost.requests))
        return
        yield  # what makes it the iterator that Scrapy expects

    def record(self, line: ReportLine) -> None:
        """What the robots.txt middleware reads."""
        if isinstance(line, RobotsRead):
            self._asker.robots[line.state.origin] = line.state

    async def end(self, reason: str) -> None:  # noqa: ARG002 (Scrapy's interface)
        await self.workers.close()

    async def inspect(self) -> Inspection:
        url = self.inspection.url
        document = await self._asker.get(url)
        if isinstance(document, Failure):
            return _fail(url, document)
        if not is_page(document):
            return await self._inspect_entry_point(url)
        inspector = SectionInspector(self._asker, self.inspection)
        start = await inspector.look_at(document)
        if isinstance(start, Failure):
            return _fail(url, start)
        section = await inspector.inspect(start)
        others = await self._inspect_alternates(inspector, start, section)
        sections = [section, *others] if section.ways or not others else others
        return Inspection(url=url, sections=tuple(sections), troubles=tuple(inspector.troubles))

    async def _inspect_alternates(
        self, inspector: SectionInspector, start: PageLook, section: SectionFound
    ) -> list[SectionFound]:
        """The same page in the site's other languages, unless a language was asked for.

        Where `start` lists nothing it may be there only to choose a language from, its own included.
        """
        wanted = self.inspection.language
        own = section.language if section.ways else None
        found: list[SectionFound] = []
        seen = {url_key(start.url)}
        for language, url in start.signs.alternates:
            plain = language.partition("-")[0].lower()
            if plain == own or (wanted and (section.ways or plain != wanted.partition("-")[0])):
                continue
            look = await inspector.look(url)
            if isinstance(look, PageLook) and url_key(look.url) not in seen:
                seen.add(url_key(look.url))
                found.append(await inspector.inspect(look, look.signs.language or language))
        return [section for section in found if section.ways]

    async def _inspect_entry_point(self, url: str) -> Inspection:
        """The address is a feed or a sitemap itself."""
        country = self.inspection.country or guess_country(url, self.inspection.language, ())
        section = SectionFound(
            url=url,
            homepage=homepage_of(url),
            language=self.inspection.language or UNKNOWN_LANGUAGE,
            country=country,
            name=guess_name(None, (), url),
            kind=guess_kind(url, ()),
            platform=None,
            ways=(),
        )
        home = await self._asker.get(section.homepage)
        if isinstance(home, Document) and is_page(home):
            section = await self._describe_by_home(section, home)
        facts = {
            "id": "new", "name": section.name, "country": section.country or UNKNOWN_COUNTRY,
            "language": section.language, "kind": section.kind, "homepage": section.homepage,
            "allow_private_addresses": self.inspection.allow_private_addresses,
        }  # fmt: skip
        return await self._try_entry_point(section, facts, url)

    async def _try_entry_point(self, section: SectionFound, facts: dict[str, Any], url: str) -> Inspection:
        trial = Trial(self._asker, self.inspection.limits, facts)
        first: Failure | None = None
        for key in ("feeds", "sitemaps"):
            tried = await trial.try_way({key: [url]}, "the address itself")
            if isinstance(tried, Failure) or tried is None:
                first = first or tried
                continue
            way = await trial.add_examples(tried)
            section = replace(section, ways=(way,), example_document=trial.find_example_document())
            return Inspection(url=url, sections=(section,))
        return _fail(url, first or Failure(loss=Loss.NOT_A_FEED, detail="neither a page nor a feed nor a sitemap"))

    async def _describe_by_home(self, section: SectionFound, home: Document) -> SectionFound:
        look = await SectionInspector(self._asker, self.inspection).look_at(home)
        if not isinstance(look, PageLook):
            return section
        signs = look.signs
        return replace(
            section,
            language=self.inspection.language or (signs.language or section.language).partition("-")[0],
            country=section.country or guess_country(section.url, signs.language, signs.countries),
            name=guess_name(signs.name, [signs.title], section.url),
            kind=guess_kind(section.url, signs.countries),
        )

    def cut_short(self, why: str) -> None:
        """Tells what ended the inspection before its end."""
        with contextlib.suppress(OSError):
            self._findings.finish(_fail(self.inspection.url, Failure(loss=Loss.CUT_SHORT, detail=why)))


def is_page(document: Document) -> bool:
    """Whether it is for people to read, and no feed, sitemap or JSON."""
    head = document.body[:HEAD_BYTES].lstrip()
    if is_json(document.body):
        return False
    if HTML_ROOT.search(head):
        return True
    return not (
        FEED_ROOT.search(head)
        or head.startswith((b"<?xml", b"\x1f\x8b"))
        or b"<urlset" in head
        or b"<sitemapindex" in head
    )


def _fail(url: str, failure: Failure) -> Inspection:
    return Inspection(url=url, failed=Trouble(url=url, loss=failure.loss, detail=failure.detail))
