"""Judges from one crawl how a source is doing. Plain values in, a verdict out; telling people is left to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crawler.announcement import Loss
from crawler.order import EntryRead, Lost
from crawler.source import Source


class SourceCondition(StrEnum):
    """How a source is doing, as `status` shows it."""

    OK = "ok"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    GONE = "gone"
    HELD = "held"


UNREACHABLE = frozenset({Loss.UNREACHABLE, Loss.TIMEOUT, Loss.CERTIFICATE, Loss.TOO_MANY_REQUESTS, Loss.SERVER_ERROR})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reason` is empty when all is well, and else one line for the operator."""

    condition: SourceCondition
    reason: str

    @property
    def is_failure(self) -> bool:
        """Whether the source told us nothing at all."""
        return self.condition in {SourceCondition.UNREACHABLE, SourceCondition.BROKEN, SourceCondition.GONE}


def judge_source(source: Source, entries: Sequence[EntryRead], losses: Sequence[Lost], *, complete: bool) -> Verdict:
    """The verdict on one crawl: from what the entry points listed, never from whether anything was new (R23).

    `losses` are those of entry points only.
    """
    if losses and not entries:
        return _judge_losses(losses)
    if losses:
        return Verdict(condition=SourceCondition.DEGRADED, reason=_describe(losses[0]))
    if not entries:
        return Verdict(condition=SourceCondition.BROKEN, reason="the crawl ended before the source was reached")
    if not complete:
        return Verdict(
            condition=SourceCondition.DEGRADED, reason="the crawl was cut short; it goes on with the next one"
        )
    if all(entry.unchanged for entry in entries):
        return Verdict(condition=SourceCondition.OK, reason="")
    return _judge_rows(source, entries)


def _judge_losses(losses: Sequence[Lost]) -> Verdict:
    first = losses[0]
    if first.loss is Loss.GONE:
        return Verdict(condition=SourceCondition.GONE, reason=_describe(first))
    if first.loss in UNREACHABLE:
        return Verdict(condition=SourceCondition.UNREACHABLE, reason=_describe(first))
    return Verdict(condition=SourceCondition.BROKEN, reason=_describe(first))


def _judge_rows(source: Source, entries: Sequence[EntryRead]) -> Verdict:
    rows = sum(entry.rows for entry in entries)
    expected = 1 if source.expect.rows is None else source.expect.rows
    if rows < expected and not any(entry.unchanged for entry in entries):
        return Verdict(condition=SourceCondition.DEGRADED, reason=f"{rows} rows listed, at least {expected} expected")
    return Verdict(condition=SourceCondition.OK, reason="")


def _describe(lost: Lost) -> str:
    return f"{lost.url}: {lost.loss.value}: {lost.detail}" if lost.detail else f"{lost.url}: {lost.loss.value}"
