"""The child process in which entry points and pages are read, one job after the other.

A job comes in on stdin, its answer goes out on stdout, each a pickle behind its length. The worker ends with its
parent, and a job that takes too long ends the worker: the alarm strikes even inside a C library.
"""

import ctypes
import os
import pickle
import pkgutil
import signal
import struct
import sys
import traceback
from dataclasses import dataclass
from typing import Any, BinaryIO

LENGTH = struct.Struct(">Q")
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, kw_only=True)
class Job:
    """A function by its full name (`package.module:function`), what to give it, and how long it may take."""

    function: str
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    limit_s: float


@dataclass(frozen=True, kw_only=True)
class JobFailed:
    """The function raised: a fault of ours, with the place where it happened."""

    message: str
    trace: str


def write_frame(stream: BinaryIO, value: object) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: BinaryIO) -> Any:
    """The next value, or None when the other end has gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    data = stream.read(LENGTH.unpack(head)[0])
    return pickle.loads(data)  # noqa: S301 (written by `write_frame` in our parent)


def main(*, parent: int) -> None:
    """Serves the process `parent` until it ends."""
    die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says when to stop
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not break the protocol
    pkgutil.resolve_name("crawler.extract:init_worker")()
    while (job := read_frame(sys.stdin.buffer)) is not None:
        write_frame(answers, run_job(job))


def run_job(job: Job) -> Any:
    signal.setitimer(signal.ITIMER_REAL, job.limit_s)
    try:
        return pkgutil.resolve_name(job.function)(*job.args, **job.keywords)
    except Exception as error:  # noqa: BLE001 (the one catch-all of the job: the parent records it as our fault)
        return JobFailed(message=f"{type(error).__name__}: {error}"[:500], trace=traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def die_with(parent: int) -> None:
    """Asks Linux to kill us when the parent dies; elsewhere the end of stdin does, once the job is done."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(0)  # it was gone before we asked
