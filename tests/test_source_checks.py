"""`govwatch source check`: sources are asked for real, by the code that crawls, and nothing is filed."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.places import Places
from monitor.cli.source_checks import NothingToCheck, check_sources
from monitor.cli.working import SourceNotFound
from monitor.locks import writing
from tests.installations import Place, make_place, write_source
from tests.loopback import XML, Answer, Site
from tests.test_run import publish


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        publish(made, range(8))
        yield made


def check(place: Place, *arguments: str, code: int) -> dict[str, dict[str, Any]]:
    done = place.run("source", "check", "--json", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return {row["source"]: row for row in json.loads(done.stdout)}


def declare(place: Place, site: Site, source_id: str, more: str = "") -> None:
    write_source(place, source_id, site.url()[:-1], f'feeds = ["{site.url("/feed")}"]\n{more}')


def test_a_source_that_is_well_is_looked_at_with_few_requests_and_nothing_is_filed(tmp_path: Path, site: Site) -> None:
    place = make_place(tmp_path)
    declare(place, site, "one")

    row = check(place, "one", code=0)["one"]

    assert (row["state"], row["rows"], row["new"], row["since"]) == ("ok", 8, 8, "never crawled")
    assert row["sample"]["title"].startswith("Agreement number")
    assert row["text"] > 300
    assert len(site.paths) == 2
    assert not place.archive.exists()


def test_what_changed_since_the_last_crawl_is_said(tmp_path: Path, site: Site) -> None:
    place = make_place(tmp_path)
    declare(place, site, "one")
    place.crawl()
    before = place.archive.read_bytes()
    asked = len(site.paths)
    publish(site, range(10))

    row = check(place, "one", code=0)["one"]

    assert (row["rows"], row["new"]) == (10, 2)
    assert "no change" in row["since"] or "newest was" in row["since"]
    assert len(site.paths) - asked == 2
    assert place.archive.read_bytes() == before


@pytest.mark.parametrize(
    ("feed", "more", "state", "reason"),
    [
        (Answer(status=404), "", "broken", "not found"),
        (Answer(body="<html><body>Not here</body></html>"), "", "broken", "not a feed"),
        (
            Answer(body='<rss version="2.0"><channel><title>x</title></channel></rss>', kind=XML),
            "",
            "degraded",
            "no rows",
        ),
        (None, "expect = { rows = 20 }", "degraded", "8 rows listed, at least 20 expected"),
    ],
)
def test_a_source_that_is_not_well_says_why(
    tmp_path: Path, site: Site, feed: Answer | None, more: str, state: str, reason: str
) -> None:
    """R23, R24."""
    if feed:
        site.pages["/feed"] = feed
    place = make_place(tmp_path)
    declare(place, site, "one", more)

    row = check(place, "one", code=1)["one"]

    assert row["state"] == state
    assert reason in row["reason"]


def test_a_page_that_gives_no_text_is_not_well(tmp_path: Path, site: Site) -> None:
    for number in range(8):
        site.pages[f"/{number}"] = Answer(status=403)
    place = make_place(tmp_path)
    declare(place, site, "one")

    row = check(place, "one", code=1)["one"]

    assert row["state"] == "degraded"
    assert "refused" in row["reason"]


def test_robots_txt_is_obeyed_and_told(tmp_path: Path, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(body="User-agent: *\nDisallow: /feed\n")
    place = make_place(tmp_path)
    declare(place, site, "one")

    row = check(place, "one", code=1)["one"]

    assert row["robots"] == "forbids"
    assert site.paths == []


def test_all_means_the_enabled_ones_and_a_disabled_one_has_to_be_named(tmp_path: Path, site: Site) -> None:
    place = make_place(tmp_path)
    declare(place, site, "one")
    declare(place, site, "two")
    declare(place, site, "off", "enabled = false")

    assert set(check(place, "--all", code=0)) == {"one", "two"}
    assert set(check(place, "off", "one", code=0)) == {"off", "one"}


def test_wrong_use_is_said_before_anything_is_asked(tmp_path: Path, site: Site) -> None:
    place = make_place(tmp_path)
    declare(place, site, "one")
    places = Places(config=tmp_path / "config", archive=None)

    with pytest.raises(SourceNotFound, match="no source “nowhere”"):
        check_sources(places, ["nowhere"], everything=False, as_json=False)
    with pytest.raises(NothingToCheck, match="name the sources to check, or say --all"):
        check_sources(places, [], everything=False, as_json=False)

    assert place.run("source", "check", "nowhere").returncode == 2
    assert site.asked == []


@pytest.mark.long
def test_it_goes_on_beside_a_crawl_that_is_writing(tmp_path: Path, site: Site) -> None:
    place = make_place(tmp_path)
    declare(place, site, "one")
    place.crawl()

    with writing(place.archive, say=print):
        connection = sqlite3.connect(place.archive)
        connection.execute("BEGIN IMMEDIATE")
        done = place.run("source", "check", "one")
        connection.close()

    assert done.returncode == 0, done.stderr
    assert "one" in done.stdout
    assert "sample: Agreement number" in done.stdout


def test_only_the_first_page_of_a_listing_is_asked_for(tmp_path: Path, site: Site) -> None:
    for number in range(1, 5):
        rows = "".join(f'<li><a href="/{number * 2 + one - 2}">Agreement</a></li>' for one in range(2))
        site.pages[f"/list/{number}"] = Answer(body=f'<ul>{rows}</ul><a rel="next" href="/list/{number + 1}">Next</a>')
    place = make_place(tmp_path)
    listing = f'[[listing]]\nurl = "{site.url("/list/1")}"\nrows = "li"\nnext = "a[rel=next]"'
    write_source(place, "one", site.url()[:-1], listing)

    assert check(place, "one", code=0)["one"]["rows"] == 2
    assert site.paths[0] == "/list/1"
    assert len(site.paths) == 2
