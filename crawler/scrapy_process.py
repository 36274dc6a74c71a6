"""Runs Scrapy in this process to carry out one order, and ends it in time."""

import logging
import os
import signal
import sys
from typing import Any

# First of all: as it is loaded, Scrapy looks three times through the sources of whatever is being imported by then.
import scrapy.core.downloader.contextfactory  # noqa: F401
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings
from twisted.internet.task import LoopingCall

from crawler.garbage import keep_what_is_loaded
from crawler.order import CrawlOrder
from crawler.order_spider import OrderSpider
from crawler.report import ReportFile
from crawler.workers import Workers

DONE, CUT_SHORT = 0, 1
# What the crawl leaves of its time limit, so that it says itself what it did not do before it is ended from outside.
MARGIN = 0.1
LONGEST_MARGIN_S = 10.0
LOOK_FOR_READER_S = 1.0
# Who warns of what the report says too.
REPEATERS = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy-playwright",
)


def carry_out(order: CrawlOrder, report: ReportFile, workers: Workers) -> int:
    """The exit status of a crawl that carries out `order`; `workers` belong to the running loop of this thread."""
    process, crawler = _start(order, report, workers)
    stop_in_time(crawler, order.limits.time_limit)
    LoopingCall(report.leave_if_abandoned).start(LOOK_FOR_READER_S)
    keep_what_is_loaded()
    process.start(install_signal_handlers=False)
    return DONE if crawler.spider is not None and not process.bootstrap_failed else CUT_SHORT


def _start(order: CrawlOrder, report: ReportFile, workers: Workers) -> tuple[CrawlerProcess, Crawler]:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    process = CrawlerProcess(settings)
    # Else Scrapy's own lines, below this level, are made and thrown away, two for each page.
    logging.getLogger("scrapy").setLevel(settings["LOG_LEVEL"])
    for name in REPEATERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    crawler = process.create_crawler(OrderSpider)
    process.crawl(crawler, order=order, report=report, workers=workers)
    return process, crawler


def stop_in_time(crawler: Crawler, limit_s: float) -> None:
    """Ends the crawl at a signal, or shortly before its time limit."""
    from twisted.internet import reactor as chosen  # noqa: PLC0415 (Scrapy has to choose the reactor first)

    reactor: Any = chosen

    reactor.callLater(limit_s - min(limit_s * MARGIN, LONGEST_MARGIN_S), leave, crawler, "its time limit")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: reactor.callFromThread(leave, crawler, "a signal"))


def leave(crawler: Crawler, why: str) -> None:
    """Says what was not done and goes at once: Scrapy would wait for every download that is under way."""
    spider: Any = crawler.spider
    spider.cut_short(f"the crawl was ended by {why}")
    spider.workers.kill()
    sys.stderr.flush()
    os._exit(CUT_SHORT)
