"""The commands that only read the archive: search, explain, export."""

import csv
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from sqlite_utils import Database

from crawler.urls import is_web_address
from monitor.archive.connection import reading
from monitor.archive.listing import list_announcements
from monitor.archive.search import find_documents
from monitor.channel import label_addresses
from monitor.cli.output import NO_DATE, print_json, say, write_json
from monitor.cli.places import EXIT_PARTLY_FAILED, Places, archive_path, find_configuration
from monitor.configuration import read_configuration
from monitor.errors import GovwatchError
from monitor.explain import explain_url
from monitor.match import Document, Found, make_snippet, matches
from monitor.matching import read_document
from monitor.query import Expression, read_query

EXPORTED = (
    "id", "source", "country", "kind", "language", "url", "title", "author", "published_on", "published_at",
    "date_source", "first_seen_at", "text", "summary", "story_id", "version", "state", "baseline",
)  # fmt: skip


MOST_COUNTED = 500
"""More are not looked through only to say how many they are."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""With what a spreadsheet takes a cell for a formula (OWASP, CSV injection)."""


class AddressUnclear(GovwatchError):
    """What was named is no address of a page."""


def find_matching(database: Database, expression: Expression) -> Iterator[tuple[dict[str, Any], Callable[[], str]]]:
    """Every announcement that matches, best first, with what writes the sentence that matched."""
    for row in find_documents(database, expression):
        document = read_document(row)
        found = matches(expression, document)
        if found:
            yield row, partial(_write_snippet, document, found)


def _write_snippet(document: Document, found: Found) -> str:
    return mark_snippet(make_snippet(document, found).parts)


def mark_snippet(parts: tuple[tuple[str, bool], ...]) -> str:
    """A snippet with its matched words in [brackets]."""
    return "".join(f"[{text}]" if marked else text for text, marked in parts)


def search_archive(places: Places, query: str, *, limit: int, as_json: bool) -> int:
    expression = read_query(query)
    counted = limit if as_json else max(limit, MOST_COUNTED)
    with reading(archive_path(places, find_configuration(places))) as database:
        found = list(islice(find_matching(database, expression), counted + 1))
    rows = [
        {
            "id": row["id"],
            "published_on": row["published_on"],
            "source": row["source"],
            "title": row["title"],
            "url": row["url"],
            "snippet": write_snippet(),
        }
        for row, write_snippet in found[:limit]
    ]
    if as_json:
        print_json(rows)
        return 0
    for one in rows:
        say(f"{one['published_on'] or NO_DATE}  {one['title']}  ({one['source']})")
        say(f"    {one['url']}\n    {one['snippet']}")
    number = f"more than {counted}" if len(found) > counted else str(len(found))
    shown = f", the first {limit} shown (--limit)" if len(found) > limit else ""
    say(f"{number} found{shown}" if found else "Nothing found.")
    return 0


def explain_page(places: Places, written: str, *, as_json: bool) -> int:
    url = _read_address(written)
    configuration = read_configuration(places.config, os.environ)
    with reading(archive_path(places, configuration)) as database:
        explanation = explain_url(
            database,
            url,
            sources=configuration.sources,
            watches=configuration.watches,
            labels=label_addresses(configuration.channels),
        )
    if as_json:
        print_json(
            {"url": url, "known": explanation.is_known, "answer": explanation.answer, "steps": explanation.lines}
        )
    else:
        say(explanation.answer)
        for line in explanation.lines:
            say(f"  {line}")
    return 0 if explanation.is_known else EXIT_PARTLY_FAILED


def _read_address(written: str) -> str:
    """The address that was meant; browsers show and copy it without its scheme."""
    url = written.strip()
    url = url if "://" in url else f"https://{url}"
    if not is_web_address(url):
        raise AddressUnclear(f"expected an address such as https://www.example.org/news/a-page, not “{written}”")
    return url


def export_announcements(places: Places, query: str | None, *, as_csv: bool) -> int:
    expression = read_query(query) if query else None
    with reading(archive_path(places, find_configuration(places))) as database:
        rows = list_announcements(database)
        if expression is not None:
            wanted = {row["id"] for row, _ in find_matching(database, expression)}
            rows = (row for row in rows if row["id"] in wanted)
        if as_csv:
            writer = csv.DictWriter(sys.stdout, fieldnames=EXPORTED)
            writer.writeheader()
            writer.writerows({column: _guard(value) for column, value in row.items()} for row in rows)
        else:
            sys.stdout.writelines(write_json(row) + "\n" for row in rows)
    return 0


def _guard(value: object) -> object:
    """A cell with an apostrophe before what a spreadsheet would run; a publisher's title is no formula (R34)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
