"""The GovExec group (Nextgov, Government Executive, Route Fifty): links that say where they were read (`oref`)."""

from dataclasses import replace

from crawler.announcement import Row
from crawler.platforms.traits import Traits
from crawler.urls import is_web_address, strip_tracking


def _refine(row: Row) -> Row:
    guid = strip_tracking(row.guid) if row.guid and is_web_address(row.guid) else row.guid
    return replace(row, url=strip_tracking(row.url), guid=guid)


TRAITS = Traits(refine=_refine)
