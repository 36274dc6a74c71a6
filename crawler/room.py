"""Bounds what all bodies of a crawl hold together, on their way and waiting to be read (R39).

A limit on each body is none on thirty-two at once. Small bodies never wait; while there is no room, large ones do: their
connections are not read from, so that their servers wait, too.
"""

import asyncio
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

# Of a hundred feeds of governments, one or two are larger; of pages, fewer.
SMALL_BYTES = 500_000
MOST_BYTES = 24_000_000


class Connection(Protocol):
    """What a body comes through."""

    def pause(self) -> None: ...

    def go_on(self) -> None: ...


class Answer(Protocol):
    """What a body has come in: Scrapy's Response, which need not be loaded for it before the workers start."""

    @property
    def body(self) -> bytes: ...


class Room:
    """What is coming, by connection in the order in which the bodies began, and what is held of those that came."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._coming: dict[Connection, int] = {}
        self._paused: dict[Connection, None] = {}
        self._held = 0
        self._changed = asyncio.Event()

    @property
    def is_full(self) -> bool:
        return self._held + sum(self._coming.values()) > self._most

    def come(self, connection: Connection, count: int) -> None:
        """So many bytes more have come; the connection has to wait when its body is large and there is no room for it."""
        self._coming[connection] = self._coming.get(connection, 0) + count
        if self._coming[connection] > SMALL_BYTES and self.is_full and connection is not self._find_next():
            self._paused[connection] = None
            connection.pause()

    def leave(self, connection: Connection) -> None:
        """The body has come, or never will."""
        self._paused.pop(connection, None)
        if self._coming.pop(connection, 0):
            self._let_go_on()

    def keep(self, response: Answer) -> None:
        """Counts a large body for as long as anybody has the response."""
        size = len(response.body)
        if size > SMALL_BYTES:
            self._held += size
            weakref.finalize(response, self._give_back, size)

    @contextmanager
    def keeping(self, body: bytes) -> Iterator[None]:
        self._held += len(body)
        try:
            yield
        finally:
            self._give_back(len(body))

    async def wait(self) -> None:
        """Until there may be room."""
        while self.is_full:
            self._changed.clear()
            await self._changed.wait()

    def _give_back(self, size: int) -> None:
        self._held -= size
        self._let_go_on()

    def _let_go_on(self) -> None:
        self._changed.set()
        if not self.is_full:
            waiting = list(self._paused)
        else:
            following = self._find_next()
            waiting = [following] if following in self._paused and following is not None else []
        for connection in waiting:
            del self._paused[connection]
            connection.go_on()

    def _find_next(self) -> Connection | None:
        """The large body that began first goes on also when it is tight: without it nothing would ever get free."""
        if self._held > self._most:
            return None
        return next((one for one, count in self._coming.items() if count > SMALL_BYTES), None)


ROOM = Room()
"""The one of this process, as the reactor is."""
