"""From what was found to what is reported: pages are extracted in worker processes, then every task is settled."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Self, cast

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawler.announcement import Announcement, FetchedPage, Loss, NotAPage
from crawler.fetching.failures import Failure
from crawler.order import Announced
from crawler.order_spider import OrderSpider
from crawler.visit import MOST_WORN_OUT, Found, Outcome, Visit, is_worth_announcing, make_lost
from crawler.workers import JobError, NotWantedError, WorkerEndedError

READ_PAGE = "crawler.extract:read_page"
ANNOUNCE_ROW = "crawler.extract:announce_row"
PAGE_LIMIT_S = 30.0
FULL_TEXT_EXPECTED = NotAPage(loss=Loss.EMPTY, detail="the feed has no full text, though full_text_in_feed is set")


class Extraction:
    """Turns what was found into an announcement: from its page, or from its row when the page cannot be had (R17)."""

    def __init__(self, crawler: Crawler) -> None:
        self._spider = cast("OrderSpider", crawler.spider)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Found | Outcome) -> Outcome:
        if isinstance(item, Outcome):
            return item
        failure = item.failure
        if item.page is not None:
            answer = await self._read_page(item.visit, item.page)
            if isinstance(answer, Announcement):
                return _announce(item, answer)
            failure = answer
        return await self._announce_row(item, failure)

    async def _read_page(self, visit: Visit, page: FetchedPage) -> Announcement | Failure:
        def is_wanted() -> bool:
            return not visit.is_too_hard

        try:
            return await self._run(visit, READ_PAGE, page, reads=page.body, is_wanted=is_wanted, now=datetime.now(UTC))
        except NotWantedError:
            detail = f"not read, since {MOST_WORN_OUT} pages of the source took too much time or memory"
            return Failure(loss=Loss.UNREADABLE, detail=detail)

    async def _announce_row(self, found: Found, failure: Failure | None) -> Outcome:
        """`failure` is None when the source has its whole text in the feed, so that the page was never asked for."""
        if failure and not is_worth_announcing(found.task, failure):
            return _lose(found, failure)
        missing = NotAPage(loss=failure.loss, detail=failure.detail) if failure else FULL_TEXT_EXPECTED
        source = found.visit.source
        answer = await self._run(
            found.visit, ANNOUNCE_ROW, found.task.row, source=source.id, language=source.language, missing=missing
        )
        if isinstance(answer, Announcement):
            return _announce(found, answer)
        return _lose(found, failure or answer)

    async def _run(self, visit: Visit, function: str, *args: object, **keywords: Any) -> Announcement | Failure:
        try:
            answer = await self._spider.workers.run(function, *args, limit_s=PAGE_LIMIT_S, batch=visit, **keywords)
        except WorkerEndedError as error:
            visit.worn_out += 1
            return Failure(loss=error.loss, detail=str(error))
        except JobError as error:
            self._spider.logger.exception("%s", error.trace)
            return Failure(loss=Loss.OUR_FAULT, detail=str(error))
        if isinstance(answer, NotAPage):
            return Failure(loss=answer.loss, detail=answer.detail)
        if isinstance(answer, Announcement):
            return answer
        return Failure(loss=Loss.EMPTY, detail="the row has no title")


class Settlement:
    """Hands every outcome to the spider, which reports it and closes the task."""

    def __init__(self, crawler: Crawler) -> None:
        self._spider = cast("OrderSpider", crawler.spider)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Outcome) -> Outcome:
        self._spider.settle(item)
        return item


class PlainItems:
    """For `scrapy crawl`: announcements as plain dictionaries with ISO dates; everything else is in the log."""

    def process_item(self, item: Outcome) -> dict[str, Any]:
        for line in item.lines:
            if isinstance(line, Announced):
                return cast("dict[str, Any]", _make_plain(asdict(line.announcement)))
        raise DropItem("not an announcement")


def _announce(found: Found, announcement: Announcement) -> Outcome:
    return Outcome(visit=found.visit, task=found.task, lines=(Announced(announcement=announcement),))


def _lose(found: Found, failure: Failure) -> Outcome:
    return Outcome(visit=found.visit, task=found.task, lines=(make_lost(found.visit, found.task, failure),))


def _make_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _make_plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_make_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
