"""One round of two hundred sources: how near it comes to the least time that politeness allows, and what it takes.

Every number is a ratio of two crawls, or of a crawl and its own delays, within one run, so that any machine will do.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.result import Result
from tests.crawling import make_feed, make_item, make_page
from tests.loopback import HTML
from tests.many_sites import NOT_FOUND, ManySites, Reply, http
from tests.memory import PeakMemory

SOURCES, PAGES = 200, 5
FEW = 20
MOST_ON_ONE_HOST = 4
DELAY_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """What one crawl took; `least_s` is what the delays of its busiest host leave at best."""

    took_s: float
    peak_mb: float
    requests: int
    least_s: float


def measure() -> list[Result]:
    polite = _crawl(sources=SOURCES, pages=PAGES, delay_s=DELAY_S)
    many = _crawl(sources=SOURCES, pages=PAGES, delay_s=0)
    few = _crawl(sources=FEW, pages=PAGES * SOURCES // FEW, delay_s=0)
    detail = (
        f"[{SOURCES} sources, {polite.requests} requests, {polite.took_s:.0f} s of which delays {polite.least_s:.0f} s]"
    )
    return [
        Result(
            name="a polite round against its delays",
            value=polite.took_s / polite.least_s,
            unit="x",
            most=1.3,
            detail=detail,
        ),
        Result(
            name="many small sources against few large ones",
            value=few.took_s / many.took_s,
            unit="x",
            least=0.6,
            detail=f"[{SOURCES * PAGES / many.took_s:.0f} pages/s from {SOURCES}, {SOURCES * PAGES / few.took_s:.0f} from {FEW}]",
        ),
        Result(
            name="memory of many sources against few",
            value=many.peak_mb / few.peak_mb,
            unit="x",
            most=1.3,
            detail=f"[{many.peak_mb:.0f} MB with {SOURCES}, {few.peak_mb:.0f} MB with {FEW}, all processes]",
        ),
    ]


def _crawl(*, sources: int, pages: int, delay_s: float) -> Crawled:
    with tempfile.TemporaryDirectory() as folder, ManySites() as sites:
        busiest = _write_configuration(Path(folder), sites, sources=sources, pages=pages, delay_s=delay_s)
        archive = str(Path(folder) / "a.db")
        command = [sys.executable, "-m", "monitor", "--config", folder, "--archive", archive, "crawl", "--json"]
        began_at = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with PeakMemory(child.pid) as peak:
            told, _ = child.communicate()
        took_s = time.perf_counter() - began_at
        filed = sum(one["new"] for one in json.loads(told)["sources"])
        assert filed == sources * pages, f"{filed} of {sources * pages} pages were filed"
        return Crawled(took_s=took_s, peak_mb=peak.mb, requests=len(sites.hits), least_s=(busiest - 1) * delay_s)


def _write_configuration(folder: Path, sites: ManySites, *, sources: int, pages: int, delay_s: float) -> int:
    """Writes the sources, four of which share each tenth host; returns the requests to the busiest host."""
    (folder / "sources").mkdir()
    (folder / "settings.toml").write_text(
        f'contact = "ops@example.org"\n[crawl]\ndelay_s = {delay_s}\nrequests_at_once = 256\n', encoding="utf-8"
    )
    base, left = "", 0
    for number in range(sources):
        if not left:
            base = sites.add(f"host-{number}", partial(_find_reply, pages))
            left = MOST_ON_ONE_HOST if number % (MOST_ON_ONE_HOST * 10) == 0 else 1
        left -= 1
        (folder / "sources" / f"source-{number}.toml").write_text(
            f'name = "Source {number}"\ncountry = "CA"\nlanguage = "en"\nkind = "newsroom"\nhomepage = "{base}/"\n'
            f'feeds = ["{base}/feed/{number}"]\nallow_private_addresses = true\n',
            encoding="utf-8",
        )
    return 1 + MOST_ON_ONE_HOST * (1 + pages)


def _find_reply(pages: int, path: str) -> Reply:
    if path == "/robots.txt":
        return NOT_FOUND
    if path.startswith("/feed"):
        items = (make_item(f"/page{path[5:]}/{n}", f"News {path[6:]} {n}") for n in range(pages))
        return http(str(make_feed(*items).body))
    return http(str(make_page(f"News of {path}", f"What {path} tells. " * 30).body), kind=HTML)
