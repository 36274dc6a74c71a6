"""What to exclude: terms that set apart what is not wanted, counted by the matcher that will exclude them."""

import pytest

from monitor.exclusions import LEAST_Z, Suggestion, rate, suggest_exclusions
from tests.archives import TEXT

TAX = [
    f"Receipts of the Digital Services Tax rose\nThe {word} of the digital services tax." for word in TEXT.split()[:9]
]
SERVICES = [f"A better {word}\nNew digital services for the {word} and a tax on paper." for word in TEXT.split()[:12]]


def test_the_phrase_that_sets_them_apart_is_suggested_and_not_the_word_that_both_have() -> None:
    (first, *_) = suggest_exclusions(TAX, SERVICES)

    assert first == Suggestion(term="digital services tax", unwanted=9, wanted=0)


def test_a_second_term_is_suggested_only_for_what_the_first_leaves() -> None:
    speeches = [f"Speech {number}\nThe minister spoke on digital services." for number in range(6)]

    suggested = suggest_exclusions(TAX + speeches, SERVICES)

    assert [(each.unwanted, each.wanted) for each in suggested] == [(9, 0), (6, 0)]
    assert suggested[0].term == "digital services tax"


@pytest.mark.parametrize(
    ("unwanted", "wanted"),
    [
        ([], SERVICES),
        (SERVICES[:6], SERVICES[6:]),
        (TAX[:2], SERVICES),
    ],
)
def test_nothing_is_suggested_where_nothing_sets_them_apart(unwanted: list[str], wanted: list[str]) -> None:
    assert suggest_exclusions(unwanted, wanted) == ()


def test_a_word_in_capitals_stays_in_capitals_and_fillers_are_no_suggestion() -> None:
    (only,) = suggest_exclusions(["The HMRC and of the"] * 5, ["All and of the"] * 5)

    assert only == Suggestion(term="HMRC", unwanted=5, wanted=0)


def test_of_very_many_a_sample_is_read_and_all_are_counted() -> None:
    (first, *_) = suggest_exclusions(TAX * 50, SERVICES * 50)

    assert (first.unwanted, first.wanted) == (450, 0)


def test_the_rate_is_how_surely_it_is_commoner_here() -> None:
    assert rate(10, 10, 0, 10) > rate(5, 10, 0, 10) > LEAST_Z > rate(5, 10, 5, 10)
    assert rate(5, 10, 5, 10) == pytest.approx(0)
    assert rate(0, 10, 10, 10) < 0
    assert rate(10, 10, 10, 10) == pytest.approx(0)
