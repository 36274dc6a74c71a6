"""Which spellings of a term are found and which are not: tried on the matcher itself, so that what is shown is true."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.match import Document, matches
from monitor.plurals import find_singular
from monitor.query import Term
from monitor.words import APOSTROPHES, HYPHENS, fold

_HYPHEN = re.compile(rf"(?<=\w)[{HYPHENS}](?=\w)")
_BEGINNING = re.compile(rf"([^\s*{APOSTROPHES}]+)\*")
# "letter of intent", "protocole d'entente": what comes in numbers stands before the first of these.
_HEAD = re.compile(rf"(?i)\S.*?(?=\s+(?:(?:of|for|de|du|des|di|del|della)\s|d(?:ell)?[{APOSTROPHES}]))")
_LAST_WORD = re.compile(r"(?<![.&@\w])\w+\Z")
LONGEST_DOTTED = 5


@dataclass(frozen=True, kw_only=True)
class Spellings:
    """A term as it is written in a watch, and how it is and is not found in texts."""

    term: str
    found: tuple[str, ...]
    not_found: tuple[str, ...]
    remarks: tuple[str, ...]


def find_spellings(term: str) -> Spellings:
    """Capitals, plural, accents, hyphens and dots of `term`, each tried."""
    if "*" in term:
        return Spellings(term=term, found=(), not_found=(), remarks=tuple(_remark(term)))
    tried = dict.fromkeys((term, *_vary(term)))
    small = term.lower()
    return Spellings(
        term=term,
        found=tuple(each for each in tried if is_found(term, each)),
        not_found=() if is_found(term, small) else (small,),
        remarks=tuple(_remark(term)),
    )


def is_found(term: str, text: str, *, language: str | None = None) -> bool:
    document = Document(title=text, text=None, summary=None, source="", country="", kind="", language=language)
    return matches(Term(term), document) is not None


def _vary(term: str) -> Iterator[str]:
    if _has_capitals(term):
        yield from (term.upper(), term.lower())
    yield from _vary_number(term)
    yield _strip_accents(term)
    if _HYPHEN.search(term):
        yield from (_HYPHEN.sub("", term), _HYPHEN.sub(" ", term))
    if _has_capitals(term) and term.isalpha() and len(term) <= LONGEST_DOTTED:
        yield f"{'.'.join(term.upper())}."


def _has_capitals(term: str) -> bool:
    """Two capitals or more, as in a name or an acronym."""
    return sum(map(str.isupper, term)) > 1


def _vary_number(term: str) -> Iterator[str]:
    """The plural of the last word of what comes in numbers, or its singular where it is one already."""
    head = before[0] if (before := _HEAD.match(term)) else term
    rest = term.removeprefix(head)
    found = _LAST_WORD.search(head)
    last = found[0] if found else ""
    if not last.isalpha() or len(last) == 1 or not fold(last).isascii():
        return
    singular = find_singular(fold(last))
    if last.endswith("s") and singular != fold(last):
        other = f"{last[:-3]}y" if last.endswith("ies") else last[: len(singular)]
    else:
        other = _write_plural(last)
    yield head.removesuffix(last) + other + rest


def _write_plural(word: str) -> str:
    """The plural as a rule gives it: policies, boxes, services, GDSs."""
    if word.isupper():
        return f"{word}s"
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def _strip_accents(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


def _remark(term: str) -> Iterator[str]:
    beginnings = _BEGINNING.findall(term)
    if beginnings:
        yield f"every word that begins with {' or '.join(beginnings)}"
    if term.isupper():
        yield "in capitals only"
    elif term.lower() != term.upper():
        needs_capitals = not is_found(term, term.lower(), language="fr")
        yield "in French with its capitals only" if needs_capitals else "capitals or not"
