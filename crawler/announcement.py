"""The types that travel from the crawler to the monitor: a row, a page, an announcement, a loss."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crawler.way import Way


class KeyKind(StrEnum):
    """Where a key of an announcement came from, strongest first."""

    REQUESTED = "requested"
    REDIRECT = "redirect"
    CANONICAL = "canonical"
    GUID = "guid"


class TextState(StrEnum):
    """Where the text of an announcement came from."""

    PAGE = "page"
    FEED = "feed"
    MISSING = "missing"


class DateSource(StrEnum):
    """Which statement of the publisher a date was read from."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    API = "api"
    ADDRESS = "address"


class Loss(StrEnum):
    """Why a row, a page or an entry point gave nothing. One word per cause, shown to people as it is."""

    NOT_FOUND = "not found"
    GONE = "gone"
    REFUSED = "refused"
    ROBOTS = "forbidden by robots.txt"
    TIMEOUT = "timed out"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate refused"
    TOO_MANY_REQUESTS = "too many requests"
    SERVER_ERROR = "server error"
    TOO_LARGE = "too large"
    ADDRESS_FORBIDDEN = "address forbidden"
    REDIRECT_LOOP = "redirected too often"
    BOT_WALL = "bot wall"
    LOGIN = "log-in page"
    SOFT_NOT_FOUND = "soft not found"
    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NO_TEXT = "no text"
    NOT_A_FEED = "not a feed"
    NO_ROWS = "no rows"
    NOT_A_DOCUMENT = "not a document"
    OUTSIDE = "outside keep_only"
    CUT_SHORT = "cut short"
    OUR_FAULT = "fault in govwatch"


@dataclass(frozen=True, kw_only=True)
class PublicationDate:
    """When something was published, as far as the publisher says so.

    `at` is an aware UTC moment or None; `on` the calendar day that the publisher printed, in the publisher's own zone.
    """

    at: datetime | None = None
    on: date | None = None
    source: DateSource | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of a listing or feed: what the source says of a page before anyone has fetched it."""

    url: str
    entry_point: str
    way: Way
    title: str | None = None
    summary: str | None = None
    author: str | None = None
    guid: str | None = None
    published: PublicationDate = PublicationDate()
    updated_at: datetime | None = None
    language: str | None = None
    content_html: str | None = None
    fingerprint: str = ""
    """Changes when the source says something else about the page; empty when the row says nothing but the address."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One of the names by which an announcement is known again."""

    kind: KeyKind
    value: str


@dataclass(frozen=True, kw_only=True)
class Validators:
    """What a server needs to answer 304, and what we need to see that nothing changed all the same."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Announcement:
    """What one page (or the row that listed it) tells, ready to be filed.

    `text` is None while `text_state` is MISSING; `missing` then says why, and the page is to be asked for again.
    `note` says in plain words what people should know of how the text was read, such as that it is not all of it.
    """

    source: str
    url: str
    keys: tuple[Key, ...]
    row: Row
    title: str
    author: str | None
    language: str | None
    published: PublicationDate
    text: str | None
    summary: str | None
    text_state: TextState
    missing: Loss | None = None
    missing_detail: str | None = None
    note: str | None = None
    validators: Validators | None = None


@dataclass(frozen=True, kw_only=True)
class FetchedPage:
    """A page as the server sent it, and what is known of it, on its way into extraction.

    `url` is the address that answered; `requested_url` the one the row named; `redirects` those in between.
    `content_type` is the header as sent, or None. `language` is the source's own, for pages that do not say theirs;
    `country` is the source's too, for dates that each country writes in its own way.
    """

    source: str
    source_name: str
    language: str
    row: Row
    requested_url: str
    url: str
    redirects: tuple[str, ...]
    content_type: str | None
    body: bytes
    validators: Validators | None
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotAPage:
    """What came instead of the page that was asked for, and the sign by which it was known."""

    loss: Loss
    detail: str
