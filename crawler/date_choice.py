"""Chooses one date of publication out of all that was said of it; reading dates is left to `dates`."""

from dataclasses import dataclass

from crawler.announcement import PublicationDate
from crawler.dates import NO_DATE, ONE_DAY


@dataclass(frozen=True, kw_only=True)
class DateStatements:
    """Everything that was said about when one page was published; each may be empty.

    `row` is the feed's, news sitemap's or listing's word; `structured` JSON-LD or microdata `datePublished`; `meta` a
    meta tag; `printed` what a reader sees beside the title; `address` the day in the address.
    """

    row: PublicationDate = NO_DATE
    printed: PublicationDate = NO_DATE
    structured: PublicationDate = NO_DATE
    meta: PublicationDate = NO_DATE
    address: PublicationDate = NO_DATE


def choose_date(said: DateStatements) -> PublicationDate:
    """One publication date out of all statements.

    `on`: two witnesses decide. The first of printed, address, structured, row, meta that another one supports (same
    day, or the day before or after: zones, wrong fixed offsets in meta tags, feeds in UTC) gives the day. Where no two
    agree, the row knows best, then structured, address, printed, meta. A lone statement is believed.

    `at`: the row's moment if it fits `on` (its own day within one day of it), else the structured one's, the printed
    one's or the meta tag's; a moment that fits none is dropped. `source` says whose day it is. Dates of modification
    (`dateModified`, "Last updated", a sitemap's lastmod) are no statements at all and must not be passed in.
    """
    chosen = _supported(said) or _first(said.row, said.structured, said.address, said.printed, said.meta)
    if chosen is None or chosen.on is None:
        return NO_DATE
    on = chosen.on
    moments = (said.row, chosen, said.structured, said.printed, said.meta)
    at = next((one.at for one in moments if one.at and one.on and abs(one.on - on) <= ONE_DAY), None)
    return PublicationDate(at=at, on=on, source=chosen.source)


def _supported(said: DateStatements) -> PublicationDate | None:
    witnesses = [one for one in (said.printed, said.address, said.structured, said.row, said.meta) if one.on]
    for place, witness in enumerate(witnesses):
        if any(_agree(witness, other) for other in (*witnesses[:place], *witnesses[place + 1 :])):
            return witness
    return None


def _agree(one: PublicationDate, other: PublicationDate) -> bool:
    return one.on is not None and other.on is not None and abs(one.on - other.on) <= ONE_DAY


def _first(*dates: PublicationDate) -> PublicationDate | None:
    return next((one for one in dates if one.on), None)
