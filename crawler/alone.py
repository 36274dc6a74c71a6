"""Lets one source be crawled alone, as Scrapy users expect: `scrapy crawl feed -a source=ID -O out.jsonl`."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

from scrapy.crawler import Crawler

from crawler.limits import read_limits
from crawler.order import CrawlOrder, SourceOrder
from crawler.order_spider import OrderSpider
from crawler.settings import ITEM_PIPELINES
from crawler.source import Source, read_source
from crawler.way import Way

WRONG_USE = 2
KEYS = {Way.FEED: "feeds", Way.SITEMAP: "sitemaps", Way.LISTING: "listing", Way.API: "api"}


class AloneSpider(OrderSpider):
    """Visits the entry points of one kind of one source, knows nothing of its past, and gives announcements as items.

    Arguments: `source`, the source's id; `config`, the configuration folder (else GOVWATCH_CONFIG, else ./config).
    """

    name = ""
    way: ClassVar[Way]
    custom_settings = {  # noqa: RUF012 (Scrapy's interface)
        "ITEM_PIPELINES": {**ITEM_PIPELINES, "crawler.pipelines.PlainItems": 300}
    }

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **keywords: Any) -> Self:
        source, config = keywords.pop("source", None), keywords.pop("config", None)
        if not source:
            _leave(f"expected the id of a source: scrapy crawl {cls.name} -a source=ID")
        folder = Path(config or os.environ.get("GOVWATCH_CONFIG") or "config")
        return super().from_crawler(crawler, *args, order=read_order(folder, source, cls.way), **keywords)


def read_order(folder: Path, source_id: str, way: Way) -> CrawlOrder:
    """The order to visit what one source lists in one way; ends the program when the configuration has none."""
    path = folder / "sources" / f"{source_id}.toml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in path.parent.glob("*.toml"))) or "none"
        _leave(f"no source {source_id!r} in {path.parent}; there are: {known}")
    limits, faults = read_limits(folder / "settings.toml")
    source, more = read_source(path)
    if limits is None or source is None:
        _leave("\n".join(str(fault) for fault in (*faults, *more)))
    chosen = _keep_one_way(source, way)
    if not chosen.entry_points:
        _leave(f"{path} declares no {KEYS[way]}")
    return CrawlOrder(ordered_at=datetime.now(UTC), limits=limits, sources=(SourceOrder(source=chosen),))


def _keep_one_way(source: Source, way: Way) -> Source:
    return source.model_copy(update={key: () for other, key in KEYS.items() if other is not way})


def _leave(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(WRONG_USE)
