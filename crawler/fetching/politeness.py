"""Spaces out the requests to each host and lets a host rest when it says so (Retry-After, 429, 503; R29).

A short rest is waited for. A long one ends what the crawl still wanted from the host: asking on would be hammering,
and waiting would hold up the crawl. The rest is reported, and comes back with the next order: it holds across crawls and
for every source of the host.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self, cast

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.asyncio import call_later

from crawler.announcement import Loss
from crawler.fetching.failures import Failure, FetchRefused
from crawler.fetching.hosts import SLOT, host_key
from crawler.order import LONGEST_REST, HostRest, HostRested
from crawler.report import ReportingSpider

TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503
LONGEST_WAIT_S = 60
MAX_WAITS = 2
# RFC 6585 leaves Retry-After optional; a minute is what most rate limits are counted in.
UNSTATED_REST_S = 60
# More digits than any rest has; Python refuses to read thousands of them.
MAX_DIGITS = 12
WAITS = "politeness_waits"


def read_retry_after(value: str | None, *, now: datetime) -> int | None:
    """Seconds in a Retry-After header, which holds seconds or a date (RFC 9110 section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdecimal():
        return int(value.strip()[:MAX_DIGITS])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - now).total_seconds()))


class Politeness:
    """Gives each request its host's slot, and keeps the slots of resting hosts shut."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._spider = cast("ReportingSpider", crawler.spider)
        self._resting = {rest.host: rest for rest in self._spider.order.rests}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = host_key(request)
        request.meta[SLOT] = host
        refuse_resting(self._resting.get(host))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        rest_s = find_rest_s(response, now=datetime.now(UTC))
        if rest_s is None:
            return response
        host = host_key(request)
        waits = request.meta.get(WAITS, 0)
        if rest_s <= LONGEST_WAIT_S and waits < MAX_WAITS:
            self._pause(host, rest_s)
            return request.replace(meta={**request.meta, WAITS: waits + 1}, priority=1)
        # What says "in a second" again and again does not mean it.
        until = datetime.now(UTC) + min(timedelta(seconds=max(rest_s, UNSTATED_REST_S)), LONGEST_REST)
        rest = self._resting[host] = HostRest(host=host, until=until, status=response.status)
        self._spider.record(HostRested(rest=rest))
        self._send_away(host, rest)
        raise _refuse(rest)

    def _pause(self, host: str, seconds: float) -> None:
        """Scrapy starts the next request of a slot `delay` after the last one: a pause is a longer delay for once."""
        if slot := self._find_slot(host):
            usual = self._find_usual_delay(host)
            slot.delay = max(seconds, usual)
            slot.lastseen = time.monotonic()
            call_later(slot.delay, _restore, slot, usual)

    def _send_away(self, host: str, rest: HostRest) -> None:
        slot = self._find_slot(host)
        while slot and slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(_refuse(rest))

    def _find_slot(self, host: str) -> Slot | None:
        return self._crawler.engine.downloader.slots.get(host)

    def _find_usual_delay(self, host: str) -> float:
        downloader = self._crawler.engine.downloader
        settings = downloader.per_slot_settings.get(host, {})
        return float(settings.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))


def find_rest_s(response: Response, *, now: datetime) -> int | None:
    """How long the host asks us to stay away, or None when it does not ask."""
    header = response.headers.get("Retry-After")
    stated_s = read_retry_after(header.decode("latin-1") if header else None, now=now)
    if response.status == TOO_MANY_REQUESTS:
        return UNSTATED_REST_S if stated_s is None else stated_s
    return stated_s if response.status == UNAVAILABLE else None


def set_delay(crawler: Crawler, host: str, delay_s: float) -> None:
    """From now on one request at a time to `host`, `delay_s` apart, as its Crawl-delay asks."""
    downloader = crawler.engine.downloader
    downloader.per_slot_settings[host] = {"delay": delay_s, "concurrency": 1, "jitter": 0.0}
    if slot := downloader.slots.get(host):
        slot.delay, slot.concurrency = delay_s, 1


def _restore(slot: Slot, delay_s: float) -> None:
    slot.delay = delay_s


def refuse_resting(rest: HostRest | None) -> None:
    """Raises FetchRefused while the host's rest lasts."""
    if rest and rest.until > datetime.now(UTC):
        raise _refuse(rest)


def _refuse(rest: HostRest) -> FetchRefused:
    left_s = max(1, round((rest.until - datetime.now(UTC)).total_seconds()))
    detail = f"the host asked to be left alone until {rest.until:%d %b %H:%M} UTC"
    return FetchRefused(Failure(loss=Loss.TOO_MANY_REQUESTS, detail=detail, status=rest.status, retry_after_s=left_s))
