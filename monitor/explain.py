"""The story of one address in plain words: who listed it, what became of it, whom it concerned, who was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from crawler.counting import write_number
from crawler.source import Source
from crawler.urls import strip_part, url_key
from monitor.archive.alerts import HELD, find_alert_history
from monitor.archive.announcements import find_announcement_row, find_by_url, find_parts
from monitor.archive.sources import find_pending
from monitor.archive.trail import find_steps
from monitor.clock import write_minute
from monitor.match import explain_match
from monitor.matching import read_document
from monitor.watch import Watch


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """`answer` is the one line that most people want; `lines` tell the rest in order."""

    url: str
    is_known: bool
    answer: str
    lines: tuple[str, ...]


def explain_url(
    database: Database,
    url: str,
    *,
    sources: Iterable[Source],
    watches: Iterable[Watch],
    labels: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Explanation:
    """Everything the archive knows of `url`; `labels` tell the addresses of one channel apart."""
    page = strip_part(url)
    found = find_by_url(database, url) or find_by_url(database, page) or find_parts(database, page)
    ids = [int(row["id"]) for row in found]
    steps = find_steps(database, [url, *(row["url"] for row in found)], ids)
    if not found:
        return _explain_unfiled(database, url, steps, sources)
    history = [
        {**row, "told": labels.get((row["channel"], row["address"]), row["channel"])}
        for row in find_alert_history(database, ids)
    ]
    lines = [*_tell_steps(steps)]
    for row in found:
        lines += _tell_announcement(row)
    lines += [_tell_match(list(rows)) for _, rows in groupby(history, itemgetter("watch", "terms", "snippet"))]
    matched = {row["watch"] for row in history}
    document = read_document(find_announcement_row(database, ids[0]))
    lines += [
        f"watch “{watch.name}”: {explain_match(watch, document)}"
        for watch in watches
        if watch.enabled and watch.name not in matched
    ]
    return Explanation(url=url, is_known=True, answer=_answer(found[0], history), lines=tuple(lines))


def _explain_unfiled(
    database: Database, url: str, steps: list[dict[str, Any]], sources: Iterable[Source]
) -> Explanation:
    known = list(sources)
    pending = next((row for source in known if (row := find_pending(database, source.id, url_key(url)))), None)
    if pending:
        again = f"next try {_tell(pending['next_attempt_at'])}" if pending["next_attempt_at"] else "given up"
        asked = f"asked for {_count_times(pending['attempts'])}, {again}"
        answer = f"Listed, but not filed: {pending['loss']} ({pending['detail']}); {asked}."
    elif steps:
        answer = f"Seen, but not filed: {steps[-1]['outcome']}: {steps[-1]['reason']}."
    else:
        nobody = "the one source has not" if len(known) == 1 else f"none of the {len(known)} sources has"
        answer = f"Never seen: {nobody} listed this address so far."
    return Explanation(url=url, is_known=bool(steps or pending), answer=answer, lines=tuple(_tell_steps(steps)))


def _tell(moment: str) -> str:
    return f"{write_minute(moment)} UTC"


def _count_times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _answer(row: Mapping[str, Any], history: list[dict[str, Any]]) -> str:
    told = [one for one in history if one["channel"]]
    if told:
        states = ", ".join(sorted({f"{_write_state(one)} (watch “{one['watch']}”)" for one in told}))
        by = next((one["alerted_url"] for one in told if one["alerted_id"] != row["id"]), None)
        return f"Filed on {_tell(row['first_seen_at'])}; alert {states}" + (
            f", with another page of the story: {by}." if by else "."
        )
    if row["baseline"] and row["state"] != HELD:
        return f"Filed on {_tell(row['first_seen_at'])} as part of a baseline: searchable, but no alert is owed for it."
    if history:
        return f"Filed on {_tell(row['first_seen_at'])}; it matched, but no alert was owed: see below."
    return f"Filed on {_tell(row['first_seen_at'])}; no watch asked for it."


def _write_state(row: Mapping[str, Any]) -> str:
    """`owed to policy-team`, `failed for policy-team slack 2`."""
    return f"{row['state']} {'to' if row['state'] in {'owed', 'sent'} else 'for'} {row['told']}"


def _tell_steps(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    return [_tell_step(step) for step in steps]


def _tell_step(step: Mapping[str, Any]) -> str:
    times = f" ({step['times']} times, first {_tell(step['first_at'])})" if step["times"] > 1 else ""
    reason = f": {step['reason']}" if step["reason"] else ""
    return f"{_tell(step['at'])} {step['source']}: {step['stage']}: {step['outcome']}{reason}{times}"


def _tell_announcement(row: Mapping[str, Any]) -> list[str]:
    day = row["published_on"] or "not stated"
    source = f" (from the {row['date_source']})" if row["date_source"] else ""
    return [
        f"announcement {row['id']} of {row['source_name']}: “{row['title']}”",
        f"  address {row['url']}",
        f"  published {day}{source}; version {row['version']}; text from: {row['text_state']}; state: {row['state']}",
    ]


def _tell_match(rows: Sequence[Mapping[str, Any]]) -> str:
    """A match, and what became of it at each address of its channels."""
    found = f"watch “{rows[0]['watch']}” found {rows[0]['terms']} in: “{rows[0]['snippet']}”"
    return f"{found}; {', '.join(map(_tell_alert, rows))}"


def _tell_alert(row: Mapping[str, Any]) -> str:
    if row["channel"] is None:
        return f"no alert: {'it was part of a baseline' if row['baseline'] else 'none was owed'}"
    told = _write_state(row)
    if row["sent_at"]:
        return f"{told} at {_tell(row['sent_at'])}"
    error = f", last error: {row['last_error']}" if row["last_error"] else ""
    return f"{told}, due {_tell(row['due_at'])}, {write_number(row['attempts'], 'attempt')}{error}"
