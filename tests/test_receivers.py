"""The receivers on loopback are real servers, and answer as they are told."""

import http.client
import json
import smtplib
import threading
import urllib.error
import urllib.request

import pytest

from monitor.receivers import LOOPBACK, Answer, HookReceiver, MailReceiver, Post


def send_mail(receiver: MailReceiver) -> None:
    with smtplib.SMTP(LOOPBACK, receiver.port, "client.example", timeout=5) as smtp:
        smtp.sendmail("a@example.org", ["policy@example.org"], "Subject: Hello\r\n\r\nBody\r\n")


def post(receiver: HookReceiver, path: str = "/hooks/x") -> bytes:
    request = urllib.request.Request(f"http://{LOOPBACK}:{receiver.port}{path}", json.dumps({"text": "hi"}).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def test_a_mail_that_is_accepted_is_kept_parsed_with_its_recipient() -> None:
    with MailReceiver() as receiver:
        send_mail(receiver)

    (mail,) = receiver.messages
    assert (mail["Subject"], mail["X-Envelope-To"], mail.get_content()) == ("Hello", "policy@example.org", "Body\r\n")
    assert receiver.url.startswith(f"mailto://127.0.0.1:{receiver.port}?")


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer.REFUSE, 550), (Answer.REFUSE_FOR_NOW, 451), (Answer.TOO_MANY, 452)],
)
def test_a_mail_can_be_refused(answer: Answer, code: int) -> None:
    with MailReceiver() as receiver:
        receiver.answer = answer
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send_mail(receiver)

    assert refused.value.smtp_code == code
    assert receiver.messages == []
    assert receiver.attempts == 1


def test_a_recipient_can_be_refused() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.REFUSE_RECIPIENT
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send_mail(receiver)

    assert receiver.messages == []


def test_the_connection_can_be_dropped_before_the_answer() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.DROP
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send_mail(receiver)

    assert receiver.messages == []


def test_a_hanging_receiver_ends_with_its_block() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.HANG
        smtp = smtplib.SMTP(LOOPBACK, receiver.port, "client.example", timeout=0.2)
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            smtp.sendmail("a@example.org", ["b@example.org"], "x")
        smtp.close()

    assert receiver.messages == []
    assert "mail receiver" not in {thread.name for thread in threading.enumerate()}


def test_a_receiver_takes_mail_again_when_told_to() -> None:
    with MailReceiver() as receiver:
        receiver.answer = Answer.REFUSE
        with pytest.raises(smtplib.SMTPDataError):
            send_mail(receiver)
        receiver.answer = Answer.ACCEPT
        send_mail(receiver)

    assert len(receiver.messages) == 1
    assert receiver.attempts == 2


def test_a_webhook_keeps_what_it_accepts() -> None:
    with HookReceiver() as receiver:
        assert post(receiver) == b"ok"

    assert receiver.messages == [Post(path="/hooks/x", body={"text": "hi"})]
    assert receiver.messages[0].text == "hi"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Answer.REFUSE, 400), (Answer.REFUSE_RECIPIENT, 404), (Answer.TOO_MANY, 429), (Answer.REFUSE_FOR_NOW, 503)],
)
def test_a_webhook_can_refuse(answer: Answer, code: int) -> None:
    with HookReceiver() as receiver:
        receiver.answer = answer
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(receiver)
        refused.value.close()

    assert refused.value.code == code
    assert (receiver.messages, receiver.attempts) == ([], 1)


def test_a_webhook_can_drop_the_connection_and_redirect() -> None:
    with HookReceiver() as receiver:
        receiver.answer = Answer.DROP
        with pytest.raises(ConnectionError):
            post(receiver)
        receiver.answer = Answer.REDIRECT
        assert post(receiver) == b"ok"

    assert receiver.messages == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"text": "plain"}, "plain"),
        ({"title": "t", "message": "json"}, "json"),
        (
            {"attachments": [{"blocks": [{"text": {"text": "a"}}, {"type": "divider"}, {"text": {"text": "b"}}]}]},
            "a\nb",
        ),
        ({}, ""),
    ],
)
def test_the_text_of_a_post_is_what_a_person_would_read(body: dict[str, object], text: str) -> None:
    assert Post(path="/", body=body).text == text


@pytest.mark.parametrize("answer", [Answer.AWAY, Answer.DROP_MIDWAY])
def test_a_receiver_can_go_away_before_or_amidst_a_message(answer: Answer) -> None:
    with MailReceiver() as mail, HookReceiver() as hook:
        mail.answer = hook.answer = answer
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send_mail(mail)
        with pytest.raises((urllib.error.URLError, ConnectionError, http.client.RemoteDisconnected)):
            post(hook)
        mail.answer = hook.answer = Answer.ACCEPT
        send_mail(mail)
        post(hook)

    assert (mail.attempts, hook.attempts) == (2, 2)
    assert (len(mail.messages), len(hook.messages)) == (1, 1)


def test_one_recipient_can_be_unknown_while_others_are_served() -> None:
    with MailReceiver() as receiver:
        receiver.unknown = {"policy@example.org"}
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send_mail(receiver)
        receiver.unknown = {"other@example.org"}
        send_mail(receiver)

    assert len(receiver.messages) == 1
