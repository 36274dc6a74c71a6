"""The one thread that touches the archive, so that crawls, deliveries and the schedule never share a transaction."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlite_utils import Database

from monitor.archive.connection import open_archive, transaction

Result = TypeVar("Result")


class ArchiveWorker:
    """Runs actions on the archive one after the other, without keeping the event loop waiting."""

    def __init__(self, path: Path) -> None:
        """Opens the archive at `path`, made or brought up to date first; raises what `open_archive` raises."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._database = self._thread.submit(open_archive, path).result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.submit(self._database.close).result()
        self._thread.shutdown()

    async def read(self, action: Callable[[Database], Result]) -> Result:
        """What `action` returns; an action that has begun is finished even when the caller is cancelled."""
        return await asyncio.shield(asyncio.wrap_future(self._thread.submit(action, self._database)))

    async def write(self, action: Callable[[Database], Result]) -> Result:
        """Like `read`, in one transaction."""

        def in_transaction(database: Database) -> Result:
            with transaction(database):
                return action(database)

        return await self.read(in_transaction)
