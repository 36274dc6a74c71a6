"""Feeds of every kind, and every way in which they go wrong."""

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.announcement import DateSource, Loss, NotAPage, Row
from crawler.entry_page import Listed
from crawler.feed import read_feed
from crawler.way import Way
from tests.entry_pages import make_entry_page

SITE = "https://www.gov.example"


def read(body: bytes | str, **values: Any) -> Listed:
    listed = read_feed(make_entry_page(body, Way.FEED, **values))
    assert isinstance(listed, Listed), listed
    return listed


def read_row(body: bytes | str, **values: Any) -> Row:
    (row,) = read(body, **values).rows
    return row


def refuse(body: bytes | str) -> NotAPage:
    refused = read_feed(make_entry_page(body, Way.FEED))
    assert isinstance(refused, NotAPage), refused
    return refused


def rss(*items: str, more: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{more}{"".join(items)}</channel></rss>'


def item(link: str = f"<link>{SITE}/a</link>", more: str = "") -> str:
    return f"<item><title>A service is live</title>{link}{more}</item>"


def test_a_feed_that_its_server_leaves_off_in_the_middle_says_so() -> None:
    """R23: one that is merely badly written, and most are, is not taken for one."""
    whole = rss(item(), item(f"<link>{SITE}/b</link>"))

    assert not read(whole).breaks_off
    assert not read(whole.replace("A service is live", "R&D and <br> &nbsp;", 1)).breaks_off
    assert read(whole[: whole.index("/b")]).breaks_off
    assert read(whole[: whole.index("/b")].encode("utf-16")).breaks_off


def test_rss_2_is_read_in_full() -> None:
    row = read_row(
        rss(
            item(
                more="<guid isPermaLink='false'>tag:1</guid><pubDate>Mon, 02 Oct 2023 23:30:00 -0400</pubDate>"
                "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Ada Lovelace</dc:creator>"
                "<description>In &lt;b&gt;short&lt;/b&gt; R&amp;amp;D</description>"
                "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
                "<![CDATA[<p>The whole text, which is longer than the summary.</p>]]></content:encoded>"
            ),
            more="<language>en-ca</language>",
        )
    )
    assert (row.url, row.title, row.guid, row.author) == (f"{SITE}/a", "A service is live", "tag:1", "Ada Lovelace")
    assert row.summary == "In short R&D"
    assert row.content_html == "<p>The whole text, which is longer than the summary.</p>"
    assert row.published.on == date(2023, 10, 2)
    assert row.published.at == datetime(2023, 10, 3, 3, 30, tzinfo=UTC)
    assert row.published.source is DateSource.FEED
    assert row.language == "en-ca"
    assert (row.way, row.entry_point) == (Way.FEED, f"{SITE}/news/feed")


def test_of_several_alternates_the_page_goes_before_the_document() -> None:
    links = (
        f'<link rel="alternate" type="application/pdf" href="{SITE}/a.pdf"/>'
        f'<link rel="alternate" type="text/html" href="{SITE}/a"/>'
    )
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A service is live</title>{links}</entry></feed>'
    assert read_row(atom).url == f"{SITE}/a"


def test_a_feed_may_be_a_gzip_file() -> None:
    assert read_row(gzip.compress(rss(item()).encode(), mtime=0)).url == f"{SITE}/a"
    assert refuse(gzip.compress(rss(item()).encode(), mtime=0)[:40]).loss is Loss.UNREADABLE


def test_atom_prefers_the_alternate_link_and_tells_published_from_updated() -> None:
    row = read_row(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>N</title><entry><id>tag:gov,2023:/a</id>'
        f'<title>Une annonce</title><link rel="self" href="{SITE}/a.atom"/><link rel="edit" href="{SITE}/edit"/>'
        f'<link rel="alternate" type="text/html" href="{SITE}/a"/><published>2023-10-02T08:00:00Z</published>'
        "<updated>2023-10-05T08:00:00Z</updated><summary>Bref</summary></entry></feed>"
    )
    assert row.url == f"{SITE}/a"
    assert row.published.on == date(2023, 10, 2)
    assert row.updated_at == datetime(2023, 10, 5, 8, tzinfo=UTC)
    assert row.language == "fr"


def test_a_gov_uk_entry_has_no_publication_date_and_its_edit_changes_the_fingerprint() -> None:
    """GOV.UK's Atom id never changes, and `updated` is all that marks an edit."""
    entry = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:www.gov.uk,2005:/government/news/a</id><title>A</title>'
        '<link rel="alternate" type="text/html" href="https://www.gov.uk/government/news/a"/><updated>%s</updated>'
        "</entry></feed>"
    )
    before, after = read_row(entry % "2023-10-02T08:00:00+01:00"), read_row(entry % "2023-10-03T08:00:00+01:00")
    assert before.published.on is None
    assert before.updated_at is not None
    assert before.fingerprint != after.fingerprint
    assert before.guid == after.guid


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="0.91"><channel><item><title>A</title><link>https://www.gov.example/a</link></item></channel></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>N</title></channel>'
        '<item rdf:about="https://www.gov.example/a"><title>A</title><link>https://www.gov.example/a</link>'
        "<dc:date>2023-10-02T08:00:00Z</dc:date></item></rdf:RDF>",
        '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "url": "https://www.gov.example/a", '
        '"title": "A", "content_text": "x", "date_published": "2023-10-02T08:00:00Z"}]}',
    ],
    ids=["rss 0.91", "rss 1.0", "json feed"],
)
def test_other_formats_are_read(body: str) -> None:
    row = read_row(body)
    assert (row.url, row.title) == (f"{SITE}/a", "A")
    assert row.published.on == (None if "0.91" in body else date(2023, 10, 2))


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("<dc:creator>Ada Clerk</dc:creator><dc:creator>Tom Lee</dc:creator>", "Ada Clerk, Tom Lee"),
        ("<author>ada@agency.gov (Ada Clerk)</author>", "Ada Clerk"),
        ("<author>ada@press.agency (Ada Clerk)</author>", "Ada Clerk"),
        ("<author>ada@agency.gov</author>", None),
        ("<dc:creator>&lt;span lang=''&gt;Ada Clerk&lt;/span&gt;</dc:creator>", "Ada Clerk"),
        ("<dc:creator>admin</dc:creator>", None),
        ("<author>System Account</author>", None),
        ("", None),
    ],
)
def test_the_authors_of_an_entry_are_people_not_accounts(said: str, author: str | None) -> None:
    declared = said.replace("<dc:creator>", '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">')
    assert read_row(rss(item(more=declared))).author == author


def test_json_feed_is_read_in_full() -> None:
    entry = {
        "id": "tag:1",
        "url": "/a",
        "title": "A &amp; B",
        "summary": "Short",
        "content_html": "<p>Long</p>",
        "date_published": "2023-10-02T08:00:00+02:00",
        "date_modified": "2023-10-03T08:00:00Z",
        "authors": [{"name": "Ada"}, {"name": "Grace"}],
        "language": "it",
    }
    row = read_row("\ufeff" + json.dumps({"version": "https://jsonfeed.org/version/1", "items": [entry]}))
    assert (row.url, row.title, row.author, row.language) == (f"{SITE}/a", "A & B", "Ada, Grace", "it")
    assert (row.summary, row.content_html, row.guid) == ("Short", "<p>Long</p>", "tag:1")
    assert row.updated_at == datetime(2023, 10, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("<link>/relative/a</link>", f"{SITE}/relative/a"),
        ("<link>\n   https://www.gov.example/a\n </link>", f"{SITE}/a"),
        ("<link>https://www.gov.example/2023/créer des espaces</link>", f"{SITE}/2023/cr%C3%A9er%20des%20espaces"),
        ("<link>https://www.gov.example/2023/cr%C3%A9er/</link>", f"{SITE}/2023/cr%C3%A9er/"),
        ("<guid>https://www.gov.example/from-guid</guid>", f"{SITE}/from-guid"),
        ("<link></link><guid>https://www.gov.example/from-guid</guid>", f"{SITE}/from-guid"),
        ('<link>https://feeds.example/~r/1</link><feedburner:origLink xmlns:feedburner="http://rssnamespace.org/'
         'feedburner/ext/1.0">https://www.gov.example/a</feedburner:origLink>', f"{SITE}/a"),
    ],
)  # fmt: skip
def test_the_link_of_an_entry_is_found(link: str, url: str) -> None:
    assert read_row(rss(item(link))).url == url


@pytest.mark.parametrize(
    "link", ["", "<link></link>", "<guid>12345</guid>", "<link>javascript:void(0)</link>", "<link>http://[bad</link>"]
)
def test_an_entry_without_a_link_is_a_warning_that_names_it(link: str) -> None:
    """As in the feed of Australia's OAIC."""
    listed = read(rss(item(link), item()))
    assert [row.url for row in listed.rows] == [f"{SITE}/a"]
    assert listed.warnings == ("entry 1 (A service is live) has no link to a page",)


def test_one_guid_on_every_entry_loses_nothing() -> None:
    """R14."""
    listed = read(rss(*(item(f"<link>{SITE}/{number}</link><guid>constant</guid>") for number in range(5))))
    assert [row.guid for row in listed.rows] == [None] * 5
    assert len(set(listed.keys)) == 5


def test_repeated_links_are_one_row_and_the_richer_one_is_kept() -> None:
    listed = read(
        rss(item(), item(more="<description>More is said here</description>"), item(f"<link>{SITE}/b</link>"))
    )
    assert [(row.url, row.summary) for row in listed.rows] == [
        (f"{SITE}/a", "More is said here"),
        (f"{SITE}/b", None),
    ]


@pytest.mark.parametrize(
    ("printed", "on"),
    [
        ("Sun, 27 Sep 26 10:00:00 GMT", date(2026, 9, 27)),
        ("Sep 28, 2026 00:00:00-0400", date(2026, 9, 28)),
        ("Mon, 01 Jan 0001 00:00:00 +0000", None),
        ("Tue, 01 Jan 2099 00:00:00 +0000", None),
        ("soon", None),
        (
            "&lt;time datetime=&quot;2026-09-28T23:30:00Z&quot;&gt;Mon, 09/28/2026 - 23:30&lt;/time&gt;",
            date(2026, 9, 28),
        ),
        ("mié, 28 sep 2026 10:00:00 +0200", date(2026, 9, 28)),
        ("qua, 28 set 2026 10:00:00 -0300", date(2026, 9, 28)),
        ("ons, 28 sep 2026 10:00:00 +0200", date(2026, 9, 28)),
        ("28 Sep 2026 10:00:00 Europe/Dublin", date(2026, 9, 28)),
        ("due, 28 Sep 2026", None),
    ],
)
def test_odd_dates_are_read_or_left_out(printed: str, on: date | None) -> None:
    """R21."""
    assert read_row(rss(item(more=f"<pubDate>{printed}</pubDate>"))).published.on == on


def test_wordpress_and_long_descriptions_become_summaries() -> None:
    footer = "Short. The post A service is live appeared first on GDS blog."
    assert read_row(rss(item(more=f"<description>{footer}</description>"))).summary == "Short."
    long = read_row(rss(item(more=f"<description>{'word ' * 400}</description>"))).summary
    assert long is not None
    assert len(long) < 510
    assert long.endswith(" …")


@pytest.mark.parametrize(
    ("body", "loss"),
    [
        ("<!DOCTYPE html><html><head><title>Not Found</title></head><body>Sorry</body></html>", Loss.SOFT_NOT_FOUND),
        ("<!DOCTYPE html><html><head><title>News</title></head><body>Choose a topic.</body></html>", Loss.NOT_A_FEED),
        ("just text", Loss.NOT_A_FEED),
        ("", Loss.NOT_A_FEED),
        ('{"error": "no such feed"}', Loss.NOT_A_FEED),
        ('{"items": [', Loss.UNREADABLE),
        ("[" * 100_000, Loss.UNREADABLE),
        ("<rss><channel><item>", Loss.UNREADABLE),
        ("<urlset><url><loc>https://www.gov.example/a</loc></url></urlset>", Loss.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_never_an_empty_one(body: str, loss: Loss) -> None:
    """R23."""
    assert refuse(body).loss is loss


def test_a_retired_gov_uk_feed_is_gone() -> None:
    refused = refuse(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://www.gov.uk/x/feed-ended</id>'
        '<title>This feed has ended</title><link href="https://www.gov.uk/x"/></entry></feed>'
    )
    assert refused.loss is Loss.GONE


def test_an_empty_feed_lists_nothing() -> None:
    assert read(rss()).is_empty


def test_a_feed_that_breaks_off_gives_what_it_has_and_says_so() -> None:
    listed = read(rss(item(), item(f"<link>{SITE}/b</link>"))[:-40])
    assert [row.url for row in listed.rows][:1] == [f"{SITE}/a"]
    assert listed.warnings


@pytest.mark.parametrize(
    ("declared", "encoded"), [("utf-8", "cp1252"), ("iso-8859-1", "iso-8859-1"), ("utf-16", "utf-16")]
)
def test_a_wrong_or_unusual_charset_does_not_spoil_the_titles(declared: str, encoded: str) -> None:
    body = (
        f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><item><title>Créer l\u2019été</title>'
    )
    body = (body + f"<link>{SITE}/a</link></item></channel></rss>").replace(
        "\u2019", "'" if "8859" in declared else "\u2019"
    )
    assert (read_row(body.encode(encoded)).title or "").startswith("Créer l")


def test_entities_neither_reach_the_disk_nor_blow_up() -> None:
    """R36."""
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    doctype = f'<!DOCTYPE rss [<!ENTITY a0 "ha"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'
    body = f'<?xml version="1.0"?>{doctype}<rss version="2.0"><channel><item><title>x &f; &a8;</title>'
    row = read_row(body + f"<link>{SITE}/a</link></item></channel></rss>")
    assert "root:" not in (row.title or "")
    assert len(row.title or "") < 100


NETSCAPE = (
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/rss-0.91.dtd">'
)


@pytest.mark.parametrize("doctype", ["", NETSCAPE, '<!DOCTYPE rss [<!ENTITY eacute "&#233;">]>'])
def test_ampersands_and_names_that_html_has_and_xml_has_not_are_read_as_they_were_meant(doctype: str) -> None:
    body = (
        f'<?xml version="1.0"?>{doctype}<rss version="0.91"><channel><item><title>Caf&eacute;: Q&A on AT&T</title>'
        f"<link>{SITE}/a?id=6&lang=en</link><description>R&D &ndash; S&P</description></item></channel></rss>"
    )
    listed = read(body)

    (row,) = listed.rows
    assert (row.title, row.url, row.summary) == ("Café: Q&A on AT&T", f"{SITE}/a?id=6&lang=en", "R&D – S&P")
    assert listed.warnings == ()


def test_a_body_that_looks_like_an_address_is_not_fetched() -> None:
    assert refuse("http://127.0.0.1:9/feed").loss is Loss.NOT_A_FEED


def test_no_more_rows_than_the_limit_and_a_word_about_the_rest() -> None:
    """R39."""
    listed = read(rss(*(item(f"<link>{SITE}/{number}</link>") for number in range(30))), max_rows=10)
    assert len(listed.rows) == 10
    assert listed.warnings == ("lists 30 rows, of which the first 10 were read",)


def test_what_is_wrong_with_a_feed_is_said_with_its_line() -> None:
    assert read(rss(item(), "\n<item>")).warnings[0].startswith("line 2: ")


@pytest.mark.parametrize("name", ["links", "content", "author_detail", "title_detail", "summary", "entries"])
def test_elements_with_the_names_of_the_parsers_own_parts_are_harmless(name: str) -> None:
    read(rss(item(more=f"<{name}>text</{name}>"), f"<item><{name}>text</{name}><title>B</title></item>"))


def test_what_is_far_too_long_is_cut_or_left_out() -> None:
    """R39: ten megabytes fit into one title, one guid and one address."""
    long = "word " * 100_000
    rows = read(
        rss(item(more=f"<guid>{long}</guid>").replace("A service", long), item(f"<link>{SITE}/{'a' * 9000}</link>"))
    )
    (row,) = rows.rows
    assert (len(row.title or ""), row.guid) == (1001, None)
    assert rows.warnings == ("entry 2 (A service is live) has no link to a page",)


def test_rows_outside_keep_only_are_set_apart() -> None:
    listed = read(rss(item(), item(f"<link>{SITE}/2023/b</link>")), keep_only=r"/20\d\d/")
    assert [row.url for row in listed.rows] == [f"{SITE}/2023/b"]
    assert [row.url for row in listed.outside] == [f"{SITE}/a"]


def test_a_fingerprint_changes_with_what_is_said_and_with_nothing_else() -> None:
    one, same = read_row(rss(item())), read_row(rss(item(), more="<lastBuildDate>now</lastBuildDate>"))
    other = read_row(rss(item(more="<description>New words</description>")))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_entries_that_lead_to_one_page_are_told_apart_by_their_titles() -> None:
    """R14: a list of changes on one page loses none; one entry that is listed twice stays one."""
    link = f"<link>{SITE}/new#{{}}</link>"
    twice = rss(item(link.format("a")), f"<item><title>A SERVICE is “live”!</title>{link.format('b')}</item>")
    several = rss(*(f"<item><title>Change {n}</title>{link.format(n)}</item>" for n in (1, 2, 3)))
    marked = rss(item(f"<link>{SITE}/new#:~:text=of%20the%20publisher</link>"))

    assert [row.url for row in read(twice).rows] == [f"{SITE}/new#a"]
    assert [row.url for row in read(several).rows] == [f"{SITE}/new#{n}:~:text=Change%20{n}" for n in (1, 2, 3)]
    assert read_row(marked).url == f"{SITE}/new"
