"""What counts as one host when requests are spaced out: name and port, whatever the scheme."""

from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached

DEFAULT_PORTS = {None, 80, 443}
SLOT = "download_slot"
"""Key of `Request.meta`: the host whose budget the request counts against; Scrapy's own name for it."""


def host_key(request: Request) -> str:
    parts = urlparse_cached(request)
    host = parts.hostname or ""
    return host if parts.port in DEFAULT_PORTS else f"{host}:{parts.port}"


def origin(request: Request) -> str:
    """Scheme, host and port: what a robots.txt speaks for (RFC 9309 section 2.3)."""
    parts = urlparse_cached(request)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
