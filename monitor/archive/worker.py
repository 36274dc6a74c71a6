"""The one thread that touches the archive, so that crawls, deliveries and the schedule never share a transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlite_utils import Database

from monitor.archive.connection import MAKE_ROOM, ArchiveFull, go_on_after, naming_faults, open_archive, transaction
from monitor.errors import GovwatchError, WorkFailed

Result = TypeVar("Result")

# What a few pages take in the archive, with their index.
ROOM_BYTES = 1 << 20


class ArchiveGone(WorkFailed):
    """The file that was opened is not there any more: what is written to it would be lost with it."""


class ArchiveWorker:
    """Runs actions on the archive one after the other, without keeping the event loop waiting."""

    def __init__(self, path: Path) -> None:
        """Opens the archive at `path`, made or brought up to date first; raises what `open_archive` raises."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._database = self._thread.submit(open_archive, path).result()
        self._path, self._file = path, _identify(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.submit(self._database.close).result()
        self._thread.shutdown()

    async def read(self, action: Callable[[Database], Result]) -> Result:
        """What `action` returns; an action that has begun is finished even when the caller is cancelled.

        Raises ArchiveGone once the file has been removed or emptied, or another put in its place, and what
        `naming_faults` raises.
        """
        done = asyncio.wrap_future(self._thread.submit(self._act, action))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            done.add_done_callback(_tell_of_fault)
            raise

    def _act(self, action: Callable[[Database], Result]) -> Result:
        if _identify(self._path) != self._file:
            raise ArchiveGone(
                f"{self._path}: was removed, replaced or emptied while govwatch had it open. Nothing more is written to it:"
                " put the archive in its place and start govwatch again."
            )
        with naming_faults(self._path):
            return action(self._database)

    async def write(self, action: Callable[[Database], Result]) -> Result:
        """Like `read`, in one transaction."""

        def in_transaction(database: Database) -> Result:
            with transaction(database):
                return action(database)

        return await self.read(in_transaction)

    async def make_sure_of_room(self) -> None:
        """Raises ArchiveFull where what is about to be done could not be written down.

        The archive itself cannot tell: SQLite writes little things over what it has written before.
        """
        await self.read(lambda _: _try_room(self._path))


def _tell_of_fault(done: asyncio.Future[Any]) -> None:
    """Nobody waits for it any more: a fault of ours is told, and not what those who still wait are told as well."""
    error = None if done.cancelled() else done.exception()
    if error and not isinstance(error, GovwatchError):
        done.get_loop().call_exception_handler({"message": "the archive: nobody waited for this", "exception": error})


def _try_room(path: Path) -> None:
    try:
        with TemporaryFile(dir=path.resolve().parent, buffering=0) as file:
            file.write(bytes(ROOM_BYTES))
    except OSError as error:
        raise ArchiveFull(
            f"{path}: there is no room beside it: {error.strerror}. Nothing was lost: {go_on_after(MAKE_ROOM)}"
        ) from error


def _identify(path: Path) -> tuple[int, int] | None:
    """What tells a file from another of its name, or None where there is none, or nothing in it any more."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino) if status.st_size else None
