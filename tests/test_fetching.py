"""How pages are asked for: robots.txt, addresses, certificates, limits; each proved by a crawl of real servers."""

import itertools
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import trustme

from crawler.announcement import Loss
from crawler.fetching.address import is_public, is_public_text
from crawler.order import RobotsState, SourceOrder
from crawler.source import Listing
from crawler.way import Way
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import XML, Answer, Asked, Site

TEXT = "text/plain"


def robots(body: str, status: int = 200) -> Answer:
    return Answer(body=body, status=status, kind=TEXT)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        items = [make_item(made.url(f"/news/{n}"), f"Number {n}") for n in range(8)]
        made.pages["/feed"] = make_feed(*items)
        made.pages.update({f"/news/{n}": make_page(f"Number {n}") for n in range(8)})
        yield made


def source_of(site: Site, **values: Any) -> SourceOrder:
    return SourceOrder(source=make_source(feeds=(site.url("/feed"),), **values))


def test_eight_requests_at_once_to_a_forbidden_path_fetch_nothing(site: Site, tmp_path: Path) -> None:
    """R29: Scrapy's own middleware lets those through that wait for the first answer."""
    site.pages["/robots.txt"] = Answer(body="User-agent: *\nDisallow: /news/\n", kind=TEXT, delay_s=0.3)

    result = crawl(make_order(source_of(site)), tmp_path)

    assert site.paths == ["/feed"]
    assert len(site.asked_for("/robots.txt")) == 1
    assert {one.missing for one in result.announcements} == {Loss.ROBOTS}
    assert len(result.announcements) == 8


def test_a_robots_txt_of_today_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    fresh = RobotsState(
        origin=site.url("/")[:-1],
        status=200,
        body="User-agent: *\nDisallow: /news/",
        fetched_at=datetime.now(UTC) - timedelta(hours=1),
    )

    crawl(make_order(source_of(site), robots=[fresh]), tmp_path)

    assert [asked.path for asked in site.asked] == ["/feed"]


def test_crawl_delay_is_kept(site: Site, tmp_path: Path) -> None:
    """R29."""
    site.pages["/robots.txt"] = robots("User-agent: *\nCrawl-delay: 0.5\n")
    site.pages["/feed"] = make_feed(*(make_item(site.url(f"/news/{n}"), f"Number {n}") for n in range(3)))

    crawl(make_order(source_of(site)), tmp_path)

    moments = [asked.at for asked in site.asked if asked.path.startswith("/news/")]
    assert min(later - earlier for earlier, later in itertools.pairwise(moments)) >= 0.2
    assert moments[-1] - moments[0] >= 0.8


def test_a_site_that_says_429_is_left_alone_for_as_long_as_it_says(site: Site, tmp_path: Path) -> None:
    """R29."""
    for n in range(8):
        site.pages[f"/news/{n}"] = Answer(status=429, headers={"Retry-After": "3600"})

    result = crawl(make_order(source_of(site), limits={"requests_at_once_per_host": 1}), tmp_path)

    assert len([path for path in site.paths if path.startswith("/news/")]) <= 2
    assert {one.loss for one in result.losses} == {Loss.TOO_MANY_REQUESTS}
    assert {one.retry_after_s for one in result.losses} == {3600}
    assert (len(result.losses), result.ended.complete) == (8, False)


def test_every_request_says_who_asks_and_how_to_reach_them(site: Site, tmp_path: Path) -> None:
    """R29."""
    crawl(make_order(source_of(site)), tmp_path)

    assert {asked.headers["User-Agent"] for asked in site.asked} == {"govwatch/0.1 (+mailto:watch@example.org)"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "fd00:ec2::254",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    """R31: private, loopback, link-local, CGNAT, multicast, metadata, and IPv6 that wraps any of them."""
    assert not is_public(ip_address(address))
    assert not is_public_text(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "8.8.8.8"])
def test_addresses_outside_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_source_that_may_not_reach_inside_is_refused_whatever_the_host_is_called(
    site: Site, tmp_path: Path, host: str
) -> None:
    """R31: checked when connecting, after names are resolved."""
    source = make_source(feeds=(f"http://{host}:{site.port}/feed",), allow_private_addresses=False)

    result = crawl(make_order(source), tmp_path)

    assert site.asked == []
    assert result.lost().loss in {Loss.ADDRESS_FORBIDDEN, Loss.UNREACHABLE}


def test_a_redirect_inside_is_refused_on_the_hop(tmp_path: Path) -> None:
    """R31: a source whose pages lead to another private address gives that page up, unless it allows private ones."""
    with Site({"/secret": make_page("Secret")}) as inside, Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"))
        site.pages["/a"] = Answer(status=302, headers={"Location": f"http://169.254.169.254:{inside.port}/secret"})
        result = crawl(make_order(source_of(site), limits={"request_timeout_s": 3}), tmp_path)

    assert [one.text for one in result.announcements] == [None]
    assert inside.asked == []


def test_a_redirect_to_another_scheme_or_to_a_host_with_a_login_is_not_followed(tmp_path: Path) -> None:
    """R32."""
    with Site() as site:
        login = f"http://user:word@127.0.0.1:{site.port}/behind"
        targets = ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/html,hello", "s3://bucket/x", login]
        site.pages["/feed"] = make_feed(*(make_item(site.url(f"/{n}"), f"Item {n}") for n in range(len(targets))))
        for number, target in enumerate(targets):
            site.pages[f"/{number}"] = Answer(status=302, headers={"Location": target})
        result = crawl(make_order(source_of(site)), tmp_path)

    assert [(one.text, one.missing) for one in result.announcements] == [(None, Loss.ADDRESS_FORBIDDEN)] * len(targets)
    assert site.asked_for("/behind") == []


def test_a_proxy_named_by_the_environment_is_not_used(site: Site, tmp_path: Path) -> None:
    """R31: it would connect in our place, past the guard."""
    with Site() as proxy:
        environment = {"http_proxy": proxy.url(), "https_proxy": proxy.url(), "no_proxy": ""}
        result = crawl(make_order(source_of(site)), tmp_path, environment=environment)

    assert len(result.announcements) == 8
    assert proxy.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_trusted_one_is_not(tmp_path: Path) -> None:
    """R33: Scrapy's default verifies nothing."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with Site({"/feed": make_feed()}, tls=context) as site:
        source = make_source(feeds=(f"https://localhost:{site.port}/feed",))
        refused = crawl(make_order(source), tmp_path)
        trusted = crawl(make_order(source), tmp_path, environment={"SSL_CERT_FILE": str(tmp_path / "ca.pem")})

    assert Loss.CERTIFICATE in {one.loss for one in refused.losses}
    assert Loss.CERTIFICATE not in {one.loss for one in trusted.losses}


def test_paging_without_end_ends(tmp_path: Path) -> None:
    """R39."""

    def page(asked: Asked) -> Answer:
        number = int(asked.path.rpartition("=")[2] or 0)
        link = (
            f'<li><a href="/item/{number}">Item {number}</a></li><a rel="next" href="/list?page={number + 1}">next</a>'
        )
        return Answer(body=f"<html><body><ul>{link}</ul></body></html>")

    with Site() as site:
        for number in range(60):
            site.pages[f"/list?page={number}"] = page
        listing = Listing(url=site.url("/list?page=0"), rows="li", next="a[rel=next]")
        source = make_source(listing=(listing,))
        result = crawl(make_order(source, limits={"max_listing_pages": 10}), tmp_path)

    assert len([path for path in site.paths if path.startswith("/list")]) <= 11
    assert any("10 pages" in warning for entry in result.entries for warning in entry.warnings)


def test_a_connection_that_is_refused_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = crawl(make_order(make_source(feeds=(f"http://127.0.0.1:{port}/feed",))), tmp_path)

    assert result.lost().loss is Loss.UNREACHABLE
    assert result.ended.complete


@pytest.mark.parametrize(
    ("answer", "loss"),
    [
        (Answer(body="<html><body><h1>Our news</h1></body></html>"), Loss.NOT_A_FEED),
        (Answer(body="", kind=XML), Loss.NOT_A_FEED),
        (make_feed(), Loss.NO_ROWS),
        (Answer(body="<rss><channel><item><title>Tor", kind=XML), None),
        (Answer(status=404), Loss.NOT_FOUND),
        (Answer(status=410), Loss.GONE),
        (Answer(status=403), Loss.REFUSED),
    ],
)
def test_an_entry_point_that_lists_nothing_is_never_well(tmp_path: Path, answer: Answer, loss: Loss | None) -> None:
    """R23."""
    with Site({"/feed": answer}) as site:
        result = crawl(make_order(source_of(site)), tmp_path)

    assert [one.row for one in result.losses] == [None]
    assert loss is None or result.lost().loss is loss


def test_a_sitemap_and_a_feed_of_one_source_are_both_read(tmp_path: Path) -> None:
    with Site() as site:
        site.pages["/feed"] = make_feed(make_item(site.url("/a"), "A"))
        site.pages["/sitemap.xml"] = Answer(
            body=f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{site.url('/a')}</loc></url>"
            f"<url><loc>{site.url('/b')}</loc></url></urlset>",
            kind=XML,
        )
        site.pages.update({"/a": make_page("A"), "/b": make_page("B")})
        result = crawl(make_order(source_of(site, sitemaps=(site.url("/sitemap.xml"),))), tmp_path)

    assert sorted(one.url for one in result.announcements) == [site.url("/a"), site.url("/b")]
    assert {entry.way for entry in result.entries} == {Way.FEED, Way.SITEMAP}
