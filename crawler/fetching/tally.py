"""Counts what a crawl costs the servers: requests that were answered or failed, answers 304, bytes received."""

from typing import Protocol

from scrapy import Request
from scrapy.http import Response

from crawler.fetching.conditional import NOT_MODIFIED

TALLY = "tally"
"""Key of `Request.meta`: what the request counts for."""


class Tally(Protocol):
    requests: int
    not_modified: int
    bytes_received: int


class TrafficCount:
    """Stands next to the downloader: redirects, retries and robots.txt count, and bytes are those on the wire."""

    def process_response(self, request: Request, response: Response) -> Response:
        tally: Tally | None = request.meta.get(TALLY)
        if tally is not None:
            tally.requests += 1
            tally.not_modified += response.status == NOT_MODIFIED
            tally.bytes_received += len(response.body)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002 (Scrapy's interface)
        tally: Tally | None = request.meta.get(TALLY)
        if tally is not None:
            tally.requests += 1
