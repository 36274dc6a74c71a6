"""What stands around texts is taken out, and what may be the text itself stays."""

import pytest

from crawler.clutter import is_clutter, is_counter, without_clutter, without_clutter_lines
from crawler.markup import parse_html

TEXT = "<p>The text of the page, which says what was agreed and with whom.</p>"


def clear(body: str) -> str:
    tree = parse_html(f"<html><body><main>{body}</main></body></html>")
    assert tree is not None
    return without_clutter(tree).text_content()


@pytest.mark.parametrize(
    "around",
    [
        '<div class="pagedetails">Around</div>',
        '<dl id="wb-dtmd">Around</dl>',
        '<div class="gem-c-published-dates app-x">Around</div>',
        '<div class="FR-Share">Around</div>',
        '<p class="ad">Around</p>',
        "<div><h3>Most read</h3><p>Around</p></div>",
        "<section> <h2> More from\n The Civic Ledger </h2><p>Around</p></section>",
        "<aside><h4>Dans la même rubrique :</h4><p>Around</p></aside>",
        "<div><h5>Leggi anche</h5><ul><li>Around</li></ul></div>",
        "<div><h2>2 comments</h2><p>Around</p></div>",
        '<dl><dd class="hits">Around</dd></dl>',
        '<ul><li class="statistics-counter">Around</li></ul>',
        '<div class="related-posts"><div class="ad">Around</div></div>',
        "<div><h3>Noticias relacionadas</h3><p>Around</p></div>",
        "<div><h2>Updates to this page</h2><ol><li>Around</li></ol></div>",
        "<div><h2>Was this page useful?</h2><p>Around</p></div>",
        "<div><h2>Cette page vous a-t-elle été utile ?</h2><p>Around</p></div>",
        '<div><h3>Get our briefing</h3><form><p>Around</p><input type="email"></form></div>',
        f'<div id="onetrust-consent-sdk">{"<p>Around the page we use cookies.</p>" * 90}</div>',
    ],
)
def test_what_stands_around_a_text_is_taken_out(around: str) -> None:
    """R18: its changes are no changes of the text."""
    assert clear(f"{TEXT}{around} {TEXT}").split() == f"{clear(TEXT)} {clear(TEXT)}".split()


@pytest.mark.parametrize(
    "body",
    [
        "<div class='sponsored'><h1>The title</h1><p>Text</p></div>",
        f"<div class='promo'>{'<p>A long text.</p>' * 150}</div>",
        "<div class='add shared advertisement-free'>Text</div>",
        "<div><h2>Most read, least understood: our forms</h2><p>Text</p></div>",
        "<div><p>Text</p><h2>Related content</h2><p>Text</p></div>",
        "<div><h2>Related links to the agreement</h2><p>Text</p></div>",
        "<p>Most read</p>",
        f"<div>{'<p>A long text.</p>' * 50}<form><input type='email'></form></div>".replace("<form>", "").replace(
            "</form>", ""
        ),
        f"<div><h2>Latest news</h2>{'<p>A long text.</p>' * 150}</div>",
    ],
)
def test_what_may_be_the_text_stays(body: str) -> None:
    """R27."""
    tree = parse_html(f"<html><body><main>{body}</main></body></html>")
    assert tree is not None
    assert without_clutter(tree) is tree


def test_the_page_itself_is_left_as_it_is() -> None:
    tree = parse_html(f"<html><body>{TEXT}<div class='ad'>Around</div></body></html>")
    assert tree is not None
    assert "Around" not in without_clutter(tree).text_content()
    assert "Around" in tree.text_content()


@pytest.mark.parametrize(
    ("line", "clutter"),
    [
        ("ADVERTISEMENT", True),
        ("Advertisement:", True),
        ("Share this page", True),
        ("Partager la page", True),
        ("Condividi", True),
        ("Read more", True),
        ("Read more of what was agreed in the memorandum", False),
        ("Share prices fell", False),
        ("Related: Council portal delayed again", True),
        ("READ MORE: Council portal delayed again", True),
        ("À lire aussi : Le portail encore retardé", True),
        ("Leggi anche: Il portale in ritardo", True),
        ("Last modified: 8 June 2026", True),
        ("Last updated 8 June 2026", True),
        ("Last updated versions of the standard are published on the first day of every month of the year", False),
        ("5 min read", True),
        ("5 min read·Oct 3, 2026", True),
        ("5 min read for those who sign on Oct 3, 2026", False),
        ("- Log in to post comments", True),
        ("Log in or register to post comments", True),
        ("Connectez-vous pour poster des commentaires", True),
        ("Log in to post comments on the draft agreement of the two governments", False),
        ("© 2026 Trade Media Ltd. All rights reserved.", True),
        ("You need to enable JavaScript to run this app.", True),
        ("Forms need JavaScript on one page in ten, so the standard rules that out for services of the state.", False),
        ("Article continues below advertisement", True),
        ("Print this page and send it with your form", False),
        ("The text of the page", False),
        ("", False),
    ],
)
def test_a_line_that_says_nothing_of_its_own_is_known(line: str, *, clutter: bool) -> None:
    assert is_clutter(line) is clutter


@pytest.mark.parametrize(
    ("line", "counter"),
    [
        ("Views: 1,204", True),
        ("Hits: 121", True),
        ("121 views", True),
        ("조회수 121", True),
        ("阅读次数：121", True),
        ("Visualizzazioni: 121", True),
        ("12 people found this helpful", True),
        ("9 of 12 people found this page useful.", True),
        ("阅读次数：121 次", True),
        ("- 1.2k views", True),
        ("2.5M views", False),
        ("Visits: 1,200,000", False),
        ("Visits 2026", False),
        ("Views: 121 were sent in by owners of ferries", False),
        ("121 views on the draft were sent in", False),
        ("12 people found this helpful when they moved house", False),
        ("121", False),
    ],
)
def test_a_line_that_counts_readers_is_known(line: str, *, counter: bool) -> None:
    assert is_counter(line) is counter


@pytest.mark.parametrize(
    "lines",
    [
        "The ministry tells of its year.|Its site is read.|Print this page|Views: 121|More than ever before.|It grew.|It thanks all.",
        "Views: 121|The ministry tells of its year.",
        "The ministry tells of its year.|9 of 12 people found this page useful.|© 2026 Ministry of Records",
    ],
)
def test_a_counter_before_or_behind_a_text_is_no_part_of_it(lines: str) -> None:
    left = without_clutter_lines(lines.replace("|", "\n")).split("\n")
    assert left == [line for line in lines.split("|") if not (is_counter(line) or is_clutter(line))]


@pytest.mark.parametrize(
    "lines",
    [
        "One.|Two.|Three.|Visits: 12,000|Four.|Five.|Six.",
        "The year in figures:|- 12,000 views|- 340 answers|We are proud of it.",
        "The ministry tells of its year.|It grew.|Visits: 12,000|Views: 34,000",
    ],
)
def test_figures_that_a_text_is_about_stay(lines: str) -> None:
    """R27."""
    assert without_clutter_lines(lines.replace("|", "\n")) == lines.replace("|", "\n")
