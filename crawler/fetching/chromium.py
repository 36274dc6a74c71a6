"""Whether pages can be drawn on this machine, with which Chromium, and how it is started without a network.

Loads nothing of Scrapy's, since `check` asks it too.
"""

import os
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from crawler.limits import CrawlLimits
from crawler.source import Source

CHROMIUM = "GOVWATCH_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
INSTALL = "pip install 'govwatch[render]'"
LAUNCH = (
    # nobody listens on port 1: whatever is not taken from the browser ends there
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--js-flags=--max-old-space-size=512",
)


def find_chromium() -> str | None:
    """The system's Chromium, or the one that GOVWATCH_CHROMIUM names."""
    named = os.environ.get(CHROMIUM)
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def explain_missing() -> str | None:
    """What to install before pages can be drawn on this machine, or None when nothing is missing."""
    if find_spec("scrapy_playwright") is None:
        return f"render = true needs scrapy-playwright: {INSTALL}"
    if find_chromium() is None:
        return f"render = true needs Chromium: install your system's package, or name the program in {CHROMIUM}"
    return None


def find_browser_settings(sources: Iterable[Source], limits: CrawlLimits) -> dict[str, Any]:
    """scrapy-playwright's settings, where a source wants pages drawn."""
    if not any(source.render for source in sources):
        return {}
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {
            "executable_path": find_chromium(),
            "args": list(LAUNCH),
            # Chromium's sandbox does not start as root.
            "chromium_sandbox": os.geteuid() != 0,
            # The crawl ends itself and its browser.
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        },
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": limits.request_timeout_s * 1000,
    }
