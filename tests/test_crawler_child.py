"""How it is told that the crawler ended badly, or never began."""

import sys

import pytest

from monitor.crawler_child import CrawlerNotStarted, describe_end, start_child


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
