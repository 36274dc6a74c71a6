"""`watch list`, `watch show` and `watch test`: what people look for, what it means, and what they would get."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import timedelta
from difflib import get_close_matches
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
from monitor.meaning import Meaning, read_meaning, tell_meaning, tell_spellings, write_query_line
from monitor.query import read_query
from monitor.traps import Advice, find_advice
from monitor.watch import Watch

NOT_SAVED = "(not saved)"


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
    watch = find_watch(configuration, name)
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


def show_meaning(places: Places, name: str, *, as_json: bool) -> int:
    """What the watch, or the expression, of that name means in plain words."""
    configuration = read_configuration(places.config, os.environ)
    watch = find_watch(configuration, name)
    meaning, advice = read_meaning(watch, configuration.sources), find_advice(watch)
    if as_json:
        delivery = {"enabled": watch.enabled, "channels": watch.channels, "when": str(watch.schedule)}
        print_json({"name": watch.name, **delivery, **asdict(meaning), "advice": [asdict(one) for one in advice]})
    else:
        _show_meaning(watch, meaning, advice)
    return 0


def _show_meaning(watch: Watch, meaning: Meaning, advice: tuple[Advice, ...]) -> None:
    say(f"“{watch.name}”" + ("" if watch.enabled else ", which is switched off"))
    _say_indented(tell_meaning(meaning))
    if watch.name != NOT_SAVED:
        _say_indented(
            [f"told to {', '.join(watch.channels)}, {watch.schedule}" if watch.channels else "told to nobody"]
        )
    say("\nSpellings")
    width = max(len(each.term) for each in meaning.spellings)
    _say_indented(f"{each.term:{width}}  {tell_spellings(each)}" for each in meaning.spellings)
    say("\nIn watches.toml")
    _say_indented(_write_forms(meaning))
    if advice:
        say("\nTraps")
        _say_indented(map(str, advice))


def _write_forms(meaning: Meaning) -> Iterator[str]:
    if meaning.typed and meaning.typed != meaning.query:
        yield f"{write_query_line(meaning.typed)}    # as typed; the same as"
    yield write_query_line(meaning.query)
    if meaning.lists:
        yield "# or as lists:"
        yield from meaning.lists.splitlines()
    else:
        yield "# lists cannot say this"


def _say_indented(lines: Iterable[str]) -> None:
    for line in lines:
        say(f"  {line}")


def find_watch(configuration: Configuration, name: str) -> Watch:
    """The watch of that name, or one made on the spot from a query."""
    names = {watch.name: watch for watch in configuration.watches}
    if name in names:
        return names[name]
    read_query(name)  # says where it is wrong
    if similar := get_close_matches(name, names, n=1, cutoff=0.8):
        complain(f"no watch has this name, so it is read as a query; did you mean “{similar[0]}”?")
    return Watch(name=NOT_SAVED, query=name)


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
