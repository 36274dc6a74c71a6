"""`scrapy crawl sitemap -a source=ID`: what a source's sitemaps list; reading them is `crawler.sitemap`."""

from crawler.alone import AloneSpider
from crawler.way import Way


class SitemapSpider(AloneSpider):
    """The sitemaps of one source."""

    name = "sitemap"
    way = Way.SITEMAP
