"""Receivers on loopback that stand for the people's side: a real SMTP server and a webhook, each as awkward as asked.

For the demo and the tests. They keep what they accept and answer as `answer` says at the time.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

LOOPBACK = "127.0.0.1"
START_TIMEOUT_S = 10


class Answer(StrEnum):
    """What a receiver does with the next message."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    """For good: 550, or 400."""
    REFUSE_FOR_NOW = "refuse for now"
    """451, or 503."""
    REFUSE_RECIPIENT = "refuse recipient"
    """550 to RCPT, or 404."""
    TOO_MANY = "too many"
    """452, or 429 with Retry-After, in the header and, as Discord does, in the body."""
    REDIRECT = "redirect"
    """Webhook only: 302 to a page that answers 200."""
    AWAY = "away"
    """Closes each connection before a word is said."""
    DROP_MIDWAY = "drop midway"
    """Closes the connection after RCPT, or in the middle of the body."""
    HANG = "hang"
    """Takes the message and never answers."""
    DROP = "drop"
    """Closes the connection before it answers."""
    DROP_AFTER = "drop after"
    """Accepts, and closes the connection without a goodbye."""


class MailReceiver:
    """An SMTP server on a free port of loopback, for as long as the `with` block lasts.

    `tls` with `implicit` false offers STARTTLS and insists on it; with `implicit` true, TLS from the first byte.
    Anybody may log in, and nobody has to; `logins` are the names and passwords used.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        self.answer = Answer.ACCEPT
        self.unknown: set[str] = set()
        """Recipients that are refused whatever `answer` says."""
        self.messages: list[EmailMessage] = []
        self.attempts = 0
        self.logins: list[tuple[str, str]] = []
        self._tls = tls
        self._implicit = implicit
        self._loop = asyncio.new_event_loop()
        self._released = asyncio.Event()
        self._connections: set[SMTP] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail receiver", daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return self.url_for("policy@example.org")

    def url_for(self, recipient: str) -> str:
        """The Apprise address by which this server takes mail for `recipient`."""
        scheme, mode = (
            ("mailto", "insecure") if self._tls is None else ("mailtos", "ssl" if self._implicit else "starttls")
        )
        to = quote(recipient, safe="@")
        return f"{scheme}://{LOOPBACK}:{self.port}?from=alerts@example.org&to={to}&mode={mode}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT_S)

    async def _start(self) -> None:
        implicit = self._tls if self._implicit else None
        self._server = await self._loop.create_server(self._connect, LOOPBACK, 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]

    def _connect(self) -> SMTP:
        offered = None if self._implicit else self._tls
        self.attempts += self.answer == Answer.AWAY
        connection = (_AwaySMTP if self.answer == Answer.AWAY else SMTP)(
            self,
            hostname=LOOPBACK,
            tls_context=offered,
            require_starttls=offered is not None,
            authenticator=self._take_login,
            auth_require_tls=False,
            loop=self._loop,
        )
        self._connections.add(connection)
        return connection

    def _take_login(
        self, _server: SMTP, _session: Session, _envelope: SmtpEnvelope, _mechanism: str, said: object
    ) -> AuthResult:
        if isinstance(said, LoginPassword):
            self.logins.append((said.login.decode(), said.password.decode()))
        return AuthResult(success=True)

    async def _stop(self) -> None:
        if self._server:
            self._server.close()
        self._released.set()
        for connection in self._connections:
            _abort(connection)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls its hooks by the name of the command
        self, server: SMTP, _session: Session, envelope: SmtpEnvelope, address: str, _options: list[str]
    ) -> str:
        if self.answer == Answer.DROP_MIDWAY:
            self.attempts += 1
            _abort(server)
        if self.answer == Answer.REFUSE_RECIPIENT or address in self.unknown:
            self.attempts += 1
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls its hooks by the name of the command
        self, server: SMTP, _session: Session, envelope: SmtpEnvelope
    ) -> str:
        self.attempts += 1
        match self.answer:
            case Answer.REFUSE:
                return "550 5.7.1 message refused"
            case Answer.REFUSE_FOR_NOW:
                return "451 4.3.0 try again later"
            case Answer.TOO_MANY:
                return "452 4.5.3 too many messages"
            case Answer.HANG:
                await self._released.wait()
                return "421 closing"
            case Answer.DROP:
                _abort(server)
                return "421 closing"
        self._keep(envelope)
        return "250 2.0.0 taken"

    async def handle_QUIT(  # noqa: N802 - aiosmtpd calls its hooks by the name of the command
        self, server: SMTP, _session: Session, _envelope: SmtpEnvelope
    ) -> str:
        if self.answer == Answer.DROP_AFTER:
            _abort(server)
        return "221 bye"

    def _keep(self, envelope: SmtpEnvelope) -> None:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(content, policy=default_policy)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(mail)


class _AwaySMTP(SMTP):
    """A server that goes away as soon as somebody comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing was begun that would have to be ended."""


def _abort(connection: SMTP) -> None:
    transport = connection.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()


@dataclass(frozen=True, kw_only=True)
class Post:
    """One request that a webhook accepted: where it came in, and its JSON body."""

    path: str
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """What a person would read: Mattermost's `text`, Apprise's JSON `message`, or the text of Slack's blocks."""
        for name in ("text", "message"):
            if isinstance(self.body.get(name), str):
                return str(self.body[name])
        blocks = [block for part in self.body.get("attachments", []) for block in part.get("blocks", [])]
        return "\n".join(block["text"]["text"] for block in blocks if "text" in block)


class HookReceiver:
    """An HTTP server on a free port of loopback that takes incoming webhooks, as Slack, Mattermost or plain JSON."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = Answer.ACCEPT
        self.messages: list[Post] = []
        self.attempts = 0
        self.released = threading.Event()
        self._server = _HookServer((LOOPBACK, 0), _HookHandler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.receiver = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="hook receiver", daemon=True
        )
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        """A Slack-like incoming webhook: Mattermost's, since Apprise sends Slack's to slack.com only."""
        return f"mmost://{LOOPBACK}:{self.port}/demotokendemotokendemotoken"

    @property
    def json_url(self) -> str:
        return f"json://{LOOPBACK}:{self.port}/hooks/json"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _HookServer(ThreadingHTTPServer):
    receiver: HookReceiver


class _HookHandler(BaseHTTPRequestHandler):
    server: _HookServer

    def do_GET(self) -> None:
        self._reply(200, b"ok")

    def do_POST(self) -> None:
        receiver = self.server.receiver
        receiver.attempts += 1
        length = int(self.headers["Content-Length"])
        if receiver.answer in {Answer.AWAY, Answer.DROP_MIDWAY}:
            self.rfile.read(length // 2 if receiver.answer == Answer.DROP_MIDWAY else 0)
            self.close_connection = True
            return
        body = json.loads(self.rfile.read(length))
        match receiver.answer:
            case Answer.HANG:
                receiver.released.wait()
                self.close_connection = True
            case Answer.DROP:
                self.close_connection = True
            case Answer.ACCEPT | Answer.DROP_AFTER:
                receiver.messages.append(Post(path=self.path, body=body))
                self._reply(200, b"ok")
            case refusal:
                self._reply(*REFUSALS[refusal])

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == REFUSALS[Answer.TOO_MANY][0]:
            self.send_header("Retry-After", "30")
        if status == REFUSALS[Answer.REDIRECT][0]:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Nothing: who calls is no news on loopback."""


REFUSALS = {
    Answer.REFUSE: (400, b"invalid_payload"),
    Answer.REFUSE_FOR_NOW: (503, b"try again later"),
    Answer.REFUSE_RECIPIENT: (404, b"no_service"),
    Answer.TOO_MANY: (429, b'{"message": "rate limited", "retry_after": 29.5}'),
    Answer.REDIRECT: (302, b""),
}
