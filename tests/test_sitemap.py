"""Sitemaps, indexes, news sitemaps, packed and broken ones."""

import gzip
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.announcement import DateSource, Loss, NotAPage
from crawler.entry_page import Listed
from crawler.sitemap import read_sitemap
from crawler.way import Way
from tests.entry_pages import make_entry_page, zip_bytes

SITE = "https://www.gov.example"
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def read(body: bytes | str, **values: Any) -> Listed:
    listed = read_sitemap(make_entry_page(body, Way.SITEMAP, url=f"{SITE}/sitemap.xml", **values))
    assert isinstance(listed, Listed), listed
    return listed


def refuse(body: bytes | str, **values: Any) -> NotAPage:
    refused = read_sitemap(make_entry_page(body, Way.SITEMAP, url=f"{SITE}/sitemap.xml", **values))
    assert isinstance(refused, NotAPage), refused
    return refused


def urlset(*urls: str) -> str:
    return f'<?xml version="1.0"?><urlset {NAMESPACE}>{"".join(urls)}</urlset>'


def url(path: str, more: str = "") -> str:
    return f"<url><loc> {SITE}{path} </loc>{more}</url>"


def test_addresses_and_lastmod_are_read_and_alternates_are_no_rows() -> None:
    alternate = (
        '<xhtml:link xmlns:xhtml="http://www.w3.org/1999/xhtml" rel="alternate" hreflang="fr" href="https://fr/"/>'
    )
    listed = read(urlset(url("/a", "<lastmod>2023-10-02T08:00:00+00:00</lastmod>" + alternate), url("/b")))
    assert [row.url for row in listed.rows] == [f"{SITE}/a", f"{SITE}/b"]
    assert listed.rows[0].updated_at == datetime(2023, 10, 2, 8, tzinfo=UTC)
    assert listed.rows[0].published.on is None, "lastmod is not when a page was published"
    assert listed.rows[0].fingerprint
    assert listed.rows[1].fingerprint == "", "an address alone says nothing"


def test_a_news_sitemap_gives_title_date_and_language() -> None:
    news = (
        '<news:news xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><news:publication><news:name>Press</news:name>'
        "<news:language>fr</news:language></news:publication><news:publication_date>2023-10-02</news:publication_date>"
        "<news:title>Une annonce &amp; une autre</news:title></news:news>"
    )
    (row,) = read(urlset(url("/a", news))).rows
    assert (row.title, row.language) == ("Une annonce & une autre", "fr")
    assert (row.published.on, row.published.source) == (date(2023, 10, 2), DateSource.SITEMAP)


def test_images_and_videos_have_addresses_titles_and_days_of_their_own() -> None:
    image = '<image:image xmlns:image="i"><image:loc>https://a/i.jpg</image:loc><image:title>A picture</image:title></image:image>'
    video = '<video:video xmlns:video="v"><video:title>A film</video:title><video:publication_date>2023-10-01</video:publication_date></video:video>'
    (row,) = read(urlset(f"<url>{image}{video}<loc>{SITE}/a</loc></url>")).rows
    assert (row.url, row.title, row.published.on) == (f"{SITE}/a", None, None)


def test_an_index_names_sitemaps() -> None:
    body = (
        f"<sitemapindex {NAMESPACE}><sitemap><loc>{SITE}/1.xml.gz</loc></sitemap><sitemap><loc>/2.xml</loc></sitemap>"
    )
    listed = read(body + "</sitemapindex>")
    assert listed.sitemaps == (f"{SITE}/1.xml.gz", f"{SITE}/2.xml")
    assert not listed.rows


@pytest.mark.parametrize(
    "body",
    [
        zip_bytes(urlset(url("/a"))),
        "\ufeff\n " + urlset(url("/a")),
        urlset(url("/a")).replace(f" {NAMESPACE}", ""),
        f"{SITE}/a\n",
        urlset(url("/a")).encode("utf-16"),
    ],
    ids=["gzip", "space before the declaration", "no namespace", "text", "utf-16"],
)
def test_odd_but_usable_sitemaps_are_read(body: bytes | str) -> None:
    if isinstance(body, bytes) and body[:2] == b"\xff\xfe":
        body = body.decode("utf-16").replace('version="1.0"', 'version="1.0" encoding="utf-16"').encode("utf-16")
    assert [row.url for row in read(body).rows] == [f"{SITE}/a"]


def test_accented_addresses_are_percent_encoded_once() -> None:
    listed = read(urlset(url("/créer"), url("/cr%C3%A9er"), url("/%C3%A9t%C3%A9/")))
    assert [row.url for row in listed.rows] == [f"{SITE}/cr%C3%A9er", f"{SITE}/%C3%A9t%C3%A9/"]


@pytest.mark.parametrize(
    ("body", "loss"),
    [
        ("<!DOCTYPE html><html><body>Not found</body></html>", Loss.NOT_A_FEED),
        ("<rss version='2.0'><channel/></rss>", Loss.NOT_A_FEED),
        ("no addresses here", Loss.NOT_A_FEED),
        ("<", Loss.UNREADABLE),
        (gzip.compress(b"x" * 100, mtime=0)[:20], Loss.UNREADABLE),
    ],
)
def test_what_is_no_sitemap_is_never_an_empty_one(body: bytes | str, loss: Loss) -> None:
    """R23."""
    assert refuse(body).loss is loss


def test_a_gzip_bomb_is_refused() -> None:
    """R39."""
    assert refuse(gzip.compress(b"<urlset>" + b" " * 30_000_000, mtime=0), max_bytes=1_000_000).loss is Loss.TOO_LARGE


def test_entities_neither_reach_the_disk_nor_blow_up() -> None:
    """R36."""
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE urlset [<!ENTITY a0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
    for entity in ("&f;", "&a8;"):
        listed = read(f'<?xml version="1.0"?>{doctype}<urlset>{url("/b")}{url(f"/a?{entity}")}</urlset>')
        assert listed.rows[0].url == f"{SITE}/b"
        assert all("root:" not in row.url and len(row.url) < 100 for row in listed.rows)


def test_a_sitemap_that_breaks_off_gives_what_it_has_and_says_so() -> None:
    listed = read(urlset(url("/a"), url("/b"))[:-20])
    assert listed.rows[0].url == f"{SITE}/a"
    assert listed.warnings


def test_an_entry_that_was_still_open_where_a_sitemap_breaks_off_is_none() -> None:
    """The stump of an address is another page: the section, or the home page."""
    whole = urlset(url("/news/1"), url("/news/2", "<lastmod>2023-10-02</lastmod>"))
    addresses = [f"{SITE}/news/1", f"{SITE}/news/2"]

    for end in range(whole.index("</url>") + len("</url>"), len(whole)):
        listed = read(whole[:end])
        assert [row.url for row in listed.rows] in (addresses[:1], addresses)
        assert listed.breaks_off
    assert read(f"<sitemapindex><sitemap><loc>{SITE}/a.xml</loc></sitemap><sitemap><loc>{SITE}/").sitemaps == (
        f"{SITE}/a.xml",
    )


def test_an_ampersand_is_part_of_the_address_although_a_fault_stands_before_it() -> None:
    listed = read(urlset("<url><loc>/a</loc><lastmod>2026</url>", url("/b?id=1&amp;lang=en")))
    assert [row.url for row in listed.rows][-1] == f"{SITE}/b?id=1&lang=en"


def test_an_ampersand_that_nobody_escaped_is_part_of_the_address() -> None:
    listed = read(urlset(url("/news.aspx?id=6&lang=en"), url("/b")))

    assert [row.url for row in listed.rows] == [f"{SITE}/news.aspx?id=6&lang=en", f"{SITE}/b"]
    assert listed.warnings == ()


def test_entries_without_an_address_are_warnings() -> None:
    listed = read(urlset(url("/a"), "<url><loc>mailto:x@example.org</loc></url>", "<url></url>"))
    assert len(listed.rows) == 1
    assert len(listed.warnings) == 2


def test_no_more_rows_than_the_limit_and_a_word_about_the_rest() -> None:
    """R39."""
    listed = read(urlset(*(url(f"/{number}") for number in range(30))), max_rows=10)
    assert len(listed.rows) == 10
    assert len(listed.warnings) == 1


def test_one_date_on_everything_marks_no_page_as_changed() -> None:
    """Many sites stamp the whole sitemap with the moment at which it was made."""
    one_date = urlset(*(url(f"/{number}", "<lastmod>2023-10-02</lastmod>") for number in range(12)))
    many_dates = urlset(*(url(f"/{number}", f"<lastmod>2023-10-{number + 1:02}</lastmod>") for number in range(12)))
    assert {row.fingerprint for row in read(one_date).rows} == {""}
    assert len({row.fingerprint for row in read(many_dates).rows}) == 12
