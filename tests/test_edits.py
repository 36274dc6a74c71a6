"""An edited source is looked at when `run` starts; one that was not edited keeps its time, however often that is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.announcement import Loss
from crawler.limits import CrawlLimits
from crawler.order import Lost
from crawler.source import Source
from monitor.archive.sources import find_due_sources, find_source_state, write_source_order
from monitor.edits import hasten_edited, note_declarations
from tests.archives import FEED, NOW, Archive, make_source, write_report

LIMITS = CrawlLimits(contact="ops@example.org")
OTHER = make_source("gb-other")
LOST = Lost(source="gb-blog", url=FEED, loss=Loss.NOT_FOUND, detail="404")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Two sources that were crawled and well."""
    made = Archive(tmp_path / "a.db", sources=[OTHER])
    for source in made.sources.values():
        note_declarations(made.database, [source], LIMITS)
        made.take(write_report(source=source.id), source=source.id, at=NOW)
    yield made
    made.database.close()


def fail(archive: Archive, times: int) -> None:
    for _ in range(times):
        archive.take([LOST, *write_report()[1:]], at=NOW)


def start(archive: Archive, *edited: Source, limits: CrawlLimits = LIMITS) -> list[str]:
    """What is due when `run` starts a quarter of an hour after the last crawl."""
    at = NOW + timedelta(minutes=15)
    sources = {**archive.sources, **{source.id: source for source in edited}}
    hasten_edited(archive.database, sources.values(), limits, at=at)
    return find_due_sources(archive.database, at=at)


def test_a_corrected_address_is_asked_at_once(archive: Archive) -> None:
    fail(archive, 5)
    assert start(archive) == []

    assert start(archive, make_source(feeds=("https://gov.example/corrected",))) == ["gb-blog"]
    state = find_source_state(archive.database, "gb-blog")
    assert state.failures == 1  # so that another failure is no reason to wait for a day


@pytest.mark.parametrize(
    "edit",
    [
        {"sitemaps": ("https://gov.example/sitemap.xml",)},
        {"listing": ({"url": "https://gov.example/news", "rows": "li"},)},
        {"platform": "drupal"},
        {"render": True},
        {"keep_only": "/news/"},
    ],
)
def test_whatever_decides_what_is_read_counts(archive: Archive, edit: dict[str, Any]) -> None:
    """An answer that is unchanged is read all the same: it was read by other rules."""
    edited = Source.model_validate({**make_source().model_dump(), **edit})

    assert start(archive, edited) == ["gb-blog"]
    order = write_source_order(archive.database, edited, at=NOW)
    assert [(one.url, one.etag, one.body_sha256) for one in order.validators] == [(FEED, None, None)]


@pytest.mark.parametrize("edit", [{"name": "Another name"}, {"note": "Seen."}, {"expect": {"rows": 3}}])
def test_what_does_not_decide_it_does_not(archive: Archive, edit: dict[str, Any]) -> None:
    assert start(archive, Source.model_validate({**make_source().model_dump(), **edit})) == []


def test_a_shorter_interval_counts_at_once(archive: Archive) -> None:
    fail(archive, 5)

    assert start(archive, make_source(every=60, at_least_every=60)) == ["gb-blog"]
    assert find_source_state(archive.database, "gb-blog").failures == 5


def test_so_does_one_for_all_sources(archive: Archive) -> None:
    quick = LIMITS.model_copy(update={"every": 60})

    assert start(archive, limits=quick) == ["gb-blog", "gb-other"]


def test_a_longer_interval_brings_nothing_forward(archive: Archive) -> None:
    before = find_source_state(archive.database, "gb-blog").next_check_at

    assert start(archive, make_source(every=86400)) == []
    assert find_source_state(archive.database, "gb-blog").next_check_at == before


def test_after_its_next_crawl_it_keeps_its_time_again_across_restarts(archive: Archive) -> None:
    edited = make_source(feeds=("https://gov.example/corrected",))
    assert start(archive, edited) == start(archive, edited) == ["gb-blog"]

    note_declarations(archive.database, [edited], LIMITS)
    fail(archive, 1)

    assert start(archive, edited) == []


def test_a_crawl_by_the_old_files_does_not_take_the_edit_away(archive: Archive) -> None:
    """Of a `run` that still goes on while its files are edited and another command is used."""
    edited = make_source(feeds=("https://gov.example/corrected",))
    start(archive, edited)
    note_declarations(archive.database, [make_source()], LIMITS)
    fail(archive, 1)

    assert start(archive, edited) == ["gb-blog"]


def test_an_archive_of_a_release_that_kept_no_note_makes_nothing_due(archive: Archive) -> None:
    archive.database.execute("UPDATE source_state SET declared_reading = NULL, declared_pace = NULL")
    archive.database.conn.commit()

    assert start(archive, make_source(feeds=("https://gov.example/corrected",))) == []
    assert start(archive, make_source(feeds=("https://gov.example/again",))) == ["gb-blog"]
