"""`watch list`, `watch show` and `watch test`: what people look for, what it means, and what they would get."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from crawler.counting import write_number
from monitor.archive.connection import reading
from monitor.backtest import Backtest, FoundOne, find_alerts
from monitor.backtesting import Exclusions, Tested, try_watch
from monitor.cli.asking import mark_snippet
from monitor.cli.output import NO_DATE, complain, print_json, say
from monitor.cli.places import Places, archive_path
from monitor.cli.tables import print_rows
from monitor.clock import now
from monitor.configuration import Configuration, read_configuration
from monitor.meaning import Meaning, read_meaning, tell_meaning, tell_spellings, write_query_line, write_toml_list
from monitor.query import read_query
from monitor.traps import Advice, find_advice
from monitor.watch import Watch

NOT_SAVED = "(not saved)"
BAR_CHARS = 40
WEEK = timedelta(days=7)
MOST_SPELLINGS = 5
MANY = 10


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
    columns = ("name", "enabled", "meaning", "channels", "when")
    print_rows(rows, columns, as_json=as_json, empty=f"No watch in {configuration.folder / 'watches.toml'}.")
    return 0


def try_on_archive(places: Places, name: str, *, weeks: int, unwanted: Sequence[str], limit: int, as_json: bool) -> int:
    """What the watch, or the expression, of that name would have sent."""
    configuration = read_configuration(places.config, os.environ)
    watch = find_watch(configuration, name)
    with reading(archive_path(places, configuration)) as database:
        tested = try_watch(database, watch, today=now().date(), weeks=weeks, unwanted=unwanted)
    if as_json:
        print_json(_describe_test(watch, tested, limit))
    else:
        _show_test(watch, tested, limit)
    return 0


def _describe_test(watch: Watch, tested: Tested, limit: int) -> dict[str, Any]:
    backtest = tested.backtest
    return {
        "watch": watch.name,
        "meaning": watch.describe(),
        "looked_at": tested.looked_at,
        "sources": tested.sources,
        "since": tested.since,
        **asdict(backtest),
        "a_week": round(backtest.a_week, 2),
        "examples": [_describe_example(one) for one in find_alerts(tested.found)[:limit]],
        "exclusions": [asdict(each) for each in tested.exclusions],
        "warnings": backtest.warnings,
        "advice": [asdict(one) for one in find_advice(watch)],
        "parts": [asdict(part) for part in tested.parts],
        "looser": [asdict(part) for part in tested.looser],
        "outside": tested.outside,
    }


def _describe_example(one: FoundOne) -> dict[str, Any]:
    told = {key: getattr(one, key) for key in ("id", "published_on", "source", "title", "url", "day")}
    return {**told, "snippet": mark_snippet(one.snippet)}


def _show_test(watch: Watch, tested: Tested, limit: int) -> None:
    backtest = tested.backtest
    since = f", since {tested.since}" if tested.since else ""
    say(f"“{watch.name}”: {watch.describe()}")
    say(f"looked at {tested.looked_at} announcements of {write_number(tested.sources, 'source')}{since}")
    say(
        f"{backtest.found} match: {write_number(backtest.alerts, 'alert')}, about {_write_rate(backtest.a_week)} a week"
    )
    if backtest.found:
        _show_counts(backtest, tested.since)
        _show_examples(find_alerts(tested.found), limit)
    for each in tested.exclusions:
        _show_exclusions(each)
    for warning in backtest.warnings:
        complain(f"warning: {warning}")
    if tested.parts:
        say("\nFound in its scope, part by part")
        _say_indented(f"{part.found:6}  {part.said}" for part in tested.parts)
    if tested.looser:
        say("\nTerms that stand nowhere, written more loosely")
        _say_indented(f"{part.found:6}  {part.said}" for part in tested.looser)
    if tested.outside:
        say(f"\n{write_number(tested.outside, 'announcement')} outside its scope would match")
    for advice in find_advice(watch):
        complain(f"advice: {advice}")


def _show_counts(backtest: Backtest, since: date | None) -> None:
    say("\nAlerts by week")
    most = max(week.alerts for week in backtest.weeks) or 1
    for week in backtest.weeks:
        is_archived = since is not None and since < week.begins_on + WEEK
        count = str(week.alerts) if is_archived else "not archived"
        say(f"  {week.begins_on}  {count:>4}  {'#' * -(-week.alerts * BAR_CHARS // most)}".rstrip())
    if backtest.undated:
        say(f"  no date     {backtest.undated:4}")
    say("\nBy source, in all and a week")
    for share in backtest.by_source:
        say(f"  {share.alerts:5}  {_write_rate(share.a_week):>5}  {share.source}")
    say("\nFound by")
    for term, words in backtest.words.items():
        shown = ", ".join(f"{word} {count}" for word, count in list(words.items())[:MOST_SPELLINGS])
        say(f"  {term}: {shown}{', …' if len(words) > MOST_SPELLINGS else ''}")


def _show_examples(alerts: Sequence[FoundOne], limit: int) -> None:
    say(f"\nExamples, newest first ({min(limit, len(alerts))} of {len(alerts)})")
    for one in alerts[:limit]:
        say(
            f"  {one.published_on or NO_DATE}  {one.title}  ({one.source})\n    {one.url}\n    {mark_snippet(one.snippet)}"
        )


def _show_exclusions(exclusions: Exclusions) -> None:
    if not exclusions.found:
        say(f"\nNothing that matches comes from {exclusions.place}.")
        return
    say(f"\n{exclusions.found} of {exclusions.of} matches come from {exclusions.place}; if you do not want these, add")
    for each in exclusions.suggested:
        without = f"{each.unwanted} fewer of these, {each.wanted} fewer of the others"
        say(f"  none = {write_toml_list([each.term])}    # {without}")
    if not exclusions.suggested:
        say("  nothing: no words set them apart from the others; limit sources or kinds instead")


def _write_rate(a_week: float) -> str:
    return f"{a_week:.0f}" if a_week >= MANY else f"{a_week:.1f}"


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
