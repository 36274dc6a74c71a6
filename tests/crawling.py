"""Runs whole crawls as child processes, as the monitor does, and makes the sources and pages that they need."""

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from crawler.announcement import Announcement
from crawler.limits import CrawlLimits
from crawler.order import (
    Announced,
    CrawlOrder,
    EntryRead,
    HostRest,
    Lost,
    ReportLine,
    RobotsRead,
    RobotsState,
    SourceEnded,
    SourceOrder,
    encode_order,
    read_report,
)
from crawler.source import Source
from tests.forking import find_python
from tests.loopback import XML, Answer

Line = TypeVar("Line", bound=ReportLine)

PARAGRAPH = (
    "The two governments have agreed to work together on digital public services, to share what they build in the open "
    "and to learn from each other how services are designed around the people who need them. "
)


@dataclass(frozen=True, kw_only=True)
class Crawl:
    """What a crawl reported, how it ended, and how long it took."""

    lines: tuple[ReportLine, ...]
    exit_code: int
    messages: str
    took_s: float

    def all(self, kind: type[Line]) -> list[Line]:
        return [line for line in self.lines if isinstance(line, kind)]

    @property
    def announcements(self) -> list[Announcement]:
        return [line.announcement for line in self.all(Announced)]

    @property
    def losses(self) -> list[Lost]:
        return self.all(Lost)

    @property
    def entries(self) -> list[EntryRead]:
        return self.all(EntryRead)

    @property
    def ended(self) -> SourceEnded:
        (ended,) = self.all(SourceEnded)
        return ended

    @property
    def robots(self) -> list[RobotsState]:
        return [line.state for line in self.all(RobotsRead)]

    def lost(self) -> Lost:
        (lost,) = self.losses
        return lost


def make_source(source_id: str = "press", **values: Any) -> Source:
    return Source(
        **{
            "id": source_id,
            "name": "The Press Office",
            "country": "GB",
            "language": "en",
            "kind": "newsroom",
            "homepage": "http://127.0.0.1/",
            "allow_private_addresses": True,
            **values,
        }
    )


def make_limits(**values: Any) -> CrawlLimits:
    """Fast and parallel, because everything is on loopback."""
    return CrawlLimits(
        **{
            "contact": "watch@example.org",
            "delay_s": 0,
            "requests_at_once_per_host": 8,
            "request_timeout_s": 10,
            "time_limit": 60,
            "extract_processes": 1,
            **values,
        }
    )


def make_order(
    *sources: Source | SourceOrder,
    limits: Mapping[str, Any] | None = None,
    robots: Iterable[RobotsState] = (),
    rests: Iterable[HostRest] = (),
) -> CrawlOrder:
    return CrawlOrder(
        ordered_at=datetime.now(UTC),
        limits=make_limits(**(limits or {})),
        sources=tuple(one if isinstance(one, SourceOrder) else SourceOrder(source=one) for one in sources),
        robots=tuple(robots),
        rests=tuple(rests),
    )


def crawl(
    order: CrawlOrder,
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    timeout_s: float = 60,
    program: tuple[str, str] = ("-m", "crawler"),
) -> Crawl:
    """Carries out `order` in a child process; it must end by itself within `timeout_s`.

    `program` is what Python is to run.
    """
    order_file, report_file = folder / "order.json", folder / "report.jsonl"
    order_file.write_bytes(encode_order(order))
    started_at = time.monotonic()
    child = subprocess.run(
        [find_python(), *program, str(order_file), str(report_file)],
        env={**os.environ, **(environment or {})},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return Crawl(
        lines=tuple(read_report(report_file.read_bytes())) if report_file.exists() else (),
        exit_code=child.returncode,
        messages=child.stderr,
        took_s=time.monotonic() - started_at,
    )


def make_page(title: str, text: str = PARAGRAPH * 3) -> Answer:
    return Answer(
        body=f'<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body><main><article><h1>{title}</h1>'
        f"<p>{text}</p><p>{PARAGRAPH}</p></article></main></body></html>"
    )


def make_feed(*items: str, title: str = "News", more: str = "") -> Answer:
    return Answer(
        kind=XML,
        body=f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{more}{"".join(items)}</channel></rss>',
    )


def make_item(url: str, title: str, *, more: str = "") -> str:
    return f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid>{more}</item>"
