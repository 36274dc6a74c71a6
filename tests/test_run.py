"""`govwatch run` and `crawl` as processes: they stop in time, take turns, and outlive a crawl that hangs."""

import re
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.clock import now
from monitor.receivers import Answer as MailAnswer
from monitor.receivers import HookReceiver, MailReceiver
from tests.installations import SETTINGS, Place, make_place, write_source
from tests.loopback import XML, Answer, Asked, Site

PARAGRAPH = (
    "The two governments signed a memorandum of understanding on digital public services and will share their work. "
)


def write_feed(site: Site, numbers: range) -> str:
    today = format_datetime(now())  # what is dated long ago and new all the same would be held as a suspected re-key
    items = "".join(
        f"<item><title>Agreement number {n} between two governments</title><link>{site.url(f'/{n}')}</link>"
        f"<pubDate>{today}</pubDate></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>A</title>{items}</channel></rss>'


def publish(site: Site, numbers: range) -> None:
    """Pages and a feed that lists them all."""
    for number in numbers:
        title = f"Agreement number {number} between two governments"
        text = "".join(f"<p>{number}. {PARAGRAPH * 3}</p>" for _ in range(4))
        site.pages[f"/{number}"] = Answer(
            body=f"<html lang=en><title>{title}</title><body><main><h1>{title}</h1>{text}</main></body></html>"
        )
    site.pages["/feed"] = Answer(body=write_feed(site, numbers), kind=XML)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        publish(made, range(5))
        yield made


def make_watched_place(folder: Path, site: Site, mail: MailReceiver) -> Place:
    place = make_place(folder, MAIL=mail.url)
    write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')
    place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
    place.write(
        "watches.toml", '[[watch]]\nname = "Agreements"\nany = ["memorandum of understanding"]\nchannels = ["team"]\n'
    )
    return place


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Looks again and again, since other processes do the work; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def count(place: Place, sql: str) -> int:
    if not place.archive.exists():
        return 0
    with closing(sqlite3.connect(place.archive, timeout=10)) as connection:
        try:
            return int(connection.execute(sql).fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def make_due(place: Place) -> None:
    with closing(sqlite3.connect(place.archive, timeout=10)) as connection, connection:
        connection.execute("UPDATE source_state SET next_check_at = NULL")


def read_addresses(mail: MailReceiver) -> list[set[str]]:
    """Which addresses each mail tells of."""
    texts = [str(message.get_body(("plain",)).get_content()) for message in mail.messages]  # type: ignore[union-attr]
    return [set(re.findall(r"^http://\S+", text, re.MULTILINE)) for text in texts]


def told(mail: MailReceiver) -> Counter[str]:
    """In how many mails each address was told."""
    return Counter(url for urls in read_addresses(mail) for url in urls)


def stop(process: subprocess.Popen[str]) -> float:
    """Asks a process to stop; returns the seconds that it took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    return time.monotonic() - began


@pytest.mark.long
def test_run_crawls_what_is_due_delivers_what_is_owed_and_stops_within_five_seconds(site: Site, tmp_path: Path) -> None:
    """Also while a mail server does not answer."""
    with MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        write_source(place, "two", site.url()[:-1], f'feeds = ["{site.url("/not-there")}"]')
        place.write("settings.toml", f'{SETTINGS}\n[operators]\nchannels = ["team"]\n')
        process = place.start("run")
        wait_until(lambda: count(place, "SELECT count(*) FROM announcements WHERE baseline") == 5)
        wait_until(lambda: len(mail.messages) == 1)  # operators hear of it once the round is over
        publish(site, range(7))
        make_due(place)
        wait_until(lambda: sum(told(mail).values()) == 2)
        mail.answer, attempts = MailAnswer.HANG, mail.attempts
        publish(site, range(8))
        make_due(place)
        wait_until(lambda: mail.attempts > attempts)
        took_s = stop(process)

    assert took_s < 5
    assert process.returncode == 0
    assert count(place, "SELECT count(*) FROM alerts WHERE state = 'owed'") == 1
    assert told(mail) == Counter({site.url("/5"): 1, site.url("/6"): 1})
    text = str(mail.messages[0].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "404 Not Found" in " ".join(text.split())


def test_run_stops_within_five_seconds_while_a_service_does_not_answer(site: Site, tmp_path: Path) -> None:
    with MailReceiver() as mail, HookReceiver() as hook:
        place = make_watched_place(tmp_path, site, mail)
        place.write("channels.toml", f'[channels.team]\nurls = ["{hook.json_url}"]\n')
        place.crawl()
        publish(site, range(6))
        hook.answer = MailAnswer.HANG
        make_due(place)
        process = place.start("run", quickly=True)
        wait_until(lambda: hook.attempts == 1)
        took_s = stop(process)

    assert took_s < 5
    assert count(place, "SELECT count(*) FROM alerts WHERE state = 'owed'") == 1


def test_run_stops_within_five_seconds_in_the_middle_of_a_crawl(site: Site, tmp_path: Path) -> None:
    site.pages["/feed"] = Answer(body="", kind=XML, delay_s=20)
    with MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        process = place.start("run")
        wait_until(lambda: bool(site.asked_for("/feed")))
        took_s = stop(process)

    assert took_s < 5


def test_a_second_run_on_one_archive_refuses_to_start(site: Site, tmp_path: Path) -> None:
    """R10."""
    with MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        process = place.start("run", quickly=True)
        wait_until(lambda: count(place, "SELECT count(*) FROM announcements") == 5)
        second = place.run("run")
        stop(process)

    assert second.returncode == 2
    assert "another `govwatch run` is at work" in second.stderr


def test_a_crawl_beside_a_run_takes_its_turn(site: Site, tmp_path: Path) -> None:
    """R10: it never writes beside it."""
    goes_on = threading.Event()
    with MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        place.crawl()
        publish(site, range(6))
        make_due(place)
        hold_back(site, "/5", goes_on)
        run = place.start("run", quickly=True)
        wait_until(lambda: bool(site.asked_for("/5")))
        crawl = place.start("crawl", quickly=True)
        assert crawl.stderr is not None
        said = crawl.stderr.readline()
        goes_on.set()
        crawl.communicate(timeout=30)
        stop(run)

    assert "waiting for its turn" in said
    assert crawl.returncode == 0
    assert told(mail) == Counter({site.url("/5"): 1})
    assert len(site.asked_for("/5")) == 1, "the crawl found it filed"


def hold_back(site: Site, path: str, goes_on: threading.Event) -> None:
    """Lets a page be answered only when that is set, or in ten seconds."""
    page = site.pages[path]
    assert isinstance(page, Answer)

    def answer(_: Asked) -> Answer:
        goes_on.wait(10)
        return page

    site.pages[path] = answer


@pytest.mark.parametrize("is_replaced", [False, True])
def test_run_ends_when_its_archive_is_taken_away(site: Site, tmp_path: Path, is_replaced: bool) -> None:
    """What it filed from then on would be lost with a file that nobody can find any more."""
    with MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        process = place.start("run", quickly=True)
        wait_until(lambda: count(place, "SELECT count(*) FROM announcements") == 5)
        backup = tmp_path / "backup.db"
        assert place.run("backup", str(backup)).returncode == 0
        kept = backup.read_bytes()
        if is_replaced:
            backup.replace(place.archive)
        else:
            place.archive.unlink()
        _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"govwatch: {place.archive}: was removed, replaced or emptied while govwatch had it open." in " ".join(
        said.split()
    )
    assert "Traceback" not in said
    assert place.archive.read_bytes() == kept if is_replaced else not place.archive.exists()


def test_a_crawl_that_hangs_is_ended_and_the_others_are_filed(site: Site, tmp_path: Path) -> None:
    """R26, R28."""

    def drop_by_drop() -> Iterator[bytes]:
        while True:
            time.sleep(0.2)
            yield b" "

    def drip(_: Asked) -> Answer:
        return Answer(stream=drop_by_drop, kind=XML)

    with Site({"/feed": drip}) as slow, MailReceiver() as mail:
        place = make_watched_place(tmp_path, site, mail)
        place.write(
            "settings.toml",
            'contact = "ops@example.org"\n[crawl]\ndelay_s = 0\nrequest_timeout_s = 3\ntime_limit = "8 seconds"\n',
        )
        write_source(place, "slow", slow.url()[:-1], f'feeds = ["{slow.url("/feed")}"]')
        began = time.monotonic()
        came = place.crawl()

    assert time.monotonic() - began < 40
    assert (came["one"]["condition"], came["one"]["new"]) == ("ok", 5)
    assert came["slow"]["condition"] in {"unreachable", "broken"}


@pytest.mark.long
def test_run_looks_at_once_at_a_source_whose_file_was_corrected_and_at_no_other(site: Site, tmp_path: Path) -> None:
    """Three failures would else let it wait for eight minutes, and many for a day."""
    place = make_place(tmp_path)
    write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/wrong")}"]')
    write_source(place, "two", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]\nevery = "1 hour"')
    assert [place.crawl()["one"]["condition"] for _ in range(3)] == ["broken"] * 3
    other = read_next_check(place, "two")
    write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')

    process = place.start("run")
    wait_until(lambda: count(place, "SELECT count(*) FROM source_state WHERE id = 'one' AND state = 'ok'") == 1)
    stop(process)

    assert process.returncode == 0
    assert count(place, "SELECT count(*) FROM announcements WHERE source = 'one'") == 5
    assert read_next_check(place, "two") == other


def read_next_check(place: Place, source: str) -> str:
    with closing(sqlite3.connect(place.archive, timeout=10)) as connection:
        return str(connection.execute("SELECT next_check_at FROM sources WHERE id = ?", [source]).fetchone()[0])
