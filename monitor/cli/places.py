"""Where the configuration and the archive are, as the command line, the environment and the settings say.

Imports inside the functions are on purpose: a crawler that is started ahead begins to load the sooner.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.counting import write_number
from monitor.cli.output import complain

if TYPE_CHECKING:
    from monitor.configuration import Configuration

EXIT_PARTLY_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_INTERRUPTED = 130
DEFAULT_CONFIG = Path("config")
DEFAULT_ARCHIVE = Path("govwatch.db")


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the command line and the environment say; None leaves the archive to the settings."""

    config: Path
    archive: Path | None


def archive_path(places: Places, configuration: "Configuration | None") -> Path:
    """--archive, else GOVWATCH_ARCHIVE, else the settings' own (from the configuration folder), else ./govwatch.db."""
    if places.archive:
        return places.archive
    if configuration and configuration.settings.archive.file:
        return configuration.folder / configuration.settings.archive.file
    return DEFAULT_ARCHIVE


def read_places(places: Places) -> "tuple[Configuration, Path]":
    """The checked configuration, its warnings said, and the archive's path; raises ConfigurationFaulty."""
    from monitor.configuration import read_configuration  # noqa: PLC0415

    configuration = read_configuration(places.config, os.environ)
    for warning in configuration.warnings:
        complain(f"warning: {warning}")
    return configuration, archive_path(places, configuration)


def find_configuration(places: Places) -> "Configuration | None":
    """The configuration, for commands that can do without one when --archive is given."""
    from monitor.configuration import read_configuration  # noqa: PLC0415

    return None if places.archive else read_configuration(places.config, os.environ)


def find_sound_configuration(places: Places) -> "Configuration | None":
    """The configuration, for commands that show more with one: one with faults is said to have some.

    Raises ConfigurationFaulty where it alone would say which archive is meant.
    """
    from monitor.configuration import ConfigurationFaulty, read_configuration  # noqa: PLC0415

    try:
        return read_configuration(places.config, os.environ)
    except ConfigurationFaulty as faulty:
        if places.archive is None:
            raise
        counted = write_number(len(faulty.faults), "fault")
        complain(f"warning: the configuration in {places.config} has {counted}: `govwatch check` lists what is wrong")
        return None
