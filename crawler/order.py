"""The crawl order that goes into a crawl and the crawl report that comes out, and how both are written down.

An order is one JSON document, a report one JSON object a line. Neither knows where the archive is:

    order    CrawlOrder   limits, and per source: validators, known keys, rows to retry, pages to look at again
    report   EntryRead    one per entry point page that was asked for
             Announced    one per announcement
             Lost         one per row, page or entry point that gave nothing, with the reason
             PageChecked  one per known page that was asked for again and did not change
             RobotsRead   one per host whose robots.txt was fetched
             HostRested   one per host that asked to be left alone for longer than a crawl waits
             SourceEnded  one per source, after everything else that concerns it
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from crawler.announcement import Announcement, Loss, Row, Validators
from crawler.limits import CrawlLimits
from crawler.source import Source
from crawler.way import Way


@dataclass(frozen=True, kw_only=True)
class RobotsState:
    """What a host's robots.txt said when it was last fetched; RFC 9309 lets us keep it for a day.

    `body` is None when the host could not be asked (status 0 or 5xx), which forbids everything. `delay_s` is its
    Crawl-delay for us.
    """

    origin: str
    status: int
    body: str | None
    fetched_at: datetime
    delay_s: float | None = None


# What asks for more means that it wants us gone; a day is as long as a source that fails is left alone, too.
LONGEST_REST = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class HostRest:
    """A host that asked to be left alone (Retry-After, 429, 503), as `hosts.host_key` names it."""

    host: str
    until: datetime
    status: int


@dataclass(frozen=True, kw_only=True)
class KnownPage:
    """A page to look at again, with what lets the server answer 304."""

    row: Row
    validators: Validators | None = None


@dataclass(frozen=True, kw_only=True)
class SourceOrder:
    """One source to visit and all that the crawl has to know of its past."""

    source: Source
    validators: tuple[Validators, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    """`url_key` or guid of every page that the source already gave us -> fingerprint of the row that listed it."""
    page_validators: Mapping[str, Validators] = field(default_factory=dict)
    """`url_key` -> validators, for known pages whose row may have changed."""
    retry: tuple[Row, ...] = ()
    recheck: tuple[KnownPage, ...] = ()
    page_through: bool = False
    """Do not stop at known rows: an earlier crawl did not reach the end of the listing."""
    sample: int | None = None
    """For a probe: fetch only so many pages, the newest, known or not, and no further page of a listing."""


@dataclass(frozen=True, kw_only=True)
class CrawlOrder:
    """Everything one crawl needs, so that it can run anywhere."""

    ordered_at: datetime
    limits: CrawlLimits
    sources: tuple[SourceOrder, ...]
    robots: tuple[RobotsState, ...] = ()
    rests: tuple[HostRest, ...] = ()
    """Hosts that are not to be asked by any source until then."""


@dataclass(frozen=True, kw_only=True)
class EntryRead:
    """One page of an entry point: what it listed, or that it had not changed."""

    source: str
    url: str
    way: Way
    status: int
    rows: int = 0
    unchanged: bool = False
    listed: tuple[str, ...] = ()
    """`url_key` of every row that was already known."""
    asked: tuple[str, ...] = ()
    """The addresses of the other rows, for which this crawl asks."""
    newest_on: date | None = None
    """The newest day that a row bears, of publication or else of change."""
    warnings: tuple[str, ...] = ()
    validators: Validators | None = None
    moved_to: str | None = None
    """Where permanent redirects alone led, if to another address."""
    max_age_s: int | None = None
    """How long the answer stays good, as its Cache-Control says."""
    period_s: int | None = None
    """How often the feed says that it changes."""
    breaks_off: bool = False
    """Whether the document ended before its end, so that rows may be missing."""
    record: Literal["entry"] = "entry"


@dataclass(frozen=True, kw_only=True)
class Announced:
    """One announcement, new or known, as its page tells it now."""

    announcement: Announcement
    record: Literal["announcement"] = "announcement"


@dataclass(frozen=True, kw_only=True)
class Lost:
    """One address that gave nothing. `row` is None when the address is an entry point."""

    source: str
    url: str
    loss: Loss
    detail: str
    status: int | None = None
    row: Row | None = None
    retry_after_s: int | None = None
    moved_to: str | None = None
    """Where permanent redirects alone led, if to another address; of an entry point."""
    record: Literal["loss"] = "loss"


@dataclass(frozen=True, kw_only=True)
class PageChecked:
    """A known page that was asked for again and had not changed."""

    source: str
    url: str
    row: Row
    validators: Validators | None = None
    record: Literal["unchanged"] = "unchanged"


@dataclass(frozen=True, kw_only=True)
class RobotsRead:
    """A robots.txt that was fetched in this crawl."""

    state: RobotsState
    record: Literal["robots"] = "robots"


@dataclass(frozen=True, kw_only=True)
class HostRested:
    """A host that asked for rest in this crawl."""

    rest: HostRest
    record: Literal["rest"] = "rest"


@dataclass(frozen=True, kw_only=True)
class SourceEnded:
    """The last line of a source. Only a complete one moves the source's validators."""

    source: str
    complete: bool
    reached_end: bool
    """False when paging broke off, so that the next crawl must not stop at known rows."""
    requests: int
    not_modified: int
    bytes_received: int
    started_at: datetime
    ended_at: datetime
    record: Literal["ended"] = "ended"


ReportLine = EntryRead | Announced | Lost | PageChecked | RobotsRead | HostRested | SourceEnded

_ORDER: TypeAdapter[CrawlOrder] = TypeAdapter(CrawlOrder)
_LINE: TypeAdapter[ReportLine] = TypeAdapter(Annotated[ReportLine, Field(discriminator="record")])


def encode_order(order: CrawlOrder) -> bytes:
    return _ORDER.dump_json(order)


def decode_order(data: bytes) -> CrawlOrder:
    """Raises pydantic's ValidationError when `data` is not an order of this version."""
    return _ORDER.validate_json(data)


def encode_line(line: ReportLine) -> bytes:
    """One line of a report, newline included."""
    return _LINE.dump_json(line) + b"\n"


def decode_line(data: bytes) -> ReportLine | None:
    """One line of a report, or None for the torn last line of a crawl that was killed."""
    try:
        return _LINE.validate_json(data)
    except ValidationError:
        return None


def read_report(data: bytes) -> Iterator[ReportLine]:
    """Every whole line of a report."""
    for line in data.splitlines():
        if decoded := decode_line(line):
            yield decoded
