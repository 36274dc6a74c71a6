"""Hands requests to the downloader host by host, so that one busy, slow or resting host never fills the crawl.

Scrapy's own scheduler would let a host with many waiting requests take every place as soon as the others pause.
Repeats are not filtered here: a source decides what it fetches, and each row has its own outcome.
"""

from collections import Counter, OrderedDict, deque
from typing import Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.fetching.hosts import SLOT, host_key


class FairScheduler(BaseScheduler):
    """One queue for each host, asked in turn; a host that has all it may have in flight is passed over."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._at_once = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._waiting: OrderedDict[str, deque[Request]] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def has_pending_requests(self) -> bool:
        return bool(self._waiting)

    def enqueue_request(self, request: Request) -> bool:
        host = request.meta[SLOT] = host_key(request)
        queue = self._waiting.setdefault(host, deque())
        if request.priority > 0:
            queue.appendleft(request)
        else:
            queue.append(request)
        return True

    def next_request(self) -> Request | None:
        in_flight = Counter(request.meta.get(SLOT) for request in self._crawler.engine.downloader.active)
        for host in self._waiting:
            if in_flight[host] < self._at_once:
                return self._take(host)
        return None

    def _take(self, host: str) -> Request:
        queue = self._waiting[host]
        request = queue.popleft()
        if queue:
            self._waiting.move_to_end(host)
        else:
            del self._waiting[host]
        return request
