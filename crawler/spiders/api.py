"""`scrapy crawl api -a source=ID`: what a source's JSON APIs list; reading them is `crawler.api`."""

from crawler.alone import AloneSpider
from crawler.way import Way


class ApiSpider(AloneSpider):
    """The JSON APIs of one source."""

    name = "api"
    way = Way.API
