"""Reads sitemaps into rows: plain, news, gzipped, text ones, and indexes of them (sitemaps.org); R36, R39."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO

from lxml import etree

from crawler.announcement import DateSource, Loss, NotAPage, PublicationDate, Row
from crawler.dates import read_change, read_date
from crawler.entry_page import (
    EntryPage,
    Listed,
    build_listed,
    find_entry_impostor,
    is_broken_off,
    make_fingerprint,
    make_plain,
    resolve_address,
    unpack,
)
from crawler.markup import clean_xml
from crawler.urls import is_web_address
from crawler.way import Way

XML_SPACE = b"\xef\xbb\xbf \t\r\n"
XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff")  # in UTF-8 and its like, or in UTF-16
ROOTS = {"urlset", "sitemapindex"}
# One date on everything is the day on which the file was made, not on which the pages changed.
FEWEST_FOR_ONE_DATE = 10


@dataclass(kw_only=True)
class _Contents:
    root: str = ""
    rows: list[Row] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_faulty: bool = False

    def note_fault(self, said: str) -> None:
        self.is_faulty = True
        self.warnings.append(f"not well-formed: {said}")


class _Document(BytesIO):
    """A document that knows when all of it was read. The log of faults tells as well, but is copied at each look."""

    is_over = False

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.is_over = not data
        return data


def read_sitemap(page: EntryPage) -> Listed | NotAPage:
    """A sitemap's rows or an index's sitemaps, or why it is neither. Alternates in other languages are no rows."""
    body = find_entry_impostor(page) or unpack(page)
    if isinstance(body, NotAPage):
        return body
    if not body.lstrip(XML_SPACE).startswith(XML_STARTS):
        return _read_text(page, body)
    contents = _Contents()
    try:
        _read_xml(page, body, contents)
    except etree.XMLSyntaxError as error:
        if not contents.rows and not contents.sitemaps:
            return NotAPage(loss=Loss.UNREADABLE, detail=f"the sitemap cannot be parsed: {error.msg}")
        contents.note_fault(error.msg)
    if not contents.root:
        return NotAPage(loss=Loss.UNREADABLE, detail="the sitemap cannot be parsed")
    if contents.root not in ROOTS:
        detail = f"the address serves <{contents.root}>, which is no sitemap"
        return NotAPage(loss=Loss.NOT_A_FEED, detail=detail)
    listed = build_listed(page, _drop_one_date(contents.rows), contents.warnings)
    return replace(
        listed, sitemaps=tuple(dict.fromkeys(contents.sitemaps)), breaks_off=contents.is_faulty and is_broken_off(body)
    )


def _read_text(page: EntryPage, body: bytes) -> Listed | NotAPage:
    lines = [line.strip() for line in body.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    addresses = [url for line in lines if is_web_address(line) and (url := resolve_address(page.url, line))]
    if lines and not addresses:
        return NotAPage(loss=Loss.NOT_A_FEED, detail="the address serves text without addresses, which is no sitemap")
    rows = [Row(url=url, entry_point=page.entry.url, way=Way.SITEMAP) for url in addresses]
    wrong = len(lines) - len(addresses)
    return build_listed(page, rows, [f"{wrong} lines are no addresses"] if wrong else [])


def _read_xml(page: EntryPage, body: bytes, contents: _Contents) -> None:
    for element in _parse(body, contents):
        said = _read_children(element)
        url = resolve_address(page.url, said.get("loc"))
        if url is None:
            contents.warnings.append(f"<{_name(element)}> without an address: {said.get('loc', '')[:80]}".rstrip(": "))
        elif _name(element) == "sitemap":
            contents.sitemaps.append(url)
        else:
            contents.rows.append(_make_row(page, url, said))
        if len(contents.rows) > page.max_rows:
            contents.warnings.append(f"lists more than {page.max_rows} rows, of which those were read")
            contents.rows.pop()
            return


def _parse(body: bytes, contents: _Contents) -> Iterator[etree._Element]:
    """Each <url> and <sitemap> as it is complete, cleared afterwards so that a large file needs little memory."""
    # After a fault, libxml2 drops the one, and keeps the other.
    document = _Document(clean_xml(body).lstrip(XML_SPACE).replace(b"&amp;", b"&#38;"))
    found = etree.iterparse(
        document,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    for event, element in found:
        if not contents.root:
            contents.root = _name(element)
            if contents.root not in ROOTS:
                return
        if event == "end" and _name(element) in {"url", "sitemap"}:
            if document.is_over and _is_left_open(found.error_log):
                break
            yield element
            _forget(element)
    if found.error_log:
        contents.note_fault(found.error_log[0].message)


def _is_left_open(errors: etree._ListErrorLog) -> bool:
    """Whether elements were open when the document ended: the parser closes them, and one may hold the stump of an address."""
    return any(error.type == etree.ErrorTypes.ERR_TAG_NOT_FINISHED for error in errors)


def _forget(element: etree._Element) -> None:
    """Drops what was read, and its place in the tree: a million empty elements are large, too."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _read_children(element: etree._Element) -> dict[str, str]:
    """Tag -> text of what is inside, the first of each; a news sitemap's tags stand one level deeper.

    Images and videos have a place, a title and a day of publication of their own.
    """
    said: dict[str, str] = {}
    for child in (*element, *(one for news in element if _name(news) == "news" for one in news.iter())):
        if child.text and child.text.strip():
            said.setdefault(_name(child), child.text.strip())
    return said


def _make_row(page: EntryPage, url: str, said: dict[str, str]) -> Row:
    lastmod, title = said.get("lastmod"), make_plain(said.get("title")) if "publication_date" in said else None
    published = (
        read_date(said["publication_date"], page.dates, source=DateSource.SITEMAP)
        if "publication_date" in said
        else PublicationDate()
    )
    return Row(
        url=url,
        entry_point=page.entry.url,
        way=Way.SITEMAP,
        title=title,
        published=published,
        updated_at=read_change(lastmod, page.dates),
        language=said.get("language"),
        fingerprint=make_fingerprint(Way.SITEMAP, lastmod, title),
    )


def _drop_one_date(rows: list[Row]) -> list[Row]:
    marks = {row.fingerprint for row in rows}
    if len(rows) < FEWEST_FOR_ONE_DATE or len(marks) > 1:
        return rows
    return [replace(row, fingerprint="", updated_at=None) for row in rows]


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
