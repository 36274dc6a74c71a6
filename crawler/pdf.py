"""Reads a PDF with PDFium, within limits of pages, characters, time and memory (R39); what the lines mean `pdf_text` says.

PDFium ends the process where it runs out of memory, so only a worker process may call this; it records the loss.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_ushort
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from crawler.announcement import Loss, NotAPage
from crawler.markup import clean_line
from crawler.pdf_text import PdfFile, PdfLine

MAX_PAGES = 200
MAX_CHARS = 400_000
MAX_READING_S = 10.0
# A report of 200 pages with pictures takes a tenth; a page of a megabyte that unpacks to a gigabyte is stopped by it.
MAX_MEMORY_BYTES = 512 << 20
LANGUAGE_CHARS = 32  # "zh-Hant-TW" has ten

TOO_MUCH_MEMORY = "reading the PDF takes more memory than a document may"
_FAULTS = {
    pdfium_c.FPDF_ERR_PASSWORD: "the PDF opens only with a password",
    pdfium_c.FPDF_ERR_SECURITY: "the PDF is protected in a way that cannot be read",
}


@dataclass(kw_only=True)
class _Reading:
    """What has been read so far, and how much more may be."""

    ends_at: float
    chars_left: int
    pages: int = 0
    lines: list[PdfLine] = field(default_factory=list)
    stopped: str | None = None


def read_pdf(body: bytes) -> PdfFile | NotAPage:
    """The lines and properties of the PDF that `body` is, or why it cannot be read: encrypted, or broken."""
    try:
        reading = _Reading(ends_at=time.monotonic() + MAX_READING_S, chars_left=MAX_CHARS)
        with _limit_memory(), pdfium.PdfDocument(body) as document:
            return _read(document, reading)
    except pdfium.PdfiumError as error:
        code = error.err_code if error.err_code is not None else pdfium_c.FPDF_ERR_UNKNOWN
        detail = _FAULTS.get(code, "nothing of the PDF was read: it is broken")
        return NotAPage(loss=Loss.UNREADABLE, detail=detail)
    except MemoryError:
        return NotAPage(loss=Loss.UNREADABLE, detail=TOO_MUCH_MEMORY)


@contextmanager
def _limit_memory() -> Iterator[None]:
    """Lets the process grow by no more than a document may need; the system refuses it the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = _find_address_space()
    if used is None or (hard != resource.RLIM_INFINITY and used + MAX_MEMORY_BYTES > hard):
        yield  # no /proc (macOS does not keep to this limit either), or a narrower limit holds already
        return
    resource.setrlimit(resource.RLIMIT_AS, (used + MAX_MEMORY_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _find_address_space() -> int | None:
    """Bytes of address space in use, as Linux counts them."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return None
    return pages * resource.getpagesize()


def _read(document: pdfium.PdfDocument, reading: _Reading) -> PdfFile | NotAPage:
    total = len(document)
    for number in range(min(total, MAX_PAGES)):
        _read_page(document, number, reading)
        if reading.stopped:
            break
    if not reading.pages:
        why = reading.stopped or f"it is broken: none of its {total} pages can be read"
        return NotAPage(loss=Loss.UNREADABLE, detail=f"nothing of the PDF was read: {why}")
    properties = document.get_metadata_dict(skip_empty=True)
    return PdfFile(
        lines=tuple(reading.lines),
        pages=total,
        pages_read=reading.pages,
        title=clean_line(properties.get("Title")),
        created=clean_line(properties.get("CreationDate")),
        language=_read_language(document),
        cut=_explain_cut(reading, total),
    )


def _explain_cut(reading: _Reading, total: int) -> str | None:
    if reading.stopped:
        return f"only the beginning of the PDF was read ({reading.stopped})"
    if total > MAX_PAGES:
        return f"only the first {MAX_PAGES} of the PDF's {total} pages were read"
    if total > reading.pages:
        return f"{total - reading.pages} of the PDF's {total} pages are broken and were left out"
    return None


def _read_page(document: pdfium.PdfDocument, number: int, reading: _Reading) -> None:
    if time.monotonic() > reading.ends_at:
        reading.stopped = f"it took longer than {MAX_READING_S:g} s"
        return
    try:
        page = document[number]
        text = page.get_textpage()
    except pdfium.PdfiumError:
        return
    reading.pages += 1
    reading.lines += _read_lines(text, number, reading.chars_left)
    reading.chars_left -= max(text.count_chars(), 0)
    if reading.chars_left <= 0:
        reading.stopped = f"it has more than {MAX_CHARS} characters"
    text.close()
    page.close()


def _read_lines(text: pdfium.PdfTextPage, page: int, most: int) -> Iterator[PdfLine]:
    codes = [pdfium_c.FPDFText_GetUnicode(text, place) for place in range(min(text.count_chars(), most))]
    letters = "".join(map(chr, codes))  # one for each place, so that the place of a line is known
    begins = 0
    for line in letters.replace("\r", "\n").split("\n"):
        if line.strip():
            yield _place_line(text, page, line, begins)
        begins += len(line) + 1


def _place_line(text: pdfium.PdfTextPage, page: int, line: str, begins: int) -> PdfLine:
    first = text.get_charbox(begins + len(line) - len(line.lstrip()), loose=True)
    last = text.get_charbox(begins + len(line.rstrip()) - 1, loose=True)
    return PdfLine(
        page=page,
        text=_mend(line),
        left=first[0],
        right=last[2],
        bottom=last[1],
        top=first[3],
        size=max(first[3] - first[1], last[3] - last[1]),  # a bullet is smaller than what it stands before
    )


def _mend(line: str) -> str:
    """PDFium gives what lies beyond U+FFFF as two halves."""
    return line.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _read_language(document: pdfium.PdfDocument) -> str | None:
    buffer = (c_ushort * LANGUAGE_CHARS)()
    pdfium_c.FPDFCatalog_GetLanguage(document, buffer, 2 * LANGUAGE_CHARS)  # writes nothing where it does not fit
    return bytes(buffer).decode("utf-16-le", "ignore").partition("\0")[0] or None
