"""Writes the page that extraction reads out of what a platform's API says of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from crawler.announcement import FetchedPage


@dataclass(frozen=True, kw_only=True)
class PageFacts:
    """What an API says of one page. `body` is HTML; `published` a moment, local to the publisher where it names no zone."""

    url: str
    title: str
    body: str
    description: str | None = None
    language: str | None = None
    published: str | None = None
    author: str | None = None


def write_page(page: FetchedPage, facts: PageFacts, zone: str) -> FetchedPage:
    """`page`, which is an answer of the API, as the page under its own address."""
    metas = {
        "description": facts.description,
        "author": facts.author,
        "article:published_time": _localise(facts.published, ZoneInfo(zone)),
    }
    head = "".join(f'<meta name="{name}" content="{escape(value)}">' for name, value in metas.items() if value)
    text = (
        f'<!DOCTYPE html><html lang="{escape(facts.language or page.language)}"><head><meta charset="utf-8">'
        f"<title>{escape(facts.title)}</title>{head}</head>"
        f"<body><main><article><h1>{escape(facts.title)}</h1>{facts.body}</article></main></body></html>"
    )
    return replace(
        page, url=facts.url, redirects=(), content_type="text/html; charset=utf-8", body=text.encode(errors="replace")
    )


def _localise(moment: str | None, zone: ZoneInfo) -> str | None:
    """`moment` with the publisher's clock and zone, so that the day in it is the day that the publisher prints."""
    try:
        read = datetime.fromisoformat(moment or "")
    except ValueError:
        return None
    return (read.astimezone(zone) if read.tzinfo else read.replace(tzinfo=zone)).isoformat()
