"""One crawl report into one transaction: what is filed, kept for later, matched and owed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from crawler.announcement import Announcement, Key, KeyKind, Loss, TextState, Validators
from crawler.order import EntryRead, Lost, PageChecked, RobotsRead, RobotsState
from crawler.urls import name_part
from crawler.way import Way
from monitor import intake as intake_module
from monitor.archive.alerts import release_held, retry_alerts
from monitor.archive.announcements import purge_texts
from monitor.archive.sources import find_robots, find_source_state, write_source_order
from monitor.watch import Watch
from tests.archives import (
    FEED,
    NOW,
    TEXT,
    Archive,
    make_announcement,
    make_channel,
    make_row,
    make_source,
    write_report,
)

WATCH = Watch(name="Agreements", any=("memorandum of understanding",), channels=("team",))
CHANNEL = make_channel("json://one.example.org", "json://two.example.org")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(
        tmp_path / "a.db", watches=[WATCH], channels=[CHANNEL], sources=[make_source("gb-press", name="The press")]
    )
    yield made
    made.database.close()


def test_the_first_look_is_a_baseline_and_the_second_is_news(archive: Archive) -> None:
    """R16."""
    first = archive.take(write_report(make_announcement("/a"), make_announcement("/b")))
    second = archive.take(write_report(make_announcement("/a"), make_announcement("/b"), make_announcement("/c")))

    assert (first.new, first.baseline, first.matched, first.alerts) == (2, True, 2, 0)
    assert (second.new, second.unchanged, second.matched, second.alerts) == (1, 2, 1, 2)
    assert archive.rows("SELECT url, baseline FROM announcements ORDER BY id") == [
        {"url": "https://example.org/a", "baseline": 1},
        {"url": "https://example.org/b", "baseline": 1},
        {"url": "https://example.org/c", "baseline": 0},
    ]


def test_an_entry_point_that_is_added_later_has_its_own_baseline(archive: Archive) -> None:
    archive.take(write_report(make_announcement("/a")))
    other = make_row("/old", entry_point="https://example.org/other")
    recent = make_row("/recent", entry_point="https://example.org/other")

    archive.take(
        write_report(
            make_announcement("/old", row=other, day=date(2020, 1, 1)),
            make_announcement("/recent", row=recent, day=NOW.date()),
        )
    )

    assert archive.values("SELECT baseline FROM announcements ORDER BY id") == [1, 1, 0]


def test_items_matches_alerts_and_validators_commit_together_or_not_at_all(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: a fault at the very end leaves nothing behind, and the same report can be taken again."""
    archive.take(write_report(make_announcement("/a")))
    before = list(archive.database.conn.iterdump())

    class Stumbled(Exception):
        pass

    def stumble(*_: object, **__: object) -> None:
        raise Stumbled

    with monkeypatch.context() as patched:
        patched.setattr(intake_module, "update_source_state", stumble)
        with pytest.raises(Stumbled):
            archive.take(write_report(make_announcement("/b")))
    assert list(archive.database.conn.iterdump()) == before

    assert archive.take(write_report(make_announcement("/b"))).alerts == 2


def test_a_crawl_that_was_killed_files_what_it_announced_and_moves_nothing_else(archive: Archive) -> None:
    """R1: validators move only together with everything they stand for."""
    torn = write_report(make_announcement("/a"))[:-1]

    assert archive.take(torn).condition == "degraded"
    assert archive.values("SELECT url FROM announcements") == ["https://example.org/a"]
    assert archive.values("SELECT count(*) FROM validator") == [0]
    again = archive.take(write_report(make_announcement("/a"), make_announcement("/b")))
    assert (again.new, again.unchanged, again.alerts) == (1, 1, 0)


def test_text_that_comes_later_completes_the_announcement_and_alerts_once(archive: Archive) -> None:
    """R17: the title matches at once, the text when it comes; still one alert."""
    archive.take(write_report())
    title = "A memorandum of understanding on digital services was signed"
    first = archive.take(write_report(make_announcement("/a", title=title, text=None)))
    order = write_source_order(archive.database, make_source(), at=archive.at + timedelta(hours=1))
    second = archive.take(write_report(make_announcement("/a", title=title)))

    assert (first.new, first.alerts) == (1, 2)
    assert [row.url for row in order.retry] == ["https://example.org/a"]
    assert (second.completed, second.new, second.alerts) == (1, 0, 0)
    assert archive.rows("SELECT version, text IS NOT NULL AS has FROM announcements") == [{"version": 1, "has": 1}]
    assert archive.values("SELECT count(*) FROM pending") == [0]


def test_text_that_comes_later_may_match_for_the_first_time(archive: Archive) -> None:
    archive.take(write_report())
    assert archive.take(write_report(make_announcement("/a", text=None))).alerts == 0

    assert archive.take(write_report(make_announcement("/a"))).alerts == 2


def test_a_then_b_then_a_again_are_three_versions(archive: Archive) -> None:
    """R18, R19: and the announcement points to the last."""
    for text in (TEXT, f"{TEXT} And more.", TEXT):
        archive.take(write_report(make_announcement("/a", text=text)))

    assert archive.values("SELECT version FROM versions ORDER BY version") == [1, 2, 3]
    assert archive.rows("SELECT version, text FROM announcements") == [{"version": 3, "text": TEXT}]


def test_an_edit_of_a_baseline_announcement_is_a_version_and_no_alert(archive: Archive) -> None:
    archive.take(write_report(make_announcement("/a", text="Nothing of interest. " * 30)))

    result = archive.take(write_report(make_announcement("/a")))

    assert (result.changed, result.matched, result.alerts) == (1, 1, 0)


def test_purged_text_does_not_make_an_item_new_again(archive: Archive) -> None:
    """R13."""
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))
    purge_texts(archive.database, before=NOW + timedelta(days=1))
    again = archive.take(write_report(make_announcement("/a")))

    assert (again.new, again.changed, again.unchanged, again.alerts) == (0, 0, 1, 0)


def test_an_announcement_is_known_by_its_address_when_its_text_has_gone_and_the_page_says_something_else(
    archive: Archive,
) -> None:
    """R13: keys outlive the text."""
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))
    purge_texts(archive.database, before=NOW + timedelta(days=1))
    again = archive.take(write_report(make_announcement("/a", title="Rewritten", text=f"Rewritten. {TEXT}")))

    assert (again.new, again.changed, again.alerts) == (0, 1, 0)


def test_one_constant_guid_loses_nothing(archive: Archive) -> None:
    """R14."""

    def with_guid(path: str) -> list[Key]:
        return [Key(kind=KeyKind.REQUESTED, value=f"https://example.org{path}"), Key(kind=KeyKind.GUID, value="same")]

    archive.take(write_report())
    for path in ("/a", "/b", "/c"):
        archive.take(write_report(make_announcement(path, keys=tuple(with_guid(path)))))

    assert archive.values("SELECT count(*) FROM announcements") == [3]


@pytest.mark.parametrize(
    "address", ["http://example.org/a", "https://www.example.org/a/?utm_source=x", "https://example.org/a#b"]
)
def test_the_same_page_under_another_spelling_is_not_new(archive: Archive, address: str) -> None:
    """R15."""
    archive.take(write_report(make_announcement("/a")))
    again = make_announcement("/a", url=address, keys=(Key(kind=KeyKind.REQUESTED, value=address),))

    assert archive.take(write_report(again)).new == 0


def test_a_redesign_that_moves_every_page_alerts_nobody(archive: Archive) -> None:
    """R15: same titles and texts under new addresses are moves."""
    old = [make_announcement(f"/{number}", title=f"The story of public service number {number}") for number in range(8)]
    archive.take(write_report(*old))
    new = [
        make_announcement(f"/news/{number}", title=one.title, text=one.text, day=one.published.on)
        for number, one in enumerate(old)
    ]

    result = archive.take(write_report(*new))

    assert (result.moved, result.new, result.alerts) == (8, 0, 0)
    assert archive.values("SELECT url FROM announcements ORDER BY id LIMIT 1") == ["https://example.org/news/0"]
    assert archive.take(write_report(*new)).unchanged == 8


def test_a_source_that_is_mostly_new_and_old_at_once_is_held_and_says_so(archive: Archive) -> None:
    """R15: where titles and texts changed too, nothing is sent before somebody has looked."""
    archive.take(write_report(*(make_announcement(f"/{n}") for n in range(8))))
    strangers = [make_announcement(f"/x/{n}", title=f"Rewritten {n}", day=date(2020, 1, 1)) for n in range(8)]

    result = archive.take(write_report(*strangers))

    assert (result.condition, result.held) == ("held", 8)
    assert "re-key" in result.reason
    assert set(archive.values("SELECT state FROM alerts")) == {"held"}


def edit(number: int) -> Announcement:
    """One of those that look new and old at once, with something for the second watch."""
    text = f"{number} {TEXT} The secretariat was consulted."
    return make_announcement(f"/x/{number}", title=f"Rewritten {number}", day=date(2020, 1, 1), text=text)


@pytest.mark.parametrize("is_named", [False, True])
def test_what_was_held_is_like_any_other_announcement_once_it_is_let_go(tmp_path: Path, is_named: bool) -> None:
    """R15: an edit is told as any edit is, held while the rest is; what was a baseline stays one."""
    second = Watch(name="Secretariat", any=("secretariat",), channels=("team",))
    archive = Archive(tmp_path / "a.db", watches=[WATCH, second], channels=[CHANNEL])
    archive.take(write_report(*(make_announcement(f"/{n}") for n in range(8))))
    strangers = [make_announcement(f"/x/{n}", title=f"Rewritten {n}", day=date(2020, 1, 1)) for n in range(8)]
    archive.take(write_report(*strangers))
    archive.take(write_report(edit(1)))
    ids = archive.values("SELECT id FROM alerts")
    state = "SELECT l.state FROM alerts AS l JOIN announcements AS a ON a.id = l.announcement_id"
    newest = f"{state} WHERE watch = 'Secretariat' AND url LIKE ?"
    assert archive.values(newest, "%/x/1") == ["held", "held"]

    if is_named:
        retry_alerts(archive.database, ids, at=archive.at)
    else:
        assert release_held(archive.database, at=archive.at) == len(ids) == 18
    archive.take(write_report(edit(2), make_announcement("/3", text=f"{TEXT} The secretariat was consulted.")))

    assert archive.rows("SELECT state, baseline, count(*) AS n FROM announcements GROUP BY 1, 2 ORDER BY baseline") == [
        {"state": "current", "baseline": 0, "n": 8},
        {"state": "current", "baseline": 1, "n": 8},
    ]
    assert archive.values(newest, "%/x/2") == ["owed", "owed"]
    assert archive.values(newest, "%/3") == []
    archive.database.close()


def test_a_busy_newsroom_after_days_of_silence_is_news_and_not_a_redesign(archive: Archive) -> None:
    archive.take(write_report(*(make_announcement(f"/{n}") for n in range(8))))
    later = NOW + timedelta(days=5)
    fresh = [make_announcement(f"/x/{n}", title=f"Fresh {n}", day=date(2026, 3, 5)) for n in range(20)]

    result = archive.take(write_report(*fresh), at=later)

    assert (result.condition, result.held, result.new) == ("ok", 0, 20)


def test_an_exact_copy_joins_the_story_and_alerts_nobody_twice(archive: Archive) -> None:
    archive.take(write_report())
    archive.take(write_report(source="gb-press"), source="gb-press")
    original = make_announcement("/a")
    copy = make_announcement("/reposted", source="gb-press", title="In full: the agreement", text=original.text)
    archive.take(write_report(original))

    result = archive.take(write_report(copy, source="gb-press"), source="gb-press")

    assert (result.new, result.copies, result.matched, result.alerts) == (1, 1, 1, 0)
    assert archive.rows("SELECT announcements, sources FROM stories") == [{"announcements": 2, "sources": 2}]
    assert "not alerted again" in archive.values("SELECT outcome FROM trail")


def test_a_copy_whose_text_comes_only_later_joins_the_story_and_alerts_nobody_twice(archive: Archive) -> None:
    archive.take(write_report())
    archive.take(write_report(source="gb-press"), source="gb-press")
    original = make_announcement("/a")
    title = "In full: what was agreed upon today"
    waiting = make_announcement("/reposted", source="gb-press", title=title, text=None)
    archive.take(write_report(waiting, source="gb-press"), source="gb-press")
    archive.take(write_report(original))

    copy = make_announcement("/reposted", source="gb-press", title=title, text=original.text)
    result = archive.take(write_report(copy, source="gb-press"), source="gb-press")

    assert (result.completed, result.matched, result.alerts) == (1, 1, 0)
    assert archive.rows("SELECT announcements, sources FROM stories") == [{"announcements": 2, "sources": 2}]
    assert f"the page's text has come; same text as {original.url}" in archive.values("SELECT reason FROM trail")


def test_a_story_that_was_told_by_its_title_stays_its_own_when_its_text_turns_out_to_be_a_copy(
    archive: Archive,
) -> None:
    """Its readers would else hear of the same page once more when it changes."""
    archive.take(write_report())
    archive.take(write_report(source="gb-press"), source="gb-press")
    original = make_announcement("/a")
    title = "In full: the memorandum of understanding"
    archive.take(
        write_report(make_announcement("/reposted", source="gb-press", title=title, text=None), source="gb-press"),
        source="gb-press",
    )
    archive.take(write_report(original))

    copy = make_announcement("/reposted", source="gb-press", title=title, text=original.text)
    result = archive.take(write_report(copy, source="gb-press"), source="gb-press")

    assert (result.completed, result.alerts) == (1, 0)
    assert archive.values("SELECT announcements FROM stories") == [1, 1]


def test_the_official_announcement_leads_its_story_although_the_press_was_first(tmp_path: Path) -> None:
    press = make_source("gb-press", name="The press", kind="trade-press")
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[CHANNEL], sources=[press])
    archive.take(write_report())
    archive.take(write_report(source="gb-press"), source="gb-press")
    official = make_announcement("/official")
    copy = make_announcement("/copy", source="gb-press", text=official.text)
    archive.take(write_report(copy, source="gb-press"), source="gb-press")

    archive.take(write_report(official))

    lead = "SELECT url FROM announcements WHERE id IN ({})"
    assert archive.values(lead.format("SELECT lead_announcement_id FROM stories")) == ["https://example.org/official"]
    assert archive.values("SELECT title FROM stories") == [official.title]
    assert archive.values(lead.format("SELECT announcement_id FROM alerts")) == ["https://example.org/official"]
    archive.database.close()


def test_a_lost_row_is_tried_again_later_and_meanwhile_counts_as_known(archive: Archive) -> None:
    archive.take(write_report())
    lost = Lost(source="gb-blog", url="https://example.org/a", loss=Loss.TIMEOUT, detail="30 s", row=make_row("/a"))

    result = archive.take(write_report(losses=[lost]))
    at_once = write_source_order(archive.database, make_source(), at=archive.at)
    later = write_source_order(archive.database, make_source(), at=archive.at + timedelta(minutes=11))

    assert (result.lost, result.losses) == (1, {"timed out": 1})
    assert at_once.retry == ()
    assert list(at_once.known) == ["example.org/a"]
    assert [row.url for row in later.retry] == ["https://example.org/a"]
    assert archive.take(write_report(make_announcement("/a"))).alerts == 2


def test_what_was_lost_of_a_baseline_is_still_baseline_when_it_comes(archive: Archive) -> None:
    lost = Lost(source="gb-blog", url="https://example.org/a", loss=Loss.TIMEOUT, detail="30 s", row=make_row("/a"))
    archive.take(write_report(losses=[lost]))

    result = archive.take(write_report(make_announcement("/a")))

    assert (result.new, result.baseline, result.alerts) == (1, True, 0)


def test_a_known_page_that_is_gone_is_marked_and_comes_back(archive: Archive) -> None:
    archive.take(write_report(make_announcement("/a")))
    lost = Lost(
        source="gb-blog", url="https://example.org/a", loss=Loss.GONE, detail="", status=410, row=make_row("/a")
    )

    assert archive.take(write_report(losses=[lost])).gone == 1
    assert archive.values("SELECT state FROM announcements") == ["gone"]
    archive.take(write_report(make_announcement("/a")))
    assert archive.values("SELECT state FROM announcements") == ["current"]


def part(path: str, title: str) -> Announcement:
    """One of several entries of a feed that lead to one page."""
    url = name_part(f"https://example.org{path}", title)
    keys = (Key(kind=KeyKind.REQUESTED, value=url),)
    return make_announcement(path, title=title, text=None, url=url, keys=keys, row=make_row("", url=url, title=title))


def test_a_page_that_a_feed_comes_to_list_twice_is_not_told_again(archive: Archive) -> None:
    """R15: only the entry with the new title is news."""
    archive.take(write_report(make_announcement("/a", title="Item 3")))

    twice = write_report(part("/a", "Item 3"), part("/a", "Item 3: updated"))

    assert (archive.take(twice).new, archive.take(twice).new) == (1, 0)
    titles = "SELECT title FROM announcements ORDER BY id"
    assert archive.values(titles) == ["Item 3", "Item 3: updated"]
    assert archive.values("SELECT text IS NOT NULL FROM version ORDER BY announcement_id LIMIT 1") == [1], (
        "its text has stayed"
    )


def test_a_page_that_a_feed_ceases_to_list_twice_is_not_told_again(archive: Archive) -> None:
    archive.take(write_report(part("/a", "Item 3"), part("/a", "Item 3: updated")))

    assert archive.take(write_report(make_announcement("/a", title="Item 3"))).new == 0


def test_a_page_that_leads_to_another_announcement_is_no_announcement(archive: Archive) -> None:
    archive.take(write_report(make_announcement("/a", title="The agreement between two governments")))
    keys = (
        Key(kind=KeyKind.REQUESTED, value="https://example.org/b"),
        Key(kind=KeyKind.REDIRECT, value="https://example.org/a"),
    )
    stray = make_announcement(
        "/b", title="The agreement between two governments", keys=keys, row=make_row("/b", title="Railway budget")
    )

    result = archive.take(write_report(stray))

    assert (result.new, result.losses) == (0, {"soft not found": 1})


@pytest.fixture
def paged(tmp_path: Path) -> Iterator[Archive]:
    """Of a source with a listing, and of one whose feed is read on."""
    listing = make_source("list", feeds=(), listing=({"url": FEED, "rows": "li"},))
    archive = Archive(
        tmp_path / "paged.db",
        watches=[WATCH],
        channels=[CHANNEL],
        sources=[listing, make_source("press", platform="wordpress")],
    )
    yield archive
    archive.database.close()


def test_a_first_look_that_broke_off_is_ended_by_the_next_crawl_without_a_flood(paged: Archive) -> None:
    def take(*announcements: Announcement, reached_end: bool = True) -> int:
        return paged.take(write_report(*announcements, source="list", reached_end=reached_end), source="list").alerts

    assert take(make_announcement("/a", source="list"), reached_end=False) == 0
    assert find_source_state(paged.database, "list").page_through
    older = [make_announcement("/older", source="list", day=day) for day in (date(2019, 1, 1), None)]
    assert take(*older, reached_end=False) == 0, "though it broke off once more"
    assert take(make_announcement("/new", source="list", day=None)) == 2
    assert not find_source_state(paged.database, "list").page_through


@pytest.mark.parametrize("source", ["list", "press"])
@pytest.mark.parametrize("is_killed", [False, True])
def test_what_comes_after_a_crawl_that_broke_off_is_news(paged: Archive, source: str, is_killed: bool) -> None:
    """R1: only the first look at an entry point is a baseline, whatever became of the crawls after it."""
    paged.take(write_report(make_announcement("/a", source=source), source=source), source=source)
    broken = write_report(make_announcement("/b", source=source), source=source, reached_end=False)
    paged.take(broken[:-1] if is_killed else broken, source=source)
    assert find_source_state(paged.database, source).page_through

    result = paged.take(write_report(make_announcement("/c", source=source, day=None), source=source), source=source)

    assert (result.new, result.baseline, result.alerts) == (1, False, 2)


def test_what_a_feed_shows_that_is_read_on_and_was_there_before_us_is_no_news(paged: Archive) -> None:
    paged.take(write_report(make_announcement("/a", source="press"), source="press"), source="press")
    paged.take(write_report(source="press")[:-1], source="press")
    old = make_announcement("/old", source="press", day=date(2019, 1, 1))
    new = make_announcement("/new", source="press", day=NOW.date())

    paged.take(write_report(old, new, source="press"), source="press")

    assert paged.values("SELECT DISTINCT announcement_id FROM alerts") == paged.values(
        "SELECT id FROM announcements WHERE url LIKE '%/new'"
    )


def test_a_bulletin_that_says_the_same_every_week_is_news_every_week(archive: Archive) -> None:
    title = "Weekly bulletin of the ministry"
    archive.take(write_report(make_announcement("/1", day=date(2026, 2, 16), title=title, text=TEXT)))

    weeks = [make_announcement(f"/{day}", day=date(2026, 3, day), title=title, text=TEXT) for day in (2, 9)]
    counts = [(result.new, result.alerts) for one in weeks if (result := archive.take(write_report(one)))]

    assert counts == [(1, 2), (1, 2)]


def test_two_sources_that_say_the_same_every_week_are_told_once_a_week(archive: Archive) -> None:
    title = "Weekly bulletin of two ministries"
    counts = []
    for day in (date(2026, 2, 16), date(2026, 3, 2), date(2026, 3, 9)):
        for source in ("gb-blog", "gb-press"):
            bulletin = make_announcement(f"/{source}/{day}", source=source, day=day, title=title, text=TEXT)
            result = archive.take(write_report(bulletin, source=source), source=source)
            counts.append((result.new, result.copies, result.alerts))

    assert counts[2:] == [(1, 0, 2), (1, 1, 0), (1, 0, 2), (1, 1, 0)]


def test_a_second_address_of_one_announcement_is_known_and_explained(archive: Archive) -> None:
    title = "Weekly bulletin of the ministry"
    first = make_announcement("/1", title=title, text=TEXT)
    archive.take(write_report(first, make_announcement("/1/print", title=title, text=TEXT)))

    assert archive.values("SELECT url FROM announcements") == [first.url]
    (reason,) = archive.values("SELECT reason FROM trail WHERE url = 'https://example.org/1/print'")
    assert reason == f"same title and text under another address: {first.url}"


def test_a_page_that_always_shows_the_latest_is_news_each_time(archive: Archive) -> None:
    agreement = "A memorandum of understanding was signed on"
    archive.take(write_report())
    weeks = [
        make_announcement("/latest", day=date(2026, 3, day), title=title, text=f"{agreement} {text}")
        for day, title, text in (
            (
                2,
                "A harbour opens",
                "ships, quays, pilots, tides, cranes, customs, ferries, docks and fishing in the north.",
            ),
            (
                9,
                "Trains run late",
                "stations, timetables, brakes, tunnels, signals, fares, bridges and night services to the south.",
            ),
        )
    ]
    counts = [(result.new, result.alerts) for one in weeks if (result := archive.take(write_report(one)))]
    again = archive.take(write_report(weeks[1]))

    assert counts == [(1, 2), (1, 2)]
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert archive.values("SELECT title FROM announcements ORDER BY id") == ["A harbour opens", "Trains run late"]


@pytest.mark.parametrize(
    ("path", "title"), [("/signed", "A digital agreement is signed"), ("/all", "All digital news of the ministry")]
)
def test_a_page_that_leads_elsewhere_now_is_gone_and_takes_over_no_text(
    archive: Archive, path: str, title: str
) -> None:
    withdrawn = make_announcement("/withdrawn", title="A plan for the harbour", text="Of ships and quays. " * 30)
    archive.take(write_report())
    archive.take(write_report(withdrawn, make_announcement("/signed", title="A digital agreement is signed")))
    url = f"https://example.org{path}"
    keys = (*withdrawn.keys, Key(kind=KeyKind.REDIRECT, value=url))

    result = archive.take(write_report(make_announcement(path, title=title, row=withdrawn.row, keys=keys)))

    assert (result.gone, result.changed, result.alerts) == (1, 0, 0)
    assert archive.rows("SELECT title, version, state FROM announcements WHERE url LIKE '%withdrawn'") == [
        {"title": withdrawn.title, "version": 1, "state": "gone"}
    ]
    (reason,) = archive.values("SELECT reason FROM trail WHERE outcome = 'gone'")
    assert f"leads to {url} now" in reason


@pytest.mark.parametrize("unread", ["unchanged", "lost"])
def test_what_an_unread_feed_may_still_list_has_not_moved(archive: Archive, unread: str) -> None:
    alba, cuneo = (
        make_announcement(f"/{place}", title=f"Public consultation on the plan for {place}", text=TEXT)
        for place in ("alba", "cuneo")
    )
    archive.take(write_report())
    archive.take(write_report(alba))
    (read, *lines) = write_report(cuneo)
    assert isinstance(read, EntryRead)
    other = replace(read, url="https://example.org/other-feed")

    archive.take([replace(read, unchanged=True), other, *lines] if unread == "unchanged" else [other, *lines])

    assert archive.values("SELECT title FROM announcements ORDER BY id") == [alba.title, cuneo.title]
    assert archive.values("SELECT count(*) FROM alerts") == [4]


@pytest.mark.parametrize(("link", "count"), [("https://example.org/news/index.html", 2), (FEED, 1)])
def test_a_canonical_link_that_stands_on_every_page_leads_nobody_there(archive: Archive, link: str, count: int) -> None:
    paths = ["/a", "/b"][:count]
    canonical = Key(kind=KeyKind.CANONICAL, value=link)
    keys = {path: (Key(kind=KeyKind.REQUESTED, value=f"https://example.org{path}"), canonical) for path in paths}
    archive.take(write_report())

    archive.take(write_report(*(make_announcement(path, url=link, keys=keys[path]) for path in paths)))

    assert archive.values("SELECT url FROM announcements") == [f"https://example.org{path}" for path in paths]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_canonical_link_to_another_page_leads_nobody_there(archive: Archive, is_known: bool) -> None:
    """As a post has that was copied with all its settings."""
    url = "https://example.org/copied"
    keys = (Key(kind=KeyKind.REQUESTED, value=url), Key(kind=KeyKind.CANONICAL, value="https://example.org/first"))
    first = make_announcement("/first", title="The first of two agreements")
    copied = make_announcement("/copied", title="The second of two agreements", keys=keys, url=first.url)
    if is_known:
        archive.take(write_report(first))
        archive.take(write_report(copied))
    else:
        archive.take(write_report(copied, first))

    assert archive.rows("SELECT url, title FROM announcements ORDER BY url") == [
        {"url": url, "title": copied.title},
        {"url": first.url, "title": first.title},
    ]


def test_an_announcement_whose_guid_stays_moves_with_its_address(archive: Archive) -> None:
    def at(path: str) -> Announcement:
        keys = (
            Key(kind=KeyKind.REQUESTED, value=f"https://example.org{path}"),
            Key(kind=KeyKind.GUID, value="tag:1"),
        )
        return make_announcement(path, title="The first of two agreements", text=TEXT, keys=keys)

    archive.take(write_report(at("/old")))

    result = archive.take(write_report(at("/new")))

    assert (result.moved, result.new, result.alerts) == (1, 0, 0)
    assert archive.values("SELECT url FROM announcements") == ["https://example.org/new"]


def test_a_server_is_asked_without_validators_once_a_day(archive: Archive) -> None:
    """R25: a lying 304, or an ETag that never changes."""
    archive.take(write_report(make_announcement("/a")))
    unchanged = EntryRead(source="gb-blog", url=FEED, way=Way.FEED, status=304, unchanged=True)
    archive.take(write_report(entry=unchanged))

    soon = write_source_order(archive.database, make_source(), at=NOW + timedelta(hours=20)).validators
    late = write_source_order(archive.database, make_source(), at=NOW + timedelta(hours=24)).validators

    assert [one.etag for one in soon] == ['"e"']
    assert [(one.etag, one.body_sha256) for one in late] == [(None, "b")]


def test_a_known_page_is_looked_at_again_with_its_validators(archive: Archive) -> None:
    archive.take(write_report(make_announcement("/a")))

    order = write_source_order(archive.database, make_source(), at=NOW + timedelta(days=2))

    assert [(page.row.url, page.validators and page.validators.etag) for page in order.recheck] == [
        ("https://example.org/a", '"1"')
    ]
    checked = PageChecked(source="gb-blog", url="https://example.org/a", row=make_row("/a"))
    lines = write_report()
    assert archive.take([*lines[:-1], checked, lines[-1]], at=NOW + timedelta(days=2)).unchanged == 1
    assert write_source_order(archive.database, make_source(), at=NOW + timedelta(days=2, hours=1)).recheck == ()


def test_robots_txt_is_kept_for_a_day(archive: Archive) -> None:
    state = RobotsState(origin="https://example.org", status=200, body="User-agent: *", fetched_at=NOW)
    archive.take([RobotsRead(state=state), *write_report()])

    assert find_robots(archive.database, at=NOW + timedelta(hours=23)) == (state,)
    assert find_robots(archive.database, at=NOW + timedelta(hours=25)) == ()


def test_a_source_whose_every_entry_point_fails_is_asked_less_and_keeps_its_past(archive: Archive) -> None:
    """R22, R26."""
    archive.take(write_report(make_announcement("/a")))
    lost = Lost(source="gb-blog", url=FEED, loss=Loss.SERVER_ERROR, detail="", status=500)
    lines = [lost, write_report()[-1]]

    first = archive.take(lines)
    archive.take(lines)

    assert (first.condition, first.reason) == ("broken", f"{FEED}: server error")
    state = find_source_state(archive.database, "gb-blog")
    assert state.failures == 2
    assert state.next_check_at == archive.at + timedelta(hours=2)
    assert state.last_ok_at == NOW


def test_every_step_leaves_its_trail_and_repeats_are_counted(archive: Archive) -> None:
    for _ in range(3):
        archive.take(
            write_report(
                losses=[
                    Lost(
                        source="gb-blog", url="https://example.org/x", loss=Loss.OUTSIDE, detail="", row=make_row("/x")
                    )
                ]
            )
        )

    rows = archive.rows("SELECT outcome, times FROM trail_step WHERE url LIKE '%/x'")
    assert rows == [{"outcome": "outside keep_only", "times": 3}]


def test_page_validators_travel_back_with_the_next_order(archive: Archive) -> None:
    archive.take(
        write_report(
            make_announcement("/a", validators=Validators(url="https://example.org/a", etag='"x"', body_sha256="h"))
        )
    )

    order = write_source_order(archive.database, make_source(), at=NOW)

    assert order.page_validators["example.org/a"].etag == '"x"'
    assert order.known == {"example.org/a": "f"}


def test_the_feeds_text_stands_in_until_the_page_can_be_had(archive: Archive) -> None:
    archive.take(write_report())
    from_feed = make_announcement("/a", text_state=TextState.FEED, missing=Loss.REFUSED, missing_detail="HTTP 403")

    result = archive.take(write_report(from_feed))

    assert (result.new, result.alerts) == (1, 2)
    assert archive.values("SELECT reason FROM trail WHERE stage = 'file'")[0].endswith(
        "with the feed's text, the page: refused (HTTP 403)"
    )
    assert archive.values("SELECT loss FROM pending") == ["refused"]
