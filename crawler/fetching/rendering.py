"""Pages that need script (`render = true`): fetched like any other, then drawn in a browser, if there is one.

    answer -> is it an HTML page? -> browser.Browser draws it -> each request of the page -> the crawl's own downloader

So robots.txt, politeness, the address guard, TLS and the limits hold for everything that a page asks for (R29, R31, R33,
R39). What a browser is, and how it is kept from the network, is left to `browser`, which is imported only where needed.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, cast

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from crawler.announcement import Loss
from crawler.fetching.address import ALLOW_PRIVATE
from crawler.fetching.browser_memory import MOST_MB, end_swollen_pages
from crawler.fetching.chromium import explain_missing
from crawler.fetching.failures import Failure, FetchRefused
from crawler.fetching.tally import TALLY
from crawler.report import ReportingSpider
from crawler.urls import is_web_address

if TYPE_CHECKING:
    from crawler.fetching.browser import Browser, Reply, Wanted

RENDER = "render"
"""Key of `Request.meta`: the page is to be drawn."""

CARRIED = (ALLOW_PRIVATE, TALLY, "download_timeout")
# Each page takes a process of its own of some 150 MB.
PAGES_AT_ONCE = 2
# More than any newsroom that was looked at needs; what polls for ever ends here.
MAX_REQUESTS = 60
# Scripts are the same on every page of a site, and are asked for once in a crawl.
MAX_KEPT_BYTES = 30_000_000
HTML = ("text/html", "application/xhtml+xml")
# Of the transport, or of the answer before it was drawn: they say nothing of what is handed on.
OF_THE_TRANSPORT = {b"content-encoding", b"content-length", b"transfer-encoding", b"connection", b"set-cookie"}
OF_THE_SHELL = ("ETag", "Last-Modified", "Cache-Control", "Expires", "Content-Type")


def is_drawable(response: Response) -> bool:
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    return response.status == 200 and kind in HTML  # noqa: PLR2004 (OK)


@dataclass(kw_only=True)
class Spent:
    """What one page has asked for so far."""

    requests: int = 0
    received: int = 0


@dataclass(kw_only=True)
class Kept:
    """Scripts that were fetched in this crawl; those of sources that may reach private addresses are kept apart."""

    replies: dict[tuple[bool, str], "Reply"] = field(default_factory=dict)
    size: int = 0

    def keep(self, key: tuple[bool, str], reply: "Reply") -> None:
        if reply.status == 200 and self.size + len(reply.body) <= MAX_KEPT_BYTES:  # noqa: PLR2004 (OK)
            self.size += len(reply.body)
            self.replies[key] = reply


class Rendering:
    """Stands nearest to the spider, so that an answer has passed every other check before it is drawn."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._limits = cast("ReportingSpider", crawler.spider).order.limits
        self._missing = explain_missing()
        self._browser = None if self._missing else _make_browser(crawler)
        self._places = asyncio.Semaphore(PAGES_AT_ONCE)
        self._scripts = Kept()
        self._swollen: list[int] = []
        crawler.signals.connect(self.close, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        order = cast("ReportingSpider", crawler.spider).order
        if not any(one.source.render for one in order.sources):
            raise NotConfigured
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._missing and request.meta.get(RENDER):
            raise FetchRefused(Failure(loss=Loss.OUR_FAULT, detail=self._missing))

    async def process_response(self, request: Request, response: Response) -> Response:
        if self._browser is None or not request.meta.get(RENDER) or not is_drawable(response):
            return response
        async with self._places:
            return await self._draw(self._browser, request, response)

    async def _draw(self, browser: "Browser", request: Request, response: Response) -> Response:
        from crawler.fetching.browser import Drawing, DrawingFailedError  # noqa: PLC0415 (only where the extra is)

        spent = Spent()
        drawing = Drawing(
            first=_make_reply(response),
            ask=lambda wanted: self._ask(request, wanted, spent),
            language=(request.headers.get("Accept-Language") or b"en").decode("latin-1"),
            user_agent=self._limits.user_agent,
            settle_s=self._limits.request_timeout_s,
        )
        limit_s = 2 * self._limits.request_timeout_s
        before = len(self._swollen)
        guard = asyncio.ensure_future(end_swollen_pages(self._swollen))
        try:
            async with asyncio.timeout(limit_s):
                drawn = await browser.draw(drawing)
        except TimeoutError as error:
            raise _refuse(Loss.TIMEOUT, f"the page was not drawn within {limit_s:g} s") from error
        except DrawingFailedError as error:
            if len(self._swollen) > before:  # by whichever page's guard
                raise _refuse(Loss.TOO_LARGE, f"drawing the page took more than {MOST_MB} MB of memory") from error
            raise _refuse(Loss.UNREADABLE, f"the page could not be drawn: {error}") from error
        finally:
            guard.cancel()
        body = drawn.html.encode()
        if len(body) > self._limits.max_bytes:
            raise _refuse(Loss.TOO_LARGE, "the page is larger than the limit once it is drawn")
        return response.replace(url=drawn.url, body=body, headers=_describe_drawn(response.headers), encoding="utf-8")

    async def _ask(self, request: Request, wanted: "Wanted", spent: Spent) -> "Reply | None":
        key = (bool(request.meta.get(ALLOW_PRIVATE)), wanted.url)
        if reply := self._scripts.replies.get(key):
            return reply
        spent.requests += 1
        if spent.requests > MAX_REQUESTS or spent.received > self._limits.max_bytes or not is_web_address(wanted.url):
            return None
        reply = await self._fetch(request, wanted)
        spent.received += len(reply.body) if reply else 0
        if reply and wanted.kind == "script":
            self._scripts.keep(key, reply)
        return reply

    async def _fetch(self, request: Request, wanted: "Wanted") -> "Reply | None":
        carried = {key: request.meta[key] for key in CARRIED if key in request.meta}
        asked = Request(wanted.url, headers=dict(wanted.headers), callback=NO_CALLBACK, meta=carried, dont_filter=True)
        try:
            return _make_reply(await self._crawler.engine.download_async(asked))
        except Exception:  # noqa: BLE001 (a part that cannot be had is left out, whatever the reason)
            return None

    async def close(self) -> None:
        if self._browser:
            await self._browser.close()


def _make_browser(crawler: Crawler) -> "Browser":
    from crawler.fetching.browser import Browser  # noqa: PLC0415 (only where the extra is)

    return Browser(crawler)


def _make_reply(response: Response) -> "Reply":
    from crawler.fetching.browser import Reply  # noqa: PLC0415 (only where the extra is)

    headers = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
        if name.lower() not in OF_THE_TRANSPORT
    }
    return Reply(url=response.url, status=response.status, headers=headers, body=response.body)


def _describe_drawn(headers: Headers) -> Headers:
    """What the server said of its answer, less what it said of bytes that are no longer there."""
    kept = Headers(headers)
    for name in OF_THE_SHELL:
        kept.pop(name, None)
    kept["Content-Type"] = "text/html; charset=utf-8"
    return kept


def _refuse(loss: Loss, detail: str) -> FetchRefused:
    return FetchRefused(Failure(loss=loss, detail=detail))
