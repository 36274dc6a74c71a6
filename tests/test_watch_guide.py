"""The guide to watches says of every row of its table what the matcher really does."""

import re
from pathlib import Path

import pytest

from monitor.match import Document, matches
from monitor.query import Term, read_query

GUIDE = Path(__file__).parents[1] / "docs" / "watches.md"
ROWS = [
    (term.strip(), text.strip(), found == "yes")
    for term, text, found in re.findall(
        r"^\| (.+?) \| (.+?) \| (yes|no) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
]


def test_the_table_is_there() -> None:
    assert len(ROWS) >= 50


@pytest.mark.parametrize(("term", "text", "found"), ROWS)
def test_a_row_of_the_table_is_true(term: str, text: str, found: bool) -> None:
    is_query = re.search(r"AND|OR|NOT|NEAR|title:| -|\"", term)
    expression = read_query(term) if is_query else Term(term)
    document = Document(title=text, text=None, summary=None, source="s", country="GB", kind="newsroom", language="en")

    assert (matches(expression, document) is not None) is found
