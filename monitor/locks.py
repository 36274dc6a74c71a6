"""Who may write: one process at a time (R10), whether it is `run` for months or `crawl` for a minute."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from monitor.errors import GovwatchError


class AlreadyRunning(GovwatchError):
    """Another `govwatch run` watches over this archive."""


def write_lock(archive: Path) -> FileLock:
    """The lock that is held while the archive is written; the system frees it when its process dies."""
    return FileLock(archive.with_name(f"{archive.name}.write.lock"))


@contextmanager
def writing(archive: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Waits for its turn to write, and says so when it has to wait."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    lock = write_lock(archive)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another govwatch is writing {archive}: waiting for its turn (Ctrl-C gives up)")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def running(archive: Path) -> Iterator[None]:
    """Makes this the only `govwatch run` on the archive, or raises AlreadyRunning."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(archive.with_name(f"{archive.name}.run.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning(
            f"another `govwatch run` is at work on {archive}. Stop it first, or give this one its own --archive."
        ) from error
    try:
        yield
    finally:
        lock.release()
