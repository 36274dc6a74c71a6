"""Which rows are fetched, and what closes a visit."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from crawler.announcement import Loss, PublicationDate, Row, Validators
from crawler.entry_page import Listed
from crawler.fetching.failures import Failure
from crawler.order import SourceOrder
from crawler.source import EntryPoint, Listing
from crawler.urls import url_key
from crawler.visit import (
    MOST_ASKED,
    MOST_WORN_OUT,
    EntryTask,
    PageTask,
    Visit,
    choose,
    choose_rest,
    find_newest_day,
    has_changed,
    is_worth_announcing,
    make_lost,
)
from crawler.way import Way
from tests.crawling import make_source

FEED = "https://www.gov.example/feed"


def make_row(path: str = "/a", *, title: str | None = "A", fingerprint: str = "feed:1", guid: str | None = None) -> Row:
    return Row(
        url=f"https://www.gov.example{path}",
        entry_point=FEED,
        way=Way.FEED,
        title=title,
        fingerprint=fingerprint,
        guid=guid,
    )


def make_visit(known: dict[str, str] | None = None, *, page_validators: dict[str, Validators] | None = None) -> Visit:
    order = SourceOrder(source=make_source(feeds=[FEED]), known=known or {}, page_validators=page_validators or {})
    return Visit(order=order, started_at=datetime(2026, 11, 23, tzinfo=UTC))


def listed(*rows: Row) -> Listed:
    return Listed(rows=rows, keys=tuple(url_key(row.url) for row in rows))


def test_unknown_and_changed_rows_are_fetched_and_unchanged_ones_are_not() -> None:
    validators = Validators(url="https://www.gov.example/c", etag='"1"')
    visit = make_visit(
        {"gov.example/b": "feed:1", "gov.example/c": "feed:1"}, page_validators={"gov.example/c": validators}
    )
    choice = choose(listed(make_row("/a"), make_row("/b"), make_row("/c", fingerprint="feed:2")), visit)
    assert [(task.url[-2:], task.validators) for task in choice.tasks] == [("/a", None), ("/c", validators)]
    assert choice.known == ("gov.example/b",)
    assert not choice.is_all_known


def test_pages_are_asked_for_when_others_are_done_so_that_fifty_thousand_do_not_fill_the_memory() -> None:
    """R39: each is open from the beginning, so that none is forgotten when the crawl is cut short."""
    visit = make_visit()
    tasks = [PageTask(row=make_row(f"/{number}")) for number in range(MOST_ASKED + 2)]
    for task in tasks:
        visit.put_off(task)

    assert list(visit.take_turns()) == tasks[:MOST_ASKED]
    assert list(visit.take_turns()) == []
    visit.close(tasks[3])
    assert list(visit.take_turns()) == [tasks[MOST_ASKED]]
    assert set(visit.open_pages) == set(tasks) - {tasks[3]}
    for task in tasks[:-1]:
        visit.close(task)
    assert list(visit.take_turns()) == [tasks[-1]]
    visit.close(tasks[-1])
    assert visit.is_done


def test_a_row_is_known_by_its_guid_too() -> None:
    known = {"tag:1": "feed:1", "gov.example/a?session=1": "feed:1", "tag:2": "feed:1", "tag:3": "feed:1"}
    rows = (
        make_row("/a?session=2", guid="tag:1"),
        make_row("/a?session=9", guid="tag:2", fingerprint="feed:other"),
        make_row("/moved", guid="tag:3"),
    )
    choice = choose(listed(*rows), make_visit(known))
    assert choice.known == (url_key(rows[0].url),)
    assert [task.row for task in choice.tasks] == list(rows[1:]), "what moved is asked for at its new address"
    assert choice.is_all_known


def test_a_row_that_two_entry_points_list_is_fetched_once() -> None:
    visit = make_visit()
    assert len(choose(listed(make_row()), visit).tasks) == 1
    again = choose(listed(make_row()), visit)
    assert (again.tasks, again.known) == ((), ())


@pytest.mark.parametrize(
    ("before", "now", "changed"),
    [
        ("feed:1", "feed:1", False),
        ("feed:1", "feed:2", True),
        ("feed:1", "sitemap:2", False),
        ("", "feed:1", False),
        ("feed:1", "", False),
    ],
)
def test_only_words_of_the_same_way_are_compared(before: str, now: str, changed: bool) -> None:
    assert has_changed(before, now) is changed


def test_an_empty_page_is_not_all_known() -> None:
    assert not choose(listed(), make_visit()).is_all_known


def test_what_an_entry_point_led_to_is_not_fetched_again() -> None:
    visit = make_visit()
    choose(listed(make_row("/a")), visit)
    rest = {"gov.example/a": PageTask(row=make_row("/a")), "gov.example/b": PageTask(row=make_row("/b"))}
    assert [task.url[-2:] for task in choose_rest(visit, rest)] == ["/b"]


@pytest.mark.parametrize(
    ("task", "loss", "worth"),
    [
        (PageTask(row=make_row()), Loss.REFUSED, True),
        (PageTask(row=make_row()), Loss.ROBOTS, True),
        (PageTask(row=make_row()), Loss.BOT_WALL, True),
        (PageTask(row=make_row()), Loss.OUR_FAULT, True),
        (PageTask(row=make_row()), Loss.NOT_FOUND, False),
        (PageTask(row=make_row()), Loss.GONE, False),
        (PageTask(row=make_row()), Loss.SOFT_NOT_FOUND, False),
        (PageTask(row=make_row()), Loss.TOO_MANY_REQUESTS, False),
        (PageTask(row=make_row(title=None)), Loss.REFUSED, False),
        (PageTask(row=make_row(), is_recheck=True), Loss.REFUSED, False),
    ],
)
def test_a_title_without_a_page_is_news_only_while_there_is_a_page(task: PageTask, loss: Loss, worth: bool) -> None:
    """R17."""
    assert is_worth_announcing(task, Failure(loss=loss, detail="x")) is worth


def test_what_the_crawl_did_not_do_itself_makes_it_incomplete() -> None:
    visit = make_visit()
    task = PageTask(row=make_row())
    assert make_lost(visit, task, Failure(loss=Loss.NOT_FOUND, detail="x")).row == task.row
    assert visit.complete
    make_lost(visit, task, Failure(loss=Loss.TOO_MANY_REQUESTS, detail="x"))
    assert not visit.complete


def test_a_lost_page_of_a_listing_means_that_its_end_was_not_reached() -> None:
    visit = make_visit()
    listing = Listing(url=FEED, rows="li")
    task = EntryTask(entry=EntryPoint(url=FEED, way=Way.LISTING, listing=listing), url=f"{FEED}?page=2")
    lost = make_lost(visit, task, Failure(loss=Loss.SERVER_ERROR, detail="x"))
    assert (lost.url, lost.row) == (f"{FEED}?page=2", None)
    assert (visit.complete, visit.reached_end) == (True, False)


def test_a_probe_fetches_the_newest_few_rows_known_or_not_and_says_which_are_known() -> None:
    rows = [replace(make_row(f"/{day}"), published=PublicationDate(on=date(2026, 11, day))) for day in (3, 9, 5)]
    order = SourceOrder(source=make_source(feeds=[FEED]), known={"gov.example/9": "feed:1"}, sample=2)
    visit = Visit(order=order, started_at=datetime(2026, 11, 23, tzinfo=UTC))

    choice = choose(listed(*rows), visit)
    later = choose(listed(make_row("/other")), visit)

    assert [task.url[-2:] for task in choice.tasks] == ["/9", "/5"]
    assert choice.known == ("gov.example/9",)
    assert later.tasks == ()


def test_a_source_whose_pages_wear_out_the_readers_is_left_alone_after_a_few() -> None:
    """R39."""
    visit = make_visit()
    visit.worn_out = MOST_WORN_OUT - 1
    assert not visit.is_too_hard
    visit.worn_out += 1
    assert visit.is_too_hard


def test_the_newest_day_of_a_page_is_of_publication_or_else_of_change() -> None:
    published = replace(make_row("/a"), published=PublicationDate(on=date(2026, 11, 1)))
    changed = replace(make_row("/b"), updated_at=datetime(2026, 11, 2, tzinfo=UTC))

    assert find_newest_day(listed(published, changed, make_row("/c"))) == date(2026, 11, 2)
    assert find_newest_day(listed(make_row("/c"))) is None
