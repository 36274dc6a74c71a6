"""The press world behaves like the sites it imitates, and what it promises of itself is true."""

import gzip
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import feedparser
import pytest
import trafilatura
from lxml import etree, html
from protego import Protego

from crawler.source import Source, SourceKind, read_sources
from monitor.demo.configuration import write_configuration
from monitor.demo.world import ExpectedPage, Fate, PressWorld, State, read_sites

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FEEDS = {
    "gb-service-notes": ("/feed/", "rss20"),
    "gb-civic-ledger": ("/technology/rss.xml", "rss20"),
    "ca-carnet-boreal": ("/fil.atom", "atom10"),
}
EVERY_PAGE = [(site.id, page.path) for site in read_sites() for page in site.page]
READABLE = [
    (site.id, page.path)
    for site in read_sites()
    for page in site.page
    if page.fate is Fate.ANNOUNCEMENT and not site.refuses_crawlers
]


@dataclass(frozen=True, kw_only=True)
class Got:
    """An answer as a client sees it."""

    status: int
    headers: Message
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def fetch(url: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Got:
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, headers=dict(headers or {}), method=method), timeout=5) as answer:
            return Got(status=answer.status, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Got(status=error.code, headers=error.headers, body=error.read())


@pytest.fixture
def world() -> Iterator[PressWorld]:
    with PressWorld() as running:
        yield running


@pytest.fixture(scope="module")
def first_world() -> Iterator[PressWorld]:
    """In its first state; for tests that only read."""
    with PressWorld() as running:
        yield running


@pytest.fixture(scope="module")
def finished_world() -> Iterator[PressWorld]:
    """In its second state; for tests that only read."""
    with PressWorld() as running:
        running.publish_more()
        yield running


def find_page(world: PressWorld, site: str, path: str) -> ExpectedPage:
    return next(page for page in world.expected_pages if page.url == world.sites[site] + quote(path))


def find_urls(world: PressWorld, is_wanted: Callable[[ExpectedPage], object]) -> set[str]:
    return {page.url for page in world.expected_pages if is_wanted(page)}


def list_feed(world: PressWorld, site: str) -> list[str]:
    parsed = feedparser.parse(fetch(world.sites[site] + FEEDS[site][0]).body)
    return [entry.link.partition("?utm_")[0] for entry in parsed.entries]


def list_newsroom(world: PressWorld) -> list[str]:
    base = world.sites["ca-maple-newsroom"]
    found: list[str] = []
    address = f"{base}/en/news.html"
    while address:
        page = html.document_fromstring(fetch(address).body, base_url=address)
        page.make_links_absolute()
        found += [str(link) for link in page.xpath("//li[@class='row']//h3/a/@href")]
        address = "".join(map(str, page.xpath("//a[@rel='next']/@href")))
    return found


def list_sitemap(world: PressWorld) -> dict[str, str]:
    """Each address below /updates/ with its lastmod."""
    index = etree.fromstring(fetch(world.sites["int-harbour-exchange"] + "/sitemap.xml").body)
    found: dict[str, str] = {}
    for child in index.iterfind(f"{SITEMAP}sitemap/{SITEMAP}loc"):
        sitemap = etree.fromstring(gzip.decompress(fetch(child.text or "").body))
        for url in sitemap.iterfind(f"{SITEMAP}url"):
            found[url.findtext(f"{SITEMAP}loc") or ""] = url.findtext(f"{SITEMAP}lastmod") or ""
    return {address: lastmod for address, lastmod in found.items() if "/updates/" in address}


def list_everything(world: PressWorld) -> set[str]:
    feeds = {link for site in FEEDS for link in list_feed(world, site)}
    return feeds | set(list_newsroom(world)) | set(list_sitemap(world))


def squeeze(text: str) -> str:
    """Words alone: list marks, heading marks and line breaks are no part of what an article says."""
    return " ".join(re.sub(r"(?m)^(- |## )", "", text).split())


def extract(body: bytes) -> str:
    return squeeze(trafilatura.extract(body, include_comments=False) or "")


@pytest.mark.parametrize("site", FEEDS)
@pytest.mark.parametrize("state", [1, 2])
def test_each_feed_is_well_formed_and_every_entry_has_an_address_a_date_and_an_id(site: str, state: State) -> None:
    path, version = FEEDS[site]
    with PressWorld() as world:
        if state == 2:
            world.publish_more()
        answer = fetch(world.sites[site] + path)
    parsed = feedparser.parse(answer.body)
    assert not parsed.bozo
    assert parsed.version == version
    assert "charset=utf-8" in answer.headers["Content-Type"].lower()
    assert len(parsed.entries) >= 8
    for entry in parsed.entries:
        assert entry.link.startswith(world.sites[site])
        assert entry.published_parsed[:2] == (2017, 10)
        assert entry.id
        assert entry.title


def test_the_wordpress_feed_lists_ten_excerpts_whose_guids_lead_to_the_posts(world: PressWorld) -> None:
    base = world.sites["gb-service-notes"]
    parsed = feedparser.parse(fetch(f"{base}/feed/").body)
    assert len(parsed.entries) == 10
    for entry in parsed.entries:
        assert "[…]" in unescape(entry.summary)
        assert re.fullmatch(rf"{base}/\?p=\d+", entry.id)
        moved = fetch(entry.id)
        assert (moved.status, moved.headers["Location"]) == (301, entry.link)
        assert entry.author
        assert entry.tags


def test_the_oldest_post_leaves_the_wordpress_feed_but_not_the_site(world: PressWorld) -> None:
    before = list_feed(world, "gb-service-notes")
    world.publish_more()
    after = list_feed(world, "gb-service-notes")
    assert len(after) == 10
    (gone,) = set(before) - set(after)
    assert fetch(gone).status == 200


def test_the_sitemap_index_leads_to_a_gzipped_sitemap_with_a_day_for_each_update(world: PressWorld) -> None:
    found = list_sitemap(world)
    assert len(found) == 8
    assert all(lastmod.startswith("2017-10-") for lastmod in found.values())


@pytest.mark.parametrize("state", [1, 2])
def test_the_newsroom_lists_its_news_on_three_pages_with_printed_days(state: State) -> None:
    with PressWorld() as world:
        if state == 2:
            world.publish_more()
        listed = list_newsroom(world)
        first = fetch(world.sites["ca-maple-newsroom"] + "/en/news.html").body.decode()
        pages = {request.path for request in world.requests if request.path.startswith("/en/news.html")}
    assert len(listed) == len(set(listed)) == (9 if state == 1 else 11)
    assert pages == {"/en/news.html", "/en/news.html?page=2", "/en/news.html?page=3"}
    assert re.search(r'class="date">1[23] October 2017<', first)


@pytest.fixture
def read_page(first_world: PressWorld, finished_world: PressWorld, site: str, path: str) -> tuple[ExpectedPage, bytes]:
    """A page as it is when it is first listed."""
    world = first_world if find_page(first_world, site, path).first_in == 1 else finished_world
    page = find_page(world, site, path)
    return page, fetch(page.url).body


@pytest.mark.parametrize(("site", "path"), READABLE)
def test_trafilatura_finds_a_page_s_own_text_and_nothing_else(read_page: tuple[ExpectedPage, bytes]) -> None:
    page, body = read_page
    assert extract(body) == squeeze(page.text)


@pytest.mark.parametrize(("site", "path"), READABLE)
def test_every_page_carries_the_boilerplate_of_its_site(read_page: tuple[ExpectedPage, bytes], site: str) -> None:
    boilerplate = next(one for one in read_sites() if one.id == site).boilerplate
    served = " ".join(map(str, html.document_fromstring(read_page[1]).itertext()))
    assert boilerplate
    assert [sentence for sentence in boilerplate.values() if sentence not in served] == []


@pytest.mark.parametrize(("site", "path"), READABLE)
def test_every_page_tells_its_title_and_its_day(read_page: tuple[ExpectedPage, bytes]) -> None:
    page, body = read_page
    found = trafilatura.extract_metadata(body.decode(), default_url=page.url)
    assert found.title == page.title
    assert found.date == page.published_on.isoformat()


def test_the_second_state_adds_exactly_the_stated_pages(world: PressWorld) -> None:
    before = list_everything(world)
    world.publish_more()
    added = list_everything(world) - before
    assert before == world.expected_found(1) | find_urls(world, lambda page: page.fate in {Fate.MISSING, Fate.THIN})
    assert added == world.expected_found(2)
    counts = {site: sum(url.startswith(base) for url in added) for site, base in world.sites.items()}
    assert counts == {
        "ca-carnet-boreal": 1,
        "ca-maple-newsroom": 2,
        "gb-civic-ledger": 4,
        "gb-service-notes": 1,
        "gb-walled-gazette": 0,
        "int-harbour-exchange": 1,
        "us-brittle-bulletin": 0,
    }


def test_what_the_second_state_adds_cannot_be_read_before(world: PressWorld) -> None:
    assert {fetch(url).status for url in world.expected_found(2)} == {404}
    world.publish_more()
    assert {fetch(url).status for url in world.expected_found(2)} == {200}


def test_the_edited_page_grows_by_a_paragraph_and_its_feed_says_so(world: PressWorld) -> None:
    (url,) = find_urls(world, lambda page: page.addition)
    page = next(one for one in world.expected_pages if one.url == url)
    assert extract(fetch(url).body) == squeeze(page.text)
    assert find_updated(world, url) == page.published_on.isoformat()
    world.publish_more()
    assert extract(fetch(url).body) == squeeze(f"{page.text}\n\n{page.addition}")
    assert find_updated(world, url) == "2017-10-16"


def find_updated(world: PressWorld, url: str) -> str:
    parsed = feedparser.parse(fetch(world.sites["ca-carnet-boreal"] + "/fil.atom").body)
    (updated,) = (entry.updated for entry in parsed.entries if entry.link == url)
    return str(updated)[:10]


def test_the_removed_page_answers_gone_while_its_sitemap_lists_it_with_a_new_day(world: PressWorld) -> None:
    (url,) = find_urls(world, lambda page: page.is_removed)
    before = list_sitemap(world)[url]
    assert fetch(url).status == 200
    world.publish_more()
    assert fetch(url).status == 410
    assert list_sitemap(world)[url] > before


def test_the_missing_page_is_listed_and_not_found(finished_world: PressWorld) -> None:
    (url,) = find_urls(finished_world, lambda page: page.fate is Fate.MISSING)
    assert url in list_feed(finished_world, "gb-civic-ledger")
    assert fetch(url).status == 404


def test_the_thin_page_has_next_to_no_text(finished_world: PressWorld) -> None:
    (url,) = find_urls(finished_world, lambda page: page.fate is Fate.THIN)
    assert url in list_newsroom(finished_world)
    (text,) = html.document_fromstring(fetch(url).body).xpath("//article")
    assert text.text_content().strip() == "Details to follow."


def test_the_copy_has_the_words_of_the_original_at_another_outlet(finished_world: PressWorld) -> None:
    (copy,) = (page for page in finished_world.expected_pages if page.copy_of)
    (original,) = (page for page in finished_world.expected_pages if page.url == copy.copy_of)
    assert copy.site != original.site
    assert extract(fetch(copy.url).body) == extract(fetch(original.url).body)


def test_the_rewrite_has_another_headline_and_the_same_quotation(finished_world: PressWorld) -> None:
    telling = [page for page in finished_world.expected_pages if page.story == "canada-united-kingdom"]
    (release,) = (page for page in telling if page.url.endswith("canada-united-kingdom-digital-government.html"))
    (rewrite,) = (page for page in telling if "join-forces" in page.url)
    assert not set(rewrite.title.lower().split()) & set(release.title.lower().split()) - {"and", "to", "on"}
    (quotation,) = re.findall(r'"(Two countries[^"]+)"', release.text)
    assert quotation in rewrite.text
    assert len(telling) == 6


def test_french_addresses_are_percent_encoded_and_answer(finished_world: PressWorld) -> None:
    links = list_feed(finished_world, "ca-carnet-boreal")
    assert all(link.isascii() for link in links)
    assert any("’" in unquote(link) for link in links)
    assert {fetch(link).status for link in links} == {200}
    assert finished_world.requests[-1].status == 200


def test_the_walled_site_refuses_every_crawler_and_counts_those_who_come_in(world: PressWorld) -> None:
    base = world.sites["gb-walled-gazette"]
    robots = Protego.parse(fetch(f"{base}/robots.txt").body.decode())
    refused = find_urls(world, lambda page: page.fate is Fate.REFUSED)
    assert {url.startswith(base) for url in refused} == {True}
    assert not any(robots.can_fetch(url, "govwatch/0.1") for url in (*refused, f"{base}/rss.xml"))
    assert not world.refused_fetches
    fetch(f"{base}/rss.xml")
    assert [one.path for one in world.refused_fetches] == ["/rss.xml"]


def test_no_other_site_refuses_its_pages(finished_world: PressWorld) -> None:
    for page in finished_world.expected_pages:
        answer = fetch(f"{finished_world.sites[page.site]}/robots.txt")
        if page.fate is not Fate.REFUSED and answer.status == 200:
            assert Protego.parse(answer.body.decode()).can_fetch(page.url, "govwatch/0.1"), page.url


def find_broken(world: PressWorld) -> set[str]:
    """Ids of the sites that never list anything."""
    return set(world.sites) - {page.site for page in world.expected_pages}


def test_the_broken_site_fails_at_first_and_then_serves_a_page_for_its_feed(world: PressWorld) -> None:
    assert find_broken(world) == {"us-brittle-bulletin"}
    feed = world.sites["us-brittle-bulletin"] + "/rss/all/"
    assert fetch(feed).status == 500
    world.publish_more()
    later = fetch(feed)
    assert (later.status, later.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert not feedparser.parse(later.body).version


@pytest.mark.parametrize("held", ["ETag", "Last-Modified"])
@pytest.mark.parametrize("path", ["/feed/", "/2017/10/04/how-a-live-service-is-reviewed/"])
def test_a_client_that_holds_the_newest_copy_gets_304_until_more_is_published(
    world: PressWorld, held: str, path: str
) -> None:
    url = world.sites["gb-service-notes"] + path
    asking = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}[held]
    condition = {asking: fetch(url).headers[held]}
    again = fetch(url, condition)
    assert (again.status, again.body) == (304, b"")
    assert world.requests[-1].is_conditional
    world.publish_more()
    assert fetch(url, condition).status == 200


def test_a_date_that_cannot_be_read_asks_for_nothing(world: PressWorld) -> None:
    assert fetch(world.sites["gb-service-notes"] + "/feed/", {"If-Modified-Since": "yesterday"}).status == 200


def test_a_stale_tag_wins_over_a_fresh_date(world: PressWorld) -> None:
    url = world.sites["gb-service-notes"] + "/feed/"
    fresh = fetch(url).headers["Last-Modified"]
    assert fetch(url, {"If-None-Match": '"old"', "If-Modified-Since": fresh}).status == 200


def test_text_is_compressed_for_those_who_accept_it(world: PressWorld) -> None:
    url = world.sites["ca-maple-newsroom"] + "/en/news.html"
    plain, small = fetch(url), fetch(url, {"Accept-Encoding": "gzip, deflate"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.body) < len(plain.body)
    assert gzip.decompress(small.body) == plain.body
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert fetch(url, {"Accept-Encoding": "gzip", "If-None-Match": small.headers["ETag"]}).status == 304


def test_head_gives_the_headers_of_get_and_no_body(world: PressWorld) -> None:
    url = world.sites["gb-civic-ledger"] + "/technology/rss.xml"
    head, full = fetch(url, method="HEAD"), fetch(url)
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(full.body))
    assert head.headers["ETag"] == full.headers["ETag"]
    assert [request.method for request in world.requests] == ["HEAD", "GET"]


def test_two_worlds_differ_in_nothing_but_their_ports() -> None:
    with PressWorld() as one, PressWorld() as other:
        assert set(one.sites.values()).isdisjoint(other.sites.values())
        assert [served_text(one, page) for page in one.expected_pages] == [
            served_text(other, page) for page in other.expected_pages
        ]


def served_text(world: PressWorld, page: ExpectedPage) -> str:
    return fetch(page.url).body.decode().replace(world.sites[page.site], "")


def test_the_sites_take_ports_in_a_row_when_asked() -> None:
    first, ports = next(filter(None, map(take_ports, range(21000, 31000, 100))))
    assert ports == list(range(first, first + 7))


def take_ports(first: int) -> tuple[int, list[int]] | None:
    """The ports of a world that begins at `first`, or None where somebody else already has one of them."""
    try:
        with PressWorld(first_port=first) as world:
            return first, [int(base.rpartition(":")[2]) for base in world.sites.values()]
    except OSError:
        return None


@pytest.mark.parametrize(("site", "path"), EVERY_PAGE)
def test_the_watches_promised_for_a_page_are_those_its_words_answer_to(
    first_world: PressWorld, site: str, path: str
) -> None:
    page = find_page(first_world, site, path)
    if page.fate is Fate.REFUSED:
        assert page.watches == ()
        return
    words = f"{page.title}\n{page.text}\n{page.addition}"
    small = words.lower()
    agreement = re.search(r"memorandum of understanding|\bmous?\b|letter of intent", small) and "digital" in small
    promised = {
        "Digital agreements between governments": bool(agreement) and "digital services tax" not in small,
        "Government Digital Service": bool(re.search(r"Government Digital Service|\bGDS\b", words))
        and "global distribution system" not in small,
        "Accords numériques": site == "ca-carnet-boreal" and "protocole d'entente" in small and "numérique" in small,
    }
    assert set(page.watches) == {name for name, is_promised in promised.items() if is_promised}


def test_every_watch_has_something_new_to_find_in_the_second_state(world: PressWorld) -> None:
    found = {name: len(urls) for name, urls in world.expected_matches(2).items()}
    assert found == {
        "Accords numériques": 1,
        "Digital agreements between governments": 5,
        "Government Digital Service": 4,
    }


def test_the_traps_hold_the_words_of_a_watch_in_another_sense(world: PressWorld) -> None:
    texts = {page.url: f"{page.title} {page.text}" for page in world.expected_pages if not page.watches}
    for trap in ("digital services tax", "global distribution system", "double taxation agreement", "gds files"):
        assert [url for url, text in texts.items() if trap in text], trap


@pytest.fixture
def written_sources(world: PressWorld, tmp_path: Path) -> dict[str, Source]:
    write_configuration(tmp_path / "config", world, mail_url_variable="DEMO_MAIL", hook_url_variable="DEMO_HOOK")
    sources, faults = read_sources(tmp_path / "config" / "sources")
    assert faults == ()
    return {source.id: source for source in sources}


def test_the_written_sources_are_one_for_each_site(world: PressWorld, written_sources: Mapping[str, Source]) -> None:
    assert set(written_sources) == set(world.sites)
    for id_, source in written_sources.items():
        assert source.allow_private_addresses
        assert source.name == world.names[id_]
        assert all(entry.url.startswith(world.sites[id_]) for entry in source.entry_points)
    assert {source.country for source in written_sources.values()} == {"GB", "CA", "US", "INT"}
    assert {source.kind for source in written_sources.values()} == set(SourceKind)
    assert {source.language for source in written_sources.values()} == {"en", "fr"}


def test_the_entry_points_of_the_written_sources_answer_as_expected(
    world: PressWorld, written_sources: Mapping[str, Source]
) -> None:
    for id_, source in written_sources.items():
        statuses = {fetch(entry.url).status for entry in source.entry_points}
        assert statuses == ({500} if id_ in find_broken(world) else {200}), id_


def test_the_written_listing_finds_every_row_with_its_title_day_and_next_page(
    world: PressWorld, written_sources: Mapping[str, Source]
) -> None:
    (listing,) = written_sources["ca-maple-newsroom"].listing
    page = html.document_fromstring(fetch(listing.url).body)
    rows = page.cssselect(listing.rows)
    assert len(rows) == 4
    for row in rows:
        parts = [row.cssselect(selector or "") for selector in (listing.link, listing.title, listing.date)]
        assert [len(found) for found in parts] == [1, 1, 1]
        assert parts[0][0].get("href")
    assert listing.next
    assert [link.get("href") for link in page.cssselect(listing.next)] == ["/en/news.html?page=2"]


def test_the_written_sitemap_source_keeps_only_announcements(
    world: PressWorld, written_sources: Mapping[str, Source]
) -> None:
    pattern = written_sources["int-harbour-exchange"].keep_only
    assert pattern
    base = world.sites["int-harbour-exchange"]
    assert all(re.search(pattern, url) for url in list_sitemap(world))
    assert not re.search(pattern, f"{base}/about/")


def test_the_channels_name_their_variables_and_hold_no_address(world: PressWorld, tmp_path: Path) -> None:
    write_configuration(tmp_path, world, mail_url_variable="DEMO_MAIL", hook_url_variable="DEMO_HOOK")
    channels = (tmp_path / "channels.toml").read_text(encoding="utf-8")
    assert '"${DEMO_MAIL}"' in channels
    assert '"${DEMO_HOOK}"' in channels
    assert "@" not in re.sub(r"(?m)^#.*$", "", channels)
