"""From a source to announcements: an ordinary Scrapy project that knows nothing of the archive."""
