"""The query language: what one line means, what is wrong with it and where (R5), and that lists mean the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import (
    DEEPEST_NESTING,
    LONGEST_QUERY,
    Either,
    Every,
    Expression,
    InTitle,
    Near,
    QueryError,
    Refused,
    Term,
    candidate_query,
    check_term,
    describe,
    find_terms,
    is_anything_required,
    keep_to_title,
    read_lists,
    read_query,
    refuse,
    require_either,
    require_every,
    write_query,
)

A, B, C, D = Term("a"), Term("b"), Term("c"), Term("d")
WRITTEN = st.sampled_from(
    ["digital", "GDS", "memorandum of understanding", "AND", "near", "NEAR/3", "i.AI", "C++", "M-24-10", "polic*", "é", "数字",
     "-x", "title:x", "author:x", "l'identité", "'quoted", "(a)", "a, b", "servic* numériqu*", "10:30", "R&D", "x;", "not"]
).map(Term)  # fmt: skip


def build_near(parts: tuple[list[Term], list[Term], int]) -> Near:
    return Near(tuple(parts[0]), tuple(parts[1]), parts[2])


SIDES = st.lists(WRITTEN, min_size=1, max_size=3)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    WRITTEN | st.tuples(SIDES, SIDES, st.integers(0, 20)).map(build_near),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(require_every)
        | st.lists(inner, min_size=2, max_size=4).map(require_either)
        | inner.map(refuse)
        | inner.map(keep_to_title)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(EXPRESSIONS)
def test_an_expression_survives_being_written_and_read(expression: Expression) -> None:
    assert read_query(write_query(expression)) == expression


@settings(deadline=None)
@given(st.text(st.sampled_from('ab*"() -ANDORTNE/3:titl+“«é数\n,'), max_size=30) | st.text(max_size=30))
def test_any_line_is_an_expression_or_a_fault_with_its_place(line: str) -> None:
    understood = understand(line)
    if isinstance(understood, QueryError):
        assert understood.column is not None
        assert 1 <= understood.column <= len(line) + 1
    else:
        assert read_query(write_query(understood)) == understood
        assert describe(understood)


def understand(line: str) -> Expression | QueryError:
    try:
        return read_query(line)
    except QueryError as fault:
        return fault


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("a", A),
        ("a b", Every((A, B))),
        ("a AND b OR c d", Either((Every((A, B)), Every((C, D))))),
        ("a (b OR c)", Every((A, Either((B, C))))),
        ("a (b c) d", Every((A, B, C, D))),
        ("a -b", Every((A, Refused(B)))),
        ("a NOT (b OR c)", Every((A, Refused(Either((B, C)))))),
        ("NOT (NOT a)", A),
        ('"a b" NEAR c', Near((Term("a b"),), (C,), 10)),
        ("a NEAR/3 (b OR c)", Near((A,), (B, C), 3)),
        ("a NEAR b c", Every((Near((A,), (B,), 10), C))),
        ("title:a b", Every((InTitle(A), B))),
        ("title:(a OR title:b)", InTitle(Either((A, B)))),
        ("title: a", InTitle(A)),
        ("“a  b”", Term("a b")),
        ("« a b »", Term("a b")),
        ('"AND"', Term("AND")),
        ("a, b;", Every((A, B))),
        ("e-government", Term("e-government")),
        ("GOV.UK C++ i.AI M-24-10", Every((Term("GOV.UK"), Term("C++"), Term("i.AI"), Term("M-24-10")))),
        ("subtitle", Term("subtitle")),
        ("ANDORRA", Term("ANDORRA")),
        ("https://x.org/a", Term("https://x.org/a")),
    ],
)
def test_a_line_means_what_it_says(line: str, expression: Expression) -> None:
    assert read_query(line) == expression


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("", 1, "the query is empty"),
        ("  ", 1, "the query is empty"),
        ("digital AND", 12, "expected a term after AND"),
        ("AND digital", 1, "expected a term before AND"),
        ("a OR OR b", 6, "expected a term after OR"),
        ("NOT", 4, "expected a term after NOT"),
        ("NEAR a", 1, "expected a term before NEAR"),
        ("a NEAR", 7, "expected a term after NEAR"),
        ("a NEAR b NEAR c", 10, "NEAR joins two terms only"),
        ("(a b) NEAR c", 7, "NEAR stands between terms"),
        ("a NEAR/2000 b", 3, "expected NEAR/1000 or nearer"),
        ("title:", 7, "expected a term after title:"),
        ("()", 2, "expected a term in the parentheses"),
        ("a (b", 3, "never closed"),
        ("a b)", 4, "closes nothing"),
        ('a "b', 3, "unbalanced quotation marks"),
        ('a "b c" d"', 10, "unbalanced quotation marks"),
        ('a ""', 3, "this term is empty"),
        ("a - b", 3, "there is no word"),
        ('a "—"', 3, "there is no word"),
        ("a *b", 3, "only at the end of a word"),
        ("a b*c", 3, "only at the end of a word"),
        ("a b*", 3, "at least two letters"),
        ("a and b", 3, "write AND in capitals"),
        ("a near/5 b", 3, "write NEAR/5 in capitals"),
        ("author:x", 1, "there is no author: to search in"),
        ("'a b'", 1, "double quotation marks"),
        ("(" * 60 + "a" + ")" * 60, DEEPEST_NESTING + 1, "parentheses within one another"),
        ("a" * (LONGEST_QUERY + 1), LONGEST_QUERY + 1, "expected at most"),
        ("a " + "b" * 400, 3, "at most 300 characters"),
    ],
)
def test_a_faulty_line_is_refused_with_its_place(line: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as raised:
        read_query(line)
    assert said in str(raised.value)
    assert raised.value.column == column


def test_a_fault_shows_the_place_in_a_long_line() -> None:
    with pytest.raises(QueryError, match=r"\(column 101, at the \^: …[^^]{30}\^and b"):
        read_query("a" * 99 + " and b")


def test_lists_and_query_are_the_same_expression() -> None:
    lists = read_lists(either=["memorandum of understanding", "MoU"], every=["digital"], none=["digital services tax"])

    assert lists == read_query('digital AND ("memorandum of understanding" OR MoU) AND NOT "digital services tax"')


@settings(deadline=None)
@given(
    st.lists(WRITTEN, max_size=3), st.lists(WRITTEN, min_size=1, max_size=3), st.lists(WRITTEN, max_size=3)
)  # fmt: skip
def test_lists_can_always_be_written_as_a_query(either: list[Term], every: list[Term], none: list[Term]) -> None:
    plain = [[term.written for term in terms if not term.written.isupper()] for terms in (either, every, none)]
    if plain[1]:
        expression = read_lists(either=plain[0], every=plain[1], none=plain[2])
        assert read_query(write_query(expression)) == expression


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ('"digital', "unbalanced quotation marks"),
        ('say "digital" now', "unbalanced quotation marks"),
        ("", "this term is empty"),
        ("***", "only at the end"),
        ("—", "there is no word"),
        ("digital AND identity", "use query instead"),
        ("digital NEAR/3 identity", "use query instead"),
    ],
)
def test_a_faulty_term_of_a_list_is_refused(term: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        check_term(term)


def test_a_term_of_a_list_is_tidied() -> None:
    assert check_term(' "digital   service" ') == "digital service"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("GDS", '"GDS" (in capitals)'),
        ("digit*", '"digit*" (any ending at *)'),
        ("a b -c -d", '"a" and "b", but not "c" or "d"'),
        ("a OR b OR (c d)", 'at least one of "a", "b" or ("c" and "d")'),
        ("a NEAR/3 b", '"a" within 3 words of "b"'),
        ("title:a", 'in the title: "a"'),
        ("NOT a", 'not "a"'),
        ("NOT a NOT b", 'not "a" or "b"'),
        ("a NOT (b OR c)", '"a", but not at least one of "b" or "c"'),
    ],
)
def test_an_expression_is_told_in_plain_words(line: str, said: str) -> None:
    assert describe(read_query(line)) == said


@pytest.mark.parametrize(
    ("line", "required"),
    [
        ("a", True),
        ("NOT a", False),
        ("a OR NOT b", False),
        ("a NOT b", True),
        ("title:(NOT a)", False),
        ("a NEAR b", True),
    ],
)
def test_it_is_known_whether_anything_is_required(line: str, required: bool) -> None:
    assert is_anything_required(read_query(line)) is required


def test_the_terms_asked_for_are_listed() -> None:
    expression = read_query("a (b OR title:c) d NEAR e NOT f")

    assert [term.written for term in find_terms(expression)] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("line", "sieve"),
    [
        ("Policies", '"policy"'),
        ("a OR NOT b", None),
        ("NOT a", None),
        ("digital NOT a", '"digital"'),
        ("identit*", '"ident0"'),
        ("gov*", None),
        ("gov* digital", '"digital"'),
        ("数字政府", '"数 字 政 府"'),
        ("e-government", '(("e" AND "government") OR "egovernment")'),
        ("title:a b", '("a" AND "b")'),
        ("C++", None),
    ],
)
def test_the_sieve_asks_only_for_what_must_be_there(line: str, sieve: str | None) -> None:
    assert candidate_query(read_query(line)) == sieve
