"""`backup` and `doctor`: keeping the archive."""

import sqlite3
from pathlib import Path

from crawler.counting import write_number
from monitor.archive.connection import ArchiveNotFound, naming_faults, open_archive, reading, transaction, write_backup
from monitor.archive.examination import find_archive_faults
from monitor.archive.search import rebuild_index
from monitor.cli.output import complain, print_json, say
from monitor.cli.places import EXIT_PARTLY_FAILED, Places, archive_path, find_configuration
from monitor.errors import GovwatchError, WorkFailed
from monitor.locks import writing


class BackupExists(GovwatchError):
    """The file that a backup should go to is there already."""


class BackupFailed(WorkFailed):
    """The copy could not be written; what was written of it is gone again."""


def back_up(places: Places, file: Path) -> int:
    if file.exists():
        raise BackupExists(f"{file} exists: a backup never overwrites anything; name another file")
    if not file.parent.is_dir():
        raise BackupExists(f"{file.parent} is no folder: make it first")
    with reading(archive_path(places, find_configuration(places))) as database:
        try:
            write_backup(database, file)
        except (sqlite3.OperationalError, OSError) as error:
            raise BackupFailed(f"{file}: the copy cannot be written: {error}") from error
    say(f"{file}: {file.stat().st_size} bytes")
    return 0


def examine(places: Places, *, rebuild_search: bool, as_json: bool) -> int:
    archive = archive_path(places, find_configuration(places))
    if not archive.exists():
        raise ArchiveNotFound(f"{archive}: there is no archive yet. `govwatch crawl` makes one.")
    with writing(archive, say=complain):
        database = open_archive(archive)
        try:
            if rebuild_search:
                with naming_faults(archive), transaction(database):
                    rebuild_index(database)
            faults = find_archive_faults(database)
        finally:
            database.close()
    if as_json:
        print_json({"ok": not faults, "faults": faults})
    else:
        for fault in faults:
            complain(fault)
        say(f"{archive}: {write_number(len(faults), 'fault')}" if faults else f"{archive}: all well")
    return EXIT_PARTLY_FAILED if faults else 0
