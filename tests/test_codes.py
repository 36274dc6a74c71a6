"""Codes of countries and languages: those that there are, and what is meant by others."""

import pytest

from crawler.codes import check_country, check_language


@pytest.mark.parametrize("code", ["GB", "NZ", "TW", "AX", "EU", "INT", "XK", "AA", "QM", "ZZ"])
def test_a_country_is_of_iso_3166_or_left_to_its_users_or_one_of_ours(code: str) -> None:
    assert check_country(code) == code


@pytest.mark.parametrize(
    ("code", "meant"),
    [("UK", "GB"), ("uk", "GB"), ("EL", "GR"), ("gb", "GB"), ("int", "INT")]
    + [(code, None) for code in ("ZQ", "EN", "SU", "QL", "GBR", "G", "", "#c", "Italy")],
)
def test_another_code_is_refused_with_the_one_that_was_surely_meant(code: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match="expected an ISO 3166-1 alpha-2 code") as refused:
        check_country(code)

    assert str(refused.value).partition("; did you mean ")[2] == (f"{meant!r}?" if meant else "")


@pytest.mark.parametrize("code", ["en", "fr-CA", "zh-Hant-TW", "gsw"])
def test_a_language_has_the_form_of_a_code(code: str) -> None:
    assert check_language(code) == code


@pytest.mark.parametrize(
    ("code", "meant"),
    [("French", "fr"), ("German", "de"), ("EN", "en"), ("fr_CA", "fr-ca"), ("Klingon", None), ("e", None)],
)
def test_another_language_is_refused_with_the_one_that_was_surely_meant(code: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match='expected a language code such as "en"') as refused:
        check_language(code)

    assert str(refused.value).partition("; did you mean ")[2] == (f"{meant!r}?" if meant else "")
