"""Runs functions in worker processes without the reactor ever waiting, and outlives a worker that crashes or hangs.

`concurrent.futures` offers no way to end one hanging worker, nor to say which of its jobs broke the pool; here each
job has a process to itself while it lasts, so the job that ends its worker is known.
"""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
from typing import Any

from crawler.worker import LENGTH, Job, JobFailed

# Not `-m`, which would name the classes that travel back after `__main__`.
START = "import sys; from crawler.worker import main; main(parent=int(sys.argv[1]))"
BUFFER_BYTES = 1 << 20
LAST_BREATH_S = 2.0


class WorkerEndedError(Exception):
    """The job ended its process, by a crash or by taking too long."""


class JobError(Exception):
    """The job's function raised; `trace` says where."""

    def __init__(self, failed: JobFailed) -> None:
        super().__init__(failed.message)
        self.trace = failed.trace


class Workers:
    """At most `processes` workers, started when there is work for them."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._places = asyncio.Semaphore(processes)
        self._idle: list[asyncio.subprocess.Process] = []
        self._all: set[asyncio.subprocess.Process] = set()

    async def run(self, function: str, *args: object, limit_s: float, **keywords: object) -> Any:
        """What `function` ("package.module:name") returns; raises WorkerEndedError or JobError."""
        job = Job(function=function, args=args, keywords=keywords, limit_s=limit_s)
        async with self._places:
            worker = self._idle.pop() if self._idle else await self._start()
            answer = await self._ask(worker, job)
            self._idle.append(worker)
        if isinstance(answer, JobFailed):
            raise JobError(answer)
        return answer

    async def warm_up(self, most: int) -> None:
        """Starts up to `most` workers ahead of the first job, which then does not wait for them."""
        while len(self._all) < min(most, self._processes):
            self._idle.append(await self._start())

    async def _start(self) -> asyncio.subprocess.Process:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            START,
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=BUFFER_BYTES,
        )
        self._all.add(worker)
        return worker

    async def _ask(self, worker: asyncio.subprocess.Process, job: Job) -> Any:
        assert worker.stdin is not None
        assert worker.stdout is not None
        data = pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            worker.stdin.writelines((LENGTH.pack(len(data)), data))
            await worker.stdin.drain()
            head = await worker.stdout.readexactly(LENGTH.size)
            answer = await worker.stdout.readexactly(LENGTH.unpack(head)[0])
        except (OSError, asyncio.IncompleteReadError) as error:
            raise WorkerEndedError(await self._bury(worker, job)) from error
        return pickle.loads(answer)  # noqa: S301 (written by our own worker)

    async def _bury(self, worker: asyncio.subprocess.Process, job: Job) -> str:
        self._all.discard(worker)
        status = await _wait_for_end(worker)
        if status == -signal.SIGALRM:
            return f"reading it took longer than {job.limit_s:g} s"
        if status < 0:
            return f"reading it crashed the reader ({_name_signal(-status)}): it is broken, or takes too much memory"
        return f"reading it ended the worker process (status {status})"

    def kill(self) -> None:
        """Ends every worker at once."""
        for worker in self._all:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()

    async def close(self) -> None:
        """Ends every worker and waits until they are gone."""
        self.kill()
        for worker in self._all:
            await worker.wait()
        self._all.clear()
        self._idle.clear()


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


async def _wait_for_end(worker: asyncio.subprocess.Process) -> int:
    """Its status. It has closed its end, so it is ending; a kill now could take the status from whoever waits for it."""
    try:
        async with asyncio.timeout(LAST_BREATH_S):
            return await worker.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        return await worker.wait()
