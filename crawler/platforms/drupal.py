"""Drupal, and GovCMS, which is made of it: feeds whose descriptions are whole rendered pages with their labels."""

from dataclasses import replace

from lxml import etree
from lxml.html import HtmlElement, tostring

from crawler.announcement import Row
from crawler.markup import parse_html, read_line
from crawler.platforms.traits import Traits

# The title, the name of the account, the day of writing and the labels of fields stand before the text itself.
_FURNITURE = etree.XPath(
    "//*[contains(concat(' ', @class, ' '), ' field--name-title ')"
    " or contains(concat(' ', @class, ' '), ' field--name-uid ')"
    " or contains(concat(' ', @class, ' '), ' field--name-created ')"
    " or contains(concat(' ', @class, ' '), ' field__label ')"
    " or contains(concat(' ', @class, ' '), ' visually-hidden ')"
    " or contains(concat(' ', @class, ' '), ' node__links ')]"
)
# `dc:creator` is the name of an account; these are no people.
ACCOUNTS = frozenset({"admin", "administrator", "webmaster", "anonymous", "root", "editor", "web editor", "drupal"})
SUMMARY_CHARS = 500
# Akamai in front of the Australian government lets connections from data centres hang instead of refusing them.
GOVCMS_ANSWERS_WITHIN_S = 10.0


def _refine(row: Row) -> Row:
    author = row.author if row.author and _is_person(row.author) else None
    tree = parse_html(row.content_html) if row.content_html and "field--name-" in row.content_html else None
    if tree is None:
        return replace(row, author=author)
    for element in _FURNITURE(tree):
        _drop(element)
    text = read_line(tree)
    return replace(
        row,
        author=author,
        content_html=tostring(tree, encoding="unicode"),
        summary=_shorten(text) if text else None,
    )


def _is_person(author: str) -> bool:
    return author.casefold() not in ACCOUNTS and "@" not in author


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()


def _shorten(text: str) -> str:
    return text if len(text) <= SUMMARY_CHARS else text[:SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"


TRAITS = Traits(refine=_refine)
GOVCMS_TRAITS = Traits(refine=_refine, answers_within_s=GOVCMS_ANSWERS_WITHIN_S)
