"""A footer beneath the title says when a page was published and by whom; any other footer is of the site or another page."""

from datetime import UTC, date, datetime

import pytest

from crawler.dates import DateReading
from crawler.markup import parse_html
from crawler.metadata import Metadata, read_metadata
from tests.crawling import PARAGRAPH

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 6, 3)
HEADING = "<h1>Two governments agree</h1>"
TEXT = f"<div>{'<p>A short paragraph, as many are.</p>' * 9}</div>"
SHORT = "<p>Both sides signed it today.</p>"
LONG = f"<p>{PARAGRAPH * 2}</p>"
TIME = '<time datetime="2026-06-03T09:30:00+01:00">Wed, 06/03/2026 - 09:30</time>'
FOOTER = f"<footer class='node__meta'><div>Submitted by <span>Ada Clerk</span> on {TIME}</div></footer>"
DECLARED = '<p><time itemprop="datePublished" datetime="2026-06-03">03.06.2026</time></p>'


def read(main: str, country: str | None = None) -> Metadata:
    tree = parse_html(f"<html><body><main>{main}</main></body></html>")
    assert tree is not None
    return read_metadata(tree, "https://www.agency.example/news/7", DateReading(now=NOW, country=country))


@pytest.mark.parametrize("country", [None, "GB", "US"])
@pytest.mark.parametrize(
    "main",
    [
        f"{HEADING}<article>{FOOTER}{TEXT}</article>",
        f"<article>{HEADING}{FOOTER}{TEXT}</article>",
        f"<article><header>{HEADING}</header>{FOOTER}{LONG}</article>",
        f"{HEADING}<article>{FOOTER}{LONG}</article>",
        f"{HEADING}<p>Press release</p><nav>{TEXT}</nav><article>{FOOTER}{LONG}</article>",
    ],
)
def test_the_footer_of_an_article_before_its_text_names_day_and_author(main: str, country: str | None) -> None:
    """As Drupal prints it, in figures of the American order everywhere."""
    found = read(main, country)
    assert (found.dates.structured.on, found.author) == (DAY, "Ada Clerk")


@pytest.mark.parametrize(
    "main",
    [
        f'<div><div class="header">{HEADING}</div><div class="footer">{DECLARED}</div>{TEXT}</div>',
        f"<article>{FOOTER}{LONG}</article>",
    ],
)
def test_a_day_that_machines_are_told_counts_in_the_footer_of_a_division_and_of_a_page_without_title(main: str) -> None:
    assert read(main).dates.structured.on == DAY


@pytest.mark.parametrize(
    "main",
    [
        f"{HEADING}{TEXT}<footer>{DECLARED}</footer>",
        f'{HEADING}{LONG}<div class="footer">{DECLARED}</div>{LONG}',
        f"<div>{HEADING}{TEXT}{TEXT}</div><footer>{DECLARED}</footer>{TEXT}",
        f"{HEADING}<article>{TEXT}<footer>By Ada Clerk, {TIME}</footer></article>",
        f"{HEADING}<article>{FOOTER.replace('Submitted', 'Updated')}{TEXT}</article>",
        f'{HEADING}{TEXT}<div class="comments"><article>{FOOTER}{TEXT}</article></div>',
        f'{HEADING}<article class="teaser">{FOOTER}{TEXT}</article>',
        f"{HEADING}<article>{FOOTER}{TEXT}</article><article>{FOOTER}{TEXT}</article>",
        f"<article>{HEADING}{TEXT}</article><article>{FOOTER}{TEXT}</article>",
        f"<article>{HEADING}{SHORT}{SHORT}{FOOTER}{LONG}</article>",
        f"<article>{HEADING}<div>{SHORT}{SHORT}</div>{FOOTER}{LONG}</article>",
        f"{HEADING}<div>{SHORT}{SHORT}</div><section><article>{FOOTER}{LONG}</article></section>",
        f"{HEADING}{TEXT}<article>{FOOTER}{LONG}</article>",
        f"{HEADING}{TEXT}<article>{LONG}<p>{TIME}</p></article>",
        f'{HEADING}{SHORT}<div class="comments"><article><div class="meta">{TIME}</div>{LONG}</article></div>',
        f"{TEXT}<article>{FOOTER}{LONG}</article>",
    ],
)
def test_another_footer_says_nothing_of_the_page(main: str) -> None:
    found = read(main)
    assert (found.dates.structured.on, found.dates.printed.on, found.author) == (None, None, None)


def test_the_day_in_the_one_article_behind_a_standfirst_is_that_of_the_page() -> None:
    standfirst = f"<p>{'What was agreed, and with whom. ' * 7}</p>"
    assert read(f"<div>{HEADING}{standfirst}</div><article><p>{TIME}</p>{LONG}</article>").dates.printed.on == DAY
