"""One crawl of over a hundred hostile servers and two honest ones, by the command line: in time, within bounds, truly told.

R23, R26, R39: every source ends in the state that its own server deserves, and in no other's.
"""

import asyncio
import gzip
import json
import resource
import subprocess
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest

from monitor.archive.connection import reading
from tests.crawling import make_page
from tests.installations import Place, make_place, write_source
from tests.loopback import HTML
from tests.many_sites import NOT_FOUND, Call, ManySites, Pages, Reply, http
from tests.memory import PeakMemory

LIMITS = """\
contact = "ops@example.org"
[crawl]
delay_s = 0
requests_at_once = 128
request_timeout_s = 12
max_bytes = 3_000_000
max_rows = 100
max_listing_pages = 4
"""
# Of what a crawl of two honest sites takes of a processor, on the same machine; each of them costs a fourth of that at most.
MOST_TIMES, MOST_MB = 30, 500
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
FEEDS, SITEMAPS = 'feeds = ["{base}/feed"]', 'sitemaps = ["{base}/feed"]'
LISTING = '[[listing]]\nurl = "{base}/feed"\nrows = "li"\nlink = "a"\nnext = "a[rel=next]"'
API = '[[api]]\nurl = "{base}/feed"\nrows = "items"\nlink = "url"\ntitle = "title"\nnext = "next"'
A, B = (f"<item><title>News {n}</title><link>/{n}</link></item>" for n in "ab")
XML = '<?xml version="1.0"?>'
OPEN, CLOSE = '<rss version="2.0"><channel><title>News</title>', "</channel></rss>"
LAUGHS = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
BOMB = b" " * 30_000_000


def rss(*items: str) -> str:
    return XML + OPEN + "".join(items) + CLOSE


FEED = rss(A, B)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a source's server does, and what has to be said of the source. `pages` are beside honest ones at /a and /b."""

    feed: Reply = field(repr=False)
    state: str = "broken"
    says: str = ""
    filed: int = 0
    pages: Pages = field(default_factory=dict, repr=False)
    ways: str = FEEDS
    asked: int | None = None
    """How often the server may be asked for anything but its robots.txt."""

    def find_pages(self) -> Pages:
        if callable(self.pages):
            return self.pages
        honest = {f"/{n}": http(make_page(f"News {n}").body, kind=HTML) for n in "ab"}
        return {**honest, **self.pages, "/feed": self.feed}


def sends(*parts: bytes, then: str = "close", for_ever: bytes = b"", every_s: float = 0) -> Reply:
    """Sends `parts` one by one, then closes, hangs, resets the connection, or goes on with `for_ever`."""

    async def misbehave(call: Call) -> None:
        for part in parts:
            await call.send(part)
        if for_ever:
            await call.send_for_ever(for_ever, every_s=every_s)
        if then == "hang":
            await asyncio.sleep(60)
        if then == "reset":
            await asyncio.sleep(0.02)
            call.writer.transport.abort()

    return misbehave


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def leads_to(address: str, status: str = "302 Found") -> bytes:
    return http(b"", status, Location=address)


def rests(after: str, status: str = "429 Too Many Requests") -> bytes:
    return http(b"", status, Retry_After=after)


def refreshes(address: str) -> bytes:
    return http(f'<html><head><meta http-equiv="refresh" content="0; url={address}"></head></html>', kind=HTML)


async def lead_on(call: Call) -> None:
    await call.send(NOT_FOUND if call.path == "/robots.txt" else leads_to(f"{call.path}x"))


async def list_for_ever(call: Call) -> None:
    """A calendar: every month has one event and a next month."""
    number = int(call.path.rpartition("=")[2]) if "=" in call.path else 0
    events = (
        f'<li><a href="/event/{number}">Event {number}</a></li><a rel="next" href="/feed?month={number + 1}">next</a>'
    )
    event = make_page(f"Event {call.path[7:]}").body if call.path.startswith("/event") else f"<ul>{events}</ul>"
    await call.send(NOT_FOUND if call.path == "/robots.txt" else http(event, kind=HTML))


async def page_for_ever(call: Call) -> None:
    number = int(call.path.rpartition("=")[2]) if "=" in call.path else 0
    document = {"items": [{"url": f"/event/{number}", "title": "Event"}], "next": f"/feed?page={number + 1}"}
    event = make_page(f"Event {call.path[7:]}").body if call.path.startswith("/event") else json.dumps(document)
    await call.send(NOT_FOUND if call.path == "/robots.txt" else http(event, kind=HTML))


async def index_for_ever(call: Call) -> None:
    index = f"<sitemapindex><sitemap><loc>{call.path}x</loc></sitemap></sitemapindex>"
    await call.send(NOT_FOUND if call.path == "/robots.txt" else http(index))


TIMED_OUT: dict[str, Any] = {"state": "unreachable", "says": "timed out"}
BROKE_OFF: dict[str, Any] = {
    "state": "unreachable",
    "says": "the connection was lost before the answer was complete",
    "asked": 3,
}
NOT_HTTP: dict[str, Any] = {"says": "unreadable: the answer breaks the rules of HTTP", "asked": 1}
HEAD_TOO_LARGE: dict[str, Any] = {"says": "too large: what the server sends ahead of the body", "asked": 1}
LOOP: dict[str, Any] = {"says": "redirected too often", "asked": 11}
RESTS: dict[str, Any] = {"state": "degraded", "says": "the host asked to be left alone until"}
OK: dict[str, Any] = {"state": "ok", "filed": 2}
ONE_LEFT: dict[str, Any] = {"state": "ok", "filed": 1}
BREAKS_OFF: dict[str, Any] = {"state": "degraded", "says": "breaks off after"}

SLOW = {
    "says-nothing": Case(feed=sends(then="hang"), **TIMED_OUT, asked=1),
    "drips-body": Case(feed=sends(HEAD + b"\r\n", for_ever=b"<", every_s=0.2), **TIMED_OUT, asked=1),
    "drips-headers": Case(feed=sends(HEAD, for_ever=b"X-A: b\r\n", every_s=0.2), **TIMED_OUT, asked=1),
    "drips-one-header": Case(feed=sends(HEAD + b"X-A: ", for_ever=b"a", every_s=0.2), **TIMED_OUT, asked=1),
}
ENDLESS = {
    **{
        f"endless-body-{n}": Case(feed=sends(HEAD + b"\r\n", for_ever=b" " * 65536), says="too large", asked=1)
        for n in range(8)
    },
    "endless-chunks": Case(feed=sends(CHUNKED, for_ever=chunk(b" " * 65536)), says="too large", asked=1),
    "endless-headers": Case(feed=sends(HEAD, for_ever=b"X-A: b\r\n" * 5000), **HEAD_TOO_LARGE),
    "endless-folded-header": Case(feed=sends(HEAD + b"X-A: b\r\n", for_ever=b" c\r\n" * 5000), **HEAD_TOO_LARGE),
    "endless-status-line": Case(feed=sends(for_ever=b"H" * 65536), **HEAD_TOO_LARGE),
    "endless-header-line": Case(feed=sends(HEAD + b"X-A: ", for_ever=b"a" * 65536), **HEAD_TOO_LARGE),
    "endless-continues": Case(feed=sends(for_ever=b"HTTP/1.1 100 Continue\r\n\r\n" * 500), **HEAD_TOO_LARGE),
    "endless-chunk-extension": Case(feed=sends(CHUNKED + b"5;", for_ever=b"a=b;" * 5000), **NOT_HTTP),
    "endless-trailers": Case(feed=sends(CHUNKED + b"0\r\n", for_ever=b"X-A: b\r\n" * 5000), **NOT_HTTP),
    "announces-a-lot": Case(feed=http(FEED, Content_Length=str(10**30)), says="too large", asked=1),
}
BOMBS = {
    "gzip-bomb": Case(feed=http(gzip.compress(BOMB, 1), Content_Encoding="gzip"), says="too large", asked=1),
    "gzip-bomb-in-gzip": Case(
        feed=http(gzip.compress(gzip.compress(BOMB, 1)), Content_Encoding="gzip, gzip"), says="too large", asked=1
    ),
    "deflate-bomb": Case(feed=http(zlib.compress(BOMB, 1), Content_Encoding="deflate"), says="too large", asked=1),
    "brotli-bomb": Case(feed=http(brotli.compress(BOMB, quality=1), Content_Encoding="br"), says="too large", asked=1),
    "sitemap-bomb": Case(feed=http(gzip.compress(BOMB, 1)), ways=SITEMAPS, says="too large", asked=1),
    "gzip-a-thousand-times": Case(feed=http(FEED, Content_Encoding=", ".join(["gzip"] * 1000)), says="unreadable"),
    "not-gzip": Case(feed=http(FEED, Content_Encoding="gzip"), says="unreadable: the answer cannot be decompressed"),
    "unknown-coding": Case(feed=http(FEED, Content_Encoding="x-martian"), **OK),
}
LENGTHS = {
    "length-too-large": Case(feed=http(FEED, Content_Length="5000"), **BROKE_OFF),
    "length-too-small": Case(feed=http(FEED, Content_Length="90"), says="unreadable: the feed cannot be parsed"),
    "length-negative": Case(feed=http(FEED, Content_Length="-5"), **NOT_HTTP),
    "length-no-number": Case(feed=http(FEED, Content_Length="many"), **NOT_HTTP),
    "length-of-5000-digits": Case(feed=http(FEED, Content_Length="9" * 5000), **NOT_HTTP),
    "length-twice": Case(feed=HEAD + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + FEED.encode(), **NOT_HTTP),
    "length-and-chunks": Case(
        feed=http(chunk(FEED.encode()) + b"0\r\n\r\n", Content_Length="5", Transfer_Encoding="chunked"), **OK
    ),
    "chunks-cut": Case(feed=CHUNKED + chunk(FEED.encode())[:-40], **BROKE_OFF),
    "chunks-without-the-last": Case(feed=CHUNKED + chunk(FEED.encode()), **BROKE_OFF),
    "chunks-no-number": Case(feed=CHUNKED + b"ZZZ\r\nhello\r\n", **NOT_HTTP),
    "chunks-negative": Case(feed=CHUNKED + b"-5\r\nhello\r\n", **NOT_HTTP),
    "chunks-huge": Case(feed=CHUNKED + b"F" * 400 + b"\r\nhello\r\n", **BROKE_OFF),
}
BROKEN_CONNECTIONS = {
    "closes": Case(feed=b"", **BROKE_OFF),
    "resets": Case(feed=sends(then="reset"), **BROKE_OFF),
    "resets-in-headers": Case(feed=sends(b"HTTP/1.1 200 OK\r\nContent-Le", then="reset"), **BROKE_OFF),
    "resets-in-body": Case(feed=sends(HEAD + b"Content-Length: 5000\r\n\r\n<rss>", then="reset"), **BROKE_OFF),
    "speaks-ssh": Case(feed=b"SSH-2.0-OpenSSH_9.6\r\n", **NOT_HTTP),
    "speaks-icecast": Case(feed=b"ICY 200 OK\r\n\r\n" + FEED.encode(), **NOT_HTTP),
    "speaks-no-headers": Case(feed=FEED.encode() + b"\n", **NOT_HTTP),
    "speaks-tls": Case(feed=b"\x15\x03\x01\x00\x02\x02\x46", **BROKE_OFF),
    "status-no-number": Case(feed=http(FEED, "fine OK"), **NOT_HTTP),
    "status-999": Case(feed=http(FEED, "999 Request denied"), says="unreadable: 999", asked=1),
    "status-304": Case(feed=http(b"", "304 Not Modified"), says="unreadable: 304", asked=1),
    "status-204": Case(feed=http(b"", "204 No Content"), says="empty: 204", asked=1),
    "status-500": Case(feed=http(b"", "500 Oops"), says="server error: 500", asked=3),
    "only-line-feeds": Case(feed=http(FEED).replace(b"\r\n", b"\n"), **OK),
}
REDIRECTS = {
    "leads-to-itself": Case(feed=leads_to("/feed", "301 Moved"), **LOOP),
    "leads-in-a-circle": Case(feed=leads_to("/1"), pages={"/1": leads_to("/2"), "/2": leads_to("/feed")}, **LOOP),
    "leads-on-for-ever": Case(feed=b"", pages=lambda _: lead_on, **LOOP),
    "refreshes-for-ever": Case(feed=refreshes("/1"), pages={"/1": refreshes("/feed")}, **LOOP),
    "leads-nowhere": Case(feed=http(b"", "302 Found"), says="unreadable: 302 Found"),
    "leads-to-a-file": Case(
        feed=leads_to("file:///etc/passwd"), says="address forbidden: redirected to file:///etc/pass"
    ),
    "leads-to-a-script": Case(
        feed=leads_to("javascript:alert(1)"), says="address forbidden: redirected to javascript:"
    ),
    "leads-to-no-address": Case(
        feed=leads_to("http://[::bad"), says="unreadable: redirected to an address that cannot"
    ),
    "leads-to-no-port": Case(
        feed=leads_to("http://127.0.0.1:99999/"), says="unreadable: redirected to an address that"
    ),
}
STORMS = {
    "rests-for-an-hour": Case(feed=rests("3600"), **RESTS, asked=1),
    "rests-for-ever": Case(feed=rests("9" * 40), **RESTS, asked=1),
    "rests-for-5000-digits": Case(feed=rests("9" * 5000), **RESTS, asked=1),
    "rests-till-year-9999": Case(feed=rests("Fri, 31 Dec 9999 23:59:59 -1200"), **RESTS, asked=1),
    "storms-at-once": Case(feed=rests("0"), **RESTS, asked=3),
    "storms-in-a-second": Case(feed=rests("1"), **RESTS, asked=3),
    "storms-unavailable": Case(feed=rests("0", "503 Service Unavailable"), **RESTS, asked=3),
}
CHARSETS = {
    "says-utf-16-is-utf-8": Case(feed=http(FEED.replace("?>", ' encoding="utf-16"?>')), **OK),
    "says-utf-8-is-utf-16": Case(feed=http(FEED.encode("utf-16")), **OK),
    "utf-16-without-a-mark": Case(feed=http(FEED.encode("utf-16-le")), **OK),
    "says-ascii-is-latin": Case(
        feed=http(FEED.replace("?>", ' encoding="us-ascii"?>').replace("News a", "Été").encode("latin-1")), **OK
    ),
    "wrong-bytes": Case(feed=http(FEED.encode().replace(b"News a", b"N\xff\xfe\xc3ws")), **OK),
    "charset-unknown": Case(feed=http(FEED.replace("?>", ' encoding="martian"?>')), **OK),
    "charset-no-charset": Case(feed=http(FEED.replace("?>", ' encoding="undefined"?>').encode() + b"\xff"), **OK),
    "charset-of-a-page": Case(
        feed=http(FEED),
        pages={"/a": http(b"<p>" + b"Caf\xe9 " * 200, kind="text/html; charset=undefined"),
               "/b": http(b"<p>" + b"Caf\xe9 " * 200, kind="text/html; charset=zlib")}, **OK,
    ),
    "charset-of-a-listing": Case(
        feed=http(b'<li><a href="/a">Caf\xe9</a>', kind="text/html; charset=idna"), ways=LISTING, state="ok", filed=1
    ),
}  # fmt: skip
MALFORMED = {
    "xml-breaks-off": Case(feed=http(XML + OPEN + A + B[:20]), **BREAKS_OFF, filed=1),
    "xml-breaks-off-at-once": Case(feed=http(XML + OPEN + A[:20]), says="unreadable: the feed cannot be parsed"),
    "xml-mismatched": Case(feed=http(rss("<item><title>A</title><link>/a</title></item>", B)), **ONE_LEFT),
    "xml-html-entity": Case(feed=http(rss(A.replace("News", "News&nbsp;"), B)), **OK),
    "xml-bare-ampersand": Case(feed=http(rss(A.replace("News", "R&D"), B.replace("/b", "/b?a=1&c=2"))), **ONE_LEFT),
    "xml-bare-less-than": Case(feed=http(rss(A.replace("News", "1 < 2"), B)), **OK),
    "xml-bare-attribute": Case(feed=http(rss("<item a=b c>" + A[6:], B)), **OK),
    "xml-attribute-twice": Case(feed=http(rss('<item a="1" a="2">' + A[6:], B)), **OK),
    "xml-control-characters": Case(feed=http(rss(A.replace("News", "N\x01e\x0bw\x00s"), B)), **OK),
    "xml-blank-line-first": Case(feed=http("\n\n " + FEED), **OK),
    "xml-two-marks-first": Case(feed=http("\ufeff\ufeff" + FEED), **OK),
    "xml-php-warning-first": Case(feed=http("<br />\n<b>Warning</b>: mysql_connect() on line 3<br />\n" + FEED), **OK),
    "xml-script-after": Case(feed=http(FEED + "<script>alert(1)</script>"), **OK),
    "xml-two-roots": Case(feed=http(rss(A) + OPEN + B + CLOSE), **OK),
    "xml-no-root": Case(feed=http(A + B), **OK),
    "xml-declared-twice": Case(feed=http(XML + FEED), **OK),
    "xml-declared-inside": Case(feed=http(rss(A, XML, B)), **OK),
    "xml-unknown-prefix": Case(feed=http(rss("<item><x:y>z</x:y>" + A[6:], B)), **OK),
    "xml-open-cdata": Case(feed=http(rss(A, "<item><title><![CDATA[B</title><link>/b</link></item>")), **ONE_LEFT),
    "xml-open-comment": Case(feed=http(rss(A, "<!-- x ", B)), **ONE_LEFT),
    "xml-open-instruction": Case(feed=http(rss(A, "<?php echo 1; ", B)), **ONE_LEFT),
    "xml-odd-comment": Case(feed=http(rss(A, "<!-- a -- b --->", B)), **OK),
    "xml-half-a-pair": Case(feed=http(rss(A.replace("News", "&#xD83D;&#0;N&#99999999999;<"), B)), **OK),
    "xml-version-9": Case(feed=http(FEED.replace("1.0", "9.9", 1)), **OK),
    "xml-soup": Case(feed=http("<<<>>><rss><<item>" + A + "&&;;<![CDATA[]]]]>]]>" + B), **BREAKS_OFF, filed=2),
    "xml-empty": Case(feed=http(b""), says="not a feed"),
    "xml-spaces": Case(feed=http(" \n" * 9), says="not a feed"),
    "xml-is-html": Case(feed=http(make_page("Home").body), says="not a feed: the address serves an HTML page"),
    "xml-is-json": Case(feed=http('{"error": "no"}'), says="not a feed"),
    "xml-is-half-json": Case(feed=http('{"items": [{"ur'), says="unreadable: not valid JSON"),
    "sitemap-malformed": Case(
        feed=http("<urlset><url><loc>/a</loc></url><url><loc>/b<"), ways=SITEMAPS, **BREAKS_OFF, filed=2
    ),
    "sitemap-of-wrong-bytes": Case(
        feed=http(b"<urlset><url><loc>/a</loc><x\xff>\xed\xa0\x80</x></url></urlset>"),
        ways=SITEMAPS,
        state="ok",
        filed=1,
    ),
}
ENTITIES = {
    "laughs": Case(feed=http(f'<!DOCTYPE r [<!ENTITY a "ha">{LAUGHS}]>' + OPEN + A.replace("News", "&m;") + CLOSE), **ONE_LEFT),
    "laughs-in-a-sitemap": Case(
        feed=http(f'<!DOCTYPE r [<!ENTITY a "ha">{LAUGHS}]><urlset><url><loc>&m;</loc></url></urlset>'), ways=SITEMAPS,
        state="degraded", says="no rows",
    ),
    "quadratic": Case(
        feed=http(f'<!DOCTYPE r [<!ENTITY a "{"ha" * 50000}">]>' + OPEN + A.replace("News", "&a;" * 5000) + CLOSE), **ONE_LEFT
    ),
    "reads-a-file": Case(
        feed=http('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + OPEN + A.replace("News", "&x;") + CLOSE), **ONE_LEFT
    ),
}  # fmt: skip
HUGE = {
    "fifty-thousand-rows": Case(
        feed=http(rss(A, *(f"<item><title>T{n}</title><link>/{n}</link></item>" for n in range(50_000)))),
        ways=FEEDS + "\nkeep_only = '/a$'", state="ok", filed=1, asked=2,
    ),
    "elements-in-elements": Case(feed=http(XML + OPEN + "<a>" * 260_000), says="too large: reading it took more than"),
    "many-attributes": Case(feed=http("<urlset " + "a=b " * 200_000), ways=SITEMAPS, state="degraded"),
    "long-title": Case(feed=http(rss(A.replace("News", "News " * 400_000), B)), **OK),
    "long-address": Case(feed=http(rss(A.replace("/a", "/" + "a" * 900_000), B)), **ONE_LEFT),
    "deep-json": Case(feed=http("[" * 900_000), says="unreadable: not valid JSON", ways=API),
    "heavy-pages": Case(
        feed=http(rss(*(A.replace("a<", f"{n}<") for n in "abcd"))), state="degraded", says="gave no text", filed=4, asked=5,
        pages={f"/{n}": http(b"<p>A page</p>" + b"<br>" * 260_000, kind=HTML) for n in "abcd"},
    ),
    "calendar-without-end": Case(feed=b"", pages=lambda _: list_for_ever, ways=LISTING, state="ok", filed=4, asked=8),
    "pages-without-end": Case(feed=b"", pages=lambda _: page_for_ever, ways=API, state="ok", filed=4, asked=8),
    "indexes-without-end": Case(feed=b"", pages=lambda _: index_for_ever, ways=SITEMAPS, state="degraded", asked=4),
}  # fmt: skip
CASES = {
    **SLOW, **ENDLESS, **BOMBS, **LENGTHS, **BROKEN_CONNECTIONS, **REDIRECTS, **STORMS, **CHARSETS, **MALFORMED, **ENTITIES,
    **HUGE,
}  # fmt: skip
HONEST = ("honest-one", "honest-two")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the crawl came to."""

    took_s: float
    used_s: float
    honest_s: float
    """Of a processor, as `used_s`: what a crawl of the honest sites alone uses."""
    peak_mb: float
    messages: str
    states: dict[str, dict[str, Any]]
    filed: dict[str, int]
    asked: dict[str, int]
    trail: list[str]
    robots: set[str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    place = make_place(tmp_path_factory.mktemp("hostile"))
    place.write("settings.toml", LIMITS)
    with ManySites() as server:
        for name, case in CASES.items():
            base = server.add(name, case.find_pages())
            write_source(place, name, base, case.ways.replace("{base}", base))
        for name in HONEST:
            base = server.add(name, Case(feed=http(FEED)).find_pages())
            write_source(place, name, base, FEEDS.replace("{base}", base))
        yield crawl(place, server)


def crawl(place: Place, server: ManySites) -> Told:
    began_at, used_s = time.monotonic(), find_used_s()
    child = subprocess.Popen(
        place.command("crawl"), env=place.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    with PeakMemory(child.pid) as peak:
        _, messages = child.communicate(timeout=120)
    took_s, used_s = time.monotonic() - began_at, find_used_s() - used_s
    with reading(place.archive) as archive:
        states = {row["id"]: row for row in archive.query("SELECT * FROM sources")}
        trail = archive.query("SELECT reason FROM trail WHERE source = 'heavy-pages' AND reason IS NOT NULL")
        filed = archive.query("SELECT source, count(*) AS n FROM announcements GROUP BY source")
        return Told(
            took_s=took_s,
            used_s=used_s,
            honest_s=measure_honest_s(place),
            peak_mb=peak.mb,
            messages=messages,
            states=states,
            filed={row["source"]: row["n"] for row in filed},
            asked={name: server.count(name) for name in CASES},
            trail=[row["reason"] for row in trail],
            robots={row["robots"] for row in json.loads(place.run("status", "--etiquette", "--json").stdout)},
        )


def measure_honest_s(place: Place) -> float:
    used_s = find_used_s()
    subprocess.run(place.command("crawl", *HONEST), env=place.environment(), stdout=subprocess.DEVNULL, check=True)
    return find_used_s() - used_s


def find_used_s() -> float:
    """What all child processes have used of a processor so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def find_differences(told: Told) -> Iterator[str]:
    for name, case in CASES.items():
        source = told.states[name]
        found = (source["state"], told.filed.get(name, 0), told.asked[name] if case.asked else None)
        if found != (case.state, case.filed, case.asked) or case.says not in (source["last_error"] or ""):
            yield f"{name}: {found}, not {(case.state, case.filed, case.asked)}: {source['last_error']}"


@pytest.mark.long
def test_a_hundred_hostile_servers_end_as_they_deserve_and_harm_nobody(told: Told) -> None:
    """R23, R26, R39. One test, since each that used the crawl might have to carry it out again."""
    print(
        f"{len(CASES)} hostile servers took {told.took_s:.1f} s, {told.used_s:.1f} s of a processor ({told.honest_s:.1f} s for two honest ones) and {told.peak_mb:.0f} MB at most"
    )
    assert list(find_differences(told)) == []
    assert [(told.states[name]["state"], told.filed[name]) for name in HONEST] == [("ok", 2)] * len(HONEST)
    assert sum("not read, since 3 pages of the source took too much" in reason for reason in told.trail) >= 1
    assert told.robots == {"none"}, "each was asked for its robots.txt, also where nothing else was ever read"
    assert told.messages == ""
    assert told.used_s < MOST_TIMES * told.honest_s
    assert told.peak_mb < MOST_MB
