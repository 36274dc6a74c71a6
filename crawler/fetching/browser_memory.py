"""Ends pages of a browser that take too much memory (R39). Only Linux tells how much each takes; elsewhere time bounds it."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Each page is drawn in a process of its own, which takes 150 MB for a large newsroom.
MOST_MB = 600
LOOK_S = 0.2
PROCESSES = Path("/proc")


async def end_swollen_pages(ended: list[int], *, most_mb: float = MOST_MB) -> None:
    """Looks, until it is cancelled, for drawing processes below this one that hold more than `most_mb`, and kills them.

    `ended` gets their ids.
    """
    while sys.platform == "linux":
        for process in find_swollen(os.getpid(), most_mb=most_mb):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                ended.append(process)
        await asyncio.sleep(LOOK_S)


def find_swollen(ancestor: int, *, most_mb: float) -> list[int]:
    """The drawing processes of a Chromium below `ancestor` that hold more than `most_mb` of their own."""
    return [process for process in _find_renderers(ancestor) if _read_own_mb(process) > most_mb]


def _find_renderers(ancestor: int) -> Iterator[int]:
    children = defaultdict(list)
    for folder in PROCESSES.iterdir():
        if folder.name.isdigit():
            children[_read_parent(folder)].append(int(folder.name))
    waiting = children[ancestor]
    while waiting:
        process = waiting.pop()
        waiting += children[process]
        if b"--type=renderer" in _read(PROCESSES / str(process) / "cmdline"):
            yield process


def _read_parent(folder: Path) -> int:
    """0 of a process that has just ended."""
    # The name in brackets may hold anything, so what follows is counted from its end.
    fields = _read(folder / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _read_own_mb(process: int) -> float:
    """What it holds and shares with nobody."""
    fields = _read(PROCESSES / str(process) / "statm").split()
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE") / 1e6 if fields else 0.0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it ended in the meantime
        return b""
