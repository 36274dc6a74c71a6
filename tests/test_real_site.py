"""The whole of it on a real site in five dated states: every article once, with the right title, day and text."""

import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.receivers import MailReceiver
from tests.installations import Place, make_place, write_source
from tests.replay import LANGUAGES, STATES, WAYS, Replay, needs_site, serve_site

pytestmark = needs_site


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


@pytest.fixture(scope="module")
def first_look(site: Replay, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Knows the first state by each way in alone; has a watch for everything."""
    site.use(STATES[0])
    with MailReceiver() as mail:
        place = make_place(tmp_path_factory.mktemp("first"), MAIL=mail.url)
        place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
        place.write("watches.toml", '[[watch]]\nname = "All"\nany = ["the", "le", "la"]\nchannels = ["team"]\n')
        for language in LANGUAGES:
            for way in WAYS:
                ways = site.ways(way, language)
                write_source(place, f"{way}-{language}", site.base(language), ways, language=language)
        done = place.run("crawl")
    assert done.returncode == 0, done.stdout + done.stderr
    assert mail.messages == []
    return place


@pytest.mark.long
def test_each_later_state_gives_exactly_the_new_articles_and_one_alert_for_each(
    site: Replay, first_look: Place, tmp_path: Path
) -> None:
    new: list[str] = []
    with MailReceiver() as mail:
        place = copy_place(first_look, tmp_path, mail)
        before = read_archive(place)
        for state in STATES[1:]:
            site.use(state)
            came = place.crawl()
            after = read_archive(place)
            for source, articles in after.items():
                added = site.find_added(state, source[-2:])
                assert articles.keys() - before[source].keys() == added, (state, source)
                assert came[source]["new"] == len(added)
            new += [url for language in LANGUAGES for url in site.find_added(state, language)]
            before = after
        texts = [str(message.get_body(("plain",)).get_content()) for message in mail.messages]  # type: ignore[union-attr]
    told = [url for text in texts for url in re.findall(r"^http://\S+", text, re.MULTILINE)]
    assert sorted(told) == sorted(new)
    assert len(new) == 10
    for source, articles in before.items():
        check_articles(articles, site.truth(STATES[-1], source[-2:]))


def copy_place(place: Place, folder: Path, mail: MailReceiver) -> Place:
    shutil.copytree(place.folder, folder, dirs_exist_ok=True)
    return Place(folder=folder, environ={"MAIL": mail.url})


@pytest.mark.long
def test_each_way_in_alone_archives_every_article_and_then_costs_only_a_conditional_request(
    site: Replay, first_look: Place, tmp_path: Path
) -> None:
    site.use(STATES[0])
    with MailReceiver() as mail:
        place = copy_place(first_look, tmp_path, mail)
        archived = read_archive(place)
        before = len(site.requests())
        came = place.crawl()

    for language in LANGUAGES:
        for way in WAYS:
            check_articles(archived[f"{way}-{language}"], site.truth(STATES[0], language))
    asked = site.requests()[before:]
    assert [request["status"] for request in asked] == [304] * 6
    assert all(request["conditional"] for request in asked)
    assert {one["new"] + one["changed"] for one in came.values()} == {0}
