"""Reads from a page where its site lists what it publishes: feeds, sitemaps, APIs, sections, other languages."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from crawler.discovery.naming import find_host_country, is_front, is_government
from crawler.discovery.page_text import Link, PageText
from crawler.discovery.words import FEED, LANGUAGES, NEXT, SECTION_PATH, SECTIONS
from crawler.entry_page import resolve_address
from crawler.markup import clean_line
from crawler.metadata import tidy_language
from crawler.urls import url_key

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "text/rss+xml"}
)
# JSON Feed 1.0 asked for the first of these; WordPress declares its API of pages by it, too.
PERHAPS_FEED_TYPES = frozenset({"application/json", "application/xml", "text/xml"})
FEED_ADDRESS = re.compile(
    r"(?i)/(?:feeds?|rss|atom)(?:/(?:atom|rss2?|posts/default|all))?/?$|/(?:[\w-]*(?:feed|rss|atom|fil))\.(?:xml|json|rdf|atom|rss)$"
    r"|\.(?:rss|atom|rdf)$|/index\.xml$|[?&](?:format|feed|type|output)=(?:rss2?|atom|feed)\b|[?&]rss=true\b"
)
# Comments are no announcements, and what has to be followed elsewhere is no feed.
NO_FEED = re.compile(
    r"(?i)/comments?/|comments? feed|commentaires|commenti|feedly\.com|feedburner\.google|/podcast|oembed"
)
NO_SECTION = re.compile(
    r"(?i)about|contact|privacy|terms|cookie|legal|login|sign.?in|search|access|help|donate|subscribe|jobs|career|who-|\.(?:pdf|zip|docx?|xlsx?|png|jpe?g)$"
    r"|a-propos|à propos|mentions|confidentialit|chi siamo|contatti|impressum|datenschutz|kontakt"
)
MOST_PAGES = 5
API_REL = "https://api.w.org/"
MOST_FEEDS = 8
MOST_SECTIONS = 4
MOST_ALTERNATES = 4
LANGUAGE_PART = re.compile(r"/([a-z]{2})(?=/|$|\.html)")


@dataclass(frozen=True, kw_only=True)
class FeedLink:
    """A link that says that it leads to a feed; `declared` when the page's head says so."""

    url: str
    title: str | None
    declared: bool


@dataclass(frozen=True, kw_only=True)
class SiteSigns:
    """What one page tells of its site. Addresses are whole; the likeliest come first."""

    feeds: tuple[FeedLink, ...]
    sitemaps: tuple[str, ...]
    api_root: str | None
    """Where WordPress says that its REST API is."""
    generator: str | None
    sections: tuple[str, ...]
    pages: tuple[str, ...]
    """Other pages that the menus lead to, for a site whose section has a name of its own."""
    alternates: tuple[tuple[str, str], ...]
    """Language -> the same page in it. The page's own language is among them where a page of it is elsewhere, as from a
    page that only lets visitors choose."""
    language: str | None
    name: str | None
    title: str | None
    countries: tuple[str, ...] = ()
    """The countries to whose governments the page links, most often first."""


def read_signs(page: PageText) -> SiteSigns:
    return SiteSigns(
        feeds=tuple(_find_feeds(page)),
        sitemaps=tuple(_find_sitemaps(page)),
        api_root=_find_api(page),
        generator=_read_meta(page, "generator"),
        sections=tuple(_find_sections(page)),
        pages=tuple(_find_pages(page)),
        alternates=tuple(_find_alternates(page)),
        language=read_page_language(page),
        name=_read_meta(page, "og:site_name") or _read_meta(page, "application-name"),
        title=clean_line(page.tree.findtext(".//title")),
        countries=tuple(_find_countries(page)),
    )


def read_page_language(page: PageText) -> str | None:
    """What the page says, else what its address says."""
    said = tidy_language(page.tree.get("lang") or page.tree.get("{http://www.w3.org/XML/1998/namespace}lang"))
    if said:
        return said
    locale = _read_meta(page, "og:locale")
    in_address = LANGUAGE_PART.match(urlsplit(page.url).path)
    found = tidy_language(locale.replace("_", "-")) if locale else None
    return found or (in_address[1] if in_address and in_address[1] in set(LANGUAGES.values()) else None)


def _read_meta(page: PageText, name: str) -> str | None:
    """The names of metas are written in small and in capital letters: Drupal's is "Generator"."""
    for element in page.tree.iter("meta"):
        said = (element.get("property") or element.get("name") or "").strip().lower()
        if said == name and element.get("content"):
            return clean_line(element.get("content"))
    return None


def _find_feeds(page: PageText) -> Iterator[FeedLink]:
    seen: set[str] = set()
    for feed in (*_find_declared_feeds(page), *_find_linked_feeds(page)):
        if url_key(feed.url) not in seen and not NO_FEED.search(f"{feed.url} {feed.title or ''}"):
            seen.add(url_key(feed.url))
            yield feed
        if len(seen) == MOST_FEEDS:
            return


def _find_declared_feeds(page: PageText) -> Iterator[FeedLink]:
    for element in page.tree.xpath("//link[@href]"):
        rels = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        url = resolve_address(page.base, element.get("href"))
        says_so = bool(FEED.search(element.get("title") or "") or FEED_ADDRESS.search(url or ""))
        is_typed = kind in FEED_TYPES or (kind in PERHAPS_FEED_TYPES and says_so)
        is_feed = "feed" in rels or ("alternate" in rels and is_typed)
        if is_feed and url:
            yield FeedLink(url=url, title=clean_line(element.get("title")), declared=True)


def _find_linked_feeds(page: PageText) -> Iterator[FeedLink]:
    for link in page.links:
        said = f"{link.text} {link.element.get('title') or ''} {link.element.get('aria-label') or ''}"
        is_feed = FEED_ADDRESS.search(link.url) or (FEED.search(said) and len(said) < 60)  # noqa: PLR2004 - a label
        if is_feed or "feed" in (link.element.get("rel") or "").lower().split():
            yield FeedLink(url=link.url, title=clean_line(said), declared=False)


def _find_sitemaps(page: PageText) -> Iterator[str]:
    for element in page.tree.xpath("//link[@href]"):
        said = f"{element.get('rel') or ''} {element.get('title') or ''}".lower()
        url = resolve_address(page.base, element.get("href"))
        if "sitemap" in said.split() and url and urlsplit(url).path.endswith((".xml", ".xml.gz", ".txt")):
            yield url


def _find_api(page: PageText) -> str | None:
    found = page.tree.xpath("//link[@rel = $rel]/@href", rel=API_REL)
    return resolve_address(page.base, found[0]) if found else None


def _find_countries(page: PageText) -> list[str]:
    hosts = {urlsplit(link.url).hostname or "" for link in page.links}
    counted = Counter(country for host in hosts if is_government(host) and (country := find_host_country(host)))
    return [country for country, _ in counted.most_common()]


# -- sections


def _find_sections(page: PageText) -> list[str]:
    """Where the site's menus lead to news, likeliest first. A page that holds the announcement itself is no section."""
    ranked: dict[str, tuple[int, int]] = {}
    for place, link in enumerate(page.links):
        rank = None if is_front(link.url) else _rank_section(link)
        if (
            rank is not None
            and urlsplit(link.url).netloc == urlsplit(page.url).netloc
            and not FEED_ADDRESS.search(link.url)
        ):
            url = link.url.partition("#")[0]
            ranked[url] = min(ranked.get(url, (rank, place)), (rank, place))
    return sorted(ranked, key=lambda url: ranked[url])[:MOST_SECTIONS]


def _find_pages(page: PageText) -> list[str]:
    found = dict.fromkeys(
        link.url.partition("#")[0]
        for link in page.links
        if urlsplit(link.url).netloc == urlsplit(page.url).netloc
        and 0 < len(link.text.split()) <= 3  # noqa: PLR2004 - the words of a menu
        and not is_front(link.url)
        and not NO_SECTION.search(f"{link.text} {urlsplit(link.url).path}")
        and not FEED_ADDRESS.search(link.url)
    )
    return list(found)[:MOST_PAGES]


def _rank_section(link: Link) -> int | None:
    text = link.text.strip(" \u00bb\u203a>\u2192").strip()
    path = urlsplit(link.url).path
    if len(text.split()) > 5 or len([part for part in path.split("/") if part]) > 5 or NEXT.match(text):  # noqa: PLR2004
        return None
    ranks = [rank for rank, words in SECTIONS if words.search(text)]
    if SECTION_PATH.search(path):
        return min([*ranks, 1]) if ranks else 2
    return min(ranks) + 1 if ranks else None


# -- languages


def _find_alternates(page: PageText) -> Iterator[tuple[str, str]]:
    """The same page in other languages, by hreflang or by a link that is labelled with a language's name."""
    seen = {"x"}
    for tag, url in (*_find_declared_alternates(page), *_find_labelled_alternates(page)):
        language = tag.partition("-")[0].lower()
        if language not in seen and url_key(url) != url_key(page.url):
            seen.add(language)
            yield tag, url
        if len(seen) > MOST_ALTERNATES:
            return


def _find_declared_alternates(page: PageText) -> Iterator[tuple[str, str]]:
    for element in page.tree.xpath("//link[@href][@hreflang] | //a[@href][@hreflang]"):
        kind = element.get("type") or "text/html"
        tag, url = tidy_language(element.get("hreflang")), resolve_address(page.base, element.get("href"))
        if tag and url and "html" in kind:
            yield tag, url


def _find_labelled_alternates(page: PageText) -> Iterator[tuple[str, str]]:
    for link in page.links:
        named = LANGUAGES.get(link.text.casefold().strip())
        said = tidy_language(link.element.get("lang"))
        if named and (said or len(link.text) > 3 or _swaps_language(page.url, link.url)):  # noqa: PLR2004 - FR, ENG
            yield said or named, link.url


def _swaps_language(one: str, other: str) -> bool:
    """/en/news and /fr/news."""
    return LANGUAGE_PART.sub("", urlsplit(one).path, count=1) == LANGUAGE_PART.sub("", urlsplit(other).path, count=1)


# -- well-known places


def list_feed_places(url: str, begin: str = "/") -> tuple[str, ...]:
    """Where a feed stands on many sites, for those that name none: beside the section, then at the root.

    `begin` is the path beneath which the announcements stand, which is a section too.
    """
    root = urljoin(url, "/")
    sections = dict.fromkeys([urljoin(url, "."), urljoin(root, begin)])
    names = ("feed/", "index.xml", "rss.xml", "feed.xml", "atom.xml", "rss", "feed.json")
    beside = [urljoin(section, name) for section in sections if section != root for name in names[:3]]
    return tuple(dict.fromkeys([*beside, *(urljoin(root, name) for name in names)]))


def list_sitemap_places(url: str) -> tuple[str, ...]:
    return tuple(urljoin(url, name) for name in ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml"))


def read_robots_sitemaps(robots: str | None, url: str) -> tuple[str, ...]:
    """The `Sitemap:` lines of a robots.txt, which belong to no group (RFC 9309 section 2.2.4)."""
    found = re.findall(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", (robots or "")[:500_000])
    return tuple(dict.fromkeys(one for line in found if (one := resolve_address(url, line))))
