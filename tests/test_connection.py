"""The archive is opened as far as this user may, and nothing else is taken for one."""

import resource
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from filelock import Timeout
from sqlite_utils import Database

from monitor.archive.connection import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveFull,
    ArchiveNotFound,
    ArchiveUnreadable,
    naming_faults,
    open_archive,
    reading,
    transaction,
)
from monitor.archive.examination import find_archive_faults
from monitor.cli.keeping import BackupFailed, back_up
from monitor.cli.places import Places
from monitor.locks import AlreadyRunning, ArchiveUnwritable, running, write_lock, writing


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow, as on a full disk, on a read-only one, or in a folder of somebody else."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def damage(path: Path, table: str) -> None:
    """Overwrites the page with which a table begins."""
    with closing(sqlite3.connect(path)) as database:
        (number,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((number - 1) * size)
        file.write(b"\xff" * size)


def test_an_archive_at_rest_is_read_where_nothing_can_be_written_beside_it(tmp_path: Path) -> None:
    """Without `immutable`, SQLite reads no file in WAL mode beside which it cannot make its own."""
    path = tmp_path / "a.db"
    open_archive(path).close()

    with full_disk(), reading(path) as database:
        assert list(database.query("SELECT count(*) AS count FROM announcements")) == [{"count": 0}]


def test_an_archive_that_was_left_at_work_is_not_read_without_what_was_written_last(tmp_path: Path) -> None:
    """What a process wrote before it was killed stands beside the archive until somebody may tidy up."""
    path, left = tmp_path / "a.db", tmp_path / "left"
    with closing(open_archive(path)) as writer:
        writer.conn.execute("PRAGMA user_version = 7")
        left.mkdir()
        for name in ("a.db", "a.db-wal"):
            shutil.copy(tmp_path / name, left / name)

    with full_disk(), pytest.raises(ArchiveFull, match="make room or mend the folder"), reading(left / "a.db"):
        pass
    with reading(left / "a.db") as database:
        assert list(database.query("PRAGMA user_version")) == [{"user_version": 7}]


def test_a_full_disk_is_not_taken_for_the_wrong_file(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_archive(path).close()

    with full_disk(), pytest.raises(ArchiveFull, match="make room or mend the folder"):
        open_archive(path)


def test_what_is_damaged_is_said_to_be_and_no_copy_of_it_is_taken_for_a_good_one(tmp_path: Path) -> None:
    """A copy that fails the day it is needed is worse than none."""
    path, copy = tmp_path / "a.db", tmp_path / "copies" / "b.db"
    open_archive(path).close()
    damage(path, "announcement")
    copy.parent.mkdir()

    with pytest.raises(ArchiveDamaged, match=r"is damaged: .* Restore a backup"), reading(path) as database:
        list(database.query("SELECT * FROM announcement"))
    with pytest.raises(ArchiveDamaged, match="no copy of it is kept"):
        back_up(Places(config=tmp_path, archive=path), copy)

    assert list(copy.parent.iterdir()) == []


def test_an_archive_that_another_program_holds_is_said_to_be_and_a_fault_of_ours_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(open_archive(path)) as ours, closing(sqlite3.connect(path)) as other:
        ours.conn.execute("PRAGMA busy_timeout = 0")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveBusy), naming_faults(path), transaction(ours):
            pass
        with pytest.raises(sqlite3.OperationalError, match="no such table"), naming_faults(path):
            ours.execute("SELECT 1 FROM no_such_table")


def test_a_backup_that_does_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "copies" / "b.db"
    open_archive(path).close()
    copy.parent.mkdir()

    with full_disk(), pytest.raises(BackupFailed, match="the copy cannot be written"):
        back_up(Places(config=tmp_path, archive=path), copy)

    assert list(copy.parent.iterdir()) == []


def test_an_empty_file_is_no_archive_yet(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()

    with pytest.raises(ArchiveNotFound), reading(tmp_path / "a.db"):
        pass


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE precious (a)")
    before = path.read_bytes()

    with pytest.raises(ArchiveUnreadable, match="no govwatch archive"):
        open_archive(path)
    with pytest.raises(ArchiveUnreadable, match="no govwatch archive"), reading(path):
        pass
    assert path.read_bytes() == before


def test_an_archive_is_locked_for_those_who_come_by_a_link_too(tmp_path: Path) -> None:
    """R10."""
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "folder" / "a.db")

    with running(tmp_path / "folder" / "a.db"), pytest.raises(AlreadyRunning), running(link):
        pass
    assert write_lock(link).lock_file == write_lock(tmp_path / "folder" / "a.db").lock_file


def test_whoever_writes_waits_until_nobody_else_does_and_says_so(tmp_path: Path) -> None:
    """R10."""
    path, came, waits, leaves = tmp_path / "a.db", *(threading.Event() for _ in range(3))

    def come_second() -> None:
        with writing(path, say=lambda _: waits.set()):
            came.set()
            leaves.wait(5)

    second = threading.Thread(target=come_second)
    with writing(path, say=pytest.fail):
        second.start()
        assert waits.wait(5)
        assert not came.wait(0.1)
    assert came.wait(5)
    with pytest.raises(Timeout):
        write_lock(path).acquire(timeout=0)
    leaves.set()
    second.join()
    with writing(path, say=pytest.fail):
        pass


def test_nothing_is_filed_that_belongs_to_nothing(tmp_path: Path) -> None:
    """R41."""
    with closing(open_archive(tmp_path / "a.db")) as database, pytest.raises(sqlite3.IntegrityError, match="FOREIGN"):
        database.execute("INSERT INTO announcement_key VALUES ('nowhere', 'url', 'example.org/a', 7)")


def test_a_writer_waits_for_another_that_is_soon_done(tmp_path: Path) -> None:
    """R41: an analyst's SQLite shell, or a backup, holds the file for a moment."""
    path, holds = tmp_path / "a.db", threading.Event()

    def hold() -> None:
        with closing(open_archive(path)) as other, transaction(other):
            holds.set()
            time.sleep(0.2)

    with closing(open_archive(path)) as database:
        other = threading.Thread(target=hold)
        other.start()
        assert holds.wait(5)
        with transaction(database):
            pass
        other.join()


def test_what_is_committed_outlives_a_power_cut(tmp_path: Path) -> None:
    """R41: SQLite's word for it; whether the disk keeps its own cannot be tried here."""
    full = 2
    with closing(open_archive(tmp_path / "a.db")) as database:
        assert list(database.query("PRAGMA synchronous")) == [{"synchronous": full}]


def test_an_archive_too_damaged_to_be_examined_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    database = open_archive(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    page = 4096
    whole = path.read_bytes()
    path.write_bytes(whole[: 2 * page] + b"\xff" * page * 6 + whole[8 * page :])

    with closing(sqlite3.connect(path)) as damaged:
        assert find_archive_faults(Database(damaged))[0].startswith("the file is damaged: ")


@pytest.mark.parametrize("name", ["", "file/a.db", "file/more/a.db"])
def test_a_place_that_cannot_be_written_is_told_so(tmp_path: Path, name: str) -> None:
    """A folder, and a path that leads through a file: as root, nothing else is refused."""
    (tmp_path / "file").touch()

    with pytest.raises(ArchiveUnwritable), writing(tmp_path / name, say=print):
        pass
    with pytest.raises(ArchiveUnwritable), running(tmp_path / name):
        pass
