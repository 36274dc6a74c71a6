"""Guesses how a page lists what was published: rows that look alike, each with one link, mostly with a date.

Every selector that could name the rows is tried on the page itself, and the one that gives the most and the best rows
wins. What it gives is then read by the very reader that a crawl uses, so a guess that does not work is never made.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from math import sqrt
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from parsel.csstranslator import HTMLTranslator

from crawler.dates import find_date, read_date
from crawler.discovery.next_link import find_next
from crawler.discovery.page_text import Link, PageText
from crawler.discovery.selectors import cost_of, describe_own, describe_place, describe_within, tag_of
from crawler.discovery.words import READ_MORE
from crawler.markup import read_line
from crawler.source import Listing
from crawler.urls import url_key

FEWEST_ROWS = 3
FEWEST_DATED_ROWS = 2
# Without dates, a list of links is a listing only if there are several and they read like headlines.
FEWEST_UNDATED_ROWS = 5
FEWEST_WORDS_UNDATED = 4.0
MOST_ROWS_TRIED = 500
MOST_SELECTORS = 400
MOST_LEVELS = 7
LONGEST_DATE = 80
LONGEST_TITLE = 300
AGREEMENT = 0.9
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
NO_ARTICLE = re.compile(
    r"(?i)/(?:tags?|categor(?:y|ies|ie)|topics?|authors?|auteurs?|autor[ei]|people|search|login|themes?)/"
)
TITLE_NAME = re.compile(r"(?i)(?:^|[-_])(?:title|titre|titolo|titulo|headline|heading|hed)(?:$|[-_])")
# A date may stand beside its row where both lie in one flat list, as <dt> and <dd> do.
BESIDE = ("./following-sibling::*[1]", "./preceding-sibling::*[1]", "./following-sibling::*[2]")

_translator = HTMLTranslator()


@dataclass(frozen=True, kw_only=True)
class ListingGuess:
    """A listing that was found on a page. `links` are where its rows lead; `score` compares it with others."""

    listing: Listing
    links: tuple[str, ...]
    dated: int
    score: float


@dataclass(frozen=True, kw_only=True, eq=False)
class _Row:
    """One element that may be a row, and what would be read from it."""

    element: HtmlElement
    link: Link
    title: HtmlElement
    words: int
    dated: HtmlElement | None
    beside: tuple[str, ...]
    """Where a date stands when none stands in the row; that of a neighbour may be among them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rows:
    """What one selector gives."""

    selector: str
    rows: tuple[_Row, ...]
    elements: int
    depth: int

    @cached_property
    def dated_share(self) -> float:
        return sum(row.dated is not None or bool(row.beside) for row in self.rows) / len(self.rows)

    @cached_property
    def words(self) -> float:
        return sum(row.words for row in self.rows) / len(self.rows)

    @cached_property
    def score(self) -> float:
        quality = 0.15 + 0.5 * min(self.words, 5) / 5 + self.dated_share
        linked = len(self.rows) / self.elements
        return round(quality**2 * sqrt(min(len(self.rows), 60)) * linked, 1)

    @property
    def is_listing(self) -> bool:
        count = len(self.rows)
        if self.dated_share >= 0.5:  # noqa: PLR2004 - most of them
            return count >= (FEWEST_DATED_ROWS if self.dated_share == 1 else FEWEST_ROWS)
        return count >= FEWEST_UNDATED_ROWS and self.words >= FEWEST_WORDS_UNDATED


def guess_listing(page: PageText) -> ListingGuess | None:
    """The best listing on a page, or None when nothing on it looks like one."""
    best = _Finder(page).find_best()
    if best is None:
        return None
    listing = _write_listing(page, best)
    return ListingGuess(
        listing=listing,
        links=tuple(row.link.url for row in best.rows),
        dated=round(best.dated_share * len(best.rows)),
        score=best.score,
    )


class _Finder:
    """Tries selectors on one page; what is read of an element is read once."""

    def __init__(self, page: PageText) -> None:
        self._page = page
        self._links = {link.element: link for link in page.links if not page.is_around(link.element)}
        self._dates: dict[HtmlElement, date | None] = {}

    def find_best(self) -> _Rows | None:
        found = [rows for selector in self._find_selectors() if (rows := self._try(selector)) and rows.is_listing]
        return max(
            found, key=lambda rows: (rows.score, -rows.depth, *(-one for one in cost_of(rows.selector))), default=None
        )

    def _find_selectors(self) -> list[str]:
        counted: Counter[str] = Counter()
        for element in self._links:
            counted.update(set(self._describe_rows(element)))
        often = [selector for selector, count in counted.most_common() if count >= FEWEST_DATED_ROWS]
        return often[:MOST_SELECTORS]

    def _describe_rows(self, link: HtmlElement) -> Iterator[str]:
        """Every selector under which the link, or something around it, could be a row."""
        level: HtmlElement | None = link
        for _ in range(MOST_LEVELS):
            if level is None or tag_of(level) in {"body", "main", "html", ""}:
                return
            *named, bare = describe_own(level)
            yield from named
            yield from _describe_bare(level, bare)
            level = level.getparent()

    def _try(self, selector: str) -> _Rows | None:
        elements = self._select(selector)
        if len(elements) < FEWEST_DATED_ROWS or _is_nested(elements):
            return None
        rows: dict[str, _Row] = {}
        for element in elements:
            links = self._find_links(element)
            if len({url_key(link.url) for link in links}) > 1:
                return None  # several articles in one: something around the rows
            if row := self._read_row(element, links):
                rows.setdefault(url_key(row.link.url), row)
        if len(rows) < FEWEST_DATED_ROWS:
            return None
        depth = sum(1 for _ in elements[0].iterancestors())
        return _Rows(selector=selector, rows=tuple(rows.values()), elements=len(elements), depth=depth)

    def _select(self, selector: str) -> list[HtmlElement]:
        """The first of the elements that a selector gives; those of a long archive are all alike."""
        found = (one for one in select(self._page.tree, selector) if not self._page.is_around(one))
        return list(islice(found, MOST_ROWS_TRIED))

    def _find_links(self, element: HtmlElement) -> list[Link]:
        """The links of a row that lead to what it is about: those of its headings, else those that say the most."""
        inside = [link for one in element.iter("a") if (link := self._links.get(one))]
        articles = [link for link in inside if not NO_ARTICLE.search(urlsplit(link.url).path)] or inside
        headed = [link for link in articles if _is_headed(link.element, element)]
        if headed:
            return headed
        alone = [link for link in articles if not _is_in_running_text(link.element)] or articles
        said = [link for link in alone if link.text and not READ_MORE.match(link.text)]
        return _leave_short(said) or alone[:1]

    def _read_row(self, element: HtmlElement, links: Sequence[Link]) -> _Row | None:
        if not links:
            return None
        link = links[0]
        dated = self._find_dated(element)
        beside = () if dated is not None else self._find_beside(element)
        title = self._find_title(element, link, dated)
        words = len((read_line(title) or "").split())
        return _Row(element=element, link=link, title=title, words=words, dated=dated, beside=beside)

    def _find_title(self, element: HtmlElement, link: Link, dated: HtmlElement | None) -> HtmlElement:
        for one in element.iter(*HEADINGS):
            if read_line(one):
                return one
        named = [one for one in element.iter() if one is not element and TITLE_NAME.search(one.get("class") or "")]
        for one in named:
            if read_line(one) and one is not dated:
                return one
        if not READ_MORE.match(link.text) and len(link.text) <= LONGEST_TITLE and not self._holds(link.element, dated):
            return link.element
        texts = [
            one for one in element.iter("p", "strong", "b", "span", "div", "td") if not self._is_or_holds(one, dated)
        ]
        return max(texts, key=_title_length, default=link.element)

    def _holds(self, element: HtmlElement, inner: HtmlElement | None) -> bool:
        return inner is not None and inner is not element and element in set(inner.iterancestors())

    def _is_or_holds(self, element: HtmlElement, inner: HtmlElement | None) -> bool:
        return element is inner or self._holds(element, inner) or element.find(".//a") is not None

    def _find_dated(self, element: HtmlElement) -> HtmlElement | None:
        """The innermost element of a row that is a date; the row itself when the date stands in its own text."""
        for one in element.iterdescendants():
            if isinstance(one.tag, str) and self.read_day(one) and not any(self.read_day(inner) for inner in one):
                return one
        own = [element.text, *(child.tail for child in element)]
        return element if any(_reads_as_date(text, self._page) for text in own) else None

    def _find_beside(self, element: HtmlElement) -> tuple[str, ...]:
        if tag_of(element) not in {"dt", "dd", *HEADINGS, "p"}:
            return ()
        return tuple(
            place for place in BESIDE if any(self._is_dated_neighbour(element, one) for one in element.xpath(place))
        )

    def _is_dated_neighbour(self, element: HtmlElement, other: HtmlElement) -> bool:
        return tag_of(other) not in {tag_of(element), ""} and self._has_day(other)

    def _has_day(self, element: HtmlElement) -> bool:
        return self.read_day(element) is not None or any(
            self.read_day(one) for one in element.iterdescendants("time", "span")
        )

    def read_day(self, element: HtmlElement) -> date | None:
        if element not in self._dates:
            self._dates[element] = self._read_day(element)
        return self._dates[element]

    def _read_day(self, element: HtmlElement) -> date | None:
        if not isinstance(element.tag, str):
            return None
        if stamped := element.get("datetime"):
            return read_date(stamped, self._page.dates).on
        text = "".join(element.itertext()) if len(element) <= MOST_LEVELS else ""
        return _read_as_date(text, self._page)


def _read_as_date(text: str | None, page: PageText) -> date | None:
    line = " ".join((text or "")[: LONGEST_DATE * 4].split())
    if not line or len(line) > LONGEST_DATE or not any(char.isdigit() for char in line):
        return None
    return find_date(line, page.dates).on


def _reads_as_date(text: str | None, page: PageText) -> bool:
    return _read_as_date(text, page) is not None


def _describe_bare(element: HtmlElement, tag: str) -> Iterator[str]:
    """A row without a name of its own, by the place that it stands in: `ul.news > li`, `main ul > li`.

    On a page where nothing around it has a name, which is how pages were written by hand, by its kind alone: `dl > dd`.
    """
    parent = element.getparent()
    if parent is None:
        return
    places = [*_describe_places(parent)]
    yield from (f"{place} > {tag}" for place in places or filter(None, [tag_of(parent)]))


def _describe_places(parent: HtmlElement) -> Iterator[str]:
    yield from describe_place(parent)
    for outer in parent.iterancestors():
        for place in describe_place(outer):
            yield f"{place} {tag_of(parent)}"


def select(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    return [one for one in tree.xpath(_translator.css_to_xpath(selector)) if isinstance(one, HtmlElement)]


def _is_nested(elements: Sequence[HtmlElement]) -> bool:
    chosen = set(elements)
    return any(ancestor in chosen for element in elements for ancestor in element.iterancestors())


def _is_headed(link: HtmlElement, row: HtmlElement) -> bool:
    if any(True for _ in link.iterdescendants(*HEADINGS)):
        return True
    for parent in link.iterancestors():
        if tag_of(parent) in HEADINGS:
            return True
        if parent is row:
            return False
    return False


def _is_in_running_text(link: HtmlElement) -> bool:
    """Whether the link is a part of a sentence, as those of a summary are."""
    parent = link.getparent()
    if parent is None or tag_of(parent) not in {"p", "span", "em", "i"}:
        return False
    rest = " ".join(text for text in (parent.text, *(child.tail for child in parent)) if text)
    return len(rest.split()) > 6  # noqa: PLR2004 - more than a label


def _leave_short(links: Sequence[Link]) -> list[Link]:
    """The links that say most: a label beside a headline is no headline."""
    longest = max((len(link.text.split()) for link in links), default=0)
    return [link for link in links if len(link.text.split()) * 2 > min(longest, 8)]


def _title_length(element: HtmlElement) -> int:
    length = len(read_line(element) or "")
    return length if length <= LONGEST_TITLE else 0


# -- writing it down


def _write_listing(page: PageText, found: _Rows) -> Listing:
    rows = found.rows
    selector = found.selector
    if found.elements > len(rows) and any(select_links(one) == 0 for one in select(page.tree, selector)):
        selector = f"{selector}:has(a)"
    link = _write_link(rows)
    return Listing(
        url=page.url,
        rows=selector,
        link=link or "a",
        title=_write_title(rows),
        date=_write_date(page, rows),
        next=find_next(page),
    )


def select_links(element: HtmlElement) -> int:
    return len(element.xpath(".//a[@href]"))


def _write_link(rows: Sequence[_Row]) -> str | None:
    """None where the first link of each row is the right one."""
    wanted = {row.element: row.link.element for row in rows}
    if (
        _agreement(rows, lambda row: _first(row.element, "a", row.link.url) or row.element is row.link.element)
        >= AGREEMENT
    ):
        return None
    return _derive(rows, wanted, lambda row, found: url_key_of(found) == url_key_of(wanted[row.element]))


def url_key_of(element: HtmlElement) -> str:
    return (element.get("href") or "").strip()


def _first(row: HtmlElement, selector: str, url: str) -> bool:
    links = [one for one in select(row, selector) if one.get("href") and one is not row]
    return bool(links) and url.endswith(url_key_of(links[0]).lstrip("./"))


def _write_title(rows: Sequence[_Row]) -> str | None:
    """None where the text of the link is the title."""
    if _agreement(rows, lambda row: read_line(row.title) == row.link.text) >= AGREEMENT:
        return None
    wanted = {row.element: row.title for row in rows}
    return _derive(rows, wanted, lambda row, found: read_line(found) == read_line(wanted[row.element]))


def _write_date(page: PageText, rows: Sequence[_Row]) -> str | None:
    beside = Counter(place for row in rows for place in row.beside)
    inside = [row for row in rows if row.dated is not None]
    if beside and len(inside) < max(beside.values()):
        # the own date of every row; a neighbour's is missing at one end of the list
        return _name_sibling(rows, beside.most_common(1)[0][0])
    if not inside:
        return None
    if sum(row.dated is row.element for row in inside) > len(inside) / 2:
        return "./text()"
    days = {row.element: _day_of(row.dated, page) for row in inside}
    wanted = {row.element: row.dated for row in inside if row.dated is not None}
    return _derive(
        inside,
        wanted,
        lambda row, found: _day_of(found, page) == days[row.element],
        skip=lambda one: not _day_of(one, page),
    )


def _name_sibling(rows: Sequence[_Row], place: str) -> str:
    """`./following-sibling::dd[1]` says more than `*[1]`, where all of them are alike."""
    tags = {tag_of(one) for row in rows for one in row.element.xpath(place)}
    nearest = place.endswith("[1]")
    return place.replace("*", tags.pop()) if len(tags) == 1 and nearest else place


def _day_of(element: HtmlElement | None, page: PageText) -> date | None:
    if element is None:
        return None
    stamped = element.get("datetime")
    day = read_date(stamped, page.dates).on if stamped else None
    return day or _read_as_date("".join(element.itertext()), page)


def _derive(
    rows: Sequence[_Row],
    wanted: dict[HtmlElement, HtmlElement],
    is_right: Callable[[_Row, HtmlElement], bool],
    skip: Callable[[HtmlElement], bool] = lambda _: False,
) -> str | None:
    """The shortest selector whose first answer in each row is right; answers that `skip` says no to are passed over."""
    candidates = Counter(selector for row in rows for selector in {*describe_within(wanted[row.element], row.element)})
    best: tuple[float, tuple[int, ...], str] | None = None
    for selector, count in candidates.items():
        if count < len(rows) / 2:
            continue
        share = _agreement(rows, lambda row, selector=selector: _is_first_right(row, selector, is_right, skip))  # type: ignore[misc]
        key = (-min(share, AGREEMENT), cost_of(selector), selector)
        best = key if best is None or key < best else best
    return best[2] if best and -best[0] >= 0.5 else None  # noqa: PLR2004 - right in most rows


def _is_first_right(
    row: _Row, selector: str, is_right: Callable[[_Row, HtmlElement], bool], skip: Callable[[HtmlElement], bool]
) -> bool:
    for found in select(row.element, selector):
        if found is not row.element and not skip(found):
            return is_right(row, found)
    return False


def _agreement(rows: Iterable[_Row], says: Callable[[_Row], bool]) -> float:
    answers = [says(row) for row in rows]
    return sum(answers) / max(1, len(answers))
