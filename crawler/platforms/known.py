"""Finds the traits of a platform; a platform without a file of its own has none."""

from collections.abc import Mapping

from crawler.platforms import Platform
from crawler.platforms.traits import Traits

PLAIN = Traits()
TRAITS: Mapping[Platform, Traits] = {}


def find_traits(platform: Platform | None) -> Traits:
    """What to look out for on `platform`; of a site of unknown make, nothing."""
    return TRAITS.get(platform, PLAIN) if platform else PLAIN
