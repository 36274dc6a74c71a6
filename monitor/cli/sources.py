"""`source list | add`: what is watched and what could be, and whether anybody has fetched it live yet."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.source import Source, SourceKind
from monitor.archive.connection import reading
from monitor.archive.listing import list_source_states
from monitor.catalogue import Entry, read_catalogue
from monitor.cli.output import print_json, say
from monitor.cli.places import Places, archive_path
from monitor.cli.tables import print_rows
from monitor.configuration import read_configuration
from monitor.errors import GovwatchError

NEVER = "never"
COLUMNS = ("id", "country", "kind", "platform", "state", "checked")


class KindUnknown(GovwatchError):
    """A kind of source was named that does not exist."""


class SourceNotAdded(GovwatchError):
    """A source was named that the catalogue does not have, or that the configuration has already."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which sources to list; what is empty leaves none out."""

    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def has(self, source: Source) -> bool:
        return (not self.countries or source.country in self.countries) and (
            not self.kinds or source.kind.value in self.kinds
        )


def read_wanted(countries: Sequence[str], kinds: Sequence[str]) -> Wanted:
    """What the command line asks for; raises KindUnknown."""
    known = [kind.value for kind in SourceKind]
    if wrong := next((kind for kind in kinds if kind not in known), None):
        raise KindUnknown(f"no kind of source “{wrong}”: expected {', '.join(known)}")
    return Wanted(countries=tuple(country.upper() for country in countries), kinds=tuple(kinds))


def show_sources(places: Places, wanted: Wanted, *, as_json: bool) -> int:
    configuration = read_configuration(places.config, os.environ)
    states = _read_states(archive_path(places, configuration))
    rows = [_describe(one, states.get(one.id, {})) for one in configuration.sources if wanted.has(one)]
    return _show(rows, as_json=as_json, empty=f"No such source in {configuration.folder / 'sources'}.")


def show_catalogue(wanted: Wanted, *, as_json: bool) -> int:
    """What ships, whether the configuration has it or not."""
    rows = [_describe(entry.source, {}) for entry in read_catalogue() if wanted.has(entry.source)]
    return _show(rows, as_json=as_json, empty="No such source in the catalogue.")


def add_sources(places: Places, ids: Sequence[str]) -> int:
    """Copies sources of the catalogue into the configuration: all that are named, or none."""
    catalogue = {entry.source.id: entry for entry in read_catalogue()}
    folder = places.config / "sources"
    entries = [_find_entry(catalogue, folder, source_id) for source_id in dict.fromkeys(ids)]
    folder.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        path = folder / entry.file_name
        path.write_text(entry.text, encoding="utf-8")
        say(f"{path}: {entry.source.name}{'' if entry.source.enabled else f' (disabled: {entry.source.note})'}")
    return 0


def _find_entry(catalogue: Mapping[str, Entry], folder: Path, source_id: str) -> Entry:
    if source_id not in catalogue:
        raise SourceNotAdded(f"no source “{source_id}” in the catalogue; see `govwatch source list --catalogue`")
    if (folder / f"{source_id}.toml").exists():
        raise SourceNotAdded(f"{folder / source_id}.toml is there already: nothing was written")
    return catalogue[source_id]


def _show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> int:
    if as_json:
        print_json(rows)
        return 0
    shown = [{**row, "checked": row["checked_on"] or NEVER} for row in rows]
    print_rows(shown, COLUMNS, as_json=False, empty=empty, remark="note")
    unproved = sum(row["enabled"] and row["checked_on"] is None for row in rows)
    if unproved == 1:
        say("1 of these is enabled and was never fetched live: its addresses are not proved yet")
    elif unproved:
        say(f"{unproved} of these are enabled and were never fetched live: their addresses are not proved yet")
    return 0


def _read_states(archive: Path) -> dict[str, dict[str, Any]]:
    if not archive.exists():
        return {}
    with reading(archive) as database:
        return {row["id"]: row for row in list_source_states(database)}


def _describe(source: Source, state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": source.id,
        "name": source.name,
        "country": source.country,
        "kind": source.kind.value,
        "language": source.language,
        "platform": source.platform.value if source.platform else None,
        "enabled": source.enabled,
        "state": state.get("state", "new") if source.enabled else "disabled",
        "last_checked_at": state.get("last_checked_at"),
        "checked_on": _find_checked_on(source, state),
        "entry_points": [point.url for point in source.entry_points],
        "note": source.note,
    }


def _find_checked_on(source: Source, state: Mapping[str, Any]) -> str | None:
    """The last day on which the source was seen to answer well: by this archive, or by whoever wrote its file."""
    days = [str(source.checked_on) if source.checked_on else "", (state.get("last_ok_at") or "")[:10]]
    return max(days) or None
