"""Who may write: one process at a time (R10), whether it is `run` for months or `crawl` for a minute."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from monitor.errors import GovwatchError


class AlreadyRunning(GovwatchError):
    """Another `govwatch run` watches over this archive."""


class ArchiveUnwritable(GovwatchError):
    """The archive, or the folder in which it lies, cannot be written by this user."""


def write_lock(archive: Path) -> FileLock:
    """The lock that is held while the archive is written; the system frees it when its process dies."""
    return _lock(archive, "write")


@contextmanager
def writing(archive: Path, *, say: Callable[[str], None]) -> Iterator[None]:
    """Waits for its turn to write, and says so when it has to wait; raises ArchiveUnwritable."""
    _make_folder(archive)
    lock = write_lock(archive)
    if not take(lock, archive):
        say(f"another govwatch is writing {archive}: waiting for its turn (Ctrl-C gives up)")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def running(archive: Path) -> Iterator[None]:
    """Makes this the only `govwatch run` on the archive, or raises AlreadyRunning or ArchiveUnwritable."""
    _make_folder(archive)
    lock = _lock(archive, "run")
    if not take(lock, archive):
        raise AlreadyRunning(
            f"another `govwatch run` is at work on {archive}. Stop it first, or give this one its own --archive."
        )
    try:
        yield
    finally:
        lock.release()


def _lock(archive: Path, name: str) -> FileLock:
    """Beside the archive itself, so that whoever comes to it by another way, such as a link, finds the same."""
    path = archive.resolve()
    return FileLock(path.with_name(f"{path.name}.{name}.lock"))


def _make_folder(archive: Path) -> None:
    if archive.is_dir():
        raise ArchiveUnwritable(f"{archive} is a folder: name a file in it with --archive")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explain(archive, error) from error


def take(lock: FileLock, archive: Path) -> bool:
    """Whether the lock was free, and is ours now; raises ArchiveUnwritable."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    except OSError as error:
        raise _explain(archive, error) from error
    return True


def _explain(archive: Path, error: OSError) -> ArchiveUnwritable:
    return ArchiveUnwritable(
        f"{archive}: cannot be written: {error.strerror}: {error.filename}. Mend the folder, or name another --archive."
    )
