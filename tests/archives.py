"""Archives in memory or on disk with a few announcements, for the tests of everything that works on one."""

import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlite_utils import Database

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
from crawler.configuration import Fault
from crawler.order import Announced, EntryRead, Lost, ReportLine, SourceEnded
from crawler.source import Source, SourceKind
from crawler.way import Way
from monitor.archive.connection import open_archive
from monitor.archive.sources import register_sources
from monitor.channel import Address, Channel
from monitor.intake import Intake, take_in
from monitor.matching import Matching, prepare_matching
from monitor.polling import Pace
from monitor.watch import Watch

PACE = Pace(shortest=timedelta(minutes=30), longest=timedelta(hours=6))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = "https://example.org/feed"
TEXT = (
    "The two governments signed a memorandum of understanding on digital services, and will share what they learn. " * 6
)


def make_source(source_id: str = "gb-blog", **values: Any) -> Source:
    return Source(
        **{
            "id": source_id,
            "name": "A blog",
            "country": "GB",
            "language": "en",
            "kind": SourceKind.GOVERNMENT_BLOG,
            "homepage": "https://example.org/",
            "feeds": (FEED,),
            **values,
        }
    )


def make_channel(*templates: str, name: str = "team") -> Channel:
    place = Fault(file="channels.toml", message="")
    return Channel(
        name=name,
        addresses=tuple(
            Address(
                channel=name,
                template=template,
                id=f"{number:08x}",
                label=f"{name} {number}",
                url=SecretStr(template),
                fault_place=place,
            )
            for number, template in enumerate(templates)
        ),
    )


def make_row(path: str, **values: Any) -> Row:
    return Row(
        **{"url": f"https://example.org{path}", "entry_point": FEED, "way": Way.FEED, "fingerprint": "f", **values}
    )


def make_announcement(
    path: str, *, source: str = "gb-blog", day: date | None = date(2026, 3, 1), **values: Any
) -> Announcement:
    url = f"https://example.org{path}"
    title = values.pop("title", f"An announcement under {path}")
    text = values.pop("text", f"{path} {TEXT}")
    row = values.pop("row", make_row(path, title=title))
    return Announcement(
        **{
            "source": source,
            "url": url,
            "keys": (Key(kind=KeyKind.REQUESTED, value=url),),
            "row": row,
            "title": title,
            "author": None,
            "language": "en",
            "published": PublicationDate(on=day, source=DateSource.FEED if day else None),
            "text": text,
            "summary": None,
            "text_state": TextState.PAGE if text is not None else TextState.MISSING,
            "missing": None if text is not None else Loss.UNREADABLE,
            "missing_detail": None if text is not None else "no text found",
            "validators": Validators(url=url, etag='"1"', body_sha256="0"),
            **values,
        }
    )


def write_report(
    *announcements: Announcement,
    source: str = "gb-blog",
    losses: Iterable[Lost] = (),
    complete: bool = True,
    reached_end: bool = True,
    entry: EntryRead | None = None,
    listed: Iterable[str] = (),
) -> list[ReportLine]:
    """A report as a crawl of one feed would give it."""
    gone = list(losses)
    read = entry or EntryRead(
        source=source,
        url=FEED,
        way=Way.FEED,
        status=200,
        rows=len(announcements) + len(gone) + len(list(listed)),
        listed=tuple(listed),
        validators=Validators(url=FEED, etag='"e"', body_sha256="b"),
    )
    return [
        read,
        *(Announced(announcement=announcement) for announcement in announcements),
        *gone,
        SourceEnded(
            source=source,
            complete=complete,
            reached_end=reached_end,
            requests=1,
            not_modified=0,
            bytes_received=1,
            started_at=NOW,
            ended_at=NOW,
        ),
    ]


class Archive:
    """An archive with its watches, into which reports are taken one after the other, an hour apart."""

    def __init__(
        self,
        path: Path,
        *,
        watches: Iterable[Watch] = (),
        channels: Iterable[Channel] = (),
        sources: Iterable[Source] = (),
    ) -> None:
        self.sources = {source.id: source for source in (*sources, make_source())}
        self.database: Database = open_archive(path)
        register_sources(self.database, self.sources.values())
        self.matching: Matching = prepare_matching(watches, channels)
        self._hours = itertools.count()
        self.at = NOW

    def take(self, lines: list[ReportLine], *, source: str = "gb-blog", at: datetime | None = None) -> Intake:
        self.at = at or NOW + timedelta(hours=next(self._hours))
        return take_in(self.database, self.sources[source], lines, self.matching, pace=PACE, at=self.at)

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        return list(self.database.query(sql, list(parameters)))

    def values(self, sql: str, *parameters: object) -> list[Any]:
        return [next(iter(row.values())) for row in self.rows(sql, *parameters)]
