"""Who has written a page is found in JSON-LD, in bylines of all kinds, in meta tags; accounts of systems have written nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.dates import DateReading
from crawler.markup import parse_html
from crawler.metadata import read_metadata

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def find(markup: str = "", head: str = "") -> str | None:
    tree = parse_html(
        f"<html><head>{head}</head><body><main><h1>Two governments agree</h1>{markup}</main></body></html>"
    )
    assert tree is not None
    return read_metadata(tree, "https://www.agency.example/news/7", DateReading(now=NOW)).author


def linked(author: Any) -> str:
    article = {"@type": "NewsArticle", "headline": "Two governments agree", "author": author}
    described = {"@type": "Person", "@id": "#ada", "name": "Ada Clerk"}
    return f'<script type="application/ld+json">{json.dumps({"@graph": [article, described]})}</script>'


def meta(**named: str) -> str:
    return "".join(f'<meta name="{name}" content="{value}">' for name, value in named.items())


@pytest.mark.parametrize(
    ("markup", "author"),
    [
        ('<p class="byline">By Ada Clerk, Staff Writer</p>', "Ada Clerk"),
        ('<div class="author">By <a href="/a">Ada Clerk</a>, Digital Editor</div>', "Ada Clerk"),
        ('<p class="byline">By Ada Clerk, Office of the Editor</p>', "Ada Clerk, Office of the Editor"),
        ('<p class="byline">By Ada Clerk | June 3, 2026</p>', "Ada Clerk"),
        ('<div class="author">By Ada Clerk and Tom Lee</div>', "Ada Clerk and Tom Lee"),
        ('<p class="post__author-name">Ada Clerk</p>', "Ada Clerk"),
        ('<p class="auteur">Par Léa Martin</p>', "Léa Martin"),
        ('<p class="autore">di Marco Rossi</p>', "Marco Rossi"),
        ('<p class="autor">Von Jana Vogt</p>', "Jana Vogt"),
        ('<p class="gc-byline">From: Treasury Board</p>', "Treasury Board"),
        ('<p>By <a rel="author">Ada Clerk</a>, <a rel="author">Tom Lee</a></p>', "Ada Clerk, Tom Lee"),
        (
            '<ul class="authors"><li><a rel="author">Ada Clerk</a></li><li><a rel="author">Tom Lee</a></li></ul>',
            "Ada Clerk, Tom Lee",
        ),
        (
            '<p><a rel="author">Ada Clerk</a></p><div><p>Written by</p><p><a rel="author">Tom Lee</a></p></div>',
            "Ada Clerk",
        ),
        (
            '<span itemprop="author"><span itemprop="name">Ada Clerk</span>, <i itemprop="jobTitle">Director</i></span>',
            "Ada Clerk",
        ),
        ("<p>By: Ada Clerk</p>", "Ada Clerk"),
        ("<p>Par <b>Léa Martin</b></p>", "Léa Martin"),
        ("<p>Submitted by Ada Clerk on Wed, 06/03/2026 - 09:30</p>", "Ada Clerk"),
        ("<p>Soumis par Léa Martin le mer 03/06/2026 - 09:30</p>", "Léa Martin"),
        ("<p>Posted by Ada Clerk in News on 3 June 2026</p>", "Ada Clerk"),
        ("<p>Publié par Léa Martin dans Actualités le 3 juin 2026</p>", "Léa Martin"),
        ("<p>Posted by Ada Clerk, Policy on 3 June 2026</p>", "Ada Clerk"),
        ("<p>Posted by Ada Clerk, Policy, on 3 June 2026</p>", "Ada Clerk"),
        (
            "<p>Published by Ministry of Housing, Communities and Planning on 3 June 2026</p>",
            "Ministry of Housing, Communities and Planning",
        ),
        ("<p>Submitted by Ada Clerk in support of her claim on 3 June 2026</p>", None),
        ("<p>Submitted by admin on Wed, 06/03/2026 - 09:30</p>", None),
        ("<p>Posted by Ada Clerk on a board that holds 12 notices; it was taken down.</p>", None),
        ("<p>By Monday</p>", None),
        ("<p>By the end of the year Ada Clerk will leave</p>", None),
        ('<div class="author-bio"><p>Ada Clerk writes about forms</p></div>', None),
        ('<div class="card"><p class="author">Tom Lee</p></div>', None),
        ("", None),
    ],
)
def test_a_byline_names_the_author(markup: str, author: str | None) -> None:
    assert find(markup) == author


@pytest.mark.parametrize(
    ("head", "author"),
    [
        (linked({"@type": "Person", "name": "Ada Clerk"}), "Ada Clerk"),
        (linked([{"@id": "#ada"}, {"name": "Tom Lee"}, "Tom Lee"]), "Ada Clerk, Tom Lee"),
        (linked("Ministry of Records - Press office"), "Ministry of Records - Press office"),
        (linked({"name": "admin"}), None),
        (meta(author="Ada Clerk"), "Ada Clerk"),
        (meta(author="admin"), None),
        (meta(author="Super User"), None),
        (meta(author="https://social.example/ada"), None),
        (meta(**{"author": "aclerk", "twitter:label1": "Written by", "twitter:data1": "Ada Clerk"}), "Ada Clerk"),
        (meta(citation_author="Clerk, Ada"), "Clerk, Ada"),
    ],
)
def test_what_machines_are_told_counts_where_it_is_a_name(head: str, author: str | None) -> None:
    assert find(head=head) == author


def test_an_australian_corporate_name_is_read_as_its_metadata_standard_writes_it() -> None:
    head = '<meta name="dcterms.creator" content="corporateName=Digital Agency; jurisdiction=AU">'
    assert find(head=head) == "Digital Agency"


def test_structured_names_go_before_the_byline() -> None:
    assert find('<p class="byline">By Tom Lee</p>', linked("Ada Clerk")) == "Ada Clerk"


def test_a_second_document_behind_the_first_is_read_too() -> None:
    """As libxml2 leaves it where a tag is broken."""
    first = "<html><head><title>Two governments agree</title></head><body><p>They do.</p></body></html>"
    tree = parse_html(f'{first}<html><body><p class="byline">By Ada Clerk</p></body></html>')
    assert tree is not None
    assert read_metadata(tree, "https://www.agency.example/news/7", DateReading(now=NOW)).author == "Ada Clerk"
