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
import asyncio, json, sys
from pathlib import Path
from crawler.worker_process import fork_workers
from crawler.workers import OutOfMemoryError, WorkerEndedError, Workers

ballast = bytearray(b"x" * 60_000_000)
secret = open(sys.argv[1])
forks = fork_workers(3)

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
    pids = set(await asyncio.gather(*(workers.run("os:getpid", limit_s=10) for _ in range(8))))
    return {
        "taken": taken,
        "workers": len(pids),
        "files": await workers.run("os:listdir", "/proc/self/fd", limit_s=10),
        "stdin": await workers.run("os:readlink", "/proc/self/fd/0", limit_s=10),
        "loaded": await workers.run("builtins:eval", "'trafilatura' in __import__('sys').modules", limit_s=10),
        "nice": await workers.run("os:getpriority", 0, 0, limit_s=10),
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


def start(work: str, secret: Path) -> "subprocess.Popen[str]":
    program = PROGRAM.replace("{work}", work)
    return subprocess.Popen([sys.executable, "-c", program, str(secret)], stdout=subprocess.PIPE, text=True)


def run(work: str, folder: Path) -> Any:
    secret = folder / "secret.txt"
    secret.write_text("of the parent alone", encoding="utf-8")
    process = start(work, secret)
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


def test_what_ends_a_forked_worker_is_told_and_another_takes_its_place(tmp_path: Path) -> None:
    assert run(FAILS, tmp_path) == [
        "WorkerEndedError: reading it ended the worker process (status 3)",
        "WorkerEndedError: reading it took longer than 0.3 s",
        1,
    ]


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
