"""Hands one message to one address through Apprise and says what became of it; when to try again is for `retry`.

Safe to call from several threads.
"""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only; its plugins are Any here for the same reason.

import logging
import re
from ast import literal_eval
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address as MailAddress
from html import escape
from math import ceil
from typing import Any

from apprise import Apprise, NotifyFormat
from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.base import PGPMode
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.workflows import NotifyWorkflows
from apprise.result import AppriseResult

from crawler.markup import looks_like_html, read_lines
from monitor.addresses import find_fault, open_address
from monitor.channel import Address, Delivery, tell_unanswered
from monitor.escaping import Form, shorten, unbracket_links
from monitor.feeds import try_folder
from monitor.mail import Envelope, MailServer, Security, build_mail, hand_over
from monitor.message import SUBJECT_CHARS, Limit, Message
from monitor.sending import start_apart
from monitor.services import make_asset
from monitor.slack import MrkdwnSlack

DETAIL_CHARS = 500
# Slack refuses a whole message for a section block above 3,000 characters; Apprise only knows of 35,000.
SLACK_CHARS = 2900
# Above 4,096 bytes ntfy makes an attachment of a message, or refuses it where it keeps none; Apprise says 7,800. A Chinese
# character takes three.
NTFY_CHARS = 1300
# Below this not even one announcement is sure to fit with its link and its reason.
SHORT_FORM_CHARS = 900
# Services rewrite some signs (`&` to `&amp;`) after Apprise has counted, so not all of the room is used.
USED_ROOM = 0.9
FORMS = {NotifyFormat.HTML: Form.HTML, NotifyFormat.MARKDOWN: Form.MARKDOWN, NotifyFormat.TEXT: Form.TEXT}
# 4xx is for good but for these: wrong credentials (an operator mends them), time-outs and "too many requests".
PASSING_CODES = frozenset({401, 403, 407, 408, 421, 423, 425, 429})
PERMANENT_CODES = frozenset(range(400, 500)) - PASSING_CODES
# Said of the service or of who calls it, by a proxy as often as not; other codes from 400 on are about the message.
SERVICE_CODES = PASSING_CODES | {404, 410, 502, 503, 504}
HTTP_ERROR = re.compile(r"\berror=(\d{3})\b")
# How Discord, Telegram and Matrix say in their answers how long they want to be left alone; Apprise shows no headers.
RETRY_AFTER = re.compile(r"\"retry_after(?P<unit>_ms)?\"\s*:\s*(?P<number>\d{1,9}(?:\.\d+)?)")
# What is handed over may have been taken, so the answer is worth waiting for; RFC 5321 (4.5.3.2.6) says ten minutes for
# mail, but meanwhile no other address is served.
MAIL_ANSWER_S = 180.0
WEB_ANSWER_S = 60.0
# How Apprise's services begin the lines, at debug level, that hold the cause of a failure.
RESPONSE = "Response Details"
EXCEPTIONS = ("Socket Exception", "I/O Exception", "Notification Exception")


def send(
    address: Address, message: Message, *, timeout_s: float = 15.0, answer_timeout_s: float | None = None
) -> Delivery:
    """Hand `message` to `address`, once, within about `timeout_s` seconds, and tell what came of it; raises nothing for it.

    The answer to what is handed over may take `answer_timeout_s` seconds more: some minutes unless said.

    A folder for feeds takes no messages: there it is only tried whether it can be written.
    A failure that is not understood counts as passing.
    """
    if address.folder:
        return try_folder(address.folder)
    plugin = open_address(address)
    if fault := find_fault(plugin):
        return Delivery(accepted=False, detail=fault)
    is_mail = type(plugin) is NotifyEmail and plugin.pgp_mode == PGPMode.NONE
    try:
        if is_mail:
            delivery = _send_mail(plugin, message, timeout_s, answer_timeout_s or max(timeout_s, MAIL_ANSWER_S))
        else:
            delivery = _notify(plugin, message, timeout_s, answer_timeout_s or max(timeout_s, WEB_ANSWER_S))
    except Exception as error:  # noqa: BLE001 - the others must not wait for an address that springs a library's fault
        delivery = Delivery(accepted=False, detail=f"{type(error).__name__}: {error}", passing=True)
    if delivery.is_unanswered:
        return delivery  # in words of ours alone, by which it is counted (`count_unanswered`)
    detail = shorten(" ".join(address.redact(delivery.detail).split()), DETAIL_CHARS)
    return replace(delivery, detail=detail)


def find_limit(address: Address) -> Limit:
    """The form that suits `address` and how many characters it takes, for `message.compose` to cut by (R12)."""
    plugin = None if address.folder else open_address(address)
    return Limit(form=Form.TEXT) if plugin is None else _find_plugin_limit(plugin)


def _find_plugin_limit(plugin: Any) -> Limit:
    if isinstance(plugin, MrkdwnSlack):
        return Limit(form=Form.MRKDWN, max_chars=SLACK_CHARS)
    if plugin.body_maxlen < SHORT_FORM_CHARS:
        return Limit(form=Form.SHORT, max_chars=plugin.body_maxlen)
    form = FORMS[plugin.resolve_format(NotifyFormat.MARKDOWN)]
    if isinstance(plugin, NotifyNtfy):
        return Limit(form=form, max_chars=NTFY_CHARS)
    # The services that take HTML documents are mail services, which have no limit that a message comes near.
    if form == Form.HTML:
        return Limit(form=form)
    title_chars = SUBJECT_CHARS if plugin.overflow_amalgamate_title else 0
    return Limit(form=form, max_chars=int(plugin.body_maxlen * USED_ROOM) - title_chars)


def _send_mail(plugin: Any, message: Message, timeout_s: float, answer_timeout_s: float) -> Delivery:
    server = MailServer(
        host=plugin.smtp_host,
        port=plugin.port,
        security=Security(plugin.secure_mode),
        user=plugin.user,
        password=plugin.password,
    )
    try:
        envelope = _address_mail(plugin)
        mail = build_mail(message, envelope, sent_at=datetime.now(UTC))
    except ValueError as error:
        return Delivery(accepted=False, detail=f"not a mail address or header: {error}")
    return hand_over(mail, server, envelope, timeout_s=timeout_s, answer_timeout_s=answer_timeout_s)


def _address_mail(plugin: Any) -> Envelope:
    (name, recipient), *_ = plugin.targets
    sender_name, sender = plugin.from_addr
    return Envelope(
        sender=MailAddress(sender_name or "govwatch", addr_spec=sender),
        recipient=MailAddress(name or "", addr_spec=recipient),
        reply_to=tuple(MailAddress(plugin.names.get(each) or "", addr_spec=each) for each in sorted(plugin.reply_to)),
        headers=plugin.headers,
    )


def _notify(plugin: Any, message: Message, timeout_s: float, answer_timeout_s: float) -> Delivery:
    limit = _find_plugin_limit(plugin)
    plugin.socket_connect_timeout = timeout_s
    plugin.socket_read_timeout = answer_timeout_s
    service = Apprise(asset=make_asset())
    service.add(plugin)
    body = message.in_form(limit.form)

    def notify() -> Delivery:
        with service.notify(
            # Teams on a telephone takes the brackets for a part of the address (LinkParser of Microsoft's Adaptive Cards).
            unbracket_links(body) if isinstance(plugin, NotifyWorkflows) else body,
            title=_find_title(plugin, message),
            body_format=_find_body_format(limit.form),
            log_level=logging.DEBUG,
        ) as result:
            return _judge(result, answer_timeout_s)

    outcome = start_apart(notify)
    try:
        # A limit on each read alone would let a server that answers drop by drop take for ever.
        return outcome.result(timeout_s + answer_timeout_s)
    except TimeoutError:
        if outcome.done():
            raise  # one of the service's own
        return tell_unanswered(f"within {timeout_s + answer_timeout_s:g} seconds")


def _find_title(plugin: Any, message: Message) -> str:
    """The subject where a service has a place for it; elsewhere the body says it all."""
    if plugin.title_maxlen <= 0:
        return ""
    if isinstance(plugin, MrkdwnSlack):
        return _shorten_escaped(message.subject)
    return shorten(message.subject, plugin.title_maxlen)


def _shorten_escaped(subject: str) -> str:
    """A header block of Slack has 150 characters, counted after escaping."""
    chars = next(room for room in range(SUBJECT_CHARS, 0, -1) if len(escape(shorten(subject, room))) <= SUBJECT_CHARS)
    return shorten(subject, chars)


def _find_body_format(form: Form) -> NotifyFormat:
    """Never left out: undeclared text is passed on as it is, mentions and all (R34)."""
    if form in {Form.SHORT, Form.TEXT}:
        return NotifyFormat.TEXT
    return NotifyFormat.HTML if form == Form.HTML else NotifyFormat.MARKDOWN


def _judge(result: AppriseResult, answer_timeout_s: float) -> Delivery:
    if result:
        return Delivery(accepted=True, detail="accepted")
    said = [entry.message for entry in result.logs() if _is_telling(entry.level, entry.message)]
    codes = [int(code) for line in said for code in HTTP_ERROR.findall(line)]
    if codes:
        body = " ".join(_read_body(line.partition("\n")[2]) for line in said if line.startswith(RESPONSE))
        return Delivery(
            accepted=False,
            detail=f"the service answered {codes[-1]} {body}",
            passing=PERMANENT_CODES.isdisjoint(codes),
            retry_after_s=_find_retry_after_s(body),
            is_about_message=min(codes) >= 400 and SERVICE_CODES.isdisjoint(codes),  # noqa: PLR2004 - the first refusal
        )
    # A handshake that takes too long is told in the same words, but with the limit of the connection.
    silence = f"Read timed out. (read timeout={answer_timeout_s})"
    if any(silence in line for line in said):
        return tell_unanswered(f"within {answer_timeout_s:g} seconds")
    return Delivery(accepted=False, detail="; ".join(said) or "Apprise tells no reason", passing=True)


def _read_body(logged: str) -> str:
    """The words of an answer, which Apprise logs as Python writes bytes; proxies answer with whole pages of HTML."""
    written = logged.strip()
    if not written.startswith(("b'", 'b"')):
        return logged
    body: bytes = literal_eval(written)
    text = body.decode("utf-8", "replace")
    return read_lines(text) or "" if looks_like_html(body) else text


def _find_retry_after_s(body: str) -> int:
    found = RETRY_AFTER.search(body)
    return ceil(float(found["number"]) / (1000 if found["unit"] else 1)) if found else 0


def _is_telling(level: str, message: str) -> bool:
    return level in {"WARNING", "ERROR", "CRITICAL"} or message.startswith((RESPONSE, *EXCEPTIONS))
