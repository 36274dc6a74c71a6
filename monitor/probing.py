"""Looks at sources for real, by the code that crawls, and files nothing: what each lists now, and how a page is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from crawler.announcement import Announcement, Loss
from crawler.limits import CrawlLimits
from crawler.order import (
    Announced,
    CrawlOrder,
    EntryRead,
    Lost,
    ReportLine,
    RobotsRead,
    RobotsState,
    SourceEnded,
    SourceOrder,
    decode_line,
    encode_order,
)
from crawler.source import Source
from monitor.crawler_child import run_child, start_crawler
from monitor.crawling import source_of
from monitor.health import SourceCondition, Verdict, judge_source

SAMPLE = 1


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One announcement as a crawl would file it now; `trouble` says why it has no text."""

    url: str
    title: str | None
    text_chars: int
    trouble: str | None


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What one look at a source came to. `known_rows` of its rows are in the archive already."""

    source: Source
    verdict: Verdict
    rows: int
    known_rows: int
    newest_on: date | None
    sample: Sample | None
    robots: str
    requests: int
    warnings: tuple[str, ...]


@dataclass(kw_only=True)
class _Told:
    """What the report says of one source, while it comes in."""

    entries: list[EntryRead]
    losses: list[Lost]
    announced: list[Announcement]
    ended: SourceEnded | None = None


async def probe_sources(
    orders: Sequence[SourceOrder],
    limits: CrawlLimits,
    *,
    at: datetime,
    robots: Sequence[RobotsState] = (),
    progress: Callable[[ReportLine], None],
) -> tuple[Probe, ...]:
    """A probe of each source, in the order given; they go on side by side, each host at its own pace."""
    told = {one.source.id: _Told(entries=[], losses=[], announced=[]) for one in orders}
    states = {state.origin: state for state in robots}

    async def take(raw: bytes) -> None:
        line = decode_line(raw)
        if line is not None:
            progress(line)
            _note(line, told, states)

    order = CrawlOrder(ordered_at=at, limits=limits, sources=tuple(orders), robots=tuple(robots))
    child = await start_crawler()
    ended_badly = await run_child(child, encode_order(order), take=take, limit_s=limits.time_limit)
    return tuple(_judge(one.source, told[one.source.id], states, ended_badly) for one in orders)


def write_plain_order(source: Source) -> SourceOrder:
    """The order for a source of which no archive knows anything."""
    return SourceOrder(source=source, sample=SAMPLE)


def _note(line: ReportLine, told: Mapping[str, _Told], states: dict[str, RobotsState]) -> None:
    match line:
        case RobotsRead():
            states[line.state.origin] = line.state
        case EntryRead():
            told[line.source].entries.append(line)
        case Lost():
            told[line.source].losses.append(line)
        case Announced():
            told[source_of(line)].announced.append(line.announcement)
        case SourceEnded():
            told[line.source].ended = line


def _judge(source: Source, told: _Told, states: Mapping[str, RobotsState], ended_badly: str | None) -> Probe:
    of_entries = [lost for lost in told.losses if lost.row is None]
    complete = told.ended is not None and told.ended.complete
    verdict = judge_source(source, told.entries, of_entries, complete=complete)
    if told.ended is None and ended_badly:
        verdict = Verdict(condition=SourceCondition.BROKEN, reason=ended_badly)
    sample = _find_sample(told)
    if verdict.condition is SourceCondition.OK and sample and sample.trouble:
        verdict = Verdict(condition=SourceCondition.DEGRADED, reason=f"{sample.url}: {sample.trouble}")
    return Probe(
        source=source,
        verdict=verdict,
        rows=sum(entry.rows for entry in told.entries),
        known_rows=sum(len(entry.listed) for entry in told.entries),
        newest_on=max((entry.newest_on for entry in told.entries if entry.newest_on), default=None),
        sample=sample,
        robots=describe_robots(source, told.losses, states),
        requests=told.ended.requests if told.ended else 0,
        warnings=tuple(warning for entry in told.entries for warning in entry.warnings),
    )


def _find_sample(told: _Told) -> Sample | None:
    for announcement in told.announced:
        return Sample(
            url=announcement.url,
            title=announcement.title,
            text_chars=len(announcement.text or ""),
            trouble=_describe_missing(announcement),
        )
    for lost in told.losses:
        if lost.row is not None and lost.loss is not Loss.OUTSIDE:
            return Sample(url=lost.url, title=lost.row.title, text_chars=0, trouble=f"{lost.loss}: {lost.detail}")
    return None


def _describe_missing(announcement: Announcement) -> str | None:
    if announcement.missing is None:
        return None
    return (
        f"{announcement.missing}: {announcement.missing_detail}"
        if announcement.missing_detail
        else announcement.missing
    )


def describe_robots(source: Source, losses: Sequence[Lost], states: Mapping[str, RobotsState]) -> str:
    """What the robots.txt of the source's hosts says of it, worst first."""
    if any(lost.loss is Loss.ROBOTS for lost in losses):
        return "forbids"
    origins = {f"{urlsplit(entry.url).scheme}://{urlsplit(entry.url).netloc}" for entry in source.entry_points}
    said = [states[origin] for origin in sorted(origins) if origin in states]
    if any(state.body is None for state in said):
        return "could not be had"
    if not said:
        return "not asked"
    return "allows" if any(200 <= state.status < 300 for state in said) else "none"  # noqa: PLR2004 (RFC 9110)
