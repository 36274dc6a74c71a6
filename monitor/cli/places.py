"""Where the configuration and the archive are, as the command line, the environment and the settings say."""

import os
from dataclasses import dataclass
from pathlib import Path

from monitor.cli.output import complain
from monitor.configuration import Configuration, read_configuration

EXIT_PARTLY_FAILED = 1
EXIT_WRONG_USE = 2
DEFAULT_CONFIG = Path("config")
DEFAULT_ARCHIVE = Path("govwatch.db")


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the command line and the environment say; None leaves the archive to the settings."""

    config: Path
    archive: Path | None


def archive_path(places: Places, configuration: Configuration | None) -> Path:
    """--archive, else GOVWATCH_ARCHIVE, else the settings' own (from the configuration folder), else ./govwatch.db."""
    if places.archive:
        return places.archive
    if configuration and configuration.settings.archive.file:
        return configuration.folder / configuration.settings.archive.file
    return DEFAULT_ARCHIVE


def read_places(places: Places) -> tuple[Configuration, Path]:
    """The checked configuration, its warnings said, and the archive's path; raises ConfigurationFaulty."""
    configuration = read_configuration(places.config, os.environ)
    for warning in configuration.warnings:
        complain(f"warning: {warning}")
    return configuration, archive_path(places, configuration)


def find_configuration(places: Places) -> Configuration | None:
    """The configuration, for commands that can do without one when --archive is given."""
    return None if places.archive else read_configuration(places.config, os.environ)
