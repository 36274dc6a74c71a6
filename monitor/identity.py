"""Decides whether an announcement is new, unchanged, changed, moved or a copy, from plain values alone.

The last of the three things that get called dedup, and the only one that decides (the others save work):

    address known?            -> the same announcement, unless the address leads to another page now, or bears another one:
                                 a later day, another headline and another text
    same title on the same page?   -> the same: a feed began, or ceased, to lead to one page from several entries
    guid known?               -> the same, if title or text agree (R14: a constant guid loses nothing)
    canonical link known?     -> the same, if title or text agree (sites with one canonical link on every page exist)
    same title and text, and no other day?   -> moved (R15: a redesign is no flood)
    same text and day under an edited headline, and the old address is no longer listed?   -> moved
    same title and day, a text that is alike, and the old address is no longer listed?   -> moved
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

# Shorter texts are too often the same by chance ("See the attached document."); less so under one telling title on one day.
MIN_COPY_CHARS = 400
MIN_TWIN_CHARS = 100
# A title of three words or fewer ("Statement", "Weekly update") says too little to be known again by.
MIN_TITLE_WORDS = 4
# Of two articles of one blog the shorter shares 4 % of its runs of eight letters with the other, at the most 15 %.
GRAM_CHARS = 8
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
    row_on: date | None = None
    """The day that the row bears."""
    led_to: str | None = None
    """The address to which the one that was asked for led, where that is another."""

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
    text: str | None = None
    """Only of those whose text is compared."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Whom the archive found under each of the candidate's names."""

    has_read_all: bool = True
    """Whether all that the source lists was read in this crawl."""
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
    takes_over: bool = False
    """Whether the names that it bears belong to it from now on, whoever had them."""


def decide(candidate: Candidate, evidence: Evidence) -> Decision:
    """The decision of the table above; its first line that holds."""
    if evidence.by_requested:
        return _look_again(candidate, evidence.by_requested, evidence)
    if evidence.by_page:
        return _compare(candidate, evidence.by_page, "same title on the same page")
    if evidence.by_redirect:
        return _follow_redirect(candidate, evidence.by_redirect)
    for known, name in ((evidence.by_guid, "guid"), (evidence.by_canonical, "canonical link")):
        if known and _agree(candidate, known):
            return _move(candidate, known, f"known by its {name}")
    return (
        _find_moved(candidate, evidence)
        or find_copy(candidate, evidence)
        or Decision(change=Change.NEW, known=None, reason="never seen under any of its addresses")
    )


def _look_again(candidate: Candidate, known: Known, evidence: Evidence) -> Decision:
    """A known page; where its address leads to another one now, that is no new text of this announcement."""
    leads_elsewhere = _leads_elsewhere(candidate, known, evidence.by_redirect)
    is_next = leads_elsewhere and evidence.by_redirect is None and _is_listed_anew(candidate, known, evidence.by_guid)
    if is_next or _is_used_again(candidate, known):
        reason = f"its address bore “{known.title}” before"
        return Decision(change=Change.NEW, known=None, reason=reason, takes_over=True)
    if leads_elsewhere:
        reason = f"leads to {candidate.led_to} now, which is another page"
        return Decision(change=Change.ELSEWHERE, known=known, reason=reason)
    return _compare(candidate, known, KNOWN_ADDRESS)


def _is_used_again(candidate: Candidate, known: Known) -> bool:
    """Whether a page that always shows the latest now shows the next announcement: all that could be edited is another."""
    has_texts = candidate.text is not None and known.text is not None and candidate.text_state is known.text_state
    is_later = candidate.published_on and known.published_on and candidate.published_on > known.published_on
    is_another = has_texts and not _titles_agree(candidate.title, known.title) and _differ(candidate, known)
    return bool(candidate.led_to is None and is_later and is_another)


def _is_listed_anew(candidate: Candidate, known: Known, by_guid: Known | None) -> bool:
    """Whether the row announces something later than what its address led to before, and by no name that is known."""
    is_later = candidate.row_on and known.published_on and candidate.row_on > known.published_on
    return by_guid is None and bool(is_later)


def _leads_elsewhere(candidate: Candidate, known: Known, there: Known | None) -> bool:
    if candidate.led_to is None or known.text_state is not TextState.PAGE:
        return False
    if there:
        return there.id != known.id
    listed = candidate.row_title or known.title
    if _titles_agree(listed, candidate.title) and not _titles_agree(listed, known.title):
        return False  # the listing has the new headline too
    return not _titles_agree(known.title, candidate.title) or _differ(candidate, known)


def _find_moved(candidate: Candidate, evidence: Evidence) -> Decision | None:
    """Whom of this source it was under another address, by what it says and when."""
    here = evidence.by_text_here
    if here and title_key(here.title) == title_key(candidate.title) and _are_the_same(candidate, here):
        return _move(candidate, here, "same title and text under another address")
    if not evidence.has_read_all:
        return None
    if here and not here.is_listed and _is_long(candidate.text) and _is_new_headline(candidate, here):
        return _move(candidate, here, "same text and day, and the old address is listed no more")
    redesigned = evidence.by_title_and_day
    if redesigned and not redesigned.is_listed and _is_telling(candidate.title) and not _differ(candidate, redesigned):
        return _move(candidate, redesigned, "same title and day, and the old address is listed no more")
    return None


def _are_the_same(candidate: Candidate, known: Known) -> bool:
    """Of one title and text: whether that is no mere chance, and no bulletin that says the same every week."""
    if _is_long(candidate.text):
        return not _have_other_days(candidate, known)
    is_told = len(candidate.text or "") >= MIN_TWIN_CHARS and _is_telling(candidate.title)
    return is_told and _have_one_day(candidate, known)


def _is_new_headline(candidate: Candidate, known: Known) -> bool:
    """Of one text: whether only the headline was edited. Lot 2 of a tender says what lot 1 says."""
    numbers, others = (re.findall(r"\d+", title) for title in (candidate.title, known.title))
    is_edited = numbers == others and _titles_agree(candidate.title, known.title)
    return is_edited and _have_one_day(candidate, known)


def _have_one_day(candidate: Candidate, known: Known) -> bool:
    return candidate.published_on is not None and candidate.published_on == known.published_on


def _differ(candidate: Candidate, known: Known) -> bool:
    """Whether less than half of the shorter text stands in the other too, in whatever script.

    A missing text never differs, nor does that of a feed, which may tell in its own words what the page tells.
    """
    if candidate.text is None or known.text is None or TextState.FEED in {candidate.text_state, known.text_state}:
        return False
    short, long = sorted((_cut_grams(candidate.text), _cut_grams(known.text)), key=len)
    return len(short & long) * 2 < len(short)


def _cut_grams(text: str) -> set[str]:
    letters = "".join(_find_words(text))
    return {letters[start : start + GRAM_CHARS] for start in range(len(letters) - GRAM_CHARS + 1)}


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
    return " ".join(_find_words(title))


def _find_words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower() if text.isascii() else _fold(text))


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
