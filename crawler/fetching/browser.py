"""Draws one page in Chromium, through scrapy-playwright; needs the extra `govwatch[render]` (see rendering).

The browser has no network of its own. Each request that a page makes is taken from it and handed to `Drawing.ask`;
what cannot be taken (WebSockets, WebRTC, the browser's own calls) meets a proxy that is not there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeoutError
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

# What a page needs to fill itself in; pictures, fonts, sheets and media tell us nothing.
KINDS = {"document", "script", "xhr", "fetch"}
# Of what a page says about its request only this is passed on: who asks, and with which cookies, is ours to say.
PASSED_ON = {"accept", "content-type", "origin", "authorization"}
NO_CONTENT = 204
CLOSE_S = 5.0
# Text that is only for browsers without script would be read as the page saying that it needs script.
REMOVE_NOSCRIPT = "document.querySelectorAll('noscript').forEach(one => one.remove())"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the browser is given as the answer to a request."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One request that a page would make."""

    url: str
    kind: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The page as it stands once its scripts have run, and the address that it ended at."""

    url: str
    html: str = field(repr=False)


class DrawingFailedError(Exception):
    """The browser could not draw the page, for the reason that it carries."""


@dataclass(kw_only=True)
class Drawing:
    """One page to draw: its answer, what gets the rest, and how long its scripts may take to come to rest."""

    first: Reply
    ask: Callable[[Wanted], Awaitable[Reply | None]]
    language: str
    user_agent: str
    settle_s: float
    url: str = ""
    is_begun: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, page: Any, _: Request) -> None:
        """scrapy-playwright's hook: routes that come later go before its own."""
        await page.route("**/*", self._answer)

    async def settle(self, page: Any) -> None:
        """Waits until nothing is asked any more, or long enough; then what is still open is given up."""
        with suppress(PlaywrightTimeoutError):
            await page.wait_for_load_state("networkidle", timeout=self.settle_s * 1000)
        self.over.set()
        await page.evaluate(REMOVE_NOSCRIPT)

    async def _answer(self, route: Any) -> None:
        # The page may be closed while its request is under way.
        with suppress(PlaywrightError):
            reply = await self._find_reply(route.request)
            if reply is None and _is_page(route.request):
                await route.fulfill(status=NO_CONTENT)  # the browser stays where it is, and shows no page of its own
            elif reply is None:
                await route.abort()
            else:
                await route.fulfill(status=reply.status, headers=dict(reply.headers), body=reply.body)

    async def _find_reply(self, asked: Any) -> Reply | None:
        is_page = _is_page(asked)
        if is_page and not self.is_begun:
            self.is_begun, self.url = True, self.first.url
            return self.first
        if asked.method != "GET" or asked.resource_type not in KINDS or (asked.is_navigation_request() and not is_page):
            return None
        reply = await self._ask_until_over(_read_request(asked))
        if is_page and reply:
            self.url = reply.url
        return reply

    async def _ask_until_over(self, wanted: Wanted) -> Reply | None:
        if self.over.is_set():
            return None
        asking, ending = asyncio.ensure_future(self.ask(wanted)), asyncio.ensure_future(self.over.wait())
        await asyncio.wait((asking, ending), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        return asking.result() if asking.done() else None


def _is_page(asked: Any) -> bool:
    return bool(asked.is_navigation_request() and asked.frame.parent_frame is None)


def _read_request(asked: Any) -> Wanted:
    headers = {name: value for name, value in asked.headers.items() if name in PASSED_ON or name.startswith("x-")}
    return Wanted(url=asked.url, kind=asked.resource_type, headers=headers)


class Browser:
    """One Chromium for a crawl, begun with the first page; each page has a context of its own, and so no memory."""

    def __init__(self, crawler: Crawler) -> None:
        self._handler = ScrapyPlaywrightDownloadHandler(crawler)
        self._numbers = count()

    async def draw(self, drawing: Drawing) -> Drawn:
        """The page that `drawing` tells of; raises DrawingFailedError. Cancelling it closes the page."""
        context = f"page {next(self._numbers)}"
        request = _make_request(drawing, context)
        try:
            response = await self._handler.download_request(request)
        except PlaywrightError as error:
            raise DrawingFailedError(str(error).partition("\n")[0]) from error
        finally:
            drawing.over.set()
            await self._leave(context)
        return Drawn(url=drawing.url, html=response.text)

    async def _leave(self, name: str) -> None:
        if wrapper := self._handler.context_wrappers.get(name):
            with suppress(PlaywrightError, TimeoutError):
                await asyncio.wait_for(wrapper.context.close(), CLOSE_S)

    async def close(self) -> None:
        with suppress(PlaywrightError):
            await self._handler.close()


def _make_request(drawing: Drawing, context: str) -> Request:
    return Request(
        drawing.first.url,
        callback=NO_CALLBACK,
        meta={
            "playwright": True,
            "playwright_context": context,
            "playwright_context_kwargs": {
                "service_workers": "block",
                "accept_downloads": False,
                "user_agent": drawing.user_agent,
                "locale": drawing.language,
            },
            "playwright_page_init_callback": drawing.begin,
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
            "playwright_page_methods": [PageMethod(drawing.settle)],
        },
        dont_filter=True,
    )
