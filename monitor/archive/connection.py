"""The one place where a connection to the archive is opened, so that every connection has the same rules (R41)."""

import re
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from monitor.archive.schema import MIGRATION_NAMES, MIGRATIONS
from monitor.errors import GovwatchError, WorkFailed

BUSY_TIMEOUT_S = 10.0
# What SQLite says of a full or failing disk, and of files that it may not write.
PLACE_FAILS = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
MAKE_ROOM = "make room or mend the folder"
NO_DAMAGE = re.compile(r"(?i)^ok$|^\*\*\* |\bfts5\b")
WHEN_DAMAGED = "Restore a backup, unless `govwatch doctor` finds damage in the search index alone."


class ArchiveNotFound(GovwatchError):
    """There is no archive at the path that was given."""


class ArchiveUnreadable(GovwatchError):
    """The file is not an archive of ours, or one that a newer govwatch wrote."""


class ArchiveFull(WorkFailed):
    """The archive could not be written; nothing was lost, since nothing was committed."""


class ArchiveBusy(WorkFailed):
    """Another program holds the archive for longer than anybody waits."""


class ArchiveDamaged(WorkFailed):
    """What the file says cannot be right: a disk that fails, or a copy that was made while the file was written."""


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

    Raises ArchiveUnreadable when the file is no SQLite database or has migrations that this version does not know, and
    what `naming_faults` raises.
    """
    existed = path.exists() and path.stat().st_size > 0
    path.parent.mkdir(parents=True, exist_ok=True)
    database = _connect(path, f"file:{_quote(path)}")
    try:
        with naming_faults(path):
            _refuse_foreign(database, path)
            database.conn.execute("PRAGMA journal_mode = WAL")
            database.conn.execute("PRAGMA synchronous = FULL")
            _migrate(database, path, existed=existed)
    except sqlite3.DatabaseError as error:
        database.close()
        raise ArchiveUnreadable(f"{path}: cannot be brought up to date: {error}") from error
    except BaseException:
        database.close()
        raise
    return database


def open_archive_read_only(path: Path) -> Database:
    """The archive at `path` for reading; any number of processes may do so beside the one that writes."""
    if not path.exists() or not path.stat().st_size:
        raise ArchiveNotFound(f"{path}: there is no archive yet. `govwatch crawl` makes one; --archive names another.")
    with naming_faults(path):
        database = _connect_to_read(path)
    try:
        with naming_faults(path):
            _refuse_foreign(database, path)
            _refuse_other_version(database, path)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A read-only archive that is closed afterwards; raises what `naming_faults` raises."""
    database = open_archive_read_only(path)
    try:
        with naming_faults(path):
            yield database
    finally:
        database.close()


@contextmanager
def naming_faults(path: Path) -> Iterator[None]:
    """Tells what the world does to the archive from faults of ours, which stay as they are.

    Raises ArchiveDamaged, ArchiveFull, ArchiveBusy, or ArchiveUnreadable for a file that is no database.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        named = _name_fault(error, path)
        if named is None:
            raise
        raise named from error


def _name_fault(error: sqlite3.DatabaseError, path: Path) -> GovwatchError | None:
    # Without a code: the `sqlite3` module itself refused, which is a fault of ours. The low byte is the kind of error.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF:
        case sqlite3.SQLITE_CORRUPT:
            return ArchiveDamaged(f"{path}: is damaged: {error}. {WHEN_DAMAGED}")
        case sqlite3.SQLITE_NOTADB:
            return ArchiveUnreadable(f"{path}: {error}. Is it a govwatch archive? Name another with --archive.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return ArchiveBusy(f"{path}: {error}: another program holds it. {go_on_after('let that one end')}")
        case code if code in PLACE_FAILS:
            return ArchiveFull(f"{path}: {error}. Nothing was lost: {go_on_after(MAKE_ROOM)}")
    return None


def go_on_after(advice: str) -> str:
    """Advice, and what has to be done once it was taken."""
    return f"{advice}. What still runs then goes on by itself; run anything else again."


def _connect_to_read(path: Path) -> Database:
    """A connection that only reads, also where the files that SQLite wants beside the archive cannot be made.

    So it is for an analyst's account, on a read-only disk and on a full one. `immutable` is safe while nobody has the
    archive open.
    """
    uri = f"file:{_quote(path)}?mode=ro"
    database = _connect(path, uri)
    try:
        database.conn.execute("SELECT 1 FROM sqlite_master")
    except sqlite3.OperationalError:
        database.close()
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:  # an empty one is left by this very attempt
            raise
        return _connect(path, f"{uri}&immutable=1")
    except sqlite3.DatabaseError:
        pass  # no database at all: whoever reads from it says so
    return database


def _refuse_foreign(database: Database, path: Path) -> None:
    """Somebody else's tables are no archive, and ours are not put beside them."""
    if not MIGRATIONS.applied(database) and set(database.table_names()) - {MIGRATIONS.migrations_table}:
        raise ArchiveUnreadable(f"{path}: is a database, but no govwatch archive. Name another with --archive.")


def _refuse_other_version(database: Database, path: Path) -> None:
    if _unknown_migrations(database) or MIGRATIONS.pending(database):
        raise ArchiveUnreadable(
            f"{path}: written by another version of govwatch. `govwatch doctor` brings it up to date."
        )


def _quote(path: Path) -> str:
    return str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _connect(path: Path, uri: str) -> Database:
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    except sqlite3.OperationalError as error:
        advice = "Make room or mend the folder and its permissions, then run the same command again."
        raise ArchiveUnreadable(f"{path}: cannot be opened: {error}. {advice}") from error
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
    """A whole, consistent copy of the archive at `target`, put in place in one step.

    Raises ArchiveDamaged where the archive was damaged before: its copy would be taken for one to fall back on.
    """
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(unfinished)) as copy:
            database.conn.backup(copy)
            _refuse_damaged(copy)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)  # half a copy would be taken for a whole one, and keep a full disk full


def _refuse_damaged(copy: sqlite3.Connection) -> None:
    if damage := _find_damage(copy):
        raise ArchiveDamaged(f"the archive is damaged, and no copy of it is kept: {damage}. {WHEN_DAMAGED}")


def _find_damage(copy: sqlite3.Connection) -> str | None:
    """What is damaged but the index, into which SQLite looks from 3.44 on: that can be made anew from the texts."""
    for most in (1, 9):  # asked for several faults, it may break off at the second before it has told the first
        lines = [line for (said,) in copy.execute(f"PRAGMA quick_check({most})") for line in str(said).splitlines()]
        if damage := [line for line in lines if not NO_DAMAGE.search(line)]:
            return damage[0]
        if lines == ["ok"]:
            break
    return None


@contextmanager
def transaction(database: Database) -> Iterator[None]:
    """All or nothing. Takes the write lock at once, so that it cannot fail half-way for want of it."""
    database.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.conn.execute("COMMIT")
    except BaseException:
        database.conn.rollback()  # a commit, too, may find the disk full, and leaves its transaction open
        raise
