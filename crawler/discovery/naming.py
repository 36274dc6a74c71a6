"""Guesses what a source is called, whose it is and where it is from, by its address and by what it says of itself."""

import re
import unicodedata
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from crawler.codes import is_country
from crawler.platforms import Platform
from crawler.source import SourceKind

GOVERNMENT = re.compile(
    r"(?:^|\.)(?:gov|mil|gov\.[a-z]{2}|govt\.nz|gouv\.fr|gc\.ca|canada\.ca|quebec\.ca|ontario\.ca|gob\.[a-z]{2}|gv\.at"
    r"|bund\.de|admin\.ch|government\.nl|rijksoverheid\.nl|belgium\.be|regeringen\.se|gov\.scot|gov\.wales)$"
)
INTERNATIONAL = re.compile(
    r"(?:^|\.)(?:int|europa\.eu|un\.org|oecd\.org|worldbank\.org|imf\.org|itu\.int|digitalnations\.org)$"
)
# Country codes that companies all over the world use for what they spell.
NO_COUNTRY = frozenset({"io", "ai", "co", "tv", "me", "ly", "gg", "sh", "to", "fm", "cc", "ws", "vc", "so", "is", "im"})
SUFFIXES = frozenset(
    {"gov", "govt", "gc", "gouv", "gob", "gv", "mil", "ac", "co", "com", "org", "net", "edu", "info", "int", "eu"}
    | {"bund", "admin", "blogs", "canada", "europa", "scot", "wales"}
)
SEPARATOR = re.compile(r"\s+[-\u2013\u2014|\u00b7\u00bb:]\s+|\s*[|\u00bb]\s*|:\s+")
# What a title says of the page and not of the site.
OF_THE_PAGE = re.compile(
    r"(?i)^(?:home(?: ?page)?|welcome|accueil|blogs?|blogue|news(?:room)?|all news|latest(?: news)?|press(?: releases?)?"
    r"|archives?"
    r"|actualités?|nouvelles|communiqués(?: de presse)?|notizie|comunicati(?: stampa)?|index|(?:page|pagina) \d+.*|rss|feed"
    r"|comments feed|updates|articles|media|announcements)$"
)
GENERATORS = (
    (re.compile(r"(?i)\bwordpress\b"), Platform.WORDPRESS),
    (re.compile(r"(?i)\bhugo\b"), Platform.HUGO),
    (re.compile(r"(?i)\bjekyll\b"), Platform.JEKYLL),
    (re.compile(r"(?i)\bgovcms\b"), Platform.GOVCMS),
    (re.compile(r"(?i)\bdrupal\b"), Platform.DRUPAL),
    (re.compile(r"(?i)\btypo3\b"), Platform.TYPO3),
    (re.compile(r"(?i)\bmedium\b"), Platform.MEDIUM),
)
HOSTS = (
    (re.compile(r"(?:^|\.)medium\.com$"), Platform.MEDIUM),
    (re.compile(r"^www\.gov\.uk$"), Platform.GOVUK),
    (re.compile(r"\.blog\.gov\.uk$"), Platform.WORDPRESS),
    (re.compile(r"^api\.io\.canada\.ca$"), Platform.CANADA_NEWS),
    (re.compile(r"^(?:www\.)?federalregister\.gov$"), Platform.FEDERAL_REGISTER),
)
LONGEST_ID = 48
FRONT = re.compile(r"(?i)/?(?:[a-z]{2}(?:-[a-z]{2})?/?)?(?:home|index|accueil|default)?(?:\.\w{2,5})?/?")


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def homepage_of(url: str) -> str:
    return urljoin(url, "/")


def is_front(url: str) -> bool:
    """Whether an address is the first page of a site, or of one of its languages."""
    return bool(FRONT.fullmatch(urlsplit(url).path)) and not urlsplit(url).query


def is_government(host: str) -> bool:
    return bool(GOVERNMENT.search(host))


def is_numeric(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_address(host: str) -> bool:
    """Whether a host is a bare address or this machine, which say nothing of whose it is."""
    return is_numeric(host) or "." not in host


def find_host_country(host: str) -> str | None:
    """The country that a top-level domain stands for, as a source's file writes it."""
    last = host.rpartition(".")[2]
    if INTERNATIONAL.search(host) and last != "eu":
        return "INT"
    if last in {"gov", "mil"}:
        return "US"
    if last in {"uk", "scot", "wales", "cymru", "eu"}:
        return "EU" if last == "eu" else "GB"
    return last.upper() if len(last) == 2 and is_country(last.upper()) and last not in NO_COUNTRY else None  # noqa: PLR2004


def guess_country(url: str, language: str | None, linked: Sequence[str]) -> str | None:
    """By the host, else the region of the language, else the governments linked to.

    "en-US" comes last: it is what many systems say that nobody has told anything.
    """
    host = host_of(url)
    region = (language or "").partition("-")[2]
    region = region if len(region) == 2 and is_country(region) else ""  # noqa: PLR2004
    by_host = None if is_address(host) else find_host_country(host)
    by_region = region if region and (language or "") != "en-US" else None
    return by_host or by_region or next(iter(linked), None) or region or None


def guess_kind(url: str, linked: Sequence[str]) -> SourceKind:
    host, path = host_of(url), urlsplit(url).path.lower()
    if INTERNATIONAL.search(host):
        return SourceKind.INTERNATIONAL
    if is_government(host) or (is_address(host) and linked):
        is_blog = "blog" in host.split(".") or "/blog" in path or host.startswith("blog")
        return SourceKind.GOVERNMENT_BLOG if is_blog else SourceKind.NEWSROOM
    return SourceKind.TRADE_PRESS


def guess_name(site_name: str | None, titles: Sequence[str | None], url: str) -> str:
    """What the site calls itself, else what its titles say beside the page's own name, else its host: one line."""
    return _as_line(_find_name(site_name, titles)) or host_of(url)


def _as_line(name: str | None) -> str:
    """Without what a source's name may not hold: marks of direction, soft hyphens, joiners."""
    return "".join(sign for sign in " ".join((name or "").split()) if sign.isprintable())


def _find_name(site_name: str | None, titles: Sequence[str | None]) -> str | None:
    if site_name:
        return site_name
    for title in titles:
        parts = [part.strip() for part in SEPARATOR.split(title or "") if part and part.strip()]
        named = [part for part in parts if not OF_THE_PAGE.match(part)]
        if named:
            return named[-1]
    return None


def guess_platform(generator: str | None, url: str, *, has_wordpress_api: bool) -> Platform | None:
    for pattern, platform in HOSTS:
        if pattern.search(urlsplit(url).hostname or ""):
            return platform
    if has_wordpress_api:
        return Platform.WORDPRESS
    return next((platform for pattern, platform in GENERATORS if pattern.search(generator or "")), None)


def guess_id(country: str, name: str, url: str) -> str:
    """`gb-gds-blog` for gds.blog.gov.uk; by the name where the host is only a number."""
    host = host_of(url)
    labels = [] if is_address(host) else host.split(".")[:-1]
    kept = [label for label in labels if label not in SUFFIXES] or labels[:1]
    words = _slug("-".join(kept) if kept else name) or "source"
    start = f"{country.lower()}-"
    words = words.removeprefix(start)
    return f"{start}{words}"[:LONGEST_ID].rstrip("-")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
