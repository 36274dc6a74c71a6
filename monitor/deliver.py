"""Hands one message to one address through Apprise and says what became of it; when to try again is for `retry`.

The only importer of apprise. Safe to call from several threads.
"""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only; its plugins are Any here for the same reason.

import logging
import re
import threading
from ast import literal_eval
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address as MailAddress
from functools import cache
from html import escape
from ipaddress import ip_address
from math import ceil
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.common import PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict
from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.base import PGPMode
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.ntfy import NotifyNtfy
from apprise.plugins.slack import NotifySlack, SlackMode
from apprise.plugins.telegram import NotifyTelegram, TelegramMarkdownVersion
from apprise.plugins.workflows import NotifyWorkflows
from apprise.result import AppriseResult, AppriseResultStatus

from crawler.markup import looks_like_html, read_lines
from monitor.channel import Address, Channel, Delivery, Expansion
from monitor.escaping import Form, shorten, unbracket_links
from monitor.feeds import try_folder
from monitor.mail import Envelope, MailServer, Security, build_mail, hand_over
from monitor.message import SUBJECT_CHARS, Limit, Message

Details = dict[str, Any]
DETAIL_CHARS = 500
# What stands between commas or semicolons outside quotes: one recipient.
PIECE = re.compile(r'(?:"[^"]*"|[^,;"])+')
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
HTTP_ERROR = re.compile(r"\berror=(\d{3})\b")
# How Discord, Telegram and Matrix say in their answers how long they want to be left alone; Apprise shows no headers.
RETRY_AFTER = re.compile(r"\"retry_after(?P<unit>_ms)?\"\s*:\s*(?P<number>\d{1,9}(?:\.\d+)?)")
# How Apprise's services begin the lines, at debug level, that hold the cause of a failure.
RESPONSE = "Response Details"
EXCEPTIONS = ("Socket Exception", "I/O Exception", "Notification Exception")


class MrkdwnSlack(NotifySlack):
    """Slack, given its own dialect: Apprise's translation leaves the backslashes of CommonMark visible in Slack."""

    def dialect_convert(self, body: str, *_: object, **__: object) -> str:
        return body


def send(address: Address, message: Message, *, timeout_s: float = 15.0) -> Delivery:
    """Hand `message` to `address`, once, and tell the outcome within about `timeout_s` seconds; raises nothing for it.

    A folder for feeds takes no messages: there it is only tried whether it can be written.
    A failure that is not understood counts as passing.
    """
    if address.folder:
        return try_folder(address.folder)
    plugin = _open(address)
    if fault := _find_fault(plugin):
        return Delivery(accepted=False, detail=fault)
    is_mail = type(plugin) is NotifyEmail and plugin.pgp_mode == PGPMode.NONE
    try:
        delivery = (_send_mail if is_mail else _notify)(plugin, message, timeout_s)
    except Exception as error:  # noqa: BLE001 - the others must not wait for an address that springs a library's fault
        delivery = Delivery(accepted=False, detail=f"{type(error).__name__}: {error}", passing=True)
    detail = shorten(" ".join(address.redact(delivery.detail).split()), DETAIL_CHARS)
    return replace(delivery, detail=detail)


def find_limit(address: Address) -> Limit:
    """The form that suits `address` and how many characters it takes, for `message.compose` to cut by (R12)."""
    plugin = None if address.folder else _open(address)
    return Limit(form=Form.TEXT) if plugin is None else _find_plugin_limit(plugin)


def expand_addresses(channels: Iterable[Channel]) -> Expansion:
    """`channels` with one address for each recipient, and what speaks against any; loads Apprise's services (0.2 s)."""
    expanded = tuple(
        replace(channel, addresses=tuple(one for address in channel.addresses for one in _split(address)))
        for channel in channels
    )
    opened = [(address, _open(address)) for channel in expanded for address in channel.addresses if not address.folder]
    faults = [address.fault(message) for address, plugin in opened if (message := _find_fault(plugin))]
    warnings = [str(address.fault(message)) for address, plugin in opened if (message := _find_warning(plugin))]
    # The recipients of one entry share its faults.
    return Expansion(channels=expanded, faults=tuple(dict.fromkeys(faults)), warnings=tuple(dict.fromkeys(warnings)))


def _split(address: Address) -> tuple[Address, ...]:
    """One address for each recipient of `address`; it stays whole where it has one, or cannot be taken apart."""
    details = None if address.folder else _read_details(address)
    plugin = _instantiate(details)
    if details is None or plugin is None:
        return (address,)
    recipients = (_find_mailboxes if isinstance(plugin, NotifyEmail) else _find_targets)(plugin, details)
    is_whole = len(recipients) == 1 and _count_recipients(plugin) == 1
    return (address,) if is_whole or not recipients else address.split(recipients)


def _find_mailboxes(plugin: Any, details: Details) -> dict[str, str]:
    """Everybody in to, cc and bcc, once: mailbox -> as written. What is no mailbox stays, for `_find_fault` to tell.

    Apprise would leave that out in silence.
    """
    found: dict[str, str] = {}
    # Apprise takes an unquoted `;` for `&`, and so the recipient after it for the name of an option.
    stray = [name for name in details["qsd"] if "@" in name]
    pieces = _find_pieces({**details, "stray": stray}, "targets", "cc", "bcc", "stray")
    if not details["targets"]:
        pieces.insert(0, plugin.targets[0][1])  # where nobody is named, the sender is meant
    for piece in pieces:
        mailboxes = [mailbox for _, mailbox in _instantiate(_narrow(details, piece)).targets]
        if len(mailboxes) == 1:
            found.setdefault(mailboxes[0].casefold(), piece)
        else:
            found.update((each.casefold(), each) for each in mailboxes or [piece] if each.casefold() not in found)
    return found


def _find_targets(plugin: Any, details: Details) -> dict[str, str]:
    """The channels, rooms, numbers or topics behind `plugin`; nothing unless each is one and together they are all."""
    pieces = dict.fromkeys(_find_pieces(details, "targets"))
    if details.get("cc") or details.get("bcc") or len(pieces) != _count_recipients(plugin):
        return {}
    alone = (_instantiate(_narrow(details, piece)) for piece in pieces)
    return {piece: piece for piece in pieces} if all(one and _count_recipients(one) == 1 for one in alone) else {}


def _find_pieces(details: Details, *names: str) -> list[str]:
    """The single recipients in these parts of an address, in the order in which they are written."""
    written = [details.get(name) or () for name in names]
    texts = (text for part in written for text in ([part] if isinstance(part, str) else part))
    return [piece.strip() for text in texts for piece in PIECE.findall(text) if piece.strip()]


def _narrow(details: Details, recipient: str) -> Details:
    return {**details, "targets": [recipient], "cc": None, "bcc": None}


def _count_recipients(plugin: Any) -> int:
    if isinstance(plugin, NotifyEmail):
        return len(plugin.targets) + len(plugin.cc) + len(plugin.bcc)
    return len(plugin)


def _find_fault(plugin: Any) -> str | None:
    if plugin is None:
        return "Apprise does not understand this address"
    if isinstance(plugin, NotifyEmail) and not plugin.smtp_host:
        return "it names no mail server that could be reached"
    recipients = _count_recipients(plugin)
    if recipients == 0:
        return "a recipient in it is not one that this service can send to"
    if recipients > 1:
        return f"has {recipients} recipients that cannot be told apart: write one entry for each"
    if not plugin.verify_certificate:
        return "verify=no would let anyone read along: name your own authority in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
    return None


def _find_warning(plugin: Any) -> str | None:
    if not isinstance(plugin, NotifyEmail) or not plugin.password or plugin.secure_mode != Security.NONE:
        return None
    if _is_loopback(plugin.smtp_host):
        return None
    return "the password travels unprotected: write mailtos instead of mailto if the server offers STARTTLS or TLS"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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


def _open(address: Address) -> Any:
    """Apprise's plugin for `address`, set so that its yes is a yes; None when Apprise cannot make one of it."""
    details = _read_details(address)
    if details and address.recipient:
        details = _narrow(details, address.recipient.get_secret_value())
    return _instantiate(details)


def _read_details(address: Address) -> Details | None:
    """What Apprise reads in `address`: the arguments for its plugin, and `schema`, the name of that."""
    _prepare()
    details: Details | None = url_to_dict(address.url.get_secret_value())
    return details


def _instantiate(details: Details | None) -> Any:
    plugin = Apprise.instantiate(dict(details), asset=_asset()) if details else None
    if isinstance(plugin, NotifySlack) and plugin.mode in {SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT}:
        plugin = MrkdwnSlack(**{**(details or {}), "asset": _asset()})
        plugin.use_blocks = True
    if isinstance(plugin, NotifyMattermost):
        plugin.notify_format = NotifyFormat.MARKDOWN  # it is what Mattermost shows, whatever Apprise declares
    if isinstance(plugin, NotifyTelegram):
        # The first Markdown of Telegram has no escapes within a link: "[Withdrawn] A title" would end it, and what
        # follows be another link.
        plugin.notify_format = NotifyFormat.MARKDOWN  # type: ignore[assignment]  # one form where it declares two
        plugin.markdown_ver = TelegramMarkdownVersion.TWO
    if plugin is not None:
        plugin.optional = False  # `?optional=yes` would report a refusal as accepted
    return plugin


_preparing = threading.Lock()


def _prepare() -> None:
    """Load Apprise's services once; a second thread must not see them half loaded."""
    with _preparing:
        _load_services()


@cache
def _load_services() -> None:
    """Keep what Apprise and its libraries log (addresses, at times) out of our logs (R37), and load the services."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
    # The reason for a failure is told at this level only; it is kept in the result of the call.
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    NotificationManager().load_modules()


@cache
def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="govwatch",
        app_desc="govwatch",
        app_url="",
        # Apprise's own pictures would stand beside every alert, fetched from a server that is not ours.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        storage_mode=PersistentStoreMode.MEMORY,
        # A redirected POST becomes a GET, and its 200 would pass for an accepted message.
        http_redirects=False,
    )


def _send_mail(plugin: Any, message: Message, timeout_s: float) -> Delivery:
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
    return hand_over(mail, server, envelope, timeout_s=timeout_s)


def _address_mail(plugin: Any) -> Envelope:
    (name, recipient), *_ = plugin.targets
    sender_name, sender = plugin.from_addr
    return Envelope(
        sender=MailAddress(sender_name or "govwatch", addr_spec=sender),
        recipient=MailAddress(name or "", addr_spec=recipient),
        reply_to=tuple(MailAddress(plugin.names.get(each) or "", addr_spec=each) for each in sorted(plugin.reply_to)),
        headers=plugin.headers,
    )


def _notify(plugin: Any, message: Message, timeout_s: float) -> Delivery:
    limit = _find_plugin_limit(plugin)
    plugin.socket_connect_timeout = timeout_s / 3
    plugin.socket_read_timeout = timeout_s * 2 / 3
    service = Apprise(asset=_asset())
    service.add(plugin)
    body = message.in_form(limit.form)
    with service.notify(
        # Teams on a telephone takes the brackets for a part of the address (LinkParser of Microsoft's Adaptive Cards).
        unbracket_links(body) if isinstance(plugin, NotifyWorkflows) else body,
        title=_find_title(plugin, message),
        body_format=_find_body_format(limit.form),
        timeout=timeout_s,
        log_level=logging.DEBUG,
    ) as result:
        return _judge(result, timeout_s)


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


def _judge(result: AppriseResult, timeout_s: float) -> Delivery:
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
        )
    if result.status == AppriseResultStatus.TIMEOUT or not said:
        said.append(f"no answer within {timeout_s:g} seconds")
    return Delivery(accepted=False, detail="; ".join(said), passing=True)


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
