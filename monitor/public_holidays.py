"""Says which days are public holidays where. The only importer of `holidays`."""

from datetime import date
from functools import cache

import holidays
from holidays import HolidayBase


@cache
def _calendar(code: str) -> HolidayBase:
    """The calendar of "GB" or "GB-ENG"; it fills in years as they are asked for."""
    country, _, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def is_holiday(code: str, day: date) -> bool:
    return day in _calendar(code)


def check_holidays(code: str) -> str:
    """`code` itself when its public holidays are known; ValueError otherwise."""
    country, _, part = code.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        raise ValueError(f'no public holidays are known of {code!r}: expected a country or its part, such as "GB-ENG"')
    if part and part not in known[country]:
        parts = ", ".join(known[country]) or "none"
        raise ValueError(f"no public holidays are known of {code!r}: the parts of {country} are {parts}")
    return code
