"""The sources that ship: one test covers every file of config/sources, and refuses what an operator could not rely on."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from setuptools import find_namespace_packages

from crawler.entry_page import Listed
from crawler.listing import read_listing
from crawler.platforms import Platform
from crawler.sitemap import read_sitemap
from crawler.source import Source, SourceKind, read_source, read_sources
from crawler.urls import url_key
from crawler.way import Way
from monitor.catalogue import CountryNotCovered, read_catalogue, select_countries, select_starters
from tests.entry_pages import make_entry_page
from tests.installations import make_place

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config" / "sources"
PAGES = ROOT / "tests" / "pages"
CANDIDATES = Path(__file__).parents[2] / "shared" / "sources" / "catalogue.yaml"

SOURCES, FAULTS = read_sources(FOLDER)
BY_ID = {source.id: source for source in SOURCES}
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)

FOUNDING = ("GB", "CA", "US", "AU", "NZ", "IT")
GOVERNMENT = {SourceKind.GOVERNMENT_BLOG, SourceKind.NEWSROOM}
LANGUAGES = {
    "AU": {"en"},
    "CA": {"en", "fr"},
    "DE": {"de"},
    "DK": {"da"},
    "EE": {"en"},
    "EU": {"en"},
    "FR": {"fr"},
    "GB": {"en"},
    "IL": {"he"},
    "IN": {"en"},
    "INT": {"en"},
    "IT": {"it"},
    "KR": {"ko"},
    "MX": {"es"},
    "NZ": {"en"},
    "PT": {"pt"},
    "SG": {"en"},
    "US": {"en"},
    "UY": {"es"},
}
# One source for each language of a publisher that speaks two: what speaks French -> what says the same in English.
TWINS = {
    "ca-canada-ca-blogue": "ca-canada-ca-blog",
    "ca-edsc-nouvelles": "ca-esdc-news",
    "ca-gc-nouvelles": "ca-gc-news",
    "ca-on-salle-de-presse": "ca-on-newsroom",
    "ca-sct-nouvelles": "ca-tbs-news",
    "ca-snc-blogue": "ca-cds-blog",
}
CLOSED = {"us-18f-blog": "us-gsa-news", "us-usds-blog": "us-white-house-actions", "gb-dsit-news": "gb-ddcms-news"}
# Addresses that circulate and are dead, stale, renamed or served as HTML.
DEAD = re.compile(
    r"canada\.ca/en/[a-z-]+\.atom\.xml|newsReleases\.xml$(?<!hq_newsReleases\.xml)|dta\.gov\.au/(rss|feed)\.xml"
    r"|news\.ontario\.ca/.*(rss|atom)|joinup\.ec\.europa|government\.diginomica|route-fifty\.com/rss/technology"
    r"|quebec\.ca/nouvelles/rss|novascotia\.ca/news/|digital\.govt\.nz/rss|(central-government|national-security)\."
)
# Candidates whose file reads another address than the one that was suggested, and why.
ELSEWHERE = {
    "https://www.gov.wales/digital": ("gb-wales-news", "has no feed; the announcements' feed is in use elsewhere"),
    "https://digitalpublicservices.gov.wales/": ("gb-wales-cdps-blog", "a home page lists no posts: the sitemap does"),
    "https://blog.canada.ca/": ("ca-canada-ca-blog", "the site's public source has a feed.xml"),
    "https://tbs-blog.canada.ca/": ("ca-tbs-blog", "dormant since 2020, so that nothing is read"),
    "https://digital.gov.bc.ca/": ("ca-bc-digital", "the site is WordPress, which has a feed"),
    "https://novascotia.ca/news/rss/rss.asp?dept=<id>": ("ca-ns-news", "an empty stub; the new site has a listing"),
    "https://www.login.gov/": ("us-login-gov", "has no blog, so that nothing is read"),
    "https://www.digital.gov.au/": ("au-digital-gov", "a home page lists no news: the sitemap does"),
    "https://www.servicesaustralia.gov.au/": ("au-services-australia", "a home page lists no news: the sitemap does"),
    "https://www.digital.nsw.gov.au/": ("au-nsw-digital", "lists need JavaScript: the sitemap does not"),
    "https://www.vic.gov.au/": ("au-vic-digital", "a home page lists no guidance: the sitemap does"),
    "https://www.gov.il/he/api/PolicyApi/Index?skip=0&limit=10": (
        "il-gov",
        "which API is the current one is not known",
    ),
    "https://publicadministration.desa.un.org/": ("int-un-desa", "no list of news is known, so that nothing is read"),
    "https://blogs.worldbank.org/en/<blog>/feed": ("int-world-bank-digital", "a pattern, filled in"),
    "https://www.publicsectorexecutive.com/feed/": ("gb-public-sector-executive", "doubtful on a Drupal site"),
}

# Addresses of articles that others cite, and of pages beside them that are none.
ARTICLES = [
    ("au-digital-gov", "https://www.digital.gov.au/policy/ai/AI-technical-standard"),
    ("au-digital-gov", "https://www.digital.gov.au/initiatives/MDPR/foreword"),
    ("au-nsw-digital", "https://www.digital.nsw.gov.au/article/rules-as-code-test-learn-repeat"),
    ("ca-ns-news", "https://news.novascotia.ca/en/2025/03/06/more-retailers-join-nova-scotia-loyal"),
    ("de-bmds", "https://bmds.bund.de/aktuelles/pressemitteilungen/detail/ein-titel"),
    ("de-digitalservice-blog", "https://digitalservice.bund.de/blog/ein-titel"),
    ("dk-digst", "https://digst.dk/nyheder/nyhedsarkiv/2026/januar/en-titel/"),
    ("eu-interoperable-europe", "https://interoperable-europe.ec.europa.eu/collection/eupl/news/a-title"),
    ("gb-government-computing", "https://www.governmentcomputing.com/local-government/news/a-title-5949039"),
    ("gb-public-sector-executive", "https://www.publicsectorexecutive.com/articles/a-title"),
    ("it-trasformazione-digitale", "https://innovazione.gov.it/notizie/articoli/un-titolo/"),
    ("it-trasformazione-digitale", "https://innovazione.gov.it/notizie/comunicati-stampa/un-titolo/"),
    ("mx-atdt", "https://www.gob.mx/atdt/comunicacion/llave-mx-moderniza-el-acceso"),
    ("nz-digital-govt", "https://www.digital.govt.nz/news/government-digital-delivery-agency-established"),
    ("nz-digital-govt", "https://www.digital.govt.nz/blog/a-title"),
    ("pt-digital-gov", "https://digital.gov.pt/pt/noticias/um-titulo"),
    ("sg-govinsider", "https://govinsider.asia/intl-en/article/a-title"),
    ("sg-govtech", "https://www.tech.gov.sg/media/technews/a-title"),
    ("us-omb-memoranda", "https://www.whitehouse.gov/wp-content/uploads/2025/02/M-25-21-A-Title.pdf"),
    ("uy-agesic", "https://www.gub.uy/agencia-x/comunicacion/noticias/un-titulo"),
]
BESIDE = [
    ("ca-ns-news", "https://news.novascotia.ca/en/2025"),
    ("de-digitalservice-blog", "https://digitalservice.bund.de/en/blog/a-title"),
    ("dk-digst", "https://digst.dk/nyheder/nyhedsarkiv/2026/"),
    ("it-trasformazione-digitale", "https://innovazione.gov.it/notizie/articoli/"),
    ("nz-digital-govt", "https://www.digital.govt.nz/news/?page=2"),
    ("sg-govtech", "https://www.tech.gov.sg/media/"),
    ("us-omb-memoranda", "https://www.whitehouse.gov/wp-content/uploads/2025/02/seal.png"),
]


def list_rows(source: Source, address: str) -> set[str]:
    """What a source makes of its listings or sitemaps when they have this address."""
    links, urls = f'<p><a href="{address}">A title</a></p>', f"<urlset><url><loc>{address}</loc></url></urlset>"
    rows: set[str] = set()
    for entry in source.entry_points:
        is_listing = entry.way is Way.LISTING
        values: dict[str, Any] = {"url": entry.url, "entry": entry, "keep_only": source.keep_only}
        page = make_entry_page(links if is_listing else urls, entry.way, **values)
        listed = read_listing(page) if is_listing else read_sitemap(page)
        assert isinstance(listed, Listed)
        rows |= {row.url for row in listed.rows}
    return rows


def find_missing_samples(source: Source, pages: Path) -> list[str]:
    """What keeps the platform of a source from being proved: for each way in, a saved page and what it must give."""
    if source.platform is None:
        return ["names no platform"]
    ways = {point.way.value for point in source.entry_points}
    proved = {path.name.split(".")[0] for path in (pages / source.platform).glob("*.expected.json")}
    return [
        f"{source.platform}: no sample {way}* with its .expected.json"
        for way in sorted(ways)
        if not any(name.startswith(way) for name in proved)
    ]


def test_every_file_parses_and_is_what_the_package_ships() -> None:
    """One copy is the truth: the package's folder leads to the repository's."""
    assert FAULTS == ()
    assert {path.stem for path in FOLDER.iterdir()} == set(BY_ID)
    assert {entry.source.id: entry.text for entry in read_catalogue()} == {
        source.id: (FOLDER / f"{source.id}.toml").read_text(encoding="utf-8") for source in SOURCES
    }


def test_a_wheel_takes_the_catalogue_in() -> None:
    """setuptools follows the link, because it is a folder of the package."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    found = find_namespace_packages(str(ROOT), include=declared["packages"]["find"]["include"])

    assert "monitor.starter.sources" in found
    assert "*.toml" in declared["package-data"]["*"]


@each_source
def test_a_source_names_its_platform_and_the_platform_is_proved_by_saved_pages(source: Source) -> None:
    assert source.platform is not None
    assert find_missing_samples(source, PAGES) == []


def test_a_source_without_saved_pages_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gb-new.toml"
    file.write_text(
        'name = "New"\ncountry = "GB"\nlanguage = "en"\nkind = "newsroom"\nhomepage = "https://example.org/"\n'
        'platform = "jekyll"\nfeeds = ["https://example.org/feed.xml"]\n'
    )
    source, _ = read_source(file)
    assert source is not None
    unnamed = source.model_copy(update={"platform": None})

    assert find_missing_samples(source, tmp_path) == ["jekyll: no sample feed* with its .expected.json"]
    (tmp_path / "jekyll").mkdir()
    (tmp_path / "jekyll" / "listing.expected.json").touch()
    assert find_missing_samples(source, tmp_path) == ["jekyll: no sample feed* with its .expected.json"]
    (tmp_path / "jekyll" / "feed-full.expected.json").touch()
    assert find_missing_samples(source, tmp_path) == []
    assert find_missing_samples(unnamed, tmp_path) == ["names no platform"]


@each_source
def test_an_id_begins_with_the_country_and_the_language_is_one_that_is_spoken_there(source: Source) -> None:
    assert source.id.split("-")[0] == source.country.lower()
    assert source.language in LANGUAGES[source.country]
    assert (source.kind is SourceKind.INTERNATIONAL) == (source.country == "INT")


@each_source
def test_an_address_that_names_a_language_names_the_sources_own(source: Source) -> None:
    said = {
        found[1] or found[2]
        for point in source.entry_points
        for found in re.finditer(r"/(en|fr|it|pt)(?=/)|[?&]language=([a-z]{2})", point.url)
    }

    assert said <= {source.language}


@each_source
def test_a_source_says_what_to_expect_of_it_and_shows_its_address_openly(source: Source) -> None:
    if source.enabled:
        assert source.expect.max_gap_days
    for point in source.entry_points:
        assert point.url.startswith("https://")
        assert not DEAD.search(point.url)
        assert "<" not in point.url
    assert not source.allow_private_addresses


@each_source
def test_what_is_disabled_says_why_and_where_to_look_instead(source: Source) -> None:
    named = set(re.findall(r"\b(?:[a-z]{2}|int)-[a-z0-9-]+\b", source.note or ""))

    assert named <= set(BY_ID), "the note names a source that is not there"
    if not source.enabled:
        assert source.note
        assert len(source.note) > 30
        assert "No successor" in source.note or any(BY_ID[name].enabled for name in named)


@pytest.mark.parametrize(("closed", "successor"), CLOSED.items())
def test_what_was_closed_is_there_disabled_with_its_successor(closed: str, successor: str) -> None:
    assert not BY_ID[closed].enabled
    assert successor in str(BY_ID[closed].note)


@pytest.mark.parametrize(("source_id", "address"), ARTICLES)
def test_a_listing_or_sitemap_keeps_what_is_known_to_be_an_article(source_id: str, address: str) -> None:
    assert list_rows(BY_ID[source_id], address) == {address}


@pytest.mark.parametrize(("source_id", "address"), BESIDE)
def test_a_listing_or_sitemap_leaves_out_what_is_none(source_id: str, address: str) -> None:
    assert list_rows(BY_ID[source_id], address) == set()


def test_every_listing_was_tried_with_an_article() -> None:
    listings = {source.id for source in SOURCES if source.listing and source.enabled}

    assert listings <= {source_id for source_id, _ in ARTICLES}


def test_no_two_sources_read_the_same_entry_point() -> None:
    keys = [url_key(point.url) for source in SOURCES for point in source.entry_points]

    assert len(keys) == len(set(keys)) > 100


@pytest.mark.parametrize("country", FOUNDING)
def test_the_countries_of_the_founding_story_have_government_and_trade_press(country: str) -> None:
    kinds = [source.kind for source in SOURCES if source.country == country and source.enabled]

    assert sum(kind in GOVERNMENT for kind in kinds) >= 2
    assert kinds.count(SourceKind.TRADE_PRESS) >= 2


@pytest.mark.parametrize(("french", "english"), TWINS.items())
def test_a_publisher_of_two_languages_has_a_source_for_each(french: str, english: str) -> None:
    assert (BY_ID[french].language, BY_ID[english].language) == ("fr", "en")
    assert (BY_ID[french].kind, BY_ID[french].platform) == (BY_ID[english].kind, BY_ID[english].platform)
    assert english in str(BY_ID[french].note)


def test_french_has_a_source_wherever_its_publisher_is_bilingual() -> None:
    bilingual = {Platform.CANADA_NEWS, Platform.ONTARIO_NEWS}
    english = {source.id for source in SOURCES if source.platform in bilingual and source.language == "en"}

    assert english <= set(TWINS.values())


def read_candidates() -> Iterator[dict[str, Any]]:
    if not CANDIDATES.exists():
        pytest.skip(f"the list of candidates is not at {CANDIDATES}")
    yield from yaml.safe_load(CANDIDATES.read_text(encoding="utf-8"))


def test_every_candidate_is_in_the_catalogue_under_its_address_or_for_a_reason_elsewhere() -> None:
    """Country, language and kind are the candidate's; what a candidate gives up for closed is not read."""
    readers = {url_key(point.url): source for source in SOURCES for point in source.entry_points}
    candidates = list(read_candidates())
    hosts = {source.id: {urlsplit(url).hostname for url in addresses_of(source)} for source in SOURCES}

    for one in candidates:
        url = one["entry_url"]
        source = BY_ID[ELSEWHERE[url][0]] if url in ELSEWHERE else readers.get(url_key(url))
        assert source is not None, f"{one['name']} ({url}) is nowhere"
        assert (source.country, source.language) == (one["country"], one["language"])
        assert source.kind.value == {"international body": "international"}.get(
            one["kind"], one["kind"].replace(" ", "-")
        )
        if url in ELSEWHERE:
            assert any(urlsplit(url).hostname.removeprefix("www.") in (host or "") for host in hosts[source.id])
            assert url_key(url) not in readers
        assert not (source.enabled and re.match("CLOSED|ended as", one["status"]))
    assert len(candidates) == 106


def addresses_of(source: Source) -> list[str]:
    return [source.homepage, *(point.url for point in source.entry_points)]


def write_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def write_coverage(sources: Sequence[Source]) -> str:
    """The table of docs/sources.md that says what is covered, countries with most sources first."""
    head = ("country", "government", "international", "trade press", "disabled", "languages")
    sizes = Counter(source.country for source in sources)

    def count(country: str) -> Sequence[object]:
        ours = [source for source in sources if source.country == country]
        live = Counter(source.kind for source in ours if source.enabled)
        counts = (
            sum(live[kind] for kind in GOVERNMENT),
            live[SourceKind.INTERNATIONAL],
            live[SourceKind.TRADE_PRESS],
            sum(not source.enabled for source in ours),
        )
        return (country, *(number or "" for number in counts), ", ".join(sorted({source.language for source in ours})))

    return write_table(head, map(count, sorted(sizes, key=lambda country: (-sizes[country], country))))


def write_platforms(sources: Sequence[Source]) -> str:
    used = Counter(source.platform for source in sources)
    return write_table(("platform", "sources"), ((f"`{name.value}`", used[name]) for name in Platform))


def write_closed(sources: Sequence[Source]) -> str:
    closed = (source for source in sources if not source.enabled)
    return write_table(
        ("source", "why, and where to look instead"), ((f"`{one.id}`", one.note or "") for one in closed)
    )


@pytest.mark.parametrize("write", [write_coverage, write_platforms, write_closed])
def test_the_tables_of_the_documentation_say_what_the_files_say(write: Callable[[Sequence[Source]], str]) -> None:
    assert write(SOURCES) in (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["settings.toml", "watches.toml", "channels.toml"])
def test_the_rest_of_the_starter_is_the_repositorys_configuration(name: str) -> None:
    assert (ROOT / "config" / name).read_text("utf-8") == (ROOT / "monitor" / "starter" / name).read_text("utf-8")


def test_a_plain_starter_has_one_source_of_each_country_of_the_founding_story() -> None:
    assert {entry.source.id for entry in select_starters(read_catalogue())} == {"gb-gds-blog", "ca-cds-blog"}


def test_sources_are_chosen_by_country() -> None:
    chosen = select_countries(read_catalogue(), ["gb", "CA"])

    assert {entry.source.country for entry in chosen} == {"GB", "CA"}
    with pytest.raises(CountryNotCovered, match=r"no source of ZZ in the catalogue: there are .*CA.*GB"):
        select_countries(read_catalogue(), ["GB", "ZZ"])


def test_a_catalogue_of_which_nothing_can_be_reached_gives_one_table_of_clear_states(tmp_path: Path) -> None:
    """R26: every enabled source, led to a port where nobody listens."""
    place = make_place(tmp_path)
    for entry in read_catalogue():
        led = re.sub(r"https?://[a-z0-9.-]+/", "http://127.0.0.1:1/", entry.text)
        place.write(f"sources/{entry.file_name}", f"allow_private_addresses = true\n{led}")
    enabled = {entry.source.id for entry in read_catalogue() if entry.source.enabled}

    done = place.run("crawl")
    lines = done.stdout.splitlines()

    assert done.returncode == 1
    assert {line.split()[0] for line in lines[1 : len(enabled) + 1] if line.split()[1] == "unreachable"} == enabled
    assert {line.split(": ")[0] for line in lines[len(enabled) + 1 : -1]} == enabled
    assert f"none of the {len(enabled)} sources could be reached: is this machine online?" in done.stderr
