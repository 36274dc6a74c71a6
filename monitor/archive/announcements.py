"""Announcements, their keys, versions and stories: how they are found again and how they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from crawler.announcement import Announcement, Key, KeyKind, Row, TextState, Validators
from crawler.urls import strip_part, url_key
from monitor.archive.sources import write_row
from monitor.clock import read_day, read_moment, write_moment
from monitor.identity import Known, hash_text, title_key

_KNOWN_COLUMNS = "a.id, a.url, a.title, a.published_on, a.text_sha256, a.text_state, a.version"
_TEXT = "(SELECT v.text FROM version AS v WHERE v.announcement_id = a.id AND v.version = a.version) AS text"


@dataclass(frozen=True, kw_only=True)
class Filing:
    """How an announcement is to be filed for the first time."""

    announcement: Announcement
    story_id: int | None
    """The story it joins, or None for one of its own."""
    state: str
    baseline: bool
    seen_at: datetime
    recheck_at: datetime


def key_space(key: Key) -> tuple[str, str]:
    """Addresses are one name space, guids another."""
    if key.kind is KeyKind.GUID:
        return "guid", key.value
    return "url", url_key(key.value)


def find_known(database: Database, source: str, key: Key, *, listed: frozenset[str]) -> Known | None:
    """The announcement of `source` that has this key; `listed` holds the url keys that this crawl listed."""
    space, value = key_space(key)
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS} FROM announcement_key AS k JOIN announcement AS a ON a.id = k.announcement_id"
        " WHERE k.source = ? AND k.space = ? AND k.value = ?",
        [source, space, value],
        listed,
    )


def find_same_text(
    database: Database, source: str, text_sha256: str | None, *, day: date | None, listed: frozenset[str]
) -> Known | None:
    """An announcement of `source` with this very text, best of this day; nothing has no text in common with nothing."""
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS} FROM announcement AS a WHERE a.text_sha256 = ? AND a.source = ?"
        " ORDER BY a.published_on IS NOT ?, a.id",
        [text_sha256, source, day.isoformat() if day else None],
        listed,
    )


def find_same_text_elsewhere(
    database: Database, source: str, text_sha256: str | None, *, day: date | None
) -> Known | None:
    """An announcement of any other source with this very text, best of this day."""
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS} FROM announcement AS a WHERE a.text_sha256 = ? AND a.source <> ?"
        " ORDER BY a.published_on IS NOT ?, a.id",
        [text_sha256, source, day.isoformat() if day else None],
        frozenset(),
    )


def find_same_address_elsewhere(database: Database, source: str, url: str) -> Known | None:
    """An announcement of another source under the very same address: two feeds of one site overlap."""
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS} FROM announcement_key AS k JOIN announcement AS a ON a.id = k.announcement_id"
        " WHERE k.value = ? AND k.space = 'url' AND k.source <> ? ORDER BY a.id",
        [url_key(url), source],
        frozenset(),
    )


def find_same_title_on_page(database: Database, announcement: Announcement, *, listed: frozenset[str]) -> Known | None:
    """The announcement of this title that stands for the page while this one stands for a part of it, or the reverse."""
    page = url_key(strip_part(announcement.row.url))
    begin, end = _bound_parts(page)
    titles = title_key(announcement.title), title_key(announcement.row.title or announcement.title)
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS} FROM announcement_key AS k JOIN announcement AS a ON a.id = k.announcement_id"
        " WHERE k.source = ? AND k.space = 'url' AND k.value >= ? AND k.value < ?"
        " AND (k.value = ? OR k.value > ?) AND a.title_key IN (?, ?) ORDER BY a.id",
        [announcement.source, page, end, page, begin, *titles],
        listed,
    )


def _bound_parts(page: str) -> tuple[str, str]:
    """Between these stand the keys of all parts of a page."""
    return f"{page}#", f"{page}$"  # "$" is the next sign after "#"


def find_same_title_and_day(database: Database, announcement: Announcement, *, listed: frozenset[str]) -> Known | None:
    """The announcement of this title and day, with its text."""
    if announcement.published.on is None:
        return None
    return _first_known(
        database,
        f"SELECT {_KNOWN_COLUMNS}, {_TEXT} FROM announcement AS a"
        " WHERE a.source = ? AND a.title_key = ? AND a.published_on = ? ORDER BY a.id",
        [announcement.source, title_key(announcement.title), announcement.published.on.isoformat()],
        listed,
    )


def _first_known(database: Database, sql: str, parameters: list[Any], listed: frozenset[str]) -> Known | None:
    row = next(database.query(sql, parameters), None)
    if row is None:
        return None
    return Known(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        published_on=read_day(row["published_on"]),
        text_sha256=row["text_sha256"],
        text_state=TextState(row["text_state"]),
        version=row["version"],
        is_listed=url_key(row["url"]) in listed,
        text=row.get("text"),
    )


def file_announcement(database: Database, filing: Filing) -> int:
    """Writes a new announcement with its first version, its keys and its story; returns its id."""
    announcement, moment = filing.announcement, write_moment(filing.seen_at)
    story_id = filing.story_id or _open_story(database, announcement.title, moment)
    cursor = database.execute(
        "INSERT INTO announcement (source, story_id, url, title, title_key, author, language, published_on,"
        " published_at, date_source, first_seen_at, last_listed_at, summary, version, text_sha256, text_state, state,"
        " baseline, row, recheck_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
        [
            announcement.source,
            story_id,
            announcement.url,
            announcement.title,
            title_key(announcement.title),
            announcement.author,
            announcement.language,
            announcement.published.on.isoformat() if announcement.published.on else None,
            write_moment(announcement.published.at) if announcement.published.at else None,
            announcement.published.source.value if announcement.published.source else None,
            moment,
            moment,
            announcement.summary,
            hash_text(announcement.text),
            announcement.text_state.value,
            filing.state,
            filing.baseline,
            write_row(announcement.row),
            write_moment(filing.recheck_at),
        ],
    )
    announcement_id = cursor.lastrowid
    assert announcement_id is not None
    if filing.story_id is None:
        database.execute("UPDATE story SET lead_announcement_id = ? WHERE id = ?", [announcement_id, story_id])
    _write_version(database, announcement_id, 1, announcement, moment)
    add_keys(database, announcement.source, announcement.keys, announcement_id)
    save_page_validators(database, announcement_id, announcement.validators)
    return announcement_id


def _open_story(database: Database, title: str, moment: str) -> int:
    story_id = database.execute("INSERT INTO story (title, first_seen_at) VALUES (?, ?)", [title, moment]).lastrowid
    assert story_id is not None
    return story_id


def _write_version(
    database: Database, announcement_id: int, version: int, announcement: Announcement, moment: str
) -> None:
    """A plain INSERT: for one that may replace a row, SQLite opens a savepoint, at which FTS5 writes its index to disk."""
    database.execute(
        "INSERT INTO version (announcement_id, version, seen_at, title, text, text_sha256) VALUES (?, ?, ?, ?, ?, ?)",
        [announcement_id, version, moment, announcement.title, announcement.text, hash_text(announcement.text)],
    )


def write_changed(
    database: Database, announcement_id: int, announcement: Announcement, *, version: int, seen_at: datetime
) -> None:
    """Writes `version` and points the announcement to it (R19); the same number replaces a text that was missing."""
    database.execute("DELETE FROM version WHERE announcement_id = ? AND version = ?", [announcement_id, version])
    _write_version(database, announcement_id, version, announcement, write_moment(seen_at))
    database.execute(
        "UPDATE announcement SET version = ?, title = ?, title_key = ?, text_sha256 = ?, text_state = ?,"
        " summary = coalesce(?, summary), author = coalesce(?, author), language = coalesce(?, language),"
        " published_on = coalesce(published_on, ?), published_at = coalesce(published_at, ?),"
        " date_source = coalesce(date_source, ?) WHERE id = ?",
        [
            version,
            announcement.title,
            title_key(announcement.title),
            hash_text(announcement.text),
            announcement.text_state.value,
            announcement.summary,
            announcement.author,
            announcement.language,
            announcement.published.on.isoformat() if announcement.published.on else None,
            write_moment(announcement.published.at) if announcement.published.at else None,
            announcement.published.source.value if announcement.published.source else None,
            announcement_id,
        ],
    )


def note_seen(database: Database, announcement_id: int, announcement: Announcement, *, at: datetime) -> None:
    """What every sight of an announcement leaves behind, changed or not."""
    database.execute(
        "UPDATE announcement SET last_listed_at = ?, row = ?, state = CASE state WHEN 'gone' THEN 'current' ELSE state"
        " END WHERE id = ?",
        [write_moment(at), write_row(announcement.row), announcement_id],
    )
    save_page_validators(database, announcement_id, announcement.validators)


def note_listed(database: Database, source: str, keys: Iterable[str], *, at: datetime) -> None:
    """Marks every known announcement that a listing still shows."""
    database.conn.executemany(
        "UPDATE announcement SET last_listed_at = ? WHERE id = (SELECT announcement_id FROM announcement_key"
        " WHERE source = ? AND space = 'url' AND value = ?)",
        [(write_moment(at), source, key) for key in keys],
    )


def move_announcement(database: Database, announcement_id: int, url: str) -> None:
    database.execute("UPDATE announcement SET url = ? WHERE id = ?", [url, announcement_id])


def set_recheck(database: Database, announcement_id: int, at: datetime | None) -> None:
    database.execute(
        "UPDATE announcement SET recheck_at = ? WHERE id = ?", [write_moment(at) if at else None, announcement_id]
    )


def mark_gone(database: Database, announcement_id: int) -> None:
    database.execute("UPDATE announcement SET state = 'gone' WHERE id = ?", [announcement_id])


def add_keys(database: Database, source: str, keys: Iterable[Key], announcement_id: int) -> None:
    """Adds the keys that nobody has yet; a key that another announcement has stays with it."""
    for key in keys:
        database.execute(
            "INSERT OR IGNORE INTO announcement_key (source, space, value, announcement_id) VALUES (?, ?, ?, ?)",
            [source, *key_space(key), announcement_id],
        )


def take_over_keys(database: Database, source: str, keys: Iterable[Key], announcement_id: int) -> None:
    """Gives the keys to an announcement, whoever has them."""
    for key in keys:
        database.execute(
            "INSERT OR REPLACE INTO announcement_key (source, space, value, announcement_id) VALUES (?, ?, ?, ?)",
            [source, *key_space(key), announcement_id],
        )


def save_page_validators(database: Database, announcement_id: int, validators: Validators | None) -> None:
    if validators:
        database.execute(
            "UPDATE announcement SET etag = ?, last_modified = ?, body_sha256 = ? WHERE id = ?",
            [validators.etag, validators.last_modified, validators.body_sha256, announcement_id],
        )


def find_announcement_row(database: Database, announcement_id: int) -> dict[str, Any]:
    """The announcement with its source's name and its current text, as the matcher and the messages need it."""
    return next(
        database.query(
            "SELECT a.*, s.name AS source_name, s.country, s.kind, v.text FROM announcement AS a"
            " JOIN source_state AS s ON s.id = a.source"
            " JOIN version AS v ON v.announcement_id = a.id AND v.version = a.version WHERE a.id = ?",
            [announcement_id],
        )
    )


_BY_ADDRESS = (
    "SELECT DISTINCT a.*, s.name AS source_name FROM announcement_key AS k"
    " JOIN announcement AS a ON a.id = k.announcement_id JOIN source_state AS s ON s.id = a.source WHERE k.space = 'url'"
)


def find_by_url(database: Database, url: str) -> list[dict[str, Any]]:
    """Every announcement, of whatever source, that is known under this address."""
    return list(database.query(f"{_BY_ADDRESS} AND k.value = ? ORDER BY a.id", [url_key(url)]))


def find_parts(database: Database, url: str) -> list[dict[str, Any]]:
    """Every announcement that is known as a part of the page at this address."""
    bounds = _bound_parts(url_key(strip_part(url)))
    return list(database.query(f"{_BY_ADDRESS} AND k.value > ? AND k.value < ? ORDER BY a.id", bounds))


def find_story_id(database: Database, announcement_id: int) -> int:
    row = next(database.query("SELECT story_id FROM announcement WHERE id = ?", [announcement_id]))
    return int(row["story_id"])


def join_story(database: Database, announcement_id: int, story_id: int) -> bool:
    """Moves an announcement that is alone in its story, of which nobody is to be told yet, into another; says if it did."""
    own = find_story_id(database, announcement_id)
    taken = database.query(
        "SELECT 1 FROM announcement WHERE story_id = ? AND id <> ? UNION ALL SELECT 1 FROM alert WHERE story_id = ?",
        [own, announcement_id, own],
    )
    if own == story_id or next(taken, None):
        return False
    database.execute("UPDATE announcement SET story_id = ? WHERE id = ?", [story_id, announcement_id])
    database.execute("DELETE FROM story WHERE id = ?", [own])
    return True


def note_checked(database: Database, announcement_id: int, row: Row, *, at: datetime) -> None:
    """A page that was asked for again and had not changed: it is there, and its row is the newest we know."""
    database.execute(
        "UPDATE announcement SET row = ?, last_listed_at = ?,"
        " state = CASE state WHEN 'gone' THEN 'current' ELSE state END WHERE id = ?",
        [write_row(row), write_moment(at), announcement_id],
    )


def find_publication_moment(database: Database, announcement_id: int) -> datetime | None:
    row = next(
        database.query(
            "SELECT coalesce(published_at, first_seen_at) AS at FROM announcement WHERE id = ?", [announcement_id]
        )
    )
    return read_moment(row["at"])


def purge_texts(database: Database, *, before: datetime) -> list[int]:
    """Removes the texts of versions first seen before a moment; keys, titles and hashes stay (R13).

    Returns the ids of the announcements whose current text went, so that they can be indexed anew.
    """
    moment = write_moment(before)
    affected = database.query(
        "SELECT a.id FROM announcement AS a JOIN version AS v ON v.announcement_id = a.id AND v.version = a.version"
        " WHERE v.text IS NOT NULL AND v.seen_at < ?",
        [moment],
    )
    ids = [int(row["id"]) for row in affected]
    database.execute("UPDATE version SET text = NULL WHERE text IS NOT NULL AND seen_at < ?", [moment])
    return ids
