"""Runs the crawler as a child process with a hard time limit, without secrets, and hands on what it says line by line."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

# The crawler stops by itself at its time limit; a child that is alive this much later hangs.
GRACE_S = 20.0
STOP_S = 2.0
MAX_LINE_BYTES = 64 * 1024 * 1024

TakeLine = Callable[[bytes], Awaitable[None]]


async def run_child(module: str, order: bytes, *arguments: str, take: TakeLine, limit_s: float) -> str | None:
    """Why `python -m MODULE ORDER ARGUMENTS` did not end well, or None; cancelling it ends the child first (R28)."""
    with tempfile.TemporaryDirectory(prefix="govwatch-") as folder:
        order_file = Path(folder) / "order.json"
        order_file.write_bytes(order)
        return await _run(["-m", module, str(order_file), *arguments], take, limit_s)


async def _run(arguments: list[str], take: TakeLine, limit_s: float) -> str | None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        limit=MAX_LINE_BYTES,
        start_new_session=True,
        env=_child_environment(os.environ),
    )
    try:
        async with asyncio.timeout(limit_s + GRACE_S):
            assert child.stdout is not None
            while line := await child.stdout.readline():
                await take(line)
            await child.wait()
        return None if child.returncode == 0 else f"the crawler ended with {_describe_exit(child.returncode)}"
    except TimeoutError:
        return f"the crawler did not end within {limit_s + GRACE_S:.0f} seconds and was stopped"
    finally:
        await _end_child(child)


def _child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The crawler gets no secrets: only what Python and TLS need (R37)."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT"}
    return {name: value for name, value in environ.items() if name in kept or name.startswith(("SSL_CERT", "COVERAGE"))}


def _describe_exit(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return f"signal {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"


async def _end_child(child: asyncio.subprocess.Process) -> None:
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
