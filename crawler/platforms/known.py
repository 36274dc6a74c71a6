"""Finds the traits of a platform; a platform without a file of its own has none."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from crawler.platforms import Platform
from crawler.platforms.traits import Traits

if TYPE_CHECKING:
    from crawler.announcement import FetchedPage, NotAPage, Row

PLAIN = Traits()
WITH_A_FILE = frozenset(
    {
        Platform.WORDPRESS,
        Platform.GOVUK,
        Platform.CANADA_NEWS,
        Platform.ONTARIO_NEWS,
        Platform.FEDERAL_REGISTER,
        Platform.MEDIUM,
        Platform.DRUPAL,
        Platform.GOVCMS,
        Platform.GOVEXEC,
    }
)


def find_traits(platform: Platform | None) -> Traits:
    """What to look out for on `platform`; of a site of unknown make, nothing."""
    return _load_traits(platform) if platform in WITH_A_FILE else PLAIN


@cache
def _load_traits(platform: Platform) -> Traits:
    """The traits in the file of this platform, without loading the others: most configurations know only a few."""
    traits = import_module(f"{__package__}.{platform.name.lower()}").TRAITS
    assert isinstance(traits, Traits)
    return traits


def find_page_api_address(platform: Platform | None, row: "Row") -> str | None:
    """Where the platform's API describes the page of `row`; None where the page itself is to be fetched."""
    api = find_traits(platform).page_api
    return api.find_address(row) if api else None


def read_page_of_api(page: "FetchedPage", *, platform: Platform) -> "FetchedPage | NotAPage":
    """The page that a platform's API describes, as extraction reads it."""
    api = find_traits(platform).page_api
    assert api is not None
    return api.read(page)
