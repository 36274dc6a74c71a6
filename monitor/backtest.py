"""Decides what a watch would have sent so far, and whether that is too much or nothing; plain values in and out.

An alert is one story. It would have been sent on the day on which the story was first seen; for what was there before
the source was watched, on the day on which it was published.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from urllib.parse import urlsplit

MOST_A_DAY = 30
DAYS_A_WEEK = 7
# One pinned page from years ago does not mean that a source is archived back to then.
STRAYS = 0.1
LEAST_TO_SUGGEST = 20
LOUD_SHARE = 1 / 3
SECTION_FOLDERS = 2


@dataclass(frozen=True, kw_only=True)
class FoundOne:
    """An announcement that the watch finds; `day` is None if nobody can tell when it would have been sent."""

    id: int
    source: str
    url: str
    title: str
    story: int
    day: date | None
    published_on: str | None
    snippet: tuple[tuple[str, bool], ...]
    words: tuple[tuple[str, str], ...]
    """Each term with the words that it was found by."""
    text: str
    """How it begins, title first: what sets it apart from others."""

    @property
    def section(self) -> str:
        """The source, and how the path begins: newsrooms keep press releases and tenders apart there."""
        folders = urlsplit(self.url).path.split("/")[1:-1]
        named = takewhile(lambda folder: folder and not folder.isdigit(), folders[:SECTION_FOLDERS])
        return "/".join((self.source, *named))


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Alerts of the day, or of the week, that begins on `begins_on`."""

    begins_on: date
    alerts: int


@dataclass(frozen=True, kw_only=True)
class SourceShare:
    """What a source would have sent: alerts in all, and how many a week while it was covered."""

    source: str
    alerts: int
    a_week: float


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What a watch would have sent."""

    found: int
    """Announcements that match."""
    alerts: int
    """Stories that they tell."""
    undated: int
    """Alerts of which nobody can tell on which day they would have gone out."""
    a_week: float
    """Alerts to expect, each source by the part of the weeks that the archive covers."""
    weeks: tuple[Tally, ...]
    by_source: tuple[SourceShare, ...]
    words: Mapping[str, Mapping[str, int]]
    """Term -> the words that it was found by -> in how many announcements."""
    busiest: Tally | None
    """The day with most alerts, if there is any."""

    @property
    def warnings(self) -> tuple[str, ...]:
        if not self.found:
            return ("it finds nothing in the archive; would it ever?",)
        if self.busiest and self.busiest.alerts > MOST_A_DAY:
            told = f"{self.busiest.alerts} alerts on {self.busiest.begins_on}: more than {MOST_A_DAY} a day"
            return (f"{told} is noise to most readers",)
        return ()


def find_day(*, published_on: date | None, first_seen_on: date, is_baseline: bool) -> date | None:
    """On which day an announcement would have been told."""
    if not is_baseline:
        return first_seen_on
    return min(published_on, first_seen_on) if published_on else None


def run_backtest(
    found: Sequence[FoundOne], days: Mapping[str, Mapping[date, int]], *, today: date, weeks: int
) -> Backtest:
    """What would have been sent; `days` says of each source how many announcements of which day are archived."""
    alerts = find_alerts(found)
    dated = [(one, one.day) for one in alerts if one.day]
    since = today - timedelta(days=today.weekday() + DAYS_A_WEEK * (weeks - 1))
    recent = Counter(one.source for one, day in dated if day >= since)
    rates = {source: count / _count_weeks(days.get(source, {}), since, today) for source, count in recent.items()}
    return Backtest(
        found=len(found),
        alerts=len(alerts),
        undated=len(alerts) - len(dated),
        a_week=sum(rates.values()),
        weeks=_count_by_week([day for _, day in dated], since, weeks),
        by_source=tuple(
            SourceShare(source=source, alerts=count, a_week=rates.get(source, 0.0))
            for source, count in Counter(one.source for one in alerts).most_common()
        ),
        words=_count_words(found),
        busiest=_find_busiest(day for _, day in dated if day >= since),
    )


def find_alerts(found: Iterable[FoundOne]) -> list[FoundOne]:
    """The first of each story, newest first."""
    firsts: dict[int, FoundOne] = {}
    for one in found:
        known = firsts.get(one.story)
        if known is None or (one.day or date.max, one.id) < (known.day or date.max, known.id):
            firsts[one.story] = one
    return sorted(firsts.values(), key=lambda one: (one.day or date.min, one.id), reverse=True)


def _count_weeks(days: Mapping[date, int], since: date, today: date) -> float:
    """For how many weeks since `since` a source is covered, one at least."""
    begun = max(find_covered_since(days, today), since)
    return max((today - begun).days / DAYS_A_WEEK, 1.0)


def find_covered_since(days: Mapping[date, int], today: date) -> date:
    """Since when a source is archived without gaps, going by its dates; a few strays before that do not count."""
    strays = sum(days.values()) * STRAYS
    for day in sorted(days):
        strays -= days[day]
        if strays < 0:
            return day
    return today


def _count_by_week(days: Iterable[date], since: date, weeks: int) -> tuple[Tally, ...]:
    counts = Counter((day - since).days // DAYS_A_WEEK for day in days if day >= since)
    return tuple(
        Tally(begins_on=since + timedelta(days=DAYS_A_WEEK * number), alerts=counts[number]) for number in range(weeks)
    )


def _find_busiest(days: Iterable[date]) -> Tally | None:
    busiest = Counter(days).most_common(1)
    return Tally(begins_on=busiest[0][0], alerts=busiest[0][1]) if busiest else None


def _count_words(found: Iterable[FoundOne]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for one in found:
        for term, word in one.words:
            counts.setdefault(term, Counter())[word] += 1
    return {term: dict(words.most_common()) for term, words in counts.items()}


def find_loud(found: Sequence[FoundOne]) -> tuple[str, ...]:
    """The section that very much comes from, if there is one and others give some too."""
    sections = Counter(one.section for one in found).most_common(1)
    if len(found) < LEAST_TO_SUGGEST or not LOUD_SHARE <= sections[0][1] / len(found) < 1:
        return ()
    return (sections[0][0],)


def is_of(one: FoundOne, place: str) -> bool:
    """Whether an announcement comes from a place: a source's id, a section as `section` names it, or an address."""
    return place in {one.source, one.section} or one.url.startswith(place)
