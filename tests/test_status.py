"""`govwatch status`, and what operators hear, on sources that break, rest, move and recover; by the command line."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.clock import now, write_moment
from monitor.receivers import HookReceiver
from tests.crawling import make_feed, make_item, make_page
from tests.installations import SETTINGS, Place, make_place, write_source
from tests.loopback import Answer, Asked, Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as served:
        publish(served, "one", 3)
        served.pages["/robots.txt"] = Answer(kind="text/plain", body="User-agent: *\nCrawl-delay: 0.01\n")
        yield served


@pytest.fixture
def hook() -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        yield receiver


def publish(site: Site, name: str, count: int) -> None:
    today = f"<pubDate>{now():%a, %d %b %Y 08:30:00} +0000</pubDate>"
    items = [make_item(site.url(f"/{name}/{n}"), f"Title {n}", more=today) for n in range(count)]
    site.pages |= {f"/{name}/{n}": make_page(f"Title {n}") for n in range(count)}
    feed = make_feed(*items)
    site.pages[f"/{name}"] = Answer(kind=feed.kind, body=feed.body, etag=f'"{name} {count}"')


@pytest.fixture
def place(tmp_path: Path, site: Site, hook: HookReceiver) -> Place:
    made = make_place(tmp_path, HOOK=f"json://127.0.0.1:{hook.port}/?format=text")
    made.write("settings.toml", f'{SETTINGS}[operators]\nchannels = ["ops"]\ndaily_at = "08:00 Europe/London"\n')
    made.write("channels.toml", '[channels.ops]\nurls = ["${HOOK}"]\n')
    write_source(made, "one", site.url()[:-1], f'feeds = ["{site.url("/one")}"]')
    return made


def status(place: Place, *more: str, code: int) -> dict[str, Any]:
    done = place.run("status", "--json", *more)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def source(place: Place, source_id: str = "one", *, code: int) -> dict[str, Any]:
    return next(row for row in status(place, code=code)["sources"] if row["id"] == source_id)


@pytest.mark.long
def test_status_and_operators_say_the_same_of_a_source_that_breaks_and_recovers(
    place: Place, site: Site, hook: HookReceiver
) -> None:
    """R22, R23: once when it breaks, once when it is well again."""
    place.crawl()
    assert source(place, code=0)["state"] == "ok"
    feed = site.pages["/one"]
    site.pages["/one"] = Answer(body="<html><body>We have a new site</body></html>")
    place.crawl()
    place.crawl()
    broken, table = source(place, code=1), place.run("status")
    site.pages["/one"] = feed
    place.crawl()
    mended = source(place, code=0)

    assert (broken["state"], mended["state"], mended["last_error"]) == ("broken", "ok", None)
    assert broken["last_error"] == f"{site.url('/one')}: not a feed: the address serves an HTML page"
    assert broken["state_since"] < broken["last_checked_at"]
    assert "failed 2 times in a row" in broken["next_check_why"]
    assert f"one: {broken['last_error']}" in table.stdout
    assert [post.body["title"] for post in hook.messages] == ["govwatch: 1 not well", "govwatch: 1 well again"]
    assert "messages to operators: 0 owed, 0 failed, 1 sent" in table.stdout


def test_a_source_named_tells_why_it_is_looked_at_when(place: Place) -> None:
    place.crawl()

    done = place.run("status", "one")

    assert done.returncode == 0
    assert "; next check 20" in done.stdout
    assert place.run("status", "nowhere").returncode == 2


def test_a_source_all_of_whose_pages_are_dead_is_never_ok_and_one_with_some_is(place: Place, site: Site) -> None:
    """R23: neither when its rows have not changed, nor when they were given up; until one can be read."""
    publish(site, "two", 8)
    write_source(place, "two", site.url()[:-1], f'feeds = ["{site.url("/two")}"]')
    pages = {path: site.pages.pop(path) for path in [f"/two/{n}" for n in range(8)] + ["/one/0"]}
    first = place.crawl()
    with closing(sqlite3.connect(place.archive)) as connection, connection:
        connection.execute("UPDATE pending SET next_attempt_at = NULL WHERE url_key LIKE '%/two/%'")
    second = place.crawl()
    site.pages |= {"/two/3": pages["/two/3"]}
    with closing(sqlite3.connect(place.archive)) as connection, connection:
        connection.execute("UPDATE pending SET next_attempt_at = first_lost_at")
    third = place.crawl()

    dead = ("degraded", "none of the 8 pages that were listed could be read: not found (8)", 0)
    assert [(came["two"]["condition"], came["two"]["reason"], came["two"]["new"]) for came in (first, second)] == [
        dead
    ] * 2
    assert (first["two"]["lost"], second["two"]["lost"], second["two"]["entries_unchanged"]) == (8, 0, 1)
    assert (first["one"]["condition"], first["one"]["new"], first["one"]["lost"]) == ("ok", 2, 1)
    assert (third["two"]["condition"], third["two"]["new"]) == ("ok", 1)


def test_a_host_that_rests_is_left_alone_by_all_its_sources_and_pages_are_postponed(
    place: Place, site: Site, hook: HookReceiver
) -> None:
    """R29: Retry-After is kept from crawl to crawl; what was not fetched is postponed, not lost."""
    publish(site, "two", 6)
    write_source(place, "two", site.url()[:-1], f'feeds = ["{site.url("/two")}"]')

    def tire(asked: Asked) -> Answer:
        is_tired = len([one for one in site.asked if one.path.startswith("/two/")]) > 2
        return Answer(status=429, headers={"Retry-After": "20000"}) if is_tired else make_page(asked.path)

    site.pages |= {f"/two/{n}": tire for n in range(6)}
    came = place.crawl("two")["two"]
    before = len(site.asked)
    other = place.crawl("one")["one"]
    row, known = source(place, "two", code=1), place.run("explain", site.url("/two/5"))

    assert came["new"] + came["postponed"] == 6
    assert came["postponed"] > 0
    assert (came["lost"], came["losses"]) == (0, {})
    assert "pages postponed: the host asked to be left alone until" in came["reason"]
    assert row["next_check_why"] == "its host asked to be left alone until then"
    assert len(site.asked) == before, "no source asked the host"
    assert other["condition"] == "degraded"
    assert "postponed" in known.stdout
    assert hook.messages == [], "a first look that is cut short is not told at once"


def test_the_etiquette_report_says_what_watching_costs(place: Place, site: Site) -> None:
    """R29."""
    place.crawl()
    place.crawl()
    asked = len(site.asked)

    (row,) = json.loads(place.run("status", "--etiquette", "--json").stdout)
    table = place.run("status", "--etiquette")

    assert (row["crawls"], row["requests"], row["not_modified"]) == (2, asked, "17%")
    assert row["bytes"] > 1000
    assert (row["robots"], row["crawl_delay_s"]) == ("obeyed", 0.01)
    assert f"{asked} requests since " in table.stdout
    assert table.returncode == 0


def test_a_source_that_robots_txt_forbids_says_so(place: Place, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(kind="text/plain", body="User-agent: *\nDisallow: /one\n")
    place.crawl()

    row = source(place, code=1)

    assert row["state"] == "forbidden"
    assert row["last_error"].endswith(f"robots.txt of {site.url()[:-1]} forbids /one")
    (cost,) = json.loads(place.run("status", "--etiquette", "--json").stdout)
    assert cost["robots"] == "forbids"


@pytest.mark.long
def test_a_moved_source_proposes_its_new_address(place: Place, site: Site, hook: HookReceiver) -> None:
    """A permanent redirect that has been seen for a week; until the file names the new address."""
    site.pages["/new"] = site.pages["/one"]
    site.pages["/one"] = Answer(status=301, headers={"Location": "/new"})
    place.crawl()
    assert source(place, code=0)["moved"] == {}
    with closing(sqlite3.connect(place.archive)) as connection, connection:
        connection.execute("UPDATE entry_point SET moved_since = ?", [write_moment(now() - timedelta(days=8))])
    place.crawl()

    row, table = source(place, code=0), place.run("status")
    write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/new")}"]')
    place.crawl()

    assert row["moved"] == {site.url("/one"): site.url("/new")}
    said = f"{site.url('/one')} has moved: put {site.url('/new')} into sources/one.toml"
    assert said in table.stdout
    assert [said in post.text for post in hook.messages] == [True]
    assert source(place, code=0)["moved"] == {}


def test_a_source_that_was_not_looked_at_in_time_makes_status_fail(place: Place) -> None:
    """R9."""
    place.crawl()
    with closing(sqlite3.connect(place.archive)) as connection, connection:
        long_ago = write_moment(now() - timedelta(hours=9))
        connection.execute("UPDATE source_state SET last_checked_at = ?, next_check_at = ?", [long_ago, long_ago])

    row = source(place, code=1)

    assert (row["state"], row["is_late"]) == ("ok", True)
    assert "not looked at for twice its interval" in place.run("status").stdout


def test_operators_who_are_nowhere_are_a_fault(place: Place) -> None:
    place.write("settings.toml", f'{SETTINGS}[operators]\nchannels = ["nobody"]\ndaily_at = "noon"\n')

    done = place.run("check")

    assert done.returncode == 2
    assert "operators.daily_at" in done.stderr
    assert 'expected a time such as "08:00 Europe/London"' in done.stderr
