"""Checks the templates that an operator put in the place of ours: syntax, names, and what they make of a sample."""

import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import TemplateSyntaxError, meta, nodes

from crawler.configuration import Fault
from crawler.source import SourceKind
from monitor.digest import AlertItem, Telling
from monitor.escaping import Form
from monitor.message import LONG_FORMS, Frame, Notice, write_sample
from monitor.templating import OURS, SUFFIX, TEMPLATE_FAULTS, Templates, environment

# What the sample holds, and what no form may let through unescaped.
HOSTILE = {Form.HTML: "<script>", Form.MRKDWN: "<!channel>", Form.MARKDOWN: "<!channel>"}
TITLE = "Sampletitle"
NAMES = frozenset({"channel", "contact", "entry", "foot", "groups", "lines", "note", "reason", "subject"})
SEEN_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)


def check_templates(folder: Path) -> tuple[Fault, ...]:
    """Every fault in the templates in `folder`, with file and line; no folder means no faults."""
    if not folder.is_dir():
        return ()
    files = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    stray = [path for path in sorted(folder.iterdir()) if path not in files]
    wrong = [
        Fault(file=str(path), message=f"expected only templates here: names that end in {SUFFIX}") for path in stray
    ]
    read = [fault for path in files for fault in _check_file(path, files)]
    return (*wrong, *(read or _dedupe(_check_samples(folder))))


def _check_file(path: Path, files: Iterable[Path]) -> Iterator[Fault]:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        tree = environment(_find_form(path)).parse(text, filename=str(path))
    except TemplateSyntaxError as error:
        yield Fault(file=str(path), line=error.lineno, message=f"not a template: {error.message}")
        return
    if not (OURS / path.name).exists() and path.name not in _find_referenced(files):
        names = ", ".join(sorted(one.name for one in OURS.glob(f"*{SUFFIX}")))
        yield Fault(file=str(path), message=f"takes the place of none of ours, and none of yours uses it: {names}")
    unknown = meta.find_undeclared_variables(tree) - NAMES
    for name in sorted(unknown):
        line = min(node.lineno for node in tree.find_all(nodes.Name) if node.name == name)
        message = f"there is nothing called “{name}”: expected {', '.join(sorted(NAMES))}"
        yield Fault(file=str(path), line=line, message=message)


def _find_referenced(files: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for path in files:
        try:
            tree = environment(Form.HTML).parse(path.read_text(encoding="utf-8", errors="replace"))
        except TemplateSyntaxError:
            continue
        found.update(name for name in meta.find_referenced_templates(tree) if name)
    return found


def _find_form(path: Path) -> Form:
    """`message.html.jinja` is HTML; a part that several forms share is read as text."""
    middle = path.name.removesuffix(SUFFIX).rpartition(".")[2]
    return Form(middle) if middle in LONG_FORMS else Form.TEXT


def _check_samples(folder: Path) -> Iterator[Fault]:
    for form in LONG_FORMS:
        try:
            text = write_sample(_write_items(), NOTICE, form, _frame(folder))
        except TEMPLATE_FAULTS as error:
            yield _find_place(error, folder, form)
            continue
        yield from _check_written(text, folder / f"message.{form}{SUFFIX}", form)


def _check_written(text: str, path: Path, form: Form) -> Iterator[Fault]:
    file = path if path.exists() else path.parent
    if missing := [number for number in range(3) if f"{TITLE}{number}" not in text]:
        yield Fault(file=str(file), message=f"leaves out {len(missing)} of the 3 announcements of a sample")
    if form in HOSTILE and HOSTILE[form] in text:
        yield Fault(file=str(file), message="shows what was crawled without escaping it (`safe` or `written`)")


def _find_place(error: Exception, folder: Path, form: Form) -> Fault:
    """The file and line in the operator's folder where the rendering of a sample failed."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == folder]
    why = "it extends or includes itself" if isinstance(error, RecursionError) else error
    message = f"fails on a sample in {form}: {why}"
    if not frames:
        return Fault(file=str(folder), message=message)
    return Fault(file=frames[-1].filename, line=frames[-1].lineno, message=message)


def _dedupe(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """A part that several forms share fails once for each."""
    by_place = {(fault.file, fault.line): fault for fault in faults}
    return tuple(by_place.values())


def _frame(folder: Path) -> Frame:
    return Frame(
        note="A note.",
        foot="Checked: 104 of 106 sources.",
        channel="policy-team",
        contact="ops@example.org",
        templates=Templates(folder=folder),
    )


NOTICE = Notice(key="sample", subject="A notice", lines=("It has a line.", "And another."))


def _write_items() -> list[AlertItem]:
    """Announcements of every shape: with and without snippet, link, text and others that tell the same."""
    return [_write_item(0), _write_item(1, is_changed=True), _write_item(2, is_changed=False)]


def _write_item(number: int, *, is_changed: bool = False) -> AlertItem:
    hostile = "<!channel> <script>alert(1)</script>"
    telling = Telling(title=hostile, url="https://example.org/x", outlet=hostile, kind=SourceKind.TRADE_PRESS)
    return AlertItem(
        alert_id=number,
        watch=f"Watch {number % 2} {hostile}",
        title=f"{TITLE}{number} {hostile}",
        url="javascript:none" if is_changed else f"https://example.org/{number}",
        outlet=hostile,
        country="GB",
        published_on=date(2017, 10, 13),
        first_seen_at=SEEN_AT,
        story=str(number),
        also=(telling,) if number else (),
        terms=("memorandum", hostile)[:number],
        snippet=((hostile, False), (hostile, True)) if number else (),
        in_title=not number,
        is_changed=is_changed,
        is_urgent=not number,
    )
