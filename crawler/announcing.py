"""What every announcement is made with, whatever it is made of: its keys, its address, its summary, the row's full text."""

import re
from urllib.parse import urlsplit

from crawler.announcement import FetchedPage, Key, KeyKind, Row
from crawler.footers import strip_footer
from crawler.markup import clean_line, clean_lines, read_lines
from crawler.urls import find_part, is_web_address, strip_tracking, url_key

SUMMARY_CHARS = 500
SHORTEST_SUMMARY_CUT = 250
MIN_FULL_TEXT_CHARS = 400  # excerpts are shorter (WordPress: 55 words)
NO_COUNTRIES = frozenset({"EU", "INT"})
COUNTRY_OF_TLD = {"uk": "GB", "gov": "US", "mil": "US"}

CUT_MARK = re.compile(
    r"(?i)\s*(?:\[?\s*(?:…|\.{3})\s*\]?"
    r"|\(?(?:continue reading|read more|lire la suite|leggi tutto|weiterlesen)\b.{0,120})\s*$"
)
SENTENCE_END = re.compile(r"[.!?…](?=[\s\"'»”)]|$)")


def find_country(url: str, declared: str | None = None) -> str | None:
    """The country whose way of writing dates a page follows: its source's, else that of its top-level domain."""
    if declared and declared not in NO_COUNTRIES:
        return declared
    tld = (urlsplit(url).hostname or "").rpartition(".")[2]
    return COUNTRY_OF_TLD.get(tld) or (tld.upper() if len(tld) == 2 else None)  # noqa: PLR2004 - country codes


def find_full_text(row: Row) -> str | None:
    """The text of a row that carries all of it: at least 400 characters that do not break off.

    One that stands for a part of a page may be as short as it likes.
    """
    text = strip_footer(read_lines(row.content_html) or "")
    if not text or CUT_MARK.search(text):
        return None
    text = clean_lines(text) or ""
    is_long = len(text) >= MIN_FULL_TEXT_CHARS
    return text if is_long or (text and find_part(row.url)) else None


def summarise(description: str | None, row_summary: str | None, text: str | None) -> str | None:
    """The feed's summary, else the page's description, else the first sentences: one line, at most 500 characters."""
    for candidate in (row_summary, description):
        plain = clean_line(strip_footer(read_lines(candidate) or ""))
        if plain and (cleaned := CUT_MARK.sub("", plain)):
            return cut_at_sentence(cleaned, SUMMARY_CHARS)
    return cut_at_sentence(" ".join((text or "").split()), SUMMARY_CHARS) if text else None


def cut_at_sentence(text: str, most: int) -> str:
    """`text` cut at the last end of a sentence that leaves enough, else at a word."""
    if len(text) <= most:
        return text
    ends = [found.end() for found in SENTENCE_END.finditer(text[: most + 1]) if found.end() <= most]
    if ends and ends[-1] >= SHORTEST_SUMMARY_CUT:
        return text[: ends[-1]]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:-") + "…"


def find_public_url(url: str, canonical: str | None = None) -> str:
    """The canonical address, unless it is the one that answered in another spelling: that one is known to work."""
    best = canonical if canonical and url_key(canonical) != url_key(url) else url
    return strip_tracking(best)


def make_page_keys(page: FetchedPage, canonical: str | None = None) -> tuple[Key, ...]:
    """Every name of the page. A detour that leads back to it names nothing: a trial of cookies is the same for all pages."""
    has_come_back = url_key(page.url) == url_key(page.requested_url)
    later = (page.url,) if has_come_back else (*page.redirects, page.url)
    return make_keys(page.row, page.requested_url, later, canonical)


def make_keys(row: Row, requested: str, later: tuple[str, ...], canonical: str | None = None) -> tuple[Key, ...]:
    """Every name of the announcement once, strongest first; `later` are the addresses that redirects led to."""
    named = [(KeyKind.REQUESTED, requested), *((KeyKind.REDIRECT, url) for url in later)]
    if canonical:
        named.append((KeyKind.CANONICAL, canonical))
    keys: dict[str, Key] = {}
    for kind, url in named:
        if is_web_address(url):
            keys.setdefault(url_key(url), Key(kind=kind, value=strip_tracking(url)))
    guid = clean_line(row.guid)
    return (*keys.values(), Key(kind=KeyKind.GUID, value=guid)) if guid else tuple(keys.values())
