"""Writes a source down as the smallest file that declares it, in the words and the order of the other files."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.platforms.known import find_traits
from crawler.source import Source

FACTS = ("name", "country", "language", "kind", "homepage", "platform")
WAYS = ("feeds", "sitemaps")
REST = ("keep_only", "expect", "checked_on", "note", "every", "full_text_in_feed", "allow_private_addresses")
TABLES = ("listing", "api")


def write_source_text(source: Source, *, remarks: Mapping[str, str] | None = None) -> str:
    """The text of `<id>.toml`; `remarks` puts a comment behind a key.

    What the text declares is read back and compared, so that a file never says something else than what was meant.
    """
    values = source.model_dump(mode="json", exclude_defaults=True, exclude_none=True, exclude={"id"})
    values["api"] = [_leave_known(source, entry) for entry in values.get("api", ())]
    text = "\n".join(_write_lines(values, remarks or {})) + "\n"
    read_back = Source.model_validate({**tomllib.loads(text), "id": source.id})
    if read_back != source:
        raise AssertionError(f"what was written is not what was meant: {text}")
    return text


def _write_lines(values: Mapping[str, Any], remarks: Mapping[str, str]) -> Iterator[str]:
    for key in (*FACTS, *WAYS, *REST):
        if key in values and values[key] not in ([], {}):
            line = f"{key} = {_write_value(key, values[key])}"
            yield f"{line}  # {remarks[key]}" if key in remarks else line
    yield from _write_tables(values)


def _write_tables(values: Mapping[str, Any]) -> Iterator[str]:
    for table in TABLES:
        for entry in values.get(table, ()):
            yield ""
            yield f"[[{table}]]"
            for key, value in entry.items():
                yield f"{key} = {_write_value(key, value)}"


def _leave_known(source: Source, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the platform knows of its own API need not stand in a file."""
    shape = find_traits(source.platform).api
    known = shape.model_dump(mode="json", exclude_unset=True) if shape else {}
    kept = {key: value for key, value in entry.items() if key == "url" or known.get(key) != value}
    return {"url": kept.pop("url"), **kept}


def _write_value(key: str, value: Any) -> str:
    if key == "checked_on":
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_write_value('', one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_write_value(name, one)}' for name, one in value.items())} }}"
    return _write_text(value) if isinstance(value, str) else str(value)


def _write_text(value: str) -> str:
    """A literal string where backslashes or double quotes would have to be escaped, as in patterns and selectors."""
    if ("\\" in value or '"' in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
