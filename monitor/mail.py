"""A message as an e-mail, and its hand-over to one SMTP server; Apprise reads the address, `deliver` decides.

Apprise's own sending is not used for mail because it makes the plain part from the HTML, gives each attempt another
Message-ID, and tells only yes or no. Here the plain part is ours, a second attempt has the Message-ID of the first
(so that a mailbox can drop it), and the server's answer is kept.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import textwrap
import threading
import time
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.header import Header
from email.headerregistry import Address as MailAddress
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.message import Message as MailMessage
from email.policy import SMTP, Policy
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from monitor.channel import Delivery, tell_unanswered
from monitor.message import Message

PERMANENT_CODES = range(500, 600)
# "Closing", and "no room": what the server says of itself, whatever message it has before it.
SERVER_CODES = frozenset({421, 452})
ACCEPTED = frozenset({250, 251, 252})
ASK_FOR_DATA = 354
LEADING_STOP = re.compile(rb"(?m)^\.")
LINE_CHARS = 76
ENCODED_WORD = "=?"
"""How one begins (RFC 2047)."""
GOODBYE_TIMEOUT_S = 1.0


class _Subject(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # stubs: `max_count` differs
    """A subject that arrives as it was written.

    What looks like an encoded word in it is one of its words: the library would decode it. Where the library folds
    before an encoded word, it writes the space once for the fold and once more for the word.
    """

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        super().parse(value.replace(ENCODED_WORD, ""), kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: "Policy[MailMessage[str, str]]") -> str:
        if self.isascii() and ENCODED_WORD not in self:
            return super().fold(policy=policy)
        encoded = Header(str(self), "utf-8", header_name="Subject").encode(linesep=policy.linesep)
        return f"Subject: {encoded}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
MAIL = SMTP.clone(header_factory=_HEADERS)


class Security(StrEnum):
    """How the connection to a mail server is protected; Apprise's own words."""

    NONE = "insecure"
    STARTTLS = "starttls"
    TLS = "ssl"


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail is handed over. Certificates are always verified against the system's authorities (R33)."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who a mail is from and to; `headers` are extra ones, such as a list's."""

    sender: MailAddress
    recipient: MailAddress
    reply_to: tuple[MailAddress, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def build_mail(message: Message, envelope: Envelope, *, sent_at: datetime) -> EmailMessage:
    """`message` as multipart/alternative, plain text first. Raises ValueError for a header that cannot be one."""
    mail = EmailMessage(policy=MAIL)
    mail["Subject"] = message.subject
    mail["From"] = envelope.sender
    mail["To"] = envelope.recipient
    if envelope.reply_to:
        mail["Reply-To"] = envelope.reply_to
    mail["Date"] = sent_at
    mail["Message-ID"] = _write_id(message.key, envelope)
    if message.thread and message.thread != message.key:
        # The story itself was never sent as a mail; programs put the mails that refer to it together all the same.
        mail["In-Reply-To"] = mail["References"] = _write_id(message.thread, envelope)
    # RFC 3834: no out-of-office answers, please; Exchange goes by the second header.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    for name, value in {**_write_list_headers(message, envelope), **envelope.headers}.items():
        mail[name] = value
    # Quoted-printable passes through every server; 8bit does not.
    mail.set_content(wrap(message.text), cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


def wrap(text: str) -> str:
    """`text` in lines that no mail program has to break, each kept at its indent; a link stays in one piece."""
    return "\n".join(map(_wrap_line, text.split("\n")))


def _wrap_line(line: str) -> str:
    if len(line) <= LINE_CHARS:
        return line
    indent = len(line) - len(line.lstrip("- "))
    wrapped = textwrap.wrap(
        line, LINE_CHARS, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(wrapped)


def _write_id(key: str, envelope: Envelope) -> str:
    return f"<{key}.govwatch@{envelope.sender.domain}>"


def _write_list_headers(message: Message, envelope: Envelope) -> dict[str, str]:
    """RFC 2919 and RFC 2369: by what a mailbox may filter, and how its owner ends it.

    There is no RFC 8058 one-click way, which takes a web server that anybody can reach: a person who runs govwatch
    takes a channel's address out of channels.toml.
    """
    headers = {"List-Id": f"<{message.channel}.govwatch.{envelope.sender.domain}>"} if message.channel else {}
    if message.contact:
        subject = quote(f"Unsubscribe {message.channel}".strip())
        is_web = message.contact.startswith(("http://", "https://"))
        link = message.contact if is_web else f"mailto:{quote(message.contact, safe='@')}?subject={subject}"
        headers["List-Unsubscribe"] = f"<{link}>"
    return headers


def hand_over(
    mail: EmailMessage, server: MailServer, envelope: Envelope, *, timeout_s: float, answer_timeout_s: float
) -> Delivery:
    """Send `mail` in one transaction to its one recipient within about `timeout_s` seconds, and tell what came of it.

    Only the answer to the last line may take longer, `answer_timeout_s`. A connection that breaks before it counts as
    not accepted: the mail may then arrive twice, under one Message-ID.
    """
    deadline = time.monotonic() + timeout_s
    try:
        with _connect(server, timeout_s) as smtp:
            with _cut_off_at(smtp, deadline):
                _secure(smtp, server)
                _transmit(smtp, mail, envelope)
            return _await_answer(smtp, answer_timeout_s)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        is_about_message = isinstance(error, smtplib.SMTPDataError) and error.smtp_code not in SERVER_CODES
        delivery = _refused(_quote(error.smtp_code, error.smtp_error), passing=error.smtp_code not in PERMANENT_CODES)
        return replace(delivery, is_about_message=is_about_message)
    except smtplib.SMTPResponseException as error:
        return _refused(_quote(error.smtp_code, error.smtp_error))
    except ssl.SSLCertVerificationError as error:
        return _refused(f"certificate refused: {error.verify_message}")
    except (smtplib.SMTPException, OSError) as error:
        if (
            isinstance(error, TimeoutError)
            or isinstance(error.__context__, TimeoutError)
            or time.monotonic() >= deadline
        ):
            return _refused(f"no answer within {timeout_s:g} seconds")
        return _refused(_describe(error))


def _refused(detail: str, *, passing: bool = True) -> Delivery:
    return Delivery(accepted=False, detail=detail, passing=passing)


@contextlib.contextmanager
def _connect(server: MailServer, timeout_s: float) -> Iterator[smtplib.SMTP]:
    """A connection that has been greeted. Closing it never turns an accepted mail into a refused one.

    Connecting and the greeting get half the time each; after that only `_cut_off_at` limits it.
    """
    name = socket.gethostname()
    # smtplib would ask the name service for our own name, without a time limit.
    own_name = name if "." in name else "[127.0.0.1]"
    smtp: smtplib.SMTP
    if server.security == Security.TLS:
        smtp = smtplib.SMTP_SSL(
            server.host, server.port, own_name, timeout=timeout_s / 2, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=timeout_s / 2)
    try:
        _set_timeout(smtp, timeout_s)
        yield smtp
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            _set_timeout(smtp, GOODBYE_TIMEOUT_S)
            smtp.quit()
        smtp.close()


def _set_timeout(smtp: smtplib.SMTP, timeout_s: float) -> None:
    if smtp.sock:
        smtp.sock.settimeout(timeout_s)


@contextlib.contextmanager
def _cut_off_at(smtp: smtplib.SMTP, deadline: float) -> Iterator[None]:
    """Break the connection at `deadline`: a time limit on each read alone would let a slow server take for ever."""

    def cut_off() -> None:
        with contextlib.suppress(OSError):
            if smtp.sock:
                smtp.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(deadline - time.monotonic(), 0), cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _secure(smtp: smtplib.SMTP, server: MailServer) -> None:
    if server.security == Security.STARTTLS:
        smtp.starttls(context=ssl.create_default_context())
    if server.user and server.password:
        _log_in(smtp, server.user, server.password)


def _log_in(smtp: smtplib.SMTP, user: str, password: str) -> None:
    if (user + password).isascii():
        smtp.login(user, password)
        return
    # smtplib writes ASCII only. PLAIN is UTF-8 (RFC 4616); of the other ways, each server has its own idea.
    smtp.ehlo_or_helo_if_needed()
    if "PLAIN" not in smtp.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError("the server takes no login with letters beyond ASCII (AUTH PLAIN)")
    credentials = b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, text = smtp.docmd("AUTH", f"PLAIN {credentials}")
    if code not in {235, 503}:
        raise smtplib.SMTPAuthenticationError(code, text)


def _transmit(smtp: smtplib.SMTP, mail: EmailMessage, envelope: Envelope) -> None:
    """MAIL, RCPT, DATA. Only what the server says to these is about this mail, so only there 5xx means for good."""
    smtp.ehlo_or_helo_if_needed()
    sender, recipient = envelope.sender.addr_spec, envelope.recipient.addr_spec
    is_international = not (sender + recipient).isascii()
    if is_international and not smtp.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError("the server does not take addresses beyond ASCII (SMTPUTF8)")
    code, text = smtp.mail(sender, ["SMTPUTF8"] if is_international else [])
    if code not in ACCEPTED:
        raise smtplib.SMTPSenderRefused(code, text, sender)
    _expect(smtp.rcpt(recipient), ACCEPTED)
    _expect(smtp.docmd("DATA"), {ASK_FOR_DATA})
    smtp.send(_write_data(mail.as_bytes(policy=MAIL.clone(utf8=is_international))))


def _write_data(mail: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line of one full stop ends the mail, so what begins with one gets another."""
    end = b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"
    return LEADING_STOP.sub(b"..", mail) + end


def _await_answer(smtp: smtplib.SMTP, timeout_s: float) -> Delivery:
    """What the server says to all of it, after it has looked for viruses and the like."""
    deadline = time.monotonic() + timeout_s
    _set_timeout(smtp, timeout_s)
    try:
        with _cut_off_at(smtp, deadline):
            answer = smtp.getreply()
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        is_silent = isinstance(error, TimeoutError) or time.monotonic() >= deadline
        return tell_unanswered(f"within {timeout_s:g} seconds" if is_silent else "before the connection was closed")
    return Delivery(accepted=True, detail=_expect(answer, ACCEPTED))


def _expect(answer: tuple[int, bytes], codes: Collection[int]) -> str:
    code, text = answer
    if code not in codes:
        raise smtplib.SMTPDataError(code, text)
    return _quote(code, text)


def _describe(error: Exception) -> str:
    """What went wrong in words: numbers of the operating system tell a reader nothing."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _quote(code: int, text: bytes | str) -> str:
    if code < 0:
        return "what answers there is no mail server"
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"the server said {code} {' '.join(said.split())}".rstrip()
