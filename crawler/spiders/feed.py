"""`scrapy crawl feed -a source=ID`: what a source's feeds list; reading them is `crawler.feed`."""

from crawler.alone import AloneSpider
from crawler.way import Way


class FeedSpider(AloneSpider):
    """The feeds of one source."""

    name = "feed"
    way = Way.FEED
