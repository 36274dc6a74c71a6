"""What the readers of feeds, sitemaps, listings and APIs share: an entry point's page goes in, rows come out."""

import html
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from gzip import GzipFile
from hashlib import sha256
from io import BytesIO
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from w3lib.html import get_base_url, remove_tags
from w3lib.url import safe_url_string

from crawler import titles
from crawler.announcement import Loss, NotAPage, Row
from crawler.dates import DateReading
from crawler.footers import strip_footer
from crawler.impostor import find_impostor
from crawler.markup import FORBIDDEN, clean_xml
from crawler.platforms.known import find_traits
from crawler.scripts import correct_language
from crawler.source import EntryPoint, Source
from crawler.urls import MAX_CHARS, is_web_address, name_part, strip_part, url_key
from crawler.way import Way

GZIP_MAGIC = b"\x1f\x8b"
MAX_WARNINGS = 20
SUMMARY_CHARS = 500
ROOT_END = re.compile(rb"(?i)</(?:[\w.-]+:)?(?:rss|feed|rdf|channel|urlset|sitemapindex)\s*>")
TAIL_BYTES = 4096
BLOCK_END = re.compile(r"(?i)</(?:p|div|li|h[1-6]|td|th|blockquote)\s*>|<br\b[^>]*>")


@dataclass(frozen=True, kw_only=True)
class EntryPage:
    """One page of an entry point as the server sent it; `url` is the address that answered."""

    entry: EntryPoint
    url: str
    content_type: str | None
    body: bytes
    dates: DateReading
    max_rows: int
    max_bytes: int
    keep_only: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The answer's headers, their names in small letters."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What a page of an entry point lists, each address once.

    `keys` has the `url_key` of every row; `next_url` is a listing's next page; `sitemaps` are those that an index names.
    """

    rows: tuple[Row, ...] = ()
    keys: tuple[str, ...] = ()
    outside: tuple[Row, ...] = ()
    warnings: tuple[str, ...] = ()
    next_url: str | None = None
    sitemaps: tuple[str, ...] = ()
    period_s: int | None = None
    """How often the page says that it changes."""
    breaks_off: bool = False
    """Whether the document ends before its end, so that rows may be missing."""

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.outside or self.sitemaps)


def make_date_reading(source: Source, now: datetime) -> DateReading:
    """What is known beforehand of the dates in a source's entry points."""
    zone = find_traits(source.platform).zone
    return DateReading(now=now, zone=ZoneInfo(zone) if zone else None, language=source.language, country=source.country)


def build_listed(
    page: EntryPage, rows: Sequence[Row], warnings: Sequence[str], *, next_url: str | None = None
) -> Listed:
    """The rows of a page without repeats, in the page's order, at most `max_rows`, sorted by `keep_only`."""
    refine = find_traits(page.entry.platform).refine
    said = list(warnings)
    if len(rows) > page.max_rows:
        said.append(f"lists {len(rows)} rows, of which the first {page.max_rows} were read")
    checked = [_check_language(page, _check_size(refine(row))) for row in rows[: page.max_rows]]
    richest = _merge_repeats(_tell_apart(checked))
    kept = re.compile(page.keep_only or "")
    inside = {key: row for key, row in richest.items() if kept.search(strip_part(row.url))}
    return Listed(
        rows=tuple(inside.values()),
        keys=tuple(inside),
        outside=tuple(row for key, row in richest.items() if key not in inside),
        warnings=shorten_warnings(said),
        next_url=next_url,
    )


def _check_size(row: Row) -> Row:
    """Ten megabytes fit into one feed, and into one title of it."""
    has_long_guid = row.guid is not None and len(row.guid) > MAX_CHARS
    if len(row.title or "") <= titles.MAX_CHARS and len(row.author or "") <= titles.MAX_CHARS and not has_long_guid:
        return row
    author, guid = titles.shorten_title(row.author), None if has_long_guid else row.guid
    return replace(row, title=titles.shorten_title(row.title), author=author, guid=guid)


def _check_language(page: EntryPage, row: Row) -> Row:
    claimed = row.language or page.dates.language
    language = correct_language(claimed, row.title)
    return row if language == claimed else replace(row, language=language)


def find_entry_impostor(page: EntryPage) -> NotAPage | None:
    """What a page of HTML is that came where an entry point was asked for; None where it does not tell (R24)."""
    return find_impostor(page.body, page.content_type, url=page.url, requested_url=page.entry.url)


def unpack(page: EntryPage) -> bytes | NotAPage:
    """The document inside a .gz file, never more of it than `max_bytes`."""
    if not page.body.startswith(GZIP_MAGIC):
        return page.body
    try:
        with GzipFile(fileobj=BytesIO(page.body)) as packed:
            body = packed.read(page.max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        return NotAPage(loss=Loss.UNREADABLE, detail=f"the {page.entry.way} cannot be decompressed: {error}")
    if len(body) > page.max_bytes:
        detail = f"the {page.entry.way} is larger than the limit once it is decompressed"
        return NotAPage(loss=Loss.TOO_LARGE, detail=detail)
    return body


def is_broken_off(body: bytes) -> bool:
    """Whether a document that is not well-formed never closes what it is: its server stopped in the middle (R23)."""
    return not ROOT_END.search(clean_xml(body)[-TAIL_BYTES:])


def drop_shared_guids(rows: Sequence[Row]) -> list[Row]:
    """Rows whose guid another row bears too lose it: it names nothing (R14)."""
    counted = Counter(row.guid for row in rows)
    return [replace(row, guid=None) if row.guid and counted[row.guid] > 1 else row for row in rows]


def _tell_apart(rows: Sequence[Row]) -> list[Row]:
    """Entries of a feed under different titles that lead to one page ("What's new") each stand for a part of it."""
    first_titles: dict[str, str] = {}
    shared = {
        key
        for row in rows
        if row.way is Way.FEED and row.title and (key := url_key(row.url))
        if not titles.is_same_title(first_titles.setdefault(key, row.title), row.title)
    }
    return [
        replace(row, url=name_part(row.url, row.title)) if row.title and url_key(row.url) in shared else row
        for row in rows
    ]


def _merge_repeats(rows: Iterable[Row]) -> dict[str, Row]:
    merged: dict[str, Row] = {}
    for row in rows:
        key = url_key(row.url)
        if key not in merged or _count_facts(row) > _count_facts(merged[key]):
            merged[key] = row
    return merged


def _count_facts(row: Row) -> int:
    return sum(1 for each in fields(row) if getattr(row, each.name))


def shorten_warnings(warnings: Sequence[str]) -> tuple[str, ...]:
    """At most MAX_WARNINGS of them, the last saying how many more there were."""
    said = [FORBIDDEN.sub("", warning) for warning in warnings[:MAX_WARNINGS]]
    if len(warnings) <= MAX_WARNINGS:
        return tuple(said)
    return (*said[:-1], f"and {len(warnings) - MAX_WARNINGS + 1} more")


def find_base(text: str, url: str) -> str:
    """The address that the links of the page `text` at `url` start from."""
    try:
        return get_base_url(text, url)
    except ValueError:  # it names an address that is none
        return url


def resolve_address(base: str, link: str | None) -> str | None:
    """`link` as a full http(s) address with its path percent-encoded, or None when it is no such address."""
    if not link or not link.strip() or len(link) > MAX_CHARS:
        return None
    link = FORBIDDEN.sub("", link)
    try:
        url = safe_url_string(urljoin(base, "".join(link.split()) if "\n" in link else link.strip()))
    except ValueError:
        return None
    return strip_part(url) if is_web_address(url) else None


def make_fingerprint(way: Way, *said: object) -> str:
    """A short mark of what a row says; empty when it says nothing.

    It begins with the way, because the words of a feed and a sitemap on one page cannot be compared.
    """
    if not any(said):
        return ""
    return f"{way}:{sha256(repr(said).encode()).hexdigest()[:16]}"


def make_plain(text: str | None) -> str | None:
    """`text` without tags, entities and runs of white space; None when nothing is left."""
    if not text:
        return None
    if "<" in text or "&" in text:
        text = html.unescape(remove_tags(text))
    return " ".join(text.split()) or None


def make_summary(text: str | None) -> str | None:
    """The beginning of `text` in plain words, without WordPress's footer."""
    plain = make_plain(BLOCK_END.sub(" ", text)) if text else None
    if plain is None:
        return None
    plain = strip_footer(plain)
    if len(plain) > SUMMARY_CHARS:
        plain = plain[:SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"
    return plain or None
