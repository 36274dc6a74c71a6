"""Traps of the field's words: who falls in is told, with a way round that does not; who took care hears nothing."""

import re
from pathlib import Path

import pytest

from monitor.query import Term, write_query
from monitor.traps import TRAPS, Trap, find_advice, find_all_advice
from monitor.watch import Watch

GUIDE = (Path(__file__).parents[1] / "docs" / "watches.md").read_text(encoding="utf-8")


def find_words(query: str, **scopes: object) -> set[str]:
    watch = Watch.model_validate({"name": "w", "query": query, **scopes})
    return {advice.words for advice in find_advice(watch)}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: f"{trap.words}: {trap.meaning}")
def test_the_bare_word_falls_into_its_trap_and_what_is_advised_does_not(trap: Trap) -> None:
    bare, better = (
        {advice.meaning for advice in find_advice(Watch(name="w", query=query)) if advice.words == trap.words}
        for query in (write_query(Term(trap.words)), trap.better)
    )

    assert trap.meaning in bare
    assert trap.meaning not in better


@pytest.mark.parametrize("trap", [trap for trap in TRAPS if trap.or_set], ids=lambda trap: trap.words)
def test_the_scope_that_is_advised_keeps_out_of_the_trap(trap: Trap) -> None:
    key, values = re.findall(r'(\w+) = \["(\w+)"\]', trap.or_set)[0]
    watch = Watch.model_validate({"name": "w", "any": [trap.words], key: [values]})

    assert trap.meaning not in {advice.meaning for advice in find_advice(watch)}


def test_the_guide_names_every_word_that_traps() -> None:
    assert [trap.words for trap in TRAPS if trap.words.casefold() not in GUIDE.casefold()] == []


@pytest.mark.parametrize(
    ("query", "scopes", "words"),
    [
        ("DTA", {}, {"DTA"}),
        ("DTA AND digital", {}, set()),
        ('digital AND ("memorandum of understanding" OR MoU)', {}, set()),
        ("memorand*", {}, {"memorandum"}),
        ("GDS", {"countries": ["GB"]}, {"GDS"}),
        ("TBS", {"countries": ["CA"]}, set()),
        ("TBS", {"countries": ["CA", "US"]}, {"TBS"}),
        ("DPI", {"languages": ["it"]}, set()),
        ("wallet", {"kinds": ["trade-press"]}, {"wallet"}),
        ("wallet", {"sources": ["gb-gds-blog"]}, set()),
        ("wallet OR alpha", {}, {"wallet", "alpha"}),
        ("title:beta", {}, {"beta"}),
    ],
)
def test_who_falls_into_which_trap(query: str, scopes: dict[str, object], words: set[str]) -> None:
    assert find_words(query, **scopes) == words


def test_advice_for_many_watches_is_that_of_each() -> None:
    queries = ["DTA", "DTA AND digital", "wallet -brown", "wallet", "railway"]
    scopes = [{}, {"countries": ["GB"]}, {"countries": ["CA"], "languages": ["fr"]}]
    watches = [
        Watch.model_validate({"name": f"{query} {number}", "query": query, **scope})
        for query in queries
        for number, scope in enumerate(scopes)
    ]

    assert find_all_advice(watches) == tuple(advice for watch in watches for advice in find_advice(watch))
    assert len(find_all_advice(watches)) == 4


def test_advice_says_what_else_it_means_with_an_example_and_a_way_round() -> None:
    (advice,) = find_advice(Watch(name="w", any=("DIA",)))

    assert str(advice) == (
        "“DIA” is also the Defense Intelligence Agency (“Analysts of the DIA briefed the committee on the border”)."
        ' Better: "Department of Internal Affairs", or set countries = ["NZ"]'
    )
