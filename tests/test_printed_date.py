"""The day that a page prints beside its title is found, whatever marks it, and no other day is taken for it (R21)."""

from datetime import UTC, date, datetime

import pytest

from crawler.announcement import PublicationDate
from crawler.dates import DateReading
from crawler.markup import parse_html
from crawler.page_parts import Surroundings
from crawler.printed_date import find_declared_dates, find_printed_date
from tests.crawling import PARAGRAPH

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 6, 3)
LONG = f"<p>{PARAGRAPH.strip()} {PARAGRAPH.strip()}</p>"


def find(markup: str, language: str = "en", country: str | None = "GB") -> PublicationDate:
    """What a page prints; @ in `markup` stands for its heading, or that comes first."""
    body = markup.replace("@", "<h1>Two governments agree</h1>") if "@" in markup else f"<h1>Title</h1>{markup}"
    text = "" if "<p class=text>" in body else LONG
    tree = parse_html(f"<html><body><header><nav>1 May 2026</nav></header><main>{body}{text}</main></body></html>")
    assert tree is not None
    around = Surroundings(tree, tree.findall(".//h1"))
    return find_printed_date(
        around, find_declared_dates(around), DateReading(now=NOW, language=language, country=country)
    )


@pytest.mark.parametrize(
    "markup",
    [
        # marked as a date
        '<time datetime="2026-06-02T23:30:00Z">3 June 2026</time>',
        '<p class="date">Wednesday 3rd June, 2026</p>',
        '<p class="fecha">3 de junio de 2026</p>',
        '<p class="datum">03.06.2026</p>',
        '<div class="timestamp">10:15 AM EDT, Wed June 3, 2026</div>',
        '<span class="date" title="June 3, 2026">3 days ago</span>',
        '<div class="date"><span>03</span> <span>Jun</span> <span>2026</span></div>',
        "<dl><dt>Topic</dt><dd>1 May 2026</dd><dt>Fecha de publicación</dt><dd>03 de junio de 2026</dd></dl>",
        '<p class="meta">Stand: 9. Juni 2026</p><p class="meta">Veröffentlicht am 3. Juni 2026</p>',
        # a word for publication stands before it, in the same line or in an element of its own
        "<p>Publié le 1<sup>er</sup> juin 2026</p>".replace("1<sup>er</sup>", "3"),
        "<div><strong>Data di pubblicazione:</strong> 03/06/2026</div>",
        "<div><span>Pubblicato il</span><span> 3 giugno 2026</span></div>",
        "<p>Publicado el 3 de junio de 2026</p>",
        "<span>Publicado em 03/06/2026 10h05</span>",
        "<div><small>Data:</small><p>03 Giugno 2026</p></div>",
        "<p><span>Datum</span> 03. Juni 2026</p>",
        "<table><tr><th>Published</th><td>3 June 2026</td></tr><tr><th>Updated</th><td>9 June 2026</td></tr></table>",
        f"{LONG}<p>Published: 3 June 2026</p>",
        # in a line of its own beside the title
        "<p><em>June 3, 2026</em></p>",
        "<h2>June 3, 2026</h2>",
        "<p>Paris, le 3 juin 2026</p>",
        "<p>Roma, mercoledì 3 giugno 2026</p>",
        "<p>Madrid, miércoles 3 de junio de 2026</p>",
        "<p>Nieuwsbericht | 03-06-2026 | 10:00</p>",
        "<div><span>Wien,\n 3. Juni 2026</span> — <small>Aussendung</small>@<div><p class=text>Text</p></div>"
        + LONG
        + "</div>",
        "<p>Press release</p><p>3 June 2026</p>@",
        "<p>2026年6月3日</p>",
        # in the dateline
        "<p>June 3, 2026 – Ottawa, Ontario – Treasury Board</p>",
        f"<p class=text>WASHINGTON (June 3, 2026) — {PARAGRAPH * 2}</p>",
        f"<p class=text><strong>QUÉBEC, le 3 juin 2026</strong> /CNW/ - {PARAGRAPH * 2}</p>",
        # a card is no card where it holds the title too
        f"@<article><p class='date'>3 June 2026</p>{LONG}</article>",
        '<div class="card"><h1>Title</h1><p class="date">3 June 2026</p></div>'.replace("<h1>Title</h1>", "@"),
    ],
)
def test_the_day_beside_the_title_is_found(markup: str) -> None:
    assert find(markup).on == DAY


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<p>Last updated 3 June 2026</p>",
        "<p>Actualizado el 3 de junio de 2026</p>",
        "<div><span>Closing date</span><p>3 June 2026</p></div>",
        "<dl><dt>Opening date</dt><dd>3 June 2026</dd></dl>",
        "<p>When: 3 June 2026</p>",
        "<p>The consultation of 3 June 2026</p>",
        "<p>June 2026</p>",
        "<ul><li><a href='/a'>Minutes, 3 June 2026</a></li><li><a href='/b'>Minutes, 3 May 2026</a></li></ul>",
        "<p class='date'>3 days ago</p>",
        f"{LONG}<p>3 June 2026</p>",  # far from the title, and nothing says what it is
        f"<p class=text>The agreement of 3 June 2026 - {PARAGRAPH * 2}</p>",
        f"<p class=text>{PARAGRAPH} June 3, 2026 - {PARAGRAPH}</p>",
        "<aside><p>3 June 2026</p></aside>",
        '<div class="card"><h3>Another page</h3><p class="date">3 June 2026</p></div>',
        "<article><p class='date'>3 June 2026</p></article>",
        # the number of a file, a period, a part of a table of contents
        "<p>Reference Number: 2026/6/3</p>",
        "<dl><dt>Reference number</dt><dd>2026/6/3</dd></dl>",
        "<p>Version</p><p>2026.6.3</p>",
        "<p>3 – 5 June 2026</p>",
        "<ul><li>3.6. Introduction</li><li>3.6. 2026 Budget</li></ul>",
    ],
)
def test_another_day_is_not_taken_for_it(markup: str) -> None:
    """R21: what nobody can tell is no date."""
    assert find(markup) == PublicationDate()


@pytest.mark.parametrize(
    ("line", "language", "country"),
    [
        ("令和8年6月3日", "ja", "JP"),
        ("2026. 6. 3.", "ko", "KR"),
        ("작성자 GOV</p><p>등록일</p><p>2026-6-3", "ko", "KR"),
        ("03.06.2026. 10.15", "hr", "HR"),
        ("3. 6. 2026", "cs", "CZ"),
        ("3 มิถุนายน 2569", "th", "TH"),
        ("115-06-03", "zh-TW", "TW"),
        ("٣ يونيو ٢٠٢٦", "ar", "EG"),
    ],
)
def test_the_day_beside_the_title_is_found_in_the_calendar_of_the_publisher(
    line: str, language: str, country: str
) -> None:
    assert find(f"<p>{line}</p>", language, country).on == DAY
