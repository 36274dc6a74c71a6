"""What a listing had still to give when a crawl broke off comes later, whatever goes wrong in between (R1)."""

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crawling import make_page
from tests.installations import Place, find_children, make_place, write_source
from tests.loopback import Answer, Asked, Site
from tests.test_run import wait_until

PAGES, ROWS = 4, 2
# One that is not tried again at once.
REFUSED = Answer(status=501)
RESTING = Answer(status=429, headers={"Retry-After": "90"})


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as served:
        served.pages["/robots.txt"] = Answer(kind="text/plain", body="User-agent: *\nCrawl-delay: 0.01\n")
        for page in range(PAGES):
            numbers = range(page * ROWS, page * ROWS + ROWS)
            items = "".join(f'<li><a href="/a/{number}">Announcement {number}</a></li>' for number in numbers)
            following = f'<a rel="next" href="/list?page={page + 1}">Older</a>' if page + 1 < PAGES else ""
            served.pages[f"/list?page={page}" if page else "/list"] = Answer(body=f"<ul>{items}</ul>{following}")
        served.pages |= {f"/a/{number}": make_page(f"Announcement {number}") for number in range(PAGES * ROWS)}
        yield served


@pytest.fixture
def place(tmp_path: Path, site: Site) -> Place:
    made = make_place(tmp_path)
    listing = f'[[listing]]\nurl = "{site.url("/list")}"\nrows = "li"\nnext = "a[rel=next]"\n'
    write_source(made, "press", site.url()[:-1], listing)
    return made


def filed(place: Place) -> int:
    return len(place.run("export").stdout.splitlines())


@pytest.mark.parametrize("failures", [1, 2])
def test_paging_that_broke_off_is_taken_up_after_the_listing_failed_too(
    place: Place, site: Site, failures: int
) -> None:
    first, second = site.pages["/list"], site.pages["/list?page=1"]
    site.pages["/list?page=1"] = REFUSED
    assert place.crawl()["press"]["new"] == ROWS
    site.pages["/list?page=1"], site.pages["/list"] = second, REFUSED
    for _ in range(failures):
        assert place.crawl()["press"]["condition"] == "broken"
    site.pages["/list"] = first

    assert place.crawl()["press"]["new"] == (PAGES - 1) * ROWS
    assert filed(place) == PAGES * ROWS
    asked = len(site.paths)
    assert place.crawl()["press"]["new"] == 0
    assert [path for path in site.paths[asked:] if path.startswith("/list")] == ["/list"], "nothing is owed any more"


def test_paging_is_taken_up_after_a_crawl_that_the_host_did_not_want(place: Place, site: Site) -> None:
    second = site.pages["/list?page=1"]
    site.pages["/list?page=1"] = RESTING
    place.crawl()
    site.pages["/list?page=1"] = second
    place.crawl()
    assert filed(place) < PAGES * ROWS, "the host asked for rest"
    with closing(sqlite3.connect(place.archive)) as archive, archive:
        archive.execute("DELETE FROM host_rest")
        archive.execute("UPDATE pending SET next_attempt_at = '2026-01-01T00:00:00Z'")

    place.crawl()

    assert filed(place) == PAGES * ROWS


def test_what_is_new_when_the_crawler_is_killed_is_still_news(place: Place, site: Site) -> None:
    """R1, R28: the next crawl goes on with it; only the first look at a listing is a baseline."""
    place.crawl()
    fresh = [f"/fresh/{number}" for number in range(3)]
    items = "".join(f'<li><a href="{path}">News of {path}</a></li>' for path in fresh)
    site.pages["/list"] = Answer(body=f"<ul>{items}</ul>")
    site.pages |= {fresh[0]: make_page("News 0"), fresh[1]: hang, fresh[2]: hang}
    crawl = place.start("crawl")
    wait_until(lambda: fresh[1] in site.paths)
    (crawler,) = find_children(crawl.pid)
    os.kill(crawler, signal.SIGKILL)
    crawl.communicate(timeout=60)
    assert crawl.returncode == 1
    site.pages |= {path: make_page(f"News of {path}") for path in fresh}

    place.crawl()

    rows = map(json.loads, place.run("export").stdout.splitlines())
    assert {row["url"]: row["baseline"] for row in rows if "/fresh/" in row["url"]} == {
        site.url(path): 0 for path in fresh
    }


def hang(_: Asked) -> Answer:
    return Answer(stream=drop_by_drop)


def drop_by_drop() -> Iterator[bytes]:
    while True:
        time.sleep(0.2)
        yield b" "
