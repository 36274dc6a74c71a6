"""`scrapy crawl listing -a source=ID`: what a source's listings list; reading them is `crawler.listing`."""

from crawler.alone import AloneSpider
from crawler.way import Way


class ListingSpider(AloneSpider):
    """The listings of one source."""

    name = "listing"
    way = Way.LISTING
