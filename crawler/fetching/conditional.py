"""Conditional requests: sends back what a server needs to answer 304, and tells when nothing has changed (R25)."""

import re
from collections.abc import Mapping
from hashlib import sha256

from scrapy import Request
from scrapy.http import Headers, Response

from crawler.announcement import Validators

VALIDATORS = "validators"
"""Key of `Request.meta`: address -> Validators, for every address at which the request may end."""

NOT_MODIFIED = 304
MAX_AGE = re.compile(r"\bmax-age=\"?(\d{1,9})\b")


class ConditionalRequests:
    """Sends validators to the very address that gave them, and to no other that a redirect leads to."""

    def process_request(self, request: Request) -> None:
        request.headers.pop("If-None-Match", None)
        request.headers.pop("If-Modified-Since", None)
        if known := find_validators(request):
            if known.etag:
                request.headers["If-None-Match"] = known.etag
            if known.last_modified:
                request.headers["If-Modified-Since"] = known.last_modified


def find_validators(request: Request) -> Validators | None:
    validators: Mapping[str, Validators] = request.meta.get(VALIDATORS) or {}
    return validators.get(request.url)


def read_validators(response: Response) -> Validators:
    """What to send next time. A 304 leaves out what has not changed, so what was known before fills the gaps."""
    known = find_validators(response.request) if response.request else None
    kept = known if response.status == NOT_MODIFIED else None
    body_sha256 = kept.body_sha256 if kept else sha256(response.body).hexdigest()
    return Validators(
        url=response.url,
        etag=_read_header(response.headers, "ETag") or (kept.etag if kept else None),
        last_modified=_read_header(response.headers, "Last-Modified") or (kept.last_modified if kept else None),
        body_sha256=body_sha256,
    )


def is_unchanged(response: Response) -> bool:
    """Whether the server says so (304), or sends the same bytes as last time from the same address."""
    known = find_validators(response.request) if response.request else None
    if known is None:
        return False
    if response.status == NOT_MODIFIED:
        return True
    return known.body_sha256 is not None and known.body_sha256 == sha256(response.body).hexdigest()


def read_max_age(response: Response) -> int | None:
    """Seconds for which the answer stays good, where the server says so and lets it be kept (RFC 9111 section 5.2.2)."""
    said = (_read_header(response.headers, "Cache-Control") or "").lower()
    found = MAX_AGE.search(said)
    return int(found[1]) if found and "no-store" not in said and "no-cache" not in said else None


def _read_header(headers: Headers, name: str) -> str | None:
    value = headers.get(name)
    return value.decode("latin-1") if value else None
