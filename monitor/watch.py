"""What a watch is, and the reading of `config/watches.toml`; when what it finds is told is for `due`."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StrictBool

from crawler.codes import check_country, check_language
from crawler.configuration import DECLARED_IN_WORDS, Document, Fault, Problem, build_model, check_line, read_toml
from crawler.source import SourceKind
from monitor.due import Schedule, parse_schedule
from monitor.query import (
    Expression,
    check_term,
    describe,
    is_anything_required,
    keep_to_title,
    read_lists,
    read_query,
    write_query,
)

LISTS = ("any", "all", "none")
SCOPES = ("countries", "kinds", "sources", "languages", "channels")


def _suggest(value: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the nearest of the known words, or nothing."""
    by_small = {word.lower(): word for word in sorted(known)}
    nearest = get_close_matches(value.lower(), by_small, n=1)
    return f"; did you mean {by_small[nearest[0]]!r}?" if nearest else ""


def _kind(value: object) -> object:
    kinds = [str(kind) for kind in SourceKind]
    if value not in kinds:
        raise ValueError(f"expected {', '.join(kinds[:-1])} or {kinds[-1]}{_suggest(str(value), kinds)}")
    return value


def _list(value: object) -> object:
    if not isinstance(value, str):
        return value
    raise ValueError(f'expected a list: ["{value}"]')


def _query(value: str) -> str:
    read_query(value)
    return value


Terms = Annotated[tuple[Annotated[str, AfterValidator(check_term)], ...], BeforeValidator(_list)]
Names = Annotated[tuple[str, ...], BeforeValidator(_list)]
Countries = Annotated[tuple[Annotated[str, AfterValidator(check_country)], ...], BeforeValidator(_list)]
Languages = Annotated[tuple[Annotated[str, AfterValidator(check_language)], ...], BeforeValidator(_list)]
Kinds = Annotated[tuple[Annotated[SourceKind, BeforeValidator(_kind)], ...], BeforeValidator(_list)]


@dataclass(frozen=True, kw_only=True)
class WatchLimits:
    """From when on a watch is dead or noisy."""

    dead_after: timedelta = timedelta(days=90)
    noisy_above: int = 30
    """Alerts on one day."""


class Watch(BaseModel):
    """What somebody wants to hear about, and how: one `[[watch]]` of `config/watches.toml`."""

    model_config = DECLARED_IN_WORDS

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_line)]
    any: Terms = ()
    all: Terms = ()
    none: Terms = ()
    query: Annotated[str, AfterValidator(_query)] | None = None
    countries: Countries = ()
    kinds: Kinds = ()
    sources: Names = ()
    languages: Languages = ()
    title_only: StrictBool = False
    channels: Names = ()
    schedule: Annotated[Schedule, BeforeValidator(parse_schedule)] = Field(default=Schedule(), alias="when")
    urgent: StrictBool = False
    """Breaks through the quiet hours, days off and holidays of its channels."""
    empty: StrictBool = False
    """A digest is sent although nothing was found: it says what was checked."""
    note: str | None = None
    enabled: StrictBool = True

    @cached_property
    def expression(self) -> Expression:
        """What a document has to satisfy; the lists and the query mean the same thing."""
        said = read_query(self.query) if self.query else read_lists(either=self.any, every=self.all, none=self.none)
        return keep_to_title(said) if self.title_only else said

    @property
    def meaning(self) -> str:
        """What decides on a match, in one line: changes when the watch finds something else, and only then."""
        scopes = (
            ("country", self.countries),
            ("kind", self.kinds),
            ("source", self.sources),
            ("language", self.languages),
        )
        limits = [f"{name} {' or '.join(sorted(set(values)))}" for name, values in scopes if values]
        return "; ".join([write_query(self.expression), *limits])

    def describe(self) -> str:
        """What is required, what excludes, where, and in which languages, in plain words."""
        limits = (
            ("from", self.countries),
            ("published by kind", self.kinds),
            ("from the sources", self.sources),
            ("in language", self.languages),
        )
        said = [f"{name} {' or '.join(values)}" for name, values in limits if values]
        return "; ".join([describe(self.expression), *said])


def read_watches(
    path: Path, *, sources: Collection[str], channels: Collection[str] | None
) -> tuple[tuple[Watch, ...], tuple[Fault, ...]]:
    """Every watch declared at `path`, and every fault found (R5, R30); no file means no watches.

    `sources` are the ids, `channels` the names that a watch may mention; None when nobody can tell.
    """
    if not path.exists():
        return (), ()
    document, faults = read_toml(path)
    if document is None:
        return (), faults
    tables = document.values.get("watch", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return (), (document.fault(Problem(path=("watch",), message="expected [[watch]], with two brackets")),)
    problems = [Problem(path=(key,), message="unknown key") for key in document.values if key != "watch"]
    problems += _find_repeated_names(tables)
    watches = []
    found = [document.fault(problem) for problem in problems]
    for number, table in enumerate(tables):
        watch, wrong = _read_watch(document, number, table, sources=sources, channels=channels)
        found += wrong
        watches += [watch] if watch else []
    return tuple(watches), tuple(sorted(found, key=lambda fault: fault.line or 0))


def _read_watch(
    document: Document,
    number: int,
    table: Mapping[str, Any],
    *,
    sources: Collection[str],
    channels: Collection[str] | None,
) -> tuple[Watch | None, list[Fault]]:
    watch, faults = build_model(Watch, document, table, at=("watch", number))
    problems = [
        *_find_shape_problems(table),
        *_find_delivery_problems(watch),
        *_find_unknown("sources", "source", table, sources),
        *(() if channels is None else _find_unknown("channels", "channel", table, channels)),
    ]
    wrong = [document.fault(Problem(path=("watch", number, *each.path), message=each.message)) for each in problems]
    return (None if wrong else watch), [*faults, *wrong]


def _find_shape_problems(table: Mapping[str, Any]) -> Iterator[Problem]:
    """What no single key shows: empty lists, lists beside a query, nothing that is required."""
    for key in (*LISTS, *SCOPES):
        if table.get(key) == []:
            yield Problem(path=(key,), message="expected at least one entry; leave the key out if nothing is meant")
    lists = [key for key in LISTS if key in table]
    if "query" in table and lists:
        yield Problem(path=("query",), message=f"expected either query or the lists, not both ({', '.join(lists)})")
    elif "query" not in table and not lists:
        yield Problem(path=(), message="expected any, all or query: what to look for")
    elif lists == ["none"]:
        yield Problem(path=("none",), message="nothing is required: expected any or all beside none")
    elif "query" in table and not _is_anything_required(table["query"]):
        yield Problem(path=("query",), message="nothing is required: almost every announcement would match")


def _is_anything_required(query: object) -> bool:
    """Also of a query that cannot be read: that is a fault of another kind."""
    try:
        return not isinstance(query, str) or is_anything_required(read_query(query))
    except ValueError:
        return True


def _find_delivery_problems(watch: Watch | None) -> Iterator[Problem]:
    if watch and watch.empty and watch.schedule.is_at_once:
        yield Problem(path=("empty",), message='an empty digest needs a time: set when = "daily 08:00" or the like')
    elif watch and watch.empty and not watch.channels:
        yield Problem(path=("empty",), message="an empty digest needs channels to go to")


def _find_unknown(key: str, thing: str, table: Mapping[str, Any], known: Collection[str]) -> Iterator[Problem]:
    values = table.get(key)
    for number, value in enumerate(values if isinstance(values, list) else []):
        if isinstance(value, str) and value not in known:
            yield Problem(path=(key, number), message=f"there is no {thing} {value!r}{_suggest(value, known)}")


def _find_repeated_names(tables: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, table in enumerate(tables):
        name = " ".join(str(table.get("name", "")).split()).casefold()
        if name and name in seen:
            message = f"watch[{seen[name] + 1}] has the same name: each needs its own"
            yield Problem(path=("watch", number, "name"), message=message)
        seen.setdefault(name, number)
