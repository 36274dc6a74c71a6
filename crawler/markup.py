"""Bytes in, clean text and a parsed tree out: charsets, characters that nothing may carry, the plain text of markup."""

import codecs
import re
import sys
import unicodedata
from collections.abc import Iterator
from html import escape
from html.entities import html5

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import html_to_unicode

# A label of the web that Python lacks: Hebrew whose letters stand in the order of reading, as they do on all pages by now.
codecs.register(lambda name: codecs.lookup("iso8859-8") if name == "iso_8859_8_i" else None)

# Comments and processing instructions are never read; without `huge_tree` libxml2 bounds depth and size (R39).
_PARSER = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
# lxml.html would ask a function of Python for the class of each element that is touched, hundreds of times a page, to
# give forms and fields classes of their own, which nothing here asks for.
_PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
# What XML 1.0 section 2.2 forbids, the other control characters, lone surrogates and byte order marks: each breaks
# SQLite, XML, JSON or a search, and means nothing.
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\ud800-\udfff\ufeff\ufffe\uffff]")
UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "head", "select", "iframe", "object"})
BLOCKS = frozenset(
    {
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
    }
    | {"table", "tr", "section", "article", "header", "footer", "main", "aside", "figure", "figcaption", "address"}
)
MAX_BROKEN_SHARE = 0.05
HTML_START = re.compile(rb"(?i)\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)", re.DOTALL)
START_BYTES = 2048
PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1024  # what readers allow before it (ISO 32000-1, annex H.3.4.1)
HEAD_BYTES = 65536
# The shortest encoded forms of "<" that are not UTF-8.
UTF_16_STARTS = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
DECLARED_ENCODING = re.compile(r"\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([^\"'>]*)")
REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
MAX_DIGITS = 7
# An ampersand that begins no reference of XML's own: it stands for itself, or is one of HTML's.
LOOSE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#[xX][0-9a-fA-F]+);)(?:([A-Za-z_:][\w:.-]*);)?")
DECLARED_NAME = re.compile(r"<!ENTITY\s+([^\s%]+)")
CDATA_START, CDATA_END = "<![CDATA[", "]]>"


def looks_like_pdf(body: bytes) -> bool:
    """Whether a body is a PDF by its bytes; a page that merely shows their sign is none."""
    return PDF_MARK in body[:PDF_MARK_WITHIN] and not looks_like_html(body)


def looks_like_html(body: bytes) -> bool:
    """Whether a body begins as a page of HTML, whatever it was sent as."""
    return HTML_START.match(body.removeprefix(codecs.BOM_UTF8)[:START_BYTES]) is not None


def decode_body(body: bytes, content_type: str | None) -> str:
    """The text of a page, by what its bytes are before what is said of them.

    A byte order mark decides; then UTF-8 if the bytes are UTF-8 (a false label is common, text that is UTF-8 by chance
    is not); then the header's charset, or else the meta tag's, which is asked as well where the header's is "utf-8" and
    more than a few characters are broken. Where that says "utf-8" too, or nothing, it is Windows-1252, as browsers read
    unlabelled pages. Never raises.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    if body[:2] in UTF_16_STARTS:
        return body.decode(UTF_16_STARTS[body[:2]], errors="replace")
    if b"\x1b$" not in body[:HEAD_BYTES]:  # ISO-2022-JP is valid UTF-8 as well
        try:
            return body.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    name, text = _decode_declared(content_type, body)
    if name == "utf-8" and _is_mostly_broken(text):
        name, text = _decode_declared(None, body)
        return text if name != "utf-8" else body.decode("cp1252", errors="replace")
    return text


def _decode_declared(content_type: str | None, body: bytes) -> tuple[str, str]:
    """The encoding that the header or the page itself declares, and the text in it; Windows-1252 where it cannot be."""
    try:
        return html_to_unicode(content_type, body, default_encoding="cp1252")
    except (LookupError, ValueError):  # Python has codecs, such as idna and zlib, that are no encodings of any text
        return "cp1252", body.decode("cp1252", errors="replace")


def clean_xml(body: bytes) -> bytes:
    """An XML document in UTF-8 that says so, without the characters and references that XML forbids.

    Parsers differ in what they make of a false label, of a byte that is wrong, of half a surrogate pair, and of an
    ampersand that nobody escaped; some break.
    """
    text = FORBIDDEN.sub("", decode_body(body, None))
    if "&#" in text:
        text = REFERENCE.sub(_keep_reference, text)
    if LOOSE_AMPERSAND.search(text):
        text = _mend_ampersands(text)
    declared = DECLARED_ENCODING.match(text)
    if declared:
        text = f"{text[: declared.start(1)]}utf-8{text[declared.end(1) :]}"
    return text.encode()


def _keep_reference(found: re.Match[str]) -> str:
    digits, base = (found[1], 16) if found[1] else (found[2], 10)
    digits = digits.lstrip("0")
    number = int(digits or "0", base) if len(digits) <= MAX_DIGITS else sys.maxunicode + 1
    is_allowed = 0 < number <= sys.maxunicode and not FORBIDDEN.match(chr(number))
    return found[0] if is_allowed else " "  # without anything, what stands around could become a reference


def _mend_ampersands(text: str) -> str:
    """HTML's own references as their characters, save names that the document declares; other ampersands escaped.

    In CDATA an ampersand is nothing but itself.
    """
    declared = frozenset(DECLARED_NAME.findall(text))
    first, *sections = text.split(CDATA_START)
    mended = [_mend_outside(first, declared)]
    for section in sections:
        inside, end, outside = section.partition(CDATA_END)
        mended.append(f"{inside}{end}{_mend_outside(outside, declared)}")
    return CDATA_START.join(mended)


def _mend_outside(text: str, declared: frozenset[str]) -> str:
    return LOOSE_AMPERSAND.sub(lambda found: _mend_ampersand(found, declared), text)


def _mend_ampersand(found: re.Match[str], declared: frozenset[str]) -> str:
    if found[1] in declared:
        return found[0]
    character = html5.get(found[0][1:])
    return escape(character) if character else f"&amp;{found[0][1:]}"


def _is_mostly_broken(text: str) -> bool:
    foreign = sum(not char.isascii() for char in text)
    return text.count("\ufffd") > MAX_BROKEN_SHARE * foreign


def parse_html(text: str) -> HtmlElement | None:
    """The tree of a whole page, or None when there is nothing in it."""
    try:
        return document_fromstring(clean_text(text).encode(), parser=_PARSER)
    except etree.ParserError:  # "Document is empty"
        return None


def clean_text(text: str) -> str:
    """`text` in Unicode's composed form (NFC) without the characters that nothing may carry."""
    cleaned = FORBIDDEN.sub("", text)
    return cleaned if cleaned.isascii() else unicodedata.normalize("NFC", cleaned)


def clean_line(text: str | None) -> str | None:
    """`text` on one line with single spaces, or None when nothing is left."""
    return " ".join(clean_text(text).split()) or None if text else None


def clean_lines(text: str | None) -> str | None:
    """`text` with one paragraph a line and no empty lines, or None when nothing is left."""
    lines = (" ".join(line.split()) for line in clean_text(text or "").splitlines())
    return "\n".join(line for line in lines if line) or None


def read_line(element: HtmlElement) -> str | None:
    """All that a reader sees of an element, on one line."""
    return clean_line("".join(_walk(element)))


def read_lines(markup: str | None) -> str | None:
    """The plain text of a fragment of HTML, a block a line. Plain text comes back as it is."""
    if not markup or not markup.strip():
        return None
    tree = parse_html(f"<div>{markup}</div>")
    return None if tree is None else clean_lines("".join(_walk(tree)))


def _walk(root: HtmlElement) -> Iterator[str]:
    """Text in reading order: line breaks in the source are spaces, blocks begin and end a line."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_block = element.tag in BLOCKS
        if event == "start":
            if is_block:
                yield "\n"
            if element.text and element.tag not in UNSEEN:
                yield _flow(element.text)
        else:
            if is_block:
                yield "\n"
            if element.tail and element is not root and not _is_unseen(element.getparent()):
                yield _flow(element.tail)


def _is_unseen(element: HtmlElement | None) -> bool:
    return element is not None and element.tag in UNSEEN


def _flow(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")
