"""Says in our own words why a request gave nothing: one loss and one sentence for each exception and each status."""

from dataclasses import dataclass
from http import HTTPStatus

from OpenSSL import SSL
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity import VerificationError
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.web._newclient import ParseError
from twisted.web.http import _MalformedChunkedDataError

from crawler.announcement import Loss
from crawler.fetching.framing import HeadTooLargeError

CONNECTION_LOST = "the connection was lost before the answer was complete"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a request gave nothing; `status` is what the server answered, if it did."""

    loss: Loss
    detail: str
    status: int | None = None
    retry_after_s: int | None = None


class FetchRefused(IgnoreRequest):
    """We did not ask, or did not read the answer to the end, for the reason that it carries."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.loss}: {failure.detail}")
        self.failure = failure


_BY_EXCEPTION: tuple[tuple[tuple[type[BaseException], ...], Loss, str], ...] = (
    ((DownloadTimeoutError, TimeoutError), Loss.TIMEOUT, "no complete answer in time"),
    ((CannotResolveHostError,), Loss.UNREACHABLE, "the host's name could not be resolved"),
    ((DownloadConnectionRefusedError,), Loss.UNREACHABLE, "the connection was refused"),
    ((DownloadCancelledError,), Loss.TOO_LARGE, "the answer is larger than the limit"),
    ((NotSupported, UnsupportedURLSchemeError), Loss.ADDRESS_FORBIDDEN, "only http and https addresses are fetched"),
    ((ConnectError, ConnectionClosed), Loss.UNREACHABLE, "no connection could be made"),
)

# What Twisted raises at an answer that is none.
NOT_HTTP = ((ParseError, "first line"), (_MalformedChunkedDataError, "chunks"), (ValueError, "headers"))

_BY_STATUS = {
    401: Loss.REFUSED,
    403: Loss.REFUSED,
    404: Loss.NOT_FOUND,
    408: Loss.TIMEOUT,
    410: Loss.GONE,
    429: Loss.TOO_MANY_REQUESTS,
    451: Loss.REFUSED,
}


def explain_exception(error: BaseException) -> Failure:
    """What an exception of the download says about the other side; what it cannot say is a fault of ours."""
    if isinstance(error, FetchRefused):
        return error.failure
    if isinstance(error, DownloadFailedError | ResponseDataLossError):
        return _explain_failed_download(error)
    for kinds, loss, detail in _BY_EXCEPTION:
        if isinstance(error, kinds):
            return Failure(loss=loss, detail=detail)
    return Failure(loss=Loss.OUR_FAULT, detail=f"{type(error).__name__}: {error}")


def _explain_failed_download(error: DownloadFailedError | ResponseDataLossError) -> Failure:
    causes = [reason.value for reason in getattr(error.__cause__, "reasons", [])]
    for cause in causes:
        if isinstance(cause, VerificationError):
            return Failure(loss=Loss.CERTIFICATE, detail="the certificate is for another host")
        if isinstance(cause, SSL.Error):
            return _explain_tls_error(cause)
        if isinstance(cause, HeadTooLargeError):
            return Failure(
                loss=Loss.TOO_LARGE, detail="what the server sends ahead of the body is larger than the limit"
            )
        if part := next((part for kind, part in NOT_HTTP if isinstance(cause, kind)), None):
            return Failure(loss=Loss.UNREADABLE, detail=f"the answer breaks the rules of HTTP in its {part}")
    return Failure(loss=Loss.UNREACHABLE, detail=CONNECTION_LOST)


def _explain_tls_error(error: SSL.Error) -> Failure:
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reasons = ", ".join(str(entry[-1]) for entry in entries) or "the TLS connection broke off"
    if "certificate" in reasons:
        return Failure(loss=Loss.CERTIFICATE, detail=reasons)
    return Failure(loss=Loss.UNREACHABLE, detail=f"TLS: {reasons}")


def is_final(error: BaseException) -> bool:
    """Whether asking again would give the same: a refused certificate, or an answer that breaks the rules of HTTP."""
    return explain_exception(error).loss in {Loss.CERTIFICATE, Loss.TOO_LARGE, Loss.UNREADABLE}


def explain_status(status: int) -> Failure | None:
    """Why an answer with this status is not the page, or None when it is."""
    if 200 <= status < 300 and status not in {204, 205}:  # noqa: PLR2004 (the classes of RFC 9110 section 15)
        return None
    return Failure(loss=_find_status_loss(status), detail=_describe_status(status), status=status)


def _find_status_loss(status: int) -> Loss:
    match status // 100:
        case 2:
            return Loss.EMPTY
        case 4:
            return _BY_STATUS.get(status, Loss.REFUSED)
        case 5:
            return Loss.SERVER_ERROR
    return Loss.UNREADABLE


def _describe_status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
