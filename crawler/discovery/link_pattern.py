"""Finds what the addresses of announcements have in common, for a source's `keep_only`."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from crawler.urls import url_key

# How many of the known announcements a pattern has to keep.
COVERAGE = 0.9
FEWEST_ALIKE = 5
FEWEST_WORDS = 3
NUMBER = re.compile(r"\d+")
WORD_BREAK = re.compile(r"[-_]")


def guess_link_pattern(urls: Sequence[str]) -> str | None:
    """A regular expression for what stands before the last part of most of these addresses: `/news/\\d{4}/\\d+/.`.

    None when they have nothing in common. The dot keeps out the section's own page.
    """
    begin = _find_common_parts(urls)
    return f"/{'/'.join(begin)}/." if begin else None


def _find_common_parts(urls: Sequence[str]) -> list[str]:
    paths = [_split(url) for url in urls]
    begin: list[str] = []
    while True:
        place = len(begin)
        counted = Counter(_generalise(path[place]) for path in paths if len(path) > place + 1)
        part, count = counted.most_common(1)[0] if counted else ("", 0)
        if not count or count < COVERAGE * len(urls):
            break
        begin.append(part)
        paths = [path for path in paths if len(path) > place + 1 and _generalise(path[place]) == part]
    return begin


def guess_pattern_among(urls: Sequence[str]) -> str | None:
    """The same where nothing is known of a site but its addresses: the largest family of those that read like headlines."""
    families: dict[str, list[str]] = {}
    for url in urls:
        path = _split(url)
        if len(path) > 1 and len(WORD_BREAK.split(path[-1])) > FEWEST_WORDS:
            families.setdefault(_generalise(path[0]), []).append(url)
    largest = max(families.values(), key=len, default=[])
    return guess_link_pattern(largest) if len(largest) >= FEWEST_ALIKE else None


def find_common_path(urls: Sequence[str]) -> str:
    """The path beneath which most of these addresses stand, as far as it is the same for all time: `/news/`."""
    plain = "/".join(itertools.takewhile(lambda part: "\\" not in part, _find_common_parts(urls)))
    return f"/{plain}/" if plain else "/"


def count_kept(pattern: str | None, urls: Sequence[str]) -> int:
    found = re.compile(pattern or "")
    return sum(1 for url in urls if found.search(url))


def count_shared(some: Sequence[str], others: Sequence[str]) -> int:
    """How many of these addresses are among the others."""
    return len({url_key(url) for url in some} & {url_key(url) for url in others})


def _split(url: str) -> list[str]:
    """The parts of the path as they stand in the address, percent-encoding included."""
    return [part for part in urlsplit(url).path.split("/") if part]


def _generalise(part: str) -> str:
    if NUMBER.fullmatch(part):
        return rf"\d{{{len(part)}}}" if len(part) == 4 else r"\d+"  # noqa: PLR2004 - a year
    return re.escape(part).replace(r"\-", "-")
