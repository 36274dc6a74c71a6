"""Which watches an announcement concerns, and why: values in, values out.

Alerts, search and the preview of a watch all judge by `matches`; the index over the watches only saves asking in vain.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import chain, groupby
from typing import NamedTuple

from monitor.query import Either, Every, Expression, InTitle, Near, Refused, Term, describe
from monitor.sentences import ELLIPSIS, Sentences
from monitor.watch import Watch
from monitor.words import Span, TermWords, Words, read_term

SNIPPET_CHARS = 300

_SPACES = re.compile(r"\s+")


class Where(StrEnum):
    """The part of an announcement in which a term was found."""

    TITLE = "title"
    TEXT = "text"

    __hash__ = str.__hash__  # that of an enumeration is a function of Python, and places are looked up all the time


@dataclass(frozen=True, kw_only=True)
class Document:
    """What the matcher sees of an announcement: its title, and its text or (while that is missing) its summary."""

    title: str
    text: str | None
    summary: str | None
    source: str
    country: str
    kind: str
    language: str | None

    @property
    def body(self) -> str:
        return self.text or self.summary or ""


class Hit(NamedTuple):
    """A term as the watch has it, and where it stands: offsets into the title or the text."""

    term: str
    where: Where
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """That a document matches, and by which words."""

    hits: tuple[Hit, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that were found, as they are written in the watch, each once."""
        return tuple(dict.fromkeys(hit.term for hit in self.hits))


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A sentence with the words found, as parts (text, is it one of them) that each channel escapes by itself."""

    where: Where
    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.parts)


@dataclass(frozen=True, kw_only=True)
class Match:
    """One watch that a document concerns, and why."""

    watch: str
    terms: tuple[str, ...]
    snippet: Snippet


@dataclass(frozen=True, kw_only=True)
class IndexTerms:
    """What the full-text index holds of a document: folded words, and what finds compounds and beginnings of words."""

    title: str
    body: str
    compounds: str


# An announcement is indexed, matched and shown in one go: the same two texts are asked for again and again.
read_words = lru_cache(maxsize=8)(Words)


class Reading:
    """A document, each of whose terms is looked for once however many watches ask."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._words = {Where.TITLE: read_words(document.title), Where.TEXT: read_words(document.body)}
        self._found: dict[tuple[Where, str], tuple[Span, ...]] = {}

    @cached_property
    def stems(self) -> frozenset[str]:
        return self._words[Where.TITLE].stems | self._words[Where.TEXT].stems

    @cached_property
    def plains(self) -> frozenset[str]:
        return self._words[Where.TITLE].plains | self._words[Where.TEXT].plains

    def find(self, where: Where, term: str) -> tuple[Span, ...]:
        known = self._found.get((where, term))
        if known is None:
            known = self._words[where].find(read_term(term), language=self.document.language)
            self._found[where, term] = known
        return known

    def has(self, term: str) -> bool:
        return any(self.find(where, term) for where in ANYWHERE)

    def describe_hit(self, where: Where, term: str, span: Span) -> Hit:
        start, end = self._words[where].locate(span)
        return Hit(term=term, where=where, start=start, end=end)


Spot = tuple[Where, str, Span]
ANYWHERE = (Where.TITLE, Where.TEXT)


def matches(expression: Expression, document: Document) -> Found | None:
    """Whether `document` satisfies `expression`, and by which words; scopes such as countries are not looked at."""
    return _judge(expression, Reading(document))


def _judge(expression: Expression, reading: Reading) -> Found | None:
    spots = _evaluate(expression, reading, ANYWHERE)
    if spots is None:
        return None
    return Found(hits=tuple(reading.describe_hit(*spot) for spot in dict.fromkeys(spots)))


def _evaluate(expression: Expression, reading: Reading, places: tuple[Where, ...]) -> list[Spot] | None:
    """The words by which the expression holds (none, where it holds for what is absent), or None if it does not."""
    match expression:
        case Term(written):
            return [(where, written, span) for where in places for span in reading.find(where, written)] or None
        case Near():
            return [spot for where in places for spot in _find_near(expression, reading, where)] or None
        case InTitle(part):
            return _evaluate(part, reading, (Where.TITLE,))
        case Refused(part):
            return [] if _evaluate(part, reading, places) is None else None
        case Every(parts):
            return _evaluate_every(parts, reading, places)
        case Either(parts):
            found = [spots for part in parts if (spots := _evaluate(part, reading, places)) is not None]
            return [spot for spots in found for spot in spots] if found else None


def _evaluate_every(parts: Sequence[Expression], reading: Reading, places: tuple[Where, ...]) -> list[Spot] | None:
    found: list[Spot] = []
    for part in parts:
        spots = _evaluate(part, reading, places)
        if spots is None:
            return None
        found += spots
    return found


def _find_near(near: Near, reading: Reading, where: Where) -> Iterator[Spot]:
    """The terms of both sides that have one of the other side near enough; words that overlap are not near."""
    these = _find_side(near.these, reading, where)
    those = _find_side(near.those, reading, where)
    if these and those:
        yield from _keep_near(these, those, near.words)
        yield from _keep_near(those, these, near.words)


def _find_side(terms: Sequence[Term], reading: Reading, where: Where) -> list[Spot]:
    return [(where, term.written, span) for term in terms for span in reading.find(where, term.written)]


def _keep_near(spots: Iterable[Spot], others: Iterable[Spot], words: int) -> Iterator[Spot]:
    firsts = sorted(span.first for _, _, span in others)
    lasts = sorted(span.last for _, _, span in others)
    for spot in spots:
        first, last = spot[2]
        is_before = bisect_right(firsts, last + words + 1) > bisect_right(firsts, last)
        is_behind = bisect_right(lasts, first - 1) > bisect_right(lasts, first - words - 2)
        if is_before or is_behind:
            yield spot


def find_match(watch: Watch, document: Document) -> Match | None:
    """The match of one watch, scopes included, or None; the same as `WatchIndex` gives."""
    return _match(watch, Reading(document))


def _match(watch: Watch, reading: Reading) -> Match | None:
    if not watch.enabled or find_scope_fault(watch, reading.document):
        return None
    found = _judge(watch.expression, reading)
    return Match(watch=watch.name, terms=found.terms, snippet=make_snippet(reading.document, found)) if found else None


def find_scope_fault(watch: Watch, document: Document) -> str | None:
    """Why the watch does not look at the document at all, in plain words; None if it does.

    A document whose language nobody knows is looked at: an alert too many is better than one lost.
    """
    scopes = (
        ("country", document.country, watch.countries),
        ("kind", document.kind, watch.kinds),
        ("source", document.source, watch.sources),
    )
    for name, value, wanted in scopes:
        if wanted and value not in wanted:
            return f"{name} {value} is not {_join_or(wanted)}"
    language = document.language
    if watch.languages and language and not any(is_language(language, wanted) for wanted in watch.languages):
        return f"language {language} is not {_join_or(watch.languages)}"
    return None


def is_language(language: str, wanted: str) -> bool:
    """Whether `language` is the wanted one or a variety of it: fr-CA is fr."""
    return f"{language.lower().replace('_', '-')}-".startswith(f"{wanted.lower()}-")


def _join_or(items: Iterable[object]) -> str:
    *most, last = map(str, items)
    return f"{', '.join(most)} or {last}" if most else last


class WatchIndex:
    """Watches by the words that they cannot do without, so that a document only meets those it may concern."""

    def __init__(self, watches: Iterable[Watch]) -> None:
        self._watches = [watch for watch in watches if watch.enabled]
        self._watches_by_term: dict[str, list[int]] = defaultdict(list)
        # with each term what else its run needs: comparing that is far cheaper than reading the term
        self._terms_by_stem: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._terms_by_beginning: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        self._unanchored: list[int] = []
        for number, watch in enumerate(self._watches):
            self._add(number, find_anchors(watch.expression))
        self._beginning_lengths = sorted({len(beginning) for beginning in self._terms_by_beginning})

    def match(self, document: Document) -> tuple[Match, ...]:
        """Every watch that the document concerns, in the order in which they were given."""
        reading = Reading(document)
        candidates = set(self._unanchored)
        for term in self._find_possible_terms(reading):
            if reading.has(term):
                candidates.update(self._watches_by_term[term])
        found = (_match(self._watches[number], reading) for number in sorted(candidates))
        return tuple(match for match in found if match)

    def _add(self, number: int, anchors: frozenset[str] | None) -> None:
        if anchors is None:
            self._unanchored.append(number)
            return
        for term in sorted(anchors):
            if term not in self._watches_by_term:
                self._file_term(read_term(term))
            self._watches_by_term[term].append(number)

    def _file_term(self, term: TermWords) -> None:
        """Under one word of each of its runs: the one under which fewest terms are filed, then the longest."""
        for run in term.runs:
            shelves = [self._terms_by_beginning if pattern.is_prefix else self._terms_by_stem for pattern in run]
            crowds = [
                len(shelf[pattern.key]) if pattern.key in shelf else 0
                for shelf, pattern in zip(shelves, run, strict=True)
            ]
            best = min(range(len(run)), key=lambda at: (run[at].is_prefix, crowds[at], -len(run[at].key)))
            rest = tuple(pattern.key for at, pattern in enumerate(run) if at != best and not pattern.is_prefix)
            shelves[best][run[best].key].append((term.written, rest))

    def _find_possible_terms(self, reading: Reading) -> set[str]:
        stems = reading.stems
        filed = [self._terms_by_stem[stem] for stem in stems & self._terms_by_stem.keys()]
        if self._beginning_lengths:
            filed += [self._terms_by_beginning[beginning] for beginning in self._find_beginnings(reading)]
        return {term for shelf in filed for term, rest in shelf if stems.issuperset(rest)}

    def _find_beginnings(self, reading: Reading) -> set[str]:
        beginnings = {plain[:length] for plain in reading.plains for length in self._beginning_lengths}
        return beginnings & self._terms_by_beginning.keys()


def find_anchors(expression: Expression) -> frozenset[str] | None:
    """Terms, few and rare, of which a document must have at least one to match; None if there are none."""
    match expression:
        case Term(written):
            return frozenset({written})
        case Near(these, those):
            return min((frozenset(term.written for term in side) for side in (these, those)), key=_rate_commonness)
        case InTitle(part):
            return find_anchors(part)
        case Every(parts):
            known = [anchors for part in parts if (anchors := find_anchors(part)) is not None]
            return min(known, key=_rate_commonness) if known else None
        case Either(parts):
            each = [find_anchors(part) for part in parts]
            return frozenset().union(*(anchors for anchors in each if anchors)) if None not in each else None
    return None


def _rate_commonness(terms: frozenset[str]) -> float:
    """A guess at how often one of the terms turns up: long terms are rare."""
    return sum(2.0 ** -min(len(term), 40) for term in terms)


def explain_match(watch: Watch, document: Document) -> str:
    """In plain words, why the document matches the watch or why it does not."""
    if not watch.enabled:
        return "no: the watch is switched off (enabled = false)"
    if fault := find_scope_fault(watch, document):
        return f"out of scope: {fault}"
    reading = Reading(document)
    found = _judge(watch.expression, reading)
    if found is None:
        return _explain_failure(watch.expression, reading)
    places = {term: [hit.where for hit in found.hits if hit.term == term] for term in found.terms}
    said = [f'"{term}" in the {" and ".join(dict.fromkeys(where))}' for term, where in places.items()]
    return f"yes: found {_join_and(said)}" if said else f"yes: {describe(watch.expression)}"


def _explain_failure(expression: Expression, reading: Reading) -> str:
    needs, excluded = _find_failures(expression, reading, ANYWHERE)
    said = ([f"excluded by {_join_and(excluded)}"] if excluded else []) + [f"needs {need}" for need in needs]
    return "; ".join(said) if excluded else f"no: {'; '.join(said)}"


def _find_failures(expression: Expression, reading: Reading, places: tuple[Where, ...]) -> tuple[list[str], list[str]]:
    """What is needed and was not found, and what was found and excludes."""
    spots = _evaluate(expression, reading, places)
    if spots is not None:
        return [], []
    match expression:
        case Every(parts):
            failures = [_find_failures(part, reading, places) for part in parts]
            return [need for needs, _ in failures for need in needs], [word for _, words in failures for word in words]
        case Refused(part):
            return [], [_name_found(part, reading, places)]
        case InTitle(part) if not isinstance(part, Every | Refused):
            elsewhere = _evaluate(part, reading, (Where.TEXT,)) is not None
            return [f"{describe(part)} in the title{' (it is in the text)' if elsewhere else ''}"], []
        case InTitle(part):
            return _find_failures(part, reading, (Where.TITLE,))
    return [f"{describe(expression)}{_hint(expression, reading)}"], []


def _name_found(part: Expression, reading: Reading, places: tuple[Where, ...]) -> str:
    spots = _evaluate(part, reading, places) or []
    words = dict.fromkeys(f'"{term}" in the {where}' for where, term, _ in spots)
    return _join_and(list(words)) or describe(part)


def _hint(expression: Expression, reading: Reading) -> str:
    """That a term in capitals is there after all, in small letters."""
    if isinstance(expression, Term) and expression.written.isupper() and reading.has(expression.written.lower()):
        return ", and it is there in small letters only"
    return ""


def _join_and(items: Sequence[str]) -> str:
    *most, last = items or [""]
    return f"{', '.join(most)} and {last}" if most else last


def make_snippet(document: Document, found: Found) -> Snippet:
    """The sentence that holds most of the terms found, of the text rather than the title, at most 300 characters."""
    if not found.hits:
        where = Where.TEXT if document.body.strip() else Where.TITLE
        text = _read_part(document, where)
        start, end = Sentences(text).find(len(text) - len(text.lstrip())) if text.strip() else (0, 0)
        return Snippet(where=where, parts=_cut(text, start, end, ()))
    where, start, end = _choose_sentence(document, found)
    inside = [hit for hit in found.hits if hit.where is where and start <= hit.start and hit.end <= end]
    return Snippet(where=where, parts=_cut(_read_part(document, where), start, end, inside))


def _read_part(document: Document, where: Where) -> str:
    return document.title if where is Where.TITLE else document.body


def _choose_sentence(document: Document, found: Found) -> tuple[Where, int, int]:
    """Where, and from which offset to which; a hit that runs over the end of its sentence takes the next with it."""
    best: tuple[int, Where, int, int] | None = None
    for where in (Where.TEXT, Where.TITLE):
        sentences = Sentences(_read_part(document, where))
        terms: dict[int, set[str]] = defaultdict(set)
        ends: dict[int, int] = {}
        for hit in found.hits:
            if hit.where is where:
                start, end = sentences.find(hit.start)
                last = end if hit.end <= end else sentences.find(hit.end - 1)[1]
                terms[start].add(hit.term)
                ends[start] = max(ends.get(start, 0), last)
        for start in sorted(terms):
            if best is None or len(terms[start]) > best[0]:
                best = (len(terms[start]), where, start, ends[start])
    assert best is not None, "there are hits"
    return best[1:]


def _cut(text: str, start: int, end: int, hits: Sequence[Hit]) -> tuple[tuple[str, bool], ...]:
    """The stretch of text with the hits marked, shortened to the words around most of them."""
    marks = _merge((hit.start, hit.end) for hit in hits)
    left, right = start, end
    if end - start > SNIPPET_CHARS:
        left, right = _choose_window(text, start, end, marks)
    parts = [(ELLIPSIS, False)] if left > start else []
    at = left
    for first, last in marks:
        if left <= first < right:
            parts += [(text[at:first], False), (text[first : min(last, right)], True)]
            at = min(last, right)
    parts.append((text[at:right], False))
    parts += [(ELLIPSIS, False)] if right < end else []
    return tuple(_tidy(parts))


def _merge(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _choose_window(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The stretch with the most marks in it, a third of what is left over before the first, cut between words."""
    room = SNIPPET_CHARS - 2 * len(ELLIPSIS)
    ends = [last for _, last in marks]
    counts = [bisect_right(ends, first + room) - number for number, (first, _) in enumerate(marks)]
    at = max(range(len(marks)), key=lambda number: counts[number], default=None)
    first, last = marks[at] if at is not None else (start, start)
    if at is not None:
        last = max(last, marks[at + max(counts[at] - 1, 0)][1])
    left = max(start, min(first - max(room - (last - first), 0) // 3, end - room))
    right = min(end, left + room)
    if left > start:
        space = _SPACES.search(text, left, max(first, left))
        left = space.end() if space else left
    if right < end:
        behind = text.rfind(" ", max(min(last, right), left + 1), right)
        right = behind if behind > 0 else right
    return left, right


def _tidy(parts: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Neighbours that are marked alike in one, spaces of every kind as one space."""
    for is_marked, run in groupby(parts, key=lambda part: part[1]):
        text = _SPACES.sub(" ", "".join(each for each, _ in run))
        if text:
            yield text, is_marked


def index_terms(*, title: str, text: str | None, summary: str | None) -> IndexTerms:
    """What to put into the full-text index for a document, so that `query.candidate_query` finds it there.

    Words are in folded form, each character of a script without spaces by itself. The beginnings of words are kept
    beside the compounds, since a stemming tokenizer cuts prefixes differently from the words that they begin.
    """
    parts = (read_words(title), read_words(text or summary or ""))
    beginnings = dict.fromkeys(chain.from_iterable(words.beginnings for words in parts))
    compounds = chain.from_iterable(words.compounds for words in parts)
    return IndexTerms(
        title=parts[0].stream,
        body=parts[1].stream,
        compounds=" ".join([*compounds, *beginnings]),
    )
