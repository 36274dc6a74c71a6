"""Rows as a table for people or as JSON for scripts, and the terminal that tables and progress are drawn on."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from monitor.cli.output import clean, print_json, say

# A file, a pipe and a mail from cron have no edge at which a table would have to be folded.
WIDEST = 1000


def find_width(*, is_terminal: bool, columns: str | None) -> int | None:
    """How wide a table may become; None for as wide as the terminal, or as COLUMNS says."""
    return None if is_terminal or columns else WIDEST


OUT = Console(soft_wrap=True, width=find_width(is_terminal=sys.stdout.isatty(), columns=os.environ.get("COLUMNS")))
ERR = Console(stderr=True, soft_wrap=True)


def print_rows(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, empty: str, remark: str | None = None
) -> None:
    """Rows as a table with these columns, or as JSON with everything.

    What stands under `remark` follows beneath the table, a line for each row that has one: sentences in a narrow column
    would make the table as long as a book.
    """
    found = list(rows)
    if as_json:
        print_json(found)
        return
    if not found:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # the first column is what people copy into the next command
        table.add_column(escape(column.replace("_", " ")), overflow="fold", no_wrap=column == columns[0])
    for row in found:
        table.add_row(*(escape(clean(_cell(row.get(column)))) for column in columns))
    OUT.print(table, soft_wrap=False)
    for row in found:
        if remark and row.get(remark):
            say(f"{row[columns[0]]}: {row[remark]}")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
