"""Finds who has written a page: in JSON-LD, in bylines as they are printed, in meta tags."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from crawler.dates import are_names
from crawler.markup import clean_line, read_line
from crawler.page_parts import Surroundings, find_block
from crawler.urls import is_web_address

# Attributes are looked through much faster than the elements that bear them. "author", "auteur" and "autor" in one look;
# what it says is asked of the few that are left.
_AUTHORS = etree.XPath(
    "/html/body//@class[contains(., 'aut') or contains(., 'byline')]/parent::*"
    " | /html/body//@rel[contains(., 'author')]/parent::*"
    " | /html/body//@itemprop[. = 'author']/parent::*[not(self::meta)]"
    " | /html/body//@property[contains(., 'author')]/parent::*[not(self::meta)]"
)
_BEHIND = etree.XPath("following::text()[normalize-space()][position() <= 25]")
_NAMED = etree.XPath(".//*[@itemprop='name']")

META_NAMES = (
    *("author", "article:author", "citation_author", "dcterms.creator", "dc.creator", "byl", "parsely-author"),
    *("sailthru.author", "article:author_name"),
)
BY = re.compile(
    r"(?i)^(?:(?:written |posted |published |reported )?by|par|di|a cura di|von|por|autore?s?|authors?|auteurs?"
    r"|(?:from|de)(?=\s?:))\b\s*:?\s*"
)
# A line of its own that says who wrote the page.
BYLINE_START = re.compile(
    r"\s*(?:by|par|por|di|von|author|auteur|autor|submitted|posted|published|publié|soumis|enviado)", re.IGNORECASE
)
BYLINE = re.compile(
    r"(?:[Bb]y|BY|[Pp]ar|[Pp]or|[Dd]i|[Vv]on|(?:[Aa]uthor|[Aa]uteur|[Aa]utore?)s?\s?:)\s*:?\s+(?P<names>[^\d:@]{3,80})"
)
# "Submitted by Ada Clerk on 3 June 2026", as Drupal prints it; "in News" or ", Policy" is where, and no part of the name,
# but "Housing, Communities and Planning" is one
SUBMITTED = re.compile(
    r"(?i:(?:submitted|posted|published) by|(?:soumis|publié) par|enviado por) (?P<names>[^\d:@]{3,80}?)"
    r"(?:(?: (?:in|dans|en)|,(?!.* (?:and|et|y|e|&) )) (?=[^\W\d_a-z])[^\d:@]{2,60}?)?"
    r" (?:on|le|el|em) (?=.*\d)[^;?!]{6,40}"
)
AUTHOR_CLASS = re.compile(
    r"(?i)(?:^|\s)(?:[\w-]+[-_]{1,2})?(?:authors?|bylines?|auteurs?|autor(?:e|es|en)?)(?:[-_]{1,2}names?)?(?:$|\s)"
)
AUTHOR_BREAK = re.compile(r"\s*[|•·\n]\s*|\s+[-\N{EN DASH}\N{EM DASH}]\s+")
# "Ana Ruiz, Staff Writer"
ROLE = re.compile(
    r"(?i),\s+(?:(?:staff|senior|chief|deputy|associate|assistant|managing|executive|contributing|political|news|technology"
    r"|digital|web|online|content|features)\s+)*"
    r"(?:writer|reporter|editor|correspondent|journalist|contributor)\b.*"
)
# AGLS, the Australian government's metadata: "corporateName=Digital Transformation Agency; jurisdiction=AU"
CORPORATE_NAME = re.compile(r"(?i)\b(?:corporate|personal)Name=([^;]+)")
# What systems call the account that filled in a page.
NOBODY = frozenset(
    {
        "admin",
        "administrator",
        "webmaster",
        "web editor",
        "editor",
        "root",
        "superuser",
        "super user",
        "user",
        "wordpress",
    }
    | {"system account", "no author", "unknown", "anonymous"}
)
WRITTEN_BY = frozenset({"written by", "écrit par", "scritto da", "verfasst von", "escrito por"})
MAX_CHARS = 200
MAX_ELEMENTS = 60


@dataclass(frozen=True, kw_only=True)
class AuthorClaims:
    """Who machines are told has written a page: JSON-LD's `author`, all things that JSON-LD describes, the meta tags."""

    structured: Any
    nodes: Sequence[Mapping[str, Any]]
    metas: Mapping[str, str]


def choose_author(claims: AuthorClaims, around: Surroundings) -> str | None:
    """The names in JSON-LD, else those printed, else the meta tag's; several are parted by commas."""
    structured = _as_name(", ".join(_read_names(claims)))
    return structured or _find_printed(around) or _find_byline(around) or _find_declared(claims.metas)


def join_names(names: Iterable[str | None]) -> str | None:
    """The names that a feed gives, each once, without mail addresses and the accounts of systems."""
    said = (clean_line(name) for name in names)
    return ", ".join(dict.fromkeys(name for name in said if name and "@" not in name and not _is_nobody(name))) or None


def _find_printed(around: Surroundings) -> str | None:
    """The first element that names an author, and those that stand beside it in the same list or line."""
    named = [one for one in _AUTHORS(around.tree) if _says_author(one)][:MAX_ELEMENTS]
    said = [one for one in named if not around.is_elsewhere(one)]
    outer = {ancestor for one in said for ancestor in one.iterancestors()}
    for element in said:
        if element not in outer and _read_author(element):
            beside = [one for one in said if one.tag == element.tag and _around(one) is _around(element)]
            return ", ".join(dict.fromkeys(name for one in beside if (name := _read_author(one))))
    return None


def _says_author(element: HtmlElement) -> bool:
    said = element.get("itemprop") == "author" or "schema:author" in (element.get("property") or "")
    return (
        said or "author" in (element.get("rel") or "").split() or bool(AUTHOR_CLASS.search(element.get("class") or ""))
    )


def _around(element: HtmlElement) -> HtmlElement | None:
    parent = element.getparent()
    return parent.getparent() if parent is not None and parent.tag == "li" else parent


def _read_author(element: HtmlElement) -> str | None:
    named = _NAMED(element) if element.get("itemprop") == "author" else []
    return _as_author(read_line(named[0] if named else element))


def _find_byline(around: Surroundings) -> str | None:
    """ "By Ada Clerk" in a line of its own shortly behind the heading."""
    for heading in around.headings[:1]:
        for text in _BEHIND(heading):
            if not BYLINE_START.match(text) or around.is_elsewhere(text.getparent()):
                continue
            line = read_line(find_block(text)) or ""
            found = BYLINE.fullmatch(line) or SUBMITTED.fullmatch(line)
            if found and " " in found["names"] and are_names(found["names"]):
                return _as_author(found["names"])
    return None


def _find_declared(metas: Mapping[str, str]) -> str | None:
    name = next((value for name in META_NAMES if (value := clean_line(metas.get(name)))), None)
    if (metas.get("twitter:label1") or "").strip().lower() in WRITTEN_BY:  # Yoast, on very many WordPress sites
        name = clean_line(metas.get("twitter:data1")) or name
    corporate = CORPORATE_NAME.search(name or "")
    return _as_author(corporate[1] if corporate else name)


def _read_names(claims: AuthorClaims) -> list[str]:
    people = claims.structured if isinstance(claims.structured, list) else [claims.structured]
    by_id = {node.get("@id"): node for node in claims.nodes if isinstance(node.get("@id"), str)}
    names: list[str] = []
    for person in people:
        described = by_id.get(person.get("@id"), person) if isinstance(person, dict) else person
        said = described.get("name") if isinstance(described, Mapping) else described
        name = clean_line(said) if isinstance(said, str) else None
        if name and name not in names:
            names.append(name)
    return names


def _as_author(text: str | None) -> str | None:
    """The names in a byline, without what follows them: a day, an office, a role."""
    return _as_name(ROLE.sub("", AUTHOR_BREAK.split(BY.sub("", text or "").strip())[0]))


def _as_name(text: str) -> str | None:
    """A name; addresses, whole sentences and the accounts of systems are none."""
    name = BY.sub("", text).strip(" ,|-\N{EN DASH}")
    is_none = len(name) > MAX_CHARS or is_web_address(name) or _is_nobody(name) or any(map(str.isdigit, name))
    return None if is_none else name or None


def _is_nobody(name: str) -> bool:
    return name.casefold() in NOBODY
