"""What a page tells of its site: feeds, sitemaps, APIs, sections, languages, its name and whose it is."""

from typing import Any

import pytest

from crawler.dates import DateReading
from crawler.discovery.link_pattern import count_kept, find_common_path, guess_link_pattern, guess_pattern_among
from crawler.discovery.naming import (
    find_host_country,
    guess_country,
    guess_id,
    guess_kind,
    guess_name,
    guess_platform,
    is_front,
)
from crawler.discovery.page_text import read_page_text
from crawler.discovery.selectors import is_stable_name
from crawler.discovery.signs import SiteSigns, list_feed_places, read_robots_sitemaps, read_signs
from tests.entry_pages import NOW

HOST = "https://www.office.example"


def signs(head: str = "", body: str = "", *, url: str = f"{HOST}/news/", html: str = '<html lang="en">') -> SiteSigns:
    text = f"<!doctype html>{html}<head><title>News</title>{head}</head><body><p>Words</p>{body}</body></html>"
    page = read_page_text(url, text.encode(), "text/html; charset=utf-8", DateReading(now=NOW))
    assert page is not None
    return read_signs(page)


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed">', ["/feed"]),
        ('<link rel="alternate" type="application/atom+xml; charset=utf-8" href="feed.atom">', ["/news/feed.atom"]),
        ('<link rel="alternate" type="application/feed+json" href="/feed.json">', ["/feed.json"]),
        ('<link rel="feed" href="/all">', ["/all"]),
        ('<link rel="alternate" type="application/json" title="JSON Feed" href="/x">', ["/x"]),
        ('<link rel="alternate" type="text/xml" href="/rss.xml">', ["/rss.xml"]),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">', []),
        ('<link rel="alternate" type="application/rss+xml" title="X » Comments Feed" href="/comments/feed/">', []),
        ('<link rel="alternate" hreflang="fr" type="text/html" href="/fr/">', []),
        ('<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed?url=x">', []),
    ],
)
def test_a_feed_is_known_by_what_the_head_says(markup: str, found: list[str]) -> None:
    assert [feed.url.removeprefix(HOST) for feed in signs(markup).feeds] == found


@pytest.mark.parametrize(
    ("markup", "is_feed"),
    [
        ('<a href="/news/rss.xml">Latest</a>', True),
        ('<a href="/x?format=atom">Latest</a>', True),
        ('<a href="/abonnement">Fil RSS</a>', True),
        ('<a href="/s"><img src="/rss.png" alt=""></a>', False),
        ('<a href="/s" aria-label="RSS feed"><img src="/i.png" alt=""></a>', True),
        ('<a href="/about-feeding-the-birds/">About feeding the birds in winter</a>', False),
        ('<a href="https://feedly.com/i/subscription/feed/x">Follow our feed</a>', False),
    ],
)
def test_a_link_to_a_feed_is_known_by_its_address_or_its_label(markup: str, is_feed: bool) -> None:
    assert bool(signs(body=markup).feeds) is is_feed


def test_wordpress_and_a_sitemap_are_declared_in_the_head() -> None:
    found = signs(
        '<link rel="https://api.w.org/" href="/wp-json/"><link rel="sitemap" href="/sitemap_index.xml">'
        '<meta name="generator" content="WordPress 6.8"><meta property="og:site_name" content="The Office">'
    )

    assert (found.api_root, found.sitemaps) == (f"{HOST}/wp-json/", (f"{HOST}/sitemap_index.xml",))
    assert (found.generator, found.name) == ("WordPress 6.8", "The Office")


def test_sections_come_before_what_only_sounds_like_one_and_the_front_page_is_none() -> None:
    menu = (
        '<a href="/">News from home</a><a href="/press-office/team">Press office team</a><a href="/latest/">Latest news</a>'
        '<a href="/about/">About</a><a href="/dispatches/">Dispatches</a><a href="https://other.example/news/">News</a>'
    )
    found = signs(body=menu, url=f"{HOST}/")

    assert found.sections == (f"{HOST}/latest/", f"{HOST}/press-office/team")
    assert f"{HOST}/dispatches/" in found.pages
    assert f"{HOST}/about/" not in found.pages


@pytest.mark.parametrize(
    ("head", "body", "found"),
    [
        ('<link rel="alternate" hreflang="fr-CA" href="/fr/nouvelles/">', "", ("fr-CA", "/fr/nouvelles/")),
        ('<link rel="alternate" hreflang="x-default" href="/">', "", None),
        ('<link rel="alternate" hreflang="en" href="/news/">', "", None),
        ("", '<a lang="fr" href="/fr/nouvelles/">Français</a>', ("fr", "/fr/nouvelles/")),
        ("", '<a href="/it/notizie/">Italiano</a>', ("it", "/it/notizie/")),
        ("", '<a href="/fr/">It is about the Fr element</a>', None),
        ("", '<a href="/en/" lang="en">English</a>', ("en", "/en/")),
    ],
)
def test_another_language_is_found_by_hreflang_or_by_the_name_of_a_language(
    head: str, body: str, found: tuple[str, str] | None
) -> None:
    alternates = signs(head, body).alternates

    assert alternates == (((found[0], HOST + found[1]),) if found else ())


def test_a_pages_language_is_its_own_word_or_else_that_of_its_address() -> None:
    assert signs(html='<html lang="fr-CA">').language == "fr-CA"
    assert signs(html="<html>", url=f"{HOST}/fr/nouvelles/").language == "fr"
    assert signs(html="<html>").language is None


def test_a_robots_txt_names_sitemaps_outside_of_any_group() -> None:
    body = "User-agent: *\nDisallow: /x\nsitemap: /a.xml\nSitemap:https://cdn.example/b.xml\n# Sitemap: /c.xml\n"

    assert read_robots_sitemaps(body, f"{HOST}/") == (f"{HOST}/a.xml", "https://cdn.example/b.xml")
    assert read_robots_sitemaps(None, f"{HOST}/") == ()


def test_well_known_places_of_feeds_begin_with_the_section() -> None:
    places = list_feed_places(f"{HOST}/news/", "/stories/")

    assert places[0] == f"{HOST}/news/feed/"
    assert f"{HOST}/stories/rss.xml" in places
    assert places.index(f"{HOST}/feed/") > places.index(f"{HOST}/stories/rss.xml")


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        (["/2023/07/04/a-b", "/2022/1/14/c"], r"/\d{4}/\d+/\d+/."),
        (["/en/news/a", "/en/news/b"], "/en/news/."),
        (["/news/a.b/c", "/news/a.b/d"], r"/news/a\.b/."),
        (["/a", "/b"], None),
        ([], None),
    ],
)
def test_what_addresses_have_in_common(paths: list[str], pattern: str | None) -> None:
    urls = [HOST + path for path in paths]

    assert guess_link_pattern(urls) == pattern
    assert pattern is None or count_kept(pattern, [*urls, f"{HOST}/about/"]) == len(urls)


def test_the_section_itself_is_not_kept_and_one_stray_in_ten_does_no_harm() -> None:
    urls = [f"{HOST}/news/{number}" for number in range(10)]

    assert guess_link_pattern([*urls, f"{HOST}/elsewhere"]) == "/news/."
    assert count_kept("/news/.", [f"{HOST}/news/"]) == 0
    assert find_common_path([f"{HOST}/news/2023/{number}" for number in range(3)]) == "/news/"


def test_without_any_example_the_largest_family_of_headlines_counts() -> None:
    urls = [f"{HOST}/updates/a-long-title-number-{n}" for n in range(6)] + [f"{HOST}/p/{n}" for n in range(20)]

    assert guess_pattern_among(urls) == "/updates/."
    assert guess_pattern_among(urls[:3]) is None


@pytest.mark.parametrize(
    ("host", "country"),
    [
        ("gds.blog.gov.uk", "GB"),
        ("www.gsa.gov", "US"),
        ("digital.canada.ca", "CA"),
        ("www.who.int", "INT"),
        ("commission.europa.eu", "EU"),
        ("www.nextgov.com", None),
        ("start-up.io", None),
        ("www.college.ac", None),
    ],
)
def test_a_hosts_country(host: str, country: str | None) -> None:
    assert find_host_country(host) == country


@pytest.mark.parametrize(
    ("url", "language", "linked", "country"),
    [
        ("https://www.innovazione.gov.it/", "it", (), "IT"),
        ("https://www.publictechnology.net/", "en-GB", (), "GB"),
        ("https://www.office.com/", "en-US", ("GB",), "GB"),
        ("https://www.office.com/", "en-US", (), "US"),
        ("http://127.0.0.1:8000/", "en", ("CA",), "CA"),
        ("https://www.office.com/", "en", (), None),
        ("https://www.office.com/", "en-EN", (), None),
    ],
)
def test_a_sites_country(url: str, language: str, linked: tuple[str, ...], country: str | None) -> None:
    assert guess_country(url, language, linked) == country


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("GB", "GDS", "https://gds.blog.gov.uk/"), "gb-gds-blog"),
        (("US", "Nextgov", "https://www.nextgov.com/news/"), "us-nextgov"),
        (("CA", "Service numérique canadien", "http://127.0.0.1:8101/"), "ca-service-numerique-canadien"),
        (("INT", "", "http://127.0.0.1/"), "int-source"),
    ],
)
def test_an_id_is_made_of_the_host_or_else_of_the_name(arguments: tuple[str, str, str], expected: str) -> None:
    assert guess_id(*arguments) == expected


def test_a_name_is_the_sites_and_not_the_pages() -> None:
    assert guess_name("The Office", ["x"], HOST) == "The Office"
    assert guess_name("Digital\u00a0Ser\u00advices\u200e", [], HOST) == "Digital Services"
    assert guess_name(None, ["News | Office of Digital Services"], HOST) == "Office of Digital Services"
    assert guess_name(None, ["Home - Canadian Digital Service"], HOST) == "Canadian Digital Service"
    assert guess_name(None, ["News"], HOST) == "office.example"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://gds.blog.gov.uk/", "government-blog"),
        ("https://www.dta.gov.au/news", "newsroom"),
        ("https://www.oecd.org/", "international"),
        ("https://www.publictechnology.net/", "trade-press"),
    ],
)
def test_a_sites_kind(url: str, kind: str) -> None:
    assert guess_kind(url, ()).value == kind


def test_a_platform_is_known_by_its_host_its_api_or_its_generator() -> None:
    cases: list[tuple[Any, ...]] = [
        ("Hugo 0.80.0", HOST, False, "hugo"),
        (signs('<meta name="Generator" content="Drupal 10">').generator, HOST, False, "drupal"),
        (None, HOST, True, "wordpress"),
        (None, "https://gds.blog.gov.uk/", False, "wordpress"),
        (None, HOST, False, None),
    ]
    for generator, url, has_api, platform in cases:
        assert guess_platform(generator, url, has_wordpress_api=has_api) == platform


@pytest.mark.parametrize("path", ["/", "/en", "/fr/", "/index.html", "/en/home.html", "/accueil"])
def test_a_front_page_is_known_by_its_address(path: str) -> None:
    assert is_front(HOST + path)
    assert not is_front(f"{HOST}/news{path}")


@pytest.mark.parametrize("name", ["news-item", "card", "actu__titre", "blogpost-list", "field-content", "views-row"])
def test_a_name_that_means_something_is_kept(name: str) -> None:
    assert is_stable_name(name)


@pytest.mark.parametrize(
    "name",
    ["css-1q2w3e4", "sc-bdVaJa", "_3xKdf", "Card_root__Xy12Z", "views-row-1", "odd", "active", "mt-4", "post-1234"],
)
def test_a_name_made_by_a_tool_or_of_one_row_is_not(name: str) -> None:
    assert not is_stable_name(name)
