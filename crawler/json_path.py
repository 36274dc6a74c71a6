"""Paths into a JSON document, in JMESPath (jmespath.org), which Scrapy's selectors use as well."""

from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator


def parse_json_path(path: str) -> str:
    """`path` itself when it is JMESPath; ValueError otherwise."""
    try:
        jmespath.compile(path)
    except JMESPathError as error:
        why = " ".join(str(error).partition("\n")[0].split()).rstrip(":")
        raise ValueError(f"expected a JMESPath expression such as results or data.items: {why}") from error
    return path


JsonPath = Annotated[str, AfterValidator(parse_json_path)]
"""`results`, `title.rendered`, `agencies[].name`, or `@` for the whole document."""


def find(path: str | None, document: Any) -> Any:
    """What stands at `path`; None when there is nothing, or nothing that the path can be followed through."""
    if path is None:
        return None
    try:
        return jmespath.search(path, document)
    except JMESPathError:  # such as join() of a field that is missing in this row
        return None
