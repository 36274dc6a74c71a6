"""Decides which of the ways into a site is the best one: plain values in, an order out."""

from collections.abc import Sequence
from datetime import timedelta

from crawler.discovery.findings import WayFound
from crawler.way import Way

# A feed that fell this far behind what the site's pages show is a feed that nobody fills any more.
STALE_AFTER = timedelta(days=60)
# A feed is cheapest to ask and says most of each row; an API says as much; a sitemap says next to nothing.
ORDER = (Way.FEED, Way.API, Way.LISTING, Way.SITEMAP)


def choose_way(ways: Sequence[WayFound]) -> WayFound | None:
    """The way to recommend, or None where none gives anything."""
    sound = [way for way in ways if is_sound(way)]
    fresh = [way for way in sound if not is_stale(way, sound)]
    return min(fresh or sound, key=_rank, default=None)


def is_sound(way: WayFound) -> bool:
    """It lists something, and a page that it lists could be read."""
    return way.rows > 0 and (not way.examples or any(example.text_chars for example in way.examples))


def is_stale(way: WayFound, others: Sequence[WayFound]) -> bool:
    newest = max((one.newest_on for one in others if one.newest_on), default=None)
    return bool(newest and way.newest_on and newest - way.newest_on > STALE_AFTER)


def _rank(way: WayFound) -> tuple[int, bool, int, bool]:
    """Ways of one kind by how much they have in common with the section that was asked for."""
    return ORDER.index(way.way), not way.is_of_section, -way.shared, not way.is_declared
