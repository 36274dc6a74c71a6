"""Templates of the operator's: used, checked at the start with file and line, and never a reason to lose an alert."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.digest import AlertItem
from monitor.escaping import Form
from monitor.message import LONG_FORMS, Frame, compose
from monitor.template_check import check_templates
from monitor.templating import OURS, Templates
from tests.installations import make_place

ITEM = AlertItem(
    alert_id=1,
    watch="W",
    title="A title",
    url="https://example.org/1",
    outlet="O",
    country="GB",
    published_on=date(2017, 10, 13),
    first_seen_at=datetime(2017, 10, 13, tzinfo=UTC),
)
EACH = "{% for watch, entries in groups %}{% for entry in entries %}\n"
END = "{% endfor %}{% endfor %}"


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_our_own_templates_are_without_fault_when_an_operator_copies_them(tmp_path: Path) -> None:
    for path in OURS.glob("*.jinja"):
        write(tmp_path, path.name, path.read_text(encoding="utf-8"))

    assert check_templates(tmp_path) == ()


def test_an_operators_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "message.text.jinja", f"{EACH}* {{{{ entry.title }}}}{END}")

    (message,) = compose([ITEM], frame=Frame(templates=Templates(folder=tmp_path)))

    assert check_templates(tmp_path) == ()
    assert message.text == "* A title\n"
    assert "Why: watch" in message.html


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("message.html.jinja", "one\n{% if %}", 2, "not a template: Expected an expression"),
        ("message.text.jinja", EACH + "{{ entry.titel }}" + END, 2, "fails on a sample in text: 'monitor.digest.Entry"),
        ("message.text.jinja", EACH + "{{ entry.title }}\n{{ surname }}" + END, 3, "there is nothing called “surname”"),
        ("message.text.jinja", EACH + "{{ entry.title }}{{ 1 / 0 }}" + END, 2, "division by zero"),
        ("message.mrkdwn.jinja", EACH + "{{ entry.title.x() }}" + END, 2, "has no attribute 'x'"),
        ("found.jinja", "{{ reason.why }}", 1, "fails on a sample"),
        ("message.markdown.jinja", '{% include "nothing.jinja" %}', 1, "nothing.jinja"),
        ("message.text.jinja", '{% extends "message.text.jinja" %}', 1, "it extends or includes itself"),
        ("message.text.jinja", "Hello", None, "leaves out 3 of the 3 announcements"),
        (
            "message.text.jinja",
            f"{EACH}{{% if entry.link %}}{{{{ entry.title }}}}{{% endif %}}{END}",
            None,
            "1 of the 3",
        ),
        ("message.html.jinja", f"{EACH}{{{{ entry.title | safe }}}}{END}", None, "without escaping it"),
        ("message.mrkdwn.jinja", f"{EACH}{{{{ entry.title | written }}}}{END}", None, "without escaping it"),
        ("mesage.html.jinja", "x", None, "takes the place of none of ours"),
        ("notes.txt", "x", None, "names that end in .jinja"),
    ],
)
def test_a_faulty_template_is_told_with_file_and_line(
    tmp_path: Path, name: str, text: str, line: int | None, said: str
) -> None:
    write(tmp_path, name, text)

    (fault,) = check_templates(tmp_path)

    assert (fault.file, fault.line) == (str(tmp_path / name), line)
    assert said in fault.message


def test_a_part_that_an_operators_template_uses_may_have_any_name(tmp_path: Path) -> None:
    write(tmp_path, "logo.jinja", "GOV")
    write(tmp_path, "message.text.jinja", f'{{% include "logo.jinja" %}}{EACH}{{{{ entry.title }}}}{END}')

    assert check_templates(tmp_path) == ()


def test_a_template_that_fails_later_on_costs_its_look_and_not_the_alert(tmp_path: Path) -> None:
    write(tmp_path, "message.text.jinja", f"{EACH}{{{{ 1 / (entry.title | length - 7) }}}}{END}")

    (message,) = compose([ITEM], frame=Frame(templates=Templates(folder=tmp_path)))

    assert "A title" in message.text
    assert [message.in_form(form) for form in LONG_FORMS] == [compose([ITEM])[0].in_form(form) for form in LONG_FORMS]
    assert compose([ITEM])[0].in_form(Form.SHORT) == message.short


def test_check_lists_the_faults_of_templates(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write("templates/message.html.jinja", "{% for %}")

    done = place.run("check")

    assert done.returncode == 2
    assert "templates/message.html.jinja:1: not a template" in done.stderr
