"""By whose clock a source lives: the time zone of its platform, or that in which most people of its country work."""

from collections.abc import Mapping

from crawler.platforms.known import find_traits
from crawler.source import Source

UTC = "UTC"
# Where a country has several zones, that of its government's seat (from the tz database's zone.tab).
OF_COUNTRY: Mapping[str, str] = {
    "AU": "Australia/Sydney",
    "BE": "Europe/Brussels",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CH": "Europe/Zurich",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "EU": "Europe/Brussels",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "IL": "Asia/Jerusalem",
    "IN": "Asia/Kolkata",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "MX": "America/Mexico_City",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UY": "America/Montevideo",
}


def find_zone(source: Source) -> str:
    """The zone's name; UTC where nothing is known, which habits then learn to read."""
    return find_traits(source.platform).zone or OF_COUNTRY.get(source.country, UTC)
