"""Hands one message to one address through Apprise and says what became of it; when to try again is for `retry`.

The only importer of apprise. Safe to call from several threads.
"""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only; its plugins are Any here for the same reason.

import logging
import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from email.headerregistry import Address as MailAddress
from functools import cache
from html import escape
from ipaddress import ip_address
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.common import PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.base import PGPMode
from apprise.plugins.mattermost import NotifyMattermost
from apprise.plugins.slack import NotifySlack, SlackMode
from apprise.result import AppriseResult, AppriseResultStatus

from crawler.configuration import Fault
from monitor.channel import Address, Channel, Delivery
from monitor.mail import Envelope, MailServer, Security, build_mail, hand_over
from monitor.message import SUBJECT_CHARS, Form, Limit, Message, shorten

DETAIL_CHARS = 500
# Slack refuses a whole message for a section block above 3,000 characters; Apprise only knows of 35,000.
SLACK_CHARS = 2900
# Below this not even one announcement is sure to fit with its link and its reason.
SHORT_FORM_CHARS = 900
# Services rewrite some signs (`&` to `&amp;`) after Apprise has counted, so not all of the room is used.
USED_ROOM = 0.9
FORMS = {NotifyFormat.HTML: Form.HTML, NotifyFormat.MARKDOWN: Form.MARKDOWN, NotifyFormat.TEXT: Form.TEXT}
# 4xx is for good but for these: wrong credentials (an operator mends them), time-outs and "too many requests".
PASSING_CODES = frozenset({401, 403, 407, 408, 421, 423, 425, 429})
PERMANENT_CODES = frozenset(range(400, 500)) - PASSING_CODES
HTTP_ERROR = re.compile(r"\berror=(\d{3})\b")
# How Apprise's services begin the lines, at debug level, that hold the cause of a failure.
RESPONSE = "Response Details"
EXCEPTIONS = ("Socket Exception", "I/O Exception", "Notification Exception")


class MrkdwnSlack(NotifySlack):
    """Slack, given its own dialect: Apprise's translation leaves the backslashes of CommonMark visible in Slack."""

    def dialect_convert(self, body: str, *_: object, **__: object) -> str:
        return body


def send(address: Address, message: Message, *, timeout_s: float = 15.0) -> Delivery:
    """Hand `message` to `address`, once, and tell the outcome within about `timeout_s` seconds; raises nothing for it.

    A failure that is not understood counts as passing.
    """
    plugin = _open(address)
    if plugin is None:
        return Delivery(accepted=False, detail="Apprise does not understand this address")
    if fault := _find_plugin_fault(plugin):
        return Delivery(accepted=False, detail=fault)
    if isinstance(plugin, NotifyEmail) and plugin.pgp_mode == PGPMode.NONE:
        delivery = _send_mail(plugin, message, timeout_s)
    else:
        delivery = _notify(plugin, message, timeout_s)
    detail = shorten(" ".join(address.redact(delivery.detail).split()), DETAIL_CHARS)
    return Delivery(accepted=delivery.accepted, detail=detail, passing=delivery.passing)


def find_limit(address: Address) -> Limit:
    """The form that suits `address` and how many characters it takes, for `message.compose` to cut by (R12)."""
    plugin = _open(address)
    return Limit(form=Form.TEXT) if plugin is None else _find_plugin_limit(plugin)


def find_faults(channels: Iterable[Channel]) -> tuple[Fault, ...]:
    """What Apprise, or delivery once to one recipient, has against each address; loads Apprise's services (0.2 s)."""
    faults = []
    for address in (address for channel in channels for address in channel.addresses):
        plugin = _open(address)
        message = "Apprise does not understand this address" if plugin is None else _find_plugin_fault(plugin)
        if message:
            faults.append(address.fault(message))
    return tuple(faults)


def _find_plugin_fault(plugin: Any) -> str | None:
    targets = len(plugin)
    if isinstance(plugin, NotifyEmail):
        targets = len(plugin.targets) + len(plugin.cc) + len(plugin.bcc)
        if plugin.password and plugin.secure_mode == Security.NONE and not _is_loopback(plugin.smtp_host):
            return "the password would travel unprotected: write mailtos instead of mailto"
    if targets != 1:
        return f"expected one recipient, found {targets}: write one entry for each, so that each is tried on its own"
    if not plugin.verify_certificate:
        return "verify=no would let anyone read along: name your own authority in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
    return None


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
    # The services that take HTML documents are mail services, which have no limit that a message comes near.
    if form == Form.HTML:
        return Limit(form=form)
    title_chars = SUBJECT_CHARS if plugin.overflow_amalgamate_title else 0
    return Limit(form=form, max_chars=int(plugin.body_maxlen * USED_ROOM) - title_chars)


def _open(address: Address) -> Any:
    """Apprise's plugin for `address`, set so that its yes is a yes; None when Apprise cannot make one of it."""
    _prepare()
    url = address.url.get_secret_value()
    plugin = Apprise.instantiate(url, asset=_asset())
    if isinstance(plugin, NotifySlack) and plugin.mode in {SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT}:
        plugin = MrkdwnSlack(**NotifySlack.parse_url(url), asset=_asset())
        plugin.use_blocks = True
    if isinstance(plugin, NotifyMattermost):
        plugin.notify_format = NotifyFormat.MARKDOWN  # it is what Mattermost shows, whatever Apprise declares
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
    with service.notify(
        message.in_form(limit.form),
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
        bodies = (line.partition("\n")[2] for line in said if line.startswith(RESPONSE))
        body = " ".join(text.removeprefix("b").strip("'\"") for text in bodies)
        return Delivery(
            accepted=False,
            detail=f"the service answered {codes[-1]} {body}",
            passing=PERMANENT_CODES.isdisjoint(codes),
        )
    if result.status == AppriseResultStatus.TIMEOUT or not said:
        said.append(f"no answer within {timeout_s:g} seconds")
    return Delivery(accepted=False, detail="; ".join(said), passing=True)


def _is_telling(level: str, message: str) -> bool:
    return level in {"WARNING", "ERROR", "CRITICAL"} or message.startswith((RESPONSE, *EXCEPTIONS))
