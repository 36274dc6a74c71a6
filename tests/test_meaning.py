"""What a watch means: plain words, and two ways of writing that mean the same."""

import tomllib
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.match import find_match
from monitor.meaning import find_sources_in_scope, read_meaning, tell_meaning, write_list_lines, write_query_line
from monitor.query import read_query
from monitor.watch import Watch
from tests.archives import make_source
from tests.test_match import make_document

SOURCES = (
    make_source("gb-blog", country="GB"),
    make_source("ca-news", country="CA", kind="newsroom", language="fr-CA"),
    make_source("ca-old", country="CA", enabled=False),
)


def make_watch(**values: Any) -> Watch:
    return Watch.model_validate({"name": "w", **values})


def test_the_meaning_is_told_in_plain_words() -> None:
    watch = make_watch(any=["memorandum of understanding", "MoU"], all=["digital"], none=["tax", "wine"], countries=["CA"],
                       kinds=["newsroom", "trade-press"], languages=["fr"], title_only=True)  # fmt: skip

    assert tell_meaning(read_meaning(watch, SOURCES)) == [
        'needs "digital"',
        'and at least one of "memorandum of understanding" or "MoU"',
        'never "tax"',
        'never "wine"',
        "in the title only",
        "of CA, from newsroom or trade-press sources, in fr or a language nobody knows",
        "published by 1 source: ca-news",
    ]


def test_a_watch_without_scopes_looks_at_all_that_is_enabled() -> None:
    *_, scopes, sources = tell_meaning(read_meaning(make_watch(query="digital"), SOURCES))

    assert scopes == "of any country, from any kind of source, in any language"
    assert sources == "published by 2 sources: gb-blog, ca-news"


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        ({}, ("gb-blog", "ca-news")),
        ({"countries": ["CA"]}, ("ca-news",)),
        ({"kinds": ["government-blog"]}, ("gb-blog",)),
        ({"sources": ["ca-old", "gb-blog"]}, ("gb-blog",)),
        ({"languages": ["fr"]}, ("gb-blog", "ca-news")),
        ({"countries": ["GB"], "kinds": ["newsroom"]}, ()),
    ],
)
def test_the_sources_in_the_scope_of_a_watch(scope: dict[str, Any], ids: tuple[str, ...]) -> None:
    assert find_sources_in_scope(make_watch(any=["x"], **scope), SOURCES) == ids


def test_a_watch_that_nobody_publishes_for_says_so() -> None:
    meaning = read_meaning(make_watch(any=["x"], countries=["NZ"]), SOURCES)

    assert tell_meaning(meaning)[-1] == "published by no source that is enabled: it will find nothing"


@pytest.mark.parametrize(
    ("query", "lists"),
    [
        ("digital", 'any = ["digital"]'),
        ("digital wallet", 'all = ["digital", "wallet"]'),
        ("a1 OR b2", 'any = ["a1", "b2"]'),
        ('digital (MoU OR "letter of intent") -tax -"wine tax"',
         'any = ["MoU", "letter of intent"]\nall = ["digital"]\nnone = ["tax", "wine tax"]'),
        ("digital NOT (tax OR wine)", 'any = ["digital"]\nnone = ["tax", "wine"]'),
        ("title:(digital -tax)", 'any = ["digital"]\nnone = ["tax"]\ntitle_only = true'),
        ("digit*", 'any = ["digit*"]'),
        ("(a1 OR b2) (c3 OR d4)", None),
        ("a1 NEAR b2", None),
        ("title:a1 b2", None),
        ("a1 OR (b2 c3)", None),
        ("a1 NOT (b2 c3)", None),
        ("NOT a1", None),
        ('a1 "NOT b2"', None),
    ],
)  # fmt: skip
def test_a_query_is_written_as_lists_where_lists_can_say_it(query: str, lists: str | None) -> None:
    assert write_list_lines(read_query(query)) == lists


TERMS = st.lists(
    st.sampled_from(["policy", "GDS", "MoU", "e-government", "digit*", "digital policy"]), max_size=3, unique=True
)

TEXTS = st.lists(
    st.sampled_from(["policies", "policy", "GDS", "gds", "MOU", "egovernment", "digital", ","]), max_size=6
).map(" ".join)


@settings(deadline=None, max_examples=40)
@given(TERMS, TERMS, TERMS, st.booleans(), TEXTS)
def test_lists_and_line_mean_the_same(
    either: list[str], every: list[str], none: list[str], title_only: bool, text: str
) -> None:
    assume(either or every)
    watch = make_watch(any=either, all=every, none=none, title_only=title_only)
    meaning = read_meaning(watch, SOURCES)
    document = make_document(text, title=text[:20])
    as_lists = make_watch(**tomllib.loads(meaning.lists or "never"))
    as_line = make_watch(**tomllib.loads(write_query_line(meaning.query)))

    assert as_line.expression == watch.expression
    assert (find_match(as_lists, document) is None) is (find_match(watch, document) is None)
