"""Decides what `source new` proposes: which source for each section of a site, under which id. Plain values only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from crawler.announcement import Loss
from crawler.discovery.findings import Inspection, SectionFound, Trouble, WayFound
from crawler.discovery.naming import guess_id
from crawler.discovery.recommend import choose_way
from crawler.platforms import Platform
from crawler.source import Source, SourceKind
from crawler.way import Way
from monitor.source_file import write_source_text

UNKNOWN_COUNTRY = "INT"
# What a source is read by when nothing tells what its site is made with.
PLAIN_PLATFORM = {
    Way.FEED: Platform.RSS,
    Way.SITEMAP: Platform.SITEMAP,
    Way.LISTING: Platform.HTML,
    Way.API: Platform.JSON,
}
# A source that lists less than half of what it listed when it was looked at is worth a look.
EXPECTED_SHARE = 2
MOST_EXPECTED = 100


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the command line decides; None leaves it to what was found."""

    source_id: str | None = None
    name: str | None = None
    kind: SourceKind | None = None
    way: Way | None = None
    allow_private_addresses: bool = False


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A source to write, and what it is based on."""

    source: Source
    section: SectionFound
    way: WayFound
    text: str


def propose(inspection: Inspection, choices: Choices, *, today: date) -> tuple[Proposal, ...]:
    """One source for each section that lists something in the way that is wanted."""
    found = [(section, way) for section in inspection.sections if (way := _choose(section, choices))]
    ids = _name_all([section for section, _ in found], choices)
    return tuple(_propose(section, way, name, choices, today) for (section, way), name in zip(found, ids, strict=True))


def _choose(section: SectionFound, choices: Choices) -> WayFound | None:
    return choose_way([way for way in section.ways if choices.way in {None, way.way}])


def _name_all(sections: list[SectionFound], choices: Choices) -> Iterator[str]:
    """Each section's id; a second language's is told apart by the language."""
    taken: set[str] = set()
    for section in sections:
        country = section.country or UNKNOWN_COUNTRY
        own = choices.source_id or guess_id(country, choices.name or section.name, section.url)
        language = section.language.partition("-")[0]
        name = own if own not in taken else f"{own}-{language}"
        taken.add(name)
        yield name


def _propose(section: SectionFound, way: WayFound, source_id: str, choices: Choices, today: date) -> Proposal:
    values: dict[str, Any] = {
        **way.source.model_dump(exclude_unset=True, exclude_none=True),
        "id": source_id,
        "platform": way.source.platform or section.platform or PLAIN_PLATFORM[way.way],
        "expect": {"rows": min(max(1, way.rows // EXPECTED_SHARE), MOST_EXPECTED)},
        "checked_on": today,
    }
    if choices.name:
        values["name"] = choices.name
    if choices.kind:
        values["kind"] = choices.kind
    if not values.get("allow_private_addresses"):
        values.pop("allow_private_addresses", None)
    source = Source.model_validate(values)
    remarks = {} if section.country else {"country": "nothing on the site tells; mend it"}
    return Proposal(source=source, section=section, way=way, text=write_source_text(source, remarks=remarks))


def explain_trouble(trouble: Trouble) -> str:
    """What went wrong with the address that was asked for, and what can be done about it."""
    said = f"{trouble.url}: {trouble.loss}: {trouble.detail}."
    return f"{said} {_find_advice(trouble)}".strip()


def _find_advice(trouble: Trouble) -> str:
    if "could not be resolved" in trouble.detail:
        return "There is no such host. Is it spelled right?"
    return _ADVICE.get(trouble.loss, "")


_ADVICE = {
    Loss.ROBOTS: (
        "govwatch obeys robots.txt. Look for a feed, an API or another section that it allows, or ask the site's owner"
        " to let govwatch in."
    ),
    Loss.BOT_WALL: (
        "The site asks visitors to prove that they are human, which govwatch does not do. Look for a feed or an API at"
        " another address, or write to the site's owner."
    ),
    Loss.REFUSED: "The site refuses us. Look for a feed at another address, or write to the site's owner.",
    Loss.LOGIN: "govwatch reads what is public. Look for a page that can be read without a password.",
    Loss.ADDRESS_FORBIDDEN: "If it is a site of your own, add --allow-private-addresses.",
    Loss.NOT_FOUND: "Is the address right? Open it in a browser.",
    Loss.SOFT_NOT_FOUND: "Is the address right? Open it in a browser.",
    Loss.TIMEOUT: "Some sites never answer from a data centre. Try it again from another network.",
    Loss.UNREACHABLE: "Is the address right, and is the site up?",
    Loss.TOO_MANY_REQUESTS: "Try it again later.",
    Loss.CERTIFICATE: "Only the site's owner can mend that; govwatch does not read what may come from somebody else.",
}


def write_template(section: SectionFound) -> str:
    """A source to be completed by hand, for a site of which nothing could be guessed."""
    kind, country = section.kind.value, section.country or UNKNOWN_COUNTRY
    return f"""\
name = {json.dumps(section.name, ensure_ascii=False)}
country = "{country}"
language = "{section.language}"
kind = "{kind}"
homepage = "{section.homepage}"

[[listing]]
url = "{section.url}"
rows = "ul.news > li"      # what repeats: one element for each announcement (CSS, or XPath 1.0)
link = "a"                 # in a row: the link to the announcement
title = "h3"               # in a row: its title, if the link's text is not the title
date = "time"              # in a row: its date, if there is one
next = "a[rel=next]"       # on the page: the link to the next page, if there is one
"""
