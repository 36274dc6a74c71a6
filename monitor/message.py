"""Turns owed alerts into messages that people can read, in every form that a channel takes; sends nothing.

    items -> entries (one per address) -> grouped by watch -> cut between entries -> Message (subject and five forms)

Whatever was crawled is cleaned on the way in and escaped by the form it is written in (R34).
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from crawler.announcement import TextState
from crawler.urls import is_web_address

TITLE_CHARS = 300
SUBJECT_CHARS = 150  # Slack refuses a header block above 150; mail programs show about 70
SNIPPET_CHARS = 600
BRIEF_CHARS = 60
SHORTEST_TITLE_CHARS = 30

# Text that turns right to left, or back, would let a title disguise what follows it.
DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# Words and signs that call people in Mattermost, Discord, Revolt and the like. Slack has entities for the latter.
MENTION = re.compile(r"(?<=<)(?=[@!#&])|(?<=@)(?=(?:all|channel|everyone|here)\b)", re.IGNORECASE)
ZERO_WIDTH_SPACE = "\u200b"
MARKDOWN_SIGN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:])")
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


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one address takes: the form, and the most characters of it in one message (None: as many as it needs)."""

    form: Form
    max_chars: int | None = None


EMAIL = Limit(form=Form.HTML)


@dataclass(frozen=True, kw_only=True)
class AlertItem:
    """One alert that is owed, with all that its message says of it.

    `snippet` is text in order, each piece with whether it is what the watch found. Times are aware UTC.
    """

    alert_id: int
    watch: str
    title: str
    url: str
    outlet: str
    country: str
    published_on: date | None
    first_seen_at: datetime
    terms: tuple[str, ...] = ()
    snippet: tuple[tuple[str, bool], ...] = ()
    in_title: bool = False
    is_changed: bool = False
    text_state: TextState = TextState.PAGE


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, ready to be handed over; `alert_ids` are the alerts it settles when it is accepted.

    `key` is the same whenever the same alerts are written, so that a second attempt can be known for what it is.
    """

    key: str
    subject: str
    text: str
    html: str
    markdown: str
    mrkdwn: str
    short: str
    alert_ids: tuple[int, ...]

    def in_form(self, form: Form) -> str:
        return str(getattr(self, form.value))


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an announcement is in a message: the watch, and what it found where."""

    watch: str
    terms: tuple[str, ...]
    snippet: tuple[tuple[str, bool], ...]
    in_title: bool


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One announcement as a message shows it, with the reasons of every watch that found it."""

    title: str
    link: str | None
    outlet: str
    country: str
    day: str
    is_changed: bool
    is_text_missing: bool
    reasons: tuple[Reason, ...]
    alert_ids: tuple[int, ...]
    fingerprint: str

    @property
    def headline(self) -> str:
        """What a subject line or a short message says of it."""
        return f"{'Changed: ' if self.is_changed else ''}{self.title} ({self.outlet})"

    @property
    def snippets(self) -> tuple[tuple[tuple[str, bool], ...], ...]:
        """Each different snippet once, in order."""
        return tuple(dict.fromkeys(reason.snippet for reason in self.reasons if reason.snippet))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which entries of how many a message shows, counted from one."""

    first: int
    last: int
    total: int

    @property
    def is_whole(self) -> bool:
        return self.first == 1 and self.last == self.total

    @property
    def span(self) -> str:
        """`1 to 20 of 200`."""
        shown = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"{shown} of {self.total}"

    @property
    def note(self) -> str | None:
        """What keeps a part from passing for the whole (R6); None when it is the whole."""
        if self.is_whole:
            return None
        return self.span if self.last == self.total else f"{self.span}; the rest follows"


class Written(str):
    """Text that is already in the form of its message and is not escaped again."""

    __slots__ = ()


def compose(items: Iterable[AlertItem], *, max_items: int = 20, limit: Limit = EMAIL) -> tuple[Message, ...]:
    """Every item in exactly one message, none twice in one, no message without items (R6, R7).

    A message has at most `max_items` announcements and is cut between them to stay within `limit` (R12), which comes
    from the address it is for. Below 700 characters only a short form is sure to fit: one message, which names what
    there is room for and counts the rest.
    """
    entries = _group(_merge(items))
    messages: list[Message] = []
    start = 0
    while start < len(entries):
        shown, part = _take(entries, start, max_items, limit)
        messages.append(_write(shown, part, limit))
        start = part.last
    return tuple(messages)


def compose_trial(channel: str, *, at: datetime, limit: Limit = EMAIL) -> Message:
    """The message by which an operator tries a channel out; it settles no alert (R11)."""
    words = {"channel": clean(channel, TITLE_CHARS), "at": f"{at:%H:%M} UTC on {write_day(at.date())}"}
    subject = shorten(f"govwatch can reach {words['channel']}", SUBJECT_CHARS)
    forms = {
        form.value: _template("trial", form).render(subject=subject, **words) for form in Form if form != Form.SHORT
    }
    key = hashlib.sha256(f"trial {channel} {at.isoformat()}".encode()).hexdigest()[:32]
    return Message(key=key, subject=subject, short=shorten(subject, limit.max_chars), alert_ids=(), **forms)


def clean(text: str, max_chars: int | None = None) -> str:
    """`text` on one line, without control characters and marks that turn the direction of reading."""
    visible = "".join(" " if _is_control(sign) else sign for sign in DIRECTION_MARKS.sub("", text))
    return shorten(" ".join(visible.split()), max_chars)


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}


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


def write_day(day: date) -> str:
    """`13 October 2017`."""
    return f"{day.day} {day:%B} {day.year}"


def _merge(items: Iterable[AlertItem]) -> list[Entry]:
    """One entry per address, in the order of first mention, with a reason from each watch that found it."""
    by_url: dict[str, list[AlertItem]] = {}
    for item in items:
        by_url.setdefault(item.url, []).append(item)
    return [_write_entry(same) for same in by_url.values()]


def _write_entry(items: Sequence[AlertItem]) -> Entry:
    lead = items[0]
    published = write_day(lead.published_on) if lead.published_on else None
    return Entry(
        title=clean(lead.title, TITLE_CHARS) or "Untitled",
        link=find_link(lead.url),
        outlet=clean(lead.outlet, TITLE_CHARS),
        country=clean(lead.country, TITLE_CHARS),
        day=published or f"date not stated; first seen {write_day(lead.first_seen_at.date())}",
        is_changed=all(item.is_changed for item in items),
        is_text_missing=lead.text_state == TextState.MISSING,
        reasons=tuple(dict.fromkeys(_write_reason(item) for item in items)),
        alert_ids=tuple(dict.fromkeys(item.alert_id for item in items)),
        fingerprint=f"{lead.url} {lead.first_seen_at.isoformat()}",
    )


def _write_reason(item: AlertItem) -> Reason:
    return Reason(
        watch=clean(item.watch, TITLE_CHARS),
        terms=tuple(clean(term, BRIEF_CHARS) for term in item.terms),
        snippet=_clean_snippet(item.snippet),
        in_title=item.in_title,
    )


def _clean_snippet(pieces: Iterable[tuple[str, bool]]) -> tuple[tuple[str, bool], ...]:
    """The pieces cleaned, each still parted from the next where it was, with the whole kept within bounds."""
    kept: list[tuple[str, bool]] = []
    room = SNIPPET_CHARS
    for text, is_marked in pieces:
        before = " " if text[:1].isspace() and kept and not kept[-1][0].endswith(" ") else ""
        after = " " if text[-1:].isspace() and not text.isspace() else ""
        piece = before + clean(text, max(room, 1)) + after
        if piece and room > 0:
            kept.append((piece, is_marked and not piece.isspace()))
            room -= len(piece)
    return tuple(kept)


def _group(entries: Iterable[Entry]) -> list[Entry]:
    """The entries of one watch together, watches and entries in the order in which they came."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.reasons[0].watch, []).append(entry)
    return [entry for group in groups.values() for entry in group]


def _take(entries: Sequence[Entry], start: int, max_items: int, limit: Limit) -> tuple[list[Entry], Part]:
    """The entries of the next message, and where they stand among all."""
    total = len(entries)
    if limit.form == Form.SHORT:
        return list(entries), Part(first=1, last=total, total=total)
    most = min(max_items, total - start)
    count = _count_that_fit(entries, start, most, limit)
    shown = list(entries[start : start + max(count, 1)])
    part = Part(first=start + 1, last=start + len(shown), total=total)
    return (shown if count else [_squeeze(shown[0], part, limit)]), part


def _count_that_fit(entries: Sequence[Entry], start: int, most: int, limit: Limit) -> int:
    """The largest number of entries from `start` that stay within the limit; 0 when not even one does."""
    if limit.max_chars is None:
        return most
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        part = Part(first=start + 1, last=start + middle, total=len(entries))
        fits = len(_render(entries[start : start + middle], part, limit.form)) <= limit.max_chars
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _squeeze(entry: Entry, part: Part, limit: Limit) -> Entry:
    """`entry` with as little left out as it takes to fit alone.

    First the snippet goes, then words of the title, then all but the first reason; the link goes last, and whole (R12).
    """
    bare = replace(entry, reasons=tuple(replace(reason, snippet=()) for reason in entry.reasons))
    brief = replace(bare, title=shorten(bare.title, BRIEF_CHARS), outlet=shorten(bare.outlet, BRIEF_CHARS))
    reason = replace(brief.reasons[0], watch=shorten(brief.reasons[0].watch, BRIEF_CHARS), terms=())
    least = replace(brief, reasons=(reason,))
    for candidate in (bare, brief, least):
        if len(_render([candidate], part, limit.form)) <= (limit.max_chars or 0):
            return candidate
    return replace(least, link=None)


def _write(entries: Sequence[Entry], part: Part, limit: Limit) -> Message:
    forms = {form.value: _render(entries, part, form) for form in Form if form != Form.SHORT}
    identity = "\n".join(entry.fingerprint + str(entry.alert_ids) for entry in entries)
    return Message(
        key=hashlib.sha256(identity.encode()).hexdigest()[:32],
        subject=_write_subject(entries, part),
        short=_write_short(entries, limit.max_chars),
        alert_ids=tuple(alert_id for entry in entries for alert_id in entry.alert_ids),
        **forms,
    )


def _write_subject(entries: Sequence[Entry], part: Part) -> str:
    name = entries[0].headline
    if part.total == 1:
        return shorten(name, SUBJECT_CHARS)
    return shorten(f"{part.total if part.is_whole else part.span} announcements: {name}", SUBJECT_CHARS)


def _write_short(entries: Sequence[Entry], max_chars: int | None) -> str:
    """One line: a title with its link, or as many titles as fit and the number of the others."""
    if len(entries) > 1:
        return _write_titles([entry.title for entry in entries], max_chars)
    lead = entries[0]
    name = lead.headline
    if lead.link is None:
        return shorten(name, max_chars)
    if max_chars is None:
        return f"{name} {lead.link}"
    room = max_chars - len(lead.link) - 1
    return f"{shorten(name, room)} {lead.link}" if room >= SHORTEST_TITLE_CHARS else shorten(name, max_chars)


def _write_titles(titles: Sequence[str], max_chars: int | None) -> str:
    head = f"{len(titles)} announcements: "
    for shown in range(len(titles), 0, -1):
        rest = len(titles) - shown
        line = head + "; ".join(titles[:shown]) + (f"; and {rest} more" if rest else "")
        if max_chars is None or len(line) <= max_chars:
            return line
    return shorten(head + titles[0], max_chars)


def _render(entries: Sequence[Entry], part: Part, form: Form) -> str:
    watches = list(dict.fromkeys(entry.reasons[0].watch for entry in entries))
    groups = [(watch, [entry for entry in entries if entry.reasons[0].watch == watch]) for watch in watches]
    subject = _write_subject(entries, part)
    return _template("message", form).render(groups=groups, note=part.note, subject=subject).strip("\n") + "\n"


@cache
def _template(name: str, form: Form) -> Template:
    return _environment(form).get_template(f"{name}.{form}.jinja")


@cache
def _environment(form: Form) -> Environment:
    """The templates of one form; every value that is not `Written` is escaped for it on the way out."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape((), default=form == Form.HTML),
        finalize=None if form == Form.HTML else _escaping(form),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["link"] = _link_markdown if form == Form.MARKDOWN else _link_mrkdwn
    environment.filters["bold"] = _bold_markdown if form == Form.MARKDOWN else _bold_mrkdwn
    environment.filters["written"] = Written
    return environment


def _escaping(form: Form) -> Callable[[object], object]:
    escape = {Form.TEXT: defuse, Form.MARKDOWN: escape_markdown, Form.MRKDWN: escape_mrkdwn}[form]
    return lambda value: value if isinstance(value, Written) else escape(str(value))


def defuse(text: str) -> str:
    """`text` that calls nobody when it is shown in a chat; it reads the same."""
    return MENTION.sub(ZERO_WIDTH_SPACE, text)


def escape_markdown(text: str) -> str:
    """`text` as CommonMark that reads as written."""
    return MARKDOWN_SIGN.sub(r"\\\1", defuse(text))


def escape_mrkdwn(text: str) -> str:
    """`text` as Slack's mrkdwn: `<!channel>`, `<@U1>` and links are inert, its other signs become look-alikes."""
    return text.translate(MRKDWN_ESCAPE)


def _link_markdown(title: str, link: str) -> Written:
    return Written(f"[{escape_markdown(title)}](<{link}>)")


def _link_mrkdwn(title: str, link: str) -> Written:
    return Written(f"<{link.replace('&', '&amp;')}|{escape_mrkdwn(title)}>")


def _bold_markdown(text: str) -> Written:
    return _wrap(text, "**", escape_markdown)


def _bold_mrkdwn(text: str) -> Written:
    return _wrap(text, "*", escape_mrkdwn)


def _wrap(text: str, sign: str, escape: Callable[[str], str]) -> Written:
    """`text` between signs that touch it, with the spaces around it outside: `* word*` would not be bold."""
    inner = text.strip()
    if not inner:
        return Written(text)
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return Written(f"{before}{sign}{escape(inner)}{sign}{after}")
