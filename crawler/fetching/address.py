"""Refuses to connect to addresses inside our own networks, after DNS and on every hop (R31).

Twisted asks the reactor's name resolver for every host, literals included, and connects to the very addresses that it
hands out. So the resolver is where the guard stands: an address that it keeps back cannot be connected to, and
nothing is looked up a second time. Connections for sources that allow private addresses are made through a pool of
their own, so that no other source is ever given one of them.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Self, cast

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.resolver import CachingHostnameResolver, HostResolution
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IProtocolFactory,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from twisted.web.client import HTTPConnectionPool
from zope.interface import implementer  # type: ignore[import-untyped]  # ships no types

from crawler.announcement import Loss
from crawler.fetching.failures import Failure, FetchRefused
from crawler.fetching.framing import BoundedFactory
from crawler.room import ROOM

ALLOW_PRIVATE = "allow_private_addresses"
"""Key of `Request.meta`: the request belongs to a source that may be on a private address."""

# Addresses that carry an IPv4 address inside: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380),
# and IPv4-compatible ones (RFC 4291). Where they lead depends on the network, so none is let through.
EMBEDDING = tuple(IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96"))

_private_allowed: ContextVar[bool] = ContextVar("private_allowed", default=False)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether `address` is a host of the public internet.

    Private, loopback, link-local (cloud metadata among them), CGNAT, multicast and reserved addresses are not.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in network for network in EMBEDDING):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_public_text(host: str) -> bool:
    """The same for an address as Twisted writes it; what is no address is not public."""
    try:
        return is_public(ip_address(host.partition("%")[0]))
    except ValueError:
        return False


def is_possible_name(host: str) -> bool:
    """Names that break the rules make `getaddrinfo` raise what Twisted does not expect, so that it never answers."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _resolve_to_nothing(receiver: Any, host: str) -> IHostResolution:
    resolution = cast("IHostResolution", HostResolution(host))
    receiver.resolutionBegan(resolution)
    receiver.resolutionComplete()
    return resolution


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Hands on the public ones among the addresses of a host, and remembers a host that has none."""

    def __init__(self, receiver: Any, host: str, refused: dict[str, str]) -> None:
        self._receiver = receiver
        self._host = host
        self._refused = refused

    def resolutionBegan(self, resolution: IHostResolution) -> None:  # noqa: N802 (Twisted's interface)
        self._refused.pop(self._host, None)
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 (Twisted's interface)
        host = str(getattr(address, "host", ""))
        if is_public_text(host):
            self._receiver.addressResolved(address)
        else:
            self._refused[self._host] = host

    def resolutionComplete(self) -> None:  # noqa: N802 (Twisted's interface)
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class GuardedResolver:
    """Scrapy's caching resolver, of which only public addresses leave unless the connection may be private."""

    refused: dict[str, str] = {}  # noqa: RUF012 (one per process, as the reactor is)

    def __init__(self, inner: CachingHostnameResolver, reactor: ReactorBase) -> None:
        self._inner = inner
        self._reactor = reactor

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        return cls(CachingHostnameResolver.from_crawler(crawler, reactor), reactor)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(cast("IHostnameResolver", self))

    def resolveHostName(  # noqa: N802 (Twisted's interface)
        self,
        resolutionReceiver: Any,  # noqa: N803 (Twisted's interface)
        hostName: str,  # noqa: N803 (Twisted's interface)
        portNumber: int = 0,  # noqa: N803 (Twisted's interface)
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803 (Twisted's interface)
        transportSemantics: str = "TCP",  # noqa: N803 (Twisted's interface)
    ) -> IHostResolution:
        allowed = _private_allowed.get()
        receiver: Any = resolutionReceiver if allowed else _PublicOnly(resolutionReceiver, hostName, self.refused)
        if not is_possible_name(hostName):
            return _resolve_to_nothing(receiver, hostName)
        return self._inner.resolveHostName(receiver, hostName, portNumber, addressTypes, transportSemantics)


@implementer(IStreamClientEndpoint)
class _PrivateEndpoint:
    """An endpoint whose name is resolved with private addresses allowed. Twisted resolves within `connect`."""

    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def connect(self, protocolFactory: IProtocolFactory) -> Any:  # noqa: N803 (Twisted's interface)
        token = _private_allowed.set(True)
        try:
            return self._endpoint.connect(protocolFactory)
        finally:
            _private_allowed.reset(token)


class _PrivatePool(HTTPConnectionPool):
    def getConnection(self, key: Any, endpoint: Any) -> Any:  # noqa: N802 (Twisted's interface)
        return super().getConnection(key, cast("IStreamClientEndpoint", _PrivateEndpoint(endpoint)))


class _PrivateDownloadHandler(HTTP11DownloadHandler):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.__class__ = _PrivatePool
        self._pool._factory = BoundedFactory


class GuardedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's own handler for http and https, behind the guard."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = BoundedFactory
        self._for_private = _PrivateDownloadHandler(crawler)

    async def download_request(self, request: Request) -> Response:
        if "@" in urlparse_cached(request).netloc:
            detail = "the address bears a user's name or a password"
            raise FetchRefused(Failure(loss=Loss.ADDRESS_FORBIDDEN, detail=detail))
        response = await self._download(request)
        ROOM.keep(response)
        return response

    async def _download(self, request: Request) -> Response:
        if request.meta.get(ALLOW_PRIVATE):
            return await self._for_private.download_request(request)
        host = urlparse_cached(request).hostname or ""
        try:
            response = await super().download_request(request)
        except CannotResolveHostError as error:
            if host in GuardedResolver.refused:
                raise _refuse(host, GuardedResolver.refused[host]) from error
            raise
        if response.ip_address is not None and not is_public(response.ip_address):
            raise _refuse(host, str(response.ip_address))
        return response

    async def close(self) -> None:
        await super().close()
        await self._for_private.close()


def _refuse(host: str, address: str) -> FetchRefused:
    detail = f"{host} leads to {address}, which is not on the public internet (see allow_private_addresses)"
    return FetchRefused(Failure(loss=Loss.ADDRESS_FORBIDDEN, detail=detail))
