"""A message as an e-mail, and its hand-over to real SMTP servers on loopback, willing and unwilling."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.policy import default as default_policy
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from monitor.channel import Delivery
from monitor.digest import AlertItem
from monitor.mail import MAIL, Envelope, MailServer, Security, build_mail, hand_over
from monitor.message import Message, compose
from monitor.receivers import LOOPBACK, Answer, MailReceiver

SENT_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)
ENVELOPE = Envelope(
    sender=MailAddress("govwatch", addr_spec="alerts@example.org"),
    recipient=MailAddress("Policy team", addr_spec="policy@example.org"),
)


def write_message(title: str = "UK and Canada sign MoU") -> Message:
    item = AlertItem(
        alert_id=7,
        watch="Agreements",
        title=title,
        url="https://gds.blog.gov.uk/2017/10/13/mou/",
        outlet="GDS blog",
        country="GB",
        published_on=date(2017, 10, 13),
        first_seen_at=SENT_AT,
        snippet=(("Ils ont signé un ", False), ("protocole", True)),
    )
    (message,) = compose([item])
    return message


def as_received(mail: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(mail.as_bytes(), policy=default_policy)
    assert isinstance(parsed, EmailMessage)
    return parsed


def content(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def deliver(
    port: int, security: Security = Security.NONE, *, timeout_s: float = 5.0, answer_timeout_s: float = 5.0
) -> Delivery:
    server = MailServer(host=LOOPBACK, port=port, security=security)
    mail = build_mail(write_message(), ENVELOPE, sent_at=SENT_AT)
    return hand_over(mail, server, ENVELOPE, timeout_s=timeout_s, answer_timeout_s=answer_timeout_s)


def test_a_mail_has_the_plain_text_and_the_html_that_were_written() -> None:
    message = write_message()

    mail = as_received(build_mail(message, ENVELOPE, sent_at=SENT_AT))

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert content(mail, "plain") == message.text
    assert content(mail, "html") == message.html


def test_the_plain_text_is_wrapped_at_its_indent_and_a_link_stays_in_one_piece() -> None:
    link = "https://example.org/" + "a-very-long-path/" * 9
    text = f"{'Short words ' * 9}\n{link}\n\n    {'An indented sentence. ' * 9}\n- {'One of a list. ' * 9}\n-- \nFoot\n"

    mail = as_received(build_mail(replace(write_message(), text=text), ENVELOPE, sent_at=SENT_AT))

    lines = content(mail, "plain").split("\n")
    assert max(len(line) for line in lines if line != link) <= 76
    assert link in lines
    assert {line[:4] for line in lines if "indented" in line} == {"    "}
    assert {line[:2] for line in lines if "list" in line} == {"- ", "  "}
    assert "-- " in lines
    assert " ".join(content(mail, "plain").split()) == " ".join(text.split())


def test_a_mail_has_the_headers_that_a_mail_program_needs_and_no_others() -> None:
    message = write_message("Accord sur le numérique signé 🚀")

    mail = as_received(build_mail(message, ENVELOPE, sent_at=SENT_AT))

    assert dict(mail.items()) == {
        "Subject": "Accord sur le numérique signé 🚀 (GDS blog)",
        "From": "govwatch <alerts@example.org>",
        "To": "Policy team <policy@example.org>",
        "Date": "Fri, 13 Oct 2017 09:30:00 +0000",
        "Message-ID": f"<{message.key}.govwatch@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
        "Content-Type": mail["Content-Type"],
    }
    assert b"Subject: =?utf-8?" in build_mail(message, ENVELOPE, sent_at=SENT_AT).as_bytes()


def test_a_mail_is_ascii_with_short_lines_whatever_it_says() -> None:
    """Servers without 8BITMIME take it, and none has to fold it."""
    written = build_mail(write_message("é" * 400), ENVELOPE, sent_at=SENT_AT).as_bytes()

    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    "subject",
    [
        # Where "Accords numériques" falls over the end of the first line.
        "5 announcements: Digital agreements between governments, Accords numériques",
        "Un protocole d’entente sur le gouvernement numérique " * 4,
        "数字服务和电子政务的谅解备忘录 " * 9,
        "An announcement in plain words that is longer than a line of a header may be, and so is folded at a space",
        "é" * 300,
        "=?utf-8?q?Urgent=3A_pay_now?= before Friday",
        "Décret =?utf-8?b?UGF5?= =?utf-8?b?IG5vdw==?= et suite",
    ],
)
@pytest.mark.parametrize("policy", [MAIL, MAIL.clone(utf8=True)], ids=["ascii", "utf-8"])
def test_a_subject_arrives_as_it_was_written(subject: str, policy: EmailPolicy) -> None:
    mail = build_mail(replace(write_message(), subject=subject.strip()), ENVELOPE, sent_at=SENT_AT)

    received = message_from_bytes(mail.as_bytes(policy=policy), policy=default_policy)

    assert received["Subject"] == subject.strip()


def test_a_second_attempt_has_the_message_id_of_the_first() -> None:
    first = build_mail(write_message(), ENVELOPE, sent_at=SENT_AT)
    second = build_mail(write_message(), ENVELOPE, sent_at=datetime.now(UTC))

    assert first["Message-ID"] == second["Message-ID"]


def test_mails_on_one_story_and_parts_of_a_digest_are_shown_together() -> None:
    message = write_message()
    follow_up = build_mail(replace(message, thread="a" * 32), ENVELOPE, sent_at=SENT_AT)
    part = build_mail(replace(message, key="b" * 32, thread=message.key), ENVELOPE, sent_at=SENT_AT)

    assert follow_up["References"] == follow_up["In-Reply-To"] == f"<{'a' * 32}.govwatch@example.org>"
    assert part["References"] == build_mail(message, ENVELOPE, sent_at=SENT_AT)["Message-ID"]


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("ops@example.org", "<mailto:ops@example.org?subject=Unsubscribe%20policy-team>"),
        ("o'ps+x@example.org", "<mailto:o%27ps%2Bx@example.org?subject=Unsubscribe%20policy-team>"),
        ("https://example.org/contact", "<https://example.org/contact>"),
    ],
)
def test_a_mail_says_to_a_mail_program_what_list_it_is_of_and_how_to_leave(contact: str, link: str) -> None:
    message = replace(write_message(), channel="policy-team", contact=contact)

    mail = build_mail(message, ENVELOPE, sent_at=SENT_AT)
    own = build_mail(message, replace(ENVELOPE, headers={"List-Unsubscribe": "<mailto:us@b.org>"}), sent_at=SENT_AT)

    assert mail["List-Id"] == "<policy-team.govwatch.example.org>"
    assert mail["List-Unsubscribe"] == link
    assert own.get_all("List-Unsubscribe") == ["<mailto:us@b.org>"]


def test_a_title_adds_no_header() -> None:
    """R34."""
    mail = as_received(build_mail(write_message("Hello\r\nBcc: all@example.org\r\n\r\nx"), ENVELOPE, sent_at=SENT_AT))

    assert "Bcc" not in mail
    assert mail["Subject"] == "Hello Bcc: all@example.org x (GDS blog)"


def test_further_headers_and_reply_addresses_are_added() -> None:
    envelope = Envelope(
        sender=ENVELOPE.sender,
        recipient=ENVELOPE.recipient,
        reply_to=(MailAddress("", addr_spec="desk@example.org"),),
        headers={"X-Team": "policy"},
    )

    mail = as_received(build_mail(write_message(), envelope, sent_at=SENT_AT))

    assert (mail["Reply-To"], mail["X-Team"]) == ("desk@example.org", "policy")


def test_a_header_that_breaks_the_line_is_no_header() -> None:
    """R34."""
    envelope = Envelope(sender=ENVELOPE.sender, recipient=ENVELOPE.recipient, headers={"X-Team": "a\r\nBcc: b@c.org"})

    with pytest.raises(ValueError, match="linefeed"):
        build_mail(write_message(), envelope, sent_at=SENT_AT)


def test_a_mail_that_was_taken_is_accepted_with_the_servers_words() -> None:
    with MailReceiver() as receiver:
        delivery = deliver(receiver.port)

    assert delivery == Delivery(accepted=True, detail="the server said 250 2.0.0 taken")
    (mail,) = receiver.messages
    assert (mail["Subject"], mail["X-Envelope-To"]) == ("UK and Canada sign MoU (GDS blog)", "policy@example.org")


@pytest.mark.parametrize(
    ("answer", "said", "passing", "is_about_message"),
    [
        (Answer.REFUSE, "550 5.7.1 message refused", False, True),
        (Answer.REFUSE_FOR_NOW, "451 4.3.0 try again later", True, True),
        (Answer.REFUSE_RECIPIENT, "550 5.1.1 <policy@example.org>: no such user here", False, True),
        (Answer.TOO_MANY, "452 4.5.3 too many messages", True, False),
    ],
)
def test_a_refusal_is_told_with_its_reason_whether_it_may_pass_and_what_it_is_about(
    answer: Answer, said: str, passing: bool, is_about_message: bool
) -> None:
    with MailReceiver() as receiver:
        receiver.answer = answer
        delivery = deliver(receiver.port)

    assert delivery == Delivery(
        accepted=False, detail=f"the server said {said}", passing=passing, is_about_message=is_about_message
    )
    assert receiver.messages == []


def test_a_connection_that_breaks_before_the_answer_is_not_accepted() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.DROP
        delivery = deliver(receiver.port)

    assert (delivery.accepted, delivery.passing, delivery.is_unanswered) == (False, True, True)
    assert "closed" in delivery.detail


def test_a_connection_that_breaks_before_the_end_of_the_mail_has_handed_nothing_over() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.DROP_MIDWAY
        delivery = deliver(receiver.port)

    assert (delivery.accepted, delivery.passing, delivery.is_unanswered) == (False, True, False)


def test_a_connection_that_breaks_after_the_answer_was_accepted() -> None:
    """R2, R4: or the mail would be sent again."""
    with MailReceiver() as receiver:
        receiver.answer = Answer.DROP_AFTER
        delivery = deliver(receiver.port)

    assert delivery.accepted
    assert len(receiver.messages) == 1


class SlowReceiver(MailReceiver):
    """Looks at a mail for longer than anybody waits for the rest."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802
        await asyncio.sleep(0.6)
        return await super().handle_DATA(server, session, envelope)


def test_a_server_may_take_long_to_answer_what_it_was_handed() -> None:
    """Much longer than for all that goes before it."""
    with SlowReceiver() as receiver:
        delivery = deliver(receiver.port, timeout_s=0.3)

    assert delivery == Delivery(accepted=True, detail="the server said 250 2.0.0 taken")


def test_a_line_of_one_full_stop_does_not_end_a_mail() -> None:
    mail = build_mail(replace(write_message(), text="Before\n.\n..\nAfter\n"), ENVELOPE, sent_at=SENT_AT)
    with MailReceiver() as receiver:
        server = MailServer(host=LOOPBACK, port=receiver.port, security=Security.NONE)
        assert hand_over(mail, server, ENVELOPE, timeout_s=5, answer_timeout_s=5).accepted

    assert content(receiver.messages[0], "plain") == "Before\n.\n..\nAfter\n"


def test_a_server_that_hangs_is_left_at_the_time_limit() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.HANG
        began = time.monotonic()
        delivery = deliver(receiver.port, answer_timeout_s=0.4)
        took_s = time.monotonic() - began

    said = "handed over, and no answer came within 0.4 seconds"
    assert delivery == Delivery(accepted=False, detail=said, passing=True, is_unanswered=True)
    assert 0.3 < took_s < 2


@contextmanager
def raw_server(line: bytes, *, every_s: float) -> Iterator[int]:
    """A server that says `line` over and over to whoever connects; yields its port."""
    stop = threading.Event()
    listener = socket.create_server((LOOPBACK, 0))

    def talk() -> None:
        connection, _ = listener.accept()
        with connection:
            while not stop.wait(every_s):
                try:
                    connection.sendall(line)
                except OSError:
                    return

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_a_server_that_talks_for_ever_is_left_at_the_time_limit() -> None:
    """Each line comes in good time; a limit on single reads would never end it."""
    with raw_server(b"220 hello\r\n250-one more\r\n", every_s=0.05) as port:
        began = time.monotonic()
        delivery = deliver(port, timeout_s=0.5)
        took_s = time.monotonic() - began

    assert (delivery.accepted, delivery.passing) == (False, True)
    assert took_s < 3


def test_a_server_that_never_greets_is_left_at_the_time_limit() -> None:
    with raw_server(b"", every_s=0.05) as port:
        began = time.monotonic()
        delivery = deliver(port, timeout_s=0.4)
        took_s = time.monotonic() - began

    assert delivery == Delivery(accepted=False, detail="no answer within 0.4 seconds", passing=True)
    assert took_s < 2


def test_what_is_no_mail_server_is_told_as_such() -> None:
    with raw_server(b"garbage\r\n", every_s=0.05) as port:
        delivery = deliver(port)

    assert delivery == Delivery(accepted=False, detail="what answers there is no mail server", passing=True)


def test_a_server_that_is_not_there_may_come_back() -> None:
    with MailReceiver() as receiver:
        port = receiver.port

    delivery = deliver(port)

    assert (delivery.accepted, delivery.passing) == (False, True)
    assert "refused" in delivery.detail.lower()


def test_a_server_that_does_not_offer_the_protection_asked_for_gets_nothing() -> None:
    """R33: no falling back to plain text."""
    with MailReceiver() as receiver:
        delivery = deliver(receiver.port, Security.STARTTLS)

    assert (delivery.accepted, delivery.passing) == (False, True)
    assert "STARTTLS" in delivery.detail
    assert receiver.messages == []


def server_context(authority: trustme.CA, name: str = LOOPBACK) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


BOTH_WAYS = pytest.mark.parametrize(("security", "implicit"), [(Security.STARTTLS, False), (Security.TLS, True)])


@BOTH_WAYS
def test_a_certificate_of_an_unknown_authority_is_refused(security: Security, implicit: bool) -> None:
    """R33."""
    with MailReceiver(tls=server_context(trustme.CA()), implicit=implicit) as receiver:
        delivery = deliver(receiver.port, security)

    assert (delivery.accepted, delivery.passing) == (False, True)
    assert delivery.detail.startswith("certificate refused: ")
    assert receiver.messages == []


@BOTH_WAYS
def test_a_certificate_for_another_name_is_refused(
    security: Security, implicit: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R33."""
    authority = trustme.CA()
    trust(authority, tmp_path, monkeypatch)
    with MailReceiver(tls=server_context(authority, "mail.example.org"), implicit=implicit) as receiver:
        delivery = deliver(receiver.port, security)

    assert "certificate refused: IP address mismatch" in delivery.detail
    assert receiver.messages == []


@BOTH_WAYS
def test_a_certificate_of_an_authority_that_the_operator_trusts_is_taken(
    security: Security, implicit: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R33: SSL_CERT_FILE names it."""
    authority = trustme.CA()
    trust(authority, tmp_path, monkeypatch)
    with MailReceiver(tls=server_context(authority), implicit=implicit) as receiver:
        delivery = deliver(receiver.port, security)

    assert delivery.accepted
    assert len(receiver.messages) == 1


def trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))


def test_a_password_is_not_in_what_a_server_shows_of_itself() -> None:
    """R37."""
    server = MailServer(host=LOOPBACK, port=25, security=Security.TLS, user="u", password="CanarySecret42")

    assert "CanarySecret42" not in repr(server)
