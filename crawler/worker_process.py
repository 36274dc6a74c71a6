"""A worker process as its parent sees it: started for good, or forked from a process that has loaded what it needs."""

import asyncio
import contextlib
import importlib
import os
import signal
import socket
import sys
import traceback
from typing import Protocol

from crawler.worker import serve_parent

# Not `-m`, which would name the classes that travel back after `__main__`.
START = "import sys; from crawler.worker import main; main(parent=int(sys.argv[1]))"
BUFFER_BYTES = 1 << 20
# What most sources are read by.
READERS = ("crawler.feed", "crawler.sitemap")
UNKNOWN_STATUS = 255
"""What asyncio, too, says of a process whose end somebody else was told of: the system, where SIGCHLD is ignored."""


class WorkerProcess(Protocol):
    """Jobs go into `writer`, answers come out of `reader`."""

    @property
    def reader(self) -> asyncio.StreamReader: ...

    @property
    def writer(self) -> asyncio.StreamWriter: ...

    async def wait(self) -> int:
        """Its exit status, or the signal that ended it as a negative number."""
        ...

    def kill(self) -> None: ...


class StartedWorker:
    """One that has been started for good."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self.reader, self.writer = process, process.stdout, process.stdin

    async def wait(self) -> int:
        return await self._process.wait()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()


async def start_worker() -> StartedWorker:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        START,
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=BUFFER_BYTES,
    )
    return StartedWorker(process)


class Fork:
    """A worker that was forked before there was an event loop."""

    def __init__(self, pid: int, connection: socket.socket) -> None:
        self._pid = pid
        self._connection = connection

    async def take_over(self) -> "ForkedWorker":
        """The worker, from now on in the running event loop."""
        reader, writer = await asyncio.open_unix_connection(sock=self._connection, limit=BUFFER_BYTES)
        return ForkedWorker(self._pid, reader, writer)

    def is_alive(self) -> bool:
        """Not so where the system needed its memory while there was no order yet."""
        try:
            return os.waitpid(self._pid, os.WNOHANG)[0] == 0
        except ChildProcessError:
            return False

    def end(self) -> None:
        """Ends it at once, and leaves nothing of it in the table of processes."""
        self._connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        _wait_for(self._pid)


class ForkedWorker:
    """One that was forked."""

    def __init__(self, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pid, self.reader, self.writer = pid, reader, writer
        self._ended: asyncio.Task[int] | None = None

    async def wait(self) -> int:
        if self._ended is None:
            self._ended = asyncio.create_task(asyncio.to_thread(_wait_for, self._pid))
        return await asyncio.shield(self._ended)

    def kill(self) -> None:
        if self._ended is None or not self._ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)


def fork_workers(number: int) -> list[Fork]:
    """So many workers, ready at once, for a process that has neither threads nor an event loop yet; Linux only.

    What takes a worker a third of a second to load, twice, is loaded once. They are fewer where the system has no room
    for more: those are started when they are needed.
    """
    if sys.platform != "linux":
        return []
    for name in READERS:
        importlib.import_module(name)
    importlib.import_module("crawler.extract").init_worker()
    forks: list[Fork] = []
    with contextlib.suppress(OSError):
        forks.extend(_fork() for _ in range(number))
    return forks


def _fork() -> Fork:
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return Fork(pid, ours)
    status = 1
    try:
        serve_parent(theirs, parent=parent)
        status = 0
    except Exception:  # noqa: BLE001 (a fault of ours, which nobody else would show)
        traceback.print_exc()
    finally:
        os._exit(status)  # without what the parent wants done at its end


def _wait_for(pid: int) -> int:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return UNKNOWN_STATUS
