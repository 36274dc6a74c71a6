"""What is made of bytes: XML that parsers can take, whatever was sent."""

import pytest

from crawler.markup import clean_xml, decode_body

DECLARED = '<?xml version="1.0" encoding="{}"?><a>{}</a>'
CLEAN = DECLARED.format("utf-8", "é").encode()


@pytest.mark.parametrize(
    "body",
    [
        CLEAN,
        b"\xef\xbb\xbf" + CLEAN,
        DECLARED.format("utf-16", "é").encode(),
        DECLARED.format("utf-16", "é").encode("utf-16"),
        DECLARED.format("utf-16", "é").encode("utf-16-be"),
        DECLARED.format("utf-8", "é").encode("utf-16-le"),
        DECLARED.format("iso-8859-1", "é").encode("latin-1"),
        DECLARED.format("martian", "é").encode(),
        DECLARED.format("undefined", "é").encode("latin-1"),
        DECLARED.format("idna", "é").encode("latin-1"),
        DECLARED.format("zlib", "é").encode("latin-1"),
        DECLARED.format("utf-8", "é\x00\x0b").encode(),
    ],
)
def test_xml_becomes_utf_8_that_says_so_without_what_xml_forbids(body: bytes) -> None:
    assert clean_xml(body) == CLEAN


@pytest.mark.parametrize("reference", ["&#0;", "&#xD83D;", "&#x110000;", "&#55296;", "&#99999999999", "&#xB;", "&#12"])
def test_references_that_xml_forbids_leave_a_gap(reference: str) -> None:
    assert clean_xml(f"<a>b{reference}</a>".encode()) == b"<a>b </a>"


def test_what_stands_around_a_forbidden_reference_becomes_none() -> None:
    assert clean_xml(b"<a>&#&#0;99999999;</a>") == b"<a>&amp;# 99999999;</a>"


@pytest.mark.parametrize("reference", ["&#233;", "&#xE9;", "&#x1F600;", "&#10;", "&amp;"])
def test_references_that_xml_allows_stay(reference: str) -> None:
    assert clean_xml(f"<a>{reference}</a>".encode()) == f"<a>{reference}</a>".encode()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Q&A on R&D, AT&T; &", "Q&amp;A on R&amp;D, AT&amp;T; &amp;"),
        ("?id=6&lang=en&copy=1&#;&#x;&#38", "?id=6&amp;lang=en&amp;copy=1&amp;#;&amp;#x;&amp;#38"),
        ("Caf&eacute;&nbsp;&ndash; &lt;b&gt; &LT;b&AMP;", "Café\u00a0– &lt;b&gt; &lt;b&amp;"),
        ("<![CDATA[Q&A &eacute;]]>&eacute;<![CDATA[R&D]]>&", "<![CDATA[Q&A &eacute;]]>é<![CDATA[R&D]]>&amp;"),
        ("<![CDATA[Q&A that breaks off", "<![CDATA[Q&A that breaks off"),
    ],
)
def test_an_ampersand_that_begins_no_reference_stands_for_itself_and_names_of_html_are_characters(
    written: str, meant: str
) -> None:
    assert clean_xml(written.encode()).decode() == meant


def test_a_name_that_the_document_declares_is_left_to_the_parser() -> None:
    body = b'<!DOCTYPE a [<!ENTITY eacute "E"><!ENTITY our-name "O">]><a>&eacute;&our-name;&egrave;</a>'

    assert clean_xml(body) == body.replace(b"&egrave;", "è".encode())


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "zlib", "hex", "rot13", "base64", "x" * 9999])
def test_a_charset_that_is_none_is_read_as_browsers_read_pages_without_one(charset: str) -> None:
    assert decode_body(b"Caf\xe9", f"text/html; charset={charset}") == "Café"


META = '<meta charset="{}"><p>{}</p>'
JAPANESE, HEBREW = "行政手続の新計画を発表", "שירותים דיגיטליים"


@pytest.mark.parametrize(
    ("declared", "text", "encoding", "header"),
    [
        ("shift_jis", JAPANESE, "cp932", "text/html; charset=utf-8"),
        ("shift_jis", JAPANESE, "cp932", None),
        ("shift_jis", JAPANESE, "utf-8", "text/html; charset=utf-8"),
        ("utf-8", "Café – “plan”", "cp1252", "text/html; charset=utf-8"),
        ("iso-8859-8-i", HEBREW, "iso8859-8", None),
        ("utf-8", HEBREW, "iso8859-8", "text/html; charset=ISO-8859-8-I"),
        ("windows-1255", HEBREW, "iso8859-8", "text/html; charset=iso-8859-8"),
    ],
)
def test_what_the_page_declares_is_asked_where_the_header_is_wrong(
    declared: str, text: str, encoding: str, header: str | None
) -> None:
    page = META.format(declared, text)
    assert decode_body(page.encode(encoding), header) == page
