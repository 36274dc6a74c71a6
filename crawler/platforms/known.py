"""Finds the traits of a platform; a platform without a file of its own has none."""

from collections.abc import Mapping

from crawler.announcement import FetchedPage, NotAPage, Row
from crawler.platforms import (
    Platform,
    canada_news,
    drupal,
    federal_register,
    govexec,
    govuk,
    medium,
    ontario_news,
    wordpress,
)
from crawler.platforms.traits import Traits

PLAIN = Traits()
TRAITS: Mapping[Platform, Traits] = {
    Platform.WORDPRESS: wordpress.TRAITS,
    Platform.GOVUK: govuk.TRAITS,
    Platform.CANADA_NEWS: canada_news.TRAITS,
    Platform.ONTARIO_NEWS: ontario_news.TRAITS,
    Platform.FEDERAL_REGISTER: federal_register.TRAITS,
    Platform.MEDIUM: medium.TRAITS,
    Platform.DRUPAL: drupal.TRAITS,
    Platform.GOVCMS: drupal.GOVCMS_TRAITS,
    Platform.GOVEXEC: govexec.TRAITS,
}


def find_traits(platform: Platform | None) -> Traits:
    """What to look out for on `platform`; of a site of unknown make, nothing."""
    return TRAITS.get(platform, PLAIN) if platform else PLAIN


def find_page_api_address(platform: Platform | None, row: Row) -> str | None:
    """Where the platform's API describes the page of `row`; None where the page itself is to be fetched."""
    api = find_traits(platform).page_api
    return api.find_address(row) if api else None


def read_page_of_api(page: FetchedPage, *, platform: Platform) -> FetchedPage | NotAPage:
    """The page that a platform's API describes, as extraction reads it."""
    api = find_traits(platform).page_api
    assert api is not None
    return api.read(page)
