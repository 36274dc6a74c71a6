"""`source new`: looks a site over, shows what each way into it would give, and writes the source's file."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.codes import check_country, check_language
from crawler.discovery.findings import Asked, Inspection, InspectionOrder, SectionFound, WayFound
from crawler.discovery.naming import is_numeric
from crawler.fetching.address import is_public_text
from crawler.limits import CrawlLimits
from crawler.source import SOURCE_ID, SourceKind
from crawler.urls import is_web_address
from crawler.way import Way
from monitor.cli.output import clean, complain, print_json, say
from monitor.cli.places import EXIT_PARTLY_FAILED, Places
from monitor.cli.samples import write_samples
from monitor.cli.tables import ERR, print_rows
from monitor.clock import now
from monitor.configuration import read_configuration
from monitor.errors import GovwatchError
from monitor.inspecting import inspect_site
from monitor.proposal import Choices, Proposal, explain_trouble, propose, write_template

SAMPLES = Path("tests/pages")
COLUMNS = ("way", "rows", "dated", "newest", "oldest", "text")


class NewSourceRefused(GovwatchError):
    """What was asked for cannot be written; nothing was."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line says, unchecked."""

    url: str
    source_id: str | None
    name: str | None
    country: str | None
    language: str | None
    kind: str | None
    way: str | None
    allow_private_addresses: bool
    write: bool
    samples: Path | None


def make_new_source(places: Places, wish: Wish, *, as_json: bool) -> int:
    configuration = read_configuration(places.config, os.environ)
    folder = configuration.folder / "sources"
    choices = _read_choices(wish)
    if choices.source_id:
        _refuse_existing(folder / f"{choices.source_id}.toml")
    order = _write_order(wish, choices, configuration.settings.limits)
    with _show_progress() as tell:
        inspection = asyncio.run(inspect_site(order, tell=tell))
    proposals = propose(inspection, choices, today=now().date())
    written = _write(proposals, folder, wish, configuration.settings.limits)
    if as_json:
        print_json(_describe(inspection, proposals, written))
    else:
        _show(inspection, proposals, written)
    return 0 if proposals else EXIT_PARTLY_FAILED


# -- what is asked


def _read_choices(wish: Wish) -> Choices:
    return Choices(
        source_id=_check(wish.source_id, "--id", SOURCE_ID.fullmatch, "small letters, digits and single hyphens"),
        name=wish.name,
        kind=_read_kind(wish.kind),
        way=_read_way(wish.way),
        allow_private_addresses=wish.allow_private_addresses,
    )


def _check(value: str | None, option: str, is_right: Callable[[str], object], expected: str) -> str | None:
    if value is not None and not is_right(value):
        raise NewSourceRefused(f"{option}: expected {expected}, not “{value}”")
    return value


def _check_code(code: str | None, option: str, check: Callable[[str], str]) -> str | None:
    try:
        return check(code) if code else None
    except ValueError as error:
        raise NewSourceRefused(f"{option}: {error}") from error


def _read_kind(text: str | None) -> SourceKind | None:
    kinds = [kind.value for kind in SourceKind]
    found = _check(text, "--kind", lambda value: value in kinds, ", ".join(kinds))
    return SourceKind(found) if found else None


def _read_way(text: str | None) -> Way | None:
    ways = [way.value for way in Way]
    found = _check(text, "--way", lambda value: value in ways, ", ".join(ways))
    return Way(found) if found else None


def _write_order(wish: Wish, choices: Choices, limits: CrawlLimits) -> InspectionOrder:
    url = wish.url if "://" in wish.url else f"https://{wish.url}"
    if not is_web_address(url):
        raise NewSourceRefused(f"“{wish.url}” is no http or https address")
    country = _check_code(wish.country and wish.country.upper(), "--country", check_country)
    language = _check_code(wish.language, "--language", check_language)
    is_own = choices.allow_private_addresses or _is_here(url)
    if is_own and not choices.allow_private_addresses:
        complain(
            f"{urlsplit(url).hostname} is not on the public internet: the source gets allow_private_addresses = true"
        )
    return InspectionOrder(
        url=url,
        ordered_at=now(),
        limits=limits,
        country=country,
        language=language,
        allow_private_addresses=is_own,
    )


def _is_here(url: str) -> bool:
    """Whether the address itself, without asking anybody, is one of this machine or network: then it is meant."""
    host = urlsplit(url).hostname or ""
    return host == "localhost" or (is_numeric(host) and not is_public_text(host))


@contextmanager
def _show_progress() -> Iterator[Callable[[Asked], None]]:
    """The address that is being asked for, on a terminal."""
    if not ERR.is_terminal:
        yield lambda _: None
        return
    with ERR.status("looking at the site") as status:
        yield lambda asked: status.update(clean(f"asking for {asked.url}"))


# -- what is written


def _write(proposals: Sequence[Proposal], folder: Path, wish: Wish, limits: CrawlLimits) -> list[Path]:
    """The files of all proposals and their samples, or none of them."""
    if not wish.write or not proposals:
        return []
    files = {folder / f"{one.source.id}.toml": one.text for one in proposals}
    for path in files:
        _refuse_existing(path)
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    samples = wish.samples or (SAMPLES if SAMPLES.is_dir() else None)
    more = [path for one in proposals for path in write_samples(one, samples, limits)] if samples else []
    return [*files, *more]


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise NewSourceRefused(f"{path} is there already: nothing was written; name another id with --id")


# -- what is shown


def _show(inspection: Inspection, proposals: Sequence[Proposal], written: Sequence[Path]) -> None:
    if inspection.failed:
        complain(explain_trouble(inspection.failed))
        return
    for section in inspection.sections:
        _show_section(section)
    for trouble in inspection.troubles:
        say(f"passed over: {trouble.url}: {trouble.loss}: {trouble.detail}")
    if not proposals:
        _show_nothing(inspection)
    for proposal in proposals:
        _show_proposal(proposal)
    for path in written:
        say(f"written: {path}")
    if len(written) > len(proposals):
        say(
            "The saved pages are their publishers' work: before you hand them on, check their licence or rewrite what they say."
        )
    if written:
        ids = " ".join(one.source.id for one in proposals)
        say(f"Next: govwatch source check {ids}, then govwatch crawl {ids}")


def _show_section(section: SectionFound) -> None:
    made = f", made with {section.platform.value}" if section.platform else ""
    country = section.country or "country unknown"
    say(f"\n{section.name} ({country}, {section.language}, {section.kind.value}{made}): {section.url}")
    rows = [{**_row_of(way), "place": f"{way.url} (by {way.found_by})"} for way in section.ways]
    empty = "Nothing here lists what it publishes in a way that can be read."
    print_rows(rows, COLUMNS, as_json=False, empty=empty, remark="place")


def _row_of(way: WayFound) -> dict[str, Any]:
    texts = [example.text_chars for example in way.examples]
    return {
        "way": way.way.value,
        "address": way.url,
        "rows": way.rows,
        "dated": way.dated,
        "newest": way.newest_on,
        "oldest": way.oldest_on,
        "text": "/".join(map(str, texts)) or None,
        "found_by": way.found_by,
    }


def _show_proposal(proposal: Proposal) -> None:
    say(f"\n{proposal.source.id}: by its {proposal.way.way.value}. What it would give:")
    for example in proposal.way.examples:
        told = f"{example.text_chars} characters of text" if example.text_chars else f"no text ({example.trouble})"
        say(f"  {example.published_on or 'no date'}  {example.title or example.url}: {told}")
    for note in proposal.way.notes:
        say(f"  note: {note}")
    say("")
    say(proposal.text)


def _show_nothing(inspection: Inspection) -> None:
    section = inspection.sections[0]
    troubles = [one.trouble for way in section.ways for one in way.examples if one.trouble]
    if troubles:
        complain(f"{inspection.url}: none of the pages that are listed could be read: {troubles[0]}.")
    else:
        complain(f"{inspection.url}: no feed, no sitemap, no API and no list of announcements was found.")
    if section.is_bare:
        complain(
            "The page holds hardly any text, so a script seems to fill it in: look for the API that the script asks"
            " ([[api]]), or have the page drawn (render = true)."
        )
    complain(
        "Try the address of the page that lists the news. Or say yourself where things stand: complete this, and save"
        f" it as sources/<id>.toml:\n\n{write_template(section)}"
    )


def _describe(inspection: Inspection, proposals: Sequence[Proposal], written: Sequence[Path]) -> dict[str, Any]:
    by_section = {id(one.section): one for one in proposals}
    return {
        "url": inspection.url,
        "requests": inspection.requests,
        "failed": _describe_trouble(inspection),
        "sections": [_describe_section(one, by_section.get(id(one))) for one in inspection.sections],
        "passed_over": [{"url": one.url, "loss": one.loss.value, "detail": one.detail} for one in inspection.troubles],
        "written": [str(path) for path in written],
    }


def _describe_trouble(inspection: Inspection) -> dict[str, Any] | None:
    failed = inspection.failed
    if failed is None:
        return None
    return {"url": failed.url, "loss": failed.loss.value, "detail": failed.detail, "advice": explain_trouble(failed)}


def _describe_section(section: SectionFound, proposal: Proposal | None) -> dict[str, Any]:
    return {
        "url": section.url,
        "name": section.name,
        "country": section.country,
        "language": section.language,
        "kind": section.kind.value,
        "platform": section.platform.value if section.platform else None,
        "ways": [_describe_way(way) for way in section.ways],
        "recommended": proposal.way.way.value if proposal else None,
        "id": proposal.source.id if proposal else None,
        "file": proposal.text if proposal else None,
    }


def _describe_way(way: WayFound) -> dict[str, Any]:
    row = _row_of(way)
    row.pop("text")
    examples = [
        {
            "url": one.url,
            "title": one.title,
            "published_on": one.published_on,
            "text_chars": one.text_chars,
            "trouble": one.trouble,
        }
        for one in way.examples
    ]
    return {**row, "shared_with_page": way.shared, "notes": way.notes, "examples": examples}
