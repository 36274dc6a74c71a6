"""Paragraphs and titles out of the lines of a PDF."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pdf_text import Paragraph, PdfFile, PdfLine, find_big_line, find_paragraphs

FULL = 470.0  # points: the width of a full line
LEADING = 13.0


def line(
    text: str, *, page: int = 0, y: float = 700, left: float = 72, width: float = FULL, size: float = 12
) -> PdfLine:
    return PdfLine(page=page, text=text, left=left, right=left + width, bottom=y - size, top=y, size=size)


def stack(*texts: str | tuple[str, float], page: int = 0, top: float = 700) -> list[PdfLine]:
    """Full lines one under the other, or as wide as is said."""
    pairs = [(text, FULL) if isinstance(text, str) else text for text in texts]
    return [line(text, page=page, y=top - LEADING * number, width=width) for number, (text, width) in enumerate(pairs)]


def read(lines: Sequence[PdfLine]) -> list[str]:
    pages = max((one.page for one in lines), default=0) + 1
    return [one.text for one in find_paragraphs(PdfFile(lines=tuple(lines), pages=pages, pages_read=pages))]


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        ([], []),
        (stack("The two governments have agreed", "to work together."), ["The two governments have agreed to work together."]),
        (stack("It ends here.", "And goes on in the same paragraph."), ["It ends here. And goes on in the same paragraph."]),
        (stack(("It ends here.", 100), "The next one begins."), ["It ends here.", "The next one begins."]),
        (stack(("A short heading", 100), "The text below it."), ["A short heading", "The text below it."]),
        (stack(("Broken early, it", 100), "goes on."), ["Broken early, it goes on."]),
        ([*stack("Above the white."), *stack("Below the white.", top=660)], ["Above the white.", "Below the white."]),
        ([*stack("Above the white"), *stack("below the white.", top=660)], ["Above the white", "below the white."]),
        (stack("The goals are:", "• sharing code;", "• meeting twice.", "2. Scope"), ["The goals are:", "• sharing code;", "• meeting twice.", "2. Scope"]),
        ([*stack("It ends here."), line("Indented, a new one.", y=687, left=90)], ["It ends here.", "Indented, a new one."]),
        ([*stack("• a point that needs."), line("Two lines of it.", y=687, left=84)], ["• a point that needs. Two lines of it."]),
        ([line("A heading", size=20), line("and its text", y=678)], ["A heading", "and its text"]),
        ([line("SUBJECT", y=500), line("above what it follows", y=700)], ["SUBJECT", "above what it follows"]),
    ],
)  # fmt: skip
def test_lines_are_joined_as_a_reader_joins_them(lines: list[PdfLine], paragraphs: list[str]) -> None:
    assert read(lines) == paragraphs


@pytest.mark.parametrize(
    ("texts", "paragraph"),
    [
        (["the inter\x02national standard"], "the international standard"),
        (["the inter\N{SOFT HYPHEN}", "national standard"], "the international standard"),
        (["the inter-", "national standard"], "the international standard"),
        (["a long-term plan for the long-", "term future"], "a long-term plan for the long-term future"),
        (["what comes first comes in a line at the first-", "line office"], "what comes first comes in a line at the first-line office"),
        (["an oversight of sight over the over-", "sight board"], "an oversight of sight over the oversight board"),
        (["from 2024-", "2026 on"], "from 2024- 2026 on"),
        (["ends with a dash -", "then goes on"], "ends with a dash - then goes on"),
    ],
)  # fmt: skip
def test_a_divided_word_is_joined_unless_it_has_a_hyphen(texts: list[str], paragraph: str) -> None:
    assert read(stack(*texts)) == [paragraph]


def test_a_sentence_goes_on_over_the_page() -> None:
    assert read([*stack("The working group will"), *stack("meet twice a year.", page=1)]) == [
        "The working group will meet twice a year."
    ]
    assert len(read([*stack("It ends here."), *stack("and yet begins low", page=1)])) == 2


def test_each_column_has_a_width_of_its_own() -> None:
    left = [line("The first column is about Coastland", y=700 - 13 * row, width=220) for row in range(2)]
    right = [line("and goes on with Northmark", y=700 - 13 * row, left=310, width=220) for row in range(2)]
    assert read([*left, *right]) == [" ".join(one.text for one in (*left, *right))]


def paper(number: int) -> list[PdfLine]:
    return [
        line("Ministry of Digital Affairs", page=number, y=800, width=160),
        *stack(f"Text of part {'abcd'[number]} that is on this page only.", page=number),
        line(f"Page {number + 1} of 4", page=number, y=40, width=60),
    ]


def test_what_repeats_at_the_edges_of_pages_is_left_out() -> None:
    pages = [one for number in range(4) for one in paper(number)]
    assert read(pages) == [f"Text of part {letter} that is on this page only." for letter in "abcd"]


def test_slides_that_differ_by_a_number_keep_their_lines() -> None:
    slides = [stack(f"Step {number} of the plan", "is about the year.", page=number) for number in range(6)]
    assert len(read([one for slide in slides for one in slide])) == 6


def test_a_title_that_is_the_running_head_of_the_other_pages_stays() -> None:
    title = line("Ministry of Digital Affairs", page=0, y=800, width=300, size=24)
    pages = [title, *paper(0)[1:], *(one for number in (1, 2, 3) for one in paper(number))]
    assert read(pages)[0] == "Ministry of Digital Affairs"
    assert len(read(pages)) == 5


@pytest.mark.parametrize(
    "text", ["3", "- 3 -", "Page 3 of 12", "page 3/12", "Seite 3 von 12", "3 | P a g e", "iv", "3 sur 12"]
)
def test_page_numbers_are_no_text(text: str) -> None:
    assert read([*stack("The one line of text."), line(text, y=40, width=30)]) == ["The one line of text."]


@pytest.mark.parametrize("text", ["2026 was the year", "Chapter 3", "12 members", "12345"])
def test_numbers_with_a_meaning_are_text(text: str) -> None:
    assert text in read([*stack("The one line of text."), line(text, y=40, width=30)])


def paragraph(text: str, size: float, page: int = 0) -> Paragraph:
    return Paragraph(page=page, text=text, size=size)


BODY = paragraph("The body of the text, which is longer than anything else that stands on the page." * 3, 11)


@pytest.mark.parametrize(
    ("paragraphs", "title"),
    [
        ([], None),
        ([BODY], None),
        ([paragraph("Digital strategy", 20), BODY], "Digital strategy"),
        ([paragraph("Ministry of Works", 14), paragraph("Digital strategy", 20), BODY], "Digital strategy"),
        ([paragraph("MEMORANDUM", 24), paragraph("On the use of cloud", 16), BODY], "On the use of cloud"),
        ([paragraph("News", 24), BODY], None),
        ([paragraph("Slightly larger", 12), BODY], None),
        ([BODY, paragraph("A title on the second page", 20, page=1)], None),
        (
            [paragraph("Word " * 80, 20), paragraph("Digital strategy", 16), paragraph("x" * 700, 11)],
            "Digital strategy",
        ),
        ([paragraph("First of two", 20), paragraph("Second of two", 20), BODY], "First of two"),
    ],
)
def test_the_title_is_what_is_largest_on_the_first_page(paragraphs: list[Paragraph], title: str | None) -> None:
    assert find_big_line(paragraphs) == title


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            line, st.sampled_from(["-", "a\x02b", "3", "• x", " ", "One.", "two-", "\ud800"]), page=st.integers(0, 3), y=st.floats(-1e3, 1e3),
            left=st.floats(-1e3, 1e3), width=st.floats(-10, 1e3), size=st.floats(-1, 100),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_no_lines_are_too_odd(lines: list[PdfLine]) -> None:
    paragraphs = find_paragraphs(PdfFile(lines=tuple(lines), pages=4, pages_read=4))
    find_big_line(paragraphs)
    assert all("\n" not in one.text for one in paragraphs)
