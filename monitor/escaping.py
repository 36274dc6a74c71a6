"""Makes crawled text safe to show, in each form that a message is written in (R34).

Text is cleaned once on the way in, and escaped by its form on the way out.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import quote

from crawler.urls import is_web_address

# Text that turns right to left, or back, would let a title disguise what follows it.
DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# Controls, halves of characters, separators of lines, and two that are no characters, which no XML takes: a feed with one
# could not be written.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
# Words and signs that call people in Mattermost, Discord, Revolt and the like. Slack has entities for the latter.
MENTION = re.compile(r"(?<=<)(?=[@!#&])|(?<=@)(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)
ZERO_WIDTH_SPACE = "\u200b"
MARKDOWN_SIGN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:])")
# As `link_markdown` writes it; in crawled text the same signs stand behind backslashes.
MARKDOWN_LINK = re.compile(r"\]\(<([^<>\s]+)>\)")
# Slack's mrkdwn has no escape character for its own signs, so crawled text gets their look-alikes.
MRKDWN_ESCAPE = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "_": "\N{FULLWIDTH LOW LINE}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
    }
)


class Form(StrEnum):
    """The ways in which a message is written."""

    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    """CommonMark, as Apprise expects it."""
    MRKDWN = "mrkdwn"
    """Slack's own dialect."""
    SHORT = "short"
    """One line for SMS and the like."""


class Written(str):
    """Text that is already in the form of its message and is not escaped again."""

    __slots__ = ()


def clean(text: str, max_chars: int | None = None) -> str:
    """`text` on one line, without control characters and marks that turn the direction of reading."""
    return shorten(" ".join(CONTROL.sub(" ", DIRECTION_MARKS.sub("", text)).split()), max_chars)


def shorten(text: str, max_chars: int | None) -> str:
    """`text` itself when it fits, else its first words and an ellipsis; never longer than `max_chars`."""
    if max_chars is None or len(text) <= max_chars:
        return text
    kept = text[: max_chars - 1]
    words, space, _ = kept.rpartition(" ")
    return (words if space and len(words) > max_chars // 2 else kept).rstrip(" ,;:") + "…"


def find_link(url: str) -> str | None:
    """`url` as it may stand in any form; None when it is not an http or https address (R34)."""
    if not is_web_address(url):
        return None
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")


def defuse(text: str) -> str:
    """`text` that calls nobody when it is shown in a chat; it reads the same."""
    return MENTION.sub(ZERO_WIDTH_SPACE, text)


def escape_markdown(text: str) -> str:
    """`text` as CommonMark that reads as written."""
    return MARKDOWN_SIGN.sub(r"\\\1", defuse(text))


def escape_mrkdwn(text: str) -> str:
    """`text` as Slack's mrkdwn: `<!channel>`, `<@U1>` and links are inert, its other signs become look-alikes."""
    return text.translate(MRKDWN_ESCAPE)


def link_markdown(title: str, link: str) -> Written:
    return Written(f"[{escape_markdown(title)}](<{link}>)")


def unbracket_links(markdown: str) -> str:
    """The links of `link_markdown` for a reader that knows no angle brackets around an address."""
    return MARKDOWN_LINK.sub(lambda link: f"]({link[1].replace('(', '%28').replace(')', '%29')})", markdown)


def link_mrkdwn(title: str, link: str) -> Written:
    return Written(f"<{link.replace('&', '&amp;')}|{escape_mrkdwn(title)}>")


def bold_markdown(text: str) -> Written:
    return _wrap(text, "**", escape_markdown)


def bold_mrkdwn(text: str) -> Written:
    return _wrap(text, "*", escape_mrkdwn)


def _wrap(text: str, sign: str, escape: Callable[[str], str]) -> Written:
    """`text` between signs that touch it, with the spaces around it outside: `* word*` would not be bold."""
    inner = text.strip()
    if not inner:
        return Written(text)
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return Written(f"{before}{sign}{escape(inner)}{sign}{after}")
