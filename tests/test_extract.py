"""Pages of every platform give their title, day and text, and nothing of what stands around it; rows fill what pages lack."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.announcement import (
    Announcement,
    DateSource,
    FetchedPage,
    KeyKind,
    Loss,
    NotAPage,
    PublicationDate,
    Row,
    TextState,
    Validators,
)
from crawler.extract import announce_row, read_page
from crawler.platforms import Platform
from crawler.way import Way
from tests.crawling import PARAGRAPH
from tests.samples import Article, find_articles, find_differences

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://www.agency.example/news/7"
ARTICLES = find_articles()
OURS = [article for article in ARTICLES if "has" in article.expected]
TEXT = PARAGRAPH.strip()
MORE = "Officials will meet twice a year, and publish what they have agreed."


def announce(page: FetchedPage) -> Announcement:
    told = read_page(page, now=NOW)
    assert isinstance(told, Announcement), told
    return told


def names(articles: list[Article]) -> list[str]:
    return [article.name for article in articles]


@pytest.mark.parametrize("article", ARTICLES, ids=names(ARTICLES))
def test_a_saved_page_gives_its_title_day_and_text_and_nothing_else(article: Article) -> None:
    """R21, R27."""
    assert find_differences(article, read_page(article.fetch(), now=NOW)) == []


def test_a_saved_page_that_gives_something_else_is_noticed() -> None:
    article = next(one for one in ARTICLES if one.name == "hugo/article.html")
    other = {
        **article.expected,
        "title": "T",
        "published_on": None,
        "text_chars": 9,
        "has": ["Never said"],
        "lacks": ["We have rewritten"],
    }
    told = read_page(article.fetch(), now=NOW)
    wrong = find_differences(replace(article, expected=other), told)
    assert [one.partition(":")[0] for one in wrong] == ["title", "published_on", "lacks", "has", "text_chars"]


@pytest.mark.parametrize("article", OURS, ids=names(OURS))
def test_a_page_of_ours_gives_its_title_and_text_without_the_row_s_help(article: Article) -> None:
    """Even that of tables, which has no heading, and a <title> that begins with the name of the site."""
    page = article.fetch()
    told = announce(replace(page, row=Row(url=page.url, entry_point="", way=Way.SITEMAP)))
    assert told.title == article.expected["title"]
    assert [sentence for sentence in article.expected["has"] if sentence not in (told.text or "")] == []


def test_no_platform_is_without_a_saved_page() -> None:
    assert {article.path.parent.name for article in ARTICLES} == {platform.value for platform in Platform}


def test_pages_in_french_italian_and_german_are_among_them() -> None:
    assert {"fr", "it", "de", "en-US"} <= {article.expected.get("language") for article in ARTICLES}


# -- what the row and the page say together


def row(**values: Any) -> Row:
    return Row(**{"url": URL, "entry_point": "https://www.agency.example/feed", "way": Way.FEED, **values})


def page(body: str | bytes, *, kind: str | None = "text/html; charset=utf-8", **values: Any) -> FetchedPage:
    """The page at URL; `values` are the page's own where it has them, and else the row's."""
    own: dict[str, Any] = {
        "source": "press", "source_name": "The Press Office", "language": "en", "requested_url": URL, "url": URL, "redirects": (),
        "content_type": kind, "body": body.encode() if isinstance(body, str) else body, "validators": None, "country": None,
    }  # fmt: skip
    said = {name: values.pop(name) for name in own if name in values}
    return FetchedPage(**{**own, **said, "row": row(**values)})


def html(
    text: str = f"<p>{TEXT}</p><p>{MORE}</p>", *, title: str = "A memorandum is signed", head: str = "", lang: str = ""
) -> str:
    return (
        f"<!DOCTYPE html><html{lang and f' lang={lang}'}><head><title>{title}</title>{head}</head><body><main><article><h1>{title}</h1>{text}"
        "</article></main></body></html>"
    )


FULL = f"<p>{PARAGRAPH * 4}</p>"


@pytest.mark.parametrize(
    ("content", "body", "state"),
    [
        (None, html(), TextState.PAGE),
        (FULL, html(f"<p>{PARAGRAPH * 4}</p>"), TextState.PAGE),
        (FULL, html("<p>Only its beginning is shown here.</p>"), TextState.FEED),
        (FULL, html(""), TextState.FEED),
        ("<p>Short.</p>", html(""), TextState.MISSING),
        (f"<p>{PARAGRAPH * 4} […]</p>", html(""), TextState.MISSING),
        (f"<p>{PARAGRAPH * 4}</p><p>Continue reading A memorandum is signed</p>", html(""), TextState.MISSING),
        (None, html(""), TextState.MISSING),
    ],
)
def test_the_feed_s_full_text_stands_in_where_the_page_gives_less_than_half(
    content: str | None, body: str, state: TextState
) -> None:
    """R17: with neither, the text is missing, and the page is asked for again."""
    told = announce(page(body, title="A memorandum is signed", content_html=content))
    assert told.text_state is state
    assert (told.text is None, told.missing is not None) == (state is TextState.MISSING, state is TextState.MISSING)


def test_a_declared_article_body_is_the_text_if_it_holds_most_of_it() -> None:
    around = "<div class='box'><p>Ferries are late today, and nobody knows for how long they will be.</p></div>"
    declared = f"<div itemprop='articleBody'><p>{TEXT}</p><p>{MORE}</p></div>{around}"
    little = f"<div itemprop='articleBody'><p>{MORE}</p></div><div><p>{TEXT}</p></div>"
    assert announce(page(html(declared))).text == f"{TEXT}\n{MORE}"
    assert TEXT in (announce(page(html(little))).text or "")


def test_a_declared_article_body_is_the_text_beside_a_main_part_that_is_shorter_than_twice_its_length() -> None:
    body = f"<main><p>{TEXT}</p><p>{MORE}</p></main><div itemprop='articleBody'><p>{TEXT}</p></div>"
    told = announce(page(f"<html><head><title>A memorandum is signed</title></head><body>{body}</body></html>"))
    assert told.text == TEXT


def test_a_division_that_stands_for_a_paragraph_is_text() -> None:
    """Editors paste from mail programs, and SharePoint makes nothing else."""
    mixed = f'<div class="entry-content">{FULL}<div>{MORE} {TEXT}</div>{FULL}</div>'
    assert f"{MORE} {TEXT}" in (announce(page(html(mixed))).text or "")
    menu = "".join(f'<li><a href="/{number}">Department {number}</a></li>' for number in range(9))
    divisions = f"<h1>A memorandum is signed</h1><div>{PARAGRAPH * 3}</div><div>&nbsp;</div><div>{PARAGRAPH * 3}</div>"
    body = f"<html><body><form><div><ul>{menu}</ul></div><div>{divisions}</div></form></body></html>"
    assert (announce(page(body)).text or "").startswith(PARAGRAPH.strip())


SIGNED = (
    "The two governments signed a memorandum on forms, on the records of land, and on the harbours of both, in June."
)
LINKED = f'<p> <a href="/memorandum"><b>{SIGNED}</b></a></p>'


@pytest.mark.parametrize(
    ("middle", "is_text"),
    [
        (f"<p>{TEXT}</p>{LINKED}<p>{MORE} {TEXT}</p>", True),
        (f"<p>{TEXT}</p>{LINKED.replace('June.', 'June')}<p>{MORE} {TEXT}</p>", False),  # a headline
        (f"<p>{TEXT}</p><p>{MORE} {TEXT}</p>{LINKED}", False),
        (f"<p>{TEXT}</p>{LINKED}{LINKED}<p>{MORE} {TEXT}</p>", False),
        (f"<p>{TEXT}</p>{LINKED.replace('<p>', '<ul><li>').replace('</p>', '</li></ul>')}<p>{MORE} {TEXT}</p>", False),
    ],
)
def test_a_sentence_that_is_a_link_is_text_between_paragraphs_alone(middle: str, *, is_text: bool) -> None:
    assert (SIGNED[:-1] in (announce(page(html(middle))).text or "")) is is_text


def test_what_stands_above_the_title_and_the_day_beneath_it_are_no_text() -> None:
    body = f"<html><body><main><p>Press release 41</p><p>3 June 2026</p><h1>A memorandum is signed</h1><p>Published: 3 June 2026</p>{FULL}</main></body></html>"
    assert (announce(page(body)).text or "").startswith(PARAGRAPH.strip())


@pytest.mark.parametrize(
    ("between", "is_text"),
    [
        ("<header><p>Forms become one, and owners see what is still missing.</p></header>", True),
        ("<p>Forms become one</p>", False),
        ("<p>9 of 12 people found this page helpful.</p>", False),
        ('<div class="notice"><p>Forms become one, and owners see what is still missing.</p></div>', False),
        ("<figure><p>Forms become one, and owners see what is still missing.</p></figure>", False),
        ("<aside><p>Forms become one, and owners see what is still missing.</p></aside>", False),
    ],
)
def test_the_sentence_between_the_title_and_the_text_is_text_too(between: str, *, is_text: bool) -> None:
    """Many systems keep it in a field, and print it in a part, of its own."""
    title = "<title>A memorandum is signed</title>"
    body = f'<main><h1>A memorandum is signed</h1>{between}<article itemprop="articleBody">{FULL}<p>{TEXT}</p></article></main>'
    told = announce(page(f"<html><head>{title}</head><body>{body}</body></html>"))
    assert (told.text or "").startswith(PARAGRAPH.strip()) is not is_text


@pytest.mark.parametrize(("page_form", "lead_form", "is_text"), [("form", "div", True), ("div", "form", False)])
def test_a_form_around_the_page_is_no_form_of_the_page(page_form: str, lead_form: str, *, is_text: bool) -> None:
    """ASP.NET and SharePoint put one around everything."""
    lead = f"<{lead_form}><p>Forms become one, and owners see what is still missing.</p></{lead_form}>"
    body = f"<{page_form}><div><h1>A memorandum is signed</h1>{lead}</div><article>{FULL}</article></{page_form}>"
    told = announce(page(f"<html><head><title>A memorandum is signed</title></head><body>{body}</body></html>"))
    assert (told.text or "").startswith("Forms become one,") is is_text


@pytest.mark.parametrize("label", ['<span class="caption">Press release</span> ', "<span>Media release: </span>"])
def test_a_label_in_the_heading_is_no_part_of_title_or_text(label: str) -> None:
    lead = "<p>Forms become one, and owners see what is still missing.</p>"
    body = f"<div><h1>{label}A memorandum is signed</h1>{lead}</div><article>{FULL}</article>"
    told = announce(
        page(f"<html><head><title>A memorandum is signed - Agency</title></head><body>{body}</body></html>")
    )
    assert told.title == "A memorandum is signed"
    assert (told.text or "").startswith("Forms become one,")


def test_a_title_alone_is_no_text() -> None:
    """R17, R24."""
    told = announce(page(html("")))
    assert (told.text, told.text_state, told.missing) == (None, TextState.MISSING, Loss.UNREADABLE)


def test_what_wordpress_adds_to_a_feed_is_no_part_of_the_text() -> None:
    footer = '<p>The post <a href="/7">A memorandum is signed</a> appeared first on <a href="/">The Agency</a>.</p>'
    told = announce(
        page(html(""), title="A memorandum is signed", content_html=FULL + footer, summary=f"Both sides sign. {footer}")
    )
    assert told.text == (PARAGRAPH * 4).strip()
    assert told.summary == "Both sides sign."


@pytest.mark.parametrize(
    ("summary", "head", "expected"),
    [
        ("The feed's summary.", '<meta name="description" content="The page\'s.">', "The feed's summary."),
        ("The feed's summary […]", "", "The feed's summary"),
        ("<p>In <b>bold</b> &amp; plain</p>", "", "In bold & plain"),
        (None, '<meta name="description" content="The page\'s.">', "The page's."),
        (None, "", f"{TEXT} {MORE}"),
        ("x " * 400, "", ("x " * 249).strip() + "…"),
    ],
)
def test_a_summary_is_one_line_of_at_most_500_characters(summary: str | None, head: str, expected: str) -> None:
    told = announce(page(html(head=head), title="A memorandum is signed", summary=summary))
    assert told.summary == expected
    assert len(expected) <= 500


@pytest.mark.parametrize(
    ("said", "lang", "source", "language"),
    [
        ("fr", "it", "en", "it"),
        ("fr", "", "en", "fr"),
        (None, "", "en", "en"),
        (None, "en_GB", "en", "en-GB"),
        ("x-default", "und", "de", "de"),
    ],
)
def test_the_language_is_the_page_s_then_the_row_s_then_the_source_s(
    said: str | None, lang: str, source: str, language: str
) -> None:
    made = page(html(f"<p>{MORE}</p>", lang=lang), language=source)
    assert announce(replace(made, row=replace(made.row, language=said))).language == language


ITALIAN = "Il governo ha presentato oggi un piano per rinnovare il modo in cui i cittadini chiedono online permessi e prestazioni. "


@pytest.mark.parametrize(
    ("text", "said", "source", "language"),
    [
        (ITALIAN * 3, "en", "it", "it"),
        (ITALIAN * 3, "en", "it-IT", "it-IT"),
        (ITALIAN * 3, "en-US", "fr", "it"),
        (ITALIAN * 3, "it-CH", "en", "it-CH"),
        (ITALIAN * 3, "sl", "en", "sl"),
        (ITALIAN, "en", "it", "en"),  # too little to be sure
        (PARAGRAPH * 2, "en", "it", "en"),
        (f"{PARAGRAPH * 2} {ITALIAN * 3}", "en", "it", "en"),
    ],
)
def test_a_template_s_word_is_not_believed_where_the_text_contradicts_it(
    text: str, said: str, source: str, language: str
) -> None:
    assert announce(page(html(f"<p>{text}</p>", lang=said), language=source)).language == language


def test_the_author_is_the_page_s_then_the_row_s() -> None:
    assert (
        announce(page(html(head='<meta name="author" content="By Ada Clerk">'), author="Feed Name")).author
        == "Ada Clerk"
    )
    assert announce(page(html(), author="Feed Name")).author == "Feed Name"
    assert announce(page(html(head='<meta name="author" content="https://social.example/ada">'))).author is None


def test_the_day_is_settled_between_all_who_name_it() -> None:
    """R21: the feed is in UTC; the page prints the day in Ottawa, and its meta tag has a wrong fixed offset."""
    body = html(
        f'<p class="date">November 12, 2026</p><p>{TEXT}</p>',
        head='<meta property="article:published_time" content="2026-11-13T00:00:00Z">',
    )
    feed = PublicationDate(on=date(2026, 11, 13), at=datetime(2026, 11, 13, 3, tzinfo=UTC), source=DateSource.FEED)
    told = announce(page(body, published=feed))
    assert told.published == PublicationDate(on=date(2026, 11, 12), at=feed.at, source=DateSource.PAGE)


@pytest.mark.parametrize(
    ("title", "label", "on"),
    [
        ("Accessibility rules for public bodies updated", "", date(2026, 11, 12)),
        ("Report of the review: deadline and events", "", date(2026, 11, 12)),
        ("A memorandum is signed", "<p>Last updated</p>", None),
    ],
)
def test_a_title_is_no_label_of_the_date_beneath_it(title: str, label: str, on: date | None) -> None:
    """R21: many titles say that something was updated, reviewed or extended."""
    body = html(f'{label}<p class="date">12 November 2026</p><p>{TEXT}</p>', title=title)

    assert announce(page(body)).published.on == on


@pytest.mark.parametrize(
    ("data", "on"),
    [
        ('{"@type": "NewsArticle", "datePublished": "2026-06-03T10:00:00Z"}', date(2026, 6, 3)),
        ('//<![CDATA[\n{"@type": "NewsArticle", "datePublished": "2026-06-03"}\n//]]>', date(2026, 6, 3)),
        ('/*<![CDATA[*/[{"@type": "NewsArticle", "datePublished": "2026-06-03"}]/*]]>*/', date(2026, 6, 3)),
        ('<!-- {"@type": "NewsArticle", "datePublished": "2026-06-03"} -->', date(2026, 6, 3)),
        ('{"@type": "NewsArticle", "headline": "A "memorandum"", "datePublished": "2026-06-03",}', date(2026, 6, 3)),
        ('{"headline": "A "memorandum"", "datePublished": "2026-06-03", "x": {"datePublished": "2026-05-03"}}', None),
        ('{"@type": "NewsArticle", "dateModified": "2026-06-03"}', None),
        ('{"@type": "NewsArticle", "mentions": {"@type": "NewsArticle", "datePublished": "2026-06-03"}}', None),
        ("nothing", None),
    ],
)
def test_the_day_in_linked_data_is_found_whatever_is_around_it_or_wrong_with_it(data: str, on: date | None) -> None:
    """R21."""
    head = f'<script type="application/ld+json">{data}</script>'
    assert announce(page(html(head=head))).published.on == on


@pytest.mark.parametrize(
    ("country", "url", "on"),
    [
        ("US", "https://www.trade.example/news/7", date(2026, 6, 3)),
        ("GB", "https://www.trade.example/news/7", date(2026, 3, 6)),
        ("INT", "https://www.agency.gov/news/7", date(2026, 6, 3)),
        ("INT", "https://www.trade.example/news/7", None),
        (None, "https://www.agency.gov.uk/news/7", date(2026, 3, 6)),
    ],
)
def test_a_day_in_figures_is_read_as_the_source_s_country_writes_it(
    country: str | None, url: str, on: date | None
) -> None:
    """R21: most of the trade press has no country in its address."""
    body = html(f'<p class="date">06/03/2026</p><p>{TEXT}</p>', lang="en")
    assert announce(page(body, country=country, url=url, requested_url=url)).published.on == on


def test_no_date_is_null_and_never_now() -> None:
    """R8, R21."""
    assert announce(page(html())).published == PublicationDate()


# -- addresses and keys


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://www.agency.example/news/7-a-memorandum", "https://www.agency.example/news/7-a-memorandum"),
        ("/news/7-a-memorandum", "https://www.agency.example/news/7-a-memorandum"),
        ("https://agency.example/news/7", URL),
        ("https://www.agency.example/", URL),
        ("https://www.agency.example/news/", URL),
        ("https://elsewhere.example/news/7", URL),
        ("javascript:alert(1)", URL),
        ("http://[", URL),
        ("", URL),
    ],
)
def test_a_canonical_address_is_believed_where_it_can_be_one(href: str, url: str) -> None:
    assert announce(page(html(head=f'<link rel="canonical" href="{href}">'))).url == url


def test_a_detour_that_leads_back_to_the_page_names_nothing() -> None:
    """A trial of cookies is the same for all pages."""
    told = announce(page(html(), requested_url=URL, redirects=("https://www.agency.example/trial",), url=URL))
    assert [key.value for key in told.keys] == [URL]


def test_every_name_of_a_page_is_a_key_strongest_first() -> None:
    """R14, R15."""
    told = announce(
        page(
            html(head='<link rel="canonical" href="/news/7-a-memorandum">'), guid="tag:7", requested_url=f"{URL}?utm_source=feed",
            redirects=("https://www.agency.example/n/7",), url="https://www.agency.example/news/seven",
        )
    )  # fmt: skip
    assert [(key.kind, key.value) for key in told.keys] == [
        (KeyKind.REQUESTED, URL),
        (KeyKind.REDIRECT, "https://www.agency.example/n/7"),
        (KeyKind.REDIRECT, "https://www.agency.example/news/seven"),
        (KeyKind.CANONICAL, "https://www.agency.example/news/7-a-memorandum"),
        (KeyKind.GUID, "tag:7"),
    ]


def test_the_server_s_marks_travel_with_the_announcement() -> None:
    marks = Validators(url=URL, etag='"7"')
    assert announce(page(html(), validators=marks)).validators == marks


# -- other kinds of answers


@pytest.mark.parametrize(
    ("body", "kind", "detail"),
    [
        (b"PK\x03\x04...", "application/zip", "a file of another kind, sent as application/zip"),
        (b"PK\x03\x04...", "text/html", "a file of another kind, sent as text/html"),
        (b"\x89PNG\r\n", None, "a file of another kind, sent as nothing"),
        (b"GIF89a", "image/gif", "a file of another kind, sent as image/gif"),
        (b"\xd0\xcf\x11\xe0", "application/msword", "a file of another kind, sent as application/msword"),
        (b'{"a": 1}', "application/json", "not a page but application/json"),
        (b"body { color: red }", "text/css; charset=utf-8", "not a page but text/css"),
    ],
)
def test_a_file_of_another_kind_is_no_announcement(body: bytes, kind: str | None, detail: str) -> None:
    assert read_page(page(body, kind=kind), now=NOW) == NotAPage(loss=Loss.NOT_A_DOCUMENT, detail=detail)


@pytest.mark.parametrize(
    "kind", [None, "text/html", "application/xhtml+xml", "application/octet-stream", "application/json"]
)
def test_a_page_is_known_by_its_beginning_whatever_it_is_called(kind: str | None) -> None:
    assert announce(page(html(), kind=kind)).title == "A memorandum is signed"


def test_plain_text_is_a_page_of_its_own_kind() -> None:
    told = announce(page(f"A memorandum is signed\n\n{TEXT}\n", kind="text/plain"))
    assert (told.title, told.text) == ("A memorandum is signed", f"A memorandum is signed\n{TEXT}")
    assert announce(page(TEXT, kind="text/plain", title="From the feed")).title == "From the feed"


@pytest.mark.parametrize(
    ("encoding", "kind", "head"),
    [
        ("utf-8", "text/html", ""),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("cp1252", "text/html", ""),
        ("cp1252", "text/html; charset=utf-8", ""),
        ("cp1252", "text/html; charset=windows-1252", ""),
        ("iso8859-2", "text/html", '<meta charset="iso-8859-2">'),
        ("utf-16", "text/html", ""),
        ("utf-8-sig", "text/html; charset=utf-16", ""),
    ],
)
def test_letters_are_read_as_they_were_written(encoding: str, kind: str, head: str) -> None:
    title = "Žádost o účet" if encoding == "iso8859-2" else "L’accord à l’été, même “déjà” signé"
    assert announce(page(html(title=title, head=head).encode(encoding), kind=kind)).title == title


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>" + b"<div>" * 3000 + b"Deep" + b"</div>" * 3000,
        b"<html><head><title>A\x00B</title></head><body><p>" + "\ud800".encode("utf-8", "surrogatepass") * 9,
        b"<html><script type='application/ld+json'>" + b"[" * 50_000 + b"</script><title>T</title><body><p>x",
        b"<html><title>T</title><body>" + b"<p class='date'>1 January 2026</p>" * 3000,
        b"<!DOCTYPE html>" + b"<" * 5000,
    ],
)
def test_no_page_is_too_odd(body: bytes) -> None:
    """R39."""
    assert isinstance(read_page(page(body, title="A title"), now=NOW), Announcement | NotAPage)


# -- a row without its page

GONE_AWAY = NotAPage(loss=Loss.TIMEOUT, detail="no complete answer in time")


def test_a_row_is_announced_without_its_page_and_says_why() -> None:
    """R17."""
    told = announce_row(
        row(title=" A title ", summary="In short.", author="Ada"), source="press", language="en", missing=GONE_AWAY
    )
    assert told is not None
    assert (told.title, told.summary, told.author, told.language) == ("A title", "In short.", "Ada", "en")
    assert (told.text, told.text_state, told.missing, told.missing_detail) == (
        None,
        TextState.MISSING,
        GONE_AWAY.loss,
        GONE_AWAY.detail,
    )


def test_a_row_with_its_whole_text_needs_no_page() -> None:
    told = announce_row(
        row(title="A title", content_html=FULL, language="fr"), source="press", language="en", missing=GONE_AWAY
    )
    assert told is not None
    assert (told.text, told.text_state, told.missing, told.language) == (
        (PARAGRAPH * 4).strip(),
        TextState.FEED,
        None,
        "fr",
    )


def test_the_addresses_after_redirects_are_keys_of_a_row_too() -> None:
    told = announce_row(
        row(title="A title"), source="press", language="en", missing=GONE_AWAY, addresses=(URL, f"{URL}/b")
    )
    assert told is not None
    assert [key.value for key in told.keys] == [URL, f"{URL}/b"]


@pytest.mark.parametrize("title", [None, "", "  ", "News"])
def test_a_row_without_a_title_announces_nothing(title: str | None) -> None:
    assert announce_row(row(title=title), source="press", language="en", missing=GONE_AWAY) is None
