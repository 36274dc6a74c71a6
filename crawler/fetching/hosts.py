"""What counts as one host when requests are spaced out: name and port, whatever the scheme."""

from scrapy import Request

from crawler.urls import name_host, name_origin

SLOT = "download_slot"
"""Key of `Request.meta`: the host whose budget the request counts against; Scrapy's own name for it."""


def host_key(request: Request) -> str:
    return name_host(request.url)


def origin(request: Request) -> str:
    """Scheme, host and port: what a robots.txt speaks for (RFC 9309 section 2.3)."""
    return name_origin(request.url)
