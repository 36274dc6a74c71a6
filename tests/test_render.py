"""`render = true`: real pages of ours in a real Chromium, which has no network but what the crawl asks for it.

Needs the extra `govwatch[render]` and a Chromium, which `.ci/run` installs; elsewhere these tests say what is missing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.announcement import Loss
from crawler.fetching.chromium import explain_missing, find_browser_settings
from crawler.order import Announced, EntryRead, ReportLine, SourceEnded, encode_order, read_report
from crawler.source import Listing
from monitor.configuration import ConfigurationFaulty, read_configuration
from tests.crawling import PARAGRAPH, crawl, make_limits, make_order, make_source
from tests.loopback import Answer, Asked, Site

needs_browser = pytest.mark.skipif(explain_missing() is not None, reason=str(explain_missing()))

# The address of the site counts as public, every other one on loopback stays what it is: so the guard can be seen at work.
CRAWL_AS_IF_PUBLIC = """
import crawler.fetching.address as address
from crawler.__main__ import main
is_really_public = address.is_public
address.is_public = lambda one: str(one) == "127.0.0.2" or is_really_public(one)
if __name__ == "__main__":
    main()
"""
FILLED_IN = """<!DOCTYPE html><html lang="en"><head><title>Newsroom</title><script src="/news.js"></script></head>
<body><noscript>Please enable JavaScript to continue.</noscript><main id="root"></main></body></html>"""
SCRIPT = """
const title = location.pathname.slice(1)
const put = html => document.querySelector("#root").innerHTML = html
const story = text => put(`<article><h1>The ministry on ${title}</h1><p>${text}</p></article>`)
addEventListener("load", async () => {
  if (title === "news") {
    const rows = await (await fetch("/api/news.json")).json()
    put("<ul>" + rows.map(row => `<li><a href="/${row}">The ministry on ${row}</a></li>`).join("") + "</ul>")
    return
  }
  const address = {forbidden: "/private/text", inside: "INSIDE/text"}[title] || "/api/text"
  if (title === "leaks") {
    new WebSocket("INSIDE/socket".replace("http", "ws"))
    navigator.sendBeacon("INSIDE/beacon", "x")
    for (const [name, path] of [["img", "picture"], ["iframe", "frame"]])
      document.body.append(Object.assign(document.createElement(name), {src: "INSIDE/" + path}))
    await fetch("/api/vote", {method: "POST"}).catch(() => null)
  }
  while (title === "swollen") document.body.append("x".repeat(100000))
  if (title === "restless") setInterval(() => fetch("/api/poll?" + Math.random()), 100)
  story(await (await fetch(address)).text())
  if (title === "leaves") location.href = "INSIDE/elsewhere"
})
"""
TITLES = ("agreements", "forbidden", "inside", "leaks", "leaves", "restless", "swollen")


def page(_: Asked) -> Answer:
    # what never changes before its scripts have run says so, which must not hide what they bring
    return Answer(body=FILLED_IN, etag='"shell"')


class Drawn:
    """What one crawl of a site that needs script reported, and what the site and its neighbour were asked."""

    def __init__(self, lines: tuple[ReportLine, ...], site: Site, inside: Site, messages: str) -> None:
        self.lines, self.site, self.inside, self.messages = lines, site, inside, messages
        self.told = {
            one.announcement.title.split()[-1]: one.announcement for one in lines if isinstance(one, Announced)
        }

    def text(self, name: str) -> str | None:
        return self.told[name].text


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    folder = tmp_path_factory.mktemp("drawn")
    with Site(host="127.0.0.2") as site, Site({"/text": Answer(body=PARAGRAPH * 4)}) as inside:
        site.pages |= dict.fromkeys((f"/{title}" for title in (*TITLES, "news")), page)
        site.pages["/news.js"] = Answer(body=SCRIPT.replace("INSIDE", inside.url("")), kind="text/javascript")
        site.pages["/api/news.json"] = Answer(body=str(list(TITLES)).replace("'", '"'), kind="application/json")
        site.pages["/api/text"] = site.pages["/private/text"] = Answer(body=PARAGRAPH * 4, kind="text/plain")
        site.pages["/robots.txt"] = Answer(body="User-agent: *\nDisallow: /private/\n", kind="text/plain")
        lines, messages = _crawl(site, folder)
        yield Drawn(lines, site, inside, messages)


def _crawl(site: Site, folder: Path) -> tuple[tuple[ReportLine, ...], str]:
    source = make_source(
        listing=(Listing(url=site.url("/news"), rows="li"),), render=True, allow_private_addresses=False
    )
    (folder / "order.json").write_bytes(encode_order(make_order(source, limits={"request_timeout_s": 2})))
    (folder / "crawl.py").write_text(CRAWL_AS_IF_PUBLIC, encoding="utf-8")
    child = subprocess.run(
        [sys.executable, str(folder / "crawl.py"), str(folder / "order.json"), str(folder / "report.jsonl")],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return tuple(read_report((folder / "report.jsonl").read_bytes())), child.stderr


@needs_browser
def test_a_list_and_its_pages_are_read_as_their_scripts_leave_them(drawn: Drawn) -> None:
    (entry,) = [line for line in drawn.lines if isinstance(line, EntryRead)]

    assert (entry.rows, set(drawn.told)) == (len(TITLES), set(TITLES))
    assert "agreed to work together" in str(drawn.text("agreements"))
    assert "enable JavaScript" not in str(drawn.text("agreements"))


@needs_browser
def test_what_a_page_asks_for_obeys_robots_txt_and_the_address_guard(drawn: Drawn) -> None:
    """R29, R31: a page's scripts reach no more than the crawl itself."""
    assert drawn.site.asked_for("/private/text") == []
    assert {drawn.told[name].missing for name in ("forbidden", "inside")} == {Loss.UNREADABLE}
    assert {asked.headers["User-Agent"] for asked in drawn.site.asked} == {"govwatch/0.1 (+mailto:watch@example.org)"}


@needs_browser
def test_the_browser_itself_has_no_network(drawn: Drawn) -> None:
    """R31, R32: sockets, beacons, frames, pictures and what would change something on the server end in the browser."""
    assert "agreed to work together" in str(drawn.text("leaks"))
    assert drawn.inside.asked == []
    assert drawn.site.asked_for("/api/vote") == []


@needs_browser
def test_a_page_that_leads_where_nothing_may_be_had_stays_as_it_is(drawn: Drawn) -> None:
    """R24: the browser's own "This site can't be reached" would be taken for the text."""
    assert "agreed to work together" in str(drawn.text("leaves"))
    assert drawn.told["leaves"].url == drawn.site.url("/leaves")


@needs_browser
def test_a_page_that_never_comes_to_rest_is_taken_as_it_stands(drawn: Drawn) -> None:
    """R39."""
    assert "agreed to work together" in str(drawn.text("restless"))
    assert len([path for path in drawn.site.paths if path.startswith("/api/poll")]) <= 60


@needs_browser
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much each page takes")
def test_a_page_that_fills_the_memory_is_ended_and_harms_no_other(drawn: Drawn) -> None:
    """R39: it is kept by its title, as any other that is too large."""
    assert (drawn.told["swollen"].missing, drawn.told["swollen"].text) == (Loss.TOO_LARGE, None)
    assert "took more than 600 MB of memory" in str(drawn.told["swollen"].missing_detail)


@needs_browser
def test_scripts_are_asked_for_once_in_a_crawl_and_every_request_is_counted(drawn: Drawn) -> None:
    (ended,) = [line for line in drawn.lines if isinstance(line, SourceEnded)]

    assert len(drawn.site.asked_for("/news.js")) == 1
    assert ended.complete
    assert ended.requests >= len(drawn.site.asked)
    assert drawn.messages == ""


def test_without_a_browser_check_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVWATCH_CHROMIUM", "no-such-browser")
    folder = make_configuration(tmp_path)

    with pytest.raises(ConfigurationFaulty) as refused:
        read_configuration(folder, {})

    (fault,) = refused.value.faults
    assert fault.key == "render"
    assert "GOVWATCH_CHROMIUM" in fault.message or "pip install 'govwatch[render]'" in fault.message


def test_a_source_that_is_switched_off_asks_for_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVWATCH_CHROMIUM", "no-such-browser")

    assert read_configuration(make_configuration(tmp_path, more="enabled = false"), {}).sources[0].render


def test_without_a_browser_a_crawl_says_so_and_asks_nothing(tmp_path: Path) -> None:
    with Site() as site:
        source = make_source(listing=(Listing(url=site.url("/news"), rows="li"),), render=True)
        result = crawl(make_order(source), tmp_path, environment={"GOVWATCH_CHROMIUM": "no-such-browser"})

    assert result.lost().loss is Loss.OUR_FAULT
    assert "render = true needs" in result.lost().detail
    assert site.asked == []


def test_a_crawl_without_such_sources_has_nothing_to_do_with_a_browser() -> None:
    assert find_browser_settings([make_source(feeds=("http://127.0.0.1/feed",))], make_limits()) == {}


def make_configuration(folder: Path, more: str = "") -> Path:
    (folder / "sources").mkdir()
    (folder / "settings.toml").write_text('contact = "watch@example.org"\n', encoding="utf-8")
    source = """name = "Newsroom"
country = "GB"
language = "en"
kind = "newsroom"
homepage = "https://www.example.org/"
render = true
[[listing]]
url = "https://www.example.org/news"
rows = "li"
"""
    (folder / "sources" / "newsroom.toml").write_text(f"{more}\n{source}", encoding="utf-8")
    return folder
