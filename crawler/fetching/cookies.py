"""Gives a host back the cookies that it set on the way to one answer, and forgets them with that answer.

Without them, sites that try whether a visitor keeps cookies lead in a circle. Scrapy's own middleware would keep them for
the whole crawl, and hand those of a domain on to all of its hosts.
"""

from collections.abc import Mapping
from warnings import catch_warnings, simplefilter

from scrapy import Request
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from crawler.fetching.hosts import origin
from crawler.fetching.redirects import REDIRECTS

COOKIES = "cookies_on_the_way"
"""Key of `Request.meta`: origin -> its cookies, from the redirects that led to this request."""


class RedirectCookies:
    """Stands below the redirects, so that it sees each of their answers and each request that they make."""

    def process_request(self, request: Request) -> None:
        request.headers.pop("Cookie", None)  # that of the request before, whose host and path may be others
        jars: Mapping[str, CookieJar] = request.meta.get(COOKIES) or {}
        if jar := jars.get(origin(request)):
            jar.add_cookie_header(request)

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status in REDIRECTS and "Set-Cookie" in response.headers:
            jars: Mapping[str, CookieJar] = request.meta.get(COOKIES) or {}
            jar = jars.get(origin(request)) or CookieJar()
            with catch_warnings():
                simplefilter("ignore")  # the jar leaves out what it cannot read, and calls it a bug of its own
                jar.extract_cookies(response, request)
            request.meta[COOKIES] = {**jars, origin(request): jar}
        return response
