"""Turns owed alerts into messages that people can read, in every form that a channel takes; sends nothing.

alerts -> entries (`digest`) -> cut between entries -> Message (subject and five forms, by `templating`)
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.digest import (
    BRIEF_CHARS,
    TITLE_CHARS,
    AlertItem,
    Entry,
    arrange,
    group_by_watch,
    write_day,
)
from monitor.escaping import Form, clean, shorten
from monitor.templating import OUR_TEMPLATES, Templates

SUBJECT_CHARS = 150  # Slack refuses a header block above 150; mail programs show about 70
SHORTEST_TITLE_CHARS = 30
NAMED_WATCHES = 2
LONG_FORMS = (Form.TEXT, Form.HTML, Form.MARKDOWN, Form.MRKDWN)
# What stands at the foot of a message must leave most of it to the announcements.
SHARE_OF_FOOT = 4


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What one address takes: the form, and the most characters of it in one message (None: as many as it needs)."""

    form: Form
    max_chars: int | None = None

    @property
    def forms(self) -> frozenset[Form]:
        """What a message for the address has to be written in: its form, and text, which a mail holds as well."""
        return frozenset({self.form, Form.TEXT})


EMAIL = Limit(form=Form.HTML)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What stands around the announcements: before the subject, above the first and at the foot of the last message."""

    prefix: str = ""
    occasion: str = ""
    """Tells messages apart that say the same on purpose, such as two replays."""
    note: str = ""
    foot: str = ""
    channel: str = ""
    contact: str = ""
    """Whom to write to, to change or end the messages."""
    templates: Templates = OUR_TEMPLATES


BARE = Frame()


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, ready to be handed over; `alert_ids` are the alerts it settles when it is accepted.

    `key` is the same whenever the same alerts are written, so that a second attempt can be known for what it is.
    `thread` is shared by all messages that belong together: those on one story, or the parts of one digest.
    """

    key: str
    subject: str
    text: str
    html: str
    markdown: str
    mrkdwn: str
    short: str
    alert_ids: tuple[int, ...]
    thread: str = ""
    channel: str = ""
    contact: str = ""

    def in_form(self, form: Form) -> str:
        return str(getattr(self, form.value))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Which of how many messages this is, and which of how many entries it shows, all counted from one."""

    number: int
    parts: int
    first: int
    last: int
    total: int

    @property
    def note(self) -> str:
        """What keeps a part from passing for the whole (R6); empty when it is the whole."""
        if self.parts == 1:
            return ""
        is_one = self.first == self.last
        shown = f"announcement {self.first}" if is_one else f"announcements {self.first} to {self.last}"
        return f"Message {self.number} of {self.parts}: {shown} of {self.total}."


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message that is not about announcements; `key` tells it from every other one."""

    key: str
    subject: str
    lines: tuple[str, ...]


def compose(
    items: Iterable[AlertItem],
    *,
    max_items: int = 20,
    limit: Limit = EMAIL,
    frame: Frame = BARE,
    forms: Collection[Form] = LONG_FORMS,
) -> tuple[Message, ...]:
    """Every item in exactly one message, none twice in one, no message without items (R6, R7).

    A message has at most `max_items` stories and is cut between them to stay within `limit` (R12), which comes from
    the address it is for. Below 700 characters only a short form is sure to fit: one message, which names what there
    is room for and counts the rest. It is written in `forms` and the short one; the others stay empty.
    """
    entries = arrange(items)
    if limit.max_chars:
        frame = replace(frame, foot=shorten(frame.foot, limit.max_chars // SHARE_OF_FOOT))
    shares = _cut(entries, max_items, limit, frame)
    messages: list[Message] = []
    last = 0
    for number, shown in enumerate(shares, start=1):
        part = Part(number=number, parts=len(shares), first=last + 1, last=last + len(shown), total=len(entries))
        last = part.last
        thread = _find_thread(shown) if part.parts == 1 else messages[0].key if messages else ""
        messages.append(_write(shown, part, limit, frame, thread, forms))
    return tuple(messages)


def compose_notice(notice: Notice, *, limit: Limit = EMAIL, frame: Frame = BARE) -> Message:
    """A notice in every form; it settles no alert."""
    subject = shorten(clean(notice.subject), SUBJECT_CHARS)
    values = {"subject": subject, "lines": [clean(line) for line in notice.lines], **_frame_values(frame)}
    forms = {form.value: frame.templates.render("notice", form, values) for form in LONG_FORMS}
    return Message(
        key=_digest("notice", notice.key),
        subject=subject,
        short=shorten(subject, limit.max_chars),
        alert_ids=(),
        channel=frame.channel,
        contact=frame.contact,
        **forms,
    )


def write_sample(items: Iterable[AlertItem], notice: Notice, form: Form, frame: Frame) -> str:
    """A message in one form; raises what a template of the operator's raises, be it one of a notice or of a feed."""
    entries = arrange(items)
    part = Part(number=1, parts=1, first=1, last=len(entries), total=len(entries))
    render = frame.templates.render_strictly
    render("notice", form, {**_frame_values(frame), "subject": notice.subject, "lines": notice.lines})
    feed = "".join(render("feed", form, {"entry": entry}) for entry in entries if form is Form.HTML)
    return render("message", form, _message_values(entries, part, frame)) + feed


def compose_trial(channel: str, *, at: datetime, limit: Limit = EMAIL) -> Message:
    """The message by which an operator tries a channel out; it settles no alert (R11)."""
    name = clean(channel, TITLE_CHARS)
    said = f"This is a test of the channel “{name}”, sent by govwatch at {at:%H:%M} UTC on {write_day(at.date())}."
    notice = Notice(
        key=f"trial {channel} {at.isoformat()}",
        subject=f"govwatch can reach {name}",
        lines=(f"{said} Alerts will come this way; there is nothing to do.",),
    )
    return compose_notice(notice, limit=limit)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _find_thread(entries: Sequence[Entry]) -> str:
    """Messages on one story belong together; a digest of several belongs to none of them."""
    return _digest("story", entries[0].story) if len(entries) == 1 and entries[0].story else ""


def _cut(entries: Sequence[Entry], max_items: int, limit: Limit, frame: Frame) -> list[list[Entry]]:
    """The entries of each message; one that does not fit alone is squeezed."""
    if limit.form == Form.SHORT:
        return [list(entries)] if entries else []
    shares: list[list[Entry]] = []
    start = 0
    while start < len(entries):
        most = min(max_items, len(entries) - start)
        count = _count_that_fit(entries[start : start + most], len(entries), limit, frame)
        shares.append(list(entries[start : start + count]) or [_squeeze(entries[start], len(entries), limit, frame)])
        start += len(shares[-1])
    return shares


def _count_that_fit(entries: Sequence[Entry], total: int, limit: Limit, frame: Frame) -> int:
    """The largest number of first entries that stay within the limit; 0 when not even one does."""
    if limit.max_chars is None:
        return len(entries)
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(entries[:middle], total, limit, frame) else (low, middle - 1)
    return low


def _fits(entries: Sequence[Entry], total: int, limit: Limit, frame: Frame) -> bool:
    """Whether these fit with the longest note and the foot, since nobody knows yet which message they are in."""
    part = Part(number=total, parts=max(total, 2), first=total, last=total + 1, total=total)
    return len(_render(entries, part, limit.form, frame)) <= (limit.max_chars or 0)


def _squeeze(entry: Entry, total: int, limit: Limit, frame: Frame) -> Entry:
    """`entry` with as little left out as it takes to fit alone.

    First the snippet goes, then the names of other outlets, then words of the title, then all but the first reason; the
    link goes last, and whole (R12).
    """
    bare = replace(entry, reasons=tuple(replace(reason, snippet=()) for reason in entry.reasons))
    alone = replace(bare, also=(), more=entry.outlets)
    brief = replace(alone, title=shorten(bare.title, BRIEF_CHARS), outlet=shorten(bare.outlet, BRIEF_CHARS))
    reason = replace(brief.reasons[0], watch=shorten(brief.reasons[0].watch, BRIEF_CHARS), terms=())
    least = replace(brief, reasons=(reason,))
    for candidate in (bare, alone, brief, least):
        if _fits([candidate], total, limit, frame):
            return candidate
    return replace(least, link=None)


def _write(
    entries: Sequence[Entry], part: Part, limit: Limit, frame: Frame, thread: str, forms: Collection[Form]
) -> Message:
    own_frame = frame if part.number == part.parts else replace(frame, foot="")
    written = {form.value: _render(entries, part, form, own_frame) if form in forms else "" for form in LONG_FORMS}
    # In order of the alerts, so that the key outlives a change in what is most important.
    identity = sorted(f"{entry.alert_ids} {entry.story or entry.fingerprint}" for entry in entries)
    return Message(
        key=_digest(frame.occasion, *identity),
        subject=_write_subject(entries, part, frame),
        short=_write_short(entries, limit.max_chars, frame),
        alert_ids=tuple(alert_id for entry in entries for alert_id in entry.alert_ids),
        thread=thread,
        channel=frame.channel,
        contact=frame.contact,
        **written,
    )


def _write_subject(entries: Sequence[Entry], part: Part, frame: Frame) -> str:
    """What it is about: the announcement, or how many there are and for which watches."""
    lead = entries[0]
    urgent = "Urgent: " if any(entry.is_urgent for entry in entries) else ""
    if part.total == 1:
        return shorten(f"{frame.prefix}{urgent}{lead.headline}", SUBJECT_CHARS)
    watches = list(dict.fromkeys(entry.watch for entry in entries))
    rest = len(watches) - NAMED_WATCHES
    named = ", ".join(watches[:NAMED_WATCHES]) + (f" and {rest} more" if rest > 0 else "")
    place = f" ({part.number} of {part.parts})" if part.parts > 1 else ""
    title = f"{frame.prefix}{urgent}{part.total} announcements: {named}"
    return shorten(title, SUBJECT_CHARS - len(place)) + place


def _write_short(entries: Sequence[Entry], max_chars: int | None, frame: Frame) -> str:
    """One line: a title with its link, or as many titles as fit and the number of the others."""
    if len(entries) > 1:
        return _write_titles([entry.title for entry in entries], max_chars, frame.prefix)
    lead = entries[0]
    name = f"{frame.prefix}{'Urgent: ' if lead.is_urgent else ''}{lead.headline}"
    if lead.link is None:
        return shorten(name, max_chars)
    if max_chars is None:
        return f"{name} {lead.link}"
    room = max_chars - len(lead.link) - 1
    return f"{shorten(name, room)} {lead.link}" if room >= SHORTEST_TITLE_CHARS else shorten(name, max_chars)


def _write_titles(titles: Sequence[str], max_chars: int | None, prefix: str) -> str:
    head = f"{prefix}{len(titles)} announcements: "
    for shown in range(len(titles), 0, -1):
        rest = len(titles) - shown
        line = head + "; ".join(titles[:shown]) + (f"; and {rest} more" if rest else "")
        if max_chars is None or len(line) <= max_chars:
            return line
    return shorten(head + titles[0], max_chars)


def _render(entries: Sequence[Entry], part: Part, form: Form, frame: Frame) -> str:
    return frame.templates.render("message", form, _message_values(entries, part, frame))


def _message_values(entries: Sequence[Entry], part: Part, frame: Frame) -> Mapping[str, object]:
    return {
        **_frame_values(frame),
        "groups": group_by_watch(entries),
        "note": " ".join(text for text in (frame.note, part.note) if text),
        "subject": _write_subject(entries, part, frame),
    }


def _frame_values(frame: Frame) -> Mapping[str, object]:
    return {"foot": frame.foot, "channel": frame.channel, "contact": frame.contact}
