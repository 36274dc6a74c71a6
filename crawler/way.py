"""How entry points list what a source has published."""

from enum import StrEnum


class Way(StrEnum):
    """How an entry point lists what a source has published."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    API = "api"
