"""Asks for documents during an inspection: through the same middlewares as a crawl, one at a time, each once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.http.request import NO_CALLBACK

from crawler.announcement import Loss
from crawler.discovery.findings import Asked
from crawler.discovery.look import Document
from crawler.fetching.address import ALLOW_PRIVATE
from crawler.fetching.failures import Failure, explain_exception, explain_status
from crawler.fetching.tally import TALLY
from crawler.order import RobotsState
from crawler.urls import url_key
from crawler.workers import JobError, WorkerEndedError, Workers

MOST_DOCUMENTS = 80
READ_LIMIT_S = 30.0


@dataclass(kw_only=True)
class Cost:
    """What the inspection cost the site."""

    requests: int = 0
    not_modified: int = 0
    bytes_received: int = 0


class Asker:
    """Fetches each address at most once, and reads what came in worker processes."""

    def __init__(
        self,
        spider: Spider,
        workers: Workers,
        *,
        allow_private: bool,
        language: str | None,
        tell: Callable[[Asked], None],
    ) -> None:
        self._spider = spider
        self._workers = workers
        self._allow_private = allow_private
        self._language = language
        self._tell = tell
        self._known: dict[str, Document | Failure] = {}
        self.cost = Cost()
        self.robots: dict[str, RobotsState] = {}

    async def get(self, url: str) -> Document | Failure:
        """What an address answers, or why it answers nothing."""
        key = f"{url.partition(':')[0]}:{url_key(url)}{'/' if url.endswith('/') else ''}"
        if key not in self._known:
            if len(self._known) >= MOST_DOCUMENTS:
                return Failure(loss=Loss.CUT_SHORT, detail=f"an inspection asks for {MOST_DOCUMENTS} documents at most")
            self._known[key] = await self._fetch(url)
        return self._known[key]

    async def _fetch(self, url: str) -> Document | Failure:
        self._tell(Asked(url=url))
        request = Request(
            url,
            callback=NO_CALLBACK,
            meta={ALLOW_PRIVATE: self._allow_private, TALLY: self.cost},
            headers={"Accept-Language": self._language} if self._language else {},
            dont_filter=True,
        )
        try:
            response = await self._spider.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 (every failure of a download is explained)
            return explain_exception(error)
        if failure := explain_status(response.status):
            return failure
        headers = {
            name.decode("latin-1").lower(): b",".join(values).decode("latin-1")
            for name, values in response.headers.items()
        }
        return Document(
            url=response.url,
            status=response.status,
            content_type=headers.get("content-type"),
            body=response.body,
            headers=tuple(headers.items()),
        )

    async def read(self, function: str, *args: object, **keywords: Any) -> Any:
        """What `function` ("package.module:name") makes of it in a worker, or a Failure."""
        try:
            return await self._workers.run(function, *args, limit_s=READ_LIMIT_S, **keywords)
        except WorkerEndedError as error:
            return Failure(loss=error.loss, detail=str(error))
        except JobError as error:
            self._spider.logger.exception("%s", error.trace)
            return Failure(loss=Loss.OUR_FAULT, detail=str(error))

    def find_robots(self, url: str) -> str | None:
        """The body of the robots.txt that speaks for `url`, if it was asked for."""
        return next((state.body for origin, state in self.robots.items() if url.startswith(f"{origin}/")), None)


def now() -> datetime:
    return datetime.now(UTC)
