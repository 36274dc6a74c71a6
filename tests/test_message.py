"""What a message says, in every form, whatever was crawled and however much of it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.announcement import TextState
from crawler.source import SourceKind
from monitor.digest import TITLE_CHARS, AlertItem, Telling
from monitor.escaping import Form
from monitor.message import SUBJECT_CHARS, Frame, Limit, Message, Notice, compose, compose_notice, compose_trial

SEEN_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)
LONG_FORMS = (Form.HTML, Form.TEXT, Form.MARKDOWN, Form.MRKDWN)


def item(alert_id: int = 1, **changes: Any) -> AlertItem:
    values: dict[str, Any] = {
        "alert_id": alert_id,
        "watch": "Agreements",
        "title": f"UK and Canada sign MoU number {alert_id}",
        "url": f"https://gds.blog.gov.uk/2017/10/{alert_id}/",
        "outlet": "GDS blog",
        "country": "GB",
        "published_on": date(2017, 10, 13),
        "first_seen_at": SEEN_AT,
        "terms": ("memorandum of understanding",),
        "snippet": (("They signed a ", False), ("memorandum of understanding", True), (" in London.", False)),
    }
    return AlertItem(**{**values, **changes})


def compose_one(*items: AlertItem, limit: Limit = Limit(form=Form.HTML)) -> Message:  # noqa: B008 - frozen
    (message,) = compose(items, limit=limit)
    return message


def test_a_message_says_what_it_is_where_it_is_from_when_and_why() -> None:
    message = compose_one(item())

    assert message.subject == "UK and Canada sign MoU number 1 (GDS blog)"
    assert message.text.splitlines() == [
        "UK and Canada sign MoU number 1",
        "GDS blog (GB), 13 October 2017",
        "https://gds.blog.gov.uk/2017/10/1/",
        "",
        "    They signed a *memorandum of understanding* in London.",
        "",
        "Why: watch “Agreements” found “memorandum of understanding”.",
        "",
        "-- ",
        "Sent by govwatch.",
    ]


def test_the_html_links_the_title_and_marks_what_was_found() -> None:
    page = html.document_fromstring(compose_one(item()).html)

    (link,) = page.iter("a")
    assert (link.get("href"), link.text) == ("https://gds.blog.gov.uk/2017/10/1/", "UK and Canada sign MoU number 1")
    assert [mark.text for mark in page.iter("mark")] == ["memorandum of understanding"]
    assert "GDS blog (GB) · 13 October 2017" in page.text_content()
    assert "Why: watch “Agreements” found “memorandum of understanding”." in page.text_content()


def test_markdown_and_slack_say_the_same() -> None:
    message = compose_one(item(terms=("MoU", "letter of intent", "treaty"), in_title=True))

    why = "Why: watch “Agreements” found “MoU”, “letter of intent” and “treaty” in the title"
    assert message.markdown.splitlines() == [
        "[UK and Canada sign MoU number 1](<https://gds.blog.gov.uk/2017/10/1/>)",
        "",
        "GDS blog (GB) · 13 October 2017",
        "",
        "> They signed a **memorandum of understanding** in London\\.",
        "",
        f"{why}.",
    ]
    assert message.mrkdwn.splitlines() == [
        "*<https://gds.blog.gov.uk/2017/10/1/|UK and Canada sign MoU number 1>*",
        "GDS blog (GB) · 13 October 2017",
        "> They signed a *memorandum of understanding* in London.",
        f"{why}.",
    ]


@pytest.mark.parametrize("form", LONG_FORMS)
def test_a_missing_day_is_said_to_be_missing(form: Form) -> None:
    """R21: never "now"."""
    message = compose_one(item(published_on=None))

    assert "date not stated; first seen 13 October 2017" in message.in_form(form)


@pytest.mark.parametrize("form", LONG_FORMS)
def test_a_change_and_an_unread_text_are_said_to_be_so(form: Form) -> None:
    message = compose_one(item(is_changed=True, text_state=TextState.MISSING, snippet=()))

    assert message.subject.startswith("Changed: UK and Canada")
    assert "Changed: " in message.in_form(form)
    assert "The page could not be read yet" in message.in_form(form)


@pytest.mark.parametrize(
    ("terms", "in_title", "why"),
    [((), True, "matched in the title."), ((), False, "matched."), (("MoU", "LoI"), False, "found “MoU” and “LoI”.")],
)
def test_the_reason_reads_as_a_sentence(terms: tuple[str, ...], in_title: bool, why: str) -> None:
    assert f"Why: watch “Agreements” {why}" in compose_one(item(terms=terms, in_title=in_title)).text


def test_nothing_to_say_makes_no_message() -> None:
    """R7."""
    assert compose([]) == ()


def test_an_announcement_that_two_watches_found_is_shown_once_with_both() -> None:
    """R7."""
    message = compose_one(item(1), item(2, url=item(1).url, title=item(1).title, watch="Canada"), item(3))

    assert message.alert_ids == (1, 2, 3)
    for form in LONG_FORMS:
        assert message.in_form(form).count(item(1).url) == 1
    assert message.text.count("They signed a") == 2
    assert "Why: watch “Agreements” found" in message.text
    assert "Why: watch “Canada” found" in message.text


def test_announcements_are_grouped_by_watch_when_there_are_several() -> None:
    message = compose_one(item(1, watch="One"), item(2, watch="Two"), item(3, watch="One"))

    assert [line for line in message.text.splitlines() if "number" in line or line.startswith("==")] == [
        "== Watch “One” == (2)",
        "UK and Canada sign MoU number 1",
        "UK and Canada sign MoU number 3",
        "== Watch “Two” ==",
        "UK and Canada sign MoU number 2",
    ]
    assert "==" not in compose_one(item(1), item(2)).text


def test_ten_times_the_display_limit_is_shown_in_full_and_each_part_says_which_it_is() -> None:
    """R6."""
    messages = compose([item(number) for number in range(1, 201)], max_items=20)

    assert [alert_id for message in messages for alert_id in message.alert_ids] == list(range(1, 201))
    assert len(messages) == 10
    assert [messages[0].subject, messages[9].subject] == [
        "200 announcements: Agreements (1 of 10)",
        "200 announcements: Agreements (10 of 10)",
    ]
    for form in LONG_FORMS:
        assert "Message 1 of 10: announcements 1 to 20 of 200" in messages[0].in_form(form).replace("\\", "")
        assert "Message 10 of 10: announcements 181 to 200 of 200" in messages[-1].in_form(form).replace("\\", "")


def test_a_last_part_of_one_is_named_in_the_singular() -> None:
    messages = compose([item(number) for number in range(1, 4)], max_items=2)

    assert "Message 2 of 2: announcement 3 of 3." in messages[1].text


def test_several_announcements_that_fit_are_counted_in_the_subject() -> None:
    def subject(*watches: str) -> str:
        return compose_one(*(item(number, watch=watch) for number, watch in enumerate(watches))).subject

    assert subject("Digital identity", "Digital identity") == "2 announcements: Digital identity"
    assert subject("One", "Two") == "2 announcements: One, Two"
    assert subject("One", "Two", "Three", "Four") == "4 announcements: One, Two and 2 more"


def test_a_long_name_of_a_watch_does_not_push_the_number_of_a_part_out_of_its_subject() -> None:
    messages = compose([item(number, watch="word " * 60) for number in range(1, 4)], max_items=2)

    assert messages[1].subject.endswith("… (2 of 2)")
    assert len(messages[1].subject) <= SUBJECT_CHARS


def test_the_foot_stands_under_the_last_message_only_and_fits() -> None:
    """R12."""
    frame = Frame(foot="Checked: 104 of 106 sources. " + "Not read. " * 60, channel="team", contact="ops@example.org")
    items = [item(number) for number in range(1, 31)]

    for limit in (Limit(form=Form.HTML), Limit(form=Form.MRKDWN, max_chars=2900), Limit(form=Form.TEXT, max_chars=900)):
        *others, last = compose(items, limit=limit, frame=frame)
        assert others
        assert "104 of 106 sources" in last.in_form(limit.form)
        assert not any("104 of 106" in message.in_form(limit.form) for message in others)
        assert limit.max_chars is None or len(last.in_form(limit.form)) <= limit.max_chars


def test_a_mail_says_who_gets_it_and_whom_to_write_to() -> None:
    message = compose([item()], frame=Frame(channel="policy-team", contact="ops@example.org"))[0]

    said = "Sent by govwatch to policy-team. To change or end these messages, write to ops@example.org."
    assert message.text.endswith(f"-- \n{said}\n")
    assert said in html.document_fromstring(message.html).text_content()


def test_messages_on_one_story_and_parts_of_one_digest_hang_together() -> None:
    first, again = (compose_one(item(number, story="7 2017")) for number in (1, 9))
    parts = compose([item(number, story=str(number)) for number in range(1, 4)], max_items=2)

    assert first.thread == again.thread != ""
    assert first.key != again.key
    assert [part.thread for part in parts] == ["", parts[0].key]
    assert compose_one(item(1, story="1"), item(2, story="2")).thread == ""


def test_a_replay_is_another_message_and_says_so() -> None:
    (replay,) = compose([item()], frame=Frame(prefix="Replay: ", occasion="today", note="Sent again on request."))

    assert replay.subject == "Replay: UK and Canada sign MoU number 1 (GDS blog)"
    assert replay.key != compose_one(item()).key
    for form in LONG_FORMS:
        assert replay.in_form(form).replace("\\", "").count("Sent again on request.") == 1
    assert replay.short.startswith("Replay: ")


def test_an_urgent_announcement_is_called_so() -> None:
    message = compose_one(item(is_urgent=True))

    assert message.subject == "Urgent: UK and Canada sign MoU number 1 (GDS blog)"
    for form in LONG_FORMS:
        assert "Urgent" in message.in_form(form)
    assert message.short.startswith("Urgent: ")


def test_a_story_names_who_else_tells_it_and_counts_them_in_the_subject() -> None:
    also = tuple(
        Telling(title=f"Telling {n}", url=f"https://x.org/{n}", outlet=f"Paper {n}", kind=SourceKind.TRADE_PRESS)
        for n in range(5)
    )
    message = compose_one(item(also=also))

    assert message.subject == "UK and Canada sign MoU number 1 (+5 outlets)"
    for form in LONG_FORMS:
        text = message.in_form(form)
        assert ["https://x.org/2" in text, "https://x.org/3" in text, "and 2 more" in text] == [True, False, True]


def test_a_notice_is_written_in_every_form_and_settles_nothing() -> None:
    notice = Notice(key="x", subject="Nothing found\r\nBcc: a@b.org", lines=("First <b>", "Second"))
    message = compose_notice(notice, limit=Limit(form=Form.SHORT, max_chars=20), frame=Frame(foot="Checked."))

    assert (message.subject, message.alert_ids) == ("Nothing found Bcc: a@b.org", ())
    assert len(message.short) <= 20
    assert message.text == "First <b>\n\nSecond\n\n-- \nChecked.\nSent by govwatch.\n"
    assert "First &lt;b&gt;" in message.html
    assert message.markdown == "First \\<b\\>\n\nSecond\n\nChecked\\.\n"
    assert message.mrkdwn == "First &lt;b&gt;\n\nSecond\n\nChecked.\n"


@pytest.mark.parametrize(
    "limit",
    [
        Limit(form=Form.MRKDWN, max_chars=2900),
        Limit(form=Form.MARKDOWN, max_chars=1800),
        Limit(form=Form.MARKDOWN, max_chars=900),
        Limit(form=Form.TEXT, max_chars=1000),
    ],
)
def test_five_hundred_items_are_cut_between_items_below_the_limit_of_the_channel(limit: Limit) -> None:
    """R12: never inside a link, and nothing is lost."""
    items = [item(number, title=f"{number} & <{'words ' * (number % 40)}>") for number in range(1, 501)]

    messages = compose(items, limit=limit)

    assert [alert_id for message in messages for alert_id in message.alert_ids] == list(range(1, 501))
    for message in messages:
        assert len(message.in_form(limit.form)) <= (limit.max_chars or 0)
    whole = "\n".join(message.in_form(limit.form) for message in messages)
    for each in items:
        assert each.url in whole


@pytest.mark.parametrize("form", [Form.TEXT, Form.MARKDOWN, Form.MRKDWN])
@pytest.mark.parametrize(
    ("max_chars", "keeps"), [(2500, ("snippet", "link")), (1250, ("link",)), (700, ("link",)), (420, ())]
)
def test_one_announcement_that_is_too_long_loses_its_snippet_first_and_its_link_last(
    form: Form, max_chars: int, keeps: tuple[str, ...]
) -> None:
    """R12: a link is left out whole, and its absence is told."""
    link = "https://example.org/" + "a" * 330
    long = item(title="word " * 60, url=link, snippet=(("snippet " * 60, False),), terms=("term " * 10,) * 8)

    message = compose_one(long, limit=Limit(form=form, max_chars=max_chars))

    text = message.in_form(form)
    assert len(text) <= max_chars
    assert ("snippet" in text) == ("snippet" in keeps)
    assert (link in text) == ("link" in keeps)
    assert ("Its address is left out" in text) == ("link" not in keeps)


@pytest.mark.parametrize(
    ("count", "max_chars", "expected"),
    [
        (1, 160, "UK and Canada sign MoU number 1 (GDS blog) https://gds.blog.gov.uk/2017/10/1/"),
        (1, 66, "UK and Canada sign MoU number… https://gds.blog.gov.uk/2017/10/1/"),
        (1, 60, "UK and Canada sign MoU number 1 (GDS blog)"),
        (3, 80, "3 announcements: UK and Canada sign MoU number 1; and 2 more"),
        (3, 100, "3 announcements: UK and Canada sign MoU number 1; UK and Canada sign MoU number 2; and 1 more"),
        (200, 30, "200 announcements: UK and…"),
    ],
)
def test_a_short_form_names_what_fits_and_counts_the_rest(count: int, max_chars: int, expected: str) -> None:
    """R6 for SMS: one message, nothing kept back."""
    items = [item(number) for number in range(1, count + 1)]

    message = compose_one(*items, limit=Limit(form=Form.SHORT, max_chars=max_chars))

    assert message.short == expected
    assert len(message.alert_ids) == count


def test_the_same_alerts_make_a_message_with_the_same_key() -> None:
    """R4: a second attempt can be known for what it is."""
    assert compose_one(item(1), item(2)).key == compose_one(item(1), item(2)).key
    keys = {
        compose_one(*items).key
        for items in (
            [item(1)],
            [item(2)],
            [item(1), item(2)],
            [item(1, url="https://example.org/another")],
            [item(1, first_seen_at=SEEN_AT + timedelta(days=1))],
        )
    }
    assert len(keys) == 5


HOSTILE_TITLES = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "channel": "<!channel> all read this",
    "user": "<@U1> and <#C1> and <!subteam^S1>",
    "at": "@channel @here @everyone @all",
    "bold": "*bold* _italic_ ~struck~ `code` ```block```",
    "markdown link": "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "slack link": "<https://evil.example|GOV.UK> <javascript:alert(1)|x>",
    "bare entity": "AT&T &lt;b&gt; &amp; &#x3c;",
    "header": "Hello\r\nBcc: everyone@example.org\r\n\r\nbody",
    "separators": "one\u2028two\u2029three\x0bfour\x00five\x85six",
    "override": "safe \u202eexe.fdp\u202c name \u2066x\u2069",
    "no character": "no \ufffe character \uffff",
    "surrogate": "half \ud83d an emoji",
    "emoji": "Launch 🚀 👩🏽\u200d💻 day",
    "long": "word " * 2000,
    "one long word": "w" * 10_000,
    "heading": "# 1. - > heading",
    "template": "{{ 7 * 7 }} {% raw %} ${HOME} %(x)s",
    "empty": " \r\n ",
    "backslash": "trailing \\",
}


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES.keys())
class TestHostileText:
    """R34: the same text as title, outlet, watch, term and snippet."""

    def message(self, title: str) -> Message:
        return compose_one(
            item(
                title=title,
                outlet=title,
                watch=title,
                terms=(title,),
                snippet=((title, True), (title, False)),
                also=(Telling(title=title, url=title, outlet=title, kind=SourceKind.NEWSROOM),),
            ),
            item(2),
        )

    @pytest.mark.parametrize("form", [Form.TEXT, Form.MARKDOWN, Form.MRKDWN])
    def test_it_fits_the_smallest_channel_that_takes_a_long_form(self, title: str, form: Form) -> None:
        """R12."""
        each = item(title=title, outlet=title, watch=title, terms=(title,), snippet=((title, True),))

        messages = compose(
            [each, replace(each, alert_id=2, url="https://x.org")], limit=Limit(form=form, max_chars=700)
        )

        assert [len(message.in_form(form)) <= 700 for message in messages] == [True] * len(messages)

    def test_html_has_no_element_and_no_link_but_ours(self, title: str) -> None:
        page = html.document_fromstring(self.message(title).html)

        ours = {*("html", "head", "meta", "title", "style", "body", "div", "h2", "p", "a", "mark", "span", "br")}
        assert {element.tag for element in page.iter()} <= ours
        assert {link.get("href") for link in page.iter("a")} == {item(1).url, item(2).url}
        assert {name for element in page.iter() for name in element.attrib} <= {
            *("lang", "charset", "name", "content", "style", "class", "href")
        }

    def test_slack_calls_nobody_and_links_only_where_we_do(self, title: str) -> None:
        text = self.message(title).mrkdwn

        angled = re.findall(r"<([^>]*)>", text)
        assert [found.partition("|")[0] for found in angled] == [item(1).url, item(2).url]
        assert text.count("<") == text.count(">") - sum(line.startswith(">") for line in text.splitlines())

    def test_markdown_has_no_sign_that_acts_but_ours(self, title: str) -> None:
        text = self.message(title).markdown

        unescaped = re.sub(r"\\.", "", text.replace(f"](<{item(1).url}>)", "").replace(f"](<{item(2).url}>)", ""))
        without_ours = re.sub(r"^> |^\[|\*\*", "", unescaped, flags=re.MULTILINE)
        assert not re.search(r"[*_`~\[\]<>#|!\\]", without_ours)
        assert not re.search(r"@(?:all|channel|everyone|here)\b", text)

    def test_subject_is_one_line_without_signs_that_cannot_be_seen(self, title: str) -> None:
        subject = self.message(title).subject

        assert subject.isprintable() or "\u200d" in subject
        assert len(subject) <= SUBJECT_CHARS

    def test_plain_text_stays_on_its_line(self, title: str) -> None:
        text = self.message(title).text

        assert "Bcc" not in {line.partition(":")[0] for line in text.splitlines()}
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
        assert max(map(len, text.splitlines())) <= 10 * TITLE_CHARS


@pytest.mark.parametrize("form", LONG_FORMS)
def test_an_announcement_without_a_web_address_is_shown_without_a_link(form: Form) -> None:
    """R34."""
    text = compose_one(item(url="javascript:alert(1)")).in_form(form)

    assert "javascript" not in text
    assert "Its address is left out" in text


def test_a_trial_message_says_that_it_is_one() -> None:
    """R11."""
    message = compose_trial("policy-team", at=SEEN_AT)

    assert message.subject == "govwatch can reach policy-team"
    assert message.alert_ids == ()
    for form in LONG_FORMS:
        assert "This is a test of the channel “policy" in message.in_form(form)
        assert "09:30 UTC on 13 October 2017" in message.in_form(form).replace("\\", "")
    assert len(compose_trial("x" * 500, at=SEEN_AT, limit=Limit(form=Form.SHORT, max_chars=70)).short) <= 70


@given(
    st.lists(
        st.builds(
            item,
            st.integers(1, 10**6),
            watch=st.sampled_from("ABC"),
            url=st.sampled_from("pqrst").map("https://x.org/{}".format),
        ),
        max_size=30,
        unique_by=lambda each: each.alert_id,
    ),
    st.integers(1, 4),
)
def test_every_alert_is_in_exactly_one_message_and_no_announcement_twice(items: list[AlertItem], most: int) -> None:
    """R6 and R7, for whatever is owed."""
    messages = compose(items, max_items=most)

    told = [alert_id for message in messages for alert_id in message.alert_ids]
    assert sorted(told) == sorted(each.alert_id for each in items)
    links = [line for message in messages for line in message.text.splitlines() if line.startswith("https://")]
    assert sorted(links) == sorted({each.url for each in items})
