"""When a host is left alone for the rest of a crawl: by the middleware itself, without a server."""

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from crawler.announcement import Loss
from crawler.fetching.failures import FetchRefused
from crawler.fetching.patience import MOST_IN_A_ROW, Patience

SILENT = Request("http://silent.example/a")


def fail(patience: Patience, times: int) -> None:
    for _ in range(times):
        patience.process_exception(SILENT, DownloadTimeoutError())


def test_a_host_that_fails_again_and_again_is_not_asked_any_more() -> None:
    """R39."""
    patience = Patience()
    fail(patience, MOST_IN_A_ROW)
    with pytest.raises(FetchRefused) as refused:
        patience.process_request(Request("http://silent.example/b"))
    assert refused.value.failure.loss is Loss.TIMEOUT
    assert (
        refused.value.failure.detail == "not asked, since the host failed 5 times in a row (no complete answer in time)"
    )
    patience.process_request(Request("http://other.example/"))


@pytest.mark.parametrize("status", [200, 304, 404, 403, 429])
def test_any_answer_shows_that_the_host_is_there(status: int) -> None:
    patience = Patience()
    fail(patience, MOST_IN_A_ROW - 1)
    patience.process_response(SILENT, Response(SILENT.url, status=status))
    fail(patience, MOST_IN_A_ROW - 1)
    patience.process_request(SILENT)


def test_a_server_that_only_stumbles_counts_too() -> None:
    patience = Patience()
    for _ in range(MOST_IN_A_ROW):
        patience.process_response(SILENT, Response(SILENT.url, status=503))
    with pytest.raises(FetchRefused, match="server error"):
        patience.process_request(SILENT)
