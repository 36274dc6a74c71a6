"""How a command speaks: plain lines, JSON for scripts, errors on standard error. What is shown in rows is left to `tables`."""

import json
import sys

NO_DATE = "no date   "


def say(text: str) -> None:
    """A line of plain text."""
    print(clean(text), flush=True)


def complain(text: str) -> None:
    """A line on standard error."""
    print(clean(text), file=sys.stderr, flush=True)


def clean(text: str) -> str:
    """Without control characters: a crawled title must not move the terminal's cursor (R34)."""
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def print_json(value: object) -> None:
    sys.stdout.write(write_json(value, indent=2) + "\n")


def write_json(value: object, *, indent: int | None = None) -> str:
    """JSON that standard output can take: letters that its encoding lacks are escaped, and lose nothing by it."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, ensure_ascii=not is_unicode, indent=indent, default=str)
