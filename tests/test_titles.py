"""The title of a page is what the page itself is called: not its site, its section or its kind."""

from datetime import UTC, datetime

import pytest

from crawler.dates import DateReading
from crawler.markup import parse_html
from crawler.metadata import read_metadata
from crawler.titles import choose_title

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TITLE = "Two governments agree on forms"

AGENCY = "Ministry of Land Records"
LONG = "The text of the page, which says what was agreed and with whom. " * 4


def choose(head: str, body: str) -> str | None:
    tree = parse_html(f"<html><head>{head}</head><body>{body}<p>Text.</p></body></html>")
    assert tree is not None
    return choose_title(read_metadata(tree, "https://www.agency.example/news/7", DateReading(now=NOW)).titles)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<title>{TITLE}</title>", f"<h1>{TITLE}</h1>"),
        (f"<title>{TITLE} - Agency - GOV</title>", f"<main><h1>{TITLE}</h1></main>"),
        (f"<title>AGY  |  {TITLE}</title>", f"<h1>Agency of Records</h1><h1>Press</h1><h1>{TITLE}</h1>"),
        (f"<title>{TITLE} | The Agency</title>", f"<main><h1>The Agency</h1><h1>{TITLE}</h1></main>"),
        # the only heading of level one names the site, the section or the kind of page, or there is none
        (f"<title>{TITLE} – AGY, Agency</title>", f"<h2>{TITLE}</h2>"),
        (f"<title>{TITLE} – News – Agency</title>", f"<h1>News</h1><h2>{TITLE}</h2>"),
        (f"<title>{TITLE} | Agency</title>", f"<h1>Media Centre</h1><div><h2>{TITLE}</h2></div>"),
        (f"<title>{TITLE} | Agency</title>", f"<div><h1>Records of the land</h1></div><div><h3>{TITLE}</h3></div>"),
        ("<title>News</title>", f"<main><h2>{TITLE}</h2></main>"),
        (f"<title>{TITLE} · Wallet updates</title>", f'<h1 class="sr-only">Wallet updates</h1><h2>{TITLE}</h2>'),
        (
            f"<title>{TITLE} | Ministry of the Records of the Land</title>",
            f"<h1>Ministry of the Records of the Land</h1><div><h2>{TITLE}</h2></div>",
        ),
        # the heading has more in it than the title
        (f"<title>{TITLE}</title>", f'<h1><span class="kicker">Press release</span> {TITLE}</h1>'),
        ("", f'<h1>{TITLE}<a href="#"><span class="sr-only">Print this page</span></a></h1>'),
        (f"<title>{TITLE} - AGY</title>", f'<h1><span class="caption-xl">Press release</span> {TITLE}</h1>'),
        (f"<title>{TITLE} - AGY</title>", f"<h1><small>Media release:</small> {TITLE}</h1>"),
        (f"<title>{TITLE} - AGY</title>", f'<h1>{TITLE} <span class="badge bg-info">New</span></h1>'),
        ("", f'<h1>{TITLE} <a class="headerlink" href="#two">¶</a></h1>'),
        ("", f'<h1><a href="#two"># </a>{TITLE}</h1>'),
        # in the header of the text, where another one is the site's
        (
            f"<title>{TITLE} — Region</title>",
            f"<header><nav>Menu</nav></header><div><header><h1>{TITLE}</h1></header><div>{LONG}</div></div>",
        ),
        # entities that were written twice over
        (f"<title>{TITLE.replace(' ', '&amp;nbsp;')}</title>", ""),
    ],
)
def test_the_page_s_own_name_is_its_title(head: str, body: str) -> None:
    assert choose(head, body) == TITLE


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Budget of records 2026 | Agency</title>", "<h1>Clerk opens the books</h1><h2>Budget of records 2026</h2>", "Clerk opens the books"),
        ("<title>Consultation: digital identity - Agency</title>", "", "Consultation: digital identity - Agency"),
        ("<title>R&amp;amp;D for all</title>", "", "R&D for all"),
        ('<script type="application/ld+json">{"@type": "Article", "headline": "The clerk&amp;#039;s plan"}</script>', "", "The clerk's plan"),
        ("<title>AT&amp;T wins</title>", "<h1>AT&amp;T wins</h1>", "AT&T wins"),
        ("", "<h1>News</h1>", None),
        ("<title>Budget | AGY</title>", "<h1>Budget <span>Speech of the clerk</span></h1>", "Budget Speech of the clerk"),
        ("<title>News: forms | AGY</title>", "<h1><b>News:</b> forms</h1>", "News: forms"),
        ("<title>Forms | AGY</title>", '<h1>Forms <b class="badge">Withdrawn</b> in May</h1>', "Forms Withdrawn in May"),
        # the heading in a header is the site's
        (f"<title>Forms are one - {AGENCY}</title>", f"<div><header><h1>{AGENCY}</h1></header><p>{LONG}</p></div>", f"Forms are one - {AGENCY}"),
        (f"<title>{AGENCY} - Forms are one</title>", f"<header><h1>{AGENCY}</h1></header><nav>Menu</nav><h2>Forms are one</h2><p>{LONG}</p>", "Forms are one"),
        (f"<title>{AGENCY} - Forms are one</title>", f"<div><header><h1>{AGENCY}</h1></header><h2>Forms are one</h2><p>{LONG}</p></div>", "Forms are one"),
        (f"<title>{AGENCY} - Forms are one</title>", f"<div><header><h1>{AGENCY}</h1></header><nav>Menu</nav><p>{LONG}</p></div>", f"{AGENCY} - Forms are one"),
    ],
)  # fmt: skip
def test_what_could_mislead_does_not(head: str, body: str, title: str | None) -> None:
    assert choose(head, body) == title
