"""Codes of countries and languages: which there are, and which one somebody meant who wrote another."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
OUR_COUNTRIES = frozenset({"EU", "INT"})
# ISO 3166-1, 8.1.3: codes that are left to users; Kosovo's XK is one.
_OF_USERS = re.compile(r"AA|Q[M-Z]|X[A-Z]|ZZ")
_MEANT_COUNTRIES: Mapping[str, str] = {"UK": "GB", "EL": "GR"}
_MEANT_LANGUAGES: Mapping[str, str] = {
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}


def is_country(code: str) -> bool:
    """Whether a source may say that it is from there: ISO 3166-1 alpha-2, or a code of our own."""
    return code in OUR_COUNTRIES or bool(_OF_USERS.fullmatch(code)) or code in _read_countries()


@cache
def _read_countries() -> frozenset[str]:
    """From the time zone database, which lists the officially assigned codes, one at the beginning of each line.

    `importlib.resources` would take longer to load than the whole of it may take.
    """
    package = find_spec("tzdata")
    assert package is not None, "it is a dependency of ours"
    assert package.submodule_search_locations is not None
    table = Path(package.submodule_search_locations[0]) / "zoneinfo" / "iso3166.tab"
    lines = table.read_text(encoding="utf-8").splitlines()
    return frozenset(line.partition("\t")[0] for line in lines if line and not line.startswith("#"))


def check_country(value: str) -> str:
    """`value` itself if it is a country's code; ValueError otherwise."""
    if is_country(value):
        return value
    capitals = value.upper()
    meant = _MEANT_COUNTRIES.get(capitals, capitals)
    hint = f"; did you mean {meant!r}?" if is_country(meant) else ""
    raise ValueError(f'expected an ISO 3166-1 alpha-2 code such as "GB", or "EU" or "INT"{hint}')


def check_language(value: str) -> str:
    """`value` itself if it has the form of a language's code; ValueError otherwise."""
    if LANGUAGE.fullmatch(value):
        return value
    small = value.lower().replace("_", "-")
    meant = _MEANT_LANGUAGES.get(small, small)
    hint = f"; did you mean {meant!r}?" if LANGUAGE.fullmatch(meant) else ""
    raise ValueError(f'expected a language code such as "en" or "fr-CA"{hint}')
