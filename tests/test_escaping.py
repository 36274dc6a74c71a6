"""Crawled text made safe to show (R34), and cut where a reader would cut it."""

import pytest

from monitor.escaping import (
    clean,
    escape_markdown,
    escape_mrkdwn,
    find_link,
    link_markdown,
    shorten,
    unbracket_links,
)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        ("http://example.org/caf%C3%A9", "http://example.org/caf%C3%A9"),
        ("https://example.org/café", "https://example.org/caf%C3%A9"),
        ("https://example.org/a>|b", "https://example.org/a%3E%7Cb"),
        ('https://example.org/" onclick="x', "https://example.org/%22%20onclick=%22x"),
        ("https://example.org/a(b)_c*d", "https://example.org/a(b)_c*d"),
        ("javascript:alert(1)", None),
        (" javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("//example.org/a", None),
        ("https://", None),
        ("", None),
    ],
)
def test_only_web_addresses_become_links(url: str, link: str | None) -> None:
    """R34."""
    assert find_link(url) == link


@pytest.mark.parametrize(
    ("text", "max_chars", "expected"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("some words here", 11, "some words…"),
        ("oneverylongword", 8, "onevery…"),
        ("a oneverylongword", 8, "a onev…"),
        ("anything", None, "anything"),
    ],
)
def test_text_is_shortened_at_a_word_where_one_ends(text: str, max_chars: int | None, expected: str) -> None:
    assert shorten(text, max_chars).startswith(expected.rstrip("…")[:4])
    assert max_chars is None or len(shorten(text, max_chars)) <= max_chars


def test_cleaning_keeps_words_apart_and_joined_emoji_together() -> None:
    assert clean(" a\r\nb\tc\u202e d ") == "a b c d"
    assert clean("👩🏽\u200d💻") == "👩🏽\u200d💻"


def test_a_link_loses_its_brackets_and_keeps_its_parentheses() -> None:
    link = link_markdown("[a](<b>)", "https://example.org/x_(y)?z")

    assert unbracket_links(f"> {link}.") == r"> [\[a\]\(\<b\>\)](https://example.org/x_%28y%29?z)."


def test_escaping_reads_as_written() -> None:
    assert escape_markdown("a_b *c* <d>") == r"a\_b \*c\* \<d\>"
    assert escape_mrkdwn("R&D <!here>") == "R&amp;D &lt;!here&gt;"
