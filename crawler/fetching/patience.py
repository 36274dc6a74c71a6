"""Leaves a host alone for the rest of a crawl once it has failed several times in a row (R39).

Each page of a dead host costs half a minute, and each of a broken one three requests: a source with hundreds of rows
would hold up everybody else's round, and hammer a server that is down.
"""

from dataclasses import replace

from scrapy import Request
from scrapy.http import Response

from crawler.announcement import Loss
from crawler.fetching.failures import Failure, FetchRefused, explain_exception, explain_status
from crawler.fetching.hosts import host_key

MOST_IN_A_ROW = 5
OF_THE_HOST = {Loss.TIMEOUT, Loss.UNREACHABLE, Loss.SERVER_ERROR}


class Patience:
    """Stands behind the retries, so that a request counts once, however often it was tried."""

    def __init__(self) -> None:
        self._failed: dict[str, int] = {}
        self._given_up: dict[str, Failure] = {}

    def process_request(self, request: Request) -> None:
        if failure := self._given_up.get(host_key(request)):
            raise FetchRefused(failure)

    def process_response(self, request: Request, response: Response) -> Response:
        self._note(host_key(request), explain_status(response.status))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        self._note(host_key(request), explain_exception(exception))

    def _note(self, host: str, failure: Failure | None) -> None:
        if failure is None or failure.loss not in OF_THE_HOST:
            self._failed.pop(host, None)
            return
        self._failed[host] = self._failed.get(host, 0) + 1
        if self._failed[host] >= MOST_IN_A_ROW and host not in self._given_up:
            detail = f"not asked, since the host failed {MOST_IN_A_ROW} times in a row ({failure.detail})"
            self._given_up[host] = replace(failure, detail=detail)
