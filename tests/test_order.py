"""Orders and reports survive being written down, and a torn line is no line."""

from datetime import UTC, date, datetime

from crawler.announcement import (
    Announcement,
    DateSource,
    Key,
    KeyKind,
    Loss,
    PublicationDate,
    Row,
    TextState,
    Validators,
)
from crawler.limits import CrawlLimits
from crawler.order import (
    Announced,
    CrawlOrder,
    EntryRead,
    KnownPage,
    Lost,
    PageChecked,
    ReportLine,
    RobotsRead,
    RobotsState,
    SourceEnded,
    SourceOrder,
    decode_line,
    decode_order,
    encode_line,
    encode_order,
    read_report,
)
from crawler.source import Source, SourceKind
from crawler.way import Way

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW = Row(
    url="https://example.org/r%C3%A9unions",
    entry_point="https://example.org/feed",
    way=Way.FEED,
    title="Réunions “plus utiles”",
    published=PublicationDate(at=AT, on=date(2026, 3, 1), source=DateSource.FEED),
    fingerprint="abc",
)
VALIDATORS = Validators(url=ROW.url, etag='W/"x"', last_modified="Sun, 01 Mar 2026 12:00:00 GMT", body_sha256="00")
SOURCE = Source(
    id="ca",
    name="Blog",
    country="CA",
    language="fr",
    kind=SourceKind.GOVERNMENT_BLOG,
    homepage="https://example.org/",
    feeds=("https://example.org/feed",),
    every="6 hours",
)
LINES: tuple[ReportLine, ...] = (
    EntryRead(source="ca", url=ROW.entry_point, way=Way.FEED, status=200, rows=1, validators=VALIDATORS),
    Announced(
        announcement=Announcement(
            source="ca",
            url=ROW.url,
            keys=(Key(kind=KeyKind.REQUESTED, value=ROW.url),),
            row=ROW,
            title="Réunions",
            author=None,
            language="fr",
            published=ROW.published,
            text="Un\ndeux",
            summary=None,
            text_state=TextState.PAGE,
            validators=VALIDATORS,
        )
    ),
    Lost(source="ca", url=ROW.url, loss=Loss.TIMEOUT, detail="30 s", row=ROW, retry_after_s=9),
    PageChecked(source="ca", url=ROW.url, row=ROW),
    RobotsRead(state=RobotsState(origin="https://example.org", status=200, body="User-agent: *", fetched_at=AT)),
    SourceEnded(
        source="ca",
        complete=True,
        reached_end=True,
        requests=3,
        not_modified=1,
        bytes_received=10,
        started_at=AT,
        ended_at=AT,
    ),
)


def test_an_order_comes_back_as_it_was_written() -> None:
    order = CrawlOrder(
        ordered_at=AT,
        limits=CrawlLimits(contact="ops@example.org"),
        sources=(
            SourceOrder(
                source=SOURCE,
                validators=(VALIDATORS,),
                known={"example.org/a": "f"},
                page_validators={"example.org/a": VALIDATORS},
                retry=(ROW,),
                recheck=(KnownPage(row=ROW, validators=VALIDATORS),),
                page_through=True,
            ),
        ),
    )

    assert decode_order(encode_order(order)) == order


def test_every_kind_of_report_line_comes_back_as_it_was_written() -> None:
    assert tuple(read_report(b"".join(map(encode_line, LINES)))) == LINES


def test_a_torn_line_is_no_line() -> None:
    """R1: a crawl can be killed at any point."""
    for line in LINES:
        written = encode_line(line)
        assert all(decode_line(written[:cut]) is None for cut in range(0, len(written) - 2, 7))


def test_a_line_is_one_line_whatever_the_text_holds() -> None:
    assert all(encode_line(line).count(b"\n") == 1 for line in LINES)
