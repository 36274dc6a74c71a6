"""Tells where on a page something stands: in its main part, in navigation, in a card or a list of other pages."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import BLOCKS

CLASSES = "translate(@class, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
_HAS_TEXT = etree.XPath("boolean(.//text()[string-length() > 160])")
TEXT_FOLLOWS = etree.XPath("boolean(following-sibling::*[string-length() > 160])")
ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside"})
ELSEWHERE_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(related|recommend\w*|sidebar|teasers?|cards?|promo|popular|latest|comments?|footer|listing)"
    r"(?=$|[\s_-])"
)
# What is printed between a heading and a text, and is no part of the text.
UNREAD = frozenset(
    {"nav", "form", "button", "figure", "script", "style", "noscript", "h1", "h2", "h3", "h4", "h5", "h6"}
)
MOST_LABEL_CHARS = 50
MOST_LEAD_CHARS = 250


class Surroundings:
    """A page, and what stands around its heading. `scope` is the article of that, else the main part, else everything."""

    def __init__(self, tree: HtmlElement, headings: Sequence[HtmlElement] = ()) -> None:
        self.tree = tree
        self.headings = headings
        self._at_heading = {headings[0], *headings[0].iterancestors()} if headings else set()
        self._around_heading = self._at_heading - set(headings[:1])
        self._beneath: dict[HtmlElement, bool] = {}
        self.scope = _find_scope(tree, headings)
        self._article = self.scope if self.scope.tag == "article" else None
        articles = self.scope.findall(".//article")
        if len(articles) == 1:  # the heading may stand above it
            is_headed = self._is_headed(articles[0])
            if is_headed and self._article is None:
                self._article = articles[0]
            if (is_headed or not headings) and _HAS_TEXT(articles[0]):
                self._around_heading.update(articles)

    def is_elsewhere(self, element: HtmlElement, *, within: HtmlElement | None = None) -> bool:
        """Whether it stands in navigation, a card or a list of related pages; and with `within`, in another article.

        What holds the heading as well is none of these, whatever it is called: Bootstrap calls anything a card.
        """
        for ancestor in element.iterancestors():
            if ancestor is within or ancestor in self._around_heading:
                return False
            if within is not None and ancestor.tag == "article":
                return True
            if _is_named_elsewhere(ancestor) and not self._is_beneath_heading(ancestor):
                return True
        return False

    def find_footers(self) -> list[HtmlElement]:
        """The footers that an article has before its text, as Drupal prints who wrote it and when."""
        found = [] if self._article is None else self._article.findall("footer")
        return [one for one in found if self._is_beneath_heading(one)]

    def _is_headed(self, article: HtmlElement) -> bool:
        """Whether the heading above is its own: what comes behind the text of the page is a comment or another page."""
        is_behind_text = self._chars_before.get(article, MOST_LEAD_CHARS) >= MOST_LEAD_CHARS
        return not (is_behind_text or _is_named_elsewhere(article) or self.is_elsewhere(article))

    @cached_property
    def _chars_before(self) -> dict[HtmlElement, int]:
        """How much text stands between the heading and each element behind it, as far as that may be a standfirst."""
        found: dict[HtmlElement, int] = {}
        chars = 0
        for element, text in _read_behind(self.headings[0]) if self.headings else _read_within(self.scope):
            if element is not None:
                found[element] = chars
            chars += len((text or "").strip())
            if chars >= MOST_LEAD_CHARS:
                break
        return found

    def _is_beneath_heading(self, element: HtmlElement) -> bool:
        """Whether it is a footer between the heading and the text, which holds the day and the author."""
        if element not in self._beneath:
            self._beneath[element] = _is_footer(element) and self._stands_before_text(element)
        return self._beneath[element]

    def _stands_before_text(self, element: HtmlElement) -> bool:
        """Whether nothing but labels stands before it; behind a sentence it may be that of a comment or a quotation."""
        if self._chars_before.get(element, MOST_LABEL_CHARS) >= MOST_LABEL_CHARS:
            return False
        before = element.itersiblings(preceding=True)
        is_beneath = element.getparent() is self._article or not self._at_heading.isdisjoint(before)
        return is_beneath and bool(TEXT_FOLLOWS(element))


def _read_behind(heading: HtmlElement) -> Iterator[tuple[HtmlElement | None, str | None]]:
    """The elements behind a heading with the text that each begins with, and the texts behind elements, in their order."""
    for outer in (heading, *heading.iterancestors()):
        yield None, outer.tail
        for sibling in outer.itersiblings():
            yield from _read_within(sibling)


def _read_within(element: HtmlElement) -> Iterator[tuple[HtmlElement | None, str | None]]:
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, one in walker:
        if event == "end":
            yield None, one.tail
        elif one.tag in UNREAD:
            walker.skip_subtree()
        else:
            yield one, one.text


def _is_named_elsewhere(element: HtmlElement) -> bool:
    if element.tag in ELSEWHERE_TAGS:
        return True
    named = element.get("class")
    return bool(named and element.tag not in {"body", "html", "main"} and ELSEWHERE_CLASS.search(named))


def _is_footer(element: HtmlElement) -> bool:
    """Whether it is a footer by tag or class, and is called nothing else that stands elsewhere."""
    named = {name.lower() for name in ELSEWHERE_CLASS.findall(element.get("class") or "")}
    return named == {"footer"} if element.tag not in ELSEWHERE_TAGS else element.tag == "footer" and named <= {"footer"}


def find_block(text: Any) -> HtmlElement:
    """The block that a text (what XPath's `text()` gives) is printed in."""
    element: HtmlElement = text.getparent().getparent() if text.is_tail else text.getparent()
    return find_block_of(element)


def find_block_of(element: HtmlElement) -> HtmlElement:
    """The element itself if it is a block, else the nearest one around it."""
    while element.tag not in BLOCKS and element.tag not in {"td", "th"}:
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element


def _find_scope(tree: HtmlElement, headings: Sequence[HtmlElement]) -> HtmlElement:
    for heading in headings[:1]:
        for ancestor in heading.iterancestors("article", "main"):
            return ancestor
    main = tree.find(".//main")
    body = tree.find("body") if main is None else main
    return tree if body is None else body
