"""The one place where a connection to the archive is opened, so that every connection has the same rules (R41)."""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from monitor.archive.schema import MIGRATION_NAMES, MIGRATIONS
from monitor.errors import GovwatchError

BUSY_TIMEOUT_S = 10.0


class ArchiveNotFound(GovwatchError):
    """There is no archive at the path that was given."""


class ArchiveUnreadable(GovwatchError):
    """The file is not an archive of ours, or one that a newer govwatch wrote."""


class _Archive(Database):
    """A database whose `query` opens no savepoint: in a transaction each would make FTS5 write its index to disk.

    sqlite-utils guards `query` with one against statements that return no rows.
    """

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> Generator[dict[str, Any]]:
        cursor = self.conn.execute(sql, () if params is None else params)
        assert cursor.description is not None, f"query() is for statements that return rows, not for {sql}"
        columns = [column[0] for column in cursor.description]
        return (dict(zip(columns, row, strict=True)) for row in cursor)


def open_archive(path: Path) -> Database:
    """The archive at `path` for writing, made or brought up to date first.

    Raises ArchiveUnreadable when the file is no SQLite database or has migrations that this version does not know.
    """
    existed = path.exists() and path.stat().st_size > 0
    path.parent.mkdir(parents=True, exist_ok=True)
    database = _connect(path, f"file:{_quote(path)}")
    try:
        _refuse_foreign(database, path)
        database.conn.execute("PRAGMA journal_mode = WAL")
        database.conn.execute("PRAGMA synchronous = FULL")
        _migrate(database, path, existed=existed)
    except sqlite3.DatabaseError as error:
        database.close()
        raise ArchiveUnreadable(f"{path}: {_advise(error)}") from error
    return database


def open_archive_read_only(path: Path) -> Database:
    """The archive at `path` for reading; any number of processes may do so beside the one that writes."""
    if not path.exists() or not path.stat().st_size:
        raise ArchiveNotFound(f"{path}: there is no archive yet. `govwatch crawl` makes one; --archive names another.")
    database = _connect_to_read(path)
    try:
        _refuse_foreign(database, path)
        unknown = _unknown_migrations(database)
        pending = MIGRATIONS.pending(database)
    except sqlite3.DatabaseError as error:
        database.close()
        raise ArchiveUnreadable(f"{path}: {_advise(error)}") from error
    if pending or unknown:
        database.close()
        raise ArchiveUnreadable(
            f"{path}: written by another version of govwatch. `govwatch doctor` brings it up to date."
        )
    return database


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A read-only archive that is closed afterwards."""
    database = open_archive_read_only(path)
    try:
        yield database
    finally:
        database.close()


def _connect_to_read(path: Path) -> Database:
    """A connection that only reads, also where the files that SQLite wants beside the archive cannot be made.

    So it is for an analyst's account, on a read-only disk and on a full one. `immutable` is safe while nobody has the
    archive open.
    """
    uri = f"file:{_quote(path)}?mode=ro"
    database = _connect(path, uri)
    try:
        database.conn.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError as error:
        database.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:  # an empty one is left by this very attempt
            raise ArchiveUnreadable(f"{path}: {_advise(error)}") from error
        return _connect(path, f"{uri}&immutable=1")
    except sqlite3.DatabaseError:
        pass  # no database at all: whoever reads from it says so
    return database


def _advise(error: sqlite3.DatabaseError) -> str:
    """The fault with what to do about it: a place that fails is not a file of the wrong kind."""
    if isinstance(error, sqlite3.OperationalError):
        return f"{error}. Make room or mend the folder and its permissions, then run the same command again."
    return f"{error}. Is it a govwatch archive? Name another with --archive."


def _refuse_foreign(database: Database, path: Path) -> None:
    """Somebody else's tables are no archive, and ours are not put beside them."""
    if not MIGRATIONS.applied(database) and set(database.table_names()) - {MIGRATIONS.migrations_table}:
        raise ArchiveUnreadable(f"{path}: is a database, but no govwatch archive. Name another with --archive.")


def _quote(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _connect(path: Path, uri: str) -> Database:
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    except sqlite3.OperationalError as error:
        raise ArchiveUnreadable(f"{path}: cannot be opened: {_advise(error)}") from error
    database = _Archive(connection, execute_plugins=False)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    return database


def _unknown_migrations(database: Database) -> set[str]:
    return {migration.name for migration in MIGRATIONS.applied(database)} - set(MIGRATION_NAMES)


def _migrate(database: Database, path: Path, *, existed: bool) -> None:
    if unknown := _unknown_migrations(database):
        raise ArchiveUnreadable(f"{path}: written by a newer govwatch ({', '.join(sorted(unknown))}). Update govwatch.")
    if not MIGRATIONS.pending(database):
        return
    if existed and MIGRATIONS.applied(database):
        write_backup(database, path.with_name(f"{path.name}.before-migration"))
    MIGRATIONS.apply(database)


def write_backup(database: Database, target: Path) -> None:
    """A whole, consistent copy of the archive at `target`, put in place in one step."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            database.conn.backup(copy)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)  # half a copy would be taken for a whole one, and keep a full disk full


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """All or nothing. Takes the write lock at once, so that it cannot fail half-way for want of it."""
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.execute("COMMIT")
