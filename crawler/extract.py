"""Makes an announcement of a page, or of the row alone where the page cannot be had; runs in worker processes.

    bytes -> text -> tree -> metadata -> main text -> is it the page? -> announcement

Parsing happens once. What the parts decide is theirs: `titles`, `dates`, `quality`.
"""

import logging
import re
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from crawler.announcement import Announcement, FetchedPage, Loss, NotAPage, Row, TextState
from crawler.announcing import (
    SUMMARY_CHARS,
    cut_at_sentence,
    find_country,
    find_full_text,
    find_public_url,
    make_keys,
    make_page_keys,
    summarise,
)
from crawler.clutter import is_clutter, is_counter, without_clutter, without_clutter_lines
from crawler.date_choice import DateStatements, choose_date
from crawler.dates import DateReading, is_lone_date, read_address_date
from crawler.languages import contradict_language
from crawler.markup import clean_line, clean_lines, decode_body, looks_like_html, looks_like_pdf, parse_html, read_line
from crawler.metadata import Metadata, read_metadata, tidy_language
from crawler.quality import PageSigns, find_shell, judge_page
from crawler.titles import TitleClaims, choose_title, is_part_of, is_same_title
from crawler.urls import find_part, strip_tracking

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PDF_TYPES = frozenset({"application/pdf", "application/x-pdf"})
NOT_TEXT = (b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0")
POOR_SHARE = 0.3
FEED_SHARE = 0.5
ONE_OF_SEVERAL = "one of several entries of the feed that lead to one page: told by the feed alone"
MOST_LINKED = 0.3
MAX_KICKER_CHARS = 200
MAX_LABEL_CHARS = 30
BEGINNING_CHARS = 60
MOST_LEADS = 6
SENTENCE = re.compile(r".{30,600}[.!?…»”\"]")
LINKED_SENTENCE = re.compile(r".{100,600}\.")  # a headline ends with no full stop
NOTICE_CLASS = re.compile(
    r"(?i)notice|notif|alert|banner|message|disclaim|caption|credit|byline|author|share|cookie|crumb|tags?\b|promo|related|card"
)
NOT_LEAD = frozenset({"nav", "footer", "aside", "figure", "li", "td"})
# As `bare_extraction` would make them from its arguments, which takes it a tenth of the time that a page takes.
FAST = Extractor(output_format="python", fast=True, comments=False)
THOROUGH = Extractor(output_format="python", comments=False)

_BODY = etree.XPath(
    "/html/body//@itemprop[. = 'articleBody']/parent::*"
    " | /html/body//@property[. = 'articleBody' or . = 'schema:articleBody']/parent::*"
)
_MAIN = etree.XPath("/html/body/descendant::main | /html/body//@role[. = 'main']/parent::*")
# Divisions with nothing but a line of text in them, beside a paragraph or beside another one.
_DIVISIONS = etree.XPath(
    ".//div[text()[string-length() > 40]]"
    "[not(div or p or ul or ol or table or section or form or h1 or h2 or h3 or h4 or article or figure or dl)]"
    "[string-length() > 80][../p or preceding-sibling::div or following-sibling::div]"
)
_PARAGRAPHS = etree.XPath(".//p")
# Paragraphs in the midst of others that are nothing but one link; trafilatura takes those above 100 characters for teasers.
_LINKED = etree.XPath(
    "descendant::p/a[string-length() > 100][not(preceding-sibling::* or following-sibling::*)]"
    "[not(../text()[normalize-space()])]"
    "[../preceding-sibling::*[1][self::p[text()[string-length() > 40]]]]"
    "[../following-sibling::*[1][self::p[text()[string-length() > 40]]]]"
)


def init_worker() -> None:
    """Load everything that the first page would otherwise wait for, and keep trafilatura's complaints to itself.

    What only a thorough reading needs (the stop words of a hundred languages, 0.2 s) waits until a page wants one.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    tree = parse_html("<html><body><main><p>One paragraph is enough to load the machinery.</p></main></body></html>")
    assert tree is not None
    _extract(tree, is_thorough=False)


def read_page(page: FetchedPage, *, now: datetime) -> Announcement | NotAPage:
    """The announcement that a page makes, or what came in its place (R17, R21, R24, R27).

    The title is chosen by `titles.choose_title`, the date by `date_choice`. The text is the page's main text;
    the feed's full text stands in (text_state FEED) where the page gives none or less than half as much. With neither,
    text_state is MISSING and the page is to be asked for again. `url` is a believable canonical link, else the address
    that answered, without tracking parameters. Language: the page's, else the row's, else the source's. What a PDF
    makes is decided in `document`.
    """
    if looks_like_pdf(page.body):
        from crawler.document import read_document  # noqa: PLC0415 - 0.05 s that only crawls with documents wait for

        return read_document(page, now=now)
    if fault := _find_wrong_kind(page):
        return fault
    body = decode_body(page.body, page.content_type)
    if _media_type(page.content_type) == "text/plain":
        return _announce_plain(page, body)
    tree = parse_html(body) if body.strip() else None
    if tree is None:
        return NotAPage(loss=Loss.EMPTY, detail=f"{len(page.body)} bytes and nothing in them")
    return _read_tree(page, tree, now)


def _read_tree(page: FetchedPage, tree: HtmlElement, now: datetime) -> Announcement | NotAPage:
    reading = DateReading(
        now=now, language=tree.get("lang") or page.language, country=find_country(page.url, page.country)
    )
    metadata = read_metadata(tree, page.url, reading)
    claims = _with_row(metadata.titles, page)
    title = choose_title(claims)
    text = _extract_text(without_clutter(tree), title)
    signs = PageSigns(
        url=page.url, requested_url=page.requested_url, tree=tree,
        title=choose_title(replace(claims, row=None)) if claims.row else title,
        document_title=claims.document, listed_title=page.row.title, text=text,
        other_titles=(*claims.headings, *claims.social, claims.structured or ""),
    )  # fmt: skip
    return (
        judge_page(signs)
        or find_shell(signs)
        or _announce(page, _Told(metadata=metadata, title=title, text=text), reading)
    )


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What one page tells."""

    metadata: Metadata
    title: str | None
    text: str | None


def _announce(page: FetchedPage, told: _Told, reading: DateReading) -> Announcement | NotAPage:
    row, metadata = page.row, told.metadata
    if told.title is None and told.text is None:
        return NotAPage(loss=Loss.EMPTY, detail="the page has neither a title nor a text")
    text, state = _choose_text(told.text, row)
    said = DateStatements(
        row=row.published, printed=metadata.dates.printed, structured=metadata.dates.structured, meta=metadata.dates.meta,
        address=read_address_date(row.url, reading) if row.url else read_address_date(page.url, reading),
    )  # fmt: skip
    return Announcement(
        source=page.source,
        url=find_public_url(page.url, metadata.canonical_url),
        keys=make_page_keys(page, metadata.canonical_url),
        row=row,
        title=told.title or row.title or cut_at_sentence(text or "", SUMMARY_CHARS) or page.url,
        author=metadata.author or clean_line(row.author),
        language=_choose_language(metadata.language, page, text),
        published=choose_date(said),
        text=text,
        summary=summarise(metadata.description, row.summary, text),
        text_state=state,
        missing=Loss.UNREADABLE if state is TextState.MISSING else None,
        missing_detail="no main text was found in the page" if state is TextState.MISSING else None,
        validators=page.validators,
    )


def announce_row(
    row: Row, *, source: str, language: str, missing: NotAPage, addresses: tuple[str, ...] = ()
) -> Announcement | None:
    """The announcement that a row makes without its page, or None when the row has no title.

    `missing` says why there is no page; `addresses` are the requested one and those after it, in order. The row's full
    text is the text (FEED), if it has one: at least 400 characters that do not break off. Otherwise the text is MISSING;
    but of a row that stands for a part of a page nothing more is expected.
    """
    title = choose_title(TitleClaims(row=clean_line(row.title)))
    if title is None:
        return None
    text = find_full_text(row)
    is_part = bool(find_part(row.url))
    is_missing = text is None and not is_part
    requested, *others = addresses or (row.url,)
    return Announcement(
        source=source,
        url=strip_tracking(row.url),
        keys=make_keys(row, requested, tuple(others)),
        row=row,
        title=title,
        author=clean_line(row.author),
        language=tidy_language(row.language) or language,
        published=row.published,
        text=text,
        summary=summarise(None, row.summary, text),
        text_state=TextState.FEED if text else TextState.MISSING,
        missing=missing.loss if is_missing else None,
        missing_detail=missing.detail if is_missing else None,
        note=ONE_OF_SEVERAL if is_part else None,
    )


def _find_wrong_kind(page: FetchedPage) -> NotAPage | None:
    kind = _media_type(page.content_type)
    if not page.body.strip(b"\0\t\n\r\f "):
        return NotAPage(loss=Loss.EMPTY, detail="an empty body")
    if page.body.startswith(NOT_TEXT):
        return NotAPage(loss=Loss.NOT_A_DOCUMENT, detail=f"a file of another kind, sent as {kind or 'nothing'}")
    if kind is None or kind in HTML_TYPES or kind == "text/plain" or looks_like_html(page.body):
        return None
    if kind in PDF_TYPES:
        return NotAPage(loss=Loss.UNREADABLE, detail="the PDF is broken: it does not begin as one")
    return NotAPage(loss=Loss.NOT_A_DOCUMENT, detail=f"not a page but {kind}")


def _media_type(content_type: str | None) -> str | None:
    kind = (content_type or "").split(";")[0].strip().lower()
    return kind or None


def _announce_plain(page: FetchedPage, body: str) -> Announcement | NotAPage:
    text = clean_lines(body)
    title = clean_line(page.row.title) or (text or "").split("\n")[0][:SUMMARY_CHARS]
    if text is None:
        return NotAPage(loss=Loss.EMPTY, detail="an empty text")
    return Announcement(
        source=page.source,
        url=find_public_url(page.url),
        keys=make_page_keys(page),
        row=page.row,
        title=title,
        author=clean_line(page.row.author),
        language=tidy_language(page.row.language) or page.language,
        published=page.row.published,
        text=text,
        summary=summarise(None, page.row.summary, text),
        text_state=TextState.PAGE,
        validators=page.validators,
    )


def _with_row(claims: TitleClaims, page: FetchedPage) -> TitleClaims:
    return TitleClaims(
        headings=claims.headings, structured=claims.structured, social=claims.social, document=claims.document,
        row=clean_line(page.row.title), site_names=(*claims.site_names, page.source_name), subheadings=claims.subheadings,
    )  # fmt: skip


def _extract_text(tree: HtmlElement, title: str | None) -> str | None:
    """The main text: from the part that the publisher marks as such, quickly; from all of the page, thoroughly, where
    that gives less than 30 % of the text that stands in paragraphs."""
    part = _find_part(tree)
    _mark_paragraphs(part)
    text = _extract(part, is_thorough=False)
    available = sum(len(paragraph.text_content()) for paragraph in _PARAGRAPHS(part))
    if len(text or "") < POOR_SHARE * available or not text:
        text = max(text or "", _extract(tree, is_thorough=True) or "", key=len)
    lines = without_clutter_lines(text or "")
    heading = _find_heading(tree, title)
    if heading is None:
        return _without_title(lines, title)
    return _with_lead(_without_title(lines, title, read_line(heading)), tree, heading)


def _with_lead(text: str | None, tree: HtmlElement, heading: HtmlElement) -> str | None:
    """`text` with the sentences between the title and its beginning, which many systems keep in a field of their own."""
    lead: list[str] = []
    form = next(heading.iterancestors("form"), None)
    for paragraph in _find_after(tree, heading):
        line = read_line(paragraph) or ""
        if text and line and line[:BEGINNING_CHARS] in text:
            return "\n".join([*lead, text])
        is_said = SENTENCE.fullmatch(line) and not is_clutter(line) and not is_counter(line)
        # ASP.NET and SharePoint put one form around the whole page
        if is_said and not _is_around(paragraph) and next(paragraph.iterancestors("form"), None) is form:
            lead.append(line)
    return text


def _find_heading(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    """The heading that is the title, else one of level one that has a label beside it: "Press release"."""
    if title is None:
        return None
    for heading in tree.iter("h1", "h2", "h3"):
        if is_same_title(read_line(heading), title):
            return heading
    return next((one for one in tree.iter("h1") if _is_labelled(read_line(one) or "", title)), None)


def _is_labelled(line: str, title: str) -> bool:
    return len(line) < len(title) + MAX_LABEL_CHARS and is_part_of(title, line)


def _find_after(tree: HtmlElement, heading: HtmlElement) -> Iterator[HtmlElement]:
    """The first few paragraphs behind a heading."""
    elements = tree.iter("h1", "h2", "h3", "p")
    for element in elements:
        if element is heading:
            break
    yield from islice((one for one in elements if one.tag == "p"), MOST_LEADS)


def _is_around(paragraph: HtmlElement) -> bool:
    """Whether it stands in a menu, a picture or a notice."""
    around = [paragraph, *paragraph.iterancestors()]
    named = any(NOTICE_CLASS.search(one.get("class") or "") for one in around[:3])
    return named or any(one.tag in NOT_LEAD for one in around)


def _mark_paragraphs(part: HtmlElement) -> None:
    """Makes paragraphs of what would be lost among real ones: divisions that stand for them, and sentences that are links."""
    for division in _DIVISIONS(part):
        linked = sum(len(link.text_content()) for link in division.iter("a"))
        if linked < MOST_LINKED * len(division.text_content()):
            division.tag = "p"
    for link in _LINKED(part):
        if LINKED_SENTENCE.fullmatch(read_line(link) or ""):
            link.tag = "span"


def _find_part(tree: HtmlElement) -> HtmlElement:
    """A declared article body if it holds most of the main part's paragraphs; else the page."""
    bodies = _BODY(tree)
    if len(bodies) != 1:
        return tree
    mains = _MAIN(tree)
    around = mains[0] if len(mains) == 1 else tree
    inside = {paragraph: len(paragraph.text_content()) for paragraph in _PARAGRAPHS(bodies[0])}
    in_all = sum(inside.get(paragraph) or len(paragraph.text_content()) for paragraph in _PARAGRAPHS(around))
    return tree if sum(inside.values()) < FEED_SHARE * in_all else _as_page(bodies[0])


def _as_page(element: HtmlElement) -> HtmlElement:
    page = parse_html("<html><body></body></html>")
    assert page is not None
    copied = deepcopy(element)
    copied.tail = None
    page[0].append(copied)
    return page


def _extract(tree: HtmlElement, *, is_thorough: bool) -> str | None:
    """trafilatura copies the tree that it is given; metadata and dates cost it as much as the text, so it reads none."""
    document = bare_extraction(tree, options=copy(THOROUGH if is_thorough else FAST))
    return clean_lines(document.text) if isinstance(document, Document) else None


def _without_title(text: str, *titles: str | None) -> str | None:
    """`text` behind its title, behind the kind of page that may stand above that, and the day beneath it."""
    lines = text.split("\n")
    above = 0
    for number, line in enumerate(lines):
        if any(is_same_title(line, title) for title in titles):
            lines = lines[number + 1 :]
            break
        above += len(line)
        if above > MAX_KICKER_CHARS:
            break
    first = next((number for number, line in enumerate(lines) if not is_lone_date(line)), len(lines))
    return "\n".join(lines[first:]) or None


def _choose_language(said: str | None, page: FetchedPage, text: str | None) -> str | None:
    """The page's own word, else the row's, else the source's; what the text is in, where that is surely something else."""
    claims = [one for one in (said, tidy_language(page.row.language), page.language) if one]
    other = contradict_language(claims[0], text)
    return next((one for one in claims if one.split("-")[0] == other), other) if other else claims[0]


def _choose_text(page_text: str | None, row: Row) -> tuple[str | None, TextState]:
    feed_text = find_full_text(row)
    if feed_text and len(page_text or "") < FEED_SHARE * len(feed_text):
        return feed_text, TextState.FEED
    return (page_text, TextState.PAGE) if page_text else (None, TextState.MISSING)
