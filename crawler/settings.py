"""Scrapy settings: the lists of middlewares and pipelines are the wiring of a crawl; what is absent is off on purpose.

What an operator decides (settings.toml, `[crawl]`) is added by `find_settings` when a crawl starts.
"""

from typing import Any

from crawler.limits import CrawlLimits

BOT_NAME = "govwatch"
SPIDER_MODULES = ["crawler.spiders"]

# Scrapy's own lists are left empty, so that nothing is on unless it is named here (R32), nor even imported: of what they
# name, the remote control alone would make each crawl start a quarter of a second later.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
DOWNLOAD_HANDLERS_BASE: dict[str, str] = {}

# Among what is left out: a proxy resolves names itself, out of the address guard's sight (R31); the error filter and the
# offsite filter drop answers and requests unseen, and every status reaches the callback, which says what it means.
DOWNLOADER_MIDDLEWARES = {
    # requests pass downwards, answers upwards
    "crawler.fetching.rendering.Rendering": 50,
    "crawler.fetching.robots.RobotsTxt": 100,
    "crawler.fetching.conditional.ConditionalRequests": 300,
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "crawler.fetching.patience.Patience": 540,
    "crawler.fetching.retrying.Retries": 550,
    # nearer to the downloader than the retries: a 503 that says when to come back is obeyed, not retried
    "crawler.fetching.politeness.Politeness": 570,
    "crawler.fetching.redirects.MetaRefreshes": 580,
    "crawler.fetching.redirects.Decompression": 590,
    "crawler.fetching.redirects.Redirects": 600,
    "crawler.fetching.cookies.RedirectCookies": 700,
    "crawler.fetching.tally.TrafficCount": 900,
}

SPIDER_MIDDLEWARES = {
    # Redirects ask it what to say of where they come from: nothing.
    "scrapy.spidermiddlewares.referer.RefererMiddleware": 700,
}
REFERRER_POLICY = "scrapy.spidermiddlewares.referer.NoReferrerPolicy"

ITEM_PIPELINES = {
    "crawler.pipelines.Extraction": 100,
    "crawler.pipelines.Settlement": 200,
}

EXTENSIONS = {
    # for `scrapy crawl -O`
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
MEMUSAGE_ENABLED = False

# R31, R32, R33
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetching.address.GuardedDownloadHandler",
    "https": "crawler.fetching.address.GuardedDownloadHandler",
}
TWISTED_DNS_RESOLVER = "crawler.fetching.address.GuardedResolver"
DOWNLOAD_VERIFY_CERTIFICATES = True
HTTPPROXY_ENABLED = False
COOKIES_ENABLED = False  # those of redirects alone are given back, by a middleware of ours
ROBOTSTXT_OBEY = True

SCHEDULER = "crawler.fetching.scheduling.FairScheduler"
DOWNLOAD_DELAY_JITTER = 0.0
REACTOR_THREADPOOL_MAXSIZE = 20

RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 503, 504, 522, 524]
RETRY_EXCEPTIONS = [
    "scrapy.exceptions.DownloadFailedError",
    "scrapy.exceptions.ResponseDataLossError",
    "twisted.internet.error.ConnectionClosed",
]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
REDIRECT_MAX_TIMES = 10
# A longer delay is a page that reloads itself, not one that has moved.
METAREFRESH_MAXDELAY = 6

LOG_LEVEL = "WARNING"
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"
STATS_DUMP = False
FEED_EXPORT_ENCODING = "utf-8"
WARN_ON_GENERATOR_RETURN_VALUE = False


def find_settings(limits: CrawlLimits) -> dict[str, Any]:
    """The settings that carry out an operator's limits (R29, R39)."""
    return {
        "USER_AGENT": limits.user_agent,
        "DOWNLOAD_DELAY": limits.delay_s,
        "CONCURRENT_REQUESTS": limits.requests_at_once,
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.requests_at_once_per_host,
        "DOWNLOAD_TIMEOUT": limits.request_timeout_s,
        "DOWNLOAD_MAXSIZE": limits.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        # Scrapy starts this many tasks for each answer, used or not; more than the workers can take are of no use.
        "CONCURRENT_ITEMS": limits.extract_processes + 1,
    }
