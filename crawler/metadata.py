"""Reads what a page says of itself beside its text: title claims, dates, author, language, canonical address, summary.

It only reads; which claim is believed is decided in `titles`, `dates` and `extract`.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.announcement import DateSource, PublicationDate
from crawler.authors import AuthorClaims, choose_author
from crawler.dates import NO_DATE, NOT_PUBLICATION, DateReading, read_date
from crawler.markup import clean_line, read_line
from crawler.page_parts import CLASSES, TEXT_FOLLOWS, Surroundings
from crawler.printed_date import find_declared_dates, find_printed_date, read_attribute
from crawler.titles import TitleClaims, ends_with_part, has_part, is_kind, is_like, is_part_of
from crawler.urls import is_web_address, url_key

# What only a screen reader says.
HIDDEN_SIGNS = (
    "sr-only",
    "aural",
    "hide-accessible",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader",
    "wb-inv",
    "element-invisible",
    "print-only",
)

_METAS = etree.XPath("//meta[@content]")
_LINKS = etree.XPath("//link[@rel and @href]")
_HEADINGS = etree.XPath("//h1")
_LINKED_DATA = etree.XPath("//script[contains(@type, 'ld+json')]")
_HIDDEN = etree.XPath(f".//*[@class][{' or '.join(f'contains({CLASSES}, {sign!r})' for sign in HIDDEN_SIGNS)}]")
_SUBHEADINGS = etree.XPath("//h2 | //h3")

# Surest first: what can only mean publication, then what some systems fill with another day.
PUBLISHED_NAMES = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date.published"),
    *("govuk:first-published-at", "dcterms.issued", "dc.date.issued", "dcterms.available", "citation_publication_date"),
    *("parsely-pub-date", "sailthru.date", "publish-date", "publish_date", "publishdate", "publication_date"),
    *("citation_date", "citation_online_date"),
    *("publication-date", "pubdate", "article.published", "cxenseparse:recs:publishtime", "bt:pubdate"),
    *("rnews:datepublished", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "date"),
)
DESCRIPTION_NAMES = ("description", "og:description", "twitter:description", "dcterms.description", "dc.description")
SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site:name")
ARTICLE_TYPES = frozenset(
    {"Article", "NewsArticle", "BlogPosting", "Report", "TechArticle", "PressRelease", "SocialMediaPosting", "Speech"}
    | {"AnalysisNewsArticle", "BackgroundNewsArticle", "OpinionNewsArticle", "ReportageNewsArticle", "ScholarlyArticle"}
)
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "AboutPage"})
SITE_TYPES = frozenset(
    {"WebSite", "Organization", "GovernmentOrganization", "NewsMediaOrganization", "Corporation", "Blog"}
)
# Comments and CDATA marks, which old templates put around scripts.
BEFORE_JSON = ("<!--", "//", "/*", "<![CDATA[", "*/")
BEHIND_JSON = (";", "-->", "*/", "]]>", "//", "/*")
PUBLISHED_IN_JSON = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
LABEL_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:badge|label|caption|kicker|eyebrow|overline|pill|chip|tag|type|category)(?:$|[\s_-])"
)
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
FRONT_FILE = re.compile(r"(?i)(?:amp|index\.\w{2,5}|default\.aspx)/?")
MAX_LINKED_DATA_CHARS = 500_000
MAX_LINKED_NODES = 500
MAX_SUBHEADINGS = 30
SHORTEST_SUBHEADING = 3


@dataclass(frozen=True, kw_only=True)
class PageDates:
    """The page's own statements of when it was published; see `date_choice.DateStatements`."""

    structured: PublicationDate = NO_DATE
    meta: PublicationDate = NO_DATE
    printed: PublicationDate = NO_DATE


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a page says of itself. `canonical_url` is given only where it can be believed."""

    titles: TitleClaims
    dates: PageDates
    author: str | None
    language: str | None
    canonical_url: str | None
    description: str | None


@dataclass(frozen=True)
class _Page:
    tree: HtmlElement
    url: str
    metas: dict[str, str]
    nodes: list[dict[str, Any]] = field(default_factory=list)

    def find_meta(self, names: tuple[str, ...]) -> str | None:
        return next((value for name in names if (value := clean_line(self.metas.get(name)))), None)

    def find_node(self, types: frozenset[str]) -> dict[str, Any]:
        return next((node for node in self.nodes if types & _types(node)), {})

    @cached_property
    def own_titles(self) -> list[str]:
        """What the page calls itself out of a reader's sight."""
        return [line for line in (_document_title(self), _unescape(self.metas.get("og:title"))) if line]

    @property
    def article(self) -> dict[str, Any]:
        """The JSON-LD of the article, or of the page where no article is described."""
        return self.find_node(ARTICLE_TYPES) or self.find_node(PAGE_TYPES)


def read_metadata(tree: HtmlElement, url: str, reading: DateReading) -> Metadata:
    """Everything that the page at `url` says of itself."""
    page = _Page(tree, url, _read_metas(tree), list(_read_linked_data(tree)))
    headings = _find_headings(page)
    around = Surroundings(tree, headings)
    written_by = AuthorClaims(
        structured=page.find_node(ARTICLE_TYPES).get("author"), nodes=page.nodes, metas=page.metas
    )
    return Metadata(
        titles=_read_titles(page, headings),
        dates=_read_dates(page, around, reading),
        author=choose_author(written_by, around),
        language=read_language(page),
        canonical_url=_find_canonical(page),
        description=page.find_meta(DESCRIPTION_NAMES) or _text(page.article.get("description")),
    )


def _read_metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in _METAS(tree):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        metas.setdefault(name.strip().lower(), meta.get("content") or "")
    return metas


def _read_linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in _LINKED_DATA(tree):
        text = (script.text or "")[:MAX_LINKED_DATA_CHARS]
        try:
            parsed = json.loads(_unwrap(text), strict=False)
        except (ValueError, RecursionError):
            parsed = _read_broken(text)
        yield from _flatten(parsed)


def _unwrap(text: str) -> str:
    text = text.strip()
    for mark in BEFORE_JSON:
        text = text.removeprefix(mark).lstrip()
    for mark in BEHIND_JSON:
        text = text.removesuffix(mark).rstrip()
    return text


def _read_broken(text: str) -> dict[str, Any] | None:
    """The one day of publication in linked data that is no JSON, for a quotation mark in a headline or a comma too many."""
    days = set(PUBLISHED_IN_JSON.findall(text))
    return {"@type": "WebPage", "datePublished": days.pop()} if len(days) == 1 else None


def _flatten(value: Any) -> Iterator[dict[str, Any]]:
    """The things that are described at the top: never those merely mentioned, listed or related."""
    waiting, seen = [value], 0
    while waiting and seen < MAX_LINKED_NODES:
        one = waiting.pop(0)
        seen += 1
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            yield one
            waiting += [one[key] for key in ("@graph", "mainEntity") if isinstance(one.get(key), list | dict)]


def _types(node: dict[str, Any]) -> set[str]:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return {kind.rsplit("/", 1)[-1] for kind in kinds if isinstance(kind, str)}


def _text(value: Any) -> str | None:
    return clean_line(value) if isinstance(value, str) else None


def _find_headings(page: _Page) -> list[HtmlElement]:
    """Level-one headings, those in the main part first; a masthead or a link to the home page is none."""
    main, rest, openings = [], [], []
    for heading in _HEADINGS(page.tree):
        around = {ancestor.tag for ancestor in heading.iterancestors()}
        if around & {"article", "main"}:
            main.append(heading)
        elif around & {"nav", "footer"} or _links_home(heading, page.url):
            continue
        elif "header" not in around:
            rest.append(heading)
        elif _opens_text(heading):
            openings.append(heading)
    return _add_repeated(page, main + rest, openings)


def _opens_text(heading: HtmlElement) -> bool:
    """Whether its header is that of a text, and not the site's, which stands beside menus and footers."""
    header = next(heading.iterancestors("header"))
    around = header.getparent()
    is_site = around is None or around.find(".//nav") is not None or around.find(".//footer") is not None
    return not is_site and bool(TEXT_FOLLOWS(header))


def _add_repeated(page: _Page, headings: list[HtmlElement], openings: list[HtmlElement]) -> list[HtmlElement]:
    """`headings`, behind the other one that <title> or og:title repeats where it repeats none of them.

    TYPO3, Liferay and others give the site or its section the only heading of level one, or none at all; Plone puts the
    title into a header, of which nothing but these words tells that it is not the site's.
    """
    said = page.own_titles
    own = [one for one in headings if not is_kind(read_line(one) or "") and not _is_hidden(one)]
    lines = [line for one in own if (line := read_line(one))]
    if not said or any(is_like(line, claim) and not ends_with_part(claim, line) for line in lines for claim in said):
        return headings
    openings = [one for one in openings if not any(ends_with_part(claim, read_line(one)) for claim in said)]
    for heading in [*_SUBHEADINGS(page.tree)[:MAX_SUBHEADINGS], *openings]:
        line = _read_heading(heading, said) or ""
        is_said = len(line.split()) >= SHORTEST_SUBHEADING and any(is_part_of(line, claim) for claim in said)
        if is_said and not is_kind(line) and not Surroundings(page.tree).is_elsewhere(heading):
            is_beside = any(one.getparent() is heading.getparent() for one in own)
            return headings if is_beside else [heading, *headings]
    return headings


def _read_subheadings(page: _Page) -> Iterator[str]:
    for heading in _SUBHEADINGS(page.tree)[:MAX_SUBHEADINGS]:
        if (line := read_line(heading)) and not Surroundings(page.tree).is_elsewhere(heading):
            yield line
            return


def _document_title(page: _Page) -> str | None:
    title = page.tree.find("head/title")
    return _unescape(title.text_content()) if title is not None else None


def _unescape(text: str | None) -> str | None:
    """`text` on one line; "R&amp;amp;D" in a page is an entity that was written twice over."""
    line = clean_line(text)
    return clean_line(unescape(unescape(line))) if line and "&" in line else line


def _is_hidden(heading: HtmlElement) -> bool:
    return any(sign in (heading.get("class") or "").lower() for sign in HIDDEN_SIGNS)


def _read_heading(heading: HtmlElement, said: list[str]) -> str | None:
    """What a reader sees of a heading, without the sign of its anchor ("¶") and a label that the titles in `said` lack."""
    if not len(heading):
        return read_line(heading)
    seen = _without_unread(heading)
    line = read_line(seen) or read_line(heading)
    is_said = any(has_part(claim, line) for claim in said)
    return line if is_said else _read_unlabelled(seen, said) or line


def _without_unread(heading: HtmlElement) -> HtmlElement:
    if not (_HIDDEN(heading) or any(map(_is_sign, heading.iter("a")))):
        return heading
    seen = deepcopy(heading)
    for unread in [*_HIDDEN(seen), *filter(_is_sign, seen.iter("a"))]:
        unread.drop_tree()
    return seen


def _is_sign(link: HtmlElement) -> bool:
    return not any(map(str.isalnum, link.text_content()))


def _read_unlabelled(heading: HtmlElement, said: list[str]) -> str | None:
    """A heading without the label in an element of its own at either end, where what is left is a title in `said`."""
    for place in {0, len(heading) - 1} if len(heading) else ():
        if _is_label(heading[place]):
            shorter = deepcopy(heading)
            shorter[place].drop_tree()
            line = read_line(shorter)
            if any(has_part(claim, line) for claim in said):
                return line
    return None


def _is_label(element: HtmlElement) -> bool:
    return bool(LABEL_CLASS.search(element.get("class") or "")) or is_kind(read_line(element) or "")


def _links_home(heading: HtmlElement, url: str) -> bool:
    links = [*heading.iter("a"), *(one for one in heading.iterancestors("a"))]
    return any(urlsplit(_join(url, link.get("href") or "")).path in {"", "/"} for link in links if link.get("href"))


def _read_titles(page: _Page, headings: list[HtmlElement]) -> TitleClaims:
    article = page.find_node(ARTICLE_TYPES)
    return TitleClaims(
        headings=tuple(line for heading in headings if (line := _read_heading(heading, page.own_titles))),
        structured=_unescape(_text(article.get("headline")) or _text(article.get("name"))),
        social=tuple(
            value
            for name in ("og:title", "twitter:title", "dcterms.title", "citation_title")
            if (value := _unescape(page.metas.get(name)))
        ),
        document=_document_title(page),
        subheadings=() if headings else tuple(_read_subheadings(page)),
        site_names=tuple(_site_names(page)),
    )


def _site_names(page: _Page) -> Iterator[str]:
    yield from (name for key in SITE_NAMES if (name := clean_line(page.metas.get(key))))
    for node in page.nodes:
        sites = [node] if SITE_TYPES & _types(node) else [node.get("publisher"), node.get("isPartOf")]
        yield from (name for site in sites if isinstance(site, dict) and (name := _text(site.get("name"))))


def _read_dates(page: _Page, around: Surroundings, reading: DateReading) -> PageDates:
    declared = [*find_declared_dates(around), *_find_footer_dates(around)]
    structured = read_date(_text(page.article.get("datePublished")), reading, source=DateSource.PAGE)
    for element in declared:
        structured = structured if structured.on else read_attribute(element, reading)
    meta = NO_DATE
    for name in PUBLISHED_NAMES:
        if name in page.metas and (meta := read_date(page.metas[name], reading, source=DateSource.PAGE)).on:
            break
    return PageDates(structured=structured, meta=meta, printed=find_printed_date(around, declared, reading))


def _find_footer_dates(around: Surroundings) -> list[HtmlElement]:
    """The one day in the footer that an article has before its text: "Submitted by Ada Clerk on ...", as Drupal prints it."""
    footers = around.find_footers()
    dates = [one for footer in footers for one in footer.iter("time") if one.get("datetime")]
    said = " ".join(footer.text_content() for footer in footers)
    return dates if len(dates) == 1 and not NOT_PUBLICATION.search(said) else []


def read_language(page: _Page) -> str | None:
    """The page's own word: html lang, Content-Language, its own line among the alternates, JSON-LD."""
    said = [
        page.tree.get("lang"),
        page.tree.get("xml:lang"),
        page.metas.get("content-language"),
        page.metas.get("dcterms.language"),
    ]
    for link in _LINKS(page.tree):
        if link.get("hreflang") and url_key(_join(page.url, link.get("href"))) == url_key(page.url):
            said.append(link.get("hreflang"))
    said.append(_text(page.article.get("inLanguage")))
    return next((language for one in said if (language := tidy_language(one))), None)


def tidy_language(text: str | None) -> str | None:
    """A BCP 47 tag as people write it ("en", "fr-CA"), or None."""
    tag = (text or "").split(",")[0].strip().replace("_", "-")
    if not LANGUAGE.fullmatch(tag) or tag.lower() in {"x-default", "und", "mul", "zxx"}:
        return None
    primary, _, rest = tag.partition("-")
    return f"{primary.lower()}-{rest.upper() if len(rest) == 2 else rest}" if rest else primary.lower()  # noqa: PLR2004


def _find_canonical(page: _Page) -> str | None:
    """The canonical link, if it can be: an address of this host's family, neither its root nor a folder of this page.

    Systems that put one section's address on all its pages would make one announcement of them all.
    """
    for link in _LINKS(page.tree):
        if (link.get("rel") or "").strip().lower() == "canonical":
            address = _join(page.url, (link.get("href") or "").strip())
            return address if _is_believable(address, page.url) else None
    return None


def _is_believable(address: str, url: str) -> bool:
    if not is_web_address(address) or not _is_family(_host(address), _host(url)):
        return False
    said, here = urlsplit(address), urlsplit(url)
    if said.path in {"", "/"} and not said.query:
        return False
    folder = said.path.rstrip("/") + "/"
    return (
        not here.path.startswith(folder)
        or FRONT_FILE.fullmatch(here.path[len(folder) :]) is not None
        or here.path == folder
    )


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _is_family(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # "http://[" is no address
        return ""
