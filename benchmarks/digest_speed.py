"""Seconds and memory for a digest of 10,000 matches, from the archive to a mail server that has taken every message."""

import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.result import Result
from crawler.announcement import Announcement, DateSource, Key, KeyKind, PublicationDate, Row, TextState
from crawler.order import Announced, EntryRead, ReportLine, SourceEnded
from crawler.source import Source, SourceKind
from crawler.way import Way
from monitor.archive.connection import open_archive
from monitor.archive.sources import register_sources
from monitor.archive.worker import ArchiveWorker
from monitor.channel import Channel, read_channels
from monitor.intake import take_in
from monitor.matching import prepare_matching
from monitor.outbox import DeliveryJob, deliver_due
from monitor.polling import Pace
from monitor.receivers import MailReceiver
from monitor.watch import Watch

MATCHES = 10_000
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = "https://example.org/feed"
WATCH = Watch(name="Agreements", any=("memorandum of understanding",), channels=("team",), when="daily 08:00 UTC")
SENTENCE = (
    "The two governments signed a memorandum of understanding on digital services, and will share what they learn. "
)


def measure() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder, MailReceiver() as mail:
        place = Path(folder)
        (place / "channels.toml").write_text('[channels.team]\nurls = ["${MAIL}"]\n', encoding="utf-8")
        (channel,), _ = read_channels(place / "channels.toml", {"MAIL": mail.url})
        _fill(place / "a.db", channel)
        took_s, peak_mb = _deliver_elsewhere(place, mail.url)
        shown = sum(str(one.get_body(("plain",)).get_content()).count("Why: ") for one in mail.messages)  # type: ignore[union-attr, misc]
        assert shown == MATCHES, f"{shown} of {MATCHES} matches were told"
    detail = f"[{MATCHES} matches in {len(mail.messages)} mails]"
    return [
        Result(name="digest of 10,000 matches, delivered", value=took_s, unit="s", most=10, detail=detail),
        Result(name="memory of that", value=peak_mb, unit="MB", most=300),
    ]


def _fill(path: Path, channel: Channel) -> None:
    """An archive that owes `MATCHES` alerts."""
    source = Source(
        id="blog",
        name="A blog",
        country="GB",
        language="en",
        kind=SourceKind.GOVERNMENT_BLOG,
        homepage="https://example.org/",
        feeds=(FEED,),
    )
    database = open_archive(path)
    register_sources(database, [source])
    matching = prepare_matching([WATCH], [channel])
    pace = Pace(shortest=timedelta(minutes=15), longest=timedelta(hours=4))
    take_in(database, source, list(_report()), matching, pace=pace, at=AT - timedelta(hours=1))
    take_in(database, source, list(_report(MATCHES)), matching, pace=pace, at=AT)
    database.close()


def _report(announcements: int = 0) -> Iterator[ReportLine]:
    yield EntryRead(source="blog", url=FEED, way=Way.FEED, status=200, rows=announcements, listed=())
    for number in range(announcements):
        yield Announced(announcement=_announce(number))
    yield SourceEnded(
        source="blog",
        complete=True,
        reached_end=True,
        requests=1,
        not_modified=0,
        bytes_received=1,
        started_at=AT,
        ended_at=AT,
    )


def _announce(number: int) -> Announcement:
    url = f"https://example.org/{number}"
    title = f"Announcement number {number} on what two governments have agreed"
    return Announcement(
        source="blog",
        url=url,
        keys=(Key(kind=KeyKind.REQUESTED, value=url),),
        row=Row(url=url, entry_point=FEED, way=Way.FEED, fingerprint="f", title=title),
        title=title,
        author=None,
        language="en",
        published=PublicationDate(on=date(2026, 3, 2), source=DateSource.FEED),
        text=f"{number}. {SENTENCE * 6}",
        summary=None,
        text_state=TextState.PAGE,
        missing=None,
        missing_detail="",
        validators=None,
    )


def _deliver_elsewhere(place: Path, url: str) -> tuple[float, float]:
    """Seconds and peak of memory of a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_deliver, args=(place, url, theirs))
    process.start()
    took_s, peak_mb = ours.recv()
    process.join()
    return float(took_s), float(peak_mb)


def _deliver(place: Path, url: str, answer: Connection) -> None:
    channels, _ = read_channels(place / "channels.toml", {"MAIL": url})
    began = time.perf_counter()
    with ArchiveWorker(place / "a.db") as worker:
        job = DeliveryJob(
            archive=worker,
            channels=channels,
            items_per_message=20,
            timeout_s=15,
            clock=lambda: AT + timedelta(days=1),
            watches={WATCH.name: WATCH},
        )
        asyncio.run(deliver_due(job))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    answer.send((time.perf_counter() - began, peak_mb))


if __name__ == "__main__":
    for result in measure():
        print(result)
