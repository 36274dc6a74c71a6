"""Matching: what a document concerns and why, the same for alerts, search and previews (R6: everything is looked at)."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.match import (
    SNIPPET_CHARS,
    Document,
    Snippet,
    WatchIndex,
    Where,
    explain_match,
    find_match,
    index_terms,
    is_language,
    make_snippet,
    matches,
)
from monitor.query import (
    Expression,
    Near,
    Refused,
    Term,
    candidate_query,
    keep_to_title,
    read_query,
    refuse,
    require_either,
    require_every,
    write_query,
)
from monitor.watch import Watch


def make_document(
    text: str | None = None,
    *,
    title: str = "",
    summary: str | None = None,
    country: str = "GB",
    language: str | None = "en",
) -> Document:
    return Document(
        title=title,
        text=text,
        summary=summary,
        source="gb-gds-blog",
        country=country,
        kind="government-blog",
        language=language,
    )


def is_matched(query: str, document: Document) -> bool:
    return matches(read_query(query), document) is not None


# Few words in many shapes, so that terms and texts meet often: stems that Porter cuts, plurals, compounds, capitals.
PIECES = st.sampled_from(
    ["policy", "Policies", "policymakers", "day", "days", "daylight", "being", "be", "dies", "die", "eyed", "generalizations",
     "general", "digital", "digitally", "GDS", "gds", "GDSs", "MoU", "mou", "e-government", "egovernment", "e", "government",
     "co-operation", "cooperation", "l’identité", "identity", "GOV.UK", "i.AI", "U.S.", "C++", "C", "数字政府", "政府", "デジ",
     "ｶﾞ", "한국", "Straße", "démarches", "journaux", "M-24-10", "18F", "½", "𐐷", "ﬁne", "ⅷ", "सेवा", "Αθήνας", "ﺳﻼم", "z0",
     "MPs", "mps", "MPS", "mp", "APIs", "apis", "buses", "bus", "lens", "lenses", "ایران", "١٤٤٧", "1447"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.sampled_from([".", "\n", ",", "-"]), max_size=12).map(" ".join) | st.text(max_size=30)
TERMS = (
    st.lists(PIECES, min_size=1, max_size=2).map(" ".join)
    | st.sampled_from(
        ["polic*", "policy*", "daylig*", "digit*", "generaliz*", "identi*", "government*", "co-op*", "GDS*", "be*"]
    )
).map(Term)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TERMS | st.tuples(TERMS, TERMS, st.integers(0, 4)).map(lambda parts: Near((parts[0],), (parts[1],), parts[2])),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(require_every)
        | st.lists(inner, min_size=2, max_size=3).map(require_either)
        | inner.map(refuse)
        | inner.map(keep_to_title)
    ),
    max_leaves=6,
)
DOCUMENTS = st.builds(
    make_document,
    st.none() | TEXTS,
    title=TEXTS,
    summary=st.none() | TEXTS,
    country=st.sampled_from(["GB", "FR"]),
    language=st.sampled_from(["en", "fr", None]),
)
WATCHES = st.builds(
    lambda expression, countries, languages, title_only: Watch(
        name="w", query=write_query(expression), countries=countries, languages=languages, title_only=title_only
    ),
    EXPRESSIONS,
    st.sampled_from([(), ("GB",)]),
    st.sampled_from([(), ("en",)]),
    st.booleans(),
)


@settings(deadline=None)
@given(DOCUMENTS, st.lists(WATCHES, max_size=6))
def test_the_index_finds_what_asking_each_watch_finds(document: Document, drawn: list[Watch]) -> None:
    watches = [watch.model_copy(update={"name": str(number)}) for number, watch in enumerate(drawn)]

    one_by_one = (find_match(watch, document) for watch in watches)
    assert WatchIndex(watches).match(document) == tuple(match for match in one_by_one if match)


@pytest.fixture(scope="module")
def full_text() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(
            "CREATE VIRTUAL TABLE search USING fts5(title, body, compounds, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        yield database


@settings(deadline=None)
@given(DOCUMENTS, EXPRESSIONS)
@example(make_document("policymakers"), Term("policy*"))
@example(make_document("generalizations"), Term("generaliz*"))
@example(make_document("The co-operation"), Term("cooper*"))
@example(make_document("𐐷 a"), read_query("𐐷 a"))
def test_search_lets_every_match_through(
    full_text: sqlite3.Connection, document: Document, expression: Expression
) -> None:
    """The full-text index is a sieve: what it drops, the matcher would not have taken."""
    terms = index_terms(title=document.title, text=document.text, summary=document.summary)
    full_text.execute("DELETE FROM search")
    full_text.execute("INSERT INTO search VALUES (?, ?, ?)", [terms.title, terms.body, terms.compounds])
    sieve = candidate_query(expression)

    let_through = sieve is None or full_text.execute("SELECT 1 FROM search WHERE search MATCH ?", [sieve]).fetchone()
    assert let_through or matches(expression, document) is None


def test_the_sieve_of_a_watch_with_very_many_terms_is_accepted(full_text: sqlite3.Connection) -> None:
    sieve = candidate_query(require_either(Term(f"term{number} of many") for number in range(500)))

    assert full_text.execute("SELECT count(*) FROM search WHERE search MATCH ?", [sieve]).fetchone() is not None


@settings(deadline=None)
@given(DOCUMENTS, EXPRESSIONS)
def test_what_was_found_is_marked_in_the_snippet(document: Document, expression: Expression) -> None:
    found = matches(expression, document)
    if found is None:
        return
    snippet = make_snippet(document, found)
    assert len(snippet.text) <= SNIPPET_CHARS
    source = " ".join((document.title if snippet.where is Where.TITLE else document.body).split())
    assert snippet.text.strip("…").strip() in source
    assert any(is_marked for _, is_marked in snippet.parts) == bool(found.hits)
    for hit in found.hits:
        text = document.title if hit.where is Where.TITLE else document.body
        assert text[hit.start : hit.end].strip()


@settings(deadline=None)
@given(DOCUMENTS, EXPRESSIONS)
def test_a_refusal_matches_exactly_where_the_expression_does_not(document: Document, expression: Expression) -> None:
    assert (matches(expression, document) is None) is (matches(Refused(expression), document) is not None)


@settings(deadline=None)
@given(DOCUMENTS, WATCHES)
def test_the_explanation_and_the_match_agree(document: Document, watch: Watch) -> None:
    assert explain_match(watch, document).startswith("yes: ") is (find_match(watch, document) is not None)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("digital NEAR/2 memorandum", "a memorandum on the digital state", True),
        ("digital NEAR/1 memorandum", "a memorandum on the digital state", False),
        ("digital NEAR/1 memorandum", "digital memorandum", True),
        ('digital NEAR "digital service"', "a digital service", False),
        ('digital NEAR "digital service"', "a digital service is digital", True),
        ("service NEAR service", "one service", False),
        ("service NEAR service", "service by service", True),
        ("(identity OR wallet) NEAR/0 digital", "a digital wallet", True),
        ("digital -tax", "digital taxes", False),
        ("title:digital", "digital", False),
        ("NOT digital", "paper", True),
    ],
)
def test_a_query_holds_or_not(query: str, text: str, found: bool) -> None:
    assert is_matched(query, make_document(text)) is found


def test_title_and_text_are_looked_at_one_by_one() -> None:
    document = make_document("service for all", title="A digital")

    assert is_matched("digital service", document)
    assert not is_matched('"digital service"', document)
    assert not is_matched("digital NEAR service", document)
    assert is_matched("title:digital -title:service", document)


def test_the_summary_stands_in_for_a_missing_text_only() -> None:
    """R17."""
    assert is_matched("digital", make_document(None, summary="digital"))
    assert not is_matched("digital", make_document("paper", summary="digital"))


@pytest.mark.parametrize(("language", "found"), [("en", True), ("fr-CA", False), ("FR", False), (None, True)])
def test_the_french_word_mou_is_no_memorandum(language: str | None, found: bool) -> None:
    assert is_matched("MoU", make_document("un mou accord", language=language)) is found


@pytest.mark.parametrize(
    ("language", "wanted", "same"),
    [("en", "en", True), ("en-GB", "en", True), ("fr_CA", "fr-CA", True), ("fr", "fr-CA", False), ("enm", "en", False)],
)
def test_a_variety_of_a_language_is_that_language(language: str, wanted: str, same: bool) -> None:
    assert is_language(language, wanted) is same


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"countries": ("FR", "CA")}, "out of scope: country GB is not FR or CA"),
        ({"kinds": ("newsroom",)}, "out of scope: kind government-blog is not newsroom"),
        ({"sources": ("ca-cds-blog",)}, "out of scope: source gb-gds-blog is not ca-cds-blog"),
        ({"languages": ("fr", "it")}, "out of scope: language en is not fr or it"),
        ({"enabled": False}, "no: the watch is switched off (enabled = false)"),
    ],
)
def test_what_is_out_of_scope_does_not_match_and_says_so(scope: dict[str, object], said: str) -> None:
    watch = Watch.model_validate({"name": "w", "any": ["digital"], **scope})
    document = make_document("digital")

    assert explain_match(watch, document) == said
    assert WatchIndex([watch]).match(document) == ()


def test_a_document_in_scope_matches() -> None:
    watch = Watch.model_validate(
        {"name": "w", "any": ["digital"], "countries": ["GB"], "kinds": ["government-blog"], "sources": ["gb-gds-blog"],
         "languages": ["en"]}
    )  # fmt: skip

    assert find_match(watch, make_document("digital", language="en-GB"))
    assert find_match(watch, make_document("digital", language=None)), "what may be in scope is not lost"


@pytest.mark.parametrize(
    ("query", "title", "text", "said"),
    [
        ("digital MoU", "A MoU", "digital", 'yes: found "digital" in the text and "MoU" in the title'),
        ("digital", "digital", "digital", 'yes: found "digital" in the title and text'),
        ("digital MoU", "A MoU", "x", 'no: needs "digital"'),
        ("digital (MoU OR treaty)", "x", "y", 'no: needs "digital"; needs at least one of "MoU" or "treaty"'),
        ("digital -tax", "x", "digital tax", 'excluded by "tax" in the text'),
        ("digital -tax", "tax", "x", 'excluded by "tax" in the title; needs "digital"'),
        ("GDS", "x", "gds", 'no: needs "GDS" (in capitals), and it is there in small letters only'),
        ("title:digital", "x", "digital", 'no: needs "digital" in the title (it is in the text)'),
        ("title:(digital -tax)", "digital tax", "x", 'excluded by "tax" in the title'),
        ("digital NEAR tax", "x", "digital", 'no: needs "digital" within 10 words of "tax"'),
        ("NOT digital", "x", "y", 'yes: not "digital"'),
    ],
)
def test_the_reason_is_told_in_plain_words(query: str, title: str, text: str, said: str) -> None:
    assert explain_match(Watch(name="w", query=query), make_document(text, title=title)) == said


def find_snippet(query: str, document: Document) -> Snippet:
    match = find_match(Watch(name="w", query=query), document)
    assert match is not None
    return match.snippet


def mark(snippet: Snippet) -> str:
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in snippet.parts)


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        (
            "digital",
            "No. Mr. Smith of the U.S. Digital Service spoke.",
            "Mr. Smith of the U.S. [Digital] Service spoke.",
        ),
        ("digital tax", "Digital first. A digital tax. Tax last.", "A [digital] [tax]."),
        ('"digital service" digital', "A  digital\tservice. No.", "A [digital service]."),
        ('"digital service"', "It is digital. Service follows. End.", "It is [digital. Service] follows."),
        ("GDS", "Old\nThe GDS's plan\nNew", "The [GDS]'s plan"),
        ("数字政府", "前言。建设数字政府。结束。", "建设[数字政府]。"),
        ("NOT x", "First one. Second.", "First one."),
    ],
)
def test_the_snippet_is_the_sentence_with_the_words_marked(query: str, text: str, marked: str) -> None:
    assert mark(find_snippet(query, make_document(text, title="Title"))) == marked


@pytest.mark.parametrize("repeated", ["a digital word ", "M.O.U.", "?!", "؟۔", "a-", ' "', "\u0301", "数"])
def test_no_text_takes_the_square_of_its_length_in_time(repeated: str) -> None:
    """R39: a page of a megabyte would hold everything up for hours."""
    document = make_document(f"digital {repeated * 15_000}x")
    began = time.process_time()

    snippet = find_snippet("digital", document)

    assert time.process_time() - began < 2
    assert mark(snippet).startswith("[digital]")


def test_the_snippet_is_of_the_title_when_that_says_more() -> None:
    snippet = find_snippet("digital tax OR digital", make_document("A digital plan", title="Digital tax"))

    assert snippet.where is Where.TITLE


def test_a_long_sentence_is_cut_between_words_around_what_was_found() -> None:
    text = f"{'before ' * 100}digital government {'after ' * 100}"
    snippet = find_snippet('"digital government"', make_document(text))

    assert len(snippet.text) <= SNIPPET_CHARS
    assert mark(snippet).startswith("…before before")
    assert "[digital government]" in mark(snippet)
    assert snippet.text.endswith((" after…", " after …"))


def test_a_long_line_is_read_once_however_often_a_term_stands_in_it() -> None:
    document = make_document("News.\n" + "Data of all. " * 40_000)
    began = time.perf_counter()
    found = matches(read_query("data OR all"), document)
    assert found is not None
    assert make_snippet(document, found).text == "Data of all."
    assert time.perf_counter() - began < 5


def test_a_long_run_without_spaces_is_cut_all_the_same() -> None:
    snippet = find_snippet("数字", make_document(f"{'前' * 500}数字{'后' * 500}"))

    assert "[数字]" in mark(snippet)
    assert len(snippet.text) <= SNIPPET_CHARS


def test_terms_are_given_as_the_watch_has_them_and_once() -> None:
    watch = Watch(name="w", any=("Services", "MoU", "treaty"))
    (match,) = WatchIndex([watch]).match(make_document("A service, two services, MOUs"))

    assert match.watch == "w"
    assert match.terms == ("Services", "MoU")


def test_matches_come_in_the_order_of_the_watches() -> None:
    watches = [Watch(name=name, any=("digital",)) for name in "zabc"]

    assert [match.watch for match in WatchIndex(watches).match(make_document("digital"))] == list("zabc")


def test_each_of_very_many_watches_is_found() -> None:
    """R6: no limit anywhere between a document and the watches that it concerns."""
    watches = [
        Watch(name=str(number), any=(f"term{number}", f"other{number}*"), all=("digital",)) for number in range(500)
    ]
    text = "digital " + " ".join(f"term{number}" if number % 2 else f"other{number}th" for number in range(500))

    assert len(WatchIndex(watches).match(make_document(text))) == 500
