"""Workers that are forked: as good as those that are started for good, and of their parent's they keep nothing."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are started for good")

# A process of its own: one that has threads or an event loop cannot be forked.
PROGRAM = """\
import asyncio, json, os, signal, sys, time
from pathlib import Path
from crawler.worker_process import fork_workers
from crawler.workers import OutOfMemoryError, WorkerEndedError, Workers

ballast = bytearray(b"x" * 60_000_000)
secret = open(sys.argv[1])
forks = fork_workers(3)
{before}

async def tell(work):
    workers = Workers(2, memory_mb=190)
    taken = await workers.take_over(forks)
    try:
        print(json.dumps(await work(workers, taken)), flush=True)
    finally:
        await workers.close()

{work}

asyncio.run(tell(work))
"""
SAYS_WHAT_IT_IS = """\
async def work(workers, taken):
    await asyncio.sleep(0.5)
    pids = set(await asyncio.gather(*(workers.run("os:getpid", limit_s=10) for _ in range(8))))
    return {
        "taken": taken,
        "workers": len(pids),
        "files": await workers.run("os:listdir", "/proc/self/fd", limit_s=10),
        "stdin": await workers.run("os:readlink", "/proc/self/fd/0", limit_s=10),
        "loaded": await workers.run("builtins:eval", "'trafilatura' in __import__('sys').modules", limit_s=10),
        "nice": await workers.run("os:getpriority", 0, 0, limit_s=10),
        "unburied": os.waitpid(-1, os.WNOHANG)[0],
    }
"""
FAILS = """\
async def fail(workers, *job, limit_s=10):
    try:
        return await workers.run(*job, limit_s=limit_s)
    except WorkerEndedError as error:
        return f"{type(error).__name__}: {error}"

async def work(workers, taken):
    return [
        await fail(workers, "os:_exit", 3),
        await fail(workers, "time:sleep", 30, limit_s=0.3),
        await fail(workers, "json:loads", "1"),
    ]
"""
ANSWERS_WITH_WHAT_CANNOT_BE_SENT = """\
async def work(workers, taken):
    try:
        return await workers.run("threading:Lock", limit_s=10)
    except WorkerEndedError as error:
        return str(error)
"""
# The first takes 3 and 4 and leaves 3, the second 4 and 5.
HAS_FEW_FILES = """\
import resource
from crawler.worker_process import fork_workers

fork_workers(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))
print(len(fork_workers(4)))
"""
FILLS_MEMORY = """\
async def work(workers, taken):
    little = len(await workers.run("builtins:bytes", 10_000_000, limit_s=10))
    try:
        return [little, len(await workers.run("builtins:bytes", 40_000_000, limit_s=10))]
    except OutOfMemoryError as error:
        return [little, str(error)]
"""
LASTS = """\
async def work(workers, taken):
    print(json.dumps([await workers.run("os:getpid", limit_s=10) for _ in range(4)]), flush=True)
    await asyncio.sleep(60)
"""


def start(work: str, secret: Path, before: str = "") -> "subprocess.Popen[str]":
    program = PROGRAM.replace("{work}", work).replace("{before}", before)
    return subprocess.Popen([sys.executable, "-c", program, str(secret)], stdout=subprocess.PIPE, text=True)


def run(work: str, folder: Path, *, before: str = "") -> Any:
    """What `work` comes to; `before` happens between the fork and the taking over."""
    secret = folder / "secret.txt"
    secret.write_text("of the parent alone", encoding="utf-8")
    process = start(work, secret, before)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return json.loads(told)


def test_forked_workers_are_ready_and_have_none_of_the_files_of_their_parent(tmp_path: Path) -> None:
    told = run(SAYS_WHAT_IT_IS, tmp_path)

    assert told["taken"] == told["workers"] == 2, "the third is one more than there may be"
    assert told["loaded"]
    assert told["stdin"] == "/dev/null"
    assert len(told["files"]) == 5, "the standard ones, the connection, and the folder that is being listed"
    assert told["nice"] == 5
    assert told["unburied"] == 0, "the third is gone without a trace"


def test_what_ends_a_forked_worker_is_told_and_another_takes_its_place(tmp_path: Path) -> None:
    assert run(FAILS, tmp_path) == [
        "WorkerEndedError: reading it ended the worker process (status 3)",
        "WorkerEndedError: reading it took longer than 0.3 s",
        1,
    ]


def test_one_that_ended_before_there_was_work_costs_no_job(tmp_path: Path) -> None:
    told = run(SAYS_WHAT_IT_IS, tmp_path, before="os.kill(forks[0]._pid, signal.SIGKILL); time.sleep(0.5)")

    assert told["taken"] == told["workers"] == 2


def test_the_end_of_a_worker_is_told_even_where_the_system_tells_nobody(tmp_path: Path) -> None:
    """As where whoever started the crawl ignores SIGCHLD."""
    told = run(FAILS, tmp_path, before="signal.signal(signal.SIGCHLD, signal.SIG_IGN)")

    assert told[0] == "WorkerEndedError: reading it ended the worker process (status 255)"
    assert told[2] == 1


def test_a_fault_of_ours_in_a_worker_shows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(ANSWERS_WITH_WHAT_CANNOT_BE_SENT, tmp_path) == "reading it ended the worker process (status 1)"
    assert "cannot pickle" in capfd.readouterr().err


def test_where_there_is_no_room_for_all_there_are_fewer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HAS_FEW_FILES], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.stdout, done.stderr) == ("2\n", "")


def test_what_the_parent_holds_is_no_part_of_what_a_job_may_hold(tmp_path: Path) -> None:
    """R39."""
    assert run(FILLS_MEMORY, tmp_path) == [10_000_000, "reading it took more than 124 MB of memory"]


def test_forked_workers_end_with_their_parent(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.touch()
    with start(LASTS, secret) as process:
        assert process.stdout is not None
        pids = set(json.loads(process.stdout.readline()))
        process.kill()
    deadline = time.monotonic() + 10
    while pids and time.monotonic() < deadline:
        pids = {pid for pid in pids if is_there(pid)}
        time.sleep(0.05)

    assert not pids


def is_there(pid: int) -> bool:
    """Whether it lives: what nobody has waited for yet is still listed."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
