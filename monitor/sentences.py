"""Where the sentences of a text begin and end, in the languages of our sources."""

import re
from bisect import bisect_right
from functools import lru_cache
from operator import itemgetter

ELLIPSIS = "…"

# Abbreviations that stand before a name or number more often than at the end of a sentence.
_ABBREVIATED = (
    "adm amb bros brig bzw ca capt cf cmdr co col corp cpl d.h dept dott dott.ssa dr dra e.g ee.uu gen gov hon hr i.e inc"
    " jr lt ltd maj messrs mgr mio mlle mlles mme mmes mr mrd mrs ms mt prof prof.ssa rep rev rt sen sgt sig sig.ra sigg"
    " sr sra srta st sta ste u.a vs z.b"
    " jan feb mar apr jun jul aug sep sept oct nov dec janv févr avr juil déc okt dez"
)
_NUMBERED = "abs art arts ch col fig n no nos nr núm op p para pp sec vol ziff"
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_BEFORE_NUMBERS = frozenset(_NUMBERED.split())
_CLOSING = "\"'\u201d\u2019\u00bb)\\]"
_OPENING = "\"'\u201c\u201e\u2018\u00ab(["
# Behind the ideographic ones stands no space. \u061f and \u06d4 are of Arabic and Urdu, \u0964 and \u0965 of Hindi.
# A run is read from its first sign only: from each of them, a long one would take its square in time.
_MARKS = ".!?\u2026\u061f\u06d4\u0964\u0965"
_SENTENCE_END = re.compile(
    rf"(?<!\s)\s*\n\s*|(?<![{_MARKS}])[{_MARKS}]++[{_CLOSING}]*+\s+|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]*\s*"
)
_READ_BEHIND = _READ_AHEAD = 20
_LAST_WORD = re.compile(r"[^\W\d_](?:[\w.]*[^\W\d_])?\Z")
_INITIALS = re.compile(r"[^\W\d_](\.[^\W\d_])*")
# German writes "3. März" and "in der 20. Sitzung".
_LAST_NUMBER = re.compile(r"(?<![\w.,])\d{1,2}\Z")
_ORDINAL = re.compile(r"\b(?:am|vom|zum|im|der|die|das|dem|den)\s\d{1,2}\Z", re.IGNORECASE)
_GERMAN_MONTH = re.compile(
    r"(?:Jan(?:uar|\.)|Jänner|Feb(?:ruar|\.)|März|Apr(?:il|\.)|Mai|Juni|Juli|Aug(?:ust|\.)|Sept?(?:ember|\.)"
    r"|Okt(?:ober|\.)|Nov(?:ember|\.)|Dez(?:ember|\.))(?!\w)"
)


class Sentences:
    """The sentences of a text, of which only the lines asked for are read, and each once for all that follows in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start, self._end = 0, -1
        self._sentences: tuple[tuple[int, int], ...] = ()

    def find(self, at: int) -> tuple[int, int]:
        """Where the sentence begins and ends in which something stands."""
        if not self._start <= at < self._end:
            self._read_line(at)
        first, last = self._sentences[bisect_right(self._sentences, at - self._start, key=itemgetter(0)) - 1]
        return self._start + first, self._start + last

    def _read_line(self, at: int) -> None:
        end = self._text.find("\n", at)
        self._start, self._end = self._text.rfind("\n", 0, at) + 1, len(self._text) if end < 0 else end
        self._sentences = split_sentences(self._text[self._start : self._end])


@lru_cache(maxsize=256)  # one announcement matches many watches, one after the other
def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Where each sentence begins and ends, in order, without the spaces around it; a new line begins a sentence."""
    sentences: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for found in _SENTENCE_END.finditer(text, start):
        if _is_sentence_end(text, found):
            sentences.append((start, found.start() + len(found[0].rstrip())))
            start = found.end()
    end = len(text.rstrip())
    if start < end:
        sentences.append((start, end))
    return tuple(sentences)


def _is_sentence_end(text: str, found: re.Match[str]) -> bool:
    if "\n" in found[0] or not found[0].startswith((".", ELLIPSIS)):
        return True
    following = text[found.end() : found.end() + _READ_AHEAD]
    if _goes_on(following.lstrip(_OPENING)[:1]):
        return False
    if found[0].startswith(("..", ELLIPSIS)):
        return True
    before = text[max(found.start() - _READ_BEHIND, 0) : found.start()]
    word = _LAST_WORD.search(before)
    return not (_is_abbreviated(word[0], following) if word else _is_ordinal(before, following))


def _goes_on(letter: str) -> bool:
    """Whether no sentence begins with the letter; in the scripts of India and Thai, a dot only shortens words."""
    return letter.islower() or "\u0900" <= letter <= "\u0eff"


def _is_abbreviated(word: str, following: str) -> bool:
    """Whether the dot behind a word is no full stop: p. 5 and P. Lopez, col. 2 and Col. Smith."""
    small = word.lower()
    is_short = small in _ABBREVIATIONS or bool(_INITIALS.fullmatch(word))
    if small in _BEFORE_NUMBERS and (word == small or not is_short):
        return following[:1].isdigit()
    return is_short


def _is_ordinal(before: str, following: str) -> bool:
    is_date = _LAST_NUMBER.search(before) and _GERMAN_MONTH.match(following)
    return bool(is_date or _ORDINAL.search(before))
