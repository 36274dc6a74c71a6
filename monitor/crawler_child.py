"""Runs the crawler as a child process with a hard time limit, without secrets, and hands on what it says line by line."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from monitor.errors import GovwatchError

# The crawler stops by itself at its time limit; a child that is alive this much later hangs.
GRACE_S = 20.0
STOP_S = 2.0
NEARLY = 0.8
MAX_LINE_BYTES = 64 * 1024 * 1024

# What the crawler exits with when it left something undone (crawler.scrapy_process).
CUT_SHORT = 1

TakeLine = Callable[[bytes], Awaitable[None]]
Child = asyncio.subprocess.Process


class CrawlerNotStarted(GovwatchError):
    """The system had no room for another process, or for the pipes to it."""


async def start_child(module: str, *arguments: str) -> Child:
    """Starts `python -m MODULE - ARGUMENTS`, which loads what it needs until its order comes on stdin."""
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            "-",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_LINE_BYTES,
            start_new_session=True,
            env=_child_environment(os.environ),
        )
    except OSError as error:
        raise CrawlerNotStarted(f"the crawler could not be started: {error.strerror}; see `ulimit -a`") from error


async def start_crawler() -> Child:
    """A crawler that waits for its order, and reports on stdout."""
    return await start_child("crawler", "-")


async def run_child(child: Child, order: bytes, *, take: TakeLine, limit_s: float) -> str | None:
    """Has a child carry out `order`: why it did not end well, or None; cancelling this ends the child first (R28)."""
    begun_at = time.monotonic()
    try:
        async with asyncio.timeout(limit_s + GRACE_S):
            await _hand_over(child, order)
            assert child.stdout is not None
            while line := await child.stdout.readline():
                await take(line)
            await child.wait()
        return describe_end(child.returncode, took_s=time.monotonic() - begun_at, limit_s=limit_s)
    except TimeoutError:
        return f"the crawler did not end within {limit_s + GRACE_S:.0f} seconds and was stopped"
    finally:
        await end_child(child)


@contextmanager
def started_ahead(runner: asyncio.Runner) -> Iterator[Child]:
    """A crawler that loads itself while its order is still being written; it is ended if it never gets one."""
    child = runner.run(start_crawler())
    try:
        yield child
    finally:
        if child.returncode is None:
            runner.run(end_child(child))


async def _hand_over(child: Child, order: bytes) -> None:
    """A child that is gone says so by its exit status."""
    assert child.stdin is not None
    child.stdin.write(order)
    with suppress(ConnectionError):
        await child.stdin.drain()
        child.stdin.close()
        await child.stdin.wait_closed()


def _child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The crawler gets no secrets: only what Python and TLS need (R37)."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT"}
    return {
        name: value
        for name, value in environ.items()
        if name in kept or name.startswith(("SSL_CERT", "COVERAGE", "PYDANTIC_"))
    }


def describe_end(returncode: int | None, *, took_s: float, limit_s: float) -> str | None:
    """Why a crawler that ended did not end well, or None. It leaves a little before its limit."""
    if returncode == 0:
        return None
    if returncode is not None and returncode < 0:
        return f"the crawler ended with signal {signal.Signals(-returncode).name}"
    if returncode == CUT_SHORT and took_s >= limit_s * NEARLY:
        return f"the time limit of {limit_s:.0f} seconds ([crawl] time_limit) was reached; the next crawl goes on from here"
    return f"the crawler ended with exit code {returncode}"


async def end_child(child: Child) -> None:
    """Ends the child and its workers, which share its process group: kindly first, then for certain."""
    if child.returncode is None:
        _signal_group(child.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await child.wait()
        except TimeoutError:
            pass
    _signal_group(child.pid, signal.SIGKILL)
    await child.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
