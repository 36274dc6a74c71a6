"""Decides whether an announcement is new, unchanged, changed, moved or a copy, from plain values alone.

The last of the three things that get called dedup, and the only one that decides (the others save work):

    addresses known?          -> the same announcement, unless the address now leads to another page
    same title on the same page?   -> the same: a feed began, or ceased, to lead to one page from several entries
    guid known?               -> the same, if title or text agree (R14: a constant guid loses nothing)
    canonical link known?     -> the same, if title or text agree (sites with one canonical link on every page exist)
    same title and text, and no other day?   -> moved (R15: a redesign is no flood)
    same title and day, and the old address is no longer listed?   -> moved
    same text or page at another source?   -> a copy: filed, and put into the other's story; unless both say it anew
    none of these             -> new
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from crawler.announcement import TextState

# Shorter texts are too often the same by chance ("See the attached document.").
MIN_COPY_CHARS = 400
# A title of three words or fewer ("Statement", "Weekly update") says too little to be known again by.
MIN_TITLE_WORDS = 4
KNOWN_ADDRESS = "known address"


class Change(StrEnum):
    """What an announcement is to the archive."""

    NEW = "new"
    COPY = "copy"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    COMPLETED = "completed"
    MOVED = "moved"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What a page (or its row) says now."""

    title: str
    row_title: str | None
    published_on: date | None
    text: str | None
    text_state: TextState

    @property
    def text_sha256(self) -> str | None:
        return hash_text(self.text)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the archive has of one announcement."""

    id: int
    url: str
    title: str
    published_on: date | None
    text_sha256: str | None
    text_state: TextState
    version: int
    is_listed: bool
    """Whether this crawl listed it too."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Whom the archive found under each of the candidate's names."""

    by_requested: Known | None = None
    by_page: Known | None = None
    by_redirect: Known | None = None
    by_guid: Known | None = None
    by_canonical: Known | None = None
    by_text_here: Known | None = None
    by_title_and_day: Known | None = None
    by_text_elsewhere: Known | None = None
    by_address_elsewhere: Known | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`known` is who it is, or whose copy it is; None only for something new. `reason` is for the trail."""

    change: Change
    known: Known | None
    reason: str


def decide(candidate: Candidate, evidence: Evidence) -> Decision:
    """The decision of the table above; its first line that holds."""
    for known, reason in ((evidence.by_requested, KNOWN_ADDRESS), (evidence.by_page, "same title on the same page")):
        if known:
            return _compare(candidate, known, reason)
    if evidence.by_redirect:
        return _follow_redirect(candidate, evidence.by_redirect)
    for known, name in ((evidence.by_guid, "guid"), (evidence.by_canonical, "canonical link")):
        if known and _agree(candidate, known):
            return _move(candidate, known, f"known by its {name}")
    here = evidence.by_text_here
    is_same = here and title_key(here.title) == title_key(candidate.title) and not _have_other_days(candidate, here)
    if here and is_same and _is_long(candidate.text):
        return _move(candidate, here, "same title and text under another address")
    redesigned = evidence.by_title_and_day
    if redesigned and not redesigned.is_listed and _is_telling(candidate.title):
        return _move(candidate, redesigned, "same title and day, and the old address is listed no more")
    return find_copy(candidate, evidence) or Decision(
        change=Change.NEW, known=None, reason="never seen under any of its addresses"
    )


def _have_other_days(candidate: Candidate, known: Known) -> bool:
    """As bulletins have that say the same every week."""
    return None not in {candidate.published_on, known.published_on} and candidate.published_on != known.published_on


def find_copy(candidate: Candidate, evidence: Evidence) -> Decision | None:
    """Whose copy it is, among the announcements of other sources; also of one whose text came later."""
    original = evidence.by_text_elsewhere
    if original and _is_long(candidate.text) and not _is_said_anew(candidate, evidence.by_text_here, original):
        return Decision(change=Change.COPY, known=original, reason=f"same text as {original.url}")
    original = evidence.by_address_elsewhere
    if original and _agree(candidate, original):
        return Decision(change=Change.COPY, known=original, reason="another source lists the same page")
    return None


def _is_said_anew(candidate: Candidate, here: Known | None, original: Known) -> bool:
    """Whether this source said the same before, and nobody else on the day: two bulletins that share their words."""
    return here is not None and _have_other_days(candidate, here) and _have_other_days(candidate, original)


def _follow_redirect(candidate: Candidate, known: Known) -> Decision:
    """A new address that leads to a known page is that page, unless the listing announced something else."""
    if candidate.row_title and not _titles_agree(candidate.row_title, known.title):
        return Decision(
            change=Change.ELSEWHERE, known=known, reason=f"listed as “{candidate.row_title}” but leads to {known.url}"
        )
    return _compare(candidate, known, f"leads to {known.url}")


def _move(candidate: Candidate, known: Known, reason: str) -> Decision:
    compared = _compare(candidate, known, reason)
    if compared.change is Change.UNCHANGED and not known.is_listed:
        return Decision(change=Change.MOVED, known=known, reason=reason)
    return compared


def _compare(candidate: Candidate, known: Known, reason: str) -> Decision:
    if candidate.text is None or (known.text_state is TextState.PAGE and candidate.text_state is TextState.FEED):
        return Decision(change=Change.UNCHANGED, known=known, reason=reason)
    if known.text_state is TextState.MISSING or (
        known.text_state is TextState.FEED and candidate.text_state is TextState.PAGE
    ):
        return Decision(change=Change.COMPLETED, known=known, reason="the page's text has come")
    if known.text_sha256 != candidate.text_sha256:
        return Decision(change=Change.CHANGED, known=known, reason="the text was changed")
    if title_key(candidate.title) != title_key(known.title):
        return Decision(change=Change.CHANGED, known=known, reason=f"the title was “{known.title}”")
    return Decision(change=Change.UNCHANGED, known=known, reason=reason)


def _agree(candidate: Candidate, known: Known) -> bool:
    same_text = candidate.text is not None and candidate.text_sha256 == known.text_sha256
    return same_text or title_key(candidate.title) == title_key(known.title)


def _titles_agree(one: str, other: str) -> bool:
    short, long = sorted((title_key(one), title_key(other)), key=len)
    return not short or short in long or _words_in_common(short, long) >= 0.5  # noqa: PLR2004 - half of the words


def _words_in_common(one: str, other: str) -> float:
    words, others = set(one.split()), set(other.split())
    return len(words & others) / max(1, min(len(words), len(others)))


def _is_long(text: str | None) -> bool:
    return text is not None and len(text) >= MIN_COPY_CHARS


def _is_telling(title: str) -> bool:
    return len(title_key(title).split()) >= MIN_TITLE_WORDS


@lru_cache(maxsize=8)
def title_key(title: str) -> str:
    """A title without case, accents and punctuation: what stays when a template changes its quotation marks."""
    return " ".join(re.findall(r"\w+", title.lower() if title.isascii() else _fold(title)))


def _fold(title: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", title).casefold() if not unicodedata.combining(char))


@lru_cache(maxsize=8)  # of one announcement at a time, for several questions
def hash_text(text: str | None) -> str | None:
    """SHA-256 of a text with white space folded, in hexadecimal: re-wrapped markup is no change."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest() if text is not None else None


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How the rows of one crawl of a known source looked to the archive."""

    rows: int
    """Rows that the source listed."""
    stale_new: int
    """New announcements without a date, or dated well before the last check."""


def is_suspected_rekey(freshness: Freshness) -> bool:
    """Whether so much of a known source looks new, and old at once, that its keys must have changed.

    A busy newsroom that was not checked for days is all new too, but its dates are recent: that is no re-key.
    """
    return freshness.stale_new >= 5 and freshness.stale_new * 2 > freshness.rows  # noqa: PLR2004 - see the docstring
