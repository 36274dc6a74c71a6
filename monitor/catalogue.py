"""The sources that ship with govwatch, as files that an installation takes over; `config/sources` of the repository."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from crawler.source import Source, read_sources
from monitor.errors import GovwatchError

STARTER_SOURCES = ("gb-gds-blog", "ca-cds-blog")


class CatalogueFaulty(GovwatchError):
    """A file of the catalogue cannot be read: the installation of govwatch itself is damaged."""


class CountryNotCovered(GovwatchError):
    """No source of the catalogue is of a country that was named."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One source of the catalogue, and its file as it ships."""

    source: Source
    text: str

    @property
    def file_name(self) -> str:
        return f"{self.source.id}.toml"


def read_catalogue() -> tuple[Entry, ...]:
    """Every source that ships, in the order of their ids."""
    with as_file(files("monitor") / "starter" / "sources") as folder:
        sources, faults = read_sources(Path(folder))
        if faults or not sources:
            raise CatalogueFaulty("\n".join(map(str, faults)) or f"{folder}: no sources; install govwatch anew")
        return tuple(Entry(source=one, text=(folder / f"{one.id}.toml").read_text(encoding="utf-8")) for one in sources)


def select_starters(catalogue: Iterable[Entry]) -> tuple[Entry, ...]:
    """The few that a plain `govwatch init` writes."""
    return tuple(entry for entry in catalogue if entry.source.id in STARTER_SOURCES)


def select_countries(catalogue: Iterable[Entry], countries: Iterable[str]) -> tuple[Entry, ...]:
    """The sources of these countries; raises CountryNotCovered."""
    entries = tuple(catalogue)
    covered = {entry.source.country for entry in entries}
    wanted = {country.upper() for country in countries}
    if unknown := sorted(wanted - covered):
        raise CountryNotCovered(
            f"no source of {', '.join(unknown)} in the catalogue: there are {', '.join(sorted(covered))}"
        )
    return tuple(entry for entry in entries if entry.source.country in wanted)
