"""Text as words: where each stands, the forms under which two spellings are one word, and the finding of terms.

What people combine terms into is left to `query`, what they are matched against to `match`.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import accumulate, chain, count, pairwise, product, takewhile
from operator import add, attrgetter, itemgetter
from typing import NamedTuple

from monitor.plurals import find_singular

# Scripts written without spaces, and Hangul, whose particles are glued to the noun: each character is a word.
UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1050-\u109f\u1100-\u11ff\u1780-\u17d3\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\uff66-\uff9f\uffa0-\uffdc\U00020000-\U0003ffff"
)
APOSTROPHES = "'\u2018\u2019\u02bb\u02bc\uff07"
HYPHENS = "\\-\u2010-\u2013\u2212\ufe63\uff0d"
# Footnote marks are far more common behind a word than powers are: "government¹" is "government".
SUPERSCRIPTS = "\u00b2\u00b3\u00b9\u2070\u2074-\u2079"
DIACRITICS = "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Vowel points and tatweel: Hebrew and Arabic are written with and without them.
POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
# Vowel signs of the Indian scripts are no letters to Python, but belong to the word all the same.
SIGNS = (
    "\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a4d\u0abc-\u0acd"
    "\u0b01-\u0b4d\u0b82-\u0bcd\u0c00-\u0c4d\u0c81-\u0ccd\u0d00-\u0d4d"
)
# Soft hyphens, zero-width characters, direction marks and variation selectors are in the text but not to be seen.
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"

# "e government" is written for "e-government"; "a" and "i" are words of their own. "we're" ends in no prefix, but
# "l'e administration" has one, and an apostrophe may be a quotation mark. In "C++e" what stands before could not be read alone.
_PREFIX = "(?i:e|co|re|pre|non|multi|cyber)"
_FREE_PREFIX = rf"(?<![+#])(?!(?<=\w[{APOSTROPHES}])(?i:re)){_PREFIX}"


class _Patterns(NamedTuple):
    """How words are told apart in a text."""

    chunk: re.Pattern[str]
    dotted: re.Pattern[str]
    part: re.Pattern[str]


@cache
def _compile_patterns(unspaced: str) -> _Patterns:
    """The patterns for a text in which no characters that are words by themselves stand but these.

    Most texts hold none, and the patterns for all of them take longer to compile than a configuration to check.
    """
    no_word = rf"[^\W{unspaced}]" if unspaced else r"\w"
    letter = rf"[^\W_{unspaced}{APOSTROPHES}{SUPERSCRIPTS}]"
    initial = rf"[^\W\d_{unspaced}{APOSTROPHES}][{DIACRITICS}]*"
    dots = rf"{initial}(?:\.{initial})+(?![\w{DIACRITICS}])"
    word = rf"{letter}+(?:[{DIACRITICS}{POINTS}{SIGNS}{INVISIBLE}]+{letter}+|[{DIACRITICS}{POINTS}{SIGNS}]+)*"
    possessive = rf"(?:[{APOSTROPHES}][sS](?!{letter}))?"
    spaced_prefix = rf"(?:{_FREE_PREFIX}[ \u00a0](?={letter}))?"
    characters = f"[{unspaced}]+|" if unspaced else ""
    chunk = re.compile(
        # It begins with none of the commonest signs between words, which are passed over at once.
        rf"(?=[^ \n,.])(?:{characters}"
        rf"(?<!{no_word})(?<!\.){dots}(?:\.?s(?!\w)|\.)?{possessive}"  # G.D.S. and M.O.U.s
        rf"|(?<!{no_word})[A-Za-z](?:\+\+|\#)(?![\w+#])"  # C++ and C#
        rf"|\b{spaced_prefix}{word}(?:[{HYPHENS}]{word})*{possessive}"
        rf"|{word}{possessive})"
    )
    dotted = re.compile(rf"{initial}(?:\.{initial})+(?:\.?s|\.)?")
    return _Patterns(chunk=chunk, dotted=dotted, part=re.compile(word))


# A character with its voicing mark, or one Hangul syllable in its parts.
_UNSPACED_CHARACTER = re.compile(
    "[\u1100-\u115f\ua960-\ua97f][\u1160-\u11ff\ud7b0-\ud7ff]*|.[\u3099\u309a\uff9e\uff9f]*", re.DOTALL
)
_OPEN = re.compile(rf"\b{_FREE_PREFIX}\Z")
_ENDING = re.compile(rf"[{APOSTROPHES}][sS]\Z")
_DROPPED = re.compile(rf"[{DIACRITICS}{POINTS}{INVISIBLE}]")
_SPELT_OUT = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "\u0131": "i", "ħ": "h"}
    # yeh and kaf of Persian and Urdu are those of Arabic, and the digits of all three are ours
    | {"\u06cc": "\u064a", "\u06a9": "\u0643"}
    | {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
)
_ONLY_GLUE = re.compile(rf"[.&@_{INVISIBLE}]*")
_CAPITAL_OR_DIGIT = re.compile("[A-Z0-9]")
_MOST_COMPOUNDS = 3
# Longer stretches hardly come again, and without spaces a whole paragraph is one. Most share their words with `analyse`.
_LONGEST_KEPT_CHARS = 40
_MOST_KEPT = 32768
# As many runs are found sooner by searching the stream for each than by its pairs of words.
_FEW = 60
_BEHIND_WORDS = ".,;:!?)]'\"\u2019\u201d\u00bb"
BEGINNING_CHARS = 5
# What SQLite's unicode61 tokenizer takes for one word; its tables are older than ours, so only what is beyond doubt.
_INDEXED_WORD = re.compile("[0-9a-z]+|[\u03b1-\u03c9]+|[\u0430-\u044f]+|[\u05d0-\u05ea]+|[\u0621-\u064a]+")
_INDEXED_CHARACTERS = (("\u3041", "\u3096"), ("\u30a1", "\u30fa"), ("\u4e00", "\u9fa5"), ("\uac00", "\ud7a3"))


class Word(NamedTuple):
    """One word of a chunk: where it stands in the chunk, and its forms.

    `plain` is without case and accents, `stem` without a simple plural as well. `capitals` is the word as written,
    without accents and plural s, when it is wholly in capitals, and empty otherwise.
    """

    start: int
    end: int
    plain: str
    stem: str
    capitals: str
    is_acronym: bool
    """Has two capitals or more, as MOU and MoUs have; Mou and mou have not."""


class Compound(NamedTuple):
    """Words of a chunk, from `first` to `last`, taken as one: cooperation for co-operation, or MPs as mps is read."""

    first: int
    last: int
    word: Word


class Chunk(NamedTuple):
    """A stretch of text between spaces, analysed."""

    words: tuple[Word, ...]
    compounds: tuple[Compound, ...]
    stems: tuple[str, ...]
    """Of the words, then of the compounds."""
    stream: str
    """The stems of the words, with spaces between."""
    beginnings: tuple[str, ...]
    """What `make_beginning_key` makes of the words and compounds."""
    open_chars: int = 0
    """How many characters at its end may belong to the next word, as e does to government."""


class Token(NamedTuple):
    """One word of a text, with the offsets at which it stands there."""

    start: int
    end: int
    plain: str
    stem: str
    capitals: str


class Span(NamedTuple):
    """A run of words by their places in the text, both ends included."""

    first: int
    last: int


@lru_cache(maxsize=8192)
def fold(surface: str) -> str:
    """`surface` without case, accents, ligatures, width and invisible characters."""
    if surface.isascii():
        return surface.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", surface).casefold())
    stripped = _DROPPED.sub("", decomposed).casefold().translate(_SPELT_OUT).replace(" ", "")
    return unicodedata.normalize("NFC", stripped)


def find_chunks(text: str) -> Iterator[re.Match[str]]:
    """The stretches of `text`, in order, in which words stand: between spaces, or without any."""
    return _find_patterns(text).chunk.finditer(text)


def _find_patterns(text: str) -> _Patterns:
    has_unspaced = not text.isascii() and _unspaced_run().search(text)
    return _compile_patterns(UNSPACED if has_unspaced else "")


def _is_unspaced(chunk: str) -> bool:
    return not chunk.isascii() and bool(_unspaced_run().fullmatch(chunk))


@cache
def _unspaced_run() -> re.Pattern[str]:
    return re.compile(rf"[{UNSPACED}]+")


@lru_cache(maxsize=16384)  # with `_STRETCHES` some 25 MB at most; the working vocabulary of a few newsrooms
def analyse(chunk: str) -> Chunk:
    """The words and compounds in one match of `find_chunks`."""
    if chunk.isascii() and chunk.isalpha():
        word = _read_word(chunk, 0, len(chunk))
        if _has_small_form(word):
            return _make_chunk((word,), tuple(_join_words(chunk, (word,))))
        key = make_beginning_key(word.plain)
        return Chunk((word,), (), (word.stem,), word.stem, (key,) if key else ())
    words = tuple(word for word in _read_words(chunk) if word.plain)
    compounds = () if _is_unspaced(chunk) else tuple(_join_words(chunk, words))
    return _make_chunk(words, compounds)


def _make_chunk(words: tuple[Word, ...], compounds: tuple[Compound, ...]) -> Chunk:
    stems = [word.stem for word in words]
    forms = (*words, *(each.word for each in compounds))
    return Chunk(
        words=words,
        compounds=compounds,
        stems=(*stems, *(each.word.stem for each in compounds)),
        stream=" ".join(stems),
        beginnings=tuple(key for word in forms if (key := make_beginning_key(word.plain))),
    )


class _Stretches(dict[str, Chunk]):
    """What stands between two spaces, quotation marks, commas and the like included -> its words and compounds."""

    def __missing__(self, stretch: str) -> Chunk:
        core = stretch.rstrip(_BEHIND_WORDS)
        chunk, last = (analyse(core), 0) if core.isascii() and core.isalpha() else _join_chunks(stretch)
        if prefix := _OPEN.match(stretch, last):
            chunk = chunk._replace(open_chars=len(prefix[0]))
        if len(stretch) <= _LONGEST_KEPT_CHARS:
            self[stretch] = chunk
        return chunk


_STRETCHES = _Stretches()


def _analyse_all(stretches: Iterable[str]) -> list[Chunk]:
    if len(_STRETCHES) > _MOST_KEPT:
        _STRETCHES.clear()
    return list(map(_STRETCHES.__getitem__, stretches))


def _join_chunks(stretch: str) -> tuple[Chunk, int]:
    """What the stretch holds, and where the last of it begins."""
    chunks = [(found.start(), analyse(found[0])) for found in find_chunks(stretch)]
    if len(chunks) == 1 and not chunks[0][0]:
        return chunks[0][1], 0
    words: list[Word] = []
    compounds: list[Compound] = []
    for start, chunk in chunks:
        compounds += (
            Compound(len(words) + first, len(words) + last, _shift(word, start))
            for first, last, word in chunk.compounds
        )
        words += (_shift(word, start) for word in chunk.words)
    return _make_chunk(tuple(words), tuple(compounds)), chunks[-1][0] if chunks else len(stretch)


def _shift(word: Word, by: int) -> Word:
    return word._replace(start=word.start + by, end=word.end + by) if by else word


def _read_words(chunk: str) -> Iterator[Word]:
    if _is_unspaced(chunk):
        yield from _read_characters(chunk)
        return
    body = _ENDING.sub("", chunk)
    patterns = _find_patterns(body)
    if patterns.dotted.fullmatch(body) or body.endswith(("+", "#")):
        yield _read_word(body.replace(".", ""), 0, len(body))
        return
    for found in patterns.part.finditer(body):
        yield _read_word(found[0], found.start(), found.end())


def _read_word(surface: str, start: int, end: int) -> Word:
    if surface.isascii() and surface.islower():  # as most words are
        return Word(start, end, surface, find_singular(surface), "", is_acronym=False)
    written = _strip_accents(surface)
    is_plural = _is_plural_of_capitals(written)
    singular = written[:-1] if is_plural else written
    plain = fold(surface)
    return Word(
        start=start,
        end=end,
        plain=plain,
        stem=find_singular(fold(singular) if is_plural else plain),
        capitals=singular if singular.isupper() else "",
        is_acronym=sum(map(str.isupper, singular)) > 1,
    )


def _is_plural_of_capitals(written: str) -> bool:
    """Whether it is written as MoUs and D5s are; not by one expression, whose time grows with the square of a word."""
    is_behind_capital = written.endswith("s") and written[-2:-1].isascii() and written[-2:-1].isupper()
    return is_behind_capital and bool(_CAPITAL_OR_DIGIT.search(written[:-2]))


def _has_small_form(word: Word) -> bool:
    """Whether it is a plural of capitals whose small letters no rule takes for a plural, as MPs is both mp and mps.

    GDSs is not: to the stemming tokenizer of the index gds and gdss are two words, where mp and mps are one.
    """
    plain, stem = word.plain, word.stem
    return plain != stem and plain == f"{stem}s" == find_singular(plain) and not stem.endswith("s")


def _strip_accents(surface: str) -> str:
    if surface.isascii():
        return surface
    return _DROPPED.sub("", unicodedata.normalize("NFKD", surface))


def _read_characters(run: str) -> Iterator[Word]:
    for found in _UNSPACED_CHARACTER.finditer(run):
        for character in fold(found[0]):
            yield Word(found.start(), found.end(), character, character, "", is_acronym=False)


def _join_words(chunk: str, words: Sequence[Word]) -> Iterator[Compound]:
    """All the words of a chunk as one, each two neighbours as one, and plurals of capitals in small letters."""
    last = len(words) - 1
    ranges = {(0, last), *((first, first + 1) for first in range(last))} if last > 0 else set()
    for first, end in sorted(ranges):
        surface = "".join(chunk[word.start : word.end] for word in words[first : end + 1])
        yield Compound(first, end, _read_word(surface, words[first].start, words[end].end))
    for number, word in enumerate(words):
        if _has_small_form(word):
            yield Compound(number, number, word._replace(stem=word.plain))


def tokenise(text: str) -> tuple[Token, ...]:
    """Every word of `text` in order; compounds are left out, as their words are there."""
    return tuple(
        Token(found.start() + word.start, found.start() + word.end, word.plain, word.stem, word.capitals)
        for found in find_chunks(text)
        for word in analyse(found[0]).words
    )


class WordPattern(NamedTuple):
    """What one word of a term asks of a word in a text."""

    key: str
    """The stem, or how the word begins when `is_prefix`."""
    is_prefix: bool
    capitals: str
    """How it must be written; empty when small letters will do."""
    is_acronym: bool
    is_glued: bool
    """No space stands between it and the word before."""


Run = tuple[WordPattern, ...]


class Needle(NamedTuple):
    """What a text must hold for a run to stand in it: its stems one behind the other, or one of them as a compound."""

    stream: str
    """Empty where beginnings of words are asked for, which the stream cannot tell."""
    keys: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    """Each two keys that follow one another."""


class TermWords(NamedTuple):
    """A term as the runs of words that satisfy it, any one of them, each with its needle."""

    written: str
    runs: tuple[Run, ...]
    needles: tuple[Needle, ...]


@lru_cache(maxsize=131072)  # about 1 kB each; all the terms of many thousand watches
def read_term(written: str) -> TermWords:
    """The word patterns of a term such as `e-government`, `servic* numériqu*` or `GOV.UK`.

    `*` behind a word makes it a prefix. A term wholly in capitals is found in capitals only; in one of mixed case,
    acronyms such as MoU are marked, as French has a word "mou". There are no runs if there is no word in the term.
    """
    readings: list[tuple[Run, Run]] = []
    behind = None
    for found in find_chunks(written):
        chunk = analyse(found[0])
        split: list[WordPattern] = []
        for word in chunk.words:
            start, end = found.start() + word.start, found.start() + word.end
            is_glued = behind is not None and bool(_ONLY_GLUE.fullmatch(written, behind, max(behind, start)))
            split.append(_ask(written, word, end, is_glued=is_glued))
            behind = end
        readings.append((tuple(split), _ask_as_one(written, chunk, split, behind or 0)))
    runs = tuple(_combine(readings))
    return TermWords(written, runs, tuple(map(make_needle, runs)))


def make_needle(run: Run) -> Needle:
    """What tells quickly that a run is not in a text, and mostly where it is."""
    keys = [pattern.key for pattern in run]
    has_beginnings = any(pattern.is_prefix for pattern in run)
    stream = "" if has_beginnings else f" {' '.join(keys)} "
    return Needle(stream, frozenset(keys), frozenset(pairwise(keys)))


def _ask(written: str, word: Word, end: int, *, is_glued: bool) -> WordPattern:
    is_prefix = written[end : end + 1] == "*"
    must_be_capitals = written.isupper()
    return WordPattern(
        key=word.plain if is_prefix else word.stem,
        is_prefix=is_prefix,
        capitals=word.capitals if must_be_capitals else "",
        is_acronym=word.is_acronym and not must_be_capitals,
        is_glued=is_glued,
    )


def _ask_as_one(written: str, chunk: Chunk, split: Sequence[WordPattern], end: int) -> Run:
    """The compound that a hyphenated chunk of a term may be written as; empty if there is none."""
    if not chunk.compounds or any(pattern.is_prefix for pattern in split[:-1]):
        return ()
    whole = next(each for each in chunk.compounds if each.last - each.first == len(split) - 1)
    return (_ask(written, whole.word, end, is_glued=split[0].is_glued),)


def _combine(readings: Sequence[tuple[Run, Run]]) -> Iterator[Run]:
    """Every way to take each chunk in its words or as one; of many compounds, all or none as one."""
    options = [[run for run in reading if run] for reading in readings]
    if sum(len(each) > 1 for each in options) > _MOST_COMPOUNDS:
        choices: Iterable[tuple[Run, ...]] = (tuple(each[0] for each in options), tuple(each[-1] for each in options))
    else:
        choices = product(*options)
    for choice in choices:
        run = tuple(pattern for part in choice for pattern in part)
        if run:
            yield run


def find_index_keys(run: Run) -> Iterator[str]:
    """What must stand in the full-text index for the run to be in a text; nothing if the index cannot tell."""
    characters = ""
    for pattern in run:
        if pattern.is_glued and characters and _is_indexed_character(pattern.key):
            characters += f" {pattern.key}"
            continue
        if characters:
            yield characters
        characters = pattern.key if _is_indexed_character(pattern.key) else ""
        if not characters and (key := _find_index_key(pattern)):
            yield key
    if characters:
        yield characters


def _is_indexed_character(key: str) -> bool:
    return len(key) == 1 and any(first <= key <= last for first, last in _INDEXED_CHARACTERS)


def _find_index_key(pattern: WordPattern) -> str | None:
    if pattern.is_prefix:
        return make_beginning_key(pattern.key)
    return pattern.key if _INDEXED_WORD.fullmatch(pattern.key) else None


def make_beginning_key(plain: str) -> str | None:
    """What the index holds for the beginning of a word, as stemming would cut both word and prefix: `polic0`.

    None for words that are too short. No stemmer touches what ends in a digit.
    """
    beginning = plain[:BEGINNING_CHARS]
    return f"{beginning}0" if len(beginning) == BEGINNING_CHARS and _INDEXED_WORD.fullmatch(beginning) else None


Place = tuple[int, int, Word]


class Words:
    """The words of one text, looked into only as far as somebody asks.

    Most terms stand in most texts as plain words or not at all, which the stream of stems and its pairs of neighbours tell
    quickly. Compounds and beginnings of words are looked for chunk by chunk.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._take(text.split())
        if any(map(_OPEN_CHARS, self._known.values())):
            self._join_open()
        self._places: dict[str, list[Place]] = {}
        self._asked = 0

    def _take(self, surfaces: list[str]) -> None:
        self._surfaces = surfaces
        self._chunks = _analyse_all(surfaces)
        self._known = dict(zip(surfaces, self._chunks, strict=True))

    def _join_open(self) -> None:
        """Takes each open end together with what stands behind it, as `find_chunks` reads the two over a space."""
        joined: list[str] = []
        starts: list[int] = []
        begun = None
        for surface, start in zip(self._surfaces, self._starts, strict=True):
            end = start + len(surface)
            stretch = surface if begun is None else self.text[begun:end]
            at, begun = start if begun is None else begun, None
            if open_chars := _STRETCHES[stretch].open_chars:
                begun = end - open_chars
                stretch = stretch[:-open_chars]
            if stretch:
                joined.append(stretch)
                starts.append(at)
        if begun is not None:
            joined.append(self.text[begun:].rstrip())
            starts.append(begun)
        self._starts = starts
        self._take(joined)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stem of every word and compound."""
        return frozenset(chain.from_iterable(map(_STEMS, self._known.values())))

    @cached_property
    def plains(self) -> frozenset[str]:
        """Every word and compound without case and accents."""
        chunks = self._known.values()
        words = {word.plain for chunk in chunks for word in chunk.words}
        return frozenset(words.union(each.word.plain for chunk in chunks for each in chunk.compounds))

    @property
    def beginnings(self) -> Iterator[str]:
        """What the index holds for the beginnings of the words and compounds, in order of their first."""
        return chain.from_iterable(map(_BEGINNINGS, self._known.values()))

    @property
    def compounds(self) -> Iterator[str]:
        """The stem of every compound, in order."""
        return (compound.word.stem for chunk in self._chunks if chunk.compounds for compound in chunk.compounds)

    @cached_property
    def stream(self) -> str:
        """The stem of every word, in order, with spaces between."""
        return " ".join(filter(None, map(_STREAM, self._chunks)))

    def find(self, term: TermWords, *, language: str | None) -> tuple[Span, ...]:
        """Where the term stands, in order. In French an acronym of mixed case is not found in small letters."""
        is_french = bool(language) and str(language).lower().startswith("fr")
        runs = zip(term.runs, term.needles, strict=True)
        found = [span for run, needle in runs for span in self._find_run(run, needle, is_french=is_french)]
        return tuple(sorted(set(found)) if len(found) > 1 else found)

    def locate(self, span: Span) -> tuple[int, int]:
        """The offsets in the text at which a run of words begins and ends."""
        start, end = self._locate_word(span.first)
        return start, (end if span.first == span.last else self._locate_word(span.last)[1])

    def _find_run(self, run: Run, needle: Needle, *, is_french: bool) -> Iterable[Span]:
        if needle.stream and self._compound_stems.isdisjoint(needle.keys):
            return self._find_in_stream(run, needle.stream, is_french=is_french) if self._holds(needle) else ()
        for pattern in run:
            if not pattern.is_prefix and pattern.key not in self.stems:
                return ()
        spans = [Span(first, last) for first, last, _ in self._find_word(run[0], is_french=is_french)]
        for pattern in run[1:]:
            if not spans:
                break
            spans = self._continue(spans, pattern, is_french=is_french)
        return spans

    def _holds(self, needle: Needle) -> bool:
        """False only where the run cannot be among the words of the stream."""
        if not needle.pairs:
            return not self.stems.isdisjoint(needle.keys)
        self._asked += 1
        return self._asked <= _FEW or needle.pairs <= self._pairs

    def _find_in_stream(self, run: Run, stream: str, *, is_french: bool) -> Iterator[Span]:
        padded = self._padded_stream
        number = counted = 0
        at = padded.find(stream)
        while at >= 0:
            number += padded.count(" ", counted, at)
            counted = at
            if self._is_run_at(number, run, is_french=is_french):
                yield Span(number, number + len(run) - 1)
            at = padded.find(stream, at + 1)

    def _is_run_at(self, number: int, run: Run, *, is_french: bool) -> bool:
        """Whether words with the right stems are written as the run asks."""
        return all(
            (not pattern.is_glued or at == number or self._is_glued(at - 1))
            and (
                not (pattern.capitals or pattern.is_acronym)
                or _is_written(self._find_chunk(at)[1], pattern, is_french=is_french)
            )
            for at, pattern in enumerate(run, number)
        )

    def _continue(self, spans: Iterable[Span], pattern: WordPattern, *, is_french: bool) -> list[Span]:
        ends = defaultdict(list)
        for first, last, _ in self._find_word(pattern, is_french=is_french):
            ends[first].append(last)
        return [
            Span(span.first, last)
            for span in spans
            for last in ends.get(span.last + 1, ())
            if not pattern.is_glued or self._is_glued(span.last)
        ]

    def _find_word(self, pattern: WordPattern, *, is_french: bool) -> Iterable[Place]:
        places = self._find_beginning(pattern.key) if pattern.is_prefix else self._find_stem(pattern.key)
        if not (pattern.capitals or pattern.is_acronym):
            return places
        return [place for place in places if _is_written(place[2], pattern, is_french=is_french)]

    def _is_glued(self, number: int) -> bool:
        """Whether no space stands between a word and the next."""
        end, start = self._locate_word(number)[1], self._locate_word(number + 1)[0]
        return bool(_ONLY_GLUE.fullmatch(self.text, end, max(end, start)))

    def _find_chunk(self, number: int) -> tuple[int, Word]:
        """The number of the chunk in which a word stands, and the word."""
        chunk = bisect_right(self._first_numbers, number) - 1
        return chunk, self._chunks[chunk].words[number - self._first_numbers[chunk]]

    def _locate_word(self, number: int) -> tuple[int, int]:
        chunk, word = self._find_chunk(number)
        start = self._starts[chunk]
        return start + word.start, start + word.end

    def _find_stem(self, stem: str) -> list[Place]:
        known = self._places.get(stem)
        if known is None:
            surfaces = self._surfaces_by_stem.get(stem, ())
            known = self._places[stem] = self._place(surfaces, lambda word: word.stem == stem)
        return known

    def _find_beginning(self, beginning: str) -> list[Place]:
        known = self._by_plain
        numbers = range(bisect_left(known, (beginning,)), len(known))
        found = takewhile(lambda number: known[number][0].startswith(beginning), numbers)
        surfaces = dict.fromkeys(known[number][1] for number in found)
        return self._place(surfaces, lambda word: word.plain.startswith(beginning))

    def _place(self, surfaces: Iterable[str], is_wanted: Callable[[Word], bool]) -> list[Place]:
        """Where the wanted words and compounds of some chunks stand, in order."""
        places: list[Place] = []
        for surface in surfaces:
            words, compounds = self._known[surface][:2]
            forms = [(first, first, word) for first, word in enumerate(words) if is_wanted(word)]
            forms += [compound for compound in compounds if is_wanted(compound.word)]
            places += [
                (number + first, number + last, word)
                for first, last, word in forms
                for number in self._numbers[surface]
            ]
        places.sort(key=itemgetter(0, 1))
        return places

    @cached_property
    def _by_plain(self) -> list[tuple[str, str]]:
        """Every word and compound without case and accents, and a chunk that it stands in, in the order of words."""
        pairs = {(word.plain, surface) for surface, chunk in self._known.items() for word in chunk.words}
        pairs.update(
            (compound.word.plain, surface) for surface, chunk in self._known.items() for compound in chunk.compounds
        )
        return sorted(pairs)

    @cached_property
    def _surfaces_by_stem(self) -> dict[str, list[str]]:
        surfaces: dict[str, list[str]] = defaultdict(list)
        for surface, chunk in self._known.items():
            for stem in chunk.stems if len(chunk.stems) == 1 else set(chunk.stems):
                surfaces[stem].append(surface)
        return surfaces

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """Chunk -> the number of its first word, wherever it stands in the text."""
        numbers: dict[str, list[int]] = {surface: [] for surface in self._known}
        for surface, number in zip(self._surfaces, self._first_numbers, strict=True):
            numbers[surface].append(number)
        return numbers

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each chunk."""
        return _find_starts(self.text, self._surfaces)

    @cached_property
    def _first_numbers(self) -> list[int]:
        """The number of each chunk's first word."""
        return [0, *accumulate(map(len, map(_WORDS, self._chunks)))][:-1]

    @cached_property
    def _padded_stream(self) -> str:
        return f" {self.stream} "

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        """Each two words of the stream that follow one another; with very many terms, far quicker than looking for each."""
        return frozenset(pairwise(self.stream.split(" ")))

    @cached_property
    def _compound_stems(self) -> frozenset[str]:
        return frozenset(compound.word.stem for compound in chain.from_iterable(map(_COMPOUNDS, self._known.values())))


_WORDS, _COMPOUNDS, _STEMS, _STREAM, _BEGINNINGS, _OPEN_CHARS = map(
    attrgetter, ("words", "compounds", "stems", "stream", "beginnings", "open_chars")
)


def _find_starts(text: str, surfaces: Sequence[str]) -> list[int]:
    """The offset of each stretch between spaces."""
    ends = list(accumulate(map(len, surfaces), initial=0))
    if ends[-1] + len(surfaces) - 1 == len(text):
        return list(map(add, ends[:-1], count()))  # one space stands between any two, and none around them
    starts, at = [], 0
    for surface in surfaces:
        at = text.index(surface, at)
        starts.append(at)
        at += len(surface)
    return starts


def _is_written(word: Word, pattern: WordPattern, *, is_french: bool) -> bool:
    """Whether a word with the right stem, or the right beginning, has its capitals where they are asked for."""
    if pattern.capitals:
        return word.capitals.startswith(pattern.capitals) if pattern.is_prefix else word.capitals == pattern.capitals
    return word.is_acronym or not is_french
