"""Reading PDFs: what is given for each line, and what comes of files that are encrypted, broken or too much (R24, R39).

What a bomb does to its worker is a matter of crawls: tests/test_document.py.
"""

import resource
import time

import pytest

from crawler import pdf
from crawler.announcement import Loss, NotAPage
from crawler.pdf import read_pdf
from crawler.pdf_text import PdfFile
from tests.pdfs import Words, assemble, lay_out, lock, make_stream, write_pdf

ONE = write_pdf(lay_out("One line of text.", "And another one."))


def read(body: bytes) -> PdfFile:
    file = read_pdf(body)
    assert isinstance(file, PdfFile), file
    return file


def refuse(body: bytes) -> str:
    refused = read_pdf(body)
    assert isinstance(refused, NotAPage), refused
    assert refused.loss is Loss.UNREADABLE
    return refused.detail


def test_each_line_comes_with_its_place_and_size() -> None:
    first, second = read(write_pdf([Words(text="A heading", size=20, y=700), Words(text="Text", x=100, y=650)])).lines
    assert [(line.page, line.text, round(line.left)) for line in (first, second)] == [
        (0, "A heading", 72),
        (0, "Text", 100),
    ]
    assert first.bottom < 700 < first.top < first.bottom + 40
    assert first.right > second.left
    assert 1.7 < first.size / second.size < 1.95


def test_the_properties_come_as_they_are() -> None:
    file = read(write_pdf(lay_out("Text"), title="A  title\n", created="D:20260704", language="fr-CA"))
    assert (file.title, file.created, file.language) == ("A title", "D:20260704", "fr-CA")
    assert (file.pages, file.pages_read, file.cut) == (1, 1, None)


def test_a_file_without_properties_says_nothing_of_itself() -> None:
    file = read(ONE)
    assert (file.title, file.created, file.language) == (None, None, None)


def test_letters_of_other_scripts_and_signs_are_read() -> None:
    (line,) = read(write_pdf(lay_out("Café – “naïve” œuvre (50 %) \\ €"))).lines
    assert line.text == "Café – “naïve” œuvre (50 %) \\ €"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (lock(ONE), "opens only with a password"),
        (b"%PDF-1.7\nnothing else", "it is broken"),
        (ONE[:60], "it is broken"),
        (b"%PDF-1.7\n" + bytes(5000), "it is broken"),
        (assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>"]), "it is broken"),
        (
            assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 3/Kids[9 0 R 8 0 R 2 0 R]>>"]),
            "it is broken",
        ),
    ],
    ids=["locked", "no objects", "cut off", "zeros", "no pages", "pages missing"],
)
def test_what_cannot_be_read_says_why(body: bytes, detail: str) -> None:
    """R24."""
    assert detail in refuse(body)


def test_a_file_without_its_end_is_read_as_far_as_it_goes() -> None:
    assert [line.text for line in read(ONE[: ONE.index(b"startxref")].replace(b"00000", b"00009")).lines] == [
        "One line of text.",
        "And another one.",
    ]


def test_bytes_before_the_beginning_do_no_harm() -> None:
    assert len(read(b"\r\n\r\n" + ONE).lines) == 2


def test_a_broken_page_is_left_out_and_told_of() -> None:
    whole = write_pdf(lay_out("The first page."), lay_out("The second."), lay_out("The third."))
    file = read(whole.replace(b"6 0 obj\n<</Type/Page/", b"6 0 obj\n(nothing)%%%%%%%"))
    assert [line.text for line in file.lines] == ["The first page.", "The third."]
    assert file.cut == "1 of the PDF's 3 pages are broken and were left out"


def test_no_more_than_the_first_pages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """R39."""
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    file = read(write_pdf(*(lay_out(f"Page {number}") for number in range(5))))
    assert ([line.text for line in file.lines], file.pages) == (["Page 0", "Page 1"], 5)
    assert file.cut == "only the first 2 of the PDF's 5 pages were read"


def test_no_more_than_so_many_characters_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """R39."""
    monkeypatch.setattr(pdf, "MAX_CHARS", 20)
    file = read(write_pdf(*(lay_out("Twelve chars") for _ in range(5))))
    assert sum(len(line.text) for line in file.lines) == 20
    assert file.cut == "only the beginning of the PDF was read (it has more than 20 characters)"


def test_reading_stops_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """R39."""
    monkeypatch.setattr(pdf, "MAX_READING_S", -1.0)
    assert refuse(ONE) == "nothing of the PDF was read: it took longer than -1 s"


def test_a_count_of_pages_that_is_a_lie_is_not_believed() -> None:
    """R39."""
    began_at = time.monotonic()
    file = read(ONE.replace(b"/Count 1/", b"/Count 999999999/"))
    assert len(file.lines) == 2
    assert time.monotonic() - began_at < 2


def test_a_circle_of_forms_ends() -> None:
    """R39."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page]
    assert read(assemble([*objects, make_stream(b"/X Do"), make_stream(b"/X Do", form)])).lines == ()


def test_the_limit_on_memory_is_lifted_again() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    read(ONE)
    refuse(lock(ONE))
    assert resource.getrlimit(resource.RLIMIT_AS) == before
