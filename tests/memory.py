"""Watches how much memory a process and all that it starts hold together. Linux only: it reads /proc."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.1


class PeakMemory:
    """`with PeakMemory(pid) as peak: ...`, then `peak.mb`: what the whole family held at most.

    Pages that several processes share count once (the kernel calls that PSS).
    """

    def __init__(self, pid: int) -> None:
        self.mb = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(EVERY_S):
            self.mb = max(self.mb, sum(_read_mb(pid) for pid in _find_family(self._pid)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()


def _find_family(pid: int) -> list[int]:
    """The process and its children's children; a process that has just ended has none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _find_family(int(child)))]


def _read_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
