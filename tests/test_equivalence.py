"""Alerts, `search`, `watch test` and the index over the watches find the same: what a plain reference finds.

The reference knows the words of a small language by heart and nothing of how ours are read, indexed or looked up.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from monitor.archive.announcements import find_announcement_row
from monitor.archive.connection import open_archive
from monitor.archive.sources import register_sources
from monitor.backtesting import try_watch
from monitor.cli.asking import find_matching
from monitor.match import find_match
from monitor.matching import match_announcement, prepare_matching, read_document
from monitor.query import (
    Either,
    Every,
    Expression,
    InTitle,
    Near,
    Refused,
    Term,
    require_either,
    require_every,
    write_query,
)
from monitor.watch import Watch
from tests.archives import NOW, make_source


class Word(NamedTuple):
    """A word of a text as it is looked for: in small letters, in the singular, and in capitals where it has them."""

    small: str
    singular: str
    capitals: str = ""
    is_acronym: bool = False
    is_glued: bool = False


class Pattern(NamedTuple):
    """What a word of a term asks for: a singular or a beginning, capitals, being an acronym, standing close."""

    key: str
    is_beginning: bool = False
    capitals: str = ""
    is_acronym: bool = False
    is_glued: bool = False


POLICY, POLICIES = Word("policy", "policy"), Word("policies", "policy")
GDS, SMALL_GDS = Word("gds", "gds", "GDS", True), Word("gds", "gds")
GOVERNMENT, DIGITAL = Word("government", "government"), Word("digital", "digital")
EGOVERNMENT, COOPERATION = Word("egovernment", "egovernment"), Word("cooperation", "cooperation")
# piece of a text -> its words, and what they are together where they may be written as one
PIECES: dict[str, tuple[tuple[Word, ...], Word | None]] = {
    "policy": ((POLICY,), None),
    "Policies": ((POLICIES,), None),
    "policymakers": ((Word("policymakers", "policymaker"),), None),
    "POLICY": ((Word("policy", "policy", "POLICY", True),), None),
    "digital": ((DIGITAL,), None),
    "digitally": ((Word("digitally", "digitally"),), None),
    "GDS": ((GDS,), None),
    "gds": ((SMALL_GDS,), None),
    "G.D.S.": ((GDS,), None),
    "GDSs": ((Word("gdss", "gds", "GDS", True),), None),
    "MoU": ((Word("mou", "mou", "", True),), None),
    "mou": ((Word("mou", "mou"),), None),
    "MOUs": ((Word("mous", "mou", "MOU", True),), None),
    "government's": ((GOVERNMENT,), None),
    "egovernment": ((EGOVERNMENT,), None),
    "e-government": ((Word("e", "e"), GOVERNMENT._replace(is_glued=False)), EGOVERNMENT),
    "co-operation": ((Word("co", "co"), Word("operation", "operation")), COOPERATION),
    "Coopération": ((COOPERATION,), None),
    "journaux": ((Word("journaux", "journal"),), None),
    "数字政府": (tuple(Word(each, each, "", False, number > 0) for number, each in enumerate("数字政府")), None),
    "政府": ((Word("政", "政"), Word("府", "府", "", False, True)), None),
    "政": ((Word("政", "政"),), None),
    "府": ((Word("府", "府"),), None),
    ".": ((), None),
    "—": ((), None),
}
# term -> the ways in which it may be written, each word by word
TERMS: dict[str, tuple[tuple[Pattern, ...], ...]] = {
    "policy": ((Pattern("policy"),),),
    "policies": ((Pattern("policy"),),),
    "POLICY": ((Pattern("policy", capitals="POLICY"),),),
    "polic*": ((Pattern("polic", is_beginning=True),),),
    "digit*": ((Pattern("digit", is_beginning=True),),),
    "digital policy": ((Pattern("digital"), Pattern("policy")),),
    "GDS": ((Pattern("gds", capitals="GDS"),),),
    "gds policy": ((Pattern("gds"), Pattern("policy")),),
    "MoU": ((Pattern("mou", is_acronym=True),),),
    "government": ((Pattern("government"),),),
    "e-government": ((Pattern("e"), Pattern("government")), (Pattern("egovernment"),)),
    "egov*": ((Pattern("egov", is_beginning=True),),),
    "cooperation": ((Pattern("cooperation"),),),
    "journal": ((Pattern("journal"),),),
    "政府": ((Pattern("政"), Pattern("府", is_glued=True)),),
}  # fmt: skip

Span = tuple[int, int]


class Sample(NamedTuple):
    """An announcement in pieces."""

    title: tuple[str, ...]
    text: tuple[str, ...]
    country: str
    language: str | None


def find_term(pieces: Sequence[str], term: str, *, is_french: bool) -> set[Span]:
    """Where the term stands, as the first and last of its words."""
    arcs: list[tuple[int, int, Word]] = []
    count = 0
    for piece in pieces:
        words, whole = PIECES[piece]
        arcs += [(count + number, count + number, word) for number, word in enumerate(words)]
        if whole:
            arcs.append((count, count + len(words) - 1, whole))
        count += len(words)
    return {
        span for way in TERMS[term] for first in range(count) for span in _follow(arcs, first, first, way, is_french)
    }


def _follow(
    arcs: Sequence[tuple[int, int, Word]], begin: int, at: int, way: Sequence[Pattern], is_french: bool
) -> Iterator[Span]:
    if not way:
        yield begin, at - 1
        return
    for first, last, word in arcs:
        if first == at and is_asked(word, way[0], is_french=is_french):
            yield from _follow(arcs, begin, last + 1, way[1:], is_french)


def is_asked(word: Word, pattern: Pattern, *, is_french: bool) -> bool:
    is_key = word.small.startswith(pattern.key) if pattern.is_beginning else word.singular == pattern.key
    is_written = not pattern.capitals or word.capitals == pattern.capitals
    is_spelt = not (pattern.is_acronym and is_french) or word.is_acronym
    return is_key and is_written and is_spelt and (word.is_glued or not pattern.is_glued)


def holds(expression: Expression, sample: Sample, places: Sequence[Sequence[str]]) -> bool:
    is_french = (sample.language or "").startswith("fr")
    match expression:
        case Term(written):
            return any(find_term(pieces, written, is_french=is_french) for pieces in places)
        case Near(these, those, words):
            return any(
                is_near(one, other, words)
                for pieces in places
                for this in these
                for that in those
                for one in find_term(pieces, this.written, is_french=is_french)
                for other in find_term(pieces, that.written, is_french=is_french)
            )
        case InTitle(part):
            return holds(part, sample, places[:1])
        case Refused(part):
            return not holds(part, sample, places)
        case Every(parts):
            return all(holds(part, sample, places) for part in parts)
        case Either(parts):
            return any(holds(part, sample, places) for part in parts)


def is_near(one: Span, other: Span, words: int) -> bool:
    return any(0 <= behind[0] - before[1] - 1 <= words for before, behind in ((one, other), (other, one)))


def is_wanted(watch: Watch, sample: Sample) -> bool:
    is_there = not watch.countries or sample.country in watch.countries
    is_said = not (watch.languages and sample.language) or sample.language in watch.languages
    return is_there and is_said and holds(watch.expression, sample, (sample.title, sample.text))


SAMPLES = st.builds(
    Sample,
    title=st.lists(st.sampled_from(list(PIECES)), max_size=3).map(tuple),
    text=st.lists(st.sampled_from(list(PIECES)), max_size=8).map(tuple),
    country=st.sampled_from(["GB", "CA"]),
    language=st.sampled_from(["en", "fr", None]),
)
PLAIN = st.sampled_from(list(TERMS)).map(Term)
LEAVES = PLAIN | st.builds(lambda one, other, words: Near((one,), (other,), words), PLAIN, PLAIN, st.integers(0, 3))
EXPRESSIONS: st.SearchStrategy[Expression] = LEAVES | st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(require_every)
        | st.lists(inner, min_size=2, max_size=3).map(require_either)
        | inner.map(Refused)
        | inner.map(InTitle)
    ),
    max_leaves=5,
)
SCOPES = {
    "countries": st.sampled_from([(), ("GB",)]),
    "languages": st.sampled_from([(), ("en",)]),
    "title_only": st.booleans(),
}
WATCHES = st.builds(lambda said, **scopes: Watch(name="w", query=write_query(said), **scopes), EXPRESSIONS, **SCOPES)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = open_archive(tmp_path_factory.mktemp("equivalence") / "a.db")
    register_sources(made, [make_source("GB"), make_source("CA", country="CA")])
    yield made
    made.close()


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SAMPLES, min_size=4, max_size=8), st.lists(WATCHES, min_size=4, max_size=8))
@example([Sample((), ("政", "府"), "GB", None)], [Watch(name="w", query="政府")])
@example([Sample((), ("mou",), "GB", "fr")], [Watch(name="w", query="MoU")])
def test_every_way_of_asking_finds_what_the_reference_finds(
    database: Database, samples: list[Sample], drawn: list[Watch]
) -> None:
    watches = [watch.model_copy(update={"name": f"w{number}"}) for number, watch in enumerate(drawn)]
    wanted = {
        (watch.name, number) for watch in watches for number, one in enumerate(samples, 1) if is_wanted(watch, one)
    }
    database.execute("BEGIN")
    try:
        file(database, samples, watches)

        assert set(ask_one_by_one(database, samples, watches)) == wanted
        assert set(read_filed(database)) == wanted
        assert set(ask_by_test(database, watches)) == wanted
        assert set(ask_by_search(database, samples, watches)) == wanted
    finally:
        database.execute("ROLLBACK")


def file(database: Database, samples: Iterable[Sample], watches: Sequence[Watch]) -> None:
    """Archives the samples as intake would, and matches them as they come in."""
    matching = prepare_matching(watches, ())
    for number, sample in enumerate(samples, 1):
        title, text = " ".join(sample.title), " ".join(sample.text)
        database.execute("INSERT INTO story (id, title, first_seen_at) VALUES (?, ?, '2026')", [number, title])
        database.execute(
            "INSERT INTO announcement (id, source, story_id, url, title, title_key, language, first_seen_at, version,"
            " text_state, state, baseline, row) VALUES (?, ?, ?, '', ?, '', ?, '2026-03-02', 1, 'page', 'current', 0, '')",
            [number, sample.country, number, title, sample.language],
        )
        database.execute("INSERT INTO version VALUES (?, 1, '2026', ?, ?, NULL)", [number, title, text])
        match_announcement(database, matching, number, baseline=False, at=NOW)


def read_filed(database: Database) -> Iterator[tuple[str, int]]:
    """What alerts come of: found by the index over the watches, and written down."""
    return ((row["watch"], row["announcement_id"]) for row in database.query("SELECT * FROM matches"))


def ask_one_by_one(
    database: Database, samples: Sequence[Sample], watches: Iterable[Watch]
) -> Iterator[tuple[str, int]]:
    for number in range(1, len(samples) + 1):
        document = read_document(find_announcement_row(database, number))
        yield from ((watch.name, number) for watch in watches if find_match(watch, document))


def ask_by_test(database: Database, watches: Iterable[Watch]) -> Iterator[tuple[str, int]]:
    for watch in watches:
        found = try_watch(database, watch, today=NOW.date(), weeks=1).found
        yield from ((watch.name, one.id) for one in found)


def ask_by_search(database: Database, samples: Sequence[Sample], watches: Iterable[Watch]) -> Iterator[tuple[str, int]]:
    """`search` knows no scopes: what is out of them is left out here."""
    for watch in watches:
        for row, _ in find_matching(database, watch.expression):
            if is_wanted(
                watch.model_copy(update={"query": "policy OR NOT policy", "title_only": False}), samples[row["id"] - 1]
            ):
                yield watch.name, row["id"]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("e-government", ("e-government",), {(0, 1)}),
        ("e-government", ("policy", "egovernment"), {(1, 1)}),
        ("digital policy", ("digital", ".", "Policies"), {(0, 1)}),
        ("政府", ("数字政府", "政府"), {(2, 3), (4, 5)}),
        ("GDS", ("gds",), set()),
        ("polic*", ("policymakers",), {(0, 0)}),
    ],
)
def test_the_reference_reads_as_the_guide_says(term: str, text: tuple[str, ...], found: set[Span]) -> None:
    assert find_term(text, term, is_french=False) == found
