"""Carries out a whole crawl order in one engine, so that sources on one host share its budget.

    start -> entry page -> rows -> which to fetch -> page -> Found -> pipelines: extraction, settle -> report

Every task is opened before its request is made, and closed by the outcome that `settle` writes down.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure as TwistedFailure

from crawler.announcement import FetchedPage, Loss, NotAPage, Validators
from crawler.entry_page import EntryPage, Listed, make_date_reading
from crawler.fetching.address import ALLOW_PRIVATE
from crawler.fetching.chromium import find_browser_settings
from crawler.fetching.conditional import VALIDATORS, is_unchanged, read_max_age, read_validators
from crawler.fetching.failures import Failure, explain_exception, explain_status
from crawler.fetching.redirects import find_new_address
from crawler.fetching.rendering import RENDER
from crawler.fetching.tally import TALLY
from crawler.order import CrawlOrder, EntryRead, Lost, PageChecked, ReportLine
from crawler.platforms.known import find_page_api_address, find_traits
from crawler.quality import find_wall_header
from crawler.report import Report, ReportLog
from crawler.settings import find_settings
from crawler.source import Source
from crawler.urls import find_part, url_key
from crawler.visit import (
    Choice,
    EntryTask,
    Found,
    Outcome,
    PageTask,
    Task,
    Visit,
    choose,
    choose_rest,
    explain_emptiness,
    find_newest_day,
    find_way_back,
    is_worth_announcing,
    make_lost,
    stands_for_nothing,
    wants_next_page,
)
from crawler.way import Way
from crawler.workers import JobError, WorkerEndedError, Workers, make_workers

READERS = {
    Way.FEED: "crawler.feed:read_feed",
    Way.SITEMAP: "crawler.sitemap:read_sitemap",
    Way.LISTING: "crawler.listing:read_listing",
    Way.API: "crawler.api:read_api",
}
READ_PAGE_OF_API = "crawler.platforms.known:read_page_of_api"
FIND_REFUSAL = "crawler.impostor:find_refusal"
ENTRY_LIMIT_S = 60.0
# Under these a bot wall may stand: AWS WAF's captcha answers 405, Cloudflare's older challenge 503.
WALLS_ANSWER = frozenset({403, 405, 406, 503})
MAX_SITEMAP_DEPTH = 3
ENTRY_PRIORITY = 1
# After these another address of the same host has no better chance, or none is wanted.
HOST_IS_NOT_TO_BE_ASKED = {Loss.TOO_MANY_REQUESTS, Loss.TIMEOUT, Loss.UNREACHABLE, Loss.CERTIFICATE, Loss.CUT_SHORT}


class OrderSpider(Spider):
    """The one spider of a crawl; the thin ones beside it give it an order of one source."""

    name = "order"

    def __init__(
        self, *, order: CrawlOrder, report: Report | None = None, workers: Workers | None = None, **keywords: Any
    ) -> None:
        super().__init__(**keywords)
        self.order = order
        self.workers = workers or make_workers(order.limits)
        self.visits = [Visit(order=one, started_at=datetime.now(UTC)) for one in order.sources]
        self._report = report or ReportLog()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **keywords: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **keywords)
        order = spider.order
        crawler.settings.setdict(find_settings(order.limits), priority="spider")
        browser = find_browser_settings((one.source for one in order.sources), order.limits)
        crawler.settings.setdict(browser, priority="spider")
        crawler.signals.connect(spider.settle_failed_item, signals.item_error)
        crawler.signals.connect(spider.settle_failed_callback, signals.spider_error)
        crawler.signals.connect(spider.end, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        for visit in self.visits:
            for entry in visit.source.entry_points:
                yield self._ask_for_entry(visit, EntryTask(entry=entry, url=entry.url))
            if not visit.source.entry_points:
                self._go_on(visit)

    # -- entry points

    def _ask_for_entry(self, visit: Visit, task: EntryTask) -> Request:
        visit.open(task)
        # What paging has still to reach must not be hidden by a 304.
        conditional = not (visit.order.page_through and task.entry.has_pages)
        validators = {known.url: known for known in visit.order.validators} if conditional else {}
        return self._ask(visit, task, validators, callback=self.read_entry)

    async def read_entry(self, response: Response, visit: Visit, task: EntryTask) -> AsyncIterator[Any]:
        visit.front_pages.add(url_key(response.url))
        if is_unchanged(response):
            yield Outcome(visit=visit, task=task, lines=(self._note_unchanged(response, visit, task),))
            return
        listed = await self._list(response, visit, task)
        if isinstance(listed, Failure):
            lost = make_lost(visit, task, listed)
            yield Outcome(visit=visit, task=task, lines=(replace(lost, moved_to=find_new_address(response)),))
            return
        for step in self._follow(response, visit, task, listed):
            yield step

    def _note_unchanged(self, response: Response, visit: Visit, task: EntryTask) -> EntryRead:
        return EntryRead(
            source=visit.source.id,
            url=task.url,
            way=task.entry.way,
            status=response.status,
            unchanged=True,
            validators=read_validators(response),
            moved_to=find_new_address(response),
            max_age_s=read_max_age(response),
        )

    async def _list(self, response: Response, visit: Visit, task: EntryTask) -> Listed | Failure:
        failure = await self._explain_answer(response)
        if failure and stands_for_nothing(task, response.status):
            listed: Listed | Failure = Listed(warnings=(f"{failure.detail} was read as an empty list",))
        else:
            listed = failure or await self._read_rows(response, visit, task)
        if isinstance(listed, Listed) and (why := explain_emptiness(task, visit.source, listed)):
            return Failure(loss=Loss.NO_ROWS, detail=why, status=response.status)
        return listed

    async def _read_rows(self, response: Response, visit: Visit, task: EntryTask) -> Listed | Failure:
        limits, source = self.order.limits, visit.source
        page = EntryPage(
            entry=task.entry,
            url=response.url,
            content_type=_read_content_type(response),
            body=response.body,
            dates=make_date_reading(source, datetime.now(UTC)),
            max_rows=limits.max_rows,
            max_bytes=limits.max_bytes,
            keep_only=source.keep_only,
            headers=_read_headers(response),
        )
        listed = await self._read(READERS[task.entry.way], page, response)
        assert isinstance(listed, Listed | Failure)
        return listed

    async def _read(self, reader: str, page: EntryPage | FetchedPage, response: Response, **keywords: Any) -> Any:
        """What a reader makes of an answer in a worker process, or the Failure that says why it makes nothing."""
        try:
            read = await self.workers.run(reader, page, limit_s=ENTRY_LIMIT_S, reads=page.body, **keywords)
        except WorkerEndedError as error:
            return Failure(loss=error.loss, detail=str(error))
        except JobError as error:
            self.logger.exception("%s", error.trace)
            return Failure(loss=Loss.OUR_FAULT, detail=str(error))
        if isinstance(read, NotAPage):
            return Failure(loss=read.loss, detail=read.detail, status=response.status)
        return read

    def _follow(self, response: Response, visit: Visit, task: EntryTask, listed: Listed) -> Iterator[Any]:
        choice = choose(listed, visit)
        for page_task in choice.tasks:
            yield from self._begin(visit, page_task)
        yield from self._ask_for_waiting(visit)
        warnings = list(listed.warnings)
        for entry_task in self._find_more(visit, task, listed, choice, warnings):
            yield self._ask_for_entry(visit, entry_task)
        read = EntryRead(
            source=visit.source.id,
            url=task.url,
            way=task.entry.way,
            status=response.status,
            rows=len(listed.rows),
            listed=choice.known,
            asked=tuple(page_task.url for page_task in choice.tasks),
            newest_on=find_newest_day(listed),
            warnings=tuple(warnings),
            # An index may stand still while the sitemaps that it names change, so it is always asked for in full; and so
            # is what breaks off, because its mark may be that of the whole.
            validators=None if listed.sitemaps or listed.breaks_off else read_validators(response),
            moved_to=find_new_address(response),
            max_age_s=read_max_age(response),
            period_s=listed.period_s,
            breaks_off=listed.breaks_off,
        )
        yield Outcome(visit=visit, task=task, lines=(*_note_outside(visit, listed), read))

    def _find_more(
        self, visit: Visit, task: EntryTask, listed: Listed, choice: Choice, warnings: list[str]
    ) -> Iterator[EntryTask]:
        """The next page of a listing, where there is reason to read on, and the sitemaps of an index."""
        urls = list(listed.sitemaps)
        if listed.next_url and listed.rows and wants_next_page(visit.order, task, choice):
            urls.append(listed.next_url)
        if listed.sitemaps and task.depth >= MAX_SITEMAP_DEPTH:
            warnings.append(f"names sitemaps at a depth of more than {MAX_SITEMAP_DEPTH}")
            return
        most = self.order.limits.max_listing_pages + len(visit.source.entry_points) - 1
        for url in urls:
            if url in visit.entry_urls:
                continue
            if len(visit.entry_urls) >= most:
                warnings.append(f"goes on after the first {most} pages, which are all that is read")
                return
            yield EntryTask(entry=task.entry, url=url, depth=task.depth + 1)

    # -- pages

    def _begin(self, visit: Visit, task: PageTask) -> Iterator[Found]:
        """Opens a page, which is announced by its row alone or asked for when it is its turn."""
        is_told_in_full = visit.source.full_text_in_feed and task.row.content_html
        if (is_told_in_full or find_part(task.url)) and not task.is_recheck:
            visit.open(task)
            yield Found(visit=visit, task=task)
        else:
            visit.put_off(task)

    def _ask_for_waiting(self, visit: Visit) -> Iterator[Request]:
        for task in visit.take_turns():
            yield self._ask_for_page(visit, task)

    def _ask_for_page(self, visit: Visit, task: PageTask) -> Request:
        if address := find_page_api_address(visit.source.platform, task.row):
            return self._ask(
                visit,
                task,
                _find_page_validators(task),
                callback=self.read_page_of_api,
                errback=self.ask_for_page_itself,
                address=address,
            )
        return self._ask(visit, task, _find_page_validators(task), callback=self.read_page)

    async def read_page_of_api(self, response: Response, visit: Visit, task: PageTask) -> AsyncIterator[Any]:
        """What a platform's API says of a page (crawler.platforms)."""
        if is_unchanged(response):
            yield self._note_unchanged_page(response, visit, task)
            return
        answer = explain_status(response.status) or await self._read(
            READ_PAGE_OF_API, _make_page(response, visit, task), response, platform=visit.source.platform
        )
        if isinstance(answer, Failure):
            yield self._fall_back(visit, task, answer)
        else:
            yield Found(visit=visit, task=task, page=answer)

    def ask_for_page_itself(self, failure: TwistedFailure) -> Iterator[Any]:
        """The errback of a request to a platform's API of pages."""
        arguments, explained = self._explain(failure)
        yield self._fall_back(arguments["visit"], arguments["task"], explained)

    def _fall_back(self, visit: Visit, task: PageTask, failure: Failure) -> Request | Outcome | Found:
        """The page that people see, where the API has none: it is the page that counts, and says whether it is gone."""
        if failure.loss in HOST_IS_NOT_TO_BE_ASKED:
            return self._lose(visit, task, failure)
        return self._ask(visit, task, _find_page_validators(task), callback=self.read_page)

    def _note_unchanged_page(self, response: Response, visit: Visit, task: PageTask) -> Outcome:
        checked = PageChecked(source=visit.source.id, url=task.url, row=task.row, validators=read_validators(response))
        return Outcome(visit=visit, task=task, lines=(checked,))

    async def read_page(self, response: Response, visit: Visit, task: PageTask) -> AsyncIterator[Any]:
        if is_unchanged(response):
            yield self._note_unchanged_page(response, visit, task)
        elif failure := await self._explain_answer(response) or find_way_back(visit, task, response.url):
            yield self._lose(visit, task, failure)
        else:
            yield Found(visit=visit, task=task, page=_make_page(response, visit, task))

    async def _explain_answer(self, response: Response) -> Failure | None:
        """Why an answer is not what was asked for, by its status and by the bot wall that stands behind it (R24)."""
        failure = explain_status(response.status)
        wall = find_wall_header(_read_headers(response))
        if wall is None and failure and response.status in WALLS_ANSWER:
            wall = await self._find_refusal(response)
        if wall is None:
            return failure
        detail = f"{failure.detail}: {wall.detail}" if failure else wall.detail
        return Failure(loss=wall.loss, detail=detail, status=response.status)

    async def _find_refusal(self, response: Response) -> NotAPage | None:
        request = response.request
        asked = (request.meta.get("redirect_urls") or [request.url])[0] if request else response.url
        try:
            found = await self.workers.run(
                FIND_REFUSAL,
                response.body,
                _read_content_type(response),
                url=response.url,
                requested_url=asked,
                limit_s=ENTRY_LIMIT_S,
            )
        except WorkerEndedError:
            return None
        assert isinstance(found, NotAPage | None)
        return found

    # -- what is asked, and what becomes of it

    def _ask(
        self,
        visit: Visit,
        task: Task,
        validators: dict[str, Validators],
        *,
        callback: Any,
        errback: Any = None,
        address: str | None = None,
    ) -> Request:
        is_drawn = address is None and _needs_script(visit.source, task)
        return Request(
            address or task.url,
            callback=callback,
            errback=errback or self.explain_failure,
            cb_kwargs={"visit": visit, "task": task},
            meta={
                ALLOW_PRIVATE: visit.source.allow_private_addresses,
                RENDER: is_drawn,
                VALIDATORS: _compare_bytes_only(validators) if is_drawn else validators,
                TALLY: visit,
                **self._limit_wait(visit),
            },
            headers={"Accept-Language": visit.source.language},
            priority=ENTRY_PRIORITY if isinstance(task, EntryTask) else 0,
            dont_filter=True,
        )

    def explain_failure(self, failure: TwistedFailure) -> Iterator[Any]:
        """The errback of every other request."""
        arguments, explained = self._explain(failure)
        yield self._lose(arguments["visit"], arguments["task"], explained)

    def _explain(self, failure: TwistedFailure) -> tuple[dict[str, Any], Failure]:
        assert failure.value is not None
        explained = explain_exception(failure.value)
        if explained.loss is Loss.OUR_FAULT:
            self.logger.error("%s", failure.getTraceback())
        return failure.request.cb_kwargs, explained  # type: ignore[attr-defined]  # Scrapy adds it

    def _limit_wait(self, visit: Visit) -> dict[str, float]:
        """Scrapy's key for a shorter time limit, where more waiting has never helped."""
        limit_s = find_traits(visit.source.platform).answers_within_s
        return {"download_timeout": min(limit_s, self.order.limits.request_timeout_s)} if limit_s else {}

    def _lose(self, visit: Visit, task: Task, failure: Failure) -> Outcome | Found:
        if isinstance(task, PageTask) and is_worth_announcing(task, failure):
            return Found(visit=visit, task=task, failure=failure)
        return Outcome(visit=visit, task=task, lines=(make_lost(visit, task, failure),))

    def settle(self, outcome: Outcome) -> None:
        """Writes the lines that close a task; those of a task that is closed already say nothing new."""
        visit = outcome.visit
        if not visit.is_open(outcome.task):
            return
        for line in outcome.lines:
            self.record(line)
        visit.close(outcome.task)
        self._go_on(visit)

    def _go_on(self, visit: Visit) -> None:
        """Once all entry points are read, what is left of the order; once that is done, the end of the visit."""
        if not visit.open_entries and not visit.rest_begun:
            visit.rest_begun = True
            for task in _find_rest(visit):
                visit.put_off(task)
        for request in self._ask_for_waiting(visit):
            self.crawler.engine.crawl(request)
        if visit.is_done and not visit.ended:
            self.record(visit.end(datetime.now(UTC)))

    def record(self, line: ReportLine) -> None:
        self._report.write(line)

    # -- faults of ours, and the end

    def settle_failed_item(self, item: Found | Outcome, failure: TwistedFailure) -> None:
        self._settle_fault(item.visit, item.task, failure)

    def settle_failed_callback(self, failure: TwistedFailure, response: Response | TwistedFailure | None) -> None:
        request = getattr(response, "request", None)
        if isinstance(request, Request) and request.cb_kwargs:
            self._settle_fault(request.cb_kwargs["visit"], request.cb_kwargs["task"], failure)

    def _settle_fault(self, visit: Visit, task: Task, failure: TwistedFailure) -> None:
        fault = Failure(loss=Loss.OUR_FAULT, detail=f"{type(failure.value).__name__}: {failure.value}"[:500])
        self.settle(Outcome(visit=visit, task=task, lines=(make_lost(visit, task, fault),)))

    def cut_short(self, why: str) -> None:
        """Reports everything that is still open as cut short, and ends every visit."""
        cut = Failure(loss=Loss.CUT_SHORT, detail=why)
        for visit in self.visits:
            if visit.ended:
                continue
            visit.complete = False
            tasks: list[Task] = [*visit.open_entries, *visit.open_pages]
            for task in tasks:
                self.record(make_lost(visit, task, cut))
            self.record(visit.end(datetime.now(UTC)))

    async def end(self, reason: str) -> None:
        self.cut_short(f"the crawl ended ({reason})")
        await self.workers.close()


def _find_rest(visit: Visit) -> tuple[PageTask, ...]:
    again = {
        url_key(known.row.url): PageTask(row=known.row, validators=known.validators, is_recheck=True)
        for known in visit.order.recheck
    }
    again |= {url_key(row.url): PageTask(row=row) for row in visit.order.retry}
    return choose_rest(visit, again)


def _needs_script(source: Source, task: Task) -> bool:
    """Feeds, sitemaps and APIs are complete as they are sent."""
    return source.render and (isinstance(task, PageTask) or task.entry.way is Way.LISTING)


def _compare_bytes_only(validators: dict[str, Validators]) -> dict[str, Validators]:
    """A 304 would speak of the page before its scripts fill it in, which hardly ever changes."""
    return {url: replace(known, etag=None, last_modified=None) for url, known in validators.items()}


def _find_page_validators(task: PageTask) -> dict[str, Validators]:
    """An ETag is good for the address of the row too, where it may have come from by a redirect; a date is not."""
    if task.validators is None:
        return {}
    return {task.url: replace(task.validators, last_modified=None), task.validators.url: task.validators}


def _note_outside(visit: Visit, listed: Listed) -> Iterator[Lost]:
    for row in listed.outside:
        if row.url not in visit.seen:
            visit.seen.add(row.url)
            detail = f"keep_only = {visit.source.keep_only!r} leaves it out"
            yield Lost(source=visit.source.id, url=row.url, loss=Loss.OUTSIDE, detail=detail, row=row)


def _make_page(response: Response, visit: Visit, task: PageTask) -> FetchedPage:
    hops: list[str] = response.request.meta.get("redirect_urls", []) if response.request else []
    return FetchedPage(
        source=visit.source.id,
        source_name=visit.source.name,
        language=visit.source.language,
        country=visit.source.country,
        row=task.row,
        requested_url=task.url,
        url=response.url,
        redirects=tuple(hops[1:]),
        content_type=_read_content_type(response),
        body=response.body,
        validators=read_validators(response),
    )


def _read_headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b",".join(all_).decode("latin-1") for name, all_ in response.headers.items()
    }


def _read_content_type(response: Response) -> str | None:
    value = response.headers.get("Content-Type")
    return value.decode("latin-1") if value else None
