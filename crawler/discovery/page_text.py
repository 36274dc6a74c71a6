"""A page as discovery reads it: a tree with an address, its links, and what stands around its content."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from lxml.html import HtmlElement

from crawler.dates import DateReading
from crawler.discovery.words import AROUND
from crawler.entry_page import find_base, resolve_address
from crawler.markup import decode_body, parse_html, read_line
from crawler.urls import url_key

NAME_PART = re.compile(r"[a-z]+|[A-Z][a-z]*")
AROUND_TAGS = frozenset({"nav", "footer", "dialog", "noscript", "template", "script", "style", "head"})
AROUND_ROLES = frozenset({"navigation", "contentinfo", "search", "banner", "menu", "menubar", "dialog"})
MOST_LINKS = 3000
MOST_TEXT = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Link:
    """One link of a page; `url` is whole."""

    element: HtmlElement
    url: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class PageText:
    """A page of a site and how its dates are to be read."""

    url: str
    tree: HtmlElement
    base: str
    dates: DateReading

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link to another page, in the page's order."""
        return tuple(self._find_links())

    def _find_links(self) -> Iterator[Link]:
        own = url_key(self.url)
        for element in self.tree.xpath("(//a[@href])[position() <= $most]", most=MOST_LINKS):
            href = element.get("href")
            url = None if href.strip().startswith("#") else resolve_address(self.base, href)
            if url and url_key(url) != own:
                yield Link(element=element, url=url, text=read_line(element) or "")

    @cached_property
    def _around(self) -> frozenset[HtmlElement]:
        """Every element that stands around the content: menus, footers, share buttons, and all that is in them."""
        found: set[HtmlElement] = set()
        count_chars = cache(_count_chars)  # of the body, say, for each of a thousand forms
        for element in self.tree.iter():
            if element.getparent() in found or _is_around(element, count_chars):
                found.add(element)
        return frozenset(found)

    def is_around(self, element: HtmlElement) -> bool:
        return element in self._around


def read_page_text(url: str, body: bytes, content_type: str | None, dates: DateReading) -> PageText | None:
    """The page, or None when there is nothing in it."""
    text = decode_body(body, content_type)
    tree = parse_html(text)
    return None if tree is None else PageText(url=url, tree=tree, base=find_base(text, url), dates=dates)


def _is_around(element: HtmlElement, count_chars: Callable[[HtmlElement], int]) -> bool:
    if not isinstance(element.tag, str) or element.tag in {"html", "body", "main", "article"}:
        return False
    if element.tag in AROUND_TAGS or element.get("role") in AROUND_ROLES:
        return True
    if element.tag == "form":
        return not _holds_page(element, count_chars)
    if element.tag == "header":
        return next(element.iterancestors("article", "main", "li"), None) is None
    return _is_named_around(element) and element.find(".//main") is None and element.find(".//h1") is None


def _holds_page(form: HtmlElement, count_chars: Callable[[HtmlElement], int]) -> bool:
    """Whether it is put around the page's own content, as ASP.NET and SharePoint do, and is no search or newsletter."""
    if form.find(".//h1") is not None or form.find(".//main") is not None:
        return True
    around = next(form.iterancestors("main", "body", "html"))
    return count_chars(form) > MOST_TEXT * count_chars(around)


def _count_chars(element: HtmlElement) -> int:
    return len(read_line(element) or "")


def _is_named_around(element: HtmlElement) -> bool:
    """By the first or last part of a name: `pager`, `site-footer`, `related-links`, and not `news-list`."""
    for name in f"{element.get('class') or ''} {element.get('id') or ''}".split():
        parts = [part.lower() for part in NAME_PART.findall(name)]
        if parts and (parts[0] in AROUND or parts[-1] in AROUND):
            return True
    return False
