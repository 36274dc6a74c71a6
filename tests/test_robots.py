"""R29: what a robots.txt allows us (RFC 9309), and what is made of one that cannot be had or is none."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from crawler.announcement import Loss
from crawler.fetching.robots import Rules, is_fresh, read_rules
from crawler.order import RobotsState
from tests.crawling import crawl, make_order, make_source
from tests.loopback import HTML
from tests.many_sites import Call, ManySites, Reply, http

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SITE = "https://www.gov.example"
ALL = "User-agent: *\n"
MAX_BYTES = 500 * 1024


def make_rules(body: str | None, status: int = 200) -> Rules:
    return read_rules(RobotsState(origin=SITE, status=status, body=body, fetched_at=NOW))


@pytest.mark.parametrize(
    ("body", "path", "allowed"),
    [
        # 2.2.1: groups
        ("", "/a", True),
        (ALL + "Disallow: /\n", "/a", False),
        (ALL + "Disallow:\n", "/a", True),
        ("User-agent: govwatch\nDisallow: /a\n" + ALL + "Disallow: /", "/b", True),
        ("User-agent: govwatch\nDisallow: /a\n" + ALL + "Disallow: /", "/a", False),
        ("User-agent: GovWatch\nDisallow: /a", "/a", False),
        ("User-agent: govwatch/0.1\nDisallow: /a", "/a", False),
        ("User-agent: govwatch (news)\nDisallow: /a", "/a", False),
        ("User-agent: gov\nDisallow: /a", "/a", True),
        ("User-agent: govwatcher\nDisallow: /a", "/a", True),
        ("User-agent: mygovwatch\nDisallow: /a", "/a", True),
        ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: CCBot\nDisallow: /", "/a", True),
        ("User-agent: GPTBot\nUser-agent: govwatch\nDisallow: /a", "/a", False),
        ("User-agent: GPTBot\n\n# ours\n\nUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: govwatch\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: govwatch\nDisallow: /b", "/a", False),
        ("User-agent: govwatch\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: govwatch\nDisallow: /b", "/b", False),
        ("User-agent: govwatch\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: govwatch\nDisallow: /b", "/c", True),
        (ALL + "Disallow: /a\nSitemap: https://x.example/s.xml\nDisallow: /b", "/b", False),
        ("Disallow: /\n" + ALL + "Disallow: /a", "/b", True),
        # 2.2.2: the longest match, and Allow where both are as long
        (ALL + "Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        (ALL + "Allow: /a/b\nDisallow: /a", "/a/c", False),
        (ALL + "Disallow: /a\nAllow: /a", "/a", True),
        (ALL + "Allow: /\nDisallow: /a", "/a", False),
        (ALL + "Disallow: /A", "/a", True),
        (ALL + "Disallow: /a?b", "/a?b=1", False),
        (ALL + "Disallow: /a?b", "/a?c=1", True),
        (ALL + "Disallow: /é", "/%C3%A9t%C3%A9", False),
        (ALL + "Disallow: /%C3%A9", "/été", False),
        (ALL + "Disallow: /%7Ejoe", "/~joe", False),
        (ALL + "Disallow: /", "/robots.txt", True),
        # 2.2.3: special characters
        (ALL + "Disallow: /*.pdf$", "/a/b.pdf", False),
        (ALL + "Disallow: /*.pdf$", "/a/b.pdf?c", True),
        (ALL + "Disallow: /a$", "/a", False),
        (ALL + "Disallow: /a$", "/ab", True),
        (ALL + "Disallow: /*/b", "/a/b", False),
        (ALL + "Disallow: *b", "/ab", False),
        (ALL + "Disallow: /a*", "/abc", False),
        (ALL + "Disallow: /a # not yet", "/a", False),
        (ALL + "Disallow: /*a*a*a*a*a*a*a*a*a*a*a*a*b", "/" + "a" * 5000, True),
        # how people write it
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("  USER-AGENT :  *  \n  disallow :  /a  ", "/a", False),
        ("Useragent: *\nDisallow /a", "/a", False),
        (ALL + "\n\n\nDisallow: /a", "/a", False),
        (ALL + "Noindex: /a\nHost: x\nVisit-time: 0600-0845\nnonsense\n:::\nDisallow: /b", "/a", True),
        ("\x00\x01\x02" * 1000, "/a", True),
        ("<!DOCTYPE html><html><body><h1>Page not found</h1><p>User agent: none</p></body></html>", "/a", True),
    ],
)  # fmt: skip
def test_rules_are_read_as_the_standard_says(body: str, path: str, *, allowed: bool) -> None:
    assert make_rules(body.removeprefix("\ufeff")).allows(SITE + path) is allowed


@pytest.mark.parametrize(
    ("status", "allowed"), [(200, False), (299, False), (302, True), (401, True), (403, True), (404, True), (410, True)]
)
def test_only_an_answer_of_success_has_rules(status: int, *, allowed: bool) -> None:
    """Section 2.3.1.3: with a 4xx, and after too many redirects, there are none."""
    assert make_rules(ALL + "Disallow: /", status).allows(f"{SITE}/a") is allowed


@pytest.mark.parametrize(
    ("said", "delay_s"),
    [
        ("0.5", 0.5),
        ("10", 10),
        ("3600", 60),
        ("1e9", 60),
        ("0", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1,5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_crawl_delay_is_kept_to_up_to_a_minute(said: str, delay_s: float | None) -> None:
    assert make_rules(f"{ALL}Crawl-delay: {said}\n").delay_s == delay_s


def test_the_crawl_delay_of_others_is_not_ours() -> None:
    assert make_rules(f"User-agent: bingbot\nCrawl-delay: 30\n{ALL}Crawl-delay: 2").delay_s == 2
    assert make_rules("User-agent: govwatch\nDisallow: /a\n\nUser-agent: *\nCrawl-delay: 30").delay_s is None


def test_names_times_rules_take_neither_minutes_nor_gigabytes() -> None:
    """R39: half a megabyte names five thousand robots for whom twenty thousand rules hold."""
    names, rules = "".join(f"User-agent: b{n}\n" for n in range(5000)), "Disallow: /a*b\n" * 20_000
    began_at = time.monotonic()
    assert not make_rules(names + ALL + rules).allows(f"{SITE}/ab")
    assert time.monotonic() - began_at < 5


@pytest.mark.parametrize(("age", "body", "fresh"), [(23, "", True), (25, "", False), (1, None, False)])
def test_a_robots_txt_is_good_for_a_day_if_it_could_be_had(age: int, body: str | None, *, fresh: bool) -> None:
    state = RobotsState(origin=SITE, status=200, body=body, fetched_at=NOW - timedelta(hours=age))
    assert is_fresh(state, now=NOW) is fresh


FORBIDS_ALL = ALL + "Disallow: /"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a host answers at /robots.txt, and why its feed then is lost; None where it is read."""

    robots: Reply
    loss: Loss | None = None
    at_f: Reply = b""
    """What /f answers, to which some lead."""


def text(body: str, status: str = "200 OK", **headers: str) -> bytes:
    return http(body, status, "text/plain", **headers)


def leads_to(path: str) -> bytes:
    return text("", "301 Moved", Location=path)


def lead_through(redirects: int) -> Reply:
    """/robots.txt leads to /robots.txt?1 and so on, the last of which forbids everything."""

    async def answer(call: Call) -> None:
        number = int(call.path.partition("?")[2] or 0)
        last = number >= redirects
        await call.send(text(FORBIDS_ALL) if last else leads_to(f"/robots.txt?{number + 1}"))

    return answer


async def send_for_ever(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 OK\r\n\r\n")
    await call.send_for_ever(b"# nothing\n" * 5000)


async def hang(_: Call) -> None:
    await asyncio.sleep(60)


CASES = {
    "forbids": Case(robots=text(FORBIDS_ALL), loss=Loss.ROBOTS),
    "forbids-after-a-mark": Case(robots=text("\ufeff" + FORBIDS_ALL), loss=Loss.ROBOTS),
    "forbids-in-utf-16": Case(robots=http(FORBIDS_ALL.encode("utf-16"), kind="text/plain"), loss=Loss.ROBOTS),
    "forbids-as-html": Case(robots=http(FORBIDS_ALL, kind=HTML), loss=Loss.ROBOTS),
    "is-html": Case(robots=http("<html><h1>Not found</h1></html>", kind=HTML)),
    "is-empty": Case(robots=text("")),
    "no-content": Case(robots=text("", "204 No Content")),
    "not-found": Case(robots=text(FORBIDS_ALL, "404 Not Found")),
    "log-in-first": Case(robots=text(FORBIDS_ALL, "401 Unauthorized")),
    "bot-wall": Case(robots=text(FORBIDS_ALL, "403 Forbidden")),
    "gone": Case(robots=text(FORBIDS_ALL, "410 Gone")),
    "broken": Case(robots=text("", "500 Oops"), loss=Loss.SERVER_ERROR),
    "down": Case(robots=text("", "503 Unavailable"), loss=Loss.SERVER_ERROR),
    "rests": Case(robots=text("", "429 Too Many", Retry_After="3600"), loss=Loss.TOO_MANY_REQUESTS),
    "hangs": Case(robots=hang, loss=Loss.TIMEOUT),
    "resets": Case(robots=b"", loss=Loss.UNREACHABLE),
    "speaks-ssh": Case(robots=b"SSH-2.0-OpenSSH\r\n", loss=Loss.UNREADABLE),
    "endless": Case(robots=send_for_ever, loss=Loss.TOO_LARGE),
    "moved": Case(robots=leads_to("/f"), at_f=text(FORBIDS_ALL), loss=Loss.ROBOTS),
    "moved-to-nothing": Case(robots=leads_to("/f"), at_f=text("", "404 Not Found")),
    "moved-five-times": Case(robots=lead_through(5), loss=Loss.ROBOTS),
    "moved-six-times": Case(robots=lead_through(6)),
    "moves-in-a-circle": Case(robots=leads_to("/robots.txt")),
    "moved-nowhere": Case(robots=text("", "301 Moved")),
    "too-long-forbids": Case(robots=text(FORBIDS_ALL + "\n#" + "x" * 100_000 * 6), loss=Loss.ROBOTS),
    "too-long-forbids-late": Case(robots=text(ALL + "# x\n" * 150_000 + "Disallow: /\n")),
    "too-long-cut-in-a-rule": Case(
        robots=text((ALL + "# x\n" * 150_000)[: MAX_BYTES - 13] + "\nDisallow: /feed-of-others\n")
    ),
}  # fmt: skip


def test_what_every_kind_of_robots_txt_leads_to(tmp_path: Path) -> None:
    """Section 2.3.1: unavailable allows all, unreachable forbids all; and nothing forbidden is ever asked for."""
    with ManySites() as server:
        sources = []
        for name, case in CASES.items():
            feed = http(f"<rss><channel><item><title>A</title><link>{SITE}/a</link></item></channel></rss>")
            base = server.add(name, partial(find_reply, case, feed))
            sources.append(make_source(name, feeds=(f"{base}/feed",), keep_only="nothing"))
        result = crawl(make_order(*sources, limits={"request_timeout_s": 3, "requests_at_once": 64}), tmp_path)
        asked = {hit.site for hit in server.hits if hit.path == "/feed"}
        times = Counter(hit.site for hit in server.hits if hit.path == "/robots.txt")
    lost = {one.source: one.loss for one in result.losses if one.loss is not Loss.OUTSIDE}
    assert lost == {name: case.loss for name, case in CASES.items() if case.loss}
    assert asked == {name for name, case in CASES.items() if not case.loss}
    assert {name: count for name, count in times.items() if count > 1} == {
        "broken": 3, "down": 3, "resets": 3, "moves-in-a-circle": 6,
    }  # fmt: skip
    assert result.messages == ""


def find_reply(case: Case, feed: bytes, path: str) -> Reply:
    if path.startswith("/robots.txt"):
        return case.robots
    return case.at_f if path == "/f" else feed
