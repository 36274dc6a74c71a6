"""Fills in the templates that messages are written with: ours, or those that an operator put in their place.

A template of the operator's that fails on something never keeps an alert: ours is used instead, and the log says so.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from monitor.escaping import (
    Form,
    Written,
    bold_markdown,
    bold_mrkdwn,
    defuse,
    escape_markdown,
    escape_mrkdwn,
    link_markdown,
    link_mrkdwn,
)

OURS = Path(__file__).parent / "templates"
SUFFIX = ".jinja"
# All that an expression in a template can raise on values of the wrong kind, a file that cannot be read, and one that
# extends itself.
TEMPLATE_FAULTS = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError),
)

log = logging.getLogger("govwatch")


@dataclass(frozen=True, kw_only=True)
class Templates:
    """Where templates are looked for: in `folder`, if there is one, and then among ours."""

    folder: Path | None = None

    def render(self, name: str, form: Form, values: Mapping[str, object]) -> str:
        """The template `name` in `form`, ending in one line break."""
        try:
            return self.render_strictly(name, form, values)
        except TEMPLATE_FAULTS as error:
            if self.folder is None:
                raise
            log.error("template %s.%s%s in %s: %s; ours is used", name, form, SUFFIX, self.folder, error)  # noqa: TRY400
            return Templates().render_strictly(name, form, values)

    def render_strictly(self, name: str, form: Form, values: Mapping[str, object]) -> str:
        """Like `render`; raises one of TEMPLATE_FAULTS when the operator's template fails."""
        template = environment(form, self.folder).get_template(f"{name}.{form}{SUFFIX}")
        return template.render(values).strip("\n") + "\n"


OUR_TEMPLATES = Templates()


@cache
def environment(form: Form, folder: Path | None = None) -> Environment:
    """The templates of one form; every value that is not `Written` is escaped for it on the way out."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(place) for place in (folder, OURS) if place]),
        autoescape=select_autoescape((), default=form == Form.HTML),
        finalize=None if form == Form.HTML else _escaping(form),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["link"] = link_markdown if form == Form.MARKDOWN else link_mrkdwn
    made.filters["bold"] = bold_markdown if form == Form.MARKDOWN else bold_mrkdwn
    made.filters["written"] = Written
    return made


def _escaping(form: Form) -> Callable[[object], object]:
    escape = {Form.TEXT: defuse, Form.MARKDOWN: escape_markdown, Form.MRKDWN: escape_mrkdwn}[form]
    return lambda value: value if isinstance(value, Written) else escape(str(value))
