"""Decides what a message tells and in which order; plain values in, plain values out.

    owed alerts -> one entry per story, the official announcement leading -> most important first -> grouped by watch

What was and was not checked is put into words here too: no alert means that nothing matched, and a digest has to say
so for each source that it may not be true of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from crawler.announcement import TextState
from crawler.source import SourceKind
from monitor.escaping import clean, find_link, shorten

TITLE_CHARS = 300
SNIPPET_CHARS = 600
BRIEF_CHARS = 60
ALSO_SHOWN = 3
"""So many other tellings of a story are named; the rest is counted."""
UNREAD_SHOWN = 8
# Who is quoted first when several tell one story: the authority itself, then its peers, then the press.
RANKS = {
    SourceKind.GOVERNMENT_BLOG: 0,
    SourceKind.NEWSROOM: 0,
    SourceKind.INTERNATIONAL: 1,
    SourceKind.TRADE_PRESS: 2,
}
_RECENT_DAYS = 6

Snippet = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """Another announcement that tells the same story."""

    title: str
    url: str
    outlet: str
    kind: SourceKind


@dataclass(frozen=True, kw_only=True)
class AlertItem:
    """One alert that is owed, with all that its message says of it.

    `story` is the same for all that tell one story, and stays the same; `also` are the others that tell it, whether
    they are alerted or not. `snippet` is text in order, each piece with whether it is what the watch found. Times are
    aware UTC.
    """

    alert_id: int
    watch: str
    title: str
    url: str
    outlet: str
    country: str
    published_on: date | None
    first_seen_at: datetime
    kind: SourceKind = SourceKind.GOVERNMENT_BLOG
    story: str = ""
    also: tuple[Telling, ...] = ()
    terms: tuple[str, ...] = ()
    snippet: Snippet = ()
    in_title: bool = False
    is_changed: bool = False
    is_urgent: bool = False
    text_state: TextState = TextState.PAGE


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an announcement is in a message: the watch, and what it found where."""

    watch: str
    terms: tuple[str, ...]
    snippet: Snippet
    in_title: bool


@dataclass(frozen=True, kw_only=True)
class Also:
    """Another outlet on the same story, as a message shows it."""

    title: str
    link: str | None
    outlet: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One story as a message shows it, with the reasons of every watch that found it."""

    title: str
    link: str | None
    outlet: str
    country: str
    day: str
    is_changed: bool
    is_urgent: bool
    is_text_missing: bool
    reasons: tuple[Reason, ...]
    also: tuple[Also, ...]
    more: int
    """Outlets on the same story that are not named in `also`."""
    alert_ids: tuple[int, ...]
    story: str
    fingerprint: str

    @property
    def watch(self) -> str:
        """The watch under which it stands."""
        return self.reasons[0].watch

    @property
    def outlets(self) -> int:
        """How many others tell it."""
        return len(self.also) + self.more

    @property
    def headline(self) -> str:
        """What a subject line or a short message says of it."""
        where = f"+{self.outlets} outlet{'s' if self.outlets > 1 else ''}" if self.outlets else self.outlet
        return f"{'Changed: ' if self.is_changed else ''}{self.title} ({where})"

    @cached_property
    def snippets(self) -> tuple[Snippet, ...]:
        """Each different sentence once, in order, with all that was found in it; none that only repeats the title."""
        by_text: dict[str, list[Snippet]] = {}
        for reason in self.reasons:
            by_text.setdefault("".join(text for text, _ in reason.snippet), []).append(reason.snippet)
        return tuple(_mark_together(text, same) for text, same in by_text.items() if text not in {"", self.title})


def _mark_together(text: str, snippets: Sequence[Snippet]) -> Snippet:
    """One snippet out of several of the same text: marked is what any of them marks."""
    if len(snippets) == 1:
        return snippets[0]
    flags = (chain.from_iterable([marked] * len(piece) for piece, marked in snippet) for snippet in snippets)
    signs = zip(text, map(any, zip(*flags, strict=True)), strict=True)
    runs = groupby(signs, key=itemgetter(1))
    return tuple(("".join(sign for sign, _ in run), marked) for marked, run in runs)


def arrange(items: Iterable[AlertItem]) -> list[Entry]:
    """One entry per story, most important first, those of one watch together (R7).

    What is urgent goes before what is official, that before the press; then what more outlets tell, what was found in
    a title, and what is newer.
    """
    by_story: dict[str, list[AlertItem]] = {}
    for item in items:
        by_story.setdefault(item.story or item.url, []).append(item)
    stories = sorted((_lead_first(same) for same in by_story.values()), key=_importance)
    groups: dict[str, list[Entry]] = {}
    for story in stories:
        entry = _write_entry(story)
        groups.setdefault(entry.watch, []).append(entry)
    return [entry for group in groups.values() for entry in group]


def group_by_watch(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Watch -> its entries, in the order in which they come."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.watch, []).append(entry)
    return list(groups.items())


def _lead_first(items: Sequence[AlertItem]) -> list[AlertItem]:
    return sorted(items, key=lambda item: (RANKS[item.kind], item.first_seen_at))


def _importance(story: Sequence[AlertItem]) -> tuple[bool, int, int, bool, int]:
    lead = story[0]
    outlets = len({item.outlet for item in story} | {telling.outlet for telling in lead.also})
    newest = lead.published_on or lead.first_seen_at.date()
    return (
        not any(item.is_urgent for item in story),
        RANKS[lead.kind],
        -outlets,
        not any(item.in_title for item in story),
        -newest.toordinal(),
    )


def _write_entry(items: Sequence[AlertItem]) -> Entry:
    lead = items[0]
    published = write_day(lead.published_on) if lead.published_on else None
    also, more = _write_also(items)
    return Entry(
        title=clean(lead.title, TITLE_CHARS) or "Untitled",
        link=find_link(lead.url),
        outlet=clean(lead.outlet, TITLE_CHARS),
        country=clean(lead.country, TITLE_CHARS),
        day=published or f"date not stated; first seen {write_day(lead.first_seen_at.date())}",
        is_changed=all(item.is_changed for item in items),
        is_urgent=any(item.is_urgent for item in items),
        is_text_missing=lead.text_state == TextState.MISSING,
        reasons=tuple(dict.fromkeys(_write_reason(item) for item in items)),
        also=also,
        more=more,
        alert_ids=tuple(dict.fromkeys(item.alert_id for item in items)),
        story=lead.story,
        fingerprint=f"{lead.url} {lead.first_seen_at.isoformat()}",
    )


def _write_also(items: Sequence[AlertItem]) -> tuple[tuple[Also, ...], int]:
    """The other outlets on the story, official ones first and each once; those that are owed are all named (R6)."""
    lead = items[0]
    owed = [Telling(title=item.title, url=item.url, outlet=item.outlet, kind=item.kind) for item in items[1:]]
    by_url = {telling.url: telling for telling in (*lead.also, *owed) if telling.url != lead.url}
    ordered = sorted(by_url.values(), key=lambda telling: (telling not in owed, RANKS[telling.kind]))
    shown = ordered[: max(ALSO_SHOWN, sum(telling in owed for telling in ordered))]
    return tuple(_write_telling(telling) for telling in shown), len(ordered) - len(shown)


def _write_telling(telling: Telling) -> Also:
    return Also(
        title=clean(telling.title, TITLE_CHARS) or "Untitled",
        link=find_link(telling.url),
        outlet=clean(telling.outlet, TITLE_CHARS),
    )


def _write_reason(item: AlertItem) -> Reason:
    return Reason(
        watch=clean(item.watch, TITLE_CHARS),
        terms=tuple(clean(term, BRIEF_CHARS) for term in item.terms),
        snippet=_clean_snippet(item.snippet),
        in_title=item.in_title,
    )


def _clean_snippet(pieces: Iterable[tuple[str, bool]]) -> Snippet:
    """The pieces cleaned, each still parted from the next where it was, with the whole kept within bounds."""
    kept: list[tuple[str, bool]] = []
    room = SNIPPET_CHARS
    for text, is_marked in pieces:
        before = " " if text[:1].isspace() and kept and not kept[-1][0].endswith(" ") else ""
        after = " " if text[-1:].isspace() and not text.isspace() else ""
        piece = before + clean(text, max(room, 1)) + after
        if piece and room > 0:
            kept.append((piece, is_marked and not piece.isspace()))
            room -= len(piece)
    runs = groupby(kept, key=itemgetter(1))
    return tuple(("".join(piece for piece, _ in run), is_marked) for is_marked, run in runs)


def write_day(day: date) -> str:
    """`13 October 2017`."""
    return f"{day.day} {day:%B} {day.year}"


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A source that was not read since the last digest, or cannot be read now.

    `state` is how its last crawl ended; `last_read_at` is when it was last read well, None for never.
    """

    name: str
    state: str
    last_read_at: datetime | None
    is_failing: bool


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What was checked since the last digest, and what was not; `since` is None for the first one."""

    since: datetime | None
    sources: int
    unread: tuple[Unread, ...]


def describe_coverage(coverage: Coverage, *, at: datetime, zone: str) -> str:
    """`Checked since Monday: 104 of 106 sources. Not read: X (unreachable since Tuesday), Y (not read yet).`"""
    since = f" since {_write_since(coverage.since, at, zone)}" if coverage.since else ""
    total, missing = coverage.sources, len(coverage.unread)
    if not missing:
        return f"Checked{since}: {'the one source' if total == 1 else f'all {total} sources'}."
    shown = [_describe_unread(one, at, zone) for one in coverage.unread[:UNREAD_SHOWN]]
    rest = f" and {missing - len(shown)} more (`govwatch status` lists them)" if missing > len(shown) else ""
    return f"Checked{since}: {total - missing} of {total} sources. Not read: {', '.join(shown)}{rest}."


def _describe_unread(unread: Unread, at: datetime, zone: str) -> str:
    name = shorten(clean(unread.name), BRIEF_CHARS)
    if unread.last_read_at is None:
        return f"{name} ({unread.state if unread.is_failing else 'not read yet'})"
    last = _write_since(unread.last_read_at, at, zone)
    return f"{name} ({unread.state} since {last})" if unread.is_failing else f"{name} (last read {last})"


def _write_since(moment: datetime, at: datetime, zone: str) -> str:
    """`08:00`, `Tuesday` or `3 March 2026`: as much as it takes, by the reader's clock."""
    place = ZoneInfo(zone)
    local, today = moment.astimezone(place), at.astimezone(place).date()
    days = (today - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    return f"{local:%A}" if days <= _RECENT_DAYS else write_day(local.date())
