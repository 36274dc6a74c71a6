"""What comes in a page's place is told from the page, at entry points and pages, whatever status it comes with (R24)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from crawler.announcement import Announcement, FetchedPage, Loss, NotAPage, Row, TextState
from crawler.api import read_api
from crawler.entry_page import EntryPage, Listed
from crawler.extract import read_page
from crawler.feed import read_feed
from crawler.impostor import find_impostor, find_refusal
from crawler.listing import read_listing
from crawler.quality import find_wall_header
from crawler.sitemap import read_sitemap
from crawler.way import Way
from tests.crawling import PARAGRAPH, crawl, make_feed, make_item, make_order, make_page, make_source
from tests.entry_pages import make_entry_page
from tests.loopback import Answer, Site
from tests.samples import PAGES

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://www.agency.example/news/7"
LISTED = "Two governments sign a memorandum"
WALLS = PAGES / "walls"

# Saved page -> what it is, and the sign by which that is known.
EXPECTED: Mapping[str, tuple[Loss, str]] = {
    "akamai-challenge": (Loss.BOT_WALL, "Akamai's wall"),
    "akamai-denied": (Loss.BOT_WALL, "Akamai's wall"),
    "akamai-interstitial": (Loss.BOT_WALL, "Akamai's wall"),
    "anubis": (Loss.BOT_WALL, "Anubis's wall"),
    "aws-waf-captcha": (Loss.BOT_WALL, "AWS WAF's wall"),
    "aws-waf-challenge": (Loss.BOT_WALL, "AWS WAF's wall"),
    "captcha": (Loss.BOT_WALL, "a challenge to prove that we are human"),
    "captcha-fr": (Loss.BOT_WALL, "a challenge to prove that we are human"),
    "cloudflare-1020": (Loss.BOT_WALL, "Cloudflare's wall"),
    "cloudflare-521": (Loss.SERVER_ERROR, 'the page is titled "agency.example | 521: Web server is down"'),
    "cloudflare-blocked": (Loss.BOT_WALL, "Cloudflare's wall"),
    "cloudflare-challenge": (Loss.BOT_WALL, "Cloudflare's wall"),
    "cloudflare-checking": (Loss.BOT_WALL, "Cloudflare's wall"),
    "cloudfront-blocked": (Loss.BOT_WALL, "CloudFront's wall"),
    "cloudfront-country": (Loss.BOT_WALL, "CloudFront's wall"),
    "cloudfront-origin": (Loss.SERVER_ERROR, 'the page is titled "502 ERROR"'),
    "cookie-wall": (Loss.BOT_WALL, "a cookie wall"),
    "cookie-wall-fr": (Loss.BOT_WALL, "a cookie wall"),
    "cookie-wall-it": (Loss.BOT_WALL, "a cookie wall"),
    "cookies-off": (Loss.BOT_WALL, "a cookie wall"),
    "database-down": (Loss.SERVER_ERROR, 'the page is titled "Error establishing a database connection"'),
    "datadome": (Loss.BOT_WALL, "DataDome's wall"),
    "f5": (Loss.BOT_WALL, "F5's wall"),
    "incapsula": (Loss.BOT_WALL, "Incapsula's wall"),
    "log-in": (Loss.LOGIN, f"a log-in form at {URL}"),
    "log-in-fr": (Loss.LOGIN, f"a log-in form at {URL}"),
    "log-in-it": (Loss.LOGIN, f"a log-in form at {URL}"),
    "maintenance": (Loss.SERVER_ERROR, 'the page is titled "This site is under maintenance"'),
    "maintenance-fr": (Loss.SERVER_ERROR, 'the page is titled "Site en cours de maintenance"'),
    "maintenance-it": (Loss.SERVER_ERROR, 'the page is titled "Sito in manutenzione"'),
    "pardon": (Loss.BOT_WALL, 'the page says only "Pardon Our Interruption"'),
    "soft-404": (Loss.SOFT_NOT_FOUND, 'the page is titled "Page not found"'),
    "soft-404-bilingual": (Loss.SOFT_NOT_FOUND, 'the page is titled "We couldn\'t find that Web page"'),
    "soft-404-fr": (Loss.SOFT_NOT_FOUND, 'the page is titled "Page introuvable"'),
    "soft-404-it": (Loss.SOFT_NOT_FOUND, 'the page is titled "Pagina non trovata"'),
    "soft-404-with-news": (Loss.SOFT_NOT_FOUND, 'the page is titled "We can\'t find that page"'),
    "soft-404-wordpress": (Loss.SOFT_NOT_FOUND, 'the page is titled "Oops! That page can’t be found."'),
    "sucuri": (Loss.BOT_WALL, "Sucuri's wall"),
}
# Where the status says the rest already: a page that is not there, a server that fails, a wall without a name.
NAMELESS = {
    "pardon",
    *(name for name, (loss, _) in EXPECTED.items() if loss in {Loss.SERVER_ERROR, Loss.SOFT_NOT_FOUND}),
}


def saved(name: str) -> bytes:
    return (WALLS / f"{name}.html").read_bytes()


def read(body: bytes, *, title: str | None = LISTED, url: str = URL, asked: str = URL) -> Announcement | NotAPage:
    page = FetchedPage(
        source="press", source_name="The Press Office", language="en",
        row=Row(url=asked, entry_point="https://www.agency.example/feed", way=Way.FEED, title=title),
        requested_url=asked, url=url, redirects=(), content_type="text/html; charset=utf-8", body=body, validators=None,
    )  # fmt: skip
    return read_page(page, now=NOW)


def test_every_saved_wall_is_in_the_table() -> None:
    assert {path.stem for path in WALLS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("title", [LISTED, None])
def test_it_is_known_in_place_of_a_page(name: str, title: str | None) -> None:
    loss, detail = EXPECTED[name]
    assert read(saved(name), title=title) == NotAPage(loss=loss, detail=detail)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("reader", [read_feed, read_sitemap, read_api, read_listing])
def test_it_is_known_in_place_of_a_list(reader: Callable[[EntryPage], Listed | NotAPage], name: str) -> None:
    """R23: an entry point that answers 200 with something else is told by what that is."""
    way = Way(reader.__name__.removeprefix("read_"))
    more: dict[str, Any] = {
        Way.LISTING: {"listing": {"rows": "li.news"}},
        Way.API: {"api": {"rows": "@", "link": "a"}},
    }.get(way, {})
    loss, detail = EXPECTED[name]
    assert reader(make_entry_page(saved(name), way, url=URL, **more)) == NotAPage(loss=loss, detail=detail)


@pytest.mark.parametrize("name", EXPECTED)
def test_under_a_status_that_refuses_it_is_told_who_does(name: str) -> None:
    loss, detail = EXPECTED[name]
    named = None if name in NAMELESS else NotAPage(loss=loss, detail=detail)
    assert find_refusal(saved(name), "text/html", url=URL, requested_url=URL) == named


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\0",
        b"<html><head></head><body></body></html>",
        b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center><hr>nginx</body></html>",
        b'{"error": "forbidden"}',
        b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    ],
)
def test_a_plain_refusal_is_blamed_on_nobody(body: bytes) -> None:
    assert find_refusal(body, "text/html", url=URL, requested_url=URL) is None


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"cf-mitigated": "challenge"}, "Cloudflare's wall"),
        ({"x-amzn-waf-action": "captcha"}, "AWS WAF's wall"),
        ({"x-amzn-waf-action": "challenge"}, "AWS WAF's wall"),
        ({"x-vercel-mitigated": "deny"}, "Vercel's wall"),
        ({"x-sucuri-block": "BNP005"}, "Sucuri's wall"),
        ({"server": "cloudflare", "cf-ray": "8f00aa11bb22cc33-LHR", "x-cache": "Error from cloudfront"}, None),
        ({}, None),
    ],
)
def test_a_wall_may_be_named_in_the_headers(headers: dict[str, str], name: str | None) -> None:
    assert find_wall_header(headers) == (NotAPage(loss=Loss.BOT_WALL, detail=name) if name else None)


def plain(title: str, body: str = "<p>Please try again later.</p>") -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("body", "loss"),
    [
        # defences that send a few words of their own
        (
            plain("Captcha", "<p>Your activity and behavior on this site made us think that you are a bot.</p>"),
            Loss.BOT_WALL,
        ),
        (plain("Limited", "<h1>Your access to this site has been limited by the site owner</h1>"), Loss.BOT_WALL),
        (plain("Violation", "<h1>FortiGuard Intrusion Prevention - Access Blocked</h1>"), Loss.BOT_WALL),
        (plain("", "<h2>The request is blocked.</h2><div>20260603T101500Z-r1a2b3</div>"), Loss.BOT_WALL),
        (plain("Robot Challenge Screen", "<h1>Checking the site connection security</h1>"), Loss.BOT_WALL),
        (plain("", "<script>window.KPSDK={};</script>"), Loss.BOT_WALL),
        (plain("Zustimmung", "<p>Mit Werbung weiterlesen oder abonnieren.</p>"), Loss.BOT_WALL),
        (plain("403 Forbidden | Agency"), Loss.BOT_WALL),
        # what is not there any more, in the words of each country
        (plain("Página no encontrada | Gobierno"), Loss.SOFT_NOT_FOUND),
        (plain("Lo sentimos, la página que buscas no existe"), Loss.SOFT_NOT_FOUND),
        (plain("Agência", "<h1>Esta página não existe</h1>"), Loss.SOFT_NOT_FOUND),
        (plain("Die angeforderte Seite wurde nicht gefunden"), Loss.SOFT_NOT_FOUND),
        (plain("Pagina niet gevonden | Overheid"), Loss.SOFT_NOT_FOUND),
        (plain("Sivua ei löytynyt"), Loss.SOFT_NOT_FOUND),
        (plain("Agency", "<h1>Sorry, we can’t find the page you are looking for</h1>"), Loss.SOFT_NOT_FOUND),
        (plain("Whoops! We can't seem to find the page you're looking for."), Loss.SOFT_NOT_FOUND),
        (plain("Agency", "<h1>The article you requested has been removed</h1>"), Loss.SOFT_NOT_FOUND),
        # what fails
        (plain("Wartungsarbeiten"), Loss.SERVER_ERROR),
        (plain("Sitio en mantenimiento"), Loss.SERVER_ERROR),
        (
            plain("Error", "<p>The website encountered an unexpected error. Please try again later.</p>"),
            Loss.SERVER_ERROR,
        ),
        (plain("WordPress › Error", "<p>There has been a critical error on this website.</p>"), Loss.SERVER_ERROR),
        (plain("Oops", "<h1>Server Error in '/' Application.</h1>"), Loss.SERVER_ERROR),
        # what is for others
        (plain("Access denied | Agency", "<p>You are not authorized to access this page.</p>"), Loss.LOGIN),
    ],
)
def test_a_few_words_tell_what_came_instead(body: bytes, loss: Loss) -> None:
    for title in (LISTED, None):
        told = read(body, title=title)
        assert isinstance(told, NotAPage), told
        assert told.loss is loss


@pytest.mark.parametrize(
    "words",
    [
        "<p>You must accept cookies to view some services, the regulator found.</p>",
        "<p>Verify you are human, forms will ask no longer.</p>",
        "<p>The site is quick.</p><script>window._pxAppId = 'PX1'; AwsWafIntegration.getToken()</script>",
    ],
)
def test_a_wall_has_no_site_around_it(words: str) -> None:
    """R27: a short page that nobody has told the title of, with what walls say or defences leave in every page."""
    menu = "".join(f'<li><a href="/{number}">Service {number}</a></li>' for number in range(20))
    body = plain("New rules - The Agency", f"<header><ul>{menu}</ul></header><main><h1>New rules</h1>{words}</main>")
    alone = plain("New rules - The Agency", f"<main><h1>New rules</h1>{words}</main>")
    assert isinstance(read(body, title=None), Announcement)
    assert isinstance(read(alone, title=None), NotAPage)


def test_what_asks_for_script_is_no_text() -> None:
    """R17: the page is kept by its title and asked for again."""
    body = plain("Agency", "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>")
    told = read(body)
    assert isinstance(told, Announcement)
    assert (told.text, told.text_state) == (None, TextState.MISSING)


# -- what is empty


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\0" * 90, b"\xef\xbb\xbf"])
def test_an_empty_body_is_no_page(body: bytes) -> None:
    empty = read(body)
    assert isinstance(empty, NotAPage)
    assert empty.loss is Loss.EMPTY


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head></head><body></body></html>",
        b'<!DOCTYPE html><html><head><title></title></head><body><div id="root"></div><script src="/app.js"></script></body></html>',
    ],
)
def test_a_page_without_words_is_kept_by_its_row_or_not_at_all(body: bytes) -> None:
    """R17."""
    kept, lost = read(body), read(body, title=None)
    assert isinstance(kept, Announcement)
    assert (kept.title, kept.text, kept.text_state, kept.missing) == (LISTED, None, TextState.MISSING, Loss.UNREADABLE)
    assert isinstance(lost, NotAPage)
    assert lost.loss is Loss.EMPTY


# -- where it came from


@pytest.mark.parametrize(
    ("asked", "came", "is_home"),
    [
        ("/news/7", "/", True),
        ("/news/7", "/en/", True),
        ("/news/7", "/index.html", True),
        ("/fr/nouvelles/7", "/fr/accueil", True),
        ("/?p=7", "/", False),
        ("/", "/en", False),
        ("/news/7", "/news", False),
        ("/news/7", "/home/news/7", False),
        ("/news/7", "/?p=7", False),
    ],
)
def test_a_redirect_to_the_front_page_means_that_the_page_is_gone(asked: str, came: str, is_home: bool) -> None:
    host = "https://www.agency.example"
    answer = read(article("Another title", long=True), url=host + came, asked=host + asked)
    assert isinstance(answer, NotAPage) is is_home
    assert not isinstance(answer, NotAPage) or answer.loss is Loss.SOFT_NOT_FOUND


@pytest.mark.parametrize("path", ["/wp-login.php", "/saml2/begin", "/adfs/ls", "/user/login"])
def test_a_redirect_to_a_log_in_means_that_we_are_kept_out(path: str) -> None:
    form = b'<html><body><form>Your address: <input name="mail"> <input type="password"></form></body></html>'
    answer = read(form, url=f"https://id.agency.example{path}?to=7")
    assert answer == NotAPage(loss=Loss.LOGIN, detail=f"a log-in form at https://id.agency.example{path}?to=7")


# -- pages about such things, and pages that bear a part of them: none of them is a wall


def article(
    title: str, text: str = PARAGRAPH * 2, *, long: bool = False, around: str = "", head: str = "", site: str = ""
) -> bytes:
    """A page of some 500 characters of text, or more than any wall has."""
    document = escape(f"{title}{site}")
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{document}</title>{head}</head><body>{around}'
        f"<main><article><h1>{escape(title)}</h1><p>{text}</p><p>{PARAGRAPH * (6 if long else 1)}</p></article></main></body></html>"
    ).encode()


ABOUT = {
    "Page not found: why addresses of governments die": "Every fourth link answers 404, and half of those say page not found with a status of 200.",
    "Not found": "The inquiry into the lost files is called Not found, after what the archive answered when it was asked.",
    "Access denied: two million people are locked out of services": "They read Access denied, and you don't have permission to access this page on this server.",
    "Just a moment: how long people wait for a permit": "A moment is eleven days. The agency wants to bring that down to two.",
    "Attention required: councils miss the deadline": "They were reminded twice, and one council in three has answered.",
    "Are you a robot? The end of the CAPTCHA": "Please complete the captcha, verify you are human, confirm you are not a robot: services drop all of it.",
    "Verify you are human": "That is what the ministry's site asked of everybody for a week. Checking your browser before each page took five seconds.",
    "Under maintenance": "The road to Harbour City is under maintenance, and its site says so in plain words.",
    "Scheduled maintenance of the benefits service": "The service is temporarily unavailable on Sunday. We'll be back soon, the agency says.",
    "Service unavailable: what the outage taught us": "Error 503, bad gateway and gateway timeout came in that order.",
    "Sign in to government services with one account": "Sign in with your password, once. Two million people log in every day.",
    "Log in": "The newsletter on identity is called Log in, and this is its first issue.",
    "Connexion": "Le nouveau service d’authentification du gouvernement porte ce nom depuis lundi.",
    "Cookies are required to view this site no longer": "You must accept cookies to continue, said every second site. Please enable cookies to go on, said the rest.",
    "Before you continue to the service: new rules for consent": "Accept the cookies or subscribe: the regulator looks at sites that ask for that.",
    "Cloudflare outage takes government sites down": "Error code 521, said the pages. Cloudflare Ray ID and all: performance and security by Cloudflare were away for an hour.",
    "CloudFront: the request could not be satisfied": "So said the page, generated by cloudfront, for twenty minutes on Monday.",
    "Captcha": "An accessibility report on the word, and on what stands behind it.",
    "Security check": "The yearly review of the agency's systems is out, and it is short.",
    "404": "A film about the archive of the web is shown in the ministry on Friday.",
}  # fmt: skip


@pytest.mark.parametrize("title", ABOUT)
def test_a_listed_page_about_such_a_thing_is_a_page(title: str) -> None:
    """R27: it bears the title under which it was listed, which nothing that comes in its place knows."""
    told = read(article(title, ABOUT[title], site=" - The Agency"), title=title)
    assert isinstance(told, Announcement), told
    assert told.title == title
    assert told.text_state is TextState.PAGE


@pytest.mark.parametrize("title", sorted(ABOUT.keys() - {"Not found", "404"}))
def test_a_page_about_such_a_thing_is_a_page_even_where_nobody_has_told_its_title(title: str) -> None:
    """R27: a sitemap names addresses alone; then a text longer than any wall's has to do."""
    told = read(article(title, ABOUT[title], long=True), title=None)
    assert isinstance(told, Announcement), told


BANNER = '<div id="consent"><p>We use cookies. Accept cookies or manage your choices. You can change that later.</p><button>Accept all</button></div>'
PARTS: Mapping[str, Mapping[str, Any]] = {
    "a cookie banner": {"around": BANNER},
    "a form to sign in at the top": {"around": '<header><form action="/login"><input name="user"><input type="password"><button>Sign in</button></form></header>'},
    "a captcha in its comment form": {"head": '<script src="https://www.google.com/recaptcha/api.js"></script>', "around": '<form action="/comment"><div class="g-recaptcha"></div></form>'},
    "Cloudflare's script for every page": {"head": "<script>(function(){window.__CF$cv$params={r:'8f00'};var a='/cdn-cgi/challenge-platform/scripts/jsd/main.js';})();</script>"},
    "Cloudflare's counter": {"head": '<script defer src="https://static.cloudflareinsights.com/beacon.min.js"></script>'},
    "Akamai's sensor": {"head": '<script src="/akam/13/5a0f8b2e" defer></script><noscript><img src="/akam/13/pixel_5a0f8b2e?a=dD0x" style="visibility:hidden"></noscript>'},
    "Incapsula's script for every page": {"head": '<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script>'},
    "a word to people without scripts": {"around": "<noscript>Please enable JavaScript to see this site as it is meant to be.</noscript>"},
    "a video that needs consent": {"around": "<p>You need to accept cookies to view this video.</p>"},
    "a notice of maintenance": {"around": "<p>This site is under maintenance on Sunday from 8 to 10.</p>"},
    "a refresh after an hour": {"head": '<meta http-equiv="refresh" content="3600">'},
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("title", [LISTED, None])
def test_a_page_with_a_part_of_such_a_thing_is_a_page(part: str, title: str | None) -> None:
    """R27."""
    told = read(article(LISTED, **PARTS[part]), title=title)
    assert isinstance(told, Announcement), told
    assert told.text is not None
    assert PARAGRAPH.strip() in told.text


@pytest.mark.parametrize(
    "words",
    [
        "You need to enable JavaScript to run this app.",
        "We’re sorry but the portal doesn’t work properly without JavaScript enabled. Please enable it to continue.",
        "Veuillez activer JavaScript pour utiliser ce site.",
        "Per usare questo sito occorre abilitare JavaScript.",
        "Bitte JavaScript aktivieren.",
    ],
)
def test_the_word_of_a_page_that_scripts_fill_in_is_no_text(words: str) -> None:
    """R24: it is the same on every page of the site, so that all of them would be copies of each other."""
    shell = f'<!DOCTYPE html><html><head><title>{LISTED}</title><script src="/app.js"></script></head><body><div id="root"></div><noscript>{words}</noscript></body></html>'
    told = read(shell.encode())
    assert isinstance(told, NotAPage), told
    assert told.loss is Loss.EMPTY
    assert "render = true" in told.detail

    written = read(
        shell.replace('<div id="root"></div>', f"<main><h1>{LISTED}</h1><p>{PARAGRAPH * 2}</p></main>").encode()
    )
    assert isinstance(written, Announcement), written
    assert written.text is not None
    assert PARAGRAPH.strip() in written.text


@pytest.mark.parametrize("words", ["", "<p>There are no announcements yet.</p>", PARAGRAPH * 30])
def test_a_list_without_rows_is_only_that(words: str) -> None:
    page = f"<!DOCTYPE html><html><head><title>News - The Agency</title></head><body><main><h1>News</h1>{words}</main></body></html>"
    assert find_impostor(page.encode(), "text/html", url=URL, requested_url=URL) is None


# -- a whole crawl


def wall(name: str, status: int, **headers: str) -> Answer:
    return Answer(
        body=saved(name), status=status, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )


def test_walls_before_entry_points_and_pages_end_in_one_outcome_each(tmp_path: Path) -> None:
    """R17, R24: what is listed is kept by its title, to be asked for again; who kept us out is told, whatever the status."""
    before_pages = {
        "/cloudflare": wall("cloudflare-challenge", 403),
        "/older": wall("cloudflare-checking", 503),
        "/akamai": wall("akamai-denied", 403),
        "/waf": wall("aws-waf-captcha", 405),
        "/silent": Answer(status=202, headers={"x-amzn-waf-action": "challenge"}),
        "/cloudfront": wall("cloudfront-blocked", 403),
        "/log-in": wall("log-in", 403),
        "/plain": Answer(status=403, body="<html><head><title>403 Forbidden</title></head><body>403 Forbidden</body></html>"),
        "/soft": wall("soft-404", 200),
        "/page": make_page("Title of /page"),
    }  # fmt: skip
    before_lists = {
        "listed-by-a-wall": wall("aws-waf-challenge", 200),
        "refused-by-a-wall": wall("cloudflare-blocked", 403),
        "refused-in-a-header": Answer(status=403, headers={"cf-mitigated": "challenge"}),
        "behind-a-log-in": wall("log-in-fr", 200),
        "under-maintenance": wall("maintenance", 200),
    }
    with Site(before_pages) as site:
        site.pages["/feed"] = make_feed(*(make_item(site.url(path), f"Title of {path}") for path in before_pages))
        site.pages |= {f"/{name}": answer for name, answer in before_lists.items()}
        sources = [make_source(name, feeds=[site.url(f"/{name}")]) for name in before_lists]
        result = crawl(make_order(make_source(feeds=[site.url("/feed")]), *sources), tmp_path)
    told = {one.row.title: (one.missing, one.missing_detail) for one in result.announcements}
    assert told == {
        "Title of /cloudflare": (Loss.BOT_WALL, "403 Forbidden: Cloudflare's wall"),
        "Title of /older": (Loss.BOT_WALL, "503 Service Unavailable: Cloudflare's wall"),
        "Title of /akamai": (Loss.BOT_WALL, "403 Forbidden: Akamai's wall"),
        "Title of /waf": (Loss.BOT_WALL, "405 Method Not Allowed: AWS WAF's wall"),
        "Title of /silent": (Loss.BOT_WALL, "AWS WAF's wall"),
        "Title of /cloudfront": (Loss.BOT_WALL, "403 Forbidden: CloudFront's wall"),
        "Title of /log-in": (Loss.LOGIN, f"403 Forbidden: a log-in form at {site.url('/log-in')}"),
        "Title of /plain": (Loss.REFUSED, "403 Forbidden"),
        "Title of /page": (None, None),
    }
    assert {lost.source: (lost.loss, lost.detail, lost.status) for lost in result.losses} == {
        "press": (Loss.SOFT_NOT_FOUND, 'the page is titled "Page not found"', None),
        "listed-by-a-wall": (Loss.BOT_WALL, "AWS WAF's wall", 200),
        "refused-by-a-wall": (Loss.BOT_WALL, "403 Forbidden: Cloudflare's wall", 403),
        "refused-in-a-header": (Loss.BOT_WALL, "403 Forbidden: Cloudflare's wall", 403),
        "behind-a-log-in": (Loss.LOGIN, f"a log-in form at {site.url('/behind-a-log-in')}", 200),
        "under-maintenance": (Loss.SERVER_ERROR, 'the page is titled "This site is under maintenance"', 200),
    }
