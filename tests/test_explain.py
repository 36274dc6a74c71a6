"""The story of one address in plain words."""

from datetime import date
from pathlib import Path

from crawler.announcement import Announcement, Key, KeyKind
from crawler.urls import name_part
from monitor.explain import explain_url
from monitor.watch import Watch
from tests.archives import Archive, make_announcement, make_channel, make_row, write_report


def test_a_match_is_told_once_with_what_became_of_it_at_each_address(tmp_path: Path) -> None:
    watch = Watch(name="Treaties", any=("memorandum of understanding",), channels=("team",))
    channel = make_channel("json://localhost/a", "json://localhost/b")
    archive = Archive(tmp_path / "a.db", watches=[watch], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/new")))

    told = explain_url(archive.database, "https://example.org/new", sources=archive.sources.values(), watches=[watch])

    (line,) = [line for line in told.lines if "Treaties" in line]
    assert line.count("owed to team, due ") == 2
    assert line.count("memorandum of understanding in: “") == 1
    archive.database.close()


def test_what_is_held_is_not_told_as_a_baseline(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.db")
    archive.take(write_report(*(make_announcement(f"/{n}") for n in range(8))))
    archive.take(write_report(*(make_announcement(f"/x/{n}", day=date(2020, 1, 1)) for n in range(8))))

    told = explain_url(archive.database, "https://example.org/x/1", sources=archive.sources.values(), watches=[])

    assert told.answer.endswith("; no watch asked for it.")
    assert any(line.endswith("state: held") for line in told.lines)
    archive.database.close()


def test_of_a_page_whose_parts_are_announcements_each_is_told(tmp_path: Path) -> None:
    """People ask for the address that the feed lists."""
    archive = Archive(tmp_path / "a.db")
    titles = ("New rules for shared platforms", "Correction to the new rules")
    parts = [make_part("https://example.org/changes", title) for title in titles]
    archive.take(write_report(*parts))

    told = explain_url(archive.database, "https://example.org/changes", sources=archive.sources.values(), watches=[])

    assert told.is_known
    assert [title for title in titles if not any(title in line for line in told.lines)] == []
    archive.database.close()


def make_part(page: str, title: str) -> Announcement:
    url = name_part(page, title)
    keys = (Key(kind=KeyKind.REQUESTED, value=url),)
    return make_announcement("/changes", title=title, text=None, url=url, keys=keys, row=make_row("", url=url))
