"""Paths into a JSON document, in JMESPath (jmespath.org), which Scrapy's selectors use as well.

The library is loaded with the first path: most configurations have none to check.
"""

from typing import Annotated, Any

from pydantic import AfterValidator


def parse_json_path(path: str) -> str:
    """`path` itself when it is JMESPath; ValueError otherwise."""
    import jmespath  # noqa: PLC0415
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

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
    import jmespath  # noqa: PLC0415
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415

    try:
        return jmespath.search(path, document)
    except JMESPathError:  # such as join() of a field that is missing in this row
        return None
