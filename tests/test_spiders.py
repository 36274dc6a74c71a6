"""`scrapy` itself: the spiders work alone, as Scrapy users expect."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawling import make_feed, make_item, make_page
from tests.forking import find_python
from tests.loopback import XML, Answer, Site

ROOT = Path(__file__).parents[1]
SETTINGS = 'contact = "watch@example.org"\n[crawl]\ndelay_s = 0\nextract_processes = 1\n'
SOURCE = """\
name = "The Press Office"
country = "GB"
language = "en"
kind = "newsroom"
homepage = "{site}/"
feeds = ["{site}/feed"]
sitemaps = ["{site}/sitemap.xml"]
allow_private_addresses = true

[[listing]]
url = "{site}/list"
rows = "li"

[[api]]
url = "{site}/api"
rows = "@"
link = "url"
title = "name"
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        made.pages |= {
            f"/{name}": make_page(f"From the {name}") for name in ("feed-item", "sitemap-item", "list-item", "api-item")
        }
        date = "<pubDate>Mon, 02 Oct 2023 10:00:00 +0100</pubDate>"
        made.pages["/feed"] = make_feed(make_item(made.url("/feed-item"), "Item", more=date))
        made.pages["/sitemap.xml"] = Answer(
            kind=XML, body=f"<urlset><url><loc>{made.url('/sitemap-item')}</loc></url></urlset>"
        )
        made.pages["/list"] = Answer(body='<ul><li><a href="/list-item">Item</a></li></ul>')
        made.pages["/api"] = Answer(kind="application/json", body='[{"url": "/api-item", "name": "Item"}]')
        yield made


@pytest.fixture
def config(site: Site, tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    (tmp_path / "settings.toml").write_text(SETTINGS)
    (tmp_path / "sources" / "press.toml").write_text(SOURCE.format(site=site.url("")))
    return tmp_path


def scrapy(*arguments: str, config: Path | None = None, python: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"GOVWATCH_CONFIG": str(config)} if config else {})}
    command = [python or find_python(), "-m", "scrapy", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_spiders_are_listed() -> None:
    assert scrapy("list", python=sys.executable).stdout.split() == ["api", "feed", "listing", "sitemap"]


@pytest.mark.parametrize("name", ["feed", "sitemap", "listing", "api"])
def test_a_spider_writes_what_one_source_announces(name: str, config: Path) -> None:
    out = config / "out.jsonl"
    done = scrapy("crawl", name, "-a", "source=press", "-O", str(out), config=config)
    assert (done.returncode, done.stderr) == (0, "")
    (item,) = map(json.loads, out.read_text().splitlines())
    assert item["url"].endswith({"listing": "/list-item"}.get(name, f"/{name}-item"))
    assert item["row"]["way"] == name
    assert item["text_state"] == "page"
    if name == "feed":
        assert item["published"] == {"at": "2023-10-02T09:00:00+00:00", "on": "2023-10-02", "source": "feed"}


def test_what_is_lost_is_said_in_the_log(site: Site, config: Path) -> None:
    site.pages["/feed-item"] = Answer(status=404)
    done = scrapy("crawl", "feed", "-a", "source=press", "-a", f"config={config}")
    assert f"{site.url('/feed-item')}: not found (404 Not Found)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected the id of a source"),
        (("-a", "source=nowhere"), "no source 'nowhere'"),
        (("-a", "source=wrong"), "wrong.toml:1: nmae: unknown key"),
        (("-a", "source=quiet"), "declares no feeds"),
    ],
)
def test_wrong_use_is_said_plainly(config: Path, arguments: tuple[str, ...], said: str) -> None:
    text = SOURCE.format(site="https://www.gov.example")
    (config / "sources" / "wrong.toml").write_text(text.replace("name", "nmae", 1))
    (config / "sources" / "quiet.toml").write_text(text.replace('feeds = ["https://www.gov.example/feed"]\n', ""))
    done = scrapy("crawl", "feed", *arguments, config=config)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
