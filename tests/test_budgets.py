"""R29: one round of two hundred sources keeps every host's budget, judged from the servers' own log."""

import itertools
from collections import defaultdict
from functools import partial
from pathlib import Path

import pytest

from crawler.order import HostRested, SourceEnded
from tests.crawling import crawl, make_feed, make_item, make_order, make_page, make_source
from tests.loopback import HTML
from tests.many_sites import NOT_FOUND, Hit, ManySites, Reply, http

SOURCES = 200
DELAY_S, CRAWL_DELAY_S = 0.2, 0.5
# Longer than the delay: only the bound on requests at once keeps the next one back.
LATE_ANSWER_S = 0.4
# A request that a busy machine sends or takes late comes the nearer to the next one. Each slow host has so many requests
# that even so they would come too soon with the usual delay between them.
LATE_S, SLOW_LATE_S = 0.15, 0.5
HOSTS = {
    **{f"alone-{n}": 1 for n in range(117)},
    **{f"shared-{n}": 4 for n in range(15)},
    **{f"slow-{n}": 1 for n in range(10)},
    "slow-and-shared": 4,
    "late-and-shared": 3,
    **{f"resting-{n}": 2 for n in range(3)},
}


def count_pages(host: str) -> int:
    """How many pages each source of a host lists."""
    return 3 if host.startswith("slow") and HOSTS[host] == 1 else 1


def find_reply(host: str, path: str) -> Reply:
    if path == "/robots.txt":
        return (
            http(f"User-agent: *\nCrawl-delay: {CRAWL_DELAY_S}\n", kind="text/plain") if "slow" in host else NOT_FOUND
        )
    if host.startswith("resting"):
        return http("", "429 Too Many Requests", Retry_After="600")
    if path.startswith("/feed"):
        return http(
            str(
                make_feed(
                    *(make_item(f"/page{path[5:]}/{n}", f"News {path} {n}") for n in range(count_pages(host)))
                ).body
            )
        )
    return http(str(make_page(f"News {path}").body), kind=HTML)


def find_overlaps(hits: list[Hit]) -> int:
    return sum(later.came_at < earlier.left_at for earlier, later in itertools.pairwise(hits))


def is_too_fast(host: str, hits: list[Hit]) -> bool:
    """Whether a host was asked oftener than once in its delay; robots.txt, which says it, is asked for before it is known."""
    delay_s, late_s = (CRAWL_DELAY_S, SLOW_LATE_S) if "slow" in host else (DELAY_S, LATE_S)
    spaced = hits[1:] if "slow" in host else hits
    return spaced[-1].came_at - spaced[0].came_at < delay_s * (len(spaced) - 1) - late_s


@pytest.mark.long
def test_two_hundred_sources_keep_the_budget_of_every_host(tmp_path: Path) -> None:
    assert sum(HOSTS.values()) == SOURCES
    with ManySites() as sites:
        sources = []
        for host, count in HOSTS.items():
            base = sites.add(host, partial(find_reply, host), answers_after_s=LATE_ANSWER_S if "late" in host else 0)
            sources += [make_source(f"{host}-{n}", feeds=(f"{base}/feed/{n}",)) for n in range(count)]
        limits = {"delay_s": DELAY_S, "requests_at_once_per_host": 1, "requests_at_once": 256, "extract_processes": 2}
        result = crawl(make_order(*sources, limits=limits), tmp_path)
        log: dict[str, list[Hit]] = defaultdict(list)
        for hit in sites.hits:
            log[hit.site].append(hit)
    expected = {
        host: 2 if host.startswith("resting") else 1 + count * (1 + count_pages(host)) for host, count in HOSTS.items()
    }
    assert {host: len(hits) for host, hits in log.items()} == expected, "nothing is asked twice, a resting host once"
    assert [host for host, hits in log.items() if find_overlaps(hits)] == [], "one at a time"
    assert [host for host, hits in log.items() if is_too_fast(host, hits)] == []
    assert len(result.all(SourceEnded)) == SOURCES
    assert len(result.announcements) == sum(
        count * count_pages(host) for host, count in HOSTS.items() if not host.startswith("resting")
    )
    assert len(result.all(HostRested)) == 3
