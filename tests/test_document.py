"""What a PDF announces: where its title, date and text come from, and what comes of one that cannot be read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.announcement import Announcement, DateSource, FetchedPage, Loss, NotAPage, PublicationDate, Row, TextState
from crawler.extract import read_page
from crawler.way import Way
from tests.crawling import crawl, make_feed, make_item, make_order, make_source
from tests.loopback import Answer, Site
from tests.pdfs import Words, lay_out, lock, write_bomb, write_pdf

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "https://www.gov.example/files/mou-2026.pdf"
TITLE = "Memorandum of Understanding on Digital Government"
BODY = (
    "The two governments, wishing to build public services that people can use without",
    "help, have reached the following understanding about the way in which they will",
    "work together during the coming five years.",
)
TEXT = " ".join(BODY)
FEED_DAY = PublicationDate(on=date(2026, 7, 9), source=DateSource.FEED)


def document(*before: str | tuple[str, float], **properties: str) -> bytes:
    return write_pdf(lay_out(*before, "", *BODY), **properties)


def fetched(
    body: bytes, *, kind: str | None = "application/pdf", url: str = URL, source_language: str = "en", **row: Any
) -> FetchedPage:
    return FetchedPage(
        source="press", source_name="The Press Office", language=source_language, row=Row(url=url, entry_point="", way=Way.FEED, **row),
        requested_url=url, url=url, redirects=(), content_type=kind, body=body, validators=None,
    )  # fmt: skip


def announce(body: bytes, **values: Any) -> Announcement:
    told = read_page(fetched(body, **values), now=NOW)
    assert isinstance(told, Announcement), told
    return told


def test_a_memorandum_is_an_announcement_like_any_other() -> None:
    told = announce(document((TITLE, 20), "Signed in Harbour City on 4 July 2026"), title="An agreement")
    assert (told.title, told.url, told.language) == ("An agreement", URL, "en")
    assert (told.published.on, told.text_state, told.missing, told.note) == (
        date(2026, 7, 4),
        TextState.PAGE,
        None,
        None,
    )
    assert told.text == f"{TITLE}\nSigned in Harbour City on 4 July 2026\n{TEXT}"
    assert told.summary is not None
    assert told.summary.startswith(TITLE)
    assert [key.value for key in told.keys] == [URL]


@pytest.mark.parametrize(
    ("listed", "first", "stated", "title"),
    [
        ("An agreement", (TITLE, 20), "Stated title", "An agreement"),
        ("An agreement (PDF, 240 KB)", (TITLE, 20), None, "An agreement"),
        ("An agreement [opens in a new tab, PDF 1.2 MB]", (TITLE, 20), None, "An agreement"),
        ("An agreement - PDF - 240 Ko", (TITLE, 20), None, "An agreement"),
        ("How to make a PDF accessible", (TITLE, 20), None, "How to make a PDF accessible"),
        ("An agreement | The Press Office", (TITLE, 20), None, "An agreement"),
        ("Download the document (PDF, 1 MB)", (TITLE, 20), "Stated title", TITLE),
        ("PDF", (TITLE, 20), None, TITLE),
        ("Télécharger le document", (TITLE, 20), None, TITLE),
        ("Press releases", (TITLE, 20), None, TITLE),
        (None, (TITLE, 20), "Stated title", TITLE),
        (None, "As large as the rest", "Stated title", "Stated title"),
        (None, "As large as the rest", "Microsoft Word - final_v3.docx", "As large as the rest"),
        (None, "As large as the rest", "mou_2026.indd", "As large as the rest"),
        (None, "As large as the rest", "Document1", "As large as the rest"),
        (None, "As large as the rest", None, "As large as the rest"),
    ],
)
def test_the_title_is_the_row_s_then_the_page_s_then_the_file_s(
    listed: str | None, first: str | tuple[str, float], stated: str | None, title: str
) -> None:
    properties = {"title": stated} if stated else {}
    assert announce(document(first, **properties), title=listed).title == title


@pytest.mark.parametrize(
    ("first", "made", "on", "source"),
    [
        ("4 July 2026", "D:20260801120000Z", date(2026, 7, 4), DateSource.PAGE),
        ("Published: 4 July 2026", None, date(2026, 7, 4), DateSource.PAGE),
        ("HARBOUR CITY, 4 July 2026 - The ministers of both countries have signed a memorandum and will", None, date(2026, 7, 4), DateSource.PAGE),
        ("After the agreement of 3 March 2019 - which nobody has forgotten, the ministers have come together", None, None, None),
        ("After the agreement that was signed on 3 March 2019 nobody expected the ministers to come together", None, None, None),
        ("Last updated 5 July 2026", "D:20260801120000+02'00'", date(2026, 8, 1), DateSource.PAGE),
        ("No date at all", "D:20260801120000-05'00'", date(2026, 8, 1), DateSource.PAGE),
        ("No date at all", "20260801", date(2026, 8, 1), DateSource.PAGE),
        ("No date at all", "D:20991231000000Z", None, None),
        ("No date at all", "D:00010101000000Z", None, None),
        ("No date at all", "D:20261399", None, None),
        ("No date at all", "yesterday", None, None),
        ("No date at all", None, None, None),
    ],
)  # fmt: skip
def test_the_day_is_the_first_page_s_then_that_on_which_the_file_was_made(
    first: str, made: str | None, on: date | None, source: DateSource | None
) -> None:
    """R21."""
    body = document(first, **({"created": made} if made else {}))
    assert announce(body).published == PublicationDate(on=on, source=source)
    assert announce(body, published=FEED_DAY).published == FEED_DAY, "the row knows best"


def test_the_day_of_a_document_is_not_looked_for_beyond_its_first_page() -> None:
    assert announce(write_pdf(lay_out(*BODY), lay_out("4 July 2026", *BODY))).published.on is None


def test_a_date_is_read_as_the_publisher_s_country_writes_it() -> None:
    assert announce(document("04/07/2026"), url="https://www.gov.uk/a.pdf").published.on == date(2026, 7, 4)
    assert announce(document("04/07/2026"), url="https://www.omb.gov/a.pdf").published.on == date(2026, 4, 7)
    assert announce(document("04/07/2026"), url="https://www.gov.example/a.pdf").published.on is None


@pytest.mark.parametrize(
    ("source", "row", "file", "language"),
    [("en", None, None, "en"), ("en-GB", None, "en-US", "en-GB"), ("en", None, "fr_CA", "fr-CA"), ("en", "it", "fr", "it"), ("en", None, "und", "en")],
)  # fmt: skip
def test_the_language_is_the_row_s_then_the_source_s_unless_the_file_is_in_another(
    source: str, row: str | None, file: str | None, language: str
) -> None:
    properties = {"language": file} if file else {}
    assert announce(write_pdf(lay_out(*BODY), **properties), source_language=source, language=row).language == language


@pytest.mark.parametrize("kind", ["application/pdf", "text/html", "application/octet-stream", "text/plain", None])
@pytest.mark.parametrize("url", [URL, "https://www.gov.example/download?id=7"])
def test_the_bytes_decide_what_is_a_pdf(kind: str | None, url: str) -> None:
    assert announce(document((TITLE, 20)), kind=kind, url=url).title == TITLE


def test_a_page_under_the_address_and_type_of_a_pdf_is_a_page() -> None:
    html = f"<!DOCTYPE html><html><head><title>{TITLE}</title></head><body><main><h1>{TITLE}</h1><p>%PDF- {TEXT}</p></main></body></html>"
    assert announce(html.encode(), kind="application/pdf").text == f"%PDF- {TEXT}"
    missing = "<!DOCTYPE html><title>Page not found</title><body><h1>Page not found</h1><p>Sorry.</p>"
    lost = read_page(fetched(missing.encode()), now=NOW)
    assert isinstance(lost, NotAPage)
    assert lost.loss is Loss.SOFT_NOT_FOUND


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (lock(document("Secret")), "the PDF opens only with a password"),
        (b"%PDF-1.7\nbroken", "nothing of the PDF was read: it is broken"),
        (b"\x00\x01\x02\x03", "the PDF is broken: it does not begin as one"),
    ],
)
def test_what_cannot_be_opened_says_why(body: bytes, detail: str) -> None:
    assert read_page(fetched(body, title="An agreement"), now=NOW) == NotAPage(loss=Loss.UNREADABLE, detail=detail)


def test_a_scan_keeps_its_title_and_says_that_it_has_no_text() -> None:
    """R17."""
    scan = write_pdf([], [], [Words(text="Approved")], title="Digital strategy", created="D:20260704")
    told = announce(scan)
    assert (told.title, told.text, told.text_state, told.missing) == (
        "Digital strategy",
        None,
        TextState.MISSING,
        Loss.NO_TEXT,
    )
    assert told.missing_detail == "the PDF has hardly any text: its 3 pages seem to be scanned"
    assert told.published.on == date(2026, 7, 4)
    assert announce(write_pdf([])).title == "mou 2026", "the name of the file is better than nothing"


def test_a_document_that_is_cut_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """R39."""
    monkeypatch.setattr("crawler.pdf.MAX_PAGES", 1)
    told = announce(write_pdf(lay_out(*BODY), lay_out("More of it.")))
    assert (told.text, told.note) == (TEXT, "only the first 1 of the PDF's 2 pages were read")


def test_each_document_of_a_crawl_has_one_outcome_with_its_reason(tmp_path: Any) -> None:
    """R17, R24, R26, R39: the bomb ends its worker, and the others are read all the same."""
    bodies = {
        "/memorandum": document((TITLE, 20), "4 July 2026"),
        "/scan": write_pdf([]),
        "/locked": lock(document("Secret")),
        "/bomb": write_bomb(700),
        "/broken": b"%PDF-1.7\nbroken",
        "/large": document((TITLE, 20)) + bytes(200_000),
    }
    with Site({path: Answer(body=body, kind="application/pdf") for path, body in bodies.items()}) as site:
        site.pages["/feed"] = make_feed(*(make_item(site.url(path), f"Document {path[1:]}") for path in bodies))
        source = make_source(feeds=[site.url("/feed")])
        result = crawl(make_order(source, limits={"max_bytes": 100_000}), tmp_path)
    told = {one.row.title: (one.text_state, one.missing, one.missing_detail or "") for one in result.announcements}
    assert result.losses == []
    assert result.ended.complete
    assert told.pop("Document bomb")[2].startswith("reading it crashed the reader")
    assert told == {
        "Document memorandum": (TextState.PAGE, None, ""),
        "Document scan": (TextState.MISSING, Loss.NO_TEXT, "the PDF has hardly any text: its 1 pages seem to be scanned"),
        "Document locked": (TextState.MISSING, Loss.UNREADABLE, "the PDF opens only with a password"),
        "Document broken": (TextState.MISSING, Loss.UNREADABLE, "nothing of the PDF was read: it is broken"),
        "Document large": (TextState.MISSING, Loss.TOO_LARGE, "the answer is larger than the limit"),
    }  # fmt: skip
