"""Carries out one inspection as a process of its own: `python -m crawler.inspection ORDER.json`, findings to stdout."""

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError
from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings

from crawler.__main__ import WRONG_USE, read_document
from crawler.discovery.findings import (
    Asked,
    Inspection,
    InspectionOrder,
    decode_order,
    encode_asked,
    encode_inspection,
)
from crawler.inspection.spider import InspectionSpider
from crawler.scrapy_process import DONE, stop_in_time


class Output:
    """Standard output, kept for the findings alone."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(self, asked: Asked) -> None:
        self._write(encode_asked(asked))

    def finish(self, inspection: Inspection) -> None:
        self._write(encode_inspection(inspection))

    def _write(self, data: bytes) -> None:
        while data:
            data = data[self._file.write(data) :]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m crawler.inspection", description="Carry out one inspection.")
    parser.add_argument("order", type=Path, metavar="ORDER.json", help="a file, or - for stdin")
    order = read_order(parser.parse_args().order)
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {}, priority="project")
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(InspectionSpider)
    process.crawl(crawler, inspection=order, findings=Output())
    stop_in_time(crawler, order.limits.time_limit)
    process.start(install_signal_handlers=False)
    sys.exit(DONE)


def read_order(path: Path) -> InspectionOrder:
    try:
        return decode_order(read_document(path))
    except (OSError, ValidationError) as error:
        sys.stderr.write(f"{path}: not an inspection order of this version: {error}\n")
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
