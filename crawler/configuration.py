"""Reads TOML and turns what pydantic finds wrong in it into faults: file, line, key, and what was expected."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from crawler.counting import write_number

KeyPath = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

# What people write in files. A model is built when it is first used: most are part of another, which builds them anyway.
DECLARED = ConfigDict(frozen=True, extra="forbid", defer_build=True)
DECLARED_IN_WORDS = ConfigDict(frozen=True, extra="forbid", defer_build=True, str_strip_whitespace=True)

UNIT_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
DURATION = re.compile(r"(\d+)\s*(second|minute|hour|day|week)s?")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# A string of any kind, a comment, a sign of lists and tables, or any other word of a TOML value.
TOKEN = re.compile(
    r'"{3}(?:\\.|[^\\])*?"{3}|\'{3}.*?\'{3}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*|[\[\]{},]|[^\s\[\]{},#"\']+',
    re.DOTALL,
)
LONGEST_DURATION_S = 100 * 366 * 86400
"""A hundred years: no clock, calendar or timer that we use fails at what is added to now."""
WANTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a day such as 2026-01-31",
    "date_type": "a day such as 2026-01-31",
    "dict_type": "a table",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a table",
    "string_too_short": "some text",
    "string_type": "text in quotation marks",
    "tuple_type": "a list",
}
"""What a value of the wrong type should have been, in the words of TOML instead of Python's."""
SAID = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "too_short": "expected at least one entry",
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one key, before the line is looked up."""

    path: KeyPath
    message: str


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing an operator has to mend before anything starts."""

    file: str
    message: str
    key: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed TOML file that still knows on which line each key stands."""

    path: Path
    text: str
    values: Mapping[str, Any]

    def fault(self, problem: Problem) -> Fault:
        return Fault(
            file=str(self.path),
            key=format_key(problem.path) or None,
            line=find_line(self.text, problem.path),
            message=problem.message,
        )


def read_toml(path: Path) -> tuple[Document | None, tuple[Fault, ...]]:
    """The document at `path`, or the fault that keeps it from being read."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a mark of order before UTF-8
        return Document(path=path, text=text, values=tomllib.loads(text)), ()
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        return None, (Fault(file=str(path), line=int(place[1]) if place else None, message=f"not valid TOML: {error}"),)
    except UnicodeDecodeError:
        return None, (Fault(file=str(path), message="expected UTF-8 text"),)
    except OSError as error:
        return None, (Fault(file=str(path), message=f"cannot be read: {error.strerror}"),)


def build_model(
    model: type[Model], document: Document, values: Mapping[str, Any], *, at: KeyPath = ()
) -> tuple[Model | None, tuple[Fault, ...]]:
    """`model` filled from `values`, which stand at `at` in the document, or every fault in them."""
    try:
        return model.model_validate(values), ()
    except ValidationError as error:
        problems = [Problem(path=at + tuple(found["loc"]), message=_describe(found)) for found in error.errors()]
        return None, tuple(document.fault(problem) for problem in problems)


def _describe(found: Mapping[str, Any]) -> str:
    match found["type"]:
        case "value_error":
            said = str(found["ctx"]["error"])
        case "tuple_type" | "list_type" if isinstance(found["input"], str):
            said = f'expected a list: ["{found["input"]}"]'
        case "greater_than_equal":
            said = f"expected {_write_bound(found, 'ge')} or more"
        case "less_than_equal":
            said = f"expected {_write_bound(found, 'le')} or less"
        case kind if kind in SAID:
            said = SAID[kind]
        case kind if kind in WANTED:
            said = f"expected {WANTED[kind]}"
        case _:
            said = str(found["msg"]).replace("Input should be", "expected", 1)
            said = f"{said[0].lower()}{said[1:]}"
    return said


def _write_bound(found: Mapping[str, Any], side: str) -> str:
    """A bound in the unit in which the value was written: who writes text means a duration."""
    bound = found["ctx"][side]
    if not isinstance(found["input"], str) or not DURATION.fullmatch(found["input"].strip().lower()):
        return str(bound)
    unit = next(name for name in reversed(UNIT_S) if bound % UNIT_S[name] == 0 and (bound or name == "second"))
    return write_number(bound // UNIT_S[unit], unit)


def format_key(path: KeyPath) -> str:
    """`("watch", 1, "any", 0)` as a person writes it: `watch[2].any[1]`, counted from one."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += f".{part}" if text else part
    return text


def find_line(text: str, path: KeyPath) -> int | None:
    """The line, counted from one, on which the key at `path` (or the nearest key above it that is written) stands.

    Of a table that is only written in parts, such as `[[one]]` or `[one.part]`, it is that of the first part; of a list
    that goes over several lines, it is that of the entry.
    """
    best: int | None = None
    depth = 0
    for number, written in _written_keys(text):
        shared = _shared_depth(written, path)
        if shared in {len(written), len(path)} and shared > depth:
            best, depth = number, shared
    if best is not None and depth < len(path) and isinstance(entry := path[depth], int):
        return _find_entry_line(text, best, entry)
    return best


def _find_entry_line(text: str, number: int, entry: int) -> int:
    """The line of an entry (counted from zero) of the list whose key stands on line `number`; else that line."""
    _, _, value = "".join(text.splitlines(keepends=True)[number - 1 :]).partition("=")
    depth = passed = 0
    for token in TOKEN.finditer(value):
        sign = token[0]
        if depth == 1 and passed == entry and sign not in {",", "]"} and not sign.startswith("#"):
            return number + value.count("\n", 0, token.start())
        depth += (sign in {"[", "{"}) - (sign in {"]", "}"})
        passed += sign == "," and depth == 1
        if depth == 0:
            break
    return number


def _written_keys(text: str) -> list[tuple[int, KeyPath]]:
    """Every header and key of a TOML text with its full path and its line; values are not looked into."""
    table: KeyPath = ()
    seen: dict[KeyPath, int] = {}
    found: list[tuple[int, KeyPath]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[\s*([^\]]+?)\s*\]\]", line):
            name = _split_key(header[1])
            seen[name] = seen.get(name, -1) + 1
            table = (*name, seen[name])
            found.append((number, table))
        elif header := re.match(r"\s*\[\s*([^\]\[]+?)\s*\]\s*(#.*)?$", line):
            table = _split_key(header[1])
            found.append((number, table))
        elif key := re.match(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]+\")(?:\.(?:[A-Za-z0-9_-]+|\"[^\"]+\"))*)\s*=", line):
            found.append((number, table + _split_key(key[1])))
    return found


def _split_key(text: str) -> KeyPath:
    return tuple(part.strip().strip("\"'") for part in text.split("."))


def _shared_depth(written: KeyPath, wanted: KeyPath) -> int:
    depth = 0
    for one, other in zip(written, wanted, strict=False):
        if one != other:
            break
        depth += 1
    return depth


def parse_duration(value: object) -> int:
    """Seconds in a duration as people write it, such as "30 minutes" or "1 day"."""
    found = DURATION.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if found:
        return _limit(int(found[1]) * UNIT_S[found[2]])
    if isinstance(value, int) and not isinstance(value, bool):
        return _limit(value)  # seconds, as a crawl order carries them
    raise ValueError('expected a duration such as "30 minutes", "6 hours" or "1 day"')


def _limit(duration_s: int) -> int:
    if duration_s > LONGEST_DURATION_S:
        raise ValueError("expected a duration of at most a hundred years")
    return duration_s


def check_line(value: str) -> str:
    """`value` itself when it is one line of text: names stand in headers, tables and lists."""
    if len(value.splitlines()) > 1 or CONTROL.search(value):
        raise ValueError("expected one line, without control characters")
    return value


def is_xpath(selector: str) -> bool:
    """XPath begins with `/`, `./` or `(`; anything else is CSS."""
    return selector.startswith(("/", "./", "("))


def parse_selector(selector: str) -> str:
    """`selector` itself when it is CSS or XPath 1.0 that selects something in a page; ValueError otherwise (R36).

    It is tried on an empty page: a prefix or a function that nobody knows shows only when it is used.
    """
    from cssselect import SelectorError  # noqa: PLC0415 - 0.04 s that nobody without selectors waits for
    from parsel import Selector  # noqa: PLC0415

    page = Selector(text="<html></html>", type="html")
    try:
        found = page.xpath(selector) if is_xpath(selector) else page.css(selector)
    except (SelectorError, ValueError) as error:
        raise ValueError(f"expected a CSS selector or XPath 1.0: {error}") from error
    if any(isinstance(one.root, (bool, float)) for one in found):
        raise ValueError("expected a selector of elements or text, not of a number or a yes or no")
    return selector
