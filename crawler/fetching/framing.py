"""Bounds what a server may send around a body, and lets large bodies wait while there is no room for them (R39).

Twisted bounds one header line, but not how many there are.

Four servers that never stop sending headers would otherwise fill three gigabytes in ten seconds.
"""

from typing import Any, NoReturn

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.iweb import IResponse

from crawler.room import ROOM

# Twice what Apache, nginx and curl's own limits let through together; browsers stop at 256 kB.
MAX_HEAD_BYTES = 128 * 1024


class HeadTooLargeError(Exception):
    """What came before the body was longer than any head is."""


class _BoundedParser(_LenientHTTPClientParser):
    head_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 (Twisted's interface)
        self.head_bytes += len(line) + 1
        if self.head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLargeError
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> NoReturn:  # noqa: N802, ARG002 (Twisted's interface)
        raise HeadTooLargeError


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[IResponse]:
        answered: Deferred[IResponse] = super().request(request)
        assert self._parser is not None
        self._parser.__class__ = _BoundedParser  # as Scrapy itself does: it adds no state that has to be made
        return answered

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 (Twisted's interface)
        super().dataReceived(data)  # type: ignore[no-untyped-call]  # Twisted's
        if self._parser is None:
            ROOM.leave(self)
        else:
            ROOM.come(self, len(data))

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 (Twisted's interface)
        ROOM.leave(self)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]  # Twisted's

    def pause(self) -> None:
        transport: Any = self.transport
        transport.pauseProducing()

    def go_on(self) -> None:
        transport: Any = self.transport
        transport.resumeProducing()


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes connections whose answers have a bounded head. For `HTTPConnectionPool._factory`."""

    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: N802, ARG002 (Twisted's interface)
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's
