"""Chooses the title of a page from everything that claims to be it; where the claims stand is left to metadata."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

# A space on either side, or a bar, which no title is written with; a colon needs the space behind it only.
SEPARATOR = re.compile(
    r"(\s+[-:·•/\N{EN DASH}\N{EM DASH}]\s+|\s*[|\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}]\s*|:\s+|::)"
)
ARROW = re.compile(r"\s+»\s+")  # old WordPress: "Title » Site"; beside a « it is a quotation mark
BAR = re.compile(r"[|\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}]")
# What blog software beautifies in headings and leaves alone in <title>.
PLAIN_SIGNS = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
    }
)
NOT_A_WORD = re.compile(r"[\W_]+")
# Names of places on a site, which headings and titles carry beside or instead of the page's own name.
MAX_CHARS = 1000
PLACES = frozenset(
    {
        "home",
        "homepage",
        "home page",
        "news",
        "latest news",
        "blog",
        "newsroom",
        "article",
        "articles",
        "release",
        "releases",
    }
    | {
        "press release",
        "press releases",
        "news release",
        "news releases",
        "accueil",
        "actualités",
        "blogue",
        "nouvelles",
    }
    | {
        "communiqué",
        "communiqués",
        "communiqué de presse",
        "notizie",
        "comunicati",
        "novità",
        "aktuelles",
        "startseite",
    }
)
# Words for what a page is, which stand above its title or are the only heading of level one: never cut off at a colon,
# because "Consultation: digital identity" is a title.
# fmt: off
KINDS = PLACES | {
    "speech", "guidance", "statement", "press statement", "media release", "media statement", "news story", "news item",
    "press notice", "blog post", "consultation", "case study", "report", "publication", "policy paper", "announcement",
    "announcements", "press", "press room", "media centre", "media center", "news and events", "updates", "event",
    "actualité", "discours", "pressemitteilung", "pressemitteilungen", "meldung", "medienmitteilung", "presse",
    "comunicato stampa", "notizia", "nota de prensa", "notas de prensa", "noticia", "noticias", "sala de prensa",
    "comunicado", "notícia", "notícias", "comunicado de imprensa", "nieuws", "nieuwsbericht", "persbericht",
}
# fmt: on
ENOUGH_SHARED = 0.5


@dataclass(frozen=True, kw_only=True)
class TitleClaims:
    """What claims to be the title. `headings` are the level-one headings, those of the main part first."""

    headings: tuple[str, ...] = ()
    structured: str | None = None
    social: tuple[str, ...] = ()
    document: str | None = None
    row: str | None = None
    site_names: tuple[str, ...] = ()
    subheadings: tuple[str, ...] = ()
    """Headings of a lower level in the main part."""


def choose_title(claims: TitleClaims) -> str | None:
    """The title as the page prints it.

    1. Names of the site and of its sections are no titles, and are cut from either end of the others ("Site - Title",
       "Title | Site").
    2. A level-one heading that another claim repeats (JSON-LD headline, the row, og:title, <title>) is the title; one
       that repeats it exactly before one that is only part of it, one that shares half its words comes third.
       The spelling is that of <title> where only that differs: blog software beautifies quotes and dots in headings.
    3. Without such a heading: the JSON-LD headline, the row's title (a feed names one page and no site), og:title, a
       heading, <title>, a heading of a lower level. Where nothing tells the site's name, the longest part of a <title>
       with bars.
    """
    names = frozenset(_key(name) for name in claims.site_names) | {""}
    structured, row = _cut(claims.structured, names), _cut(claims.row, names)
    social = tuple(cut for one in claims.social if (cut := _cut(one, names)))
    document = _cut(claims.document, names)
    others = [one for one in (structured, row, *social, document) if one]
    headings = [
        _without_kind(one, others) for one in claims.headings if _key(one) not in names and _key(one) not in KINDS
    ]
    headings.sort(key=lambda heading: ends_with_part(claims.document or "", heading))
    if heading := _find_repeated(headings, others):
        return shorten_title(_respell(heading, claims.document))
    chosen = structured or row or next(iter(social), None) or next(iter(headings), None) or _longest_part(document)
    chosen = chosen or next((one for one in claims.subheadings if not _is_outside(one, names)), None)
    return shorten_title(chosen)


def shorten_title(title: str | None) -> str | None:
    """`title` cut at a word where it is no title any more, so that it fits into a message."""
    if title is None or len(title) <= MAX_CHARS:
        return title
    return title[:MAX_CHARS].rsplit(" ", 1)[0] + " …"


def is_same_title(one: str | None, other: str | None) -> bool:
    """Whether two titles differ in case, punctuation and spacing at most."""
    return bool(one and other and _key(one) == _key(other))


def is_part_of(one: str, other: str) -> bool:
    """Whether `one` stands, whole words of it, in `other`, whatever the case and punctuation."""
    return _is_part(_key(one), _key(other))


def is_like(one: str | None, other: str | None) -> bool:
    """Whether two titles have half the words of the shorter one in common."""
    return bool(one and other) and _is_alike(_key(one or ""), _key(other or ""))


def ends_with_part(title: str, part: str | None) -> bool:
    """Whether `title` has several parts, and `part` is the last of them, as the name of a site is."""
    parts = _split(title)
    return len(parts) > 1 and bool(part) and _key(parts[-1]) == _key(part or "")


def has_part(title: str, part: str | None) -> bool:
    """Whether `part` is `title`, or all that stands before or behind one of its separators."""
    return bool(part) and any(_key(end) == _key(part or "") for end in _ends(title))


def is_kind(text: str) -> bool:
    """Whether it only says what a page is, or where on the site it stands: "News", "Press release"."""
    return not text or _key(text) in KINDS


def _without_kind(heading: str, others: list[str]) -> str:
    """`heading` without a "Press release" at its beginning or end, where another claim is the rest of it."""
    key = _key(heading)
    for other in others:
        before, found, after = key.partition(_key(other))
        if found and bool(before) != bool(after) and (before or after).strip() in KINDS:
            return other
    return heading


def _respell(heading: str, document: str | None) -> str:
    """`heading` with the quotes, dashes and dots of <title>, if that begins or ends with it."""
    return next((end for end in _ends(document or "") if _plain(end) == _plain(heading)), heading)


def _ends(title: str) -> Iterator[str]:
    """`title`, and what it begins and ends with, from separator to separator."""
    parts = _split(title)
    for end in range(1, len(parts) + 1, 2):
        yield "".join(parts[:end]).strip()
        yield "".join(parts[end - 1 :]).strip()


def _plain(text: str) -> str:
    return " ".join(text.translate(PLAIN_SIGNS).replace("--", "-").split())


def _split(text: str) -> list[str]:
    """Part, separator, part, ..."""
    return SEPARATOR.split(text if "«" in text else ARROW.sub(" | ", text))


@lru_cache(maxsize=1024)
def _key(text: str) -> str:
    return NOT_A_WORD.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _cut(text: str | None, names: frozenset[str]) -> str | None:
    """`text` without site names and sections at its ends; None when it is nothing else."""
    if not text:
        return None
    parts = _split(text)
    while len(parts) > 1 and _is_outside(parts[-1], names):
        parts = parts[:-2]
    while len(parts) > 1 and _is_outside(parts[0], names):
        parts = parts[2:]
    cut = "".join(parts).strip()
    return None if _is_outside(cut, names) else cut


def _is_outside(part: str, names: frozenset[str]) -> bool:
    key = _key(part)
    return key in names or key in PLACES


def _find_repeated(headings: list[str], others: Iterable[str]) -> str | None:
    keys = [_key(other) for other in others]
    for is_repeated in (_is_equal, _is_part, _is_alike):
        for heading in headings:
            if any(is_repeated(_key(heading), key) for key in keys):
                return heading
    return None


def _is_equal(one: str, other: str) -> bool:
    return one == other


def _is_part(one: str, other: str) -> bool:
    return f" {one} " in f" {other} "


def _is_alike(one: str, other: str) -> bool:
    return _shared(one, other) >= ENOUGH_SHARED


def _shared(one: str, other: str) -> float:
    """The share of the shorter one's words that the other one has too."""
    words, more = set(one.split()), set(other.split())
    return len(words & more) / max(1, min(len(words), len(more)))


def _longest_part(document: str | None) -> str | None:
    if document is None or not BAR.search(document):
        return document
    return max((part.strip() for part in BAR.split(document)), key=len) or document
