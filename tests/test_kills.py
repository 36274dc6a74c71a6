"""R1: SIGKILL at random moments of `crawl`, of `run` and of the crawler; archive and mailbox end as they should.

On a real site in dated states where they are there, and else on one of our own.
"""

import os
import random
import re
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.archive.alerts import INTERRUPTED
from monitor.receivers import MailReceiver
from tests.installations import Place, make_place, write_source
from tests.loopback import Site
from tests.replay import LANGUAGES, STATES, Replay, has_site, needs_site, serve_site
from tests.test_real_site import copy_place
from tests.test_run import count, make_due, make_watched_place, publish

pytestmark = pytest.mark.long

KILLS = 50
STATES_WITH_NEWS = STATES[1:4]
SOURCES = (("listing", "en"), ("sitemap", "fr"))
FIRST_LOOK_S = 2.0
"""About as long as it takes."""
STRIKES_AT_FIRST, STRIKES_AT_EACH_STATE = 4, 8
CRAWLERS_SHARE = 0.3
# One in so many of the processes that are killed; the others are forked, which takes a tenth of the time.
STARTED_FOR_GOOD = 10
START_S = 0.8
# What is killed again and again has more and more to do: so much later may the next kill fall, until a crawl has ended.
LATER = 1.06


@dataclass(kw_only=True)
class Killer:
    """Kills what works on a place. `crawl_s` is about as long as a crawl takes."""

    place: Place
    chance: random.Random
    crawl_s: float
    longer: float = 1.0
    kills: Counter[str] = field(default_factory=Counter)

    def strike(self) -> None:
        """Has something crawl what is due, and kills it or its crawler at some moment; at times it has ended before."""
        if count(self.place, "SELECT count(*) FROM source_state"):
            make_due(self.place)
        command, is_forked = self.chance.choice(("crawl", "run")), self.chance.randrange(STARTED_FOR_GOOD) > 0
        process = self.place.start(command, quickly=is_forked)
        self._wait(0 if is_forked else START_S)
        if self.chance.random() < CRAWLERS_SHARE and (crawlers := find_crawlers(self.place)):
            self.kills["crawler"] += sum(map(kill, crawlers))
            self._wait(0)
        is_killed = process.poll() is None
        process.kill()
        process.communicate(timeout=20)
        self.kills[command] += is_killed
        if command == "crawl":
            self.longer = self.longer * LATER if is_killed else 1.0

    def _wait(self, start_s: float) -> None:
        time.sleep(self.chance.random() * (start_s + self.crawl_s * self.longer))


def find_crawlers(place: Place) -> list[int]:
    """The crawlers of whatever has the archive of this place open, be it forked or not."""
    found, archive = [], place.archive.resolve()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.joinpath("cmdline").read_bytes().endswith(b"\0crawler\0-\0-\0"):
                parent = process.joinpath("stat").read_text().rpartition(")")[2].split()[1]
                if any(file.resolve() == archive for file in Path(f"/proc/{parent}/fd").iterdir()):
                    found.append(int(process.name))
        except OSError:
            continue  # it has just ended
    return found


def kill(pid: int) -> bool:
    """Whether it was still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def measure_crawl(place: Place) -> float:
    """How many seconds a crawl takes."""
    began = time.monotonic()
    place.crawl()
    return time.monotonic() - began


def come_to_an_end(place: Place) -> None:
    for command in (["crawl"], ["alert", "send"]):
        done = place.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr


def check_told(place: Place, mails: list[EmailMessage], expected: set[str]) -> int:
    """That everything was told, and nothing twice but in copies of a message in the air at a kill; how many of those."""
    messages = {str(mail["Message-ID"]): mail for mail in mails}
    texts = [str(mail.get_body(("plain",)).get_content()) for mail in messages.values()]  # type: ignore[union-attr]
    told = sorted(url for text in texts for url in re.findall(r"^http://\S+", text, re.MULTILINE))
    in_the_air = count(place, f"SELECT count(*) FROM delivery WHERE detail = '{INTERRUPTED}'")
    assert told == sorted(expected)
    assert len(mails) - len(messages) <= in_the_air
    assert count(place, "SELECT count(*) FROM alerts WHERE state <> 'sent'") == 0
    return len(mails) - len(messages)


@needs_site
def test_no_kill_loses_or_repeats_what_a_real_site_publishes(tmp_path: Path) -> None:
    """Its first look, and then what it published in eleven weeks, again and again."""
    with serve_site(tmp_path) as site:
        killer = look_first(site, tmp_path / "first")
        looked, kills = killer.place, killer.kills
        killer.crawl_s = measure_crawl_of_news(site, looked, tmp_path / "measured")
        rounds = mailed = repeated = 0
        while kills.total() < KILLS:
            rounds += 1
            with MailReceiver() as mail:
                place = killer.place = copy_place(looked, tmp_path / str(rounds), mail)
                for state in STATES_WITH_NEWS:
                    site.use(state)
                    for _ in range(STRIKES_AT_EACH_STATE):
                        killer.strike()
                mailed += len(mail.messages)
                come_to_an_end(place)
                check_archived(place, site)
                repeated += check_told(place, mail.messages, find_published(site))
    assert mailed, "some came as far as their delivery"
    print(f"{dict(kills)} killed in {rounds} rounds, 0 lost, {repeated} messages repeated")
    assert min(kills[name] for name in ("crawl", "run", "crawler")) >= KILLS // 10


def look_first(site: Replay, folder: Path) -> Killer:
    """With a place that knows the first state, after some kills."""
    with MailReceiver() as mail:
        place = make_place(folder, MAIL=mail.url)
        place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
        place.write("watches.toml", '[[watch]]\nname = "All"\nany = ["the", "le", "la"]\nchannels = ["team"]\n')
        for way, language in SOURCES:
            write_source(place, f"{way}-{language}", site.base(language), site.ways(way, language), language=language)
        killer = Killer(place=place, chance=random.Random(20171013), crawl_s=FIRST_LOOK_S)
        for _ in range(STRIKES_AT_FIRST):
            killer.strike()
        come_to_an_end(place)
        assert mail.messages == []
    return killer


def measure_crawl_of_news(site: Replay, looked: Place, folder: Path) -> float:
    site.use(STATES_WITH_NEWS[0])
    with MailReceiver() as mail:
        return measure_crawl(copy_place(looked, folder, mail))


def check_archived(place: Place, site: Replay) -> None:
    """That every source has every article, once."""
    with closing(sqlite3.connect(place.archive)) as connection:
        archived = sorted(connection.execute("SELECT source, url FROM announcements"))
    assert archived == sorted(
        (f"{way}-{language}", url) for way, language in SOURCES for url in site.truth(STATES_WITH_NEWS[-1], language)
    )


def find_published(site: Replay) -> set[str]:
    """What was not there at the first look."""
    return {url for state in STATES_WITH_NEWS for language in LANGUAGES for url in site.find_added(state, language)}


@pytest.mark.skipif(has_site(), reason="the same is tried on a real site")
def test_no_kill_loses_or_repeats_an_alert(tmp_path: Path) -> None:
    with Site() as site, MailReceiver() as mail:
        publish(site, range(5))
        place = make_watched_place(tmp_path, site, mail)
        place.crawl()
        publish(site, range(published := 6))
        killer = Killer(place=place, chance=random.Random(20171013), crawl_s=measure_crawl(place))
        while killer.kills.total() < KILLS:
            published += 1
            publish(site, range(published))
            killer.strike()
        assert len(mail.messages) > 1, "some came as far as their delivery"
        come_to_an_end(place)
        repeated = check_told(place, mail.messages, {site.url(f"/{number}") for number in range(5, published)})
    print(f"{dict(killer.kills)} killed, {published} announcements, 0 lost, {repeated} messages repeated")
    assert count(place, "SELECT count(*) FROM announcements") == published
    assert count(place, "SELECT count(DISTINCT url) FROM announcements") == published
