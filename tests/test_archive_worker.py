"""The thread of the archive: what becomes of an action whose caller has gone."""

import asyncio
import gc
import os
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from monitor.archive.worker import ArchiveGone, ArchiveWorker


async def test_of_an_archive_that_was_emptied_nothing_is_expected_any_more(tmp_path: Path) -> None:
    """SQLite itself would take it for a new one, without tables."""
    path = tmp_path / "a.db"
    with ArchiveWorker(path) as worker:
        os.truncate(path, 0)
        with pytest.raises(ArchiveGone):
            await worker.read(lambda _: None)


@pytest.mark.parametrize(("error", "told"), [(ArchiveGone("gone"), []), (ValueError("ours"), ["ours"])])
async def test_of_what_nobody_waits_for_only_a_fault_of_ours_is_told(
    tmp_path: Path, error: Exception, told: list[str]
) -> None:
    """A run that ends for want of its archive says so once, however many were asking for it."""
    heard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(str(context.get("exception"))))
    begun, go_on = threading.Event(), threading.Event()

    def fail(_: Database) -> None:
        begun.set()
        go_on.wait(timeout=30)
        raise error

    with ArchiveWorker(tmp_path / "a.db") as worker:
        task = asyncio.create_task(worker.read(fail))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await worker.read(lambda _: None)
    del task
    await asyncio.sleep(0)
    gc.collect()

    assert heard == told
