"""One file for each way of finding pages, for `scrapy crawl`; whole orders are `crawler.order_spider`'s."""
