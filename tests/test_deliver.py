"""One message to one address, through Apprise, to real servers on loopback; and what is kept when they refuse."""

import io
import logging
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from urllib.parse import quote

import pytest
import trustme
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram

from monitor.addresses import expand_addresses
from monitor.channel import UNANSWERED, Address, Channel, Delivery, read_channels
from monitor.configuration import read_configuration
from monitor.deliver import find_limit, send
from monitor.digest import AlertItem
from monitor.escaping import Form
from monitor.message import Limit, Message, compose, compose_trial
from monitor.receivers import LOOPBACK, REFUSALS, Answer, HookReceiver, MailReceiver
from tests.installations import make_place

CANARY = "CanarySecret42"
SLACK_TOKENS = "T1JJ3T3L2/B1JJ3T3L2/abcdefghijklmnopqrstuvwx"
# Python makes pools of four threads and one for each core.
MOST_OF_A_POOL = 4 + (os.cpu_count() or 1)
SEEN_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)


def read_channel(folder: Path, *urls: str) -> Channel:
    names = [f"ADDRESS_{number}" for number in range(len(urls))]
    path = folder / "channels.toml"
    entries = ", ".join(f'"${{{name}}}"' for name in names)
    path.write_text(f"[channels.team]\nurls = [{entries}]\n", encoding="utf-8")
    (channel,), faults = read_channels(path, dict(zip(names, urls, strict=True)))
    assert not faults
    return channel


def read_address(folder: Path, url: str) -> Address:
    return read_channel(folder, url).addresses[0]


def item(alert_id: int = 1, title: str = "UK and Canada sign MoU") -> AlertItem:
    return AlertItem(
        alert_id=alert_id,
        watch="Agreements",
        title=title,
        url=f"https://gds.blog.gov.uk/2017/10/{alert_id}/?a=1&b=2",
        outlet="GDS blog",
        country="GB",
        published_on=date(2017, 10, 13),
        first_seen_at=SEEN_AT,
        snippet=(("They signed a ", False), ("memorandum", True), (" in London.", False)),
    )


def write_message(address: Address, title: str = "UK and Canada sign MoU") -> Message:
    (message,) = compose([item(title=title)], limit=find_limit(address))
    return message


def deliver(address: Address, *, timeout_s: float = 5.0, answer_timeout_s: float = 5.0) -> Delivery:
    return send(address, write_message(address), timeout_s=timeout_s, answer_timeout_s=answer_timeout_s)


def test_mail_arrives_with_the_plain_text_and_the_html_that_were_written(tmp_path: Path) -> None:
    with MailReceiver() as receiver:
        address = read_address(tmp_path, receiver.url)
        delivery = deliver(address)

    assert delivery == Delivery(accepted=True, detail="the server said 250 2.0.0 taken")
    (mail,) = receiver.messages
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n") == write_message(address).text
    assert str(mail["From"]) == "govwatch <alerts@example.org>"
    assert str(mail["To"]) == "policy@example.org"


def test_mail_goes_out_under_the_names_and_headers_of_the_address(tmp_path: Path) -> None:
    with MailReceiver() as receiver:
        url = f"{receiver.url}&name=Digital%20News&reply=desk@example.org&%2BX-Team=policy"
        assert deliver(read_address(tmp_path, url)).accepted

    (mail,) = receiver.messages
    assert str(mail["From"]) == "Digital News <alerts@example.org>"
    assert (mail["Reply-To"], mail["X-Team"]) == ("desk@example.org", "policy")


def test_a_webhook_gets_markdown(tmp_path: Path) -> None:
    with HookReceiver() as receiver:
        address = read_address(tmp_path, receiver.url)
        delivery = deliver(address)

    assert delivery == Delivery(accepted=True, detail="accepted")
    (post,) = receiver.messages
    assert post.path == "/hooks/demotokendemotokendemotoken"
    assert post.text == write_message(address).markdown.rstrip()


def test_a_json_webhook_gets_subject_and_markdown_or_the_form_it_asks_for(tmp_path: Path) -> None:
    with HookReceiver() as receiver:
        for url in (receiver.json_url, f"{receiver.json_url}?format=text"):
            assert deliver(read_address(tmp_path, url)).accepted

    as_markdown, as_text = receiver.messages
    assert as_markdown.body["title"] == as_text.body["title"] == "UK and Canada sign MoU (GDS blog)"
    assert as_markdown.text.startswith("[UK and Canada sign MoU](<https://gds.blog.gov.uk/2017/10/1/?a=1&b=2>)")
    assert as_text.text.startswith("UK and Canada sign MoU\nGDS blog (GB), 13 October 2017\nhttps://")


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> HookReceiver:
    """A receiver to which Apprise's Slack service sends, since it takes no address of its own."""
    receiver = HookReceiver()
    monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{LOOPBACK}:{receiver.port}/services")
    return receiver


def test_slack_gets_its_own_dialect_with_nothing_that_calls_anybody(tmp_path: Path, slack: HookReceiver) -> None:
    """R34: and without the backslashes that Apprise's translation leaves."""
    with slack as receiver:
        address = read_address(tmp_path, f"slack://{SLACK_TOKENS}")
        assert send(address, write_message(address, "<!channel> <@U1> C++ & *R&D* 1.")).accepted

    (post,) = receiver.messages
    assert post.path == f"/services/{SLACK_TOKENS}"
    header, section = post.body["attachments"][0]["blocks"][:2]
    assert header["text"]["text"] == "&lt;!channel&gt; &lt;@U1&gt; C++ &amp; *R&amp;D* 1. (GDS blog)"
    assert section["text"]["type"] == "mrkdwn"
    assert section["text"]["text"].splitlines()[0] == (
        "*<https://gds.blog.gov.uk/2017/10/1/?a=1&amp;b=2|&lt;!channel&gt; &lt;@U1&gt; C++ &amp; ∗R&amp;D∗ 1.>*"
    )
    assert "image_url" not in str(post.body)
    assert set(re.findall(r"<([^>|]*)", str(post.body))) == {"https://gds.blog.gov.uk/2017/10/1/?a=1&amp;b=2"}


def test_a_title_with_brackets_reaches_telegram_as_one_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R34: in the first Markdown of Telegram its bracket would end the link, and name another."""
    with HookReceiver() as receiver:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{LOOPBACK}:{receiver.port}/bot")
        address = read_address(tmp_path, "tgram://123456789:abcdefg_hijklmnop/12315544?format=html&mdv=1")
        assert send(address, write_message(address, "[Withdrawn](https://evil.test) *a_b")).accepted

    (post,) = receiver.messages
    assert post.body["parse_mode"] == "MarkdownV2"
    assert post.body["text"].startswith(
        r"[\[Withdrawn\]\(https\://evil\.test\) \*a\_b](https://gds.blog.gov.uk/2017/10/1/?a=1&b=2)"
    )


def test_teams_gets_links_without_brackets_around_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(LOOPBACK).configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with HookReceiver(tls=tls) as receiver:
        address = read_address(tmp_path, f"workflows://{LOOPBACK}:{receiver.port}/{'a' * 32}/signature")
        assert send(address, write_message(address, "A [title](<https://evil.test>)")).accepted

    (post,) = receiver.messages
    assert post.body["attachments"][0]["content"]["body"][-1]["text"].startswith(
        r"[A \[title\]\(\<https\://evil\.test\>\)](https://gds.blog.gov.uk/2017/10/1/?a=1&b=2)"
    )


def test_five_hundred_items_reach_slack_in_blocks_that_it_takes(tmp_path: Path, slack: HookReceiver) -> None:
    """R12: Slack refuses a whole message over a 3,000-character block or a 150-character header."""
    items = [item(number, title=f"Number {number} & " + "<&> " * (number % 60)) for number in range(1, 501)]
    with slack as receiver:
        address = read_address(tmp_path, f"slack://{SLACK_TOKENS}")
        for message in compose(items, limit=find_limit(address)):
            assert send(address, message).accepted

    blocks = [block for post in receiver.messages for block in post.body["attachments"][0]["blocks"]]
    assert max(len(block["text"]["text"]) for block in blocks if block["type"] == "section") <= 3000
    assert max(len(block["text"]["text"]) for block in blocks if block["type"] == "header") <= 150
    linked = re.findall(
        r"<https://gds.blog.gov.uk/2017/10/(\d+)/\?a=1&amp;b=2\|", "".join(p.text for p in receiver.messages)
    )
    assert [int(number) for number in linked] == list(range(1, 501))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mailtos://u:p@example.org", Limit(form=Form.HTML)),
        ("mailtos://u:p@example.org?format=text", Limit(form=Form.TEXT, max_chars=29491)),
        (f"slack://{SLACK_TOKENS}", Limit(form=Form.MRKDWN, max_chars=2900)),
        (f"discord://{'1' * 18}/{'a' * 68}", Limit(form=Form.MARKDOWN, max_chars=1650)),
        ("mmosts://example.org/token", Limit(form=Form.MARKDOWN, max_chars=3600)),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", Limit(form=Form.MARKDOWN, max_chars=3686)),
        ("tgram://123456789:abcdefg_hijklmnop/12315544?format=html", Limit(form=Form.MARKDOWN, max_chars=3686)),
        ("ntfys://example.org/topic", Limit(form=Form.TEXT, max_chars=1300)),
        ("smseagle://token@example.org/11234567890", Limit(form=Form.TEXT, max_chars=1080)),
        ("46elks://user:pass@+46701234567/+46701234567", Limit(form=Form.SHORT, max_chars=160)),
        ("nonsense://x", Limit(form=Form.TEXT)),
    ],
)
def test_each_channel_has_its_form_and_its_limit(tmp_path: Path, url: str, expected: Limit) -> None:
    """R12."""
    assert find_limit(read_address(tmp_path, url)) == expected


@pytest.mark.parametrize(
    ("answer", "said", "passing"),
    [
        (Answer.REFUSE, "the service answered 400 invalid_payload", False),
        (Answer.REFUSE_RECIPIENT, "the service answered 404 no_service", False),
        (Answer.TOO_MANY, 'the service answered 429 {"message": "rate limited"', True),
        (Answer.REFUSE_FOR_NOW, "the service answered 503 try again later", True),
        (Answer.REDIRECT, "the service answered 302", True),
        (Answer.DROP, "closed connection without response", True),
        (Answer.HANG, "handed over, and no answer came within 0.5 seconds", True),
    ],
)
def test_a_webhook_that_does_not_accept_says_why_and_whether_it_may_pass(
    tmp_path: Path, answer: Answer, said: str, passing: bool
) -> None:
    """R11: and a redirect, which would turn the POST into a GET that succeeds, is no success."""
    with HookReceiver() as receiver:
        receiver.answer = answer
        for url in (receiver.url, receiver.json_url):
            delivery = deliver(read_address(tmp_path, url), answer_timeout_s=0.5 if answer is Answer.HANG else 10)
            assert (delivery.accepted, delivery.passing) == (False, passing)
            assert said in delivery.detail
            assert delivery.is_about_message == (answer is Answer.REFUSE)
            assert delivery.is_unanswered == (answer is Answer.HANG)

    assert receiver.messages == []


def test_the_words_by_which_an_unanswered_message_is_counted_are_none_of_its_secrets(tmp_path: Path) -> None:
    with HookReceiver() as receiver:
        receiver.answer = Answer.HANG
        url = receiver.json_url.rpartition("/")[0]
        delivery = deliver(read_address(tmp_path, f"{url}/over/answer"), answer_timeout_s=0.3)

    assert delivery.detail == f"{UNANSWERED} within 0.3 seconds"


class Dripping(StreamRequestHandler):
    """Answers drop by drop, for as long as somebody listens."""

    def handle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):
            while not self.server.is_over.wait(0.05):  # type: ignore[attr-defined]  # the test's own
                self.wfile.write(b".")


def test_services_that_answer_drop_by_drop_keep_nobody_else_out(tmp_path: Path) -> None:
    with ThreadingTCPServer((LOOPBACK, 0), Dripping) as server, HookReceiver() as receiver:
        server.is_over = Event()  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        dripping = read_address(tmp_path, f"json://{LOOPBACK}:{server.server_address[1]}")
        slow = [deliver(dripping, timeout_s=0.1, answer_timeout_s=0.1) for _ in range(MOST_OF_A_POOL)]
        healthy = deliver(read_address(tmp_path, receiver.json_url))
        server.is_over.set()  # type: ignore[attr-defined]
        server.shutdown()

    assert {delivery.detail for delivery in slow} == {f"{UNANSWERED} within 0.2 seconds"}
    assert healthy.accepted


def test_of_a_page_of_html_that_a_proxy_answers_only_the_words_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "<html><head><style>p {color: red}</style></head><body><h1>Fermé</h1>\n<p>Revenez &amp; essayez.</p></body></html>"
    monkeypatch.setitem(REFUSALS, Answer.REFUSE_FOR_NOW, (503, page.encode()))
    with HookReceiver() as receiver:
        receiver.answer = Answer.REFUSE_FOR_NOW
        delivery = deliver(read_address(tmp_path, receiver.json_url), timeout_s=10)

    assert delivery.detail == "the service answered 503 Fermé Revenez & essayez."


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"message": "slow down", "retry_after": 64.57, "global": false}', 65),
        (b'{"ok": false, "parameters": {"retry_after": 35}}', 35),
        (b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}', 3),
        (b'{"retry_after": "soon"}', 0),
        (b"", 0),
    ],
)
def test_how_long_a_service_wants_to_be_left_alone_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, seconds: int
) -> None:
    monkeypatch.setitem(REFUSALS, Answer.TOO_MANY, (429, body))
    with HookReceiver() as receiver:
        receiver.answer = Answer.TOO_MANY
        delivery = deliver(read_address(tmp_path, receiver.json_url))

    assert (delivery.passing, delivery.retry_after_s) == (True, seconds)


@pytest.mark.parametrize("extra", ["optional=yes", "overflow=truncate"])
def test_no_option_of_an_address_makes_a_refusal_pass_for_accepted(tmp_path: Path, extra: str) -> None:
    """R2."""
    with HookReceiver() as receiver:
        receiver.answer = Answer.REFUSE_FOR_NOW
        delivery = deliver(read_address(tmp_path, f"{receiver.json_url}?{extra}"))

    assert not delivery.accepted


def test_one_address_that_is_down_does_not_touch_the_other(tmp_path: Path) -> None:
    """R4: one call per address, so the one that worked is known to have."""
    with MailReceiver() as mail, HookReceiver() as hook:
        hook.answer = Answer.REFUSE_FOR_NOW
        channel = read_channel(tmp_path, mail.url, hook.url)
        outcomes = [deliver(address).accepted for address in channel.addresses]

    assert outcomes == [True, False]
    assert (len(mail.messages), len(hook.messages)) == (1, 0)


def test_a_trial_message_takes_the_way_of_an_alert(tmp_path: Path) -> None:
    """R11."""
    with MailReceiver() as mail:
        channel = read_channel(tmp_path, mail.url)
        trial = compose_trial(channel.name, at=SEEN_AT)
        assert send(channel.addresses[0], trial).accepted
        mail.answer = Answer.REFUSE
        assert not send(channel.addresses[0], trial).accepted

    assert [str(each["Subject"]) for each in mail.messages] == ["govwatch can reach team"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"nonsense://{CANARY}", "Apprise does not understand this address"),
        (f"slack://{CANARY}", "Apprise does not understand this address"),
        (f"mailto://mail..example.org?from={CANARY}@b.org&to=c@b.org", "it names no mail server that could be reached"),
        (f"mailtos://user:{CANARY}@example.org?to={CANARY}", "a recipient in it is not one that this service can"),
        (f"sendgrid://{CANARY}:from@example.org/a@b.org/c@b.org?cc=d@b.org", "has 2 recipients that cannot be told"),
        (f"mailtos://user:{CANARY}@example.org?verify=no", "verify=no would let anyone read along"),
        (f"jsons://example.org/{CANARY}?verify=no", "verify=no would let anyone read along"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_fault_and_gets_nothing(tmp_path: Path, url: str, expected: str) -> None:
    """R4, R33, R37."""
    channel = read_channel(tmp_path, "json://example.org/fine", url)

    (fault,) = expand_addresses([channel]).faults

    assert str(fault).startswith(f"{tmp_path / 'channels.toml'}:2: channels.team.urls[2]: {expected}")
    assert CANARY not in str(fault)
    delivery = deliver(channel.addresses[1])
    assert (delivery.accepted, delivery.passing) == (False, False)
    assert expected in delivery.detail


def expand(folder: Path, url: str) -> list[Address]:
    """The addresses that one entry comes to; their recipients are the only ones to whom anything goes."""
    expansion = expand_addresses([read_channel(folder, url)])
    assert not expansion.faults
    return list(expansion.channels[0].addresses)


def find_recipients(folder: Path, url: str) -> list[str | None]:
    return [one.recipient.get_secret_value() if one.recipient else None for one in expand(folder, url)]


MAIL = "mailtos://user:pass@example.org"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{MAIL}", [None]),
        (f"{MAIL}?to=a@b.org", [None]),
        (f"{MAIL}?to=a@b.org,c@b.org", ["a@b.org", "c@b.org"]),
        (f"{MAIL}?to=a@b.org;c@b.org&format=text", ["a@b.org", "c@b.org"]),
        (f"{MAIL}?to=a@b.org%20c@b.org", ["a@b.org", "c@b.org"]),
        (f"{MAIL}/a@b.org/c@b.org", ["a@b.org", "c@b.org"]),
        (f"{MAIL}?to=a@b.org&cc=c@b.org&bcc=d@b.org,e@b.org", ["a@b.org", "c@b.org", "d@b.org", "e@b.org"]),
        (f"{MAIL}?cc=a@b.org", ["user@example.org", "a@b.org"]),
        (f"{MAIL}?to=a@b.org,A@B.org&cc=a@b.org", ["a@b.org"]),
        (f'{MAIL}?to="Doe,%20Jo"<a@b.org>,Ann<c@b.org>', ['"Doe, Jo"<a@b.org>', "Ann<c@b.org>"]),
        (f"slack://{SLACK_TOKENS}", [None]),
        (f"slack://{SLACK_TOKENS}/#one", [None]),
        (f"slack://{SLACK_TOKENS}/#one/#two,three", ["#one", "#two", "three"]),
        ("mmosts://example.org/token?channels=one,two", ["one", "two"]),
        ("ntfys://example.org/one/two", ["one", "two"]),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/12315545", ["12315544", "12315545"]),
        ("46elks://user:pass@+46701234567/+46701234567/+46701234568", ["+46701234567", "+46701234568"]),
        ("sendgrid://abcdefghijklmnopqrstuvwxyz:from@example.org/a@b.org?cc=c@b.org", [None]),
        ("json://example.org/hook", [None]),
    ],
)
def test_an_entry_with_several_recipients_is_one_address_for_each(
    tmp_path: Path, url: str, expected: list[str | None]
) -> None:
    """R4."""
    assert find_recipients(tmp_path, url) == expected


def test_each_recipient_of_an_entry_has_a_label_and_an_id_that_others_do_not_change(tmp_path: Path) -> None:
    """None has the id that one alone would have, since the first may be another tomorrow."""
    (alone,) = expand(tmp_path, f"{MAIL}?to=a@b.org")
    three = expand(tmp_path, f"{MAIL}?to=a@b.org,c@b.org,d@b.org")
    other_order = expand(tmp_path, f"{MAIL.replace('pass', 'new')}?to=D<d@b.org>,a@b.org,C@b.org")
    without = expand(tmp_path, f"{MAIL}?to=a@b.org&bcc=d@b.org")

    assert [one.label for one in three] == ["team mailtos 1.1", "team mailtos 1.2", "team mailtos 1.3"]
    first, second, third = (one.id for one in three)
    assert len({first, second, third, alone.id}) == 4
    assert [one.id for one in other_order] == [third, first, second]
    assert [one.id for one in without] == [first, third]
    assert [one.former_id for one in three] == [alone.id, None, None]
    assert alone.former_id == first


def test_each_recipient_gets_a_mail_of_its_own_and_one_refusal_touches_no_other(tmp_path: Path) -> None:
    """R4: and nobody sees who else gets it."""
    with MailReceiver() as receiver:
        url = f"mailto://{LOOPBACK}:{receiver.port}?from=alerts@example.org&to=Ann<a@b.org>,c@b.org&cc=d@b.org"
        first, second, third = expand(tmp_path, url)
        assert deliver(first).accepted
        receiver.answer = Answer.REFUSE_RECIPIENT
        refused = deliver(second)
        receiver.answer = Answer.ACCEPT
        assert deliver(third).accepted

    assert refused == Delivery(
        accepted=False,
        detail="the server said 550 5.1.1 <***>: no such user here",
        passing=False,
        is_about_message=True,
    )
    ann, other = receiver.messages
    assert (ann["To"], ann["X-Envelope-To"], ann["Cc"]) == ("Ann <a@b.org>", "a@b.org", None)
    assert (other["To"], other["X-Envelope-To"], other["Cc"]) == ("d@b.org", "d@b.org", None)


def test_each_channel_behind_a_slack_webhook_gets_a_post_of_its_own(tmp_path: Path, slack: HookReceiver) -> None:
    """R4."""
    with slack as receiver:
        for address in expand(tmp_path, f"slack://{SLACK_TOKENS}/#one/two"):
            assert deliver(address).accepted

    assert [post.body["channel"] for post in receiver.messages] == ["#one", "#two"]


def test_a_webhook_address_as_slack_shows_it_is_taken(tmp_path: Path, slack: HookReceiver) -> None:
    with slack as receiver:
        (address,) = expand(tmp_path, f"https://hooks.slack.com/services/{SLACK_TOKENS}")
        assert find_limit(address).form == Form.MRKDWN
        assert deliver(address).accepted

    (post,) = receiver.messages
    assert post.path == f"/services/{SLACK_TOKENS}"


def test_a_recipient_that_is_none_is_a_fault_and_not_left_out(tmp_path: Path) -> None:
    """Apprise would drop it without a word; its neighbours do not hide it."""
    expansion = expand_addresses([read_channel(tmp_path, f"{MAIL}?to=a@b.org,nobody,c@b.org")])

    (fault,) = expansion.faults
    assert "a recipient in it is not one" in fault.message
    assert [deliver(one).passing for one in expansion.channels[0].addresses if one.label.endswith(".2")] == [False]


def test_a_fault_of_an_entry_is_told_once_for_all_its_recipients(tmp_path: Path) -> None:
    expansion = expand_addresses([read_channel(tmp_path, f"{MAIL}?to=a@b.org,c@b.org&verify=no")])

    assert [fault.key for fault in expansion.faults] == ["channels.team.urls[1]"]


def test_an_address_with_several_recipients_that_was_not_split_gets_nothing(tmp_path: Path) -> None:
    """R4: one yes for two people would be no answer."""
    delivery = deliver(read_address(tmp_path, f"{MAIL}?to=a@b.org,c@b.org"))

    assert (delivery.accepted, delivery.passing) == (False, False)
    assert "has 2 recipients" in delivery.detail


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        (f"mailto://user:{CANARY}@example.org?to=a@b.org", True),
        (f"mailto://user:{CANARY}@10.0.0.5?from=a@b.org&to=a@b.org", True),
        (f"mailtos://user:{CANARY}@example.org?to=a@b.org&mode=insecure", True),
        (f"mailto://user:{CANARY}@example.org?to=a@b.org&mode=starttls", False),
        (f"mailto://user:{CANARY}@127.0.0.1?from=a@b.org&to=a@b.org", False),
        (f"mailto://user:{CANARY}@localhost?from=a@b.org&to=a@b.org", False),
        ("mailto://example.org?from=a@b.org&to=a@b.org", False),
        (f"mailtos://user:{CANARY}@example.org?to=a@b.org", False),
        (f"json://user:{CANARY}@example.org", False),
    ],
)
def test_a_password_that_travels_unprotected_is_warned_of_and_no_fault(tmp_path: Path, url: str, warned: bool) -> None:
    """R37: without showing it."""
    expansion = expand_addresses([read_channel(tmp_path, url)])

    assert not expansion.faults
    assert len(expansion.warnings) == warned
    for warning in expansion.warnings:
        assert warning.startswith(f"{tmp_path / 'channels.toml'}:2: channels.team.urls[1]: the password travels")
        assert CANARY not in warning


def test_the_configuration_has_an_address_for_each_recipient_and_the_warnings(tmp_path: Path) -> None:
    place = make_place(tmp_path, MAIL=f"mailto://user:{CANARY}@example.org?to=a@b.org,c@b.org")
    place.write("channels.toml", "[channels.team]\nurls = ['${MAIL}']\n")

    configuration = read_configuration(tmp_path / "config", place.environ)

    assert [one.label for one in configuration.channels[0].addresses] == ["team mailto 1.1", "team mailto 1.2"]
    assert sum("the password travels unprotected" in warning for warning in configuration.warnings) == 1


def test_a_configuration_without_channels_does_not_wait_for_apprise(tmp_path: Path) -> None:
    make_place(tmp_path)
    program = (
        "import sys; from pathlib import Path; from monitor.configuration import read_configuration;"
        "read_configuration(Path(sys.argv[1]), {}); print('apprise' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "config")], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("password", [CANARY, "pass wörd/€"])
def test_a_password_is_used_on_a_plain_connection(tmp_path: Path, password: str) -> None:
    with MailReceiver() as receiver:
        url = receiver.url.replace("mailto://", f"mailto://user:{quote(password, safe='')}@")
        assert deliver(read_address(tmp_path, url)).accepted

    assert receiver.logins == [("user", password)]


@pytest.mark.parametrize("option", ["%2BSender=%22", "smtp=mail..example.org"])
def test_an_address_that_a_library_stumbles_over_is_refused_and_holds_up_nobody(tmp_path: Path, option: str) -> None:
    """R3. The standard library has an IndexError for a Sender header of a single quotation mark."""
    with MailReceiver() as receiver:
        delivery = deliver(read_address(tmp_path, f"{receiver.url}&{option}"))

    assert (delivery.accepted, delivery.passing, receiver.messages) == (False, True, [])
    assert delivery.detail


def test_mail_that_is_to_be_encrypted_is_never_sent_in_clear(tmp_path: Path) -> None:
    with MailReceiver() as receiver:
        delivery = deliver(read_address(tmp_path, f"{receiver.url}&pgp=encrypt"))

    assert not delivery.accepted
    assert receiver.messages == []


@pytest.fixture
def root_log() -> Iterator[io.StringIO]:
    """Everything that reaches the root logger, as an operator's log file would have it."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    handler.addFilter(lambda record: not record.name.startswith("mail"))  # the receiver's own log
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.mark.parametrize(
    "template",
    [
        f"json://user:{CANARY}@{{host}}/hooks/x",
        f"json://{{host}}/hooks/{CANARY}",
        f"json://{{host}}/hooks/x?-token={CANARY}",
        f"mmost://{{host}}/{CANARY.lower()}",
        f"xml://{{host}}/hooks/{CANARY}",
        f"form://{{host}}/hooks/{CANARY}?:token={CANARY}",
        f"ntfy://{{host}}/{CANARY}",
        f"gotify://{{host}}/{CANARY}",
        f"mailtos://user:{CANARY}@{{host}}?from=a@example.org",
        f"mailto://{{host}}?from=a@example.org&to={CANARY}@example.org&mode=insecure",
        f"mailto://{{host}}?from=a@example.org&to=b@example.org,Ann<{CANARY}@example.org>",
        f"mailto://{{host}}/{CANARY}@example.org/c@example.org?from=a@example.org",
        f"mailto://user:{CANARY}@{{host}}?from=a@example.org",
        f"ntfy://{{host}}/topic/{CANARY}",
    ],
)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_secret_shows_in_no_log_and_no_detail(
    tmp_path: Path, root_log: io.StringIO, capfd: pytest.CaptureFixture[str], template: str, is_there: bool
) -> None:
    """R37: whether the other end answers with an error or is not there."""
    with HookReceiver() as hook, MailReceiver() as mail:
        hook.answer = Answer.REFUSE_FOR_NOW
        mail.answer = Answer.REFUSE_RECIPIENT
        port = mail.port if template.startswith("mailto") else hook.port
        addresses = expand(tmp_path, template.format(host=f"{LOOPBACK}:{port if is_there else 1}"))
        deliveries = [deliver(address, timeout_s=3) for address in addresses]

    assert not any(delivery.accepted for delivery in deliveries)
    details = [delivery.detail for delivery in deliveries]
    assert all(details)
    shown = "\n".join((*details, root_log.getvalue(), *capfd.readouterr(), repr(addresses)))
    assert CANARY.lower() not in shown.lower()


def test_many_threads_deliver_at_once(tmp_path: Path) -> None:
    with MailReceiver() as mail, HookReceiver() as hook:
        channel = read_channel(tmp_path, mail.url, hook.url, hook.json_url)
        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(deliver, channel.addresses * 8))

    assert all(outcome.accepted for outcome in outcomes)
    assert (len(mail.messages), len(hook.messages)) == (8, 16)
