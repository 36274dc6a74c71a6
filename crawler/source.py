"""What a source is, and the reading of `config/sources`; how a source is crawled is left to the spiders."""

import re
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    ValidationInfo,
    model_validator,
)

from crawler.api_table import Api, FirstLookPages, WebAddress
from crawler.codes import check_country, check_language
from crawler.configuration import (
    DECLARED_IN_WORDS,
    Fault,
    Problem,
    build_model,
    check_line,
    parse_duration,
    parse_selector,
    read_toml,
)
from crawler.platforms import Platform
from crawler.platforms.known import find_traits
from crawler.urls import url_key
from crawler.way import Way

WAYS_IN = ("feeds", "sitemaps", "listing", "api")
NO_WAY_IN = "expected at least one of feeds, sitemaps, [[listing]] or [[api]]"
SOURCE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class SourceKind(StrEnum):
    """Who speaks: watches are scoped by it, and the official word goes before the press."""

    GOVERNMENT_BLOG = "government-blog"
    NEWSROOM = "newsroom"
    TRADE_PRESS = "trade-press"
    INTERNATIONAL = "international"


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from error
    return value


Selector = Annotated[str, AfterValidator(parse_selector)]
Seconds = Annotated[int, BeforeValidator(parse_duration)]


class _Declared(BaseModel):
    model_config = DECLARED_IN_WORDS


class Listing(_Declared):
    """A page of links in time order. Selectors are CSS or XPath 1.0 (one that begins with `/`, `./` or `(`)."""

    url: WebAddress
    rows: Selector
    link: Selector = "a"
    title: Selector | None = None
    date: Selector | None = None
    summary: Selector | None = None
    next: Selector | None = None
    first_look_pages: FirstLookPages = None


class Expect(_Declared):
    """What the operator knows of the source's habits; falling short is a fault of the source, not of the day."""

    rows: Annotated[int, Field(ge=0)] | None = None
    max_gap_days: Annotated[int, Field(ge=1)] | None = None


class EntryPoint(_Declared):
    """One address of a source that lists what it has published."""

    url: str
    way: Way
    platform: Platform | None = None
    listing: Listing | None = None
    api: Api | None = None

    @property
    def has_pages(self) -> bool:
        """Whether what it lists may go on over more than one page."""
        if self.way is Way.FEED:
            return find_traits(self.platform).find_older_feed is not None
        return self.listing is not None or self.api is not None

    @property
    def first_look_pages(self) -> int | None:
        """How many pages a first look reads at most; None for all of them."""
        declared = self.listing or self.api
        return declared.first_look_pages if declared else None


def _complete_api(api: Api, info: ValidationInfo) -> Api:
    """`api` with what its platform knows; runs where the platform of the source has been read already."""
    platform = info.data.get("platform")
    shape = find_traits(platform).api
    complete = api.complete(shape) if shape else api
    if missing := [key for key in ("rows", "link") if getattr(complete, key) is None]:
        raise ValueError(f"expected {' and '.join(missing)}: no platform is named whose API is known")
    return complete


class Source(_Declared):
    """One site to watch, as `config/sources/<id>.toml` declares it."""

    id: str
    name: Annotated[str, Field(min_length=1), AfterValidator(check_line)]
    country: Annotated[str, AfterValidator(check_country)]
    language: Annotated[str, AfterValidator(check_language)]
    kind: SourceKind
    homepage: WebAddress
    feeds: tuple[WebAddress, ...] = ()
    sitemaps: tuple[WebAddress, ...] = ()
    platform: Platform | None = None
    """What the site is made with, which tells the traps to look out for; stands before `api`, which is read by it."""
    listing: tuple[Listing, ...] = ()
    api: tuple[Annotated[Api, AfterValidator(_complete_api)], ...] = ()
    enabled: StrictBool = True
    note: str | None = None
    checked_on: date | None = None
    """The day on which somebody last fetched it live and found it well; None while nobody has."""
    every: Annotated[Seconds, Field(ge=60)] | None = None
    """Shortest interval between two checks, in seconds; written as "30 minutes"."""
    at_least_every: Annotated[Seconds, Field(ge=60)] | None = None
    """Longest interval between two checks while the source answers, in seconds."""
    full_text_in_feed: StrictBool = False
    render: StrictBool = False
    """Its listings and pages are empty until their scripts have run: they are drawn in a browser (`govwatch[render]`)."""
    keep_only: Annotated[str, AfterValidator(_pattern)] | None = None
    expect: Expect = Expect()
    allow_private_addresses: StrictBool = False

    @model_validator(mode="after")
    def _has_bounds_in_order(self) -> Self:
        if self.every and self.at_least_every and self.at_least_every < self.every:
            raise ValueError("expected at_least_every to be no shorter than every")
        return self

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if self.enabled and not self.entry_points:
            raise ValueError(NO_WAY_IN)
        return self

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        return (
            *(EntryPoint(url=url, way=Way.FEED, platform=self.platform) for url in self.feeds),
            *(EntryPoint(url=url, way=Way.SITEMAP, platform=self.platform) for url in self.sitemaps),
            *(EntryPoint(url=one.url, way=Way.LISTING, platform=self.platform, listing=one) for one in self.listing),
            *(EntryPoint(url=one.url, way=Way.API, platform=self.platform, api=one) for one in self.api),
        )

    @property
    def front_pages(self) -> frozenset[str]:
        """`url_key` of the home page and of each entry point: what lists pages, and is none of them."""
        return frozenset(map(url_key, (self.homepage, *(entry.url for entry in self.entry_points))))


def read_sources(folder: Path) -> tuple[tuple[Source, ...], tuple[Fault, ...]]:
    """Every source declared in `folder` (one `<id>.toml` each), and every fault found; raises nothing."""
    sources: list[Source] = []
    faults: list[Fault] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (Fault(file=str(folder), message=f"cannot be read: {error.strerror}"),)
    for path in paths:
        source, found = read_source(path)
        faults += found
        if source:
            sources.append(source)
    return tuple(sources), tuple(faults)


def read_source(path: Path) -> tuple[Source | None, tuple[Fault, ...]]:
    """The source that one file declares, or the faults that keep it from being one."""
    document, faults = read_toml(path)
    if not SOURCE_ID.fullmatch(path.stem):
        message = "the file's name is the id: expected small letters, digits, single hyphens"
        faults = (Fault(file=str(path), message=message), *faults)
    if document is None:
        return None, faults
    source, found = build_model(Source, document, {**document.values, "id": path.stem})
    if "id" in document.values:
        faults += (document.fault(Problem(path=("id",), message="unknown key: the id is the file's name")),)
    if source is None and document.values.get("enabled", True) and not any(map(document.values.get, WAYS_IN)):
        found += (document.fault(Problem(path=(), message=NO_WAY_IN)),)  # a single wrong key would hide it
    faults += tuple(dict.fromkeys(found))
    return (None if faults else source), faults
