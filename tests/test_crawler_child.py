"""How the crawler gets its order, and how it is told that it ended badly, or never began."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.limits import CrawlLimits
from crawler.order import CrawlOrder, encode_order
from monitor import crawler_child
from monitor.crawler_child import CrawlerNotStarted, describe_end, run_child, start_child, start_crawler

LIMITS = CrawlLimits(contact="ops@example.org")
NOTHING_TO_DO = encode_order(CrawlOrder(ordered_at=datetime(2026, 11, 29, tzinfo=UTC), limits=LIMITS, sources=()))


@pytest.mark.parametrize(
    ("returncode", "took_s", "said"),
    [
        (0, 60.0, None),
        (1, 54.0, "the time limit of 60 seconds ([crawl] time_limit) was reached"),
        (1, 5.0, "the crawler ended with exit code 1"),
        (2, 60.0, "the crawler ended with exit code 2"),
        (-9, 60.0, "the crawler ended with signal SIGKILL"),
    ],
)
def test_an_end_that_was_none_is_told_with_its_cause(returncode: int, took_s: float, said: str | None) -> None:
    told = describe_end(returncode, took_s=took_s, limit_s=60.0)

    assert told is None if said is None else said in str(told)


async def test_a_crawler_that_cannot_be_started_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(CrawlerNotStarted, match="could not be started: No such file"):
        await start_child("crawler", "-")


async def take_nothing(line: bytes) -> None:
    raise AssertionError(f"an order without sources has nothing to report: {line!r}")


@pytest.mark.parametrize("waits_s", [0.0, 1.5])
async def test_an_order_is_carried_out_whenever_it_comes(waits_s: float) -> None:
    crawler = await start_crawler()
    await asyncio.sleep(waits_s)

    assert await run_child(crawler, NOTHING_TO_DO, take=take_nothing, limit_s=30) is None


@pytest.mark.parametrize("order", [b"{", b"[]" * 1_000_000])
async def test_what_is_no_order_is_told(order: bytes) -> None:
    crawler = await start_crawler()

    assert await run_child(crawler, order, take=take_nothing, limit_s=30) == "the crawler ended with exit code 2"


async def test_a_crawler_that_is_gone_before_a_large_order_has_reached_it_is_told() -> None:
    crawler = await start_child("crawler", "--no-such-option")
    await crawler.wait()

    told = await run_child(crawler, NOTHING_TO_DO * 10_000, take=take_nothing, limit_s=30)

    assert told == "the crawler ended with exit code 2"


async def test_a_crawler_that_hangs_and_does_not_heed_is_ended_with_all_that_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R28: after its order, and deaf to SIGTERM, as is what it started."""
    monkeypatch.setattr(crawler_child, "GRACE_S", 0.1)
    monkeypatch.setattr(crawler_child, "STOP_S", 0.1)
    script = "trap '' TERM; cat >/dev/null; sleep 60 & echo $!; wait; wait"
    crawler = await asyncio.create_subprocess_exec("sh", "-c", script, stdin=PIPE, stdout=PIPE, start_new_session=True)
    started: list[int] = []

    async def take_number(line: bytes) -> None:
        started.append(int(line))

    async with asyncio.timeout(10):
        told = await run_child(crawler, NOTHING_TO_DO, take=take_number, limit_s=0.4)
        assert crawler.stdout is not None
        await crawler.stdout.read()  # to its end: nobody is left who could write

    assert told is not None
    assert "did not end within" in told
    assert crawler.returncode == -9
    assert len(started) == 1


async def test_a_crawler_gets_no_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """R37: only what Python and TLS need."""
    (tmp_path / "teller.py").write_text("import json, os; print(json.dumps(dict(os.environ)))", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", "ca.pem")
    monkeypatch.setenv("TEAM_MAIL", "mailtos://user:word@mail.example.org")

    told, _ = await (await start_child("teller")).communicate()

    environment = json.loads(told)
    assert environment["SSL_CERT_FILE"] == "ca.pem"
    assert "TEAM_MAIL" not in environment
