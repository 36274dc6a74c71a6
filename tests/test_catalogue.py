"""The sources that ship: one test covers every file of config/sources, and refuses what an operator could not rely on."""

import re
from pathlib import Path

import pytest

from crawler.source import read_sources
from monitor.catalogue import CountryNotCovered, read_catalogue, select_countries, select_starters
from tests.installations import make_place

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config" / "sources"


def test_every_file_parses_and_is_what_the_package_ships() -> None:
    """One copy is the truth: the package's folder leads to the repository's."""
    sources, faults = read_sources(FOLDER)

    assert faults == ()
    assert {entry.source.id: entry.text for entry in read_catalogue()} == {
        source.id: (FOLDER / f"{source.id}.toml").read_text(encoding="utf-8") for source in sources
    }


@pytest.mark.parametrize("name", ["settings.toml", "watches.toml", "channels.toml"])
def test_the_rest_of_the_starter_is_the_repositorys_configuration(name: str) -> None:
    assert (ROOT / "config" / name).read_text("utf-8") == (ROOT / "monitor" / "starter" / name).read_text("utf-8")


def test_a_plain_starter_has_one_source_of_each_country_of_the_founding_story() -> None:
    assert {entry.source.id for entry in select_starters(read_catalogue())} == {"gb-gds-blog", "ca-cds-blog"}


def test_sources_are_chosen_by_country() -> None:
    chosen = select_countries(read_catalogue(), ["gb", "CA"])

    assert {entry.source.country for entry in chosen} == {"GB", "CA"}
    with pytest.raises(CountryNotCovered, match=r"no source of ZZ in the catalogue: there are .*CA.*GB"):
        select_countries(read_catalogue(), ["GB", "ZZ"])


def test_a_catalogue_of_which_nothing_can_be_reached_gives_one_table_of_clear_states(tmp_path: Path) -> None:
    """R26: every enabled source, led to a port where nobody listens."""
    place = make_place(tmp_path)
    for entry in read_catalogue():
        led = re.sub(r"https?://[a-z0-9.-]+/", "http://127.0.0.1:1/", entry.text)
        place.write(f"sources/{entry.file_name}", f"allow_private_addresses = true\n{led}")
    enabled = {entry.source.id for entry in read_catalogue() if entry.source.enabled}

    done = place.run("crawl")
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert {line.split()[0] for line in lines[1 : len(enabled) + 1] if line.split()[1] == "unreachable"} == enabled
    assert {line.split(": ")[0] for line in lines[len(enabled) + 1 : -1]} == enabled
    assert f"none of the {len(enabled)} sources could be reached: is this machine online?" in done.stderr
