"""Reads RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed into rows; fetching them is left to the spiders."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import feedparser

from crawler.announcement import DateSource, Loss, NotAPage, Row
from crawler.authors import join_names
from crawler.dates import read_change, read_date
from crawler.entry_page import (
    EntryPage,
    Listed,
    build_listed,
    drop_shared_guids,
    find_entry_impostor,
    is_broken_off,
    make_fingerprint,
    make_plain,
    make_summary,
    resolve_address,
    unpack,
)
from crawler.json_document import is_json, read_text
from crawler.json_feed import read_json_feed
from crawler.markup import clean_xml
from crawler.platforms.govuk import ENDED_TITLE, is_feed_ended
from crawler.platforms.known import find_traits
from crawler.urls import is_web_address
from crawler.way import Way

FEED_ROOT = re.compile(rb"<(rss|feed|rdf:RDF|channel)\b", re.IGNORECASE)
HTML_ROOT = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
HEAD_BYTES = 4096
PAGE_TYPES = {"text/html", "application/xhtml+xml"}
PLACE = re.compile(r"^<unknown>:(\d+):\d+: ")  # what SAX calls a document without a name
MAIL_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
MAIL_AND_NAME = re.compile(r"[^\s@]+@[^\s@]+\s*\((?P<name>[^()]+)\)")  # RSS 2.0's form, whatever the domain ends with
# Drupal prints the element that its pages show.
TIME_ELEMENT = re.compile(r"<time\b[^>]*\bdatetime=[\"'](?P<moment>[^\"']+)")

# The syndication module names its periods.
SYNDICATION_PERIOD_S = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
COUNT = re.compile(r"[1-9][0-9]{0,6}")


def read_feed(page: EntryPage) -> Listed | NotAPage:
    """The rows of a feed in its own order, or why it is none (R14, R21, R23)."""
    body = unpack(page)
    if isinstance(body, NotAPage):
        return body
    page = replace(page, body=body)
    if is_json(page.body):
        return read_json_feed(page)
    try:
        parsed = _parse(page.body)
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
    ) as error:  # feedparser's lenient parser, at odd markup
        return NotAPage(
            loss=Loss.UNREADABLE, detail=f"the feed cannot be parsed: {type(error).__name__}: {error}"[:200]
        )
    if not parsed.entries:
        return _explain_no_entries(page, parsed)
    if _is_ended(parsed.entries):
        return NotAPage(loss=Loss.GONE, detail=f'its only entry says "{ENDED_TITLE}"')
    listed = _read_entries(page, parsed)
    return _explain_no_entries(page, parsed) if parsed.bozo and listed.is_empty else listed


def _parse(body: bytes) -> Any:
    # A stream, because feedparser fetches a string that looks like an address. Without the feed's own address, with which
    # it would turn a guid such as 123 into one. The media type is ours: the body itself is right more often than the server.
    return feedparser.parse(
        BytesIO(clean_xml(body)),
        response_headers={"content-type": "application/xml"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _explain_no_entries(page: EntryPage, parsed: Any) -> Listed | NotAPage:
    head = page.body[:HEAD_BYTES]
    if parsed.get("version") and not parsed.bozo:
        return Listed()
    if FEED_ROOT.search(head) and not HTML_ROOT.match(head.lstrip()):
        return NotAPage(loss=Loss.UNREADABLE, detail=f"the feed cannot be parsed: {_describe_bozo(parsed)}")
    if impostor := find_entry_impostor(page):
        return impostor
    what = "an HTML page" if HTML_ROOT.search(head) else "something that is no feed"
    return NotAPage(loss=Loss.NOT_A_FEED, detail=f"the address serves {what}")


def _is_ended(entries: list[Any]) -> bool:
    if len(entries) != 1:
        return False
    return is_feed_ended(make_plain(_read(entries[0], "title")), _read(entries[0], "id"))


def _read_entries(page: EntryPage, parsed: Any) -> Listed:
    warnings = [_describe_bozo(parsed)] if parsed.bozo else []
    language = _read(parsed.feed, "language")
    rows: list[Row] = []
    entries = parsed.entries[::-1]
    parsed.entries.clear()
    for number in range(1, len(entries) + 1):
        entry = entries.pop()  # what has been read makes room for what it became: 50,000 entries are 100 MB
        row = _read_entry(page, entry, language=language, is_atom=parsed.version.startswith("atom"))
        if row:
            rows.append(row)
        else:
            title = make_plain(_read(entry, "title")) or "without a title"
            warnings.append(f"entry {number} ({title[:80]}) has no link to a page")
    find_older = find_traits(page.entry.platform).find_older_feed
    older = find_older(page.url) if find_older and rows else None
    listed = build_listed(page, drop_shared_guids(rows), warnings, next_url=older)
    return replace(
        listed, period_s=_read_period(parsed.feed), breaks_off=bool(parsed.bozo) and _is_begun_and_broken_off(page.body)
    )


def _is_begun_and_broken_off(body: bytes) -> bool:
    return bool(FEED_ROOT.search(clean_xml(body)[:HEAD_BYTES])) and is_broken_off(body)


def _read_period(feed: Any) -> int | None:
    """RSS's ttl (minutes), or the period of the syndication module divided by its frequency; seconds."""
    ttl, frequency = _read(feed, "ttl") or "", _read(feed, "sy_updatefrequency") or "1"
    if COUNT.fullmatch(ttl):
        return int(ttl) * 60
    period_s = SYNDICATION_PERIOD_S.get((_read(feed, "sy_updateperiod") or "").lower())
    return period_s // int(frequency) if period_s and COUNT.fullmatch(frequency) else None


def _read_entry(page: EntryPage, entry: Any, *, language: str | None, is_atom: bool) -> Row | None:
    url = _find_link(page, entry)
    if url is None:
        return None
    title, content = make_plain(_read(entry, "title")), _find_content(entry)
    said, updated = _read(entry, "published"), _read(entry, "updated")
    if said is None and not is_atom:
        said = updated  # RSS 1.0 has only dc:date, which feedparser calls `updated`
    published = read_date(_read_moment(said), page.dates, source=DateSource.FEED)
    return Row(
        url=url,
        entry_point=page.entry.url,
        way=Way.FEED,
        title=title,
        summary=make_summary(_read(entry, "summary") or content),
        author=_find_author(entry),
        guid=_read(entry, "id"),
        published=published,
        updated_at=read_change(updated, page.dates),
        language=_find_language(entry) or language,
        content_html=content,
        fingerprint=make_fingerprint(Way.FEED, title, updated, _read(entry, "summary"), content),
    )


def _read_moment(said: str | None) -> str | None:
    found = TIME_ELEMENT.search(said or "")
    return found["moment"] if found else said


def _find_link(page: EntryPage, entry: Any) -> str | None:
    """The page that an entry is about: FeedBurner's original, the alternate link, or a guid that is an address.

    Of several alternates a page of HTML goes before a document (RFC 4287 4.2.7.2 tells them apart by their types).
    """
    links = [link for link in _read_parts(entry, "links") if link.get("rel") == "alternate"]
    alternates = [link.get("href") for link in sorted(links, key=lambda link: link.get("type") not in PAGE_TYPES)]
    for candidate in (_read(entry, "feedburner_origlink"), *alternates):
        url = resolve_address(page.url, candidate)
        if url and url != page.url:
            return url
    guid = _read(entry, "id")
    return resolve_address(page.url, guid) if guid and is_web_address(guid) else None


def _find_content(entry: Any) -> str | None:
    """The longest text that an entry carries: content:encoded or Atom's content, else the description."""
    contents = [read_text(content.get("value")) or "" for content in _read_parts(entry, "content")]
    return max([*contents, _read(entry, "summary") or ""], key=len) or None


def _find_author(entry: Any) -> str | None:
    """The names; a bare mail address is none, and feedparser would make a name of what its pattern leaves of one."""
    said = _read(entry, "author")
    if said and MAIL_ADDRESS.fullmatch(said):
        return None
    if said and (found := MAIL_AND_NAME.fullmatch(said)):
        return join_names([make_plain(found["name"])])
    names = [make_plain(read_text(part.get("name"))) for part in _read_parts(entry, "authors")]
    return join_names(names or [make_plain(said)])


def _find_language(entry: Any) -> str | None:
    return read_text(_read_detail(entry, "title_detail").get("language"))


def _read_parts(entry: Any, key: str) -> list[dict[str, Any]]:
    """What feedparser collects under `key`; a feed with an element of that very name puts a string there instead."""
    value = dict.get(entry, key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _read_detail(entry: Any, key: str) -> dict[str, Any]:
    value = dict.get(entry, key)
    return value if isinstance(value, dict) else {}


def _read(entry: Any, key: str) -> str | None:
    """feedparser's own look-up answers `updated` with `published` and warns; this one answers what was written."""
    value = dict.get(entry, key)
    return read_text(value) if isinstance(value, str) else None


def _describe_bozo(parsed: Any) -> str:
    error = parsed.get("bozo_exception")
    said = PLACE.sub(r"line \1: ", " ".join(str(error).split()))
    return said[:200] or type(error).__name__
