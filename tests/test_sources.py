"""`govwatch source list | add`: what is watched, whether anybody has fetched it live, and what could be watched."""

import json
from pathlib import Path

import pytest

from tests.installations import Place, make_place, write_source
from tests.loopback import Site
from tests.test_run import publish


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Three sources: one fetched by whoever wrote its file, one by nobody, one closed."""
    made = make_place(tmp_path)
    write_source(made, "ca-old", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/a"]\nchecked_on = 2026-10-02')
    write_source(made, "ca-new", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/b"]', language="fr")
    write_source(made, "ca-closed", "http://127.0.0.1:1", 'enabled = false\nnote = "Closed in 2025."')
    return made


def listed(place: Place, *arguments: str) -> dict[str, dict[str, object]]:
    done = place.run("source", "list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return {row["id"]: row for row in json.loads(done.stdout)}


def test_a_source_that_nobody_has_fetched_says_so(place: Place) -> None:
    rows = listed(place)
    table = place.run("source", "list").stdout

    assert {name: row["checked_on"] for name, row in rows.items()} == {
        "ca-old": "2026-10-02",
        "ca-new": None,
        "ca-closed": None,
    }
    assert {name: row["state"] for name, row in rows.items()} == {
        "ca-old": "new",
        "ca-new": "new",
        "ca-closed": "disabled",
    }
    assert "1 of these is enabled and was never fetched live" in table
    assert "Closed in 2025." in table


def test_a_crawl_that_went_well_counts_as_checked(tmp_path: Path) -> None:
    with Site() as site:
        publish(site, range(2))
        place = make_place(tmp_path)
        write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]\nchecked_on = 2020-01-01')
        place.crawl("one")
        row = listed(place)["one"]

    assert row["state"] == "ok"
    assert str(row["checked_on"]) == str(row["last_checked_at"])[:10] > "2020-01-01"


def test_the_list_can_be_narrowed_to_countries_and_kinds(place: Place) -> None:
    assert set(listed(place, "--country", "ca", "--country", "GB")) == {"ca-old", "ca-new", "ca-closed"}
    assert set(listed(place, "--country", "GB")) == set()
    assert set(listed(place, "--kind", "trade-press")) == set()
    assert set(listed(place, "--kind", "government-blog", "--country", "CA")) == {"ca-old", "ca-new", "ca-closed"}

    wrong = place.run("source", "list", "--kind", "blog")

    assert wrong.returncode == 2
    assert "expected government-blog, newsroom, trade-press, international" in wrong.stderr


def test_sources_of_the_catalogue_are_listed_and_added(place: Place) -> None:
    """All that are named, or none; and never over a file that is there."""
    shipped = listed(place, "--catalogue")
    refused = [place.run("source", "add", "gb-gds-blog", name) for name in ("ca-nowhere", "ca-old")]
    place.write("sources/ca-cds-blog.toml", (place.folder / "config" / "sources" / "ca-old.toml").read_text())
    refused.append(place.run("source", "add", "gb-gds-blog", "ca-cds-blog"))
    assert [done.returncode for done in refused] == [2, 2, 2]
    assert "gb-gds-blog" not in listed(place)

    added = place.run("source", "add", "gb-gds-blog")

    assert added.returncode == 0, added.stderr
    assert {**listed(place)["gb-gds-blog"]} == shipped["gb-gds-blog"]
    assert "ca-nowhere" not in shipped
