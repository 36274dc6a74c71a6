"""Joins the matcher with the archive: what one announcement owes to whom, and what a new watch finds in the archive."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from crawler.announcement import Announcement
from crawler.source import Source
from monitor.archive.alerts import (
    HELD,
    AlertToOwe,
    MatchRecord,
    is_story_known_to_watch,
    owe_alert,
    record_match,
)
from monitor.archive.announcements import find_announcement_row
from monitor.archive.search import find_documents, save_index_terms
from monitor.archive.trail import Stage, Step, record_step
from monitor.archive.watches import find_watch_meanings, forget_watches, save_watch_meaning
from monitor.channel import Channel
from monitor.due import next_due
from monitor.match import Document, IndexTerms, Match, WatchIndex, Where, find_match, index_terms
from monitor.watch import Watch


@dataclass(frozen=True, kw_only=True)
class Matching:
    """The watches, indexed, and the channels that they name."""

    index: WatchIndex
    watches: Mapping[str, Watch]
    channels: Mapping[str, Channel]
    ahead: dict[str, dict[Document, "Judged"]] = field(default_factory=lambda: defaultdict(dict))
    """Source -> what was judged while its crawl still ran, to which nothing is added once the source is being filed."""

    def judge(self, document: Document) -> "Judged":
        """What the index and the watches say of a document."""
        terms = index_terms(title=document.title, text=document.text, summary=document.summary)
        return Judged(terms=terms, matches=self.index.match(document))

    def judge_ahead(self, announcement: Announcement, source: Source) -> None:
        """Judges an announcement as it comes in, so that filing its source later holds nothing up."""
        document = Document(
            title=announcement.title,
            text=announcement.text,
            summary=announcement.summary,
            source=source.id,
            country=source.country,
            kind=source.kind.value,
            language=announcement.language,
        )
        self.ahead[source.id][document] = self.judge(document)

    def take_judged(self, document: Document) -> "Judged":
        return self.ahead[document.source].pop(document, None) or self.judge(document)

    def forget_ahead(self, source_id: str) -> None:
        """Drops what was judged for announcements of a source that turned out to be filed already."""
        self.ahead.pop(source_id, None)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a document is to the full-text index and to the watches."""

    terms: IndexTerms
    matches: tuple[Match, ...]


@dataclass(frozen=True, kw_only=True)
class Matched:
    """How many matches and alerts one announcement newly gave."""

    matches: int
    alerts: int


def prepare_matching(watches: Iterable[Watch], channels: Iterable[Channel]) -> Matching:
    """The enabled watches, ready to be asked about any number of announcements."""
    enabled = tuple(watch for watch in watches if watch.enabled)
    return Matching(
        index=WatchIndex(enabled),
        watches={watch.name: watch for watch in enabled},
        channels={channel.name: channel for channel in channels},
    )


def read_document(row: Mapping[str, Any]) -> Document:
    """What the matcher sees of an announcement: the same for alerts, search and previews."""
    return Document(
        title=row["title"],
        text=row["text"],
        summary=row["summary"],
        source=row["source"],
        country=row["country"],
        kind=row["kind"],
        language=row["language"],
    )


def match_announcement(
    database: Database, matching: Matching, announcement_id: int, *, baseline: bool, at: datetime
) -> Matched:
    """Indexes an announcement's current version, files its matches, and owes the alerts that come of them.

    An announcement that was archived as baseline never alerts, not even when an edit makes it match. What is held until
    somebody has looked owes alerts that are held with it.
    """
    row = find_announcement_row(database, announcement_id)
    judged = matching.take_judged(read_document(row))
    save_index_terms(database, announcement_id, judged.terms)
    quiet = baseline or (bool(row["baseline"]) and row["state"] != HELD)
    matches = alerts = 0
    for match in judged.matches:
        if not record_match(database, _write_match(match, row, baseline=quiet), at=at):
            continue
        matches += 1
        if not quiet:
            alerts += _owe_alerts(database, matching, matching.watches[match.watch], row, at=at)
    return Matched(matches=matches, alerts=alerts)


def _write_match(match: Match, row: Mapping[str, Any], *, baseline: bool) -> MatchRecord:
    return MatchRecord(
        watch=match.watch,
        announcement_id=row["id"],
        version=row["version"],
        terms=match.terms,
        snippet=match.snippet.parts,
        in_title=match.snippet.where is Where.TITLE,
        baseline=baseline,
    )


def _owe_alerts(database: Database, matching: Matching, watch: Watch, row: Mapping[str, Any], *, at: datetime) -> int:
    if is_story_known_to_watch(database, watch.name, row["story_id"], row["id"]):
        _explain_silence(database, watch, row, "the watch knows this story from its baseline", at=at)
        return 0
    owed = 0
    for name in watch.channels:
        channel = matching.channels[name]
        for address in channel.addresses:
            alert = AlertToOwe(
                watch=watch.name,
                story_id=row["story_id"],
                announcement_id=row["id"],
                version=row["version"],
                channel=name,
                address=address.id,
                # A feed is fetched when its reader likes: nobody is disturbed by it.
                due_at=at if address.folder else next_due(at, watch.schedule, channel.hours, urgent=watch.urgent),
                held=row["state"] == HELD,
            )
            owed += owe_alert(database, alert, at=at)
    if watch.channels and not owed:
        _explain_silence(database, watch, row, "an alert for this story is owed or sent already", at=at)
    return owed


def _explain_silence(database: Database, watch: Watch, row: Mapping[str, Any], reason: str, *, at: datetime) -> None:
    step = Step(
        source=row["source"],
        url=row["url"],
        stage=Stage.ALERT,
        outcome="not alerted again",
        reason=f"watch “{watch.name}”: {reason}",
        announcement_id=row["id"],
    )
    record_step(database, step, at=at)


def take_up_new_watches(database: Database, watches: Iterable[Watch], *, at: datetime) -> dict[str, int]:
    """Matches the archive against every watch that is new or means something else now, as its baseline (R16).

    One that was switched off or taken out for a while is new when it comes back. Returns watch name -> number of
    announcements found. Call it in a transaction.
    """
    enabled = [watch for watch in watches if watch.enabled]
    forget_watches(database, {watch.name for watch in enabled})
    known = find_watch_meanings(database)
    found: dict[str, int] = {}
    for watch in enabled:
        if known.get(watch.name) != watch.meaning:
            found[watch.name] = _match_archive(database, watch, at=at)
            save_watch_meaning(database, watch.name, watch.meaning, at=at)
    return found


def _match_archive(database: Database, watch: Watch, *, at: datetime) -> int:
    count = 0
    for row in find_documents(database, watch.expression):
        match = find_match(watch, read_document(row))
        if match:
            count += record_match(database, _write_match(match, row, baseline=True), at=at)
    return count
