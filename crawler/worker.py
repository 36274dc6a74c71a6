"""The child process in which entry points and pages are read, one job after the other.

A job comes in on stdin, its answer goes out on stdout, each a pickle behind its length. The worker ends with its
parent, and a job that takes too long or too much memory ends the worker: the alarm strikes even inside a C library.
"""

import ctypes
import os
import pickle
import pkgutil
import resource
import signal
import socket
import struct
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from crawler.garbage import keep_what_is_loaded

# What a fresh worker holds; it is 71 once it has read a page thoroughly.
FRESH_MB = 37
GROWN_MB = 85
FULL_SHARE = 0.9
JOB = struct.Struct(">QI")
"""The length of a job, and how many MB its process may hold meanwhile."""
ANSWER = struct.Struct(">Q?")
"""The length of an answer, and whether the worker is fit for another job after it."""
PR_SET_PDEATHSIG = 1
FIRST_FREE_FILE = 3
# Reading gives way to asking and filing, which hold little up and are held up by much.
NICENESS = 5
OUT_OF_MEMORY = 77
"""Exit status of a worker whose job asked for more memory than it may have."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A function by its full name (`package.module:function`), what to give it, and what it may take."""

    function: str
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    limit_s: float
    memory_mb: int


@dataclass(frozen=True, kw_only=True)
class JobFailed:
    """The function raised: a fault of ours, with the place where it happened."""

    message: str
    trace: str


def answer_next(jobs: BinaryIO, *, inherited_mb: float = 0) -> bytes | None:
    """What the next job comes to, as a pickle; None when the other end has gone. Keeps nothing of either.

    `inherited_mb` is what the process held from the beginning of what its parent has loaded, which no job is to pay for.
    """
    head = jobs.read(JOB.size)
    if len(head) < JOB.size:
        return None
    length, job_mb = JOB.unpack(head)
    memory_mb = job_mb + round(inherited_mb)
    limit_memory(memory_mb)
    try:
        job = pickle.loads(jobs.read(length))  # noqa: S301 (written by our parent)
        answer = run_job(job)
        packed = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        if not isinstance(error, MemoryError) and has_been_full(memory_mb):
            raise MemoryError from error  # which libraries of C, and the system, call by many names
        raise
    if isinstance(answer, JobFailed) and has_been_full(memory_mb):
        raise MemoryError
    return packed


def main(*, parent: int) -> None:
    """Serves the process `parent` on stdin and stdout until it ends."""
    begin_work(parent)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not break the protocol
    pkgutil.resolve_name("crawler.extract:init_worker")()
    keep_what_is_loaded()
    _serve(sys.stdin.buffer, answers)


def serve_parent(connection: socket.socket, *, parent: int) -> None:
    """Serves the process `parent`, of which this one is a fork, until it ends; keeps none of its files."""
    begin_work(parent)
    kept = connection.fileno()
    os.closerange(FIRST_FREE_FILE, kept)
    os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_what_is_loaded()
    with connection.makefile("rb") as jobs, connection.makefile("wb") as answers:
        _serve(jobs, answers, inherited_mb=max(0, read_data_mb() - FRESH_MB))


def begin_work(parent: int) -> None:
    die_with(parent)
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says when to stop


def _serve(jobs: BinaryIO, answers: BinaryIO, *, inherited_mb: float = 0) -> None:
    try:
        while (answer := answer_next(jobs, inherited_mb=inherited_mb)) is not None:
            answers.write(ANSWER.pack(len(answer), not has_grown(inherited_mb)) + answer)
            answers.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # at once: whatever else is run would need memory, too


def run_job(job: Job) -> Any:
    signal.setitimer(signal.ITIMER_REAL, job.limit_s)
    try:
        return pkgutil.resolve_name(job.function)(*job.args, **job.keywords)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (the one catch-all of the job: the parent records it as our fault)
        return JobFailed(message=f"{type(error).__name__}: {error}"[:500], trace=traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def limit_memory(memory_mb: int) -> None:
    """Bounds what this process may hold (R39). Only Linux counts it as it is meant here; elsewhere time bounds it."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1_000_000, resource.RLIM_INFINITY))


def has_grown(inherited_mb: float = 0) -> bool:
    """Whether so much is held after a job that the next one would lack it; what can be given back is, first."""
    if sys.platform != "linux" or read_data_mb() < GROWN_MB + inherited_mb:
        return False
    ctypes.CDLL(None).malloc_trim(0)
    return read_data_mb() >= GROWN_MB + inherited_mb


def has_been_full(memory_mb: int) -> bool:
    """Whether this process has ever held nearly all that it may."""
    if sys.platform != "linux":
        return False
    # Not `getrusage`, which counts what our parent held when it forked.
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    most_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    return most_kb * 1024 / 1e6 >= memory_mb * FULL_SHARE


def read_data_mb() -> float:
    """What RLIMIT_DATA counts."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize() / 1e6


def die_with(parent: int) -> None:
    """Asks Linux to kill us when the parent dies; elsewhere the end of stdin does, once the job is done."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(0)  # it was gone before we asked
