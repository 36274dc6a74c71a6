"""WordPress: its feeds' footers, and the posts of its REST API (developer.wordpress.org/rest-api/reference/posts)."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from w3lib.url import add_or_replace_parameter

from crawler.announcement import Row
from crawler.api_table import ApiShape, Paging
from crawler.platforms.traits import Traits

CUT = re.compile(r"\s*(\[\s*(…|\.{3})\s*\]|…|\.{3}|(Continue reading|Lire la suite|Continua a leggere)\b.{0,200})\s*$")
LARGEST_OFFSET = timedelta(hours=14)
MAX_DIGITS = 6


def _refine(row: Row) -> Row:
    """Without the mark at which an excerpt breaks off; the footer has gone with the tags."""
    return replace(row, summary=CUT.sub("", row.summary or "") or None)


def _prepare(post: Any) -> Any:
    """`post` with `published`: the moment as the site prints it. WordPress gives it twice, here and in Greenwich."""
    if not isinstance(post, dict):
        return post
    return {**post, "published": _join_zone(post.get("date"), post.get("date_gmt"))}


def _join_zone(local: object, gmt: object) -> str | None:
    """ "2026-10-02T23:30:00" here and "2026-10-03T03:30:00" in Greenwich are "2026-10-02T23:30:00-04:00"."""
    try:
        offset = datetime.fromisoformat(str(local)) - datetime.fromisoformat(str(gmt))
    except (ValueError, TypeError):  # TypeError: one of them names a zone, so neither needs the other
        return str(local) if local else None
    if abs(offset) > LARGEST_OFFSET:
        return str(local)
    minutes = round(offset.total_seconds() / 60)
    return f"{local}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def find_older_feed(url: str) -> str:
    """Every feed of WordPress has its older entries under `paged=2` and on."""
    said = dict(parse_qsl(urlsplit(url).query)).get("paged", "")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) <= MAX_DIGITS else 1
    return add_or_replace_parameter(url, "paged", str(number + 1))


POSTS = ApiShape(
    rows="@",
    link="link",
    title="title.rendered",
    date="published",
    updated="join('', [modified_gmt, 'Z'])",
    summary="excerpt.rendered",
    text="content.rendered",
    author="_embedded.author[].name",
    id="guid.rendered",
    paging=Paging(parameter="page", size=10, size_parameter="per_page", last_header="X-WP-TotalPages"),
)
TRAITS = Traits(refine=_refine, find_older_feed=find_older_feed, prepare=_prepare, api=POSTS)
