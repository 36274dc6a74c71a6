"""Makes paragraphs and a title of the lines that stand on the pages of a PDF, which knows of neither.

Sizes and places decide; running heads, running feet and page numbers are left out. Plain values in, plain values out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

PAGE_NUMBER = re.compile(
    r"(?i)[-\N{EN DASH}|\s]*(?:(?:page|pagina|seite)\s*)?\d{1,4}(?:\s*(?:/|of|de|sur|di|von|\|)\s*\d{1,4})?[-\N{EN DASH}|\s]*"
    r"|\d{1,4}\s*\|\s*p\s?a\s?g\s?e|[ivxl]{1,6}"
)
LIST_MARK = re.compile(r"(?:[•●▪■◦‣·*\N{EN DASH}-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivx]{1,5})[.)])\s")
SENTENCE_END = re.compile(r"[.!?:;…][\"'»”\N{RIGHT SINGLE QUOTATION MARK})]*$")
# PDFium joins a word that is divided at the end of a line, and leaves U+0002 there; in some fonts it fails to.
DIVIDED = re.compile(r"(\w+)(?:[\x02\ufffe\N{SOFT HYPHEN}]|-(?=\n))\n?([^\W\d_]+)")
DIGITS = re.compile(r"\d+")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# What kind of document it is; its title comes beside that.
KINDS = frozenset({
    "memo", "memorandum", "news", "press release", "news release", "media release", "newsletter", "report", "policy paper",
    "fact sheet", "factsheet", "statement", "notice", "announcement", "draft", "communiqué", "communiqué de presse",
    "note", "rapport", "avis", "comunicato", "comunicato stampa", "nota", "circolare", "pressemitteilung", "bericht",
})  # fmt: skip

SAME_SIZE = 0.15
BIG = 1.15
EDGE_LINES = 2
MAX_RUNNING_CHARS = 160
MAX_TITLE_CHARS = 300
MIN_TITLE_CHARS = 8
SHORT_LINE = 0.75
COLUMN_STEP = 60.0  # points; more than an indent, less than a column
WIDER_GAP = 0.35
INDENT = 0.8


@dataclass(frozen=True, kw_only=True)
class PdfLine:
    """A line as it stands on a page (numbered from 0), in points from the page's lower left corner.

    `size` is the height of its letters. A line that ends with a divided word goes on to the end of the next one.
    """

    page: int
    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float


@dataclass(frozen=True, kw_only=True)
class PdfFile:
    """What was read of a PDF: `lines` in the file's order, and what its properties say, unchecked.

    `cut` says in plain words where reading stopped, if it did not go to the end.
    """

    lines: tuple[PdfLine, ...]
    pages: int
    pages_read: int
    title: str | None = None
    created: str | None = None
    language: str | None = None
    cut: str | None = None


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Lines that belong together; `size` is that of its letters."""

    page: int
    text: str
    size: float


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """What is usual in a document: the size of its text, the white between two lines of a paragraph as a share of their
    height, and how far to the right the lines reach in each of the page's columns."""

    body_size: float
    gap: float
    reach: dict[tuple[int, int], float]

    def is_short(self, line: PdfLine) -> bool:
        """Whether the line ends well before others that begin at about the same distance from the left."""
        near = (self.reach.get((line.page, _find_column(line) + step), line.right) for step in (-1, 0, 1))
        return line.right - line.left < SHORT_LINE * (max(near) - line.left)


def find_paragraphs(file: PdfFile) -> list[Paragraph]:
    """The paragraphs in reading order, without what repeats at the edges of the pages."""
    running = _find_running(file)
    lines = [line for line in file.lines if line.text.strip() and line not in running]
    if not lines:
        return []
    layout = _Layout(body_size=_find_body_size(lines), gap=_find_usual_gap(lines), reach=_find_reach(lines))
    groups: list[list[PdfLine]] = []
    for line in lines:
        if groups and _goes_on(groups[-1], line, layout):
            groups[-1].append(line)
        else:
            groups.append([line])
    known = _find_words(lines)
    return [
        Paragraph(page=group[0].page, text=_join(group, known), size=median(line.size for line in group))
        for group in groups
    ]


def find_big_line(paragraphs: Sequence[Paragraph]) -> str | None:
    """The largest words of the first page that has any, where they are larger than the text and can be a title."""
    if not paragraphs:
        return None
    body = _find_body_size(paragraphs)
    first = [one for one in paragraphs if one.page == paragraphs[0].page and one.size >= BIG * body]
    by_size = sorted(first, key=lambda paragraph: -paragraph.size)
    return next((one.text for one in by_size if _can_be_title(one.text)), None)


def _can_be_title(text: str) -> bool:
    is_kind = text.casefold().strip(" :.") in KINDS
    return MIN_TITLE_CHARS <= len(text) <= MAX_TITLE_CHARS and not is_kind


def _find_body_size(parts: Iterable[PdfLine | Paragraph]) -> float:
    """The size of most letters."""
    sizes: Counter[float] = Counter()
    for one in parts:
        sizes[round(one.size, 1)] += len(one.text)
    return sizes.most_common(1)[0][0]


def _find_running(file: PdfFile) -> set[PdfLine]:
    """Page numbers, and what stands at the edge of at least half of the pages; where it is larger it is a title."""
    by_page = list(_by_page(file.lines))
    numbers = {
        line for page in by_page for line in _find_edges(page, EDGE_LINES) if PAGE_NUMBER.fullmatch(line.text.strip())
    }
    # Of a page with a few lines, such as a slide, not all can be at its edges.
    edges = [line for page in by_page for line in _find_edges(page, min(EDGE_LINES, len(page) // 3))]
    pages = Counter(key for page in _by_page(edges) for key in {_running_key(line) for line in page})
    enough = max(2, (file.pages_read + 1) // 2)
    running = (line for line in edges if pages[_running_key(line)] >= enough and len(line.text) <= MAX_RUNNING_CHARS)
    return numbers.union(running)


def _by_page(lines: Iterable[PdfLine]) -> Iterable[list[PdfLine]]:
    pages: dict[int, list[PdfLine]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    return pages.values()


def _find_edges(lines: list[PdfLine], most: int) -> list[PdfLine]:
    """The first and the last lines of a page, `most` of each."""
    downwards = sorted(lines, key=lambda line: -line.top)
    return list(dict.fromkeys([*downwards[:most], *downwards[max(most, len(downwards) - most) :]]))


def _running_key(line: PdfLine) -> tuple[str, int]:
    return DIGITS.sub("#", line.text.strip()), round(line.size)


def _find_usual_gap(lines: Sequence[PdfLine]) -> float:
    """The white between two lines of one paragraph, as a share of their height."""
    gaps = [
        (above.bottom - below.top) / above.size
        for above, below in pairwise(lines)
        if above.page == below.page and _is_same_size(above, below) and 0 < above.top - below.top < 2 * above.size
    ]
    return median(gaps) if gaps else 0.0


def _find_reach(lines: Iterable[PdfLine]) -> dict[tuple[int, int], float]:
    reach: dict[tuple[int, int], float] = {}
    for line in lines:
        place = line.page, _find_column(line)
        reach[place] = max(line.right, reach.get(place, line.right))
    return reach


def _find_column(line: PdfLine) -> int:
    return int(line.left // COLUMN_STEP)


def _find_words(lines: Iterable[PdfLine]) -> frozenset[str]:
    """The words of the document in small letters, without those that are divided."""
    return frozenset(WORD.findall(DIVIDED.sub(" ", "\n".join(line.text for line in lines)).casefold()))


def _is_same_size(one: PdfLine, other: PdfLine) -> bool:
    return abs(one.size - other.size) <= SAME_SIZE * max(one.size, other.size, 0.1)


def _goes_on(group: Sequence[PdfLine], line: PdfLine, layout: _Layout) -> bool:
    """Whether `line` continues the paragraph that `group` is so far."""
    last = group[-1]
    if not _is_same_size(last, line) or LIST_MARK.match(line.text):
        return False
    begins_low = line.text.lstrip()[:1].islower()
    if last.page != line.page or (line.left >= last.right and line.top > last.top):
        return begins_low and not SENTENCE_END.search(last.text.rstrip())  # the next page, the next column
    if not (line.top < last.top and last.bottom - line.top <= (layout.gap + WIDER_GAP) * last.size):
        return False
    return begins_low or not _is_last_line(group, line, layout)


def _is_last_line(group: Sequence[PdfLine], line: PdfLine, layout: _Layout) -> bool:
    """Whether the paragraph ends before `line`, though no white stands between: a short line, or an indent after it."""
    last = group[-1]
    is_ended = bool(SENTENCE_END.search(last.text.rstrip()))
    is_text = last.size < BIG * layout.body_size
    if layout.is_short(last) and (is_ended or is_text):
        return True
    return is_ended and line.left > last.left + INDENT * line.size and not LIST_MARK.match(group[0].text)


def _join(lines: Sequence[PdfLine], known: frozenset[str]) -> str:
    """One line of text; `known` are the words of the document, in small letters."""

    def mend(found: re.Match[str]) -> str:
        before, after = found.groups()
        return f"{before}-{after}" if _has_hyphen(before, after, known) else before + after

    return " ".join(DIVIDED.sub(mend, "\n".join(line.text.strip() for line in lines)).split())


def _has_hyphen(before: str, after: str, known: frozenset[str]) -> bool:
    """Whether a divided word is written with a hyphen elsewhere too, or is made of two words that are."""
    before, after = before.casefold(), after.casefold()
    if f"{before}{after}" in known:
        return False
    return f"{before}-{after}" in known or {before, after} <= known
