"""A watch that is new finds the archive as its baseline, and only what comes afterwards is news (R16)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.archive.connection import transaction
from monitor.matching import prepare_matching, take_up_new_watches
from monitor.watch import Watch
from tests.archives import TEXT, Archive, make_announcement, make_channel, make_source, write_report

CHANNEL = make_channel("json://one.example.org")
WATCH = Watch(name="MoU", any=("memorandum",), channels=("team",))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A baseline of one announcement, and fifty that were news before anybody watched for them."""
    made = Archive(tmp_path / "a.db", channels=[CHANNEL], sources=[make_source("gb-press", name="The press")])
    made.take(write_report(make_announcement("/first")))
    made.take(write_report(*(make_announcement(f"/{number}") for number in range(50))))
    made.take(write_report(make_announcement("/p", source="gb-press"), source="gb-press"), source="gb-press")
    yield made
    made.database.close()


def configure(archive: Archive, *watches: Watch) -> dict[str, int]:
    archive.matching = prepare_matching(watches, [CHANNEL])
    with transaction(archive.database):
        return take_up_new_watches(archive.database, watches, at=archive.at)


def test_a_new_watch_finds_the_archive_and_tells_nobody(archive: Archive) -> None:
    """R16: searchable and marked; the same again finds nothing more."""
    assert configure(archive, WATCH) == {"MoU": 52}
    assert configure(archive, WATCH) == {}
    assert archive.values("SELECT count(*) FROM matches WHERE baseline") == [52]
    assert archive.values("SELECT count(*) FROM alerts") == [0]


def test_after_that_news_is_told_and_edits_and_copies_of_what_was_there_are_not(archive: Archive) -> None:
    """R16."""
    configure(archive, WATCH)
    edited = archive.take(write_report(make_announcement("/1", text=f"An edited memorandum. {TEXT}")))
    copy = make_announcement("/copy", source="gb-press", text=f"/2 {TEXT}", title="An announcement under /2")
    copied = archive.take(write_report(copy, source="gb-press"), source="gb-press")
    new = archive.take(write_report(make_announcement("/new", text=f"Something else. {TEXT}")))

    assert (edited.changed, edited.alerts) == (1, 0)
    assert (copied.new, copied.alerts) == (1, 0)
    assert (new.new, new.alerts) == (1, 1)


def test_a_watch_that_means_something_else_now_begins_anew(archive: Archive) -> None:
    configure(archive, Watch(name="MoU", any=("railway",), channels=("team",)))

    assert configure(archive, WATCH) == {"MoU": 52}
    assert archive.values("SELECT count(*) FROM alerts") == [0]


def test_a_watch_that_was_switched_off_or_taken_out_comes_back_with_a_baseline(archive: Archive) -> None:
    """What came in meanwhile is not told when it is edited later."""
    configure(archive, WATCH)
    for without in ((WATCH.model_copy(update={"enabled": False}),), ()):
        configure(archive, *without)
        name = f"/meanwhile/{len(without)}"
        archive.take(write_report(make_announcement(name)))
        assert configure(archive, WATCH) == {"MoU": 1}
        assert archive.take(write_report(make_announcement(name, text=f"A memorandum, edited. {TEXT}"))).alerts == 0
