"""A crawler that is started before it has an order: what becomes of it when things go otherwise, and of whoever waits."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.locks import write_lock
from tests.installations import Place, find_children, make_place, write_source
from tests.loopback import Site
from tests.test_run import publish

IGNORES_ENDED_CHILDREN = """\
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""
HAS_NO_STANDARD_FILES = """\
import os, sys
os.closerange(0, 3)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Site() as site:
        publish(site, range(3))
        made = make_place(tmp_path)
        write_source(made, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')
        yield made


def start(place: Place) -> "subprocess.Popen[str]":
    """A crawl, for good: what it starts is then its own child."""
    return subprocess.Popen(
        place.command("crawl"), env=place.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run_from(caller: str, place: Place) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", caller, *place.command("crawl")]
    return subprocess.run(command, env=place.environment(), capture_output=True, text=True, check=False, timeout=60)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def count_announcements(archive: Path) -> int:
    with sqlite3.connect(archive) as connection:
        return int(connection.execute("select count(*) from announcements").fetchone()[0])


@pytest.mark.parametrize("is_early", [True, False])
def test_a_crawler_whose_order_never_comes_ends_without_a_word(*, is_early: bool) -> None:
    """Whoever was to write it has been ended, and its operator knows."""
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler", "-", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if not is_early and sys.platform == "linux":
        wait_until(lambda: bool(find_children(child.pid)))
    said = child.communicate(timeout=20)

    assert (child.returncode, *said) == (2, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_crawl_that_is_ended_while_it_waits_leaves_nobody_and_nothing_behind(
    place: Place, number: signal.Signals
) -> None:
    with write_lock(place.archive):
        crawl = start(place)
        assert crawl.stderr is not None
        assert "waiting for its turn" in crawl.stderr.readline()
        (crawler,) = find_children(crawl.pid)
        crawl.send_signal(number)
        _, said = crawl.communicate(timeout=20)  # once the crawler and its workers have closed their ends, too

    assert crawl.returncode == -number
    assert said == ""
    wait_until(lambda: not Path(f"/proc/{crawler}").exists())


def test_a_crawler_that_ended_before_it_had_its_order_is_replaced(place: Place) -> None:
    with write_lock(place.archive):
        crawl = start(place)
        assert crawl.stderr is not None
        assert "waiting for its turn" in crawl.stderr.readline()
        (crawler,) = find_children(crawl.pid)
        os.kill(crawler, signal.SIGKILL)
    told, said = crawl.communicate(timeout=60)

    assert crawl.returncode == 0, told + said
    assert count_announcements(place.archive) == 3


def test_a_crawl_goes_well_for_whoever_ignores_ended_children(place: Place) -> None:
    done = run_from(IGNORES_ENDED_CHILDREN, place)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_crawl_goes_well_without_standard_files(place: Place) -> None:
    done = run_from(HAS_NO_STANDARD_FILES, place)

    assert done.returncode == 0
    assert count_announcements(place.archive) == 3


INTERRUPTS = """
import signal
{before}
import monitor.cli
from monitor.cli.inherited import heed_interrupts
names = {{signal.SIG_DFL: "ends", signal.SIG_IGN: "ignored", signal.default_int_handler: "raises"}}
said = [names[signal.getsignal(signal.SIGINT)]]
heed_interrupts()
print(*said, names[signal.getsignal(signal.SIGINT)])
"""


@pytest.mark.parametrize(
    ("before", "expected"), [("", "ends raises"), ("signal.signal(signal.SIGINT, signal.SIG_IGN)", "ignored ignored")]
)
def test_an_interrupt_ends_a_command_until_its_work_begins(before: str, expected: str) -> None:
    """Libraries that are being loaded swallow the exception that Python makes of it."""
    program = INTERRUPTS.format(before=before)

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == expected


def test_a_command_that_has_begun_its_work_is_interrupted_by_an_exception(tmp_path: Path) -> None:
    """So that it leaves everything in order: the crawler ended, the terminal as it was."""
    program = (
        "import signal, monitor.cli; from monitor.cli.app import app\n"
        "try: app(['--config', 'nowhere', 'crawl'])\n"
        "except BaseException: print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "True"
