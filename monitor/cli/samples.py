"""Saves what a new source's site answered as samples for the tests, each with what must be read from it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.discovery.findings import Saved
from crawler.discovery.samples import expect_sample, find_ending, find_page_ending, read_body
from crawler.limits import CrawlLimits
from monitor.clock import now
from monitor.proposal import Proposal


def write_samples(proposal: Proposal, folder: Path, limits: CrawlLimits) -> list[Path]:
    """The paths written: the entry point's document and its expected rows, an announcement's page and what it gives.

    A sample that is there already is left alone.
    """
    platform = proposal.source.platform
    assert platform is not None
    place = folder / platform.value
    place.mkdir(parents=True, exist_ok=True)
    return [path for path, body in _make_samples(proposal, limits, place) if _write_new(path, body)]


def _make_samples(proposal: Proposal, limits: CrawlLimits, place: Path) -> Iterator[tuple[Path, bytes]]:
    source, document = proposal.source, proposal.way.document
    if document:
        stem = f"{proposal.way.way.value}-{source.id}"
        yield place / f"{stem}{find_ending(proposal.way.way, document)}", read_body(document)
        yield place / f"{stem}.expected.json", _encode(expect_sample(source, document, limits, now=now()))
    page = proposal.section.example_document
    if page:
        yield place / f"article-{source.id}{find_page_ending(page)}", read_body(page)
        yield place / f"article-{source.id}.expected.json", _encode(_expect_page(proposal, page))


def _expect_page(proposal: Proposal, page: Saved) -> dict[str, Any]:
    example = next((one for one in proposal.way.examples if not one.trouble), None)
    if example is None:
        return {"url": page.url}
    day = example.published_on
    return {
        "url": example.url,
        "title": example.title,
        "published_on": day.isoformat() if day else None,
        "text_chars": example.text_chars,
        "site": proposal.source.name,
    }


def _encode(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _write_new(path: Path, body: bytes) -> bool:
    try:
        with path.open("xb") as file:
            file.write(body)
    except FileExistsError:
        return False
    return True
