"""Follows redirects, in the header and in the page, and never to anything but http and https."""

import re

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.announcement import Loss
from crawler.fetching.failures import Failure, FetchRefused
from crawler.room import ROOM, SMALL_BYTES

REDIRECTS = range(300, 400)
# A refresh must stand in the head of the page; w3lib looks no further than this either.
HEAD_BYTES = 4096
PERMANENT = {301, 308}
SCHEME = re.compile(rb"(?i)(?!https?:)[a-z][a-z0-9+.-]*:")


def find_new_address(response: Response) -> str | None:
    """Where permanent redirects led; None where there was none, or one on the way was not for good."""
    meta = response.request.meta if response.request else {}
    reasons, hops = meta.get("redirect_reasons", []), meta.get("redirect_urls", [])
    has_moved = bool(hops) and all(reason in PERMANENT for reason in reasons) and response.url != hops[0]
    return response.url if has_moved else None


class Redirects(RedirectMiddleware):
    """Scrapy's, with a stated reason for every redirect that is not followed."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # without the deprecated `spider` argument
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise _too_many(self.max_redirect_times) from error
        except ValueError as error:
            if SCHEME.match(response.headers["Location"] or b""):
                raise _refuse_scheme(response.headers["Location"] or b"") from error
            raise _unreadable(f"redirected to an address that cannot be read: {error}") from error
        if isinstance(followed, Response) and followed.status in REDIRECTS and "Location" in followed.headers:
            raise _refuse_scheme(followed.headers["Location"] or b"")
        return followed


class MetaRefreshes(MetaRefreshMiddleware):
    """Scrapy's, which decodes and parses every page; here only pages that speak of a refresh are looked at."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # without the deprecated `spider` argument
        if b"refresh" not in response.body[:HEAD_BYTES].lower():
            return response
        try:
            followed = super().process_response(request, response)
        except IgnoreRequest as error:
            raise _too_many(self.max_redirect_times) from error
        except (ValueError, LookupError):  # an address that is none, or a charset that is no encoding of text
            return response
        is_itself = isinstance(followed, Request) and followed.url == response.url
        return response if is_itself else followed


class Decompression(HttpCompressionMiddleware):
    """Scrapy's, with a stated reason for a body that grows too large (R39) or cannot be unpacked."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either kind
        if "Content-Encoding" not in response.headers:
            return response
        unpacked = self._unpack(request, response)
        while len(unpacked.body) > SMALL_BYTES and ROOM.is_full:
            del unpacked  # it is small as it came, and is unpacked once more when there is room
            await ROOM.wait()
            unpacked = self._unpack(request, response)
        ROOM.keep(unpacked)
        return unpacked

    def _unpack(self, request: Request, response: Response) -> Response:
        packed = response.replace(headers=response.headers.copy())  # Scrapy strikes out the coding that it has undone
        try:
            unpacked = super().process_response(request, packed)
        except IgnoreRequest as error:
            detail = "the answer is larger than the limit once it is decompressed"
            raise FetchRefused(Failure(loss=Loss.TOO_LARGE, detail=detail, status=response.status)) from error
        except Exception as error:
            # gzip, deflate, brotli and zstd each raise errors of their own, and all mean the same.
            raise _unreadable(f"the answer cannot be decompressed: {error}") from error
        assert isinstance(unpacked, Response)
        return unpacked


def _too_many(limit: int) -> FetchRefused:
    return FetchRefused(Failure(loss=Loss.REDIRECT_LOOP, detail=f"more than {limit} redirects"))


def _unreadable(detail: str) -> FetchRefused:
    return FetchRefused(Failure(loss=Loss.UNREADABLE, detail=detail))


def _refuse_scheme(location: bytes) -> FetchRefused:
    target = location.decode("latin-1")[:100]
    detail = f"redirected to {target}: only http and https addresses are fetched"
    return FetchRefused(Failure(loss=Loss.ADDRESS_FORBIDDEN, detail=detail))
