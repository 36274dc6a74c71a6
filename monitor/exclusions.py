"""Suggests which terms to exclude from a watch: those that set what is not wanted apart from the rest, by log-odds."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.match import Document, Reading
from monitor.query import QueryError, check_term
from monitor.words import tokenise

MOST_SUGGESTED = 3
MOST_WORDS = 3
MOST_READ = 300
LEAST_UNWANTED = 3
# Losing one announcement that is wanted is worse than keeping three that are not.
COST_OF_LOSS = 3
# 95 % sure that it is commoner here; the prior is worth two announcements of no kind.
LEAST_Z = 1.64
PRIOR = 2.0
TRIED = 60
_FILLER_WORDS = (
    "a an and are as at be by for from has have in into is it its not of on or our that the their this to was we were"
    " which will with you your au aux ce ces dans de des du elle en est et il la le les leur ne nous ou par pas pour que"
    " qui sa se ses son sur un une vos votre ai al alla che con da dal del della delle di e gli i il lo nel per piu si"
    " sono su l d s der die das und von im mit"
)
_FILLERS = frozenset(_FILLER_WORDS.split())


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A term, and how many announcements would be gone with it: of those not wanted, and of the others."""

    term: str
    unwanted: int
    wanted: int


def suggest_exclusions(unwanted: Sequence[str], wanted: Sequence[str]) -> tuple[Suggestion, ...]:
    """The few terms that take away most of `unwanted` and little of `wanted`, best first; none if none does."""
    left, kept = _sample(unwanted), _sample(wanted)
    terms = _rank(left, kept)
    chosen = _choose(_find_having(terms, left), _find_having(terms, kept))
    gone, lost = _find_having(chosen, unwanted), _find_having(chosen, wanted)
    return tuple(Suggestion(term=term, unwanted=len(gone[term]), wanted=len(lost[term])) for term in chosen)


def _sample(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: math.ceil(len(texts) / MOST_READ)] if texts else texts


def _find_having(terms: Sequence[str], texts: Iterable[str]) -> dict[str, set[int]]:
    """Term -> the numbers of the texts in which the matcher finds it, which are those that excluding it takes away."""
    having: dict[str, set[int]] = {term: set() for term in terms}
    for number, text in enumerate(texts if terms else ()):
        document = Document(title=text, text=None, summary=None, source="", country="", kind="", language=None)
        reading = Reading(document)
        for term in terms:
            if reading.has(term):
                having[term].add(number)
    return having


def _choose(unwanted: Mapping[str, set[int]], wanted: Mapping[str, set[int]]) -> list[str]:
    """One term after the other, each the one that takes away most of what is left."""
    chosen: list[str] = []
    gone: set[int] = set()
    tried = set(unwanted)
    while tried and len(chosen) < MOST_SUGGESTED:
        gains = {term: len(unwanted[term] - gone) - COST_OF_LOSS * len(wanted[term]) for term in tried}
        best = max(tried, key=lambda term: (gains[term], len(term.split()), len(term), term))
        tried.discard(best)
        if gains[best] < LEAST_UNWANTED:
            break
        chosen.append(best)
        gone |= unwanted[best]
    return chosen


def _rank(unwanted: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The phrases that speak most surely for what is not wanted."""
    spelt: dict[str, Counter[str]] = {}
    here = _count_phrases(unwanted, spelt)
    there = _count_phrases(wanted, spelt)
    rated = {key: rate(here[key], len(unwanted), there[key], len(wanted)) for key in here}
    sure = [key for key, z in rated.items() if z >= LEAST_Z and here[key] >= LEAST_UNWANTED]
    sure.sort(key=lambda key: (rated[key], len(key)), reverse=True)
    terms = (_spell(spelt[key]) for key in sure[:TRIED])
    return list(dict.fromkeys(term for term in terms if term))


def rate(here: int, of_these: int, there: int, of_those: int) -> float:
    """How surely something is commoner here than there: the log-odds ratio in standard deviations (Monroe 2008)."""
    share = (here + there) / (of_these + of_those)
    having, lacking = PRIOR * share, PRIOR * (1 - share) + 1
    odds_here = (here + having) / (of_these - here + lacking)
    odds_there = (there + having) / (of_those - there + lacking)
    return math.log(odds_here / odds_there) / math.sqrt(1 / (here + having) + 1 / (there + having))


def _count_phrases(texts: Iterable[str], spelt: dict[str, Counter[str]]) -> Counter[str]:
    """In how many texts each phrase stands; `spelt` keeps how it is written."""
    counts: Counter[str] = Counter()
    for text in texts:
        phrases = dict(_read_phrases(text))
        counts.update(phrases.keys())
        for key, surface in phrases.items():
            spelt.setdefault(key, Counter())[surface] += 1
    return counts


def _read_phrases(text: str) -> Iterator[tuple[str, str]]:
    """Every run of one to three words with nothing but spaces between them: its stems, and how it is written."""
    tokens = tokenise(text)
    joined = [text[one.end : other.start] == " " for one, other in pairwise(tokens)]
    for first, token in enumerate(tokens):
        if token.plain in _FILLERS or token.plain.isnumeric():
            continue
        for last in range(first, min(first + MOST_WORDS, len(tokens))):
            if last > first and not joined[last - 1]:
                break
            if tokens[last].plain not in _FILLERS:
                stems = " ".join(each.stem for each in tokens[first : last + 1])
                yield stems, text[token.start : tokens[last].end]


def _spell(surfaces: Counter[str]) -> str | None:
    """The commonest way of writing it; in small letters unless it is mostly written in capitals."""
    surface = surfaces.most_common(1)[0][0]
    term = surface if surface.isupper() and len(surface.split()) == 1 else surface.lower()
    try:
        return check_term(term)
    except QueryError:
        return None
