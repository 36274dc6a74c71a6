"""Writes a crawl report, each line as soon as it is known, so that a crawl can be killed at any point without harm."""

import logging
import os
import select
import sys
from pathlib import Path
from typing import Protocol

from crawler.order import CrawlOrder, EntryRead, Lost, ReportLine, encode_line

STDOUT = "-"

logger = logging.getLogger(__name__)


class Report(Protocol):
    """Where the lines of a report go."""

    def write(self, line: ReportLine) -> None: ...


class ReportingSpider(Protocol):
    """What the middlewares ask of the spider: what was known before, and a place to report to."""

    order: CrawlOrder

    def record(self, line: ReportLine) -> None: ...


class ReportFile:
    """A report in a file or on stdout. When nobody reads it any more, the crawl has no purpose and ends."""

    def __init__(self, path: str) -> None:
        if path == STDOUT:
            self._file = os.dup(sys.stdout.fileno())
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may get between the lines
        else:
            self._file = os.open(Path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._errors = select.poll()
        self._errors.register(self._file, select.POLLERR)

    @property
    def is_abandoned(self) -> bool:
        """Whether whoever read the report has gone, which a pipe tells before anything is written to it."""
        return any(event & select.POLLERR for _, event in self._errors.poll(0))

    def leave_if_abandoned(self) -> None:
        """Ends the process: else it would ask on, beside the crawl of whoever takes the place of its reader."""
        if self.is_abandoned:
            os._exit(1)

    def write(self, line: ReportLine) -> None:
        data = encode_line(line)
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            sys.stderr.write(f"the crawl report cannot be written ({error.strerror}): the crawl ends\n")
            os._exit(1)


class ReportLog:
    """For `scrapy crawl`: what was lost and what was odd, as log messages."""

    def write(self, line: ReportLine) -> None:
        if isinstance(line, Lost):
            logger.warning("%s: %s (%s)", line.url, line.loss, line.detail)
        elif isinstance(line, EntryRead):
            for warning in line.warnings:
                logger.warning("%s: %s", line.url, warning)
