"""Drupal: feeds whose descriptions are whole rendered pages with their labels."""

from dataclasses import replace

from crawler.announcement import Row
from crawler.platforms.traits import Traits

# `dc:creator` is the name of an account; these are no people.
ACCOUNTS = frozenset({"admin", "administrator", "webmaster", "anonymous", "root", "editor", "web editor", "drupal"})
SUMMARY_CHARS = 500


def _refine(row: Row) -> Row:
    author = row.author if row.author and _is_person(row.author) else None
    if not row.content_html or "field--name-" not in row.content_html:
        return replace(row, author=author)
    # lxml, which the crawler has loaded when there is a row, and which nobody waits for who only names the platform
    from crawler.platforms.drupal_description import strip_furniture  # noqa: PLC0415

    stripped = strip_furniture(row.content_html)
    if stripped is None:
        return replace(row, author=author)
    text = stripped.text
    return replace(row, author=author, content_html=stripped.html, summary=_shorten(text) if text else None)


def _is_person(author: str) -> bool:
    return author.casefold() not in ACCOUNTS and "@" not in author


def _shorten(text: str) -> str:
    return text if len(text) <= SUMMARY_CHARS else text[:SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"


TRAITS = Traits(refine=_refine)
