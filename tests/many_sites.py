"""Many web sites in one thread, a port each, that answer byte by byte as tests say, however wrong; all in one log.

`loopback.Site` is one well-behaved server; what comes from here need not even be HTTP.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.loopback import HTML, XML

MAX_HEAD_BYTES = 65536


@dataclass(kw_only=True)
class Hit:
    """One request; times are monotonic seconds, `left_at` is when the answer was sent or the asker had gone."""

    site: str
    path: str
    came_at: float
    left_at: float = float("inf")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a misbehaving page has in hand."""

    path: str
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send_for_ever(self, data: bytes, *, every_s: float = 0) -> None:
        while True:
            await self.send(data)
            await asyncio.sleep(every_s)


Reply = bytes | Callable[[Call], Awaitable[None]]
Pages = Mapping[str, Reply] | Callable[[str], Reply]
"""Path, query included -> the bytes that are sent, or what sends them. A path that is not there answers 404."""


def http(body: bytes | str = b"", status: str = "200 OK", kind: str = XML, **headers: str) -> bytes:
    """A well-formed answer, unless `headers` (named with underscores) say otherwise."""
    data = body.encode() if isinstance(body, str) else body
    said = {"Content-Type": kind, "Content-Length": str(len(data))}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode("latin-1") + data


NOT_FOUND = http("<h1>Not found</h1>", "404 Not Found", HTML)


class ManySites:
    """`with ManySites() as server: base = server.add("name", {"/feed": http("...")})`."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def add(self, name: str, pages: Pages, *, answers_after_s: float = 0) -> str:
        """Opens a port for `pages`; returns the site's address, without a slash at its end."""
        opening = self._open(name, pages, answers_after_s)
        return asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)

    async def _open(self, name: str, pages: Pages, answers_after_s: float) -> str:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode("latin-1")
                hit = Hit(site=name, path=path, came_at=time.monotonic())
                self.hits.append(hit)
                try:
                    await asyncio.sleep(answers_after_s)
                    await _send(pages, Call(path=path, writer=writer))
                finally:
                    hit.left_at = time.monotonic()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=128, limit=MAX_HEAD_BYTES)
        self._servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    def count(self, name: str) -> int:
        """How often a site was asked for anything but its robots.txt."""
        return sum(hit.site == name and hit.path != "/robots.txt" for hit in self.hits)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_all(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _send(pages: Pages, call: Call) -> None:
    reply = pages(call.path) if callable(pages) else pages.get(call.path, NOT_FOUND)
    await (reply(call) if callable(reply) else call.send(reply))
