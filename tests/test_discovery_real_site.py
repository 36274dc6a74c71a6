"""A real site, unaided: feed, sitemap and listing of both languages are found, and each file crawls every article."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.installations import make_place
from tests.replay import STATES, needs_site, serve_site
from tests.test_real_site import read_archive

pytestmark = needs_site

WAYS = ("feed", "sitemap", "listing")


@pytest.mark.long
def test_every_way_into_both_languages_is_found_and_its_file_crawls_all_articles(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with serve_site(tmp_path) as site:
        starts = {"feed": "/", "sitemap": "/blog/", "listing": "/"}

        def write(way: str) -> list[dict[str, str]]:
            done = place.run_here("source", "new", site.base("en") + starts[way], "--way", way, "--id", way, "--json")
            assert done.returncode == 0, done.stderr
            sections: list[dict[str, str]] = json.loads(done.stdout)["sections"]
            return sections

        with ThreadPoolExecutor(2) as threads:
            found = dict(zip(WAYS, threads.map(write, WAYS), strict=True))
        done = place.run("crawl")
        assert done.returncode == 0, done.stdout + done.stderr
        truth = {language: set(site.truth(STATES[0], language)) for language in ("en", "fr")}

    for sections in found.values():
        assert [(one["language"], one["country"], one["kind"]) for one in sections] == [
            ("en", "CA", "government-blog"),
            ("fr", "CA", "government-blog"),
        ]
    archived = read_archive(place)
    for way in WAYS:
        assert set(archived[way]) == truth["en"], way
        assert set(archived[f"{way}-fr"]) == truth["fr"], way
