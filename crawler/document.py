"""Makes an announcement of a PDF: memoranda, policies and reports are published as such.

    bytes -> lines and properties -> paragraphs -> title, date -> announcement

Sources of the title, in this order: the row, the largest words of the first page, the file's properties. Of the date:
the row, what the first page prints, the day on which the file was made.
"""

import re
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from crawler.announcement import Announcement, DateSource, FetchedPage, Loss, NotAPage, PublicationDate, TextState
from crawler.announcing import SUMMARY_CHARS, cut_at_sentence, find_country, find_public_url, make_page_keys, summarise
from crawler.dates import NO_DATE, DateReading, find_date, read_date
from crawler.markup import clean_line, clean_lines
from crawler.metadata import tidy_language
from crawler.pdf import read_pdf
from crawler.pdf_text import Paragraph, PdfFile, find_big_line, find_paragraphs
from crawler.titles import TitleClaims, choose_title

# "Memorandum of understanding (PDF, 240 KB)", "Strategy - PDF 1.2 MB"
FILE_NOTE = re.compile(
    r"(?i)\s*(?:[\[(](?:[^\])]{0,40}[\s,])?PDF\b[^\])]{0,60}[\])]"
    r"|[-\N{EN DASH},|:]?\s*\bPDF\b\s*[-\N{EN DASH},|:]?\s*\d+(?:[.,]\d+)?\s*[kmg]?[bo]\w*)\s*$"
)
# Links to a file that name no document.
LINK_WORDS = re.compile(
    r"(?i)(?:download|view|open|read|see|get|télécharger|voir|consulter|lire|scarica|leggi|herunterladen)?\s*"
    r"(?:the|this|le|la|il|das)?\s*(?:full\s+)?(?:pdf|document|file|text|version|documento|dokument|fichier|here|more|ici|qui)?"
    r"(?:\s*\(?pdf\)?)?"
)
# What programs fill in when nobody has: names of files and of programs.
NOT_A_TITLE = re.compile(
    r"(?i)microsoft (?:word|powerpoint) - .*|untitled.*|.*\.(?:docx?|pdf|pptx?|indd|odt|rtf|tex|qxd|pages)|\S+"
)
# D:20261124123241+01'00' (ISO 32000-1, section 7.9.4)
PROPERTY_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})(?:\d{0,6}.{0,7})")
MAX_DATE_LINE_CHARS = 70
# "HARBOUR CITY, 4 July 2026 - The government": names, a date, a dash.
DATELINE = re.compile(
    r"(?P<line>(?:(?:[A-Z\W][^\s]*|de|di|la|le|du|of|and|et|e|on)\s+){0,6}\S+(?:\s\S+){0,3}?)"
    r"\s*(?:[-\N{EN DASH}\N{EM DASH}:)]|\.\s)"
)
MIN_LETTERS = 40
MIN_LETTERS_A_PAGE = 20
MAX_UNREADABLE_SHARE = 0.3
UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")


def read_document(page: FetchedPage, *, now: datetime) -> Announcement | NotAPage:
    """The announcement that a PDF makes, or why it makes none: encrypted, or broken.

    One without a text in it (a scan) keeps its title, and its text is MISSING. The language is the row's, else the
    source's, unless the file says that it is in another one.
    """
    file = read_pdf(page.body)
    if isinstance(file, NotAPage):
        return file
    paragraphs = find_paragraphs(file)
    trouble = _explain_no_text(file, paragraphs)
    text = None if trouble else clean_lines("\n".join(one.text for one in paragraphs))
    reading = DateReading(now=now, language=page.language, country=find_country(page.url, page.country))
    return Announcement(
        source=page.source,
        url=find_public_url(page.url),
        keys=make_page_keys(page),
        row=page.row,
        title=_find_title(page, file, [] if trouble else paragraphs),
        author=clean_line(page.row.author),
        language=tidy_language(page.row.language) or _find_language(page, file),
        published=_find_date(page, file, [] if trouble else paragraphs, reading),
        text=text,
        summary=summarise(None, page.row.summary, text),
        text_state=TextState.PAGE if text else TextState.MISSING,
        missing=Loss.NO_TEXT if trouble else None,
        missing_detail=trouble,
        note=file.cut,
        validators=page.validators,
    )


def _find_language(page: FetchedPage, file: PdfFile) -> str:
    """Word processors say "en-US" of every English text, wherever it was written."""
    said = tidy_language(file.language)
    return said if said and said.split("-")[0] != page.language.split("-")[0] else page.language


def _explain_no_text(file: PdfFile, paragraphs: list[Paragraph]) -> str | None:
    text = "".join(one.text for one in paragraphs)
    letters = sum(map(str.isalpha, text))
    if len(UNREADABLE.findall(text)) > MAX_UNREADABLE_SHARE * max(1, len(text)):
        return "the PDF's fonts do not say which letters they show"
    if letters < max(MIN_LETTERS, MIN_LETTERS_A_PAGE * file.pages_read):
        return f"the PDF has hardly any text: its {file.pages} pages seem to be scanned"
    return None


def _find_title(page: FetchedPage, file: PdfFile, paragraphs: list[Paragraph]) -> str:
    listed = FILE_NOTE.sub("", clean_line(page.row.title) or "")
    row = choose_title(TitleClaims(row=listed, site_names=(page.source_name,)))
    if row and not LINK_WORDS.fullmatch(row):
        return row
    named = file.title if file.title and not NOT_A_TITLE.fullmatch(file.title) else None
    first = cut_at_sentence(paragraphs[0].text, SUMMARY_CHARS) if paragraphs else None
    return clean_line(find_big_line(paragraphs)) or named or row or clean_line(first) or _name_file(page.url)


def _name_file(url: str) -> str:
    """The name of the file, for a document that says nothing else."""
    stem = PurePosixPath(unquote(urlsplit(url).path)).stem
    return clean_line(re.sub(r"[-_+]+", " ", stem)) or url


def _find_date(page: FetchedPage, file: PdfFile, paragraphs: list[Paragraph], reading: DateReading) -> PublicationDate:
    if page.row.published.on:
        return page.row.published
    printed = _find_printed([one for one in paragraphs if one.page == paragraphs[0].page], reading)
    return printed if printed.on else _read_property(file.created, reading)


def _find_printed(paragraphs: list[Paragraph], reading: DateReading) -> PublicationDate:
    """A date that stands alone, or at the head of the text as a dateline; one in a sentence is about something else."""
    for one in paragraphs:
        if len(one.text) <= MAX_DATE_LINE_CHARS:
            found = find_date(one.text, reading, source=DateSource.PAGE)
        else:
            found = _read_dateline(one.text, reading)
        if found.on:
            return found
    return NO_DATE


def _read_dateline(text: str, reading: DateReading) -> PublicationDate:
    found = DATELINE.match(text)
    return find_date(found["line"], reading, source=DateSource.PAGE) if found else NO_DATE


def _read_property(text: str | None, reading: DateReading) -> PublicationDate:
    """The day alone: when a file was made says nothing of the hour at which it was published."""
    found = PROPERTY_DATE.fullmatch(text or "")
    return read_date("-".join(found.groups()), reading, source=DateSource.PAGE) if found else NO_DATE
