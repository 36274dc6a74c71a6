"""Carries out one crawl order as a process of its own: `python -m crawler ORDER.json REPORT`.

The report goes to the file REPORT, or to stdout when it is `-`; messages go to stderr.
Exit status: 0 when every source was visited to its end, 1 when the crawl was cut short, 2 when there is no such order.
"""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

# First of all: as it is loaded, Scrapy looks three times through the sources of whatever is being imported by then.
import scrapy.core.downloader.contextfactory  # noqa: F401
from pydantic import ValidationError
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings
from twisted.internet.task import LoopingCall

from crawler.garbage import keep_what_is_loaded
from crawler.order import CrawlOrder, decode_order
from crawler.order_spider import OrderSpider
from crawler.report import ReportFile

DONE, CUT_SHORT, WRONG_USE = 0, 1, 2
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m crawler", description="Carry out one crawl order.")
    parser.add_argument("order", type=Path, metavar="ORDER.json")
    parser.add_argument("report", metavar="REPORT", help="a file, or - for stdout")
    arguments = parser.parse_args()
    order = read_order(arguments.order)
    report = ReportFile(arguments.report)
    process, crawler = start(order, report)
    stop_in_time(crawler, order.limits.time_limit)
    LoopingCall(report.leave_if_abandoned).start(LOOK_FOR_READER_S)
    keep_what_is_loaded()
    process.start(install_signal_handlers=False)
    sys.exit(DONE if crawler.spider is not None and not process.bootstrap_failed else CUT_SHORT)


def read_order(path: Path) -> CrawlOrder:
    try:
        return decode_order(path.read_bytes())
    except OSError as error:
        sys.stderr.write(f"{path}: cannot be read: {error.strerror}\n")
    except ValidationError as error:
        sys.stderr.write(f"{path}: not a crawl order of this version: {error}\n")
    sys.exit(WRONG_USE)


def start(order: CrawlOrder, report: ReportFile) -> tuple[CrawlerProcess, Crawler]:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    process = CrawlerProcess(settings)
    for name in REPEATERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    crawler = process.create_crawler(OrderSpider)
    process.crawl(crawler, order=order, report=report)
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


if __name__ == "__main__":
    main()
