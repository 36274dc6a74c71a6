"""What the archive knows of watches, and when operators are told of one that wants a look."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.archive.connection import transaction
from monitor.configuration import Watched
from monitor.matching import take_up_new_watches
from monitor.watch import Watch, WatchLimits
from monitor.watch_checkup import check_watches, take_untold_troubles
from tests.archives import NOW, Archive, make_announcement, make_channel, make_source, write_report

MOU = Watch(name="MoU", any=("memorandum",), channels=("team",))
RAILWAY = Watch(name="Railway", any=("railway",))
WATCHED = Watched(watches=(MOU, RAILWAY), sources=(make_source(),), limits=WatchLimits(noisy_above=2))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "a.db", watches=WATCHED.watches, channels=[make_channel("json://one.example.org")])
    with transaction(made.database):
        take_up_new_watches(made.database, WATCHED.watches, at=NOW)
    made.take(write_report(make_announcement("/old")))
    yield made
    made.database.close()


def check(archive: Archive, at: datetime, watched: Watched = WATCHED) -> list[str]:
    return [f"{trouble.watch} {trouble.fault}" for trouble in check_watches(archive.database, watched, at=at)]


def take(archive: Archive, at: datetime, watched: Watched = WATCHED) -> list[str]:
    with transaction(archive.database):
        return [trouble.watch for trouble in take_untold_troubles(archive.database, watched, at=at)]


def test_a_watch_is_noisy_by_its_alerts_of_one_day_and_well_again_after_a_week(archive: Archive) -> None:
    """R30: the baseline is no noise."""
    archive.take(write_report(*(make_announcement(f"/{number}") for number in range(2))))
    quiet = check(archive, archive.at)
    archive.take(write_report(make_announcement("/9")))

    assert (quiet, check(archive, archive.at)) == ([], ["MoU noisy"])
    assert check(archive, archive.at + timedelta(days=8)) == []


def test_a_watch_is_dead_by_what_it_found_that_was_new(archive: Archive) -> None:
    """R30: what stood in the archive already does not count."""
    archive.take(write_report(make_announcement("/new")), at=NOW + timedelta(days=50))

    assert check(archive, NOW + timedelta(days=89)) == []
    assert check(archive, NOW + timedelta(days=100)) == ["Railway dead"]
    assert check(archive, NOW + timedelta(days=150)) == ["MoU dead", "Railway dead"]


def test_a_source_that_is_gone_leaves_the_watches_that_name_it_dangling(archive: Archive) -> None:
    named = Watched(watches=(MOU.model_copy(update={"sources": ("gb-blog",)}),), sources=WATCHED.sources)
    before = check(archive, NOW, named)
    archive.database.execute("UPDATE source_state SET state = 'gone'")

    assert (before, check(archive, NOW, named)) == ([], ["MoU dangling"])


def test_operators_are_told_at_once_weekly_and_when_it_comes_back(archive: Archive) -> None:
    dead = NOW + timedelta(days=91)
    told = [take(archive, dead + timedelta(days=day)) for day in range(9)]

    assert [bool(one) for one in told] == [True] + [False] * 7 + [True]
    archive.take(write_report(make_announcement("/new", text="A railway memorandum")), at=dead + timedelta(days=9))
    assert take(archive, dead + timedelta(days=10)) == []
    assert take(archive, dead + timedelta(days=101)) == ["MoU", "Railway"]
