"""The whole of it on a real site in five dated states: every article once, with the right title, day and text."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from monitor.receivers import MailReceiver
from tests.installations import Place, make_place, write_source
from tests.replay import STATES, Replay, needs_site, serve_site

pytestmark = needs_site

SECTION = {"en": "blog", "fr": "blogue"}
WAYS = {
    "feed": 'feeds = ["{base}/{section}/index.xml"]',
    "sitemap": "sitemaps = [\"{base}/sitemap.xml\"]\nkeep_only = '/20\\d\\d/\\d\\d/\\d\\d/'",
    "listing": (
        '[[listing]]\nurl = "{base}/{section}/"\nrows = "li.post"\nlink = ".title a"\ntitle = "h2"\ndate = ".date"\n'
        "next = \"//li[contains(@class, 'active')]/following-sibling::li[1]/a\""
    ),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    with serve_site(tmp_path_factory.mktemp("site")) as replay:
        yield replay


def read_archive(place: Place) -> dict[str, dict[str, Any]]:
    """source -> address -> announcement."""
    connection = sqlite3.connect(place.archive)
    connection.row_factory = sqlite3.Row
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute("SELECT * FROM announcements"):
        assert row["url"] not in found.setdefault(row["source"], {})
        found[row["source"]][row["url"]] = dict(row)
    connection.close()
    return found


def f1(text: str, reference: str) -> float:
    words, wanted = (Counter(re.findall(r"\w+", one.casefold())) for one in (text, reference))
    shared = sum((words & wanted).values())
    return 2 * shared / max(1, sum(words.values()) + sum(wanted.values()))


def check_articles(found: dict[str, dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    """Every article once, with its title, its day and its text."""
    assert set(found) == set(truth)
    wrong = [
        (url, row["title"], row["published_on"])
        for url, row in found.items()
        if (" ".join(row["title"].split()), row["published_on"])
        != (" ".join(truth[url]["title"].split()), truth[url]["day"])
    ]
    assert wrong == []
    scores = sorted(f1(row["text"] or "", truth[url]["rendered_text"]) for url, row in found.items())
    assert scores[len(scores) // 2] >= 0.99
    assert scores[len(scores) // 10] >= 0.98


@pytest.mark.long
def test_each_later_state_gives_exactly_the_new_articles_and_alerts_for_no_old_one(
    site: Replay, tmp_path: Path
) -> None:
    site.use(STATES[0])
    with MailReceiver() as mail:
        place = make_place(tmp_path, MAIL=mail.url)
        place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
        place.write("watches.toml", '[[watch]]\nname = "All"\nany = ["the", "le", "la"]\nchannels = ["team"]\n')
        for language, section in SECTION.items():
            for way in ("feed", "listing"):
                ways = WAYS[way].replace("{base}", site.base(language)).replace("{section}", section)
                write_source(place, f"{way}-{language}", site.base(language), ways, language=language)
        place.crawl()
        assert mail.messages == []
        for before, state in pairwise(STATES):
            site.use(state)
            new = {
                language: set(site.truth(state, language)) - set(site.truth(before, language)) for language in SECTION
            }
            for source, came in place.crawl().items():
                assert came["new"] == len(new[source[-2:]]), (state, source)
        archived = read_archive(place)
        for language in SECTION:
            assert set(archived[f"feed-{language}"]) == set(site.truth(STATES[-1], language))
        text = "\n".join(str(message.get_body(("plain",)).get_content()) for message in mail.messages)  # type: ignore[union-attr]
        told = set(re.findall(r"^http://\S+", text, re.MULTILINE))
        everything = {url for language in SECTION for url in site.truth(STATES[-1], language)}
        old = {url for language in SECTION for url in site.truth(STATES[0], language)}
        assert told == everything - old


@pytest.mark.long
def test_each_way_in_alone_archives_every_article_and_then_costs_only_a_conditional_request(
    site: Replay, tmp_path: Path
) -> None:
    site.use(STATES[0])
    place = make_place(tmp_path)
    for language, section in SECTION.items():
        for way, text in WAYS.items():
            ways = text.replace("{base}", site.base(language)).replace("{section}", section)
            write_source(place, f"{way}-{language}", site.base(language), ways, language=language)

    done = place.run("crawl")
    assert done.returncode == 0, done.stdout + done.stderr
    archived = read_archive(place)
    for language in SECTION:
        for way in WAYS:
            check_articles(archived[f"{way}-{language}"], site.truth(STATES[0], language))
    before = len(site.requests())
    came = place.crawl()

    asked = site.requests()[before:]
    assert [request["status"] for request in asked] == [304] * 6
    assert all(request["conditional"] for request in asked)
    assert {one["new"] + one["changed"] for one in came.values()} == {0}
