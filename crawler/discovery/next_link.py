"""Finds the link to a listing's next page, and a selector that finds it on the later pages too."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.discovery.page_text import Link, PageText
from crawler.discovery.selectors import describe_own, is_stable_name, tag_of
from crawler.discovery.words import NEXT

NEXT_NAME = re.compile(r"(?i)(?:^|[-_])(?:next|older|suivante?|successiv[oa]|nextpostslink)(?:$|[-_])|^nextpostslink$")
CURRENT = ("active", "current", "selected", "is-active", "is-current", "pagination__item--current", "page-current")
NUMBER = re.compile(r"\d{1,4}")


def find_next(page: PageText) -> str | None:
    """A selector for the link to the next page, or None. The last page has none, so paging ends there."""
    links = [link for link in page.links if _is_same_host(link.url, page.url)]
    for link in links:
        if "next" in (link.element.get("rel") or "").lower().split():
            return "a[rel~=next]"
    for link in links:
        if _says_next(link) and (selector := _describe_next(link.element)):
            return selector
    return _find_beside_current(page, links) or _find_in_head(page)


def _is_same_host(url: str, other: str) -> bool:
    return urlsplit(url).netloc == urlsplit(other).netloc


def _find_in_head(page: PageText) -> str | None:
    found = page.tree.xpath("//link[@href][contains(concat(' ', normalize-space(@rel), ' '), ' next ')]")
    return "link[rel~=next]" if found else None


def _says_next(link: Link) -> bool:
    element = link.element
    said = (link.text, element.get("aria-label") or "", element.get("title") or "")
    return any(NEXT.match(text) for text in said if text) or (bool(_find_named(element)) and len(link.text) < 40)  # noqa: PLR2004


def _find_named(element: HtmlElement) -> str | None:
    """The class that says "next", on the link itself or on the item that holds only it."""
    for one in (element, element.getparent()):
        if one is None or (one is not element and len(one) > 1):
            continue
        for name in (one.get("class") or "").split():
            if NEXT_NAME.search(name) and is_stable_name(name):
                return f"a.{name}" if one is element else f"{tag_of(one)}.{name} > a"
    return None


def _describe_next(element: HtmlElement) -> str | None:
    if named := _find_named(element):
        return named
    label = element.get("aria-label")
    if label and NEXT.match(label) and '"' not in label:
        return f'a[aria-label="{label}"]'
    text = " ".join("".join(element.itertext()).split())
    if text and "'" not in text:
        return f"//a[normalize-space() = '{text}']"
    return None


def _find_beside_current(page: PageText, links: list[Link]) -> str | None:
    """In a row of numbers, the link that stands after the number of this page."""
    numbered = {link.element for link in links if NUMBER.fullmatch(link.text)}
    for current in _find_current(page):
        for item in (current, current.getparent()):
            after = None if item is None else item.getnext()
            if item is None or after is None:
                continue
            link = next((one for one in after.iter("a") if one in numbered), None)
            if link is not None:
                return _describe_after(item, after, link)
    return None


def _find_current(page: PageText) -> Iterator[HtmlElement]:
    for element in page.tree.iter("li", "span", "a", "strong", "em", "b", "button", "div"):
        if not NUMBER.fullmatch(" ".join("".join(element.itertext()).split())):
            continue
        if (
            element.get("aria-current")
            or set((element.get("class") or "").split()) & set(CURRENT)
            or element.tag in {"strong", "em", "b"}
        ):
            yield element


def _describe_after(item: HtmlElement, after: HtmlElement, link: HtmlElement) -> str | None:
    tag, step = tag_of(item), tag_of(after)
    if not tag or not step:
        return None
    path = f"//{_find_scope(item)}{tag}{_mark_of(item)}/following-sibling::{step}[1]"
    return path if link is after else f"{path}//a"


def _mark_of(item: HtmlElement) -> str:
    if item.get("aria-current"):
        return f"[@aria-current='{item.get('aria-current')}']"
    for name in (item.get("class") or "").split():
        if name in CURRENT:
            return _has_class(name)
    inner = next((one for one in item.iterdescendants() if one.get("aria-current")), None)
    if inner is not None:
        return f"[.//@aria-current='{inner.get('aria-current')}']"
    return ""


def _find_scope(item: HtmlElement) -> str:
    """The list of pages by its name, so that another list's current item is not taken for this one's."""
    for parent in item.iterancestors("ul", "ol", "nav", "div", "p"):
        for selector in describe_own(parent):
            tag, dot, name = selector.partition(".")
            if dot:
                return f"{tag}{_has_class(name)}//"
    return ""


def _has_class(name: str) -> str:
    return f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
