"""Hands requests to the downloader host by host, so that one busy, slow or resting host never fills the crawl.

Scrapy's own scheduler would let a host with many waiting requests take every place as soon as the others pause. Here the
host with the fewest goes first: what is new on one page does not wait for the thousand of a source that is read for the
first time, and sources end, and are filed, one after the other.
Repeats are not filtered here: a source decides what it fetches, and each row has its own outcome.
"""

import time
from collections import Counter, deque
from math import inf
from typing import Self

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from crawler.fetching.hosts import SLOT, host_key


class FairScheduler(BaseScheduler):
    """One queue for each host; one that has all it may have in flight, or whose delay still runs, is passed over."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._at_once = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._waiting: dict[str, deque[Request]] = {}

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
        downloader = self._crawler.engine.downloader
        in_flight = Counter(request.meta.get(SLOT) for request in downloader.active)
        slots, moment = downloader.slots, time.monotonic()
        best, least = None, (inf, 0)
        for host, queue in self._waiting.items():
            slot = slots.get(host)
            turn = (_find_rest_s(slot, moment) if slot and slot.delay else 0, len(queue))
            if turn < least and in_flight.get(host, 0) < self._at_once:
                best, least = host, turn
        return self._take(best) if best is not None else None

    def _take(self, host: str) -> Request:
        queue = self._waiting[host]
        request = queue.popleft()
        if not queue:
            del self._waiting[host]
        return request


def _find_rest_s(slot: Slot, moment: float) -> float:
    """How long the host's next request would still wait for its turn."""
    return max(0, slot.lastseen + slot.delay * (1 + len(slot.queue)) - moment)
