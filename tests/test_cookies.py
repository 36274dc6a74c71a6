"""Cookies last through the redirects of one request, and go to nobody but the host that set them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.announcement import Loss
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import Answer, Asked, Page, Site


def lead(target: str, *, cookie: str = "", status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": target, **({"Set-Cookie": cookie} if cookie else {})})


def insist(page: Answer, path: str) -> dict[str, Page]:
    """A load balancer: those who do not bring the cookie are given it and sent here again."""
    return {path: lambda asked: page if "Cookie" in asked.headers else lead(path, cookie="ok=1; HttpOnly")}


def detect(page: Answer, path: str) -> dict[str, Page]:
    """ASP.NET: the cookie comes with a detour that leads back."""
    mark = "AspxAutoDetectCookieSupport=1"

    def show(asked: Asked) -> Answer:
        return page if mark in asked.headers.get("Cookie", "") else lead(f"{path}?{mark}", cookie=f"{mark}; path=/")

    return {
        path: show,
        f"{path}?{mark}": lambda asked: lead(path) if "Cookie" in asked.headers else lead("/no-cookies"),
    }


@pytest.mark.parametrize("wall", [detect, insist])
def test_a_site_that_tries_whether_cookies_come_back_is_read(
    tmp_path: Path, wall: Callable[[Answer, str], dict[str, Page]]
) -> None:
    with Site() as site:
        site.pages.update(wall(Answer(body="User-agent: *\nDisallow: /news/2\n", kind="text/plain"), "/robots.txt"))
        site.pages.update(wall(make_feed(*(make_item(site.url(f"/news/{n}"), f"Number {n}") for n in (1, 2))), "/feed"))
        site.pages.update(wall(make_page("Number 1"), "/news/1"))

        result = crawl(make_order(make_source(feeds=(site.url("/feed"),))), tmp_path)

    assert [(one.url, one.missing) for one in result.announcements if one.text] == [(site.url("/news/1"), None)]
    assert [one.missing for one in result.announcements if not one.text] == [Loss.ROBOTS]
    for path in ("/robots.txt", "/feed", "/news/1"):
        first, *_, last = site.asked_for(path)
        assert "Cookie" not in first.headers, "nothing is kept from the request before"
        assert "Cookie" in last.headers


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_cookie_goes_back_to_the_host_that_set_it_and_to_no_other(tmp_path: Path, host: str) -> None:
    with Site() as site, Site(host=host) as other:
        site.pages["/feed"] = lead(other.url("/on"), cookie="mine=1; Domain=127.0.0.1; Path=/")
        other.pages["/on"] = lead(site.url("/back"), cookie="theirs=1; Path=/")
        site.pages["/back"] = make_feed(make_item(other.url("/news"), "News"))
        other.pages["/news"] = make_page("News")

        crawl(make_order(make_source(feeds=(site.url("/feed"),))), tmp_path)

    assert [asked.headers.get("Cookie") for asked in site.asked if asked.path != "/robots.txt"] == [None, "mine=1"]
    assert [asked.headers.get("Cookie") for asked in other.asked] == [None, None, None]


@pytest.mark.parametrize(
    ("first", "sent"),
    [
        ([lead("/feed", cookie="a=1"), lead("/feed", cookie="a=; Max-Age=0")], [None, "a=1", None]),
        (
            [lead("/feed", cookie="a=1; Expires=Wed, 99 Foo 2026 99:99:99 GMT"), lead("/feed", cookie="b=2")],
            [None, None, "b=2"],
        ),
        ([Answer(status=503, headers={"Set-Cookie": "a=1"})], [None, None]),
    ],
    ids=["taken back", "unreadable", "from an answer that is no redirect"],
)
def test_a_cookie_that_does_not_hold_is_not_sent(tmp_path: Path, first: list[Answer], sent: list[str | None]) -> None:
    answers = iter([*first, make_feed(make_item("http://127.0.0.1:9/a", "News"))])
    with Site({"/feed": lambda asked: next(answers)}) as site:
        result = crawl(make_order(make_source(feeds=(site.url("/feed"),))), tmp_path)

    assert [asked.headers.get("Cookie") for asked in site.asked_for("/feed")] == sent
    assert not result.messages
