"""Asks again, a little later, when a server stumbled or a connection broke; never after a 4xx."""

import asyncio
from typing import TypeVar

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

from crawler.fetching.failures import is_final

FIRST_WAIT_S = 1.0
Outcome = TypeVar("Outcome")


class Retries(RetryMiddleware):
    """Scrapy's, which asks again at once; here each attempt waits twice as long as the one before."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]  # Scrapy awaits either kind
        return await _wait(super().process_response(request, response))

    async def process_exception(self, request: Request, exception: Exception) -> Request | Response | None:  # type: ignore[override]  # Scrapy awaits either kind
        if is_final(exception):
            return None
        return await _wait(super().process_exception(request, exception))


async def _wait(outcome: Outcome) -> Outcome:
    if isinstance(outcome, Request):
        await asyncio.sleep(FIRST_WAIT_S * 2 ** (outcome.meta.get("retry_times", 1) - 1))
    return outcome
