"""Obeys robots.txt (RFC 9309): asks each host once, lets nothing past while the answer is awaited (R29).

Scrapy's own middleware lets all but the first of the requests that wait for one robots.txt through as allowed
(2.14 to 2.19): they share a Deferred, whose first reader leaves None to the next. Here they share a task.
"""

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self, cast

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.announcement import Loss
from crawler.fetching.address import ALLOW_PRIVATE
from crawler.fetching.failures import Failure, FetchRefused, explain_exception, explain_status
from crawler.fetching.hosts import SLOT, host_key, origin
from crawler.fetching.politeness import set_delay
from crawler.fetching.tally import TALLY
from crawler.markup import decode_body
from crawler.order import RobotsRead, RobotsState
from crawler.report import ReportingSpider

PRODUCT_TOKEN = "govwatch"  # noqa: S105 (the name that robots.txt knows us by, no secret)
FOR_ROBOTS = "for_robots"
"""Key of `Request.meta`: this request fetches a robots.txt and asks nobody's leave."""

OTHERS = "others"
NAMED = re.compile(r"(?im)^\s*user[- ]?agent(?:\s*:|\s)\s*(.*)$")
TOKEN = re.compile(r"[A-Za-z_-]*")
MAX_AGE = timedelta(hours=24)
MAX_BYTES = 500 * 1024
MAX_REDIRECTS = 5
# A longer delay would make a crawl of a listing take days; such hosts are visited less often instead.
LONGEST_DELAY_S = 60.0
REDIRECTED = 302
SERVER_ERRORS = 500


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a host's robots.txt means for us."""

    parser: Protego | None = field(default=None, repr=False)
    delay_s: float | None = None
    failure: Failure | None = None

    def allows(self, url: str) -> bool:
        return self.parser is None or self.parser.can_fetch(url, PRODUCT_TOKEN)


def read_rules(state: RobotsState) -> Rules:
    """The rules in a robots.txt that answered 2xx; a 4xx means that there are none (RFC 9309 section 2.3.1.3)."""
    if not state.body or not 200 <= state.status < 300:  # noqa: PLR2004 (the classes of RFC 9110 section 15)
        return Rules()
    parser = Protego.parse(keep_our_groups(state.body))
    delay_s = parser.crawl_delay(PRODUCT_TOKEN)
    return Rules(parser=parser, delay_s=min(delay_s, LONGEST_DELAY_S) if delay_s else None)


def keep_our_groups(body: str) -> str:
    """`body` with every group that is not for us under one name, and ours under our product token alone.

    RFC 9309 section 2.2.1 compares the token, whatever version stands behind it; Protego compares all of the name. And it
    keeps the rules of a group once for each of its names: five thousand names and twenty thousand rules, which fit into
    500 kB, would take minutes and gigabytes.
    """
    return NAMED.sub(lambda named: f"User-agent: {_find_token(named[1])}", "\n".join(body.splitlines()))


def _find_token(name: str) -> str:
    if name.startswith("*"):
        return "*"
    return PRODUCT_TOKEN if TOKEN.match(name)[0].lower() == PRODUCT_TOKEN else OTHERS  # type: ignore[index]  # never None


def is_fresh(state: RobotsState, *, now: datetime) -> bool:
    """A robots.txt that could not be had is asked for again at once; any other is good for a day."""
    return state.body is not None and now - state.fetched_at < MAX_AGE


class RobotsTxt:
    """Asks for the robots.txt of each origin when its first request comes, and holds all of them until it is read."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._spider = cast("ReportingSpider", crawler.spider)
        self._rules: dict[tuple[str, bool], asyncio.Task[Rules]] = {}
        self._known = {state.origin: state for state in self._spider.order.robots}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get(FOR_ROBOTS):
            return
        rules = await self._find_rules(request)
        if rules.failure:
            raise FetchRefused(rules.failure)
        if not rules.allows(request.url):
            path = urlparse_cached(request).path or "/"
            raise FetchRefused(Failure(loss=Loss.ROBOTS, detail=f"robots.txt of {origin(request)} forbids {path}"))

    async def _find_rules(self, request: Request) -> Rules:
        # A source that may not reach private addresses must neither read a robots.txt there nor be the one to fail it.
        key = (origin(request), bool(request.meta.get(ALLOW_PRIVATE)))
        if key not in self._rules:
            self._rules[key] = asyncio.ensure_future(self._read(request))
        return await asyncio.shield(self._rules[key])

    async def _read(self, request: Request) -> Rules:
        known = self._known.get(origin(request))
        if known and is_fresh(known, now=datetime.now(UTC)):
            rules = read_rules(known)
        else:
            rules = await self._fetch(request)
        if rules.delay_s and rules.delay_s > self._crawler.settings.getfloat("DOWNLOAD_DELAY"):
            set_delay(self._crawler, host_key(request), rules.delay_s)
        return rules

    async def _fetch(self, request: Request) -> Rules:
        try:
            response = await self._crawler.engine.download_async(_ask_for_robots(request))
        except Exception as error:  # noqa: BLE001 (every failure of a download is explained)
            return self._explain(request, explain_exception(error))
        if response.status >= SERVER_ERRORS or response.status == 429:  # noqa: PLR2004 (Too Many Requests)
            failure = explain_status(response.status)
            assert failure is not None
            return self._forbid(request, failure)
        state = self._record(request, response.status, _decode(response))
        return read_rules(state)

    def _explain(self, request: Request, failure: Failure) -> Rules:
        """A host that rests was not asked, which says nothing of its robots.txt; one that leads in circles has none.

        RFC 9309 section 2.3.1.2. What could not be had for any other reason forbids everything (section 2.3.1.4).
        """
        if failure.loss is Loss.TOO_MANY_REQUESTS:
            return Rules(failure=failure)
        if failure.loss is Loss.REDIRECT_LOOP:
            return read_rules(self._record(request, REDIRECTED, ""))
        return self._forbid(request, failure)

    def _forbid(self, request: Request, failure: Failure) -> Rules:
        self._record(request, failure.status or 0, None)
        detail = f"robots.txt could not be had ({failure.detail}), so nothing may be asked of the host for now"
        return Rules(
            failure=Failure(
                loss=failure.loss, detail=detail, status=failure.status, retry_after_s=failure.retry_after_s
            )
        )

    def _record(self, request: Request, status: int, body: str | None) -> RobotsState:
        state = RobotsState(origin=origin(request), status=status, body=body, fetched_at=datetime.now(UTC))
        state = replace(state, delay_s=read_rules(state).delay_s)
        self._spider.record(RobotsRead(state=state))
        return state


def _ask_for_robots(request: Request) -> Request:
    carried = {key: request.meta[key] for key in (ALLOW_PRIVATE, TALLY) if key in request.meta}
    return Request(
        f"{origin(request)}/robots.txt",
        callback=NO_CALLBACK,
        meta={**carried, FOR_ROBOTS: True, SLOT: host_key(request), "redirect_ttl": MAX_REDIRECTS},
        dont_filter=True,
    )


def _decode(response: Response) -> str:
    """The first 500 KiB, as RFC 9309 section 2.5 asks for at least, without the line that is cut there."""
    if response.status >= 300:  # noqa: PLR2004 (2xx)
        return ""
    body = response.body
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    return decode_body(body, None)
