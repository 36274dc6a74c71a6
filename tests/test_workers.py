"""Worker processes: what they answer, and how little their crashes and hangs matter."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from crawler.workers import HEAVY_BYTES, JobError, NotWantedError, OutOfMemoryError, WorkerEndedError, Workers


@pytest_asyncio.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers(2, memory_mb=190)
    yield made
    await made.close()


async def test_a_function_is_run_elsewhere_and_answers(workers: Workers) -> None:
    import os

    assert await workers.run("os:getpid", limit_s=10) != os.getpid()
    assert await workers.run("json:loads", '{"a": 1}', limit_s=10) == {"a": 1}


async def test_what_a_function_raises_is_told_with_its_place(workers: Workers) -> None:
    with pytest.raises(JobError, match="JSONDecodeError") as raised:
        await workers.run("json:loads", "{", limit_s=10)
    assert "decoder.py" in raised.value.trace
    assert await workers.run("json:loads", "1", limit_s=10) == 1


async def test_a_crash_costs_one_job_and_no_other(workers: Workers) -> None:
    jobs = [workers.run("json:loads", str(number), limit_s=10) for number in range(20)]
    crash = workers.run("os:_exit", 3, limit_s=10)
    answers = await asyncio.gather(*jobs[:10], crash, *jobs[10:], return_exceptions=True)
    assert isinstance(answers.pop(10), WorkerEndedError)
    assert answers == list(range(20))


async def test_a_job_that_takes_too_long_is_ended(workers: Workers) -> None:
    """R39."""
    began_at = time.monotonic()
    with pytest.raises(WorkerEndedError, match=r"longer than 0\.3 s"):
        await workers.run("time:sleep", 30, limit_s=0.3)
    assert time.monotonic() - began_at < 5
    assert await workers.run("json:loads", "1", limit_s=10) == 1


async def test_a_library_that_prints_does_not_disturb_the_answers(workers: Workers) -> None:
    assert await workers.run("builtins:print", "noise", limit_s=10) is None
    assert await workers.run("json:loads", "1", limit_s=10) == 1


async def test_large_jobs_and_answers_travel(workers: Workers) -> None:
    body = b"x" * 12_000_000
    assert await workers.run("builtins:bytes", body, limit_s=10) == body


class Pages:
    """A batch of which so many are left."""

    def __init__(self, left: int) -> None:
        self.left = left


async def test_a_batch_of_which_little_is_left_is_ended_before_another_goes_on() -> None:
    workers, answered = Workers(1, memory_mb=190), []
    many, few = Pages(50), Pages(2)

    async def work(name: str, batch: Pages) -> None:
        await workers.run("time:sleep", 0.01, limit_s=10, batch=batch)
        batch.left -= 1
        answered.append(name)

    await workers.warm_up(1)
    await asyncio.gather(*(work("many", many) for _ in range(3)), *(work("few", few) for _ in range(2)))
    await workers.close()

    assert answered == ["many", "few", "few", "many", "many"], "the first found the worker idle"


async def test_a_job_that_is_given_up_leaves_its_worker_to_others(workers: Workers) -> None:
    await workers.warm_up(2)
    busy = [asyncio.create_task(workers.run("time:sleep", 0.2, limit_s=10)) for _ in range(2)]
    given_up = [asyncio.create_task(workers.run("json:loads", "1", limit_s=10)) for _ in range(3)]
    await asyncio.sleep(0.05)
    for task in given_up[:2]:
        task.cancel()
    await asyncio.gather(*busy)
    given_up[2].cancel()  # which may just have been given a worker

    async with asyncio.timeout(5):
        assert await asyncio.gather(*(workers.run("json:loads", "2", limit_s=10) for _ in range(4))) == [2] * 4


async def test_no_more_workers_than_processes_are_started(workers: Workers) -> None:
    await workers.warm_up(5)
    pids = await asyncio.gather(*(workers.run("os:getpid", limit_s=10) for _ in range(12)))
    assert len(set(pids)) <= 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts memory as it is meant here")
async def test_a_job_that_takes_too_much_memory_is_ended(workers: Workers) -> None:
    """R39: a large body may take more, and no job takes it from another."""
    with pytest.raises(OutOfMemoryError, match="more than 124 MB of memory"):
        await workers.run("builtins:bytes", 40_000_000, limit_s=10)
    large = b"x" * (HEAVY_BYTES + 1)
    assert len(await workers.run("builtins:bytes", 40_000_000, reads=large, limit_s=10)) == 40_000_000
    with pytest.raises(OutOfMemoryError, match="more than 190 MB of memory"):
        await workers.run("builtins:bytes", 200_000_000, reads=large, limit_s=10)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts memory as it is meant here")
async def test_a_worker_that_has_grown_is_replaced() -> None:
    workers = Workers(1, memory_mb=300)
    grown = await workers.run("os:getpid", limit_s=10)
    await workers.run("sys:modules.update", {"ballast": b"x" * 55_000_000}, limit_s=10)
    assert await workers.run("os:getpid", limit_s=10) != grown
    await workers.close()


async def test_large_bodies_are_read_one_at_a_time(workers: Workers) -> None:
    await workers.warm_up(2)
    began_at = time.monotonic()
    large = b"x" * (HEAVY_BYTES + 1)
    await asyncio.gather(*(workers.run("time:sleep", 0.2, reads=large, limit_s=10) for _ in range(2)))
    assert time.monotonic() - began_at >= 0.4


async def test_a_job_that_nobody_wants_when_its_turn_comes_is_not_done(workers: Workers) -> None:
    with pytest.raises(NotWantedError):
        await workers.run("os:_exit", 3, limit_s=10, is_wanted=lambda: False)
