"""The archive of every release is brought up to date: all rows kept, a backup first, all or nothing (R41)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.archive import schema
from monitor.archive.connection import ArchiveUnreadable, open_archive
from monitor.archive.examination import find_archive_faults
from monitor.archive.search import find_documents
from monitor.query import Term

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))
OURS = {"_sqlite_migrations", "sqlite_sequence"}


@pytest.fixture(params=SCHEMAS, ids=lambda path: path.stem)
def old_archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive as that release wrote it."""
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    return path


def read_rows(path: Path) -> dict[str, list[dict[str, object]]]:
    """Table -> its rows, with what a release may add left for the caller to compare."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
            for table in tables
            if table not in OURS
        }


def read_columns(path: Path) -> dict[str, set[str]]:
    """Table or view -> its columns."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            if name not in OURS
        ]
        return {name: {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')} for name in names}


def read_applied(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]


def test_an_upgrade_keeps_every_row(old_archive: Path) -> None:
    """R41: what was there is there, value by value; what is new stands beside it."""
    before = read_rows(old_archive)

    open_archive(old_archive).close()

    after = read_rows(old_archive)
    assert sum(len(rows) for rows in before.values()) > 30
    for table, rows in before.items():
        kept = [{column: row[column] for column in old} for row, old in zip(after[table], rows, strict=True)]
        assert kept == rows, table


def test_an_upgraded_archive_is_like_a_new_one(old_archive: Path, tmp_path: Path) -> None:
    """R41: the same tables, views and columns, whole references, a search index that agrees."""
    open_archive(tmp_path / "new.db").close()

    database = open_archive(old_archive)

    assert read_columns(old_archive) == read_columns(tmp_path / "new.db")
    assert find_archive_faults(database) == []
    database.close()
    assert set(read_applied(old_archive)) == set(schema.MIGRATION_NAMES)


def test_addresses_that_held_the_number_of_a_session_are_known_without_it(old_archive: Path) -> None:
    known = (
        "example.org/n;jsessionid=1A",
        "example.org/n;jsessionid=2B",
        "example.org/m?_t=1764429600&id=5",
        "example.org/o?id=5",
    )
    with closing(sqlite3.connect(old_archive)) as connection:
        connection.executemany(
            "INSERT INTO announcement_key VALUES ('gb-blog', 'url', ?, ?)", zip(known, (1, 2, 3, 3), strict=True)
        )
        connection.execute("INSERT INTO announcement_key VALUES ('gb-blog', 'guid', 'n?_t=1764429600', 3)")
        connection.execute("UPDATE pending SET url_key = url_key || ';jsessionid=1' WHERE source = 'gb-blog'")
        connection.execute("UPDATE trail_step SET url_key = 'example.org/n;jsessionid=1A' WHERE id = 1")
        connection.commit()

    open_archive(old_archive).close()

    rows = read_rows(old_archive)
    keys = {row["value"]: row["announcement_id"] for row in rows["announcement_key"] if row["source"] == "gb-blog"}
    assert {key: keys.pop(f"example.org/{key}") for key in "abc"} == {"a": 1, "b": 2, "c": 3}
    assert keys.pop("example.org/n") in {1, 2}
    assert keys == {"example.org/m?id=5": 3, "example.org/o?id=5": 3, "n?_t=1764429600": 3}
    assert "example.org/e" in {row["url_key"] for row in rows["pending"]}
    assert rows["trail_step"][0]["url_key"] == "example.org/n"


def test_an_upgrade_lists_the_terms_that_were_found(old_archive: Path) -> None:
    """The only way in which archives of old tell one term from two is the comma between them."""
    with closing(sqlite3.connect(old_archive)) as connection, connection:
        connection.execute("UPDATE match SET terms = 'MoU, a \"treaty\"' WHERE announcement_id = 1")
        connection.execute("UPDATE match SET terms = '' WHERE announcement_id = 2")

    open_archive(old_archive).close()

    lists = [json.loads(str(row["term_list"])) for row in read_rows(old_archive)["match"]]
    assert lists == [["MoU", 'a "treaty"'], [], ["memorandum of understanding"]]


@pytest.mark.parametrize(
    ("text", "indexed", "term"),
    [
        ("Electric buses", "electric buse", "bus"),
        ("New lenses", "new lense", "lens"),
        ("دولت ایران", "دولت ایران", "دولت ايران"),
        ("سنة ١٤٤٧", "سنة ١٤٤٧", "سنة 1447"),
    ],
)
def test_words_that_are_spelt_otherwise_now_are_found_in_an_upgraded_archive(
    old_archive: Path, text: str, indexed: str, term: str
) -> None:
    with closing(sqlite3.connect(old_archive)) as connection:
        connection.execute("UPDATE version SET text = ? WHERE announcement_id = 2", [text])
        connection.execute("UPDATE search SET body = ? WHERE rowid = 2", [indexed])
        connection.commit()

    database = open_archive(old_archive)

    assert 2 in [row["id"] for row in find_documents(database, Term(term))]
    database.close()


def test_a_row_of_the_index_that_belongs_to_nothing_stops_no_upgrade(old_archive: Path) -> None:
    with closing(sqlite3.connect(old_archive)) as connection:
        connection.execute("INSERT INTO search (rowid, title, body) VALUES (99, 'Electric', 'buse')")
        connection.commit()

    open_archive(old_archive).close()

    assert set(read_applied(old_archive)) == set(schema.MIGRATION_NAMES)


def test_every_migration_is_named_so_that_it_is_known(tmp_path: Path) -> None:
    open_archive(tmp_path / "new.db").close()

    assert tuple(read_applied(tmp_path / "new.db")) == schema.MIGRATION_NAMES


def test_an_upgrade_makes_a_backup_first(old_archive: Path) -> None:
    """R41."""
    before, applied = read_rows(old_archive), read_applied(old_archive)

    open_archive(old_archive).close()

    backup = old_archive.with_name("a.db.before-migration")
    assert read_rows(backup) == before
    assert read_applied(backup) == applied


@pytest.mark.parametrize("script", ["DELIVERY", "HEALTH"])
def test_an_upgrade_that_fails_leaves_that_step_undone_and_says_so(
    old_archive: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R41: each step is one transaction; the next start tries again and succeeds."""
    before = read_rows(old_archive)
    with monkeypatch.context() as patched:
        patched.setattr(schema, script, getattr(schema, script) + "INSERT INTO no_such_table VALUES (1);\n")
        with pytest.raises(ArchiveUnreadable, match="no_such_table"):
            open_archive(old_archive)

    rows, columns = read_rows(old_archive), read_columns(old_archive)
    assert rows["announcement"] == before["announcement"]
    assert "notice" not in columns
    assert "registered_at" not in columns["source_state"]
    assert "0002_health" not in read_applied(old_archive)
    open_archive(old_archive).close()
    assert set(read_applied(old_archive)) == set(schema.MIGRATION_NAMES)


def test_an_archive_of_a_newer_release_is_left_alone(old_archive: Path) -> None:
    with closing(sqlite3.connect(old_archive)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('govwatch', '9999_later', '')"
        )
        connection.commit()
    before = old_archive.read_bytes()

    with pytest.raises(ArchiveUnreadable, match="newer govwatch"):
        open_archive(old_archive)

    with closing(sqlite3.connect(old_archive)) as connection:
        assert connection.execute("SELECT count(*) FROM announcement").fetchone() == (4,)
    assert before[:16] == old_archive.read_bytes()[:16]
