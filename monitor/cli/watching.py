"""`watch list` and `watch test`: what people look for, and what they would get."""

import os
from collections import Counter
from datetime import timedelta
from typing import Any

from monitor.archive.connection import reading
from monitor.archive.search import find_documents
from monitor.cli.asking import mark_snippet
from monitor.cli.output import NO_DATE, complain, print_json, print_rows, say
from monitor.cli.places import Places, archive_path
from monitor.clock import now, write_moment
from monitor.configuration import Configuration, read_configuration
from monitor.match import find_match
from monitor.matching import read_document
from monitor.query import read_query
from monitor.watch import Watch


def show_watches(places: Places, *, as_json: bool) -> int:
    configuration = read_configuration(places.config, os.environ)
    rows = [
        {
            "name": watch.name,
            "enabled": watch.enabled,
            "meaning": watch.describe(),
            "channels": ", ".join(watch.channels),
            "when": str(watch.schedule),
        }
        for watch in configuration.watches
    ]
    columns = ("name", "meaning", "channels", "when")
    print_rows(rows, columns, as_json=as_json, empty=f"No watch in {configuration.folder / 'watches.toml'}.")
    return 0


def preview(places: Places, name: str, *, limit: int, as_json: bool) -> int:
    configuration = read_configuration(places.config, os.environ)
    watch = _find_watch(configuration, name)
    with reading(archive_path(places, configuration)) as database:
        found = [
            _example(row, mark_snippet(match.snippet.parts))
            for row in find_documents(database, watch.expression)
            if (match := find_match(watch, read_document(row)))
        ]
    result = {
        "watch": watch.name,
        "meaning": watch.describe(),
        "found": len(found),
        "first_seen_in_last_week": _count_recent(found),
        "by_source": dict(Counter(one["source"] for one in found).most_common()),
        "examples": found[:limit],
    }
    if as_json:
        print_json(result)
    else:
        _show_test(result)
    return 0


def _find_watch(configuration: Configuration, name: str) -> Watch:
    """The watch of that name, or one made on the spot from a query."""
    for watch in configuration.watches:
        if watch.name == name:
            return watch
    read_query(name)  # says where it is wrong
    return Watch(name="(not saved)", query=name)


def _example(row: dict[str, Any], snippet: str) -> dict[str, Any]:
    kept = ("id", "published_on", "first_seen_at", "source", "title", "url")
    return {**{key: row[key] for key in kept}, "snippet": snippet}


def _count_recent(found: list[dict[str, Any]]) -> int:
    week_ago = write_moment(now() - timedelta(days=7))
    return sum(one["first_seen_at"] >= week_ago for one in found)


def _show_test(result: dict[str, Any]) -> None:
    say(f"“{result['watch']}”: {result['meaning']}")
    say(f"{result['found']} in the archive match; first seen in the last week: {result['first_seen_in_last_week']}")
    for source, count in result["by_source"].items():
        say(f"  {count:5}  {source}")
    for one in result["examples"]:
        say(f"{one['published_on'] or NO_DATE}  {one['title']}\n    {one['url']}\n    {one['snippet']}")
    if not result["found"]:
        complain("warning: it finds nothing in the archive; would it ever?")
