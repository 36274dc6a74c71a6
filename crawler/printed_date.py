"""Finds the day that a page prints beside its title; what machines are told of it is left to `metadata`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from crawler.announcement import DateSource, PublicationDate
from crawler.calendars import find_sign_of_year
from crawler.dates import (
    NO_DATE,
    NOT_PUBLICATION,
    PRINTED,
    DateReading,
    find_date,
    find_dateline,
    find_lone_date,
    read_date,
)
from crawler.markup import read_line
from crawler.page_parts import Surroundings, find_block, find_block_of

# Attributes are looked through much faster than the elements that bear them.
_DECLARED_DATES = etree.XPath(
    "/html/body//@itemprop[. = 'datePublished']/parent::*[not(self::meta)] | /html/body//@pubdate/parent::*"
    " | /html/body//@property[contains(., 'datePublished')]/parent::*[not(self::meta)]"
)
# Without their first letters, so that "Date" is found with "date"; that they are what they seem is asked of the few.
_SIGNS = ("ate", "ublish", "osted", "yline", "eta", "ubmitted", "imestamp", "echa", "atum", "ata")
_DATED = etree.XPath(
    f".//time | .//dt | .//*[@class and not(self::time) and ({' or '.join(f'contains(@class, {sign!r})' for sign in _SIGNS)})]"
)
_TEXTS = etree.XPath(".//text()[contains(., '19') or contains(., '20') or contains(., $own)]")
_LONG_TEXTS = etree.XPath(".//text()[string-length() > 160]")

PUBLISHED = re.compile(
    r"(?i)publish|posted|released|issued|publié|publication|parution|pubblica|veröffentlicht|entry-date|pubdate|mise en ligne"
    r"|publica(?:ci|ç|d[oa])|gepubliceerd|julkaistu|publicerad|udgivet|publisert|opublikowan"
)
LABELLED = re.compile(
    r"(?i)\W*(?:date(?: of publication)?|(?:first )?publi(?:shed|é|ée|cation)|posted|released|issued|parution|mise? en ligne"
    r"|pubblicat[oa]|data|veröffentlicht|erschienen|datum|publicad[oa]|publica(?:ción|ção)|fecha"
    r"|gepubliceerd|julkaistu|publicerad|udgivet|publisert|opublikowan\w*)\b"
)
# "data" is Italian for "date" (designers.italia.it), and a part of many other words
DATED_CLASS = re.compile(
    r"(?i)date|publish|posted|byline|meta|submitted|timestamp|fecha|datum|docdata|(?:^|\s)data(?:\s|$)"
)
UPDATED_CLASS = re.compile(r"(?i)modified|updated|revised|changed")
MAX_BEFORE_CHARS = 200
MAX_BYLINE_CHARS = 300
MAX_DATED = 60
MAX_TEXTS = 600
MAX_LABELLED_CHARS = 120
MAX_LABEL_CHARS = 60
BEFORE_HEADING = 30  # elements
CONTAINERS = frozenset({"div", "section", "article", "main", "header", "td", "body"})
UNLABELLED = frozenset({"h1", "script", "style", "nav", "form", "figure", "img"})


def find_declared_dates(around: Surroundings) -> list[HtmlElement]:
    """The elements that microdata, RDFa or HTML declare as the date of publication."""
    return [one for one in _DECLARED_DATES(around.tree)[:MAX_DATED] if not around.is_elsewhere(one)]


def read_attribute(element: HtmlElement, reading: DateReading) -> PublicationDate:
    """What an element says to machines, else what it prints."""
    said = element.get("datetime") or element.get("content") or read_line(element)
    return read_date(said, reading, source=DateSource.PAGE)


def find_printed_date(around: Surroundings, declared: list[HtmlElement], reading: DateReading) -> PublicationDate:
    """The day that a reader sees beside the title.

    In this order: an element declared or labelled as the publication date; the first that is marked as a date; a line
    that begins with a word for publication; a line of its own beside the heading; the dateline of the first paragraph.
    """
    scope = around.scope
    marked = [one for one in _DATED(scope) if _is_marked(one)][:MAX_DATED]
    dated = [one for one in marked if not around.is_elsewhere(one, within=scope) and not _is_event(one)]
    labelled = [one for one in dated if PUBLISHED.search(_label(one))]
    for element in (*declared, *labelled, *(one for one in dated if not _is_other_date(one))):
        found = _read_printed(element, reading)
        if found.on:
            return found
    lines = list(_find_dated_lines(around, find_sign_of_year(reading.language, reading.country)))
    return _find_labelled(lines, reading) or _find_beside(around, lines, reading) or NO_DATE


@dataclass(frozen=True, kw_only=True)
class _DatedLine:
    """A short line with a year in it, the block that it is printed in, and what is printed before that."""

    block: HtmlElement
    text: str
    label: str
    is_linked: bool
    """Whether it is the name of another page: "Minutes, 3 June 2026"."""


def _find_dated_lines(around: Surroundings, sign_of_year: str) -> Iterator[_DatedLine]:
    seen: set[HtmlElement] = set()
    for text in _TEXTS(around.scope, own=sign_of_year)[:MAX_TEXTS]:
        block = find_block(text)
        if block in seen or around.is_elsewhere(text.getparent(), within=around.scope):
            continue
        seen.add(block)
        whole, is_linked = read_line(block) or "", _is_linked(text.getparent())
        if len(whole) <= MAX_LABELLED_CHARS:
            yield _DatedLine(block=block, text=whole, label=_printed_before(block), is_linked=is_linked)
        elif len(text) <= MAX_LABELLED_CHARS and (LABELLED.match(text) or _stands_alone(text, block)):
            yield _DatedLine(block=text.getparent(), text=" ".join(text.split()), label="", is_linked=is_linked)


def _is_linked(element: HtmlElement) -> bool:
    return element.tag == "a" or next(element.iterancestors("a"), None) is not None


def _stands_alone(text: Any, block: HtmlElement) -> bool:
    """Whether it is a line of its own in a block that holds more than lines."""
    return not text.is_tail and block.tag in CONTAINERS


def _printed_before(block: HtmlElement) -> str:
    """The label of a line that stands in an element of its own before it; what has a date itself labels that one."""
    before = block.getprevious()
    if before is None or before.tag in UNLABELLED:
        return ""
    label = (read_line(before) or "")[-MAX_LABELLED_CHARS:]
    return "" if PRINTED.search(label) else label


def _find_labelled(lines: list[_DatedLine], reading: DateReading) -> PublicationDate | None:
    """ "Publié le 3 juin 2026" in an element that nothing marks as a date."""
    for line in lines:
        is_labelled = LABELLED.match(line.text) or (len(line.label) < MAX_LABEL_CHARS and LABELLED.match(line.label))
        if not is_labelled or NOT_PUBLICATION.search(line.label):
            continue
        if (found := find_date(line.text, reading, source=DateSource.PAGE)).on:
            return found
    return None


def _find_beside(around: Surroundings, lines: list[_DatedLine], reading: DateReading) -> PublicationDate | None:
    """The day in a line of its own between the heading and the first longer text, or shortly before the heading; else
    the one in the dateline of that text."""
    place = {element: number for number, element in enumerate(around.scope.iter())}
    heading = next((place[one] for one in around.headings if one in place), 0)
    longs = [text.getparent() for text in _LONG_TEXTS(around.scope)]
    first = next((one for one in longs if place.get(one, 0) > heading), None)
    end = place[first] if first is not None else len(place)
    begin = max([heading - BEFORE_HEADING, *(place[one] for one in longs if place.get(one, end) < heading)])
    near = [line for line in lines if begin < place.get(line.block, -1) < end]
    beside = [line for line in near if not line.is_linked and not NOT_PUBLICATION.search(line.label)]
    for line in beside:
        lone = find_lone_date(line.text, reading, source=DateSource.PAGE, label=line.label)
        found = lone if lone.on else find_dateline(line.text, reading, source=DateSource.PAGE)
        if found.on:
            return found
    dateline = read_line(find_block_of(first)) if first is not None else None  # it may begin in bold letters
    return find_dateline(dateline or "", reading, source=DateSource.PAGE)


def _read_printed(element: HtmlElement, reading: DateReading) -> PublicationDate:
    if element.tag == "dt":
        sibling = element.getnext()
        element = element if sibling is None else sibling
    text = read_line(element)
    if text and len(text) <= MAX_BYLINE_CHARS and (found := find_date(text, reading, source=DateSource.PAGE)).on:
        return found
    said = read_date(element.get("datetime"), reading, source=DateSource.PAGE)
    return said if said.on else read_date(element.get("title"), reading, source=DateSource.PAGE)


def _is_marked(element: HtmlElement) -> bool:
    return element.tag in {"time", "dt"} or bool(DATED_CLASS.search(element.get("class") or ""))


def _is_event(element: HtmlElement) -> bool:
    """Whether it stands in running text, where a date is about something else."""
    parent = element.getparent()
    return (
        element.tag == "time"
        and parent is not None
        and parent.tag in {"p", "td"}
        and len(parent.text_content()) > MAX_BYLINE_CHARS
    )


def _is_other_date(element: HtmlElement) -> bool:
    if element.tag == "dt":
        return True  # only what is labelled as publication counts in a list of terms
    return bool(UPDATED_CLASS.search(element.get("class") or "") or NOT_PUBLICATION.search(_label(element)))


def _label(element: HtmlElement) -> str:
    """What is printed before a date, and the class and property that say what it is."""
    if element.tag == "dt":
        return element.text_content()[:MAX_BEFORE_CHARS]
    said = [element.get("class") or "", element.get("property") or "", element.get("itemprop") or ""]
    before, parent = element.getprevious(), element.getparent()
    if before is None and parent is not None and not (parent.text or "").strip():
        before = parent.getprevious()
    if before is not None and (before.tag == "dt" or len(before.text_content()) < MAX_BEFORE_CHARS):
        label = before.text_content()
        # "Report of the review" and "Guidance updated" are titles, and say nothing of the date beneath them
        said += ["" if before.tag == "h1" or PRINTED.search(label) else label, before.tail or ""]
    if parent is not None and element.getprevious() is None:
        said.append(parent.text or "")
    return " ".join(said)
