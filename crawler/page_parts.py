"""Tells where on a page something stands: in its main part, in navigation, in a card or a list of other pages."""

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from crawler.markup import BLOCKS

CLASSES = "translate(@class, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
_HAS_TEXT = etree.XPath("boolean(.//text()[string-length() > 160])")
ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside"})
ELSEWHERE_CLASS = re.compile(
    r"(?i)(?:^|[\s_-])(?:related|recommend\w*|sidebar|teasers?|cards?|promo|popular|latest|comments?|footer|listing)"
    r"(?:$|[\s_-])"
)


class Surroundings:
    """A page, and what stands around its heading. `scope` is the article of that, else the main part, else everything."""

    def __init__(self, tree: HtmlElement, headings: Sequence[HtmlElement] = ()) -> None:
        self.tree = tree
        self.headings = headings
        self._around_heading = set(headings[0].iterancestors()) if headings else set()
        self.scope = _find_scope(tree, headings)
        articles = self.scope.findall(".//article")
        if len(articles) == 1 and _HAS_TEXT(articles[0]):  # the heading may stand above it
            self._around_heading.update(articles)

    def is_elsewhere(self, element: HtmlElement, *, within: HtmlElement | None = None) -> bool:
        """Whether it stands in navigation, a card or a list of related pages; and with `within`, in another article.

        What holds the heading as well is none of these, whatever it is called: Bootstrap calls anything a card.
        """
        for ancestor in element.iterancestors():
            if ancestor is within or ancestor in self._around_heading:
                return False
            if ancestor.tag in ELSEWHERE_TAGS or (within is not None and ancestor.tag == "article"):
                return True
            if ancestor.tag not in {"body", "html", "main"} and ELSEWHERE_CLASS.search(ancestor.get("class") or ""):
                return True
        return False


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
