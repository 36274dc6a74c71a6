"""`govwatch source new`: what it finds on sites that nobody has described, what it writes, and how it refuses."""

import json
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.extract import read_page
from crawler.source import read_source
from monitor.cli.new_source import NewSourceRefused, Wish, make_new_source
from monitor.cli.places import Places
from monitor.demo.configuration import write_configuration
from monitor.demo.world import PressWorld
from tests.crawling import PARAGRAPH, make_feed, make_item
from tests.installations import Place, make_place
from tests.listings import FRENCH, FRENCH_DAYS, TITLES, build, page, slug
from tests.loopback import XML, Answer, Site
from tests.pdfs import lay_out, write_pdf
from tests.samples import describe, find_articles, find_differences, find_samples, read_sample


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


def new(place: Place, url: str, *options: str, code: int = 0) -> dict[str, Any]:
    done = place.run_here("source", "new", url, "--json", *options)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def publish_articles(site: Site, titles: tuple[str, ...], base: str, language: str) -> None:
    for number, title in enumerate(titles, start=1):
        body = f"<main><h1>{title}</h1><p>{PARAGRAPH * 4}</p></main>"
        site.pages[f"{base}{number}-{slug(title)}"] = Answer(
            body=f'<!doctype html><html lang="{language}"><head><title>{title}</title></head><body>{body}</body></html>'
        )


def publish_bilingual(site: Site) -> None:
    """Two sections that name each other, no feed, and one sitemap for both."""
    head = '<link rel="alternate" hreflang="{}" href="{}"><meta property="og:site_name" content="{}">'
    english = (
        "<ul>"
        + build('<li><a href="{url}">{title}</a> <span class="date">{day}</span></li>', base="/en/news/")
        + "</ul>"
    )
    french = "<ul>" + build(
        '<li><a href="{url}">{title}</a> <span class="date">{day}</span></li>', titles=FRENCH, days=FRENCH_DAYS, base="/fr/nouvelles/"
    ) + "</ul>"  # fmt: skip
    site.pages["/en/news/"] = Answer(body=page(english, head=head.format("fr", "/fr/nouvelles/", "Digital Office")))
    site.pages["/fr/nouvelles/"] = Answer(
        body=page(french, language="fr", head=head.format("en", "/en/news/", "Bureau du numérique"))
    )
    publish_articles(site, TITLES, "/en/news/", "en")
    publish_articles(site, FRENCH, "/fr/nouvelles/", "fr")
    addresses = "".join(
        f"<url><loc>{site.url(path)}</loc></url>" for path in [*site.pages, "/en/about/", "/fr/a-propos/"]
    )
    site.pages["/our-map.xml"] = Answer(
        body=f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{addresses}</urlset>', kind=XML
    )
    site.pages["/robots.txt"] = Answer(
        body=f"User-agent: *\nDisallow: /private/\n\nSitemap: {site.url('/our-map.xml')}\n"
    )


@pytest.mark.long
def test_each_site_of_the_press_world_gets_a_file_by_which_all_that_it_lists_is_archived(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with PressWorld() as world:
        wanted = {
            "ca-carnet-boreal": ("feed", []),
            "ca-maple-newsroom": ("listing", []),
            "gb-civic-ledger": ("feed", []),
            "int-harbour-exchange": ("sitemap", ["--way", "sitemap"]),
        }

        def write(source_id: str) -> str | None:
            options = ["--id", source_id, "--country", source_id[:2].replace("in", "INT"), *wanted[source_id][1]]
            (section,) = new(place, f"{world.sites[source_id]}/", *options)["sections"]
            return str(section["recommended"])

        with ThreadPoolExecutor(2) as threads:
            found = dict(zip(wanted, threads.map(write, wanted), strict=True))
        write_configuration(tmp_path / "demo", world, mail_url_variable="MAIL", hook_url_variable="HOOK")
        for source_id in wanted:
            place.write(f"sources/own-{source_id}.toml", (tmp_path / f"demo/sources/{source_id}.toml").read_text())
        crawled = {source: came["new"] for source, came in place.crawl().items()}

    assert found == {source_id: way for source_id, (way, _) in wanted.items()}
    assert all(crawled[source_id] == crawled[f"own-{source_id}"] > 5 for source_id in wanted), crawled


def test_a_bilingual_site_gets_a_source_and_samples_for_each_language(tmp_path: Path, site: Site) -> None:
    publish_bilingual(site)
    place, samples = make_place(tmp_path), tmp_path / "samples"
    options = (["ca-office", "--save-pages", str(samples)], ["ca-map", "--way", "sitemap"])

    with ThreadPoolExecutor(2) as threads:
        found, by_map = threads.map(
            lambda more: new(place, site.url("/en/news/"), "--country", "CA", "--id", *more), options
        )
    crawled = place.crawl()

    assert [(one["language"], one["id"], one["name"], one["recommended"]) for one in found["sections"]] == [
        ("en", "ca-office", "Digital Office", "listing"),
        ("fr", "ca-office-fr", "Bureau du numérique", "listing"),
    ]
    assert [tomllib.loads(one["file"])["keep_only"] for one in by_map["sections"]] == ["/en/news/.", "/fr/nouvelles/."]
    assert {source: came["new"] for source, came in crawled.items()} == dict.fromkeys(
        ["ca-office", "ca-office-fr", "ca-map", "ca-map-fr"], len(TITLES)
    )
    check_samples(samples, found["written"])


def check_samples(samples: Path, written: list[str]) -> None:
    """Each saved answer is read by the very code that tests the others, and gives what stands beside it."""
    assert len(list((samples / "html").iterdir())) == 8
    assert {str(path) for path in (samples / "html").iterdir()} < set(written)
    saved = {sample.path.stem: sample for sample in find_samples(samples)}
    assert set(saved) == {"listing-ca-office", "listing-ca-office-fr"}
    for sample in saved.values():
        assert describe(sample, read_sample(sample)) == {"rows": sample.expected["rows"]}
    assert [row["title"] for row in saved["listing-ca-office-fr"].expected["rows"]] == list(FRENCH)
    articles = {article.path.stem: article for article in find_articles(samples)}
    assert set(articles) == {"article-ca-office", "article-ca-office-fr"}
    assert articles["article-ca-office"].expected["title"] == TITLES[0]
    for article in articles.values():
        assert find_differences(article, read_page(article.fetch(), now=datetime.now(UTC))) == []


def test_a_file_is_the_smallest_that_works_and_shows_what_it_gives(tmp_path: Path, site: Site) -> None:
    publish_bilingual(site)
    place = make_place(tmp_path)

    done = place.run_here("source", "new", site.url("/fr/nouvelles/"), "--language", "fr", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "config").glob("sources/*"))
    assert f"2023-10-30  {FRENCH[0]}" in done.stdout
    assert "characters of text" in done.stdout
    text = done.stdout[done.stdout.index("name = ") :]
    keys = [line.partition(" = ")[0] for line in text.splitlines() if " = " in line]
    assert keys == [
        "name", "country", "language", "kind", "homepage", "platform", "expect", "checked_on", "allow_private_addresses",
        "url", "rows", "date",
    ]  # fmt: skip
    assert "the source gets allow_private_addresses = true" in done.stderr


def test_nothing_is_overwritten_and_nothing_asked_before_that_is_known(tmp_path: Path, site: Site) -> None:
    publish_bilingual(site)
    place = make_place(tmp_path)
    place.write("sources/ca-office.toml", 'name = "Mine"\n')
    place.write("sources/ca-office.toml", _declare(site))

    done = place.run_here("source", "new", site.url("/en/news/"), "--id", "ca-office")

    assert done.returncode == 2
    assert "nothing was written" in done.stderr
    assert site.asked == []
    assert (tmp_path / "config/sources/ca-office.toml").read_text() == _declare(site)


def _declare(site: Site) -> str:
    return (
        f'name = "Mine"\ncountry = "CA"\nlanguage = "en"\nkind = "newsroom"\nhomepage = "{site.url()}"\n'
        f'feeds = ["{site.url("/feed")}"]\n'
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"url": "ftp://www.office.example/"}, "is no http or https address"),
        ({"source_id": "Not An Id"}, "--id: expected small letters"),
        ({"kind": "blog"}, "--kind: expected government-blog"),
        ({"way": "magic"}, "--way: expected feed"),
        ({"country": "uk"}, "--country: expected an ISO 3166-1 .* did you mean 'GB'?"),
        ({"language": "French!"}, "--language: expected a language code"),
    ],
)
def test_wrong_use_says_what_was_expected(tmp_path: Path, option: dict[str, str], said: str) -> None:
    make_place(tmp_path)
    values: dict[str, Any] = dict.fromkeys(["source_id", "name", "country", "language", "kind", "way", "samples"])
    wish = Wish(
        **{"url": "https://www.office.example/", "allow_private_addresses": False, "write": True, **values, **option}
    )

    with pytest.raises(NewSourceRefused, match=said):
        make_new_source(Places(config=tmp_path / "config", archive=None), wish, as_json=False)


WALL = (
    "<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt = {};</script>"
    "<p>Enable JavaScript and cookies to continue</p></body></html>"
)
FAILURES = {
    "robots": ("User-agent: *\nDisallow: /\n", "", "forbidden by robots.txt", "govwatch obeys robots.txt"),
    "a bot wall": ("", WALL, "bot wall", "prove that they are human"),
    "nothing": (
        "",
        "<html lang=en><body><p>Nothing to see here, and never was.</p></body></html>",
        "",
        'rows = "ul.news > li"',
    ),
    "pages that are not there": (
        "",
        page(build('<li><a href="{url}">{title}</a> <i>{day}</i></li>')),
        "none of the pages that are listed could be read: not found",
        "say yourself where things stand",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_site_that_gives_nothing_says_why_and_what_can_be_done(tmp_path: Path, site: Site, name: str) -> None:
    robots, body, loss, advice = FAILURES[name]
    site.pages |= {"/": Answer(body=body), "/robots.txt": Answer(body=robots)}
    place = make_place(tmp_path)

    done = place.run_here("source", "new", site.url("/"))

    assert done.returncode == 1
    assert loss in done.stderr
    assert advice in done.stderr
    assert not list((tmp_path / "config").glob("sources/*"))


def test_a_host_that_does_not_exist_is_said_to_be_none(tmp_path: Path) -> None:
    failed = new(make_place(tmp_path), "nowhere.invalid", code=1)["failed"]

    assert failed["url"] == "https://nowhere.invalid"
    assert "no such host" in failed["advice"]


def test_an_address_of_our_own_network_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    """R31: a name that leads here is not the same as an address that is plainly here."""
    done = make_place(tmp_path).run_here("source", "new", "http://localhost.localdomain:9/")

    assert done.returncode == 1
    assert "unreachable" in done.stderr or "--allow-private-addresses" in done.stderr


def test_a_saved_document_is_named_as_what_it_is(tmp_path: Path, site: Site) -> None:
    site.pages["/files/7"] = Answer(body=write_pdf(lay_out(*TITLES)), kind="application/octet-stream")
    site.pages["/fil"] = make_feed(make_item(site.url("/files/7"), "A memorandum"))

    found = new(make_place(tmp_path), site.url("/fil"), "--id", "gb-fil", "--save-pages", str(tmp_path / "samples"))

    assert str(tmp_path / "samples/rss/article-gb-fil.pdf") in found["written"]
    (article,) = find_articles(tmp_path / "samples")
    assert article.expected["title"] == "A memorandum"


def test_a_feed_can_be_given_itself(tmp_path: Path, site: Site) -> None:
    publish_articles(site, TITLES, "/news/", "en")
    items = "".join(
        f"<item><title>{title}</title><link>{site.url(f'/news/{number}-{slug(title)}')}</link></item>"
        for number, title in enumerate(TITLES, start=1)
    )
    site.pages["/fil"] = Answer(body=f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>', kind=XML)
    place = make_place(tmp_path)

    (section,) = new(place, site.url("/fil"), "--id", "gb-fil", "--name", "The Feed", "--kind", "newsroom")["sections"]
    source, faults = read_source(tmp_path / "config/sources/gb-fil.toml")

    assert faults == ()
    assert source is not None
    assert (source.name, source.kind, source.feeds) == ("The Feed", "newsroom", (site.url("/fil"),))
    assert section["ways"][0]["examples"][0]["text_chars"] > 0


@pytest.mark.long
def test_wordpress_is_read_by_its_api_where_its_feed_is_stale(tmp_path: Path, site: Site) -> None:
    """R23: the feed parses well, and nobody has filled it for a year."""
    publish_articles(site, TITLES, "/news/", "en")
    paths = [f"/news/{number}-{slug(title)}" for number, title in enumerate(TITLES, start=1)]
    posts = [
        {
            "id": number, "date": f"2026-11-{20 - number}T09:00:00", "date_gmt": f"2026-11-{20 - number}T09:00:00",
            "modified_gmt": "2026-11-20T09:00:00", "link": site.url(path), "title": {"rendered": title},
            "guid": {"rendered": f"{site.url()}?p={number}"}, "excerpt": {"rendered": ""},
            "content": {"rendered": f"<p>{PARAGRAPH * 4}</p>"},
        }
        for number, (path, title) in enumerate(zip(paths, TITLES, strict=True), start=1)
    ]  # fmt: skip
    item = f"<item><title>Old</title><link>{site.url(paths[0])}</link><pubDate>Mon, 03 Nov 2025 09:00:00 GMT</pubDate></item>"
    head = (
        '<link rel="https://api.w.org/" href="/wp-json/"><link rel="alternate" type="application/rss+xml" href="/feed/">'
        '<meta name="generator" content="WordPress 6.8">'
    )
    answer = Answer(body=json.dumps(posts), kind="application/json", headers={"X-WP-TotalPages": "1"})
    site.pages |= {
        "/news/": Answer(body=page("<p>Welcome.</p>", head=head)),
        "/feed/": Answer(body=f'<rss version="2.0"><channel><title>x</title>{item}</channel></rss>', kind=XML),
        "/wp-json/wp/v2/posts": answer,
    }
    place = make_place(tmp_path)

    (section,) = new(place, site.url("/news/"), "--id", "gb-office", "--country", "GB")["sections"]

    assert (section["platform"], section["recommended"]) == ("wordpress", "api")
    assert "[[api]]" in section["file"]
    assert "rendered" not in section["file"]
    assert place.crawl()["gb-office"]["new"] == len(TITLES)


def test_a_page_to_choose_a_language_from_leads_to_both_and_robots_txt_to_a_feed(tmp_path: Path, site: Site) -> None:
    """The feed stands where nobody would look, among the sitemaps, and is of one language only."""
    site.pages["/"] = Answer(
        body='<html lang="en"><body><a href="/en/" lang="en">English</a> <a href="/fr/" lang="fr">Français</a></body></html>'
    )
    feeds = {"en": "/data/changes-2f.xml", "fr": "/data/flux"}
    declared = f'<link rel="feed" href="{feeds["fr"]}">'
    for language, titles in (("en", TITLES), ("fr", FRENCH)):
        base = f"/{language}/news/"
        rows = "<ul>" + build('<li><a href="{url}">{title}</a></li>', titles=titles, base=base) + "</ul>"
        head = declared if language == "fr" else ""
        site.pages[f"/{language}/"] = Answer(body=page(rows, language=language, head=head))
        publish_articles(site, titles, base, language)
        articles = [path for path in site.pages if path.startswith(base)]
        site.pages[feeds[language]] = make_feed(*(make_item(site.url(path), path) for path in articles))
    site.pages["/robots.txt"] = Answer(body=f"Sitemap: {site.url(feeds['en'])}\n")

    found = new(make_place(tmp_path), site.url("/"), "--id", "ca-office")

    assert [(one["language"], one["id"], one["recommended"]) for one in found["sections"]] == [
        ("en", "ca-office", "feed"),
        ("fr", "ca-office-fr", "feed"),
    ]
    written = [tomllib.loads(one["file"])["feeds"] for one in found["sections"]]
    assert written == [[site.url(feeds["en"])], [site.url(feeds["fr"])]]
    assert "/data/" not in str(found["passed_over"])
