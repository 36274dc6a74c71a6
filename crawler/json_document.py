"""Reads a body as JSON and what stands in it as text; what it means is left to the readers of feeds and APIs."""

import json
from typing import Any

from crawler.announcement import Loss, NotAPage
from crawler.markup import FORBIDDEN

BOM = b"\xef\xbb\xbf"


def is_json(body: bytes) -> bool:
    return body.removeprefix(BOM).lstrip()[:1] in {b"{", b"["}


def parse_json(body: bytes) -> Any | NotAPage:
    """The document in `body`, or why there is none."""
    try:
        return json.loads(body.removeprefix(BOM))
    except (ValueError, RecursionError) as error:
        return NotAPage(loss=Loss.UNREADABLE, detail=f"not valid JSON: {error}")


def read_text(value: object) -> str | None:
    """A string without the characters that nothing may carry, or a number as it is written; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float):
        return str(value)
    return FORBIDDEN.sub("", value).strip() or None if isinstance(value, str) else None
