"""Carries out one crawl order as a process of its own: `python -m crawler ORDER.json REPORT`.

The order comes from stdin when it is `-`, and the report goes to stdout; messages go to stderr.
Exit status: 0 when every source was visited to its end, 1 when the crawl was cut short, 2 when there is no such order.
"""

import argparse
import asyncio
import select
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TextIO

from crawler.garbage import leave_the_rest, load_without_collecting

load_without_collecting()

from pydantic import ValidationError  # noqa: E402

from crawler.limits import CrawlLimits  # noqa: E402
from crawler.order import CrawlOrder, decode_order  # noqa: E402
from crawler.report import ReportFile  # noqa: E402
from crawler.worker_process import Fork, fork_workers  # noqa: E402
from crawler.workers import Workers, make_workers  # noqa: E402

WRONG_USE = 2
STDIN = Path("-")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m crawler", description="Carry out one crawl order.")
    parser.add_argument("order", type=Path, metavar="ORDER.json", help="a file, or - for stdin")
    parser.add_argument("report", metavar="REPORT", help="a file, or - for stdout")
    arguments = parser.parse_args()
    is_early = arguments.order == STDIN and not _is_waiting(sys.stdin)
    forks = load_ahead() if is_early else []
    order = read_order(arguments.order)
    report = ReportFile(arguments.report)
    workers = start_workers(order, forks)
    from crawler.scrapy_process import carry_out  # noqa: PLC0415 - half a second, in which the workers load theirs

    status = carry_out(order, report, workers)
    leave_the_rest()
    sys.exit(status)


def load_ahead() -> list[Fork]:
    """What comes after the order can as well be loaded while that is still being written."""
    forks = fork_workers(CrawlLimits.model_fields["extract_processes"].default)
    import_module("crawler.scrapy_process")
    return forks


def _is_waiting(file: TextIO) -> bool:
    """Whether there is something to read, or the end."""
    return bool(select.select([file], [], [], 0)[0])


def read_order(path: Path) -> CrawlOrder:
    try:
        return decode_order(read_document(path))
    except OSError as error:
        sys.stderr.write(f"{path}: cannot be read: {error.strerror}\n")
    except ValidationError as error:
        sys.stderr.write(f"{path}: not a crawl order of this version: {error}\n")
    sys.exit(WRONG_USE)


def read_document(path: Path) -> bytes:
    """The file, or all of stdin where that is meant; whoever ends without having written an order is owed no complaint."""
    if path != STDIN:
        return path.read_bytes()
    return sys.stdin.buffer.read() or sys.exit(WRONG_USE)


def start_workers(order: CrawlOrder, forks: Sequence[Fork]) -> Workers:
    """The workers of this crawl, started ahead as far as there will be work: where no answer can be "unchanged"."""
    workers = make_workers(order.limits)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # which is the one that Scrapy goes on with
    there = loop.run_until_complete(workers.take_over(forks))
    loop.run_until_complete(workers.warm_up(sum(not source.validators for source in order.sources) - there))
    return workers


if __name__ == "__main__":
    main()
