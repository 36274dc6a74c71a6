"""Every exception and every status has one loss and one sentence."""

import pytest
from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.python.failure import Failure as TwistedFailure
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed

from crawler.announcement import Loss
from crawler.fetching.failures import Failure, FetchRefused, explain_exception, explain_status, is_final
from crawler.fetching.framing import HeadTooLargeError


def broke_off(cause: Exception) -> DownloadFailedError:
    error = DownloadFailedError("failed")
    error.__cause__ = ResponseFailed([TwistedFailure(cause)])  # type: ignore[no-untyped-call]  # Twisted leaves them untyped
    return error


@pytest.mark.parametrize(
    ("error", "loss"),
    [
        (DownloadTimeoutError(), Loss.TIMEOUT),
        (CannotResolveHostError(), Loss.UNREACHABLE),
        (DownloadConnectionRefusedError(), Loss.UNREACHABLE),
        (ConnectError(), Loss.UNREACHABLE),  # type: ignore[no-untyped-call]  # Twisted leaves it untyped
        (ConnectionLost(), Loss.UNREACHABLE),
        (ResponseDataLossError(), Loss.UNREACHABLE),
        (DownloadCancelledError(), Loss.TOO_LARGE),
        (NotSupported(), Loss.ADDRESS_FORBIDDEN),
        (UnsupportedURLSchemeError(), Loss.ADDRESS_FORBIDDEN),
        (broke_off(ConnectionLost()), Loss.UNREACHABLE),
        (broke_off(SSL.Error([("SSL routines", "", "certificate verify failed")])), Loss.CERTIFICATE),
        (broke_off(SSL.Error([("SSL routines", "", "unsupported protocol")])), Loss.UNREACHABLE),
        (broke_off(VerificationError(errors=[])), Loss.CERTIFICATE),
        (broke_off(ParseError("wrong number of parts", b"SSH-2.0")), Loss.UNREADABLE),  # type: ignore[no-untyped-call]  # Twisted's
        (broke_off(ValueError("conflicting Content-Length headers")), Loss.UNREADABLE),
        (broke_off(HeadTooLargeError()), Loss.TOO_LARGE),
        (FetchRefused(Failure(loss=Loss.ROBOTS, detail="no")), Loss.ROBOTS),
        (KeyError("x"), Loss.OUR_FAULT),
    ],
)
def test_an_exception_is_explained(error: Exception, loss: Loss) -> None:
    explained = explain_exception(error)
    assert explained.loss is loss
    assert explained.detail


@pytest.mark.parametrize("status", [200, 201, 203, 206])
def test_an_answer_is_no_failure(status: int) -> None:
    assert explain_status(status) is None


@pytest.mark.parametrize(
    ("status", "loss"),
    [
        (204, Loss.EMPTY),
        (300, Loss.UNREADABLE),
        (304, Loss.UNREADABLE),
        (400, Loss.REFUSED),
        (401, Loss.REFUSED),
        (403, Loss.REFUSED),
        (404, Loss.NOT_FOUND),
        (408, Loss.TIMEOUT),
        (410, Loss.GONE),
        (429, Loss.TOO_MANY_REQUESTS),
        (451, Loss.REFUSED),
        (500, Loss.SERVER_ERROR),
        (522, Loss.SERVER_ERROR),
        (999, Loss.UNREADABLE),
    ],
)
def test_a_status_is_explained(status: int, loss: Loss) -> None:
    explained = explain_status(status)
    assert explained is not None
    assert (explained.loss, explained.status) == (loss, status)
    assert str(status) in explained.detail


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (broke_off(ConnectionLost()), False),
        (DownloadTimeoutError(), False),
        (broke_off(ValueError("no length")), True),
        (broke_off(HeadTooLargeError()), True),
        (broke_off(SSL.Error([("SSL routines", "", "certificate verify failed")])), True),
    ],
)
def test_what_would_come_again_is_not_asked_for_again(error: Exception, *, final: bool) -> None:
    assert is_final(error) is final
