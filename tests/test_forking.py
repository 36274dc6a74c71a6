"""A program that is forked for the tests is as one that is started: what goes in, what comes out, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.forking import ENVIRONMENT, find_python
from tests.installations import make_place
from tests.launching import MONITOR, find_settled

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every program is started for good")

# By which the worker's server is chosen; what follows is what the fork runs.
WORKER = "from crawler.worker import main\n"
SHOW = """
import json, os, sys, threading
print(json.dumps({
    "folder": os.getcwd(),
    "environ": os.environ.get("GOVWATCH_TEST"),
    "stdin": sys.stdin.read(),
    "files": len(os.listdir("/proc/self/fd")) - 1,
    "umask": os.umask(0),
    "threads": threading.active_count(),
    "modules": "pytest" in sys.modules or "scrapy" in sys.modules,
    "python": sys.executable,
}))
print("to stderr", file=sys.stderr)
sys.exit(3)
"""
WAIT = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(os.getpid(), flush=True)
signal.pause()
"""


def start(program: str, owner: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [find_python(), "-c", WORKER + program, str(owner)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_it_gets_what_its_launcher_got_and_no_more(tmp_path: Path) -> None:
    command = [find_python(), "-c", WORKER + SHOW, str(os.getpid())]
    done = subprocess.run(
        command, input="to stdin", capture_output=True, text=True, check=False, cwd=tmp_path, umask=0o27,
        env={**os.environ, "GOVWATCH_TEST": "here"},
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (3, "to stderr\n")
    assert json.loads(done.stdout) == {
        "folder": str(tmp_path), "environ": "here", "stdin": "to stdin", "files": 3, "umask": 0o27, "threads": 1,
        "modules": False, "python": find_python(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("program", "status", "said"),
    [
        ("", 0, ""),
        ("raise SystemExit('so it is')", 1, "so it is\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import os; os.kill(os.getpid(), 14)", -14, ""),
        ("import os; os.kill(os.getpid(), 9)", -9, ""),
    ],
)
def test_the_launcher_ends_as_it_ends(program: str, status: int, said: str) -> None:
    command = [find_python(), "-c", WORKER + program, str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == status
    assert done.stderr.endswith(said)


def test_what_happens_to_its_launcher_or_its_owner_happens_to_it() -> None:
    told, killed = start(WAIT, os.getpid()), start(WAIT, os.getpid())
    owner = subprocess.Popen(["sleep", "60"])
    owned = start(WAIT, owner.pid)
    pids = [int(one.stdout.readline()) for one in (told, killed, owned) if one.stdout]
    told.send_signal(signal.SIGTERM)
    killed.kill()
    owner.kill()

    assert [one.wait(10) for one in (told, killed, owner, owned)] == [7, -9, -9, -9]
    assert [one.stdout.read() for one in (told, killed, owned) if one.stdout] == [""] * 3, "until the fork has ended"
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < deadline
        os.sched_yield()
    for one in (told, killed, owned):
        one.communicate()


def test_what_python_reads_only_at_its_start_makes_it_start() -> None:
    command = [find_python(), "-c", WORKER + "import sys; print(sys.flags.utf8_mode, sys.executable)", str(os.getpid())]
    done = subprocess.run(command, env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=True)

    assert done.stdout == f"1 {sys.executable}\n"


def test_what_the_command_line_reads_only_at_its_start_makes_it_start() -> None:
    command = [find_python(), "-m", "monitor", "--help"]
    width = {}
    for columns in ("200", "70"):
        environ = {**os.environ, **ENVIRONMENT, "COLUMNS": columns}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        width[columns] = max(map(len, done.stdout.splitlines()))

    assert width == {"200": 200, "70": 70}


def test_nothing_in_the_environment_of_the_tests_makes_their_programs_start(tmp_path: Path) -> None:
    """Not even what the processes between which pytest spreads them are given."""
    launcher = Path(find_python()).read_text(encoding="utf-8")

    assert repr(find_settled(make_place(tmp_path).environment(), MONITOR)) in launcher
