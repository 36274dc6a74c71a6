"""Writes CSS selectors that outlive the next build of a site: by names that mean something, never by position."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

# Names that a build tool makes (css-1x2y3z, sc-bdVaJa, _3xKdf, title__Abc12, jsx-2871) differ after the next build.
MADE_BY_TOOLS = re.compile(
    r"(?:^|[-_])(?=[a-z\d]*\d)(?=[A-Za-z\d]*[A-Za-z])[A-Za-z\d]{5,}$|^(?:css|sc|jsx|svelte|emotion|e)-"
)
MIXED_CASE_END = re.compile(r"(?:__|--|-|_)(?=\w*[a-z])(?=\w*[A-Z])(?=\w*[A-Z\d]\w*[A-Z\d])\w{5,}$|^_\w{4,}$")
# Names that tell one row from the next, or how a row stands just now.
OF_ONE_ROW = re.compile(
    r"(?i)\d|^(?:odd|even|first|last|active|current|selected|open|closed|hidden|visible|clearfix|is-.*|has-.*|js-.*)$"
    r"|^(?:status|format|category|tag|author|lang|hentry-)-"
)
# What a utility framework says of looks: true of half of the page, and changed with every new coat of paint.
OF_LOOKS = re.compile(
    r"^(?:[mp][trblxy]?-|w-|h-|text-(?:xs|sm|base|lg|xl|center|left|right|gray|muted)|bg-|flex|grid$|col(?:-|$)|border|rounded|shadow"
    r"|items-|justify-|font-|leading-|tracking-|space-|gap-|d-(?:flex|block|none)|(?:sm|md|lg|xl):)"
)
PLAIN_NAME = re.compile(r"-?[A-Za-z_][\w-]*")
MOST_CLASSES = 4
FOR_ANYTHING = frozenset({"div", "span", "p", "li", "a", "section", "td", "em", "strong", "small"})
PLAIN_TAG = re.compile(r"[a-z][a-z0-9-]*")


def is_stable_name(name: str) -> bool:
    """Whether a class or id looks as if a person had given it, and to more than one row."""
    if not PLAIN_NAME.fullmatch(name) or len(name) > 40:  # noqa: PLR2004 - longer than anybody types
        return False
    return not (
        MADE_BY_TOOLS.search(name) or MIXED_CASE_END.search(name) or OF_ONE_ROW.search(name) or OF_LOOKS.match(name)
    )


def find_classes(element: HtmlElement) -> list[str]:
    """The classes of an element by which it can be found again."""
    return [name for name in (element.get("class") or "").split() if is_stable_name(name)][:MOST_CLASSES]


def describe_own(element: HtmlElement) -> Iterator[str]:
    """Selectors for an element by itself, those that say most first: `li.post`, `li`."""
    tag = tag_of(element)
    if not tag:
        return
    for name in find_classes(element):
        yield f"{tag}.{name}"
    item = element.get("itemprop")
    if item and PLAIN_NAME.fullmatch(item):
        yield f'{tag}[itemprop="{item}"]'
    yield tag


def describe_place(element: HtmlElement) -> Iterator[str]:
    """Selectors for an element that others are within: by id, by class, or as the page's main part."""
    tag = tag_of(element)
    if not tag:
        return
    name = element.get("id")
    if name and is_stable_name(name):
        yield f"#{name}"
    for one in find_classes(element):
        yield f"{tag}.{one}"
    if tag in {"main", "article"}:
        yield tag


def describe_within(element: HtmlElement, top: HtmlElement) -> Iterator[str]:
    """Selectors for an element within `top`: by itself, or by what it stands in."""
    yield from describe_own(element)
    for parent in element.iterancestors():
        if parent is top:
            return
        for place in describe_own(parent):
            yield f"{place} {tag_of(element)}"


def tag_of(element: HtmlElement) -> str:
    tag = element.tag
    return tag if isinstance(tag, str) and PLAIN_TAG.fullmatch(tag) else ""


def cost_of(selector: str) -> tuple[bool, int, int]:
    """Names before bare tags that stand for anything, few parts before many, few letters before many."""
    parts = re.split(r"[ >]+", selector)
    return set(parts) <= FOR_ANYTHING, len(parts), len(selector)
