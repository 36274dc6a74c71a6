"""Whose turn it is: few requests before many, and nobody whose delay still runs while another could be asked."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.settings import Settings

from crawler.fetching.hosts import SLOT
from crawler.fetching.scheduling import FairScheduler


class Line:
    """A scheduler with a downloader that has no network: what it was given stays in flight until it is told otherwise."""

    def __init__(self, *, at_once: int = 2) -> None:
        self.downloader = SimpleNamespace(active=set(), slots={})
        crawler: Any = SimpleNamespace(
            settings=Settings({"CONCURRENT_REQUESTS_PER_DOMAIN": at_once}),
            engine=SimpleNamespace(downloader=self.downloader),
        )
        self.scheduler = FairScheduler(crawler)

    def ask(self, **pages: int) -> None:
        """So many pages of each host."""
        for host, number in pages.items():
            for page in range(number):
                self.scheduler.enqueue_request(Request(f"http://{host}.example/{page}"))

    def next_host(self, *, answers: bool = True) -> str | None:
        request = self.scheduler.next_request()
        if request is None:
            return None
        if not answers:
            self.downloader.active.add(request)
        return str(request.meta[SLOT]).removesuffix(".example")

    def rest(self, host: str, delay_s: float, *, ago_s: float, queued: int = 0) -> None:
        slot = Slot(concurrency=2, delay=delay_s, jitter=0.0)
        slot.lastseen = time.monotonic() - ago_s
        slot.queue.extend([None] * queued)  # type: ignore[list-item]  # only counted
        self.downloader.slots[f"{host}.example"] = slot


def test_the_host_with_the_fewest_pages_goes_first_and_is_finished() -> None:
    line = Line()
    line.ask(large=5, small=2, middle=3)

    assert [line.next_host() for _ in range(11)] == [*["small"] * 2, *["middle"] * 3, *["large"] * 5, None]


def test_a_host_that_has_all_it_may_in_flight_is_passed_over() -> None:
    line = Line(at_once=2)
    line.ask(slow=3, other=9)

    asked = [line.next_host(answers=False) for _ in range(5)]

    assert asked == ["slow", "slow", "other", "other", None]
    line.downloader.active.clear()
    assert line.next_host() == "slow"


def test_a_host_whose_delay_still_runs_lets_others_go_first() -> None:
    line = Line()
    line.ask(resting=1, ready=4, unknown=5)
    line.rest("resting", 10, ago_s=4)
    line.rest("ready", 10, ago_s=11)

    assert [line.next_host() for _ in range(10)] == [*["ready"] * 4, *["unknown"] * 5, "resting"]


@pytest.mark.parametrize(("queued", "first"), [(0, "sooner"), (1, "later")])
def test_where_all_rest_the_one_that_is_ready_first_is_asked(queued: int, first: str) -> None:
    line = Line()
    line.ask(sooner=9, later=1)
    line.rest("sooner", 10, ago_s=8, queued=queued)
    line.rest("later", 10, ago_s=2)

    assert line.next_host() == first


def test_what_is_urgent_goes_first_at_its_host() -> None:
    line = Line()
    line.ask(host=2)
    line.scheduler.enqueue_request(Request("http://host.example/robots.txt", priority=1))

    request = line.scheduler.next_request()

    assert request is not None
    assert request.url.endswith("/robots.txt")
    assert line.scheduler.has_pending_requests()
