"""The archive is opened as far as this user may, and nothing else is taken for one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.archive.connection import ArchiveNotFound, ArchiveUnreadable, open_archive, reading
from monitor.locks import ArchiveUnwritable, running, writing


def test_an_archive_at_rest_is_read_by_those_who_may_not_write_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `immutable`, SQLite refuses to read a file in WAL mode whose folder is read-only."""
    path = tmp_path / "a.db"
    open_archive(path).close()
    monkeypatch.setattr("os.access", lambda *_: False)  # tests may run as root, who may do everything

    with reading(path) as database:
        assert list(database.query("SELECT 1 AS one")) == [{"one": 1}]
        assert sorted(each.name for each in tmp_path.iterdir()) == ["a.db"]


def test_an_archive_at_work_is_read_with_what_was_just_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    monkeypatch.setattr("os.access", lambda *_: False)
    with closing(open_archive(path)) as writer:
        writer.conn.execute("PRAGMA user_version = 7")
        with reading(path) as database:
            assert list(database.query("PRAGMA user_version")) == [{"user_version": 7}]


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


@pytest.mark.parametrize("name", ["", "file/a.db", "file/more/a.db"])
def test_a_place_that_cannot_be_written_is_told_so(tmp_path: Path, name: str) -> None:
    """A folder, and a path that leads through a file: as root, nothing else is refused."""
    (tmp_path / "file").touch()

    with pytest.raises(ArchiveUnwritable), writing(tmp_path / name, say=print):
        pass
    with pytest.raises(ArchiveUnwritable), running(tmp_path / name):
        pass
