"""A description of Drupal's without the labels that it renders around the text."""

from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement, tostring

from crawler.markup import parse_html, read_line

# The title, the name of the account, the day of writing and the labels of fields stand before the text itself.
_FURNITURE = etree.XPath(
    "//*[contains(concat(' ', @class, ' '), ' field--name-title ')"
    " or contains(concat(' ', @class, ' '), ' field--name-uid ')"
    " or contains(concat(' ', @class, ' '), ' field--name-created ')"
    " or contains(concat(' ', @class, ' '), ' field__label ')"
    " or contains(concat(' ', @class, ' '), ' visually-hidden ')"
    " or contains(concat(' ', @class, ' '), ' node__links ')]"
)


class Stripped(NamedTuple):
    """What is left: as HTML, and as one line of text."""

    html: str
    text: str | None


def strip_furniture(description: str) -> Stripped | None:
    """The text of a rendered description; None where it cannot be read."""
    tree = parse_html(description)
    if tree is None:
        return None
    for element in _FURNITURE(tree):
        _drop(element)
    return Stripped(html=tostring(tree, encoding="unicode"), text=read_line(tree))


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
