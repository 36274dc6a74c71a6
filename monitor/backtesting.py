"""Tries a watch on the archive: joins the matcher that alerts with what `backtest` and `exclusions` make of its catch."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlite_utils import Database

from monitor.archive.search import count_days, find_documents
from monitor.backtest import Backtest, FoundOne, find_day, find_loud, is_of, run_backtest
from monitor.clock import read_day
from monitor.exclusions import Suggestion, suggest_exclusions
from monitor.match import Document, Found, Where, find_scope_fault, make_snippet, matches
from monitor.matching import read_document
from monitor.query import Every, Expression, InTitle, Refused, Term, describe, find_terms, require_every
from monitor.watch import Watch

READ_CHARS = 2000
SHORTEST_BEGINNING = 4
SCOPES: dict[str, tuple[str, ...]] = {"countries": (), "kinds": (), "sources": (), "languages": ()}


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    """What to exclude if what comes from `place` is not wanted; `found` is how much that is, of `of` in all."""

    place: str
    found: int
    of: int
    suggested: tuple[Suggestion, ...]


@dataclass(frozen=True, kw_only=True)
class PartFound:
    """A part of a condition in plain words, and in how many announcements it holds."""

    said: str
    found: int


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A watch tried on the archive."""

    looked_at: int
    """Announcements in its scope, whatever they say."""
    sources: int
    since: date | None
    found: tuple[FoundOne, ...]
    backtest: Backtest
    exclusions: tuple[Exclusions, ...]
    parts: tuple[PartFound, ...]
    """Where nothing is found: how much each part of the condition finds by itself."""
    looser: tuple[PartFound, ...]
    """Where nothing is found: what terms that stand nowhere would find if they were written more loosely."""
    outside: int
    """Where nothing is found: how much would be, but for the scope."""


def try_watch(database: Database, watch: Watch, *, today: date, weeks: int, unwanted: Sequence[str] = ()) -> Tested:
    """What `watch` would have sent, whether it is switched on or not.

    `unwanted` names sources, sections or beginnings of addresses of which its reader wants nothing.
    """
    rows = [row for row in count_days(database) if not find_scope_fault(watch, _read_scope(row))]
    days = _read_days(rows)
    found = tuple(_find(database, watch))
    return Tested(
        looked_at=sum(row["announcements"] for row in rows),
        sources=len({row["source"] for row in rows}),
        since=min((day for known in days.values() for day in known), default=None),
        found=found,
        backtest=run_backtest(found, days, today=today, weeks=weeks),
        exclusions=tuple(_suggest(found, unwanted)),
        parts=() if found else tuple(_count_parts(database, watch)),
        looser=() if found else tuple(_try_looser(database, watch)),
        outside=0 if found else _count(database, watch.model_copy(update=SCOPES), watch.expression),
    )


def _read_scope(row: Mapping[str, Any]) -> Document:
    """A source as the scopes of a watch see it; in which language an announcement is, it alone knows."""
    return Document(
        title="", text=None, summary=None, source=row["source"], country=row["country"], kind=row["kind"], language=None
    )


def _read_days(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[date, int]]:
    days: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        if row["day"]:
            days[row["source"]][date.fromisoformat(row["day"])] = row["announcements"]
    return days


def _find(database: Database, watch: Watch) -> Iterator[FoundOne]:
    for row in find_documents(database, watch.expression):
        document = read_document(row)
        found = None if find_scope_fault(watch, document) else matches(watch.expression, document)
        if found:
            yield _write_found(row, document, found)


def _write_found(row: Mapping[str, Any], document: Document, found: Found) -> FoundOne:
    first_seen_on = date.fromisoformat(row["first_seen_at"][:10])
    published_on = read_day(row["published_on"])
    snippet = make_snippet(document, found)
    return FoundOne(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        title=row["title"],
        story=row["story_id"],
        day=find_day(published_on=published_on, first_seen_on=first_seen_on, is_baseline=bool(row["baseline"])),
        published_on=row["published_on"],
        snippet=snippet.parts,
        words=tuple(_find_words(document, found)),
        text=f"{row['title']}\n{document.body[:READ_CHARS]}",
    )


def _find_words(document: Document, found: Found) -> set[tuple[str, str]]:
    """Each term with the words that it was found by; capitals are shown where the term has some."""
    words = set()
    for hit in found.hits:
        text = document.title if hit.where is Where.TITLE else document.body
        word = " ".join(text[hit.start : hit.end].split())
        words.add((hit.term, word.lower() if hit.term.islower() else word))
    return words


def _suggest(found: Sequence[FoundOne], unwanted: Sequence[str]) -> Iterator[Exclusions]:
    loud = () if unwanted else find_loud(found)
    for place in (*unwanted, *loud):
        bad = [one.text for one in found if is_of(one, place)]
        good = [one.text for one in found if not any(is_of(one, each) for each in (place, *unwanted))]
        suggested = suggest_exclusions(bad, good) if bad and good else ()
        if not suggested and place not in unwanted:
            continue
        yield Exclusions(place=place, found=len(bad), of=len(found), suggested=suggested)


def _count_parts(database: Database, watch: Watch) -> Iterator[PartFound]:
    parts = _read_parts(watch.expression)
    for part in parts if len(parts) > 1 else ():
        yield PartFound(said=describe(part), found=_count(database, watch, part))


def _try_looser(database: Database, watch: Watch) -> Iterator[PartFound]:
    for term in dict.fromkeys(find_terms(watch.expression)):
        if _count(database, watch, term):
            continue
        for looser in _loosen(term.written):
            if found := _count(database, watch, looser):
                yield PartFound(said=f"{describe(looser)} in place of {describe(term)}", found=found)


def _loosen(term: str) -> Iterator[Expression]:
    """In small letters too; its words apart from one another; any ending."""
    if term.isupper():
        yield Term(term.lower())
    words = term.split()
    if len(words) > 1:
        yield require_every(map(Term, words))
    elif term.isalpha() and not term.isupper() and len(term) >= SHORTEST_BEGINNING:
        yield Term(f"{term}*")


def _read_parts(expression: Expression) -> tuple[Expression, ...]:
    said = expression.part if isinstance(expression, InTitle) else expression
    parts = said.parts if isinstance(said, Every) else (said,)
    return tuple(part for part in parts if not isinstance(part, Refused) and any(find_terms(part)))


def _count(database: Database, watch: Watch, expression: Expression) -> int:
    documents = (read_document(row) for row in find_documents(database, expression))
    return sum(
        matches(expression, document) is not None for document in documents if not find_scope_fault(watch, document)
    )
