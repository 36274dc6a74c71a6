"""Spellings of a term: what is shown as found is found, what is shown as never found is not."""

import pytest

from monitor.meaning import tell_spellings
from monitor.spellings import find_spellings, is_found


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("MoU", "MoU, MOU, mou, MoUs, M.O.U.; in French with its capitals only"),
        ("GDS", "GDS, GDSs, G.D.S.; in capitals only; never gds"),
        ("18F", "18F; in capitals only; never 18f"),
        ("GOV.UK", "GOV.UK; in capitals only; never gov.uk"),
        ("policy", "policy, policies; capitals or not"),
        ("digital policies", "digital policies, digital policy; capitals or not"),
        ("process", "process, processes; capitals or not"),
        ("analyses", "analyses, analyse; capitals or not"),
        ("news", "news; capitals or not"),
        ("bus", "bus, buses; capitals or not"),
        ("lenses", "lenses, lens; capitals or not"),
        ("e-government", "e-government, e-governments, egovernment, e government; capitals or not"),
        ("portefeuille numérique", "portefeuille numérique, portefeuille numériques, portefeuille numerique; capitals or not"),
        ("memorandum of understanding",
         "memorandum of understanding, memorandums of understanding; capitals or not"),
        ("letters of intent", "letters of intent, letter of intent; capitals or not"),
        ("protocole d'entente", "protocole d'entente, protocoles d'entente; capitals or not"),
        ("of interest", "of interest, of interests; capitals or not"),
        ("numériqu* servic*", "every word that begins with numériqu or servic; capitals or not"),
        ("MOU*", "every word that begins with MOU; in capitals only"),
        ("数字政府", "数字政府"),
    ],
)  # fmt: skip
def test_the_spellings_of_a_term(term: str, told: str) -> None:
    assert tell_spellings(find_spellings(term)) == told


@pytest.mark.parametrize(
    "term", ["C++", "R&D", "M-24-10", "Straße", "protocole d'entente", "eGovernment", "Login.gov", "i.AI"]
)
def test_a_term_is_always_found_as_it_is_written(term: str) -> None:
    spellings = find_spellings(term)

    assert spellings.found[0] == term
    assert not any(is_found(term, each) for each in spellings.not_found)
