"""A programmable web site on loopback: tests say what each path answers, and read back what was asked."""

import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HTML = "text/html; charset=utf-8"
XML = "application/xml"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it arrived; `at` is a monotonic time in seconds."""

    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a path answers.

    `etag` and `last_modified` are sent, and answered 304 when they come back. `stream` is sent as it comes, without a
    length, until it ends or the client leaves. `raw` is sent instead of everything else, and the connection is closed.
    """

    body: bytes | str = b""
    status: int = 200
    kind: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    delay_s: float = 0
    stream: Callable[[], Iterator[bytes]] | None = None
    raw: bytes | None = None


Page = Answer | Callable[[Asked], Answer]


class Site:
    """`with Site({"/": Answer(body="hello")}) as site:` serves on a free port until the block ends.

    `pages` may be changed while the site is up; a path that is not there answers 404. `asked` has every request.
    """

    def __init__(
        self, pages: Mapping[str, Page] | None = None, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.pages: dict[str, Page] = dict(pages or {})
        self.asked: list[Asked] = []
        self._server = _Server((host, 0), _Handler)
        self._server.site = self
        self.host = host
        self.port = int(self._server.server_address[1])
        self.scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def asked_for(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    @property
    def paths(self) -> list[str]:
        """Every path that was asked for, in order, without robots.txt."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early, or refuses our certificate, is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        asked = Asked(path=self.path, headers=dict(self.headers.items()), at=time.monotonic())
        self.server.site.asked.append(asked)
        page = self.server.site.pages.get(self.path, Answer(status=404, body="<h1>Not found</h1>"))
        answer = page(asked) if callable(page) else page
        time.sleep(answer.delay_s)
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
        elif answer.stream is not None:
            self._send_stream(answer, answer.stream())
        else:
            self._send(answer, asked)

    def _send(self, answer: Answer, asked: Asked) -> None:
        is_known = _is_known(answer, asked)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(304 if is_known else answer.status)
        self._send_headers(answer)
        if is_known:
            self.end_headers()
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_stream(self, answer: Answer, parts: Iterable[bytes]) -> None:
        self.close_connection = True
        self.send_response(answer.status)
        self._send_headers(answer)
        self.end_headers()
        for part in parts:
            self.wfile.write(part)

    def _send_headers(self, answer: Answer) -> None:
        if answer.kind:
            self.send_header("Content-Type", answer.kind)
        if answer.etag:
            self.send_header("ETag", answer.etag)
        if answer.last_modified:
            self.send_header("Last-Modified", answer.last_modified)
        for name, value in answer.headers.items():
            self.send_header(name, value)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the interface of http.server)
        """Tests read `Site.asked`."""


def _is_known(answer: Answer, asked: Asked) -> bool:
    sent = {name.lower(): value for name, value in asked.headers.items()}
    if answer.etag and "if-none-match" in sent:
        return sent["if-none-match"] == answer.etag
    return bool(answer.last_modified) and sent.get("if-modified-since") == answer.last_modified
