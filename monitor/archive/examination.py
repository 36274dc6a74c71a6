"""Checks that the archive is whole: the file, the references, the search index."""

import sqlite3

from sqlite_utils import Database

from monitor.archive.search import count_index_faults


def find_archive_faults(database: Database) -> list[str]:
    """Each fault in a line that says what to do; empty when all is well."""
    try:
        return _find_faults(database)
    except sqlite3.DatabaseError as error:  # so damaged that not even the look for damage comes to its end
        return [f"the file is damaged: {error}; restore a backup"]


def _find_faults(database: Database) -> list[str]:
    faults = [
        f"the file is damaged: {row[0]}; restore a backup"
        for row in database.execute("PRAGMA integrity_check").fetchall()
        if row[0] != "ok"
    ]
    dangling = len(database.execute("PRAGMA foreign_key_check").fetchall())
    if dangling:
        faults.append(f"{dangling} rows refer to something that is not there; restore a backup")
    return faults + _find_index_faults(database)


def _find_index_faults(database: Database) -> list[str]:
    try:
        database.execute("INSERT INTO search (search) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        return [f"the search index is damaged: {error}; run `govwatch doctor --rebuild-search`"]
    if missing := count_index_faults(database):
        return [
            f"the search index differs from the archive in {missing} places; run `govwatch doctor --rebuild-search`"
        ]
    return []
