"""What an inspection of a site finds: the types that travel from the crawler to the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter, ValidationError

from crawler.announcement import Loss
from crawler.limits import CrawlLimits
from crawler.order import RobotsState
from crawler.platforms import Platform
from crawler.source import Source, SourceKind
from crawler.way import Way


@dataclass(frozen=True, kw_only=True)
class InspectionOrder:
    """Which address to inspect, and how to behave. Empty `country` and `language` are read from the site."""

    url: str
    ordered_at: datetime
    limits: CrawlLimits
    country: str | None = None
    language: str | None = None
    allow_private_addresses: bool = False
    robots: tuple[RobotsState, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An address that gave nothing, and why."""

    url: str
    loss: Loss
    detail: str


@dataclass(frozen=True, kw_only=True)
class Example:
    """One announcement that a way lists, as a crawl would read it. `text_chars` is 0 when it gave no text."""

    url: str
    title: str | None
    published_on: date | None
    text_chars: int
    trouble: str | None = None


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A document as the site sent it, for the tests of whoever keeps the source. The body is base64 in JSON."""

    url: str
    content_type: str | None
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, kw_only=True)
class WayFound:
    """One way into a site: a source with nothing but this one entry point, and what it would give."""

    source: Source
    way: Way
    url: str
    found_by: str
    rows: int
    dated: int
    newest_on: date | None
    oldest_on: date | None
    examples: tuple[Example, ...] = ()
    shared: int = 0
    """How many of its rows the section's own page lists, too."""
    is_of_section: bool = False
    is_declared: bool = True
    notes: tuple[str, ...] = ()
    document: Saved | None = None


@dataclass(frozen=True, kw_only=True)
class SectionFound:
    """One language of the site (or all of it), with the ways into it, the recommended one first."""

    url: str
    homepage: str
    language: str
    country: str | None
    """None where nothing tells; the sources then say INT."""
    name: str
    kind: SourceKind
    platform: Platform | None
    ways: tuple[WayFound, ...]
    example_document: Saved | None = None
    is_bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What came of looking at one address. `failed` is given when not even that could be had."""

    url: str
    sections: tuple[SectionFound, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    failed: Trouble | None = None
    requests: int = 0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One address that is being asked for, so that a person can see that something happens."""

    url: str


InspectionLine = Asked | Inspection

_ORDER: TypeAdapter[InspectionOrder] = TypeAdapter(InspectionOrder)
_ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
_INSPECTION: TypeAdapter[Inspection] = TypeAdapter(Inspection)


def encode_order(order: InspectionOrder) -> bytes:
    return _ORDER.dump_json(order)


def decode_order(data: bytes) -> InspectionOrder:
    return _ORDER.validate_json(data)


def encode_asked(asked: Asked) -> bytes:
    return b"a" + _ASKED.dump_json(asked) + b"\n"


def encode_inspection(inspection: Inspection) -> bytes:
    return b"i" + _INSPECTION.dump_json(inspection) + b"\n"


def decode_line(data: bytes) -> InspectionLine | None:
    """One line of what an inspection tells, or None for the torn last line of one that was ended."""
    try:
        return _ASKED.validate_json(data[1:]) if data.startswith(b"a") else _INSPECTION.validate_json(data[1:])
    except ValidationError:
        return None
