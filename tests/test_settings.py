"""The wiring of a crawl, as Scrapy reads it with its own lists: what is not wanted is not there."""

import pytest
from scrapy.settings import Settings

from crawler.limits import CrawlLimits
from crawler.settings import find_settings


@pytest.fixture
def settings() -> Settings:
    made = Settings()
    made.setmodule("crawler.settings", priority="project")
    made.setdict(find_settings(CrawlLimits(contact="ops@example.org")), priority="spider")
    return made


def test_nothing_but_the_web_can_be_fetched(settings: Settings) -> None:
    """R32: not even by an address that no other check has refused."""
    assert set(settings.getwithbase("DOWNLOAD_HANDLERS")) == {"http", "https"}


def test_a_crawl_can_be_controlled_by_nobody(settings: Settings) -> None:
    """R32: of what Scrapy can add to a crawl, among it a console that listens on a port, only the writer of items is on."""
    extensions = settings.get_component_priority_dict_with_base("EXTENSIONS")

    assert set(extensions) == {"scrapy.extensions.feedexport.FeedExporter"}
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
