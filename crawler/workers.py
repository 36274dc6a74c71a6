"""Runs functions in worker processes without the reactor ever waiting, and outlives a worker that crashes or hangs.

`concurrent.futures` offers no way to end one hanging worker, nor to say which of its jobs broke the pool; here each
job has a process to itself while it lasts, so the job that ends its worker is known.
"""

import asyncio
import contextlib
import pickle
import signal
from collections import deque
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Protocol

from crawler.announcement import Loss
from crawler.limits import CrawlLimits
from crawler.room import ROOM
from crawler.worker import ANSWER, JOB, OUT_OF_MEMORY, Job, JobFailed
from crawler.worker_process import Fork, WorkerProcess, start_worker

LAST_BREATH_S = 2.0
# A worker takes about as long to start as forty pages take to read: most crawls find fewer, and one worker does.
PATIENCE_S = 1.0
# Of the pages of governments, one in a thousand is larger; of feeds, one in fifty.
HEAVY_BYTES = 1_000_000
LIGHT_SHARE = 0.65


class WorkerEndedError(Exception):
    """The job ended its process, by a crash or by taking too long; `loss` is what that makes of the page."""

    loss = Loss.UNREADABLE


class NotWantedError(Exception):
    """When it was the job's turn, nobody wanted it any more."""


class OutOfMemoryError(WorkerEndedError):
    """The job asked for more memory than it may have."""

    loss = Loss.TOO_LARGE


class JobError(Exception):
    """The job's function raised; `trace` says where."""

    def __init__(self, failed: JobFailed) -> None:
        super().__init__(failed.message)
        self.trace = failed.trace


# An idle one, or None in the place of one that has ended.
Worker = WorkerProcess | None


class Batch(Protocol):
    """Jobs that belong together; `left` says how many of them are still to come to their end."""

    @property
    def left(self) -> int: ...


class _Alone:
    left = 0


class _Idle:
    """The workers that have nothing to do, and the jobs that wait for one."""

    def __init__(self) -> None:
        self._workers: deque[Worker] = deque()
        self._waiting: dict[Batch, deque[asyncio.Future[Worker]]] = {}

    def put(self, worker: Worker) -> None:
        """Gives it to a job of the batch that has the fewest left, so that what has been begun is ended."""
        self._workers.append(worker)
        while self._workers and self._waiting:
            batch = min(self._waiting, key=attrgetter("left"))
            job = self._waiting[batch].popleft()
            if not self._waiting[batch]:
                del self._waiting[batch]
            if not job.done():
                job.set_result(self._workers.popleft())

    async def take(self, batch: Batch) -> Worker:
        if self._workers:
            return self._workers.popleft()
        job: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(batch, deque()).append(job)
        try:
            return await job
        except asyncio.CancelledError:
            if job.done() and not job.cancelled():
                self.put(job.result())  # it was given just when nobody waited for it any more
            raise


class Workers:
    """At most `processes` workers: the first for the first job, each other for a job that has waited `PATIENCE_S`.

    A job that reads a large body may hold `memory_mb`, and only one such runs at a time; any other may hold two thirds.
    """

    def __init__(self, processes: int, *, memory_mb: int, light_share: float = LIGHT_SHARE) -> None:
        self._unopened = processes
        self._memory_mb = memory_mb
        self._light_mb = round(memory_mb * light_share)
        self._heavy = asyncio.Semaphore(1)
        self._idle = _Idle()
        self._all: set[WorkerProcess] = set()

    async def run(
        self,
        function: str,
        *args: object,
        limit_s: float,
        reads: bytes = b"",
        is_wanted: Callable[[], bool] = lambda: True,
        batch: Batch = _Alone(),  # noqa: B008 (it is never changed)
        **keywords: object,
    ) -> Any:
        """What `function` ("package.module:name") returns; raises WorkerEndedError, JobError or NotWantedError.

        `reads` is the body that the job is about, and only weighed: the function gets it in its arguments. `is_wanted` is
        asked when it is the job's turn, which may be long after; that of a `batch` comes the sooner, the less is left of it.
        """
        is_heavy = len(reads) > HEAVY_BYTES
        memory_mb = self._memory_mb if is_heavy else self._light_mb
        job = Job(function=function, args=args, keywords=keywords, limit_s=limit_s, memory_mb=memory_mb)
        with ROOM.keeping(reads):
            async with self._heavy if is_heavy else contextlib.nullcontext():
                return await self._run(job, is_wanted, batch)

    async def _run(self, job: Job, is_wanted: Callable[[], bool], batch: Batch) -> Any:
        worker = left = await self._take(batch)
        try:
            if not is_wanted():
                raise NotWantedError
            left = None
            worker = worker or await self._start()
            answer, is_fit = await self._ask(worker, job)
            if is_fit:
                left = worker
            else:
                await self._let_go(worker)
        finally:
            self._idle.put(left)
        if isinstance(answer, JobFailed):
            raise JobError(answer)
        return answer

    async def _take(self, batch: Batch) -> Worker:
        """An idle worker, or None where one is to be started."""
        while self._all or not self._unopened:
            try:
                async with asyncio.timeout(PATIENCE_S if self._unopened else None):
                    return await self._idle.take(batch)
            except TimeoutError:
                if self._unopened:
                    break
        self._unopened -= 1
        return None

    async def warm_up(self, most: int) -> None:
        """Starts up to `most` workers ahead of the first job, which then does not wait for them."""
        for _ in range(min(most, self._unopened)):
            self._unopened -= 1
            self._idle.put(await self._start())

    async def take_over(self, forks: Sequence[Fork]) -> int:
        """Takes as many of the workers that have been forked ahead as there may be, and ends the others; how many."""
        alive = [fork for fork in forks if fork.is_alive()]
        taken = alive[: self._unopened]
        for fork in taken:
            self._unopened -= 1
            worker = await fork.take_over()
            self._all.add(worker)
            self._idle.put(worker)
        for fork in alive[len(taken) :]:
            fork.end()
        return len(taken)

    async def _start(self) -> WorkerProcess:
        worker = await start_worker()
        self._all.add(worker)
        return worker

    async def _ask(self, worker: WorkerProcess, job: Job) -> tuple[Any, bool]:
        """The answer, and whether the worker may be given another job."""
        data = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            worker.writer.writelines((JOB.pack(len(data), job.memory_mb), data))
            await worker.writer.drain()
            length, is_fit = ANSWER.unpack(await worker.reader.readexactly(ANSWER.size))
            answer = await worker.reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise await self._bury(worker, job) from error
        return pickle.loads(answer), is_fit  # noqa: S301 (written by our own worker)

    async def _bury(self, worker: WorkerProcess, job: Job) -> WorkerEndedError:
        self._all.discard(worker)
        status = await _wait_for_end(worker)
        if status == OUT_OF_MEMORY:
            return OutOfMemoryError(f"reading it took more than {job.memory_mb} MB of memory")
        if status == -signal.SIGALRM:
            return WorkerEndedError(f"reading it took longer than {job.limit_s:g} s")
        if status < 0:
            name = _name_signal(-status)
            return WorkerEndedError(f"reading it crashed the reader ({name}): it is broken, or takes too much memory")
        return WorkerEndedError(f"reading it ended the worker process (status {status})")

    async def _let_go(self, worker: WorkerProcess) -> None:
        self._all.discard(worker)
        worker.kill()
        await worker.wait()

    def kill(self) -> None:
        """Ends every worker at once."""
        for worker in self._all:
            worker.kill()

    async def close(self) -> None:
        """Ends every worker and waits until they are gone."""
        self.kill()
        for worker in self._all:
            await worker.wait()
        self._all.clear()


def make_workers(limits: CrawlLimits) -> Workers:
    """As many workers, with as much memory, as an operator allows a crawl."""
    return Workers(limits.extract_processes, memory_mb=limits.extract_memory_mb)


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


async def _wait_for_end(worker: WorkerProcess) -> int:
    """Its status. It has closed its end, so it is ending; a kill now could take the status from whoever waits for it."""
    try:
        async with asyncio.timeout(LAST_BREATH_S):
            return await worker.wait()
    except TimeoutError:
        worker.kill()
        return await worker.wait()
