"""Reads what a page says of itself beside its text: title claims, dates, author, language, canonical address, summary.

It only reads; which claim is believed is decided in `titles`, `dates` and `extract`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.announcement import DateSource, PublicationDate
from crawler.dates import NO_DATE, NOT_PUBLICATION, DateReading, find_date, read_date
from crawler.markup import clean_line, read_line
from crawler.titles import TitleClaims
from crawler.urls import is_web_address, url_key

_METAS = etree.XPath("//meta[@content]")
_LINKS = etree.XPath("//link[@rel and @href]")
_HEADINGS = etree.XPath("//h1")
_LINKED_DATA = etree.XPath("//script[contains(@type, 'ld+json')]")
_DECLARED_DATES = etree.XPath(
    "//*[@itemprop='datePublished' or @pubdate or (@property and contains(@property, 'datePublished'))][not(self::meta)]"
)
_CLASSES = "translate(@class, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
_DATED_CLASSES = " or ".join(
    f"contains({_CLASSES}, '{sign}')" for sign in ("date", "publish", "posted", "byline", "meta", "submitted")
)
# "data" is Italian for "date" (designers.italia.it), and a part of many other words
_DATED_CLASSES += f" or contains(concat(' ', {_CLASSES}, ' '), ' data ')"
_DATED = etree.XPath(f".//time | .//dt | .//*[@class and not(self::time) and ({_DATED_CLASSES})]")
_TEXTS = etree.XPath(".//text()[contains(., '19') or contains(., '20')]")
# That an attribute is there at all is asked first: it is cheap, and most elements have none of them.
_AUTHORS = etree.XPath(
    "//*[@itemprop='author' or (@property and contains(@property, 'schema:author'))][not(self::meta)]"
    " | //a[@rel][contains(concat(' ', @rel, ' '), ' author ')]"
    " | //*[@class][contains(concat(' ', @class, ' '), ' author ') or contains(concat(' ', @class, ' '), ' byline ')]"
)

# Surest first: what can only mean publication, then what some systems fill with another day.
PUBLISHED_NAMES = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date.published"),
    *("govuk:first-published-at", "dcterms.issued", "dc.date.issued", "dcterms.available", "citation_publication_date"),
    *("parsely-pub-date", "sailthru.date", "publish-date", "publish_date", "publishdate", "publication_date"),
    *("publication-date", "pubdate", "article.published", "cxenseparse:recs:publishtime", "bt:pubdate"),
    *("rnews:datepublished", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "date"),
)
DESCRIPTION_NAMES = ("description", "og:description", "twitter:description", "dcterms.description", "dc.description")
SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site:name")
AUTHOR_NAMES = ("author", "article:author", "dcterms.creator", "dc.creator", "byl", "parsely-author", "sailthru.author")
ARTICLE_TYPES = frozenset(
    {"Article", "NewsArticle", "BlogPosting", "Report", "TechArticle", "PressRelease", "SocialMediaPosting", "Speech"}
    | {"AnalysisNewsArticle", "BackgroundNewsArticle", "OpinionNewsArticle", "ReportageNewsArticle", "ScholarlyArticle"}
)
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "AboutPage"})
SITE_TYPES = frozenset(
    {"WebSite", "Organization", "GovernmentOrganization", "NewsMediaOrganization", "Corporation", "Blog"}
)
ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside"})
ELSEWHERE_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:related|recommend\w*|sidebar|teasers?|cards?|promo|popular|latest|comments?|footer|listing)"
    r"(?:$|[\s_-])"
)
PUBLISHED = re.compile(
    r"(?i)publish|posted|released|issued|publié|publication|parution|pubblica|veröffentlicht|entry-date|pubdate|mise en ligne"
)
LABELLED = re.compile(
    r"(?i)\W*(?:date(?: of publication)?|publi(?:shed|é|ée|cation)|posted|released|issued|parution|mise? en ligne"
    r"|pubblicat[oa]|data|veröffentlicht|erschienen|datum)\b"
)
UPDATED_CLASS = re.compile(r"(?i)modified|updated|revised|changed")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
BY = re.compile(r"(?i)^(?:(?:written |posted |published )?by|par|di|von|autore?|author|auteur)\b\s*:?\s*")
FRONT_FILE = re.compile(r"(?i)(?:amp|index\.\w{2,5}|default\.aspx)/?")
MAX_AUTHOR_CHARS = 200
MAX_BYLINE_CHARS = 300
MAX_DATED = 60
MAX_TEXTS = 600
MAX_LABELLED_CHARS = 120
MAX_LINKED_DATA_CHARS = 500_000
MAX_LINKED_NODES = 500


@dataclass(frozen=True, kw_only=True)
class PageDates:
    """The page's own statements of when it was published; see `dates.DateStatements`."""

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

    @property
    def article(self) -> dict[str, Any]:
        """The JSON-LD of the article, or of the page where no article is described."""
        return self.find_node(ARTICLE_TYPES) or self.find_node(PAGE_TYPES)


def read_metadata(tree: HtmlElement, url: str, reading: DateReading) -> Metadata:
    """Everything that the page at `url` says of itself."""
    page = _Page(tree, url, _read_metas(tree), list(_read_linked_data(tree)))
    headings = _find_headings(page)
    return Metadata(
        titles=_read_titles(page, headings),
        dates=_read_dates(page, headings, reading),
        author=_find_author(page),
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
        text = (script.text or "")[:MAX_LINKED_DATA_CHARS].strip().removeprefix("<![CDATA[").removesuffix("]]>")
        try:
            parsed = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _flatten(parsed)


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
    main, rest = [], []
    for heading in _HEADINGS(page.tree):
        around = {ancestor.tag for ancestor in heading.iterancestors()}
        if around & {"article", "main"}:
            main.append(heading)
        elif not (around & {"header", "nav", "footer"} or _links_home(heading, page.url)):
            rest.append(heading)
    return main + rest


def _links_home(heading: HtmlElement, url: str) -> bool:
    links = [*heading.iter("a"), *(one for one in heading.iterancestors("a"))]
    return any(urlsplit(_join(url, link.get("href") or "")).path in {"", "/"} for link in links if link.get("href"))


def _read_titles(page: _Page, headings: list[HtmlElement]) -> TitleClaims:
    article = page.find_node(ARTICLE_TYPES)
    title = page.tree.find(".//head/title")
    return TitleClaims(
        headings=tuple(line for heading in headings if (line := read_line(heading))),
        structured=_text(article.get("headline")) or _text(article.get("name")),
        social=tuple(
            value
            for name in ("og:title", "twitter:title", "dcterms.title")
            if (value := clean_line(page.metas.get(name)))
        ),
        document=clean_line(title.text_content()) if title is not None else None,
        site_names=tuple(_site_names(page)),
    )


def _site_names(page: _Page) -> Iterator[str]:
    yield from (name for key in SITE_NAMES if (name := clean_line(page.metas.get(key))))
    for node in page.nodes:
        sites = [node] if SITE_TYPES & _types(node) else [node.get("publisher"), node.get("isPartOf")]
        yield from (name for site in sites if isinstance(site, dict) and (name := _text(site.get("name"))))


def _read_dates(page: _Page, headings: list[HtmlElement], reading: DateReading) -> PageDates:
    declared = [one for one in _DECLARED_DATES(page.tree)[:MAX_DATED] if not _is_elsewhere(one, None)]
    structured = read_date(_text(page.article.get("datePublished")), reading, source=DateSource.PAGE)
    for element in declared:
        structured = structured if structured.on else _read_attribute(element, reading)
    meta = NO_DATE
    for name in PUBLISHED_NAMES:
        if name in page.metas and (meta := read_date(page.metas[name], reading, source=DateSource.PAGE)).on:
            break
    return PageDates(structured=structured, meta=meta, printed=_find_printed(page, declared, headings, reading))


def _read_attribute(element: HtmlElement, reading: DateReading) -> PublicationDate:
    said = element.get("datetime") or element.get("content") or read_line(element)
    return read_date(said, reading, source=DateSource.PAGE)


def _find_printed(
    page: _Page, declared: list[HtmlElement], headings: list[HtmlElement], reading: DateReading
) -> PublicationDate:
    """The day beside the title: an element declared or labelled as the publication date, else the first that is dated."""
    scope = _find_scope(page.tree, headings)
    dated = [one for one in _DATED(scope)[:MAX_DATED] if not _is_elsewhere(one, scope) and not _is_event(one)]
    labelled = [one for one in dated if PUBLISHED.search(_label(one))]
    for element in (*declared, *labelled, *(one for one in dated if not _is_other_date(one))):
        found = _read_printed(element, reading)
        if found.on:
            return found
    return _find_labelled_text(scope, reading)


def _find_labelled_text(scope: HtmlElement, reading: DateReading) -> PublicationDate:
    """ "Publié le 3 juin 2026" in an element that nothing marks as a date."""
    for text in _TEXTS(scope)[:MAX_TEXTS]:
        if len(text) > MAX_LABELLED_CHARS or not LABELLED.match(text) or _is_elsewhere(text.getparent(), scope):
            continue
        if (found := find_date(text.strip(), reading, source=DateSource.PAGE)).on:
            return found
    return NO_DATE


def _read_printed(element: HtmlElement, reading: DateReading) -> PublicationDate:
    if element.tag == "dt":
        sibling = element.getnext()
        element = element if sibling is None else sibling
    text = read_line(element)
    if text and len(text) <= MAX_BYLINE_CHARS and (found := find_date(text, reading, source=DateSource.PAGE)).on:
        return found
    return read_date(element.get("datetime"), reading, source=DateSource.PAGE)


def _find_scope(tree: HtmlElement, headings: list[HtmlElement]) -> HtmlElement:
    """The article of the first heading, else the main part, else everything."""
    for heading in headings[:1]:
        for ancestor in heading.iterancestors("article", "main"):
            return ancestor
    main = tree.find(".//main")
    return tree if main is None else main


def _is_elsewhere(element: HtmlElement, scope: HtmlElement | None) -> bool:
    """Whether it stands in navigation, a card, a list of related pages or another article."""
    for ancestor in element.iterancestors():
        if ancestor is scope:
            return False
        if ancestor.tag in ELSEWHERE_TAGS or (scope is not None and ancestor.tag == "article"):
            return True
        if ancestor.tag not in {"body", "html", "main"} and ELSEWHERE_CLASS.search(ancestor.get("class") or ""):
            return True
    return False


def _is_event(element: HtmlElement) -> bool:
    """Whether it stands in running text, where a date is about something else."""
    parent = element.getparent()
    return (
        element.tag == "time"
        and parent is not None
        and parent.tag in {"p", "td"}
        and len(parent.text_content()) > MAX_BYLINE_CHARS
    )


def _is_other_date(element: HtmlElement) -> bool:
    if element.tag == "dt":
        return True  # only what is labelled as publication counts in a list of terms
    return bool(UPDATED_CLASS.search(element.get("class") or "") or NOT_PUBLICATION.search(_label(element)))


def _label(element: HtmlElement) -> str:
    """What is printed before a date, and the class and property that say what it is."""
    if element.tag == "dt":
        return element.text_content()[:MAX_AUTHOR_CHARS]
    said = [element.get("class") or "", element.get("property") or "", element.get("itemprop") or ""]
    before, parent = element.getprevious(), element.getparent()
    if before is None and parent is not None and not (parent.text or "").strip():
        before = parent.getprevious()
    if before is not None and (before.tag == "dt" or len(before.text_content()) < MAX_AUTHOR_CHARS):
        # "Report of the review" and "Guidance updated" are titles, and say nothing of the date beneath them
        said += ["" if before.tag == "h1" else before.text_content(), before.tail or ""]
    if parent is not None and element.getprevious() is None:
        said.append(parent.text or "")
    return " ".join(said)


def _find_author(page: _Page) -> str | None:
    names = _author_names(page.find_node(ARTICLE_TYPES).get("author"), page)
    if names:
        return _as_author(", ".join(names))
    printed = (_as_author(read_line(one)) for one in _AUTHORS(page.tree)[:MAX_DATED] if not _is_elsewhere(one, None))
    return next((name for name in printed if name), None) or _as_author(page.find_meta(AUTHOR_NAMES))


def _author_names(value: Any, page: _Page) -> list[str]:
    people = value if isinstance(value, list) else [value]
    by_id = {node.get("@id"): node for node in page.nodes if isinstance(node.get("@id"), str)}
    names = []
    for person in people:
        described = by_id.get(person.get("@id"), person) if isinstance(person, dict) else person
        name = _text(described.get("name") if isinstance(described, dict) else described)
        if name and name not in names:
            names.append(name)
    return names


def _as_author(text: str | None) -> str | None:
    """A name out of a byline; addresses and whole sentences are none."""
    name = BY.sub("", text or "").strip(" ,|-\N{EN DASH}")
    return (
        None
        if not name or len(name) > MAX_AUTHOR_CHARS or is_web_address(name) or any(map(str.isdigit, name))
        else name
    )


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
