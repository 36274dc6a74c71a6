"""What makes two addresses the same address, or the same host; nothing here is ever fetched."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

# Parameters that campaigns, readers and share buttons add and that no government site selects content by.
# `oref` is GovExec's referrer (Nextgov, Route Fifty).
TRACKING_PARAMETER = re.compile(
    r"(?i)^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|oref|ref_src|ref_url|_hs(enc|mi)|mkt_tok|cmpid|wt\.mc_id|at_\w+)$"
)
# What servers put into links to know a visitor without cookies. `sid` is not among them: as many sites choose pages by it.
# `AspxAutoDetectCookieSupport` is how ASP.NET finds out whether cookies come back.
SESSION_PARAMETER = re.compile(
    r"(?i)^(phpsessid|jsessionid|aspsessionid[a-z]{8}|asp\.net_sessionid|cftoken|aspxautodetectcookiesupport)$"
)
# The same as a parameter of a segment (Java servlets), and as a segment (ASP.NET, whose numbers have 24 characters).
SESSION_IN_PATH = re.compile(r"(?i);jsessionid=[^/;]*|/\((?:[a-z]\([\w-]*\))*s\([a-z0-5]{24}\)\)(?=/|$)")
# What keeps an answer out of caches: a moment, or a random number as `Math.random` gives it.
CACHE_BUSTER = re.compile(r"(?i)^(_|_t|_ts|nocache|cachebuster)=(\d{10,17}|0?\.\d{6,})$")


# RFC 9110 section 4.1 asks servers for 8,000 at least; few take more.
MAX_CHARS = 8000


# What stands before words of a page in the fragment of an address; browsers scroll to them (URL Fragment Text Directives).
TEXT_DIRECTIVE = ":~:text="
MAX_PART_CHARS = 100


def name_part(url: str, title: str) -> str:
    """The address of the part of a page that stands under `title`; other fragments name nothing that we tell apart."""
    words = title if len(title) <= MAX_PART_CHARS else title[:MAX_PART_CHARS].rsplit(" ", 1)[0]
    quoted = quote(words, safe="", errors="replace").replace("-", "%2D")
    parts = urlsplit(url)
    return parts._replace(fragment=f"{parts.fragment}{TEXT_DIRECTIVE}{quoted}").geturl()


def find_part(url: str) -> str:
    """The fragment of an address that `name_part` made; nothing for any other."""
    fragment = url.partition("#")[2]
    return fragment if TEXT_DIRECTIVE in fragment else ""


def strip_part(url: str) -> str:
    """`url` without the words of the page that it leads to."""
    page, _, fragment = url.partition("#")
    kept = fragment.partition(TEXT_DIRECTIVE)[0]
    return f"{page}#{kept}" if kept else page


def strip_tracking(url: str) -> str:
    """`url` without what changes from one visitor to the next, and without fragment, save that of a part.

    That is tracking parameters, numbers of sessions and of caches. The rest stays as the publisher wrote it.
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = _drop_passing(pairs)
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return parts._replace(path=SESSION_IN_PATH.sub("", parts.path), query=query, fragment=find_part(url)).geturl()


def _drop_passing(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = [
        (name, value)
        for name, value in pairs
        if not (
            TRACKING_PARAMETER.match(name) or SESSION_PARAMETER.match(name) or CACHE_BUSTER.match(f"{name}={value}")
        )
    ]
    has_token = any(name.lower() == "cftoken" for name, _ in pairs)  # only beside it is CFID the number of a session
    return [pair for pair in kept if pair[0].lower() != "cfid"] if has_token else kept


@lru_cache(maxsize=8192)  # a row, its page and its announcement are asked about again and again
def url_key(url: str) -> str:
    """The form under which an address is recognised again.

    Scheme, `www.`, default port, trailing slash, fragment, tracking parameters, numbers of sessions and of caches,
    parameter order and percent-encoding make no difference (R15); the path keeps its case. A part of a page is not the
    page. Keys are kept in the archive: a change in them needs a migration.
    """
    part = find_part(url)
    key = _spell(url)
    # Without its last slash, what stood before may be read as a parameter of the last segment (RFC 3986, 3.3), and the
    # number of a session may have been percent-encoded.
    while (";" in key or "(" in key) and len(again := _spell(f"https://{key}")) < len(key):
        key = again
    return f"{key}#{part}" if part else key


def _spell(url: str) -> str:
    # urllib.request and all that it needs, which `check` does not: it compares no addresses
    from w3lib.url import canonicalize_url  # noqa: PLC0415

    readable = url.encode("utf-8", "replace").decode()  # JSON may carry half of a surrogate pair
    parts = urlsplit(canonicalize_url(strip_tracking(readable)))
    host = (parts.hostname or "").removeprefix("www.")
    if parts.port and (parts.scheme, parts.port) not in {("http", 80), ("https", 443)}:
        host = f"{host}:{parts.port}"
    path = quote(unquote(parts.path), safe="/:@!$&'()*+,;=~-._").rstrip("/;")
    return f"{host}{path}?{parts.query}" if parts.query else f"{host}{path}"


@lru_cache(maxsize=8192)
def name_host(url: str) -> str:
    """Name and port, whatever the scheme: what shares one budget of requests."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return host if parts.port in {None, 80, 443} else f"{host}:{parts.port}"


@lru_cache(maxsize=8192)
def name_origin(url: str) -> str:
    """Scheme, host and port: what a robots.txt speaks for (RFC 9309 section 2.3)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def is_web_address(url: str) -> bool:
    """Only http and https with a host, of a length that servers take, are ever fetched, linked or stored (R31, R32, R34).

    An address with a user's name or password in it is none: what stands before the `@` only looks like a host.
    """
    if len(url) > MAX_CHARS:
        return False
    try:
        parts = urlsplit(url)
        is_possible = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return is_possible and parts.scheme in {"http", "https"} and "@" not in parts.netloc
