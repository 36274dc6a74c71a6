"""Medium: about ten posts a feed, links with a mark of where they were read, and guids that stay (medium.com/p/<id>)."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from crawler.announcement import Row
from crawler.platforms.traits import Traits

READ_FROM = re.compile(r"(^|&)source=rss[^&]*")
TEASER = re.compile(r"\s*Continue reading on .{1,120}»?\s*$")


def _refine(row: Row) -> Row:
    parts = urlsplit(row.url)
    url = parts._replace(query=READ_FROM.sub("", parts.query).removeprefix("&")).geturl()
    return replace(row, url=url, summary=TEASER.sub("", row.summary or "") or None)


TRAITS = Traits(refine=_refine)
