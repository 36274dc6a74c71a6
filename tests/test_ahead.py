"""What was written while the clock was ahead keeps nothing waiting once it is right; what was planned rightly waits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.announcement import Loss
from crawler.order import HostRest, Lost, RobotsState
from monitor.archive.ahead import take_back
from monitor.archive.notices import (
    find_due_messages,
    find_late_sources,
    owe_message,
    refuse_message,
    take_reminder,
)
from monitor.archive.politeness import find_rests, save_rest
from monitor.archive.sources import find_due_sources, find_robots, find_source_state, save_robots, write_source_order
from monitor.checkup import postpone_resting
from tests.archives import NOW, Archive, make_announcement, make_row, make_source, write_report

YEAR, DAY, MINUTES = timedelta(days=365), timedelta(days=1), timedelta(minutes=30)
LOST = Lost(
    source="gb-blog", url="https://example.org/b", loss=Loss.TIMEOUT, detail="no answer", row=make_row("/b", title="B")
)
HOST = "example.org"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path / "a.db")
    yield made
    made.database.close()


def crawl(archive: Archive, *, ahead: timedelta) -> None:
    archive.take(write_report(make_announcement("/a"), losses=[LOST]), at=NOW + ahead)
    save_robots(
        archive.database,
        RobotsState(origin=f"https://{HOST}", status=200, body="", fetched_at=NOW + ahead, delay_s=None),
    )


def test_a_source_that_was_looked_at_in_the_future_is_due_and_told_until_it_is_looked_at(archive: Archive) -> None:
    crawl(archive, ahead=YEAR)
    assert find_due_sources(archive.database, at=NOW) == ["gb-blog"]
    assert [late.due_at for late in find_late_sources(archive.database, at=NOW)] == [NOW]

    take_back(archive.database, at=NOW)
    crawl(archive, ahead=timedelta())
    assert find_due_sources(archive.database, at=NOW) == []
    assert find_late_sources(archive.database, at=NOW) == []


@pytest.mark.parametrize("ahead", [timedelta(), MINUTES])
def test_a_source_whose_time_has_not_come_waits_though_the_clock_was_put_right_by_a_little(
    archive: Archive, ahead: timedelta
) -> None:
    crawl(archive, ahead=ahead)
    before = list(archive.database.conn.iterdump())
    take_back(archive.database, at=NOW)

    assert find_due_sources(archive.database, at=NOW) == []
    assert list(archive.database.conn.iterdump()) == before


def test_the_next_crawl_asks_for_what_waits_for_the_future_and_reads_all_anew(archive: Archive) -> None:
    crawl(archive, ahead=YEAR)
    take_back(archive.database, at=NOW)

    order = write_source_order(archive.database, make_source(), at=NOW)
    state = find_source_state(archive.database, "gb-blog")
    assert [row.url for row in order.retry] == [LOST.url]
    assert [page.row.url for page in order.recheck] == ["https://example.org/a"]
    assert [one.etag for one in order.validators] == [None]
    assert find_robots(archive.database, at=NOW) == ()
    assert (state.last_checked_at, state.last_ok_at) == (NOW, NOW)


def test_a_reminder_that_was_given_in_the_future_is_given_when_its_time_comes(archive: Archive) -> None:
    def remind(at: datetime) -> bool:
        return take_reminder(archive.database, "daily 08:00 UTC", next_at=at + DAY, at=at)

    remind(NOW + YEAR)

    assert [remind(NOW + wait) for wait in (timedelta(), MINUTES, DAY)] == [True, False, True]


def test_a_host_rests_for_as_long_as_it_may_ask_and_not_until_a_year_that_is_to_come(archive: Archive) -> None:
    sources = [make_source()]
    save_rest(archive.database, HostRest(host=HOST, until=NOW + YEAR, status=429))
    assert find_rests(archive.database, at=NOW) == ()
    assert postpone_resting(archive.database, sources, at=NOW) == set()

    save_rest(archive.database, HostRest(host=HOST, until=NOW + timedelta(days=1), status=429))
    assert postpone_resting(archive.database, sources, at=NOW) == {"gb-blog"}
    assert find_due_sources(archive.database, at=NOW) == []


@pytest.mark.parametrize(("waits", "is_due"), [(timedelta(hours=14), False), (YEAR, True)])
def test_a_message_to_operators_is_not_tried_again_in_a_year(archive: Archive, waits: timedelta, is_due: bool) -> None:
    owe_message(archive.database, ("ops", "1"), "Broken", ["A source."], at=NOW)
    (message,) = find_due_messages(archive.database, at=NOW)
    refuse_message(archive.database, message.id, "451", retry_at=NOW + waits)

    assert bool(find_due_messages(archive.database, at=NOW)) == is_due
