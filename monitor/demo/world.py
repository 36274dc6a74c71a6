"""Serves a small, invented press world on loopback, first as one crawl finds it and then as the next one does.

What the sites say stands in `pages/sites/`, how they look in `pages/templates/`. Every word is our own; the facts of
the understanding between Canada and the United Kingdom are those of October 2017. No content depends on the clock.
"""

import gzip
import hashlib
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from threading import Thread
from types import TracebackType
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

PAGES = Path(__file__).parent / "pages"
ADDRESS = "127.0.0.1"  # one port for each site: macOS answers at no other loopback address
HTML = "text/html; charset=utf-8"
EXCERPT_WORDS = 28
ROBOTS_PATH = "/robots.txt"

State = Literal[1, 2]
Answers = Mapping[str, "Answer"]


class Fate(StrEnum):
    """What a crawler should make of a page."""

    ANNOUNCEMENT = "announcement"
    THIN = "thin"
    MISSING = "missing"
    REFUSED = "refused"


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Page(_Written):
    """One page of a site, as `pages/sites/<id>.toml` writes it down."""

    path: str
    title: str = ""
    author: str
    published: AwareDatetime
    category: str
    text: str = ""
    post_id: int | None = None
    copy_of: str | None = None
    """`<site><path>` of the page whose title and text this one repeats word for word."""
    first_in: State = 1
    edited: AwareDatetime | None = None
    addition: str = ""
    """The paragraph which the edit adds."""
    removed: AwareDatetime | None = None
    fate: Literal[Fate.ANNOUNCEMENT, Fate.THIN, Fate.MISSING] = Fate.ANNOUNCEMENT
    watches: tuple[str, ...] = ()
    story: str | None = None
    address: str = ""

    @property
    def updated(self) -> datetime:
        return self.removed or self.edited or self.published

    @property
    def blocks(self) -> list[str]:
        """Paragraphs, headings (`## `) and lists (`- `) of the text."""
        return self.text.split("\n\n")

    @property
    def excerpt(self) -> str:
        return " ".join(self.text.split()[:EXCERPT_WORDS])

    def as_of(self, state: State, base: str) -> Self:
        """The page as it stands in `state` on the site at `base`."""
        changes: dict[str, Any] = {"address": base + quote(self.path)}
        if state == 1:
            changes |= {"edited": None, "removed": None}
        elif self.addition:
            changes |= {"text": f"{self.text}\n\n{self.addition}"}
        return self.model_copy(update=changes)


class Document(_Written):
    """Something else that a site serves: a front page, a feed, a sitemap, or one listing in pages."""

    path: str
    template: str
    media_type: str = HTML
    status: int = HTTPStatus.OK
    states: tuple[State, ...] = (1, 2)
    gzipped: bool = False
    rows_per_page: Annotated[int, Field(ge=1)] | None = None


class Comment(_Written):
    """What a reader wrote beneath a page; no part of any announcement."""

    author: str
    text: str


class Site(_Written):
    """One publisher of the press world."""

    id: str
    name: str
    tagline: str
    about: str
    language: str
    colour: str
    page_template: str
    robots: str | None = None
    refuses_crawlers: bool = False
    boilerplate: Mapping[str, str] = {}
    document: tuple[Document, ...]
    comments: tuple[Comment, ...] = ()
    page: tuple[Page, ...] = ()

    def listed(self, state: State, base: str) -> tuple[Page, ...]:
        """What the site's own lists name in `state`, newest first; not everything on a list can be read."""
        shown = (page.as_of(state, base) for page in self.page if page.first_in <= state)
        return tuple(sorted(shown, key=lambda page: page.published, reverse=True))


@dataclass(frozen=True, kw_only=True)
class ExpectedPage:
    """What is true of one page, for the demonstration and the tests to compare with."""

    site: str
    url: str
    title: str
    published_on: date
    text: str
    first_in: State
    fate: Fate
    watches: tuple[str, ...]
    story: str | None
    copy_of: str | None
    """The address of the page that this one copies."""
    addition: str
    """What is added to its text between the two states; empty if nothing is."""
    is_removed: bool
    """Whether it answers 410 from the second state on, though its site still lists it."""


@dataclass(frozen=True, kw_only=True)
class LoggedRequest:
    """One request that reached a site."""

    site: str
    method: str
    path: str
    status: int
    is_conditional: bool


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a site holds ready for one path, before the request's own headers are considered."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    media_type: str = HTML
    last_modified_at: datetime | None = None
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back over the wire."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class PressWorld:
    """The press world while it is being served: `with PressWorld() as world`. Enter it once."""

    def __init__(self, *, first_port: int = 0) -> None:
        """Sites take ports from `first_port` upwards, or any free ones if it is 0."""
        self._first_port = first_port
        self._content = read_sites()
        self._state: State = 1
        self._requests: list[LoggedRequest] = []
        self._answers: Mapping[str, Answers] = {}
        self._sites: dict[str, str] = {}
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            servers = [starting.enter_context(self._bind(*numbered)) for numbered in enumerate(self._content)]
            self._sites = {server.site: f"http://{ADDRESS}:{server.server_port}" for server in servers}
            self._render()
            for server in servers:
                Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
            starting.callback(_stop, servers)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    @property
    def sites(self) -> Mapping[str, str]:
        """Each site's id with its address, such as `http://127.0.0.1:40001`."""
        return self._sites

    @property
    def names(self) -> Mapping[str, str]:
        """Each site's id with the name it gives itself."""
        return {site.id: site.name for site in self._content}

    @property
    def state(self) -> State:
        return self._state

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """Every request so far, in the order of the answers."""
        return tuple(self._requests)

    @property
    def refused_fetches(self) -> tuple[LoggedRequest, ...]:
        """Requests that a site's robots.txt forbids; a polite crawler makes none."""
        refusing = {site.id for site in self._content if site.refuses_crawlers}
        return tuple(one for one in self.requests if one.site in refusing and one.path != ROBOTS_PATH)

    def publish_more(self) -> None:
        """Goes on to the second state: new pages, one edited, one taken down."""
        self._state = 2
        self._render()

    def find_answer(self, site: str, target: str) -> Answer:
        """What `site` holds for a request's target; unknown parameters are ignored, as most servers do."""
        answers = self._answers[site]
        wanted = unquote(target)
        return answers.get(wanted) or answers.get(urlsplit(wanted).path) or answers["404"]

    def record(self, request: LoggedRequest) -> None:
        self._requests.append(request)

    @property
    def expected_pages(self) -> tuple[ExpectedPage, ...]:
        """Every page that is listed in either state."""
        return tuple(_expect(site, page, self._sites) for site in self._content for page in site.page)

    def expected_found(self, state: State) -> frozenset[str]:
        """Addresses of the announcements that are first listed in `state` and can be read."""
        found = (page for page in self.expected_pages if page.first_in == state and page.fate is Fate.ANNOUNCEMENT)
        return frozenset(page.url for page in found)

    def expected_matches(self, state: State) -> Mapping[str, frozenset[str]]:
        """Each watch of the demonstration with the announcements first listed in `state` that it should match."""
        pages = [page for page in self.expected_pages if page.first_in == state]
        names = sorted({name for page in self.expected_pages for name in page.watches})
        return {name: frozenset(page.url for page in pages if name in page.watches) for name in names}

    def _bind(self, position: int, site: Site) -> "_SiteServer":
        return _SiteServer(world=self, site=site.id, port=self._first_port and self._first_port + position)

    def _render(self) -> None:
        drawing = _prepare_templates()
        self._answers = {
            site.id: dict(_render_site(drawing, site, self._sites[site.id], self._state)) for site in self._content
        }


def read_sites() -> tuple[Site, ...]:
    """Every site of the world, with copied pages filled in."""
    sites = tuple(_read_site(path) for path in sorted((PAGES / "sites").glob("*.toml")))
    originals = {site.id + page.path: page for site in sites for page in site.page}
    return tuple(
        site.model_copy(update={"page": tuple(_fill_copy(page, originals) for page in site.page)}) for site in sites
    )


def _read_site(path: Path) -> Site:
    return Site.model_validate({"id": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})


def _fill_copy(page: Page, originals: Mapping[str, Page]) -> Page:
    if page.copy_of is None:
        return page
    original = originals[page.copy_of]
    copied = {name: getattr(original, name) for name in ("title", "text", "watches", "story")}
    return page.model_copy(update=copied)


def _expect(site: Site, page: Page, bases: Mapping[str, str]) -> ExpectedPage:
    copied_site, _, copied_path = (page.copy_of or "").partition("/")
    return ExpectedPage(
        site=site.id,
        url=bases[site.id] + quote(page.path),
        title=page.title,
        published_on=page.published.date(),
        text=page.text,
        first_in=page.first_in,
        fate=Fate.REFUSED if site.refuses_crawlers else page.fate,
        watches=page.watches,
        story=page.story,
        copy_of=f"{bases[copied_site]}/{quote(copied_path)}" if page.copy_of else None,
        addition=page.addition,
        is_removed=page.removed is not None,
    )


@cache
def _prepare_templates() -> Environment:
    drawing = Environment(
        loader=FileSystemLoader(PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawing.filters["rfc822"] = format_datetime
    return drawing


def _render_site(drawing: Environment, site: Site, base: str, state: State) -> Iterator[tuple[str, Answer]]:
    """Each path of a site, unquoted, with what it answers; "404" stands for every other path."""
    listed = site.listed(state, base)
    known = {
        "site": site,
        "base": base,
        "rows": listed,
        "recent": [page for page in listed if _is_readable(page)],
        "newest": max((page.updated for page in listed), default=None),
    }
    yield "404", _answer_missing(drawing, known, is_removed=False)
    if site.robots is not None:
        yield ROBOTS_PATH, Answer(body=f"{site.robots}\n".encode(), media_type="text/plain; charset=utf-8")
    for document in site.document:
        if state in document.states:
            yield from _render_document(drawing, document, known)
    for page in listed:
        yield from _render_page(drawing, page, known)


def _is_readable(page: Page) -> bool:
    return page.fate is not Fate.MISSING and page.removed is None


def _answer_missing(drawing: Environment, known: dict[str, Any], *, is_removed: bool) -> Answer:
    body = drawing.get_template("not-found.html.jinja").render(known, is_removed=is_removed)
    return Answer(status=HTTPStatus.GONE if is_removed else HTTPStatus.NOT_FOUND, body=body.encode())


def _render_document(drawing: Environment, document: Document, known: dict[str, Any]) -> Iterator[tuple[str, Answer]]:
    parts = _cut(known["rows"], document.rows_per_page)
    for number, rows in enumerate(parts, start=1):
        path = document.path if number == 1 else f"{document.path}?page={number}"
        text = drawing.get_template(document.template).render(known | {"rows": rows}, number=number, last=len(parts))
        yield (
            path,
            Answer(
                status=document.status,
                body=_compress(text.encode()) if document.gzipped else text.encode(),
                media_type=document.media_type,
                last_modified_at=known["newest"],
            ),
        )


def _cut(rows: Sequence[Page], size: int | None) -> list[Sequence[Page]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)] if size else [rows]


def _render_page(drawing: Environment, page: Page, known: dict[str, Any]) -> Iterator[tuple[str, Answer]]:
    site: Site = known["site"]
    if page.fate is Fate.MISSING:
        return
    if page.removed:
        yield page.path, _answer_missing(drawing, known, is_removed=True)
        return
    comments = site.comments[: 1 + len(page.title) % 3]
    text = drawing.get_template(site.page_template).render(known, page=page, comments=comments)
    # Every page names the newest ones beside its text, so it changes whenever something is published.
    yield page.path, Answer(body=text.encode(), last_modified_at=known["newest"])
    if page.post_id:
        yield f"/?p={page.post_id}", Answer(status=HTTPStatus.MOVED_PERMANENTLY, location=page.address)


def _compress(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)  # no time of our own in it, so that the same text stays the same bytes


def decide_reply(answer: Answer, request: Message) -> Reply:
    """What goes back for `answer`, given the request's headers: compressed, or 304 if the client has it already."""
    body, headers = answer.body, {"Content-Type": answer.media_type, "Vary": "Accept-Encoding"}
    suffix = ""
    if answer.location:
        headers["Location"] = answer.location
    if "gzip" in request.get("Accept-Encoding", "") and _is_compressible(answer.media_type):
        body, suffix = _compress(body), "-gzip"
        headers["Content-Encoding"] = "gzip"
    if answer.status != HTTPStatus.OK:
        return Reply(status=answer.status, body=body, headers=headers)
    headers["ETag"] = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}{suffix}"'
    if answer.last_modified_at:
        headers["Last-Modified"] = format_datetime(answer.last_modified_at.astimezone(UTC), usegmt=True)
    if _is_held(request, headers):
        kept: Mapping[str, str] = {name: headers[name] for name in ("ETag", "Last-Modified", "Vary") if name in headers}
        return Reply(status=HTTPStatus.NOT_MODIFIED, headers=kept)
    return Reply(status=HTTPStatus.OK, body=body, headers=headers)


def _is_compressible(media_type: str) -> bool:
    return media_type.startswith("text/") or "xml" in media_type


def _is_held(request: Message, headers: Mapping[str, str]) -> bool:
    """Whether the client's copy is still good (RFC 9110 section 13.2.2: If-None-Match goes before the date)."""
    if tags := request.get("If-None-Match"):
        return headers["ETag"] in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = request.get("If-Modified-Since")
    if since is None or "Last-Modified" not in headers:
        return False
    try:
        return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
    except ValueError:
        return False


class _SiteServer(ThreadingHTTPServer):
    """One site on one port."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *, world: PressWorld, site: str, port: int) -> None:
        self.world = world
        self.site = site
        super().__init__((ADDRESS, port), _SiteHandler)

    def server_bind(self) -> None:
        # HTTPServer would ask the name service for our host's name here, which can take seconds without a network.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ADDRESS, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves in the middle of an answer, as a killed crawl does, is no fault of the site.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _stop(servers: Sequence[_SiteServer]) -> None:
    """Asks all of them at once, since each takes a moment to notice."""
    with ThreadPoolExecutor(max_workers=len(servers)) as asking:
        for server in servers:
            asking.submit(server.shutdown)


class _SiteHandler(BaseHTTPRequestHandler):
    server: _SiteServer
    protocol_version = "HTTP/1.1"
    server_version = "PressWorld/1.0"
    sys_version = ""
    timeout = 30
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        site, world = self.server.site, self.server.world
        reply = decide_reply(world.find_answer(site, self.path), self.headers)
        is_conditional = "If-None-Match" in self.headers or "If-Modified-Since" in self.headers
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        world.record(
            LoggedRequest(
                site=site, method=self.command, path=self.path, status=reply.status, is_conditional=is_conditional
            )
        )
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_GET  # noqa: N815, the name http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the name http.server gives it
        """Requests are kept in `PressWorld.requests`, not printed."""
