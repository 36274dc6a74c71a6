"""Pages per second of a whole crawl (archive and 1,000 watches included) against bare trafilatura on the same pages."""

import asyncio
import json
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast
from zlib import crc32

from benchmarks.real_site import is_at_hand, read_files
from benchmarks.result import Result

ADDRESSES = 20
# Of the shorter crawl, one part in six goes into starting.
PAGES = (520, 1500)
LEAST = 0.8
WATCHES = 1000
RUNS = 3
PORT = 18765
STATES = ("20231110", "20231030", "20231003", "20230914", "20230824")
PAGE = re.compile(r"\d{8}/[a-z]+/20.*/index\.html")
SMALLEST_BYTES = 10_000  # smaller ones are redirects
SETTINGS = """\
contact = "ops@example.org"
[crawl]
delay_s = 0
requests_at_once = 64
requests_at_once_per_host = 4
"""


def measure() -> list[Result]:
    """A short crawl, of which starting is a large part, and a longer one."""
    if not is_at_hand("crawl speed"):
        return []
    pages = _read_pages()
    assert len(pages) >= max(PAGES)
    return [_measure(pages[:number]) for number in PAGES]


def _measure(pages: list[tuple[int, bytes]]) -> Result:
    with _serve(pages):
        runs = sorted((_compare(pages) for _ in range(RUNS)), key=lambda run: run[0] / run[1])
    ours, bare = runs[RUNS // 2]
    detail = (
        f"[{len(pages)} real pages, {ADDRESSES} addresses, {WATCHES} watches: {ours:.0f} against {bare:.0f} pages/s;"
        f" median of {', '.join(f'{one / other:.2f}' for one, other in runs)}]"
    )
    return Result(
        name=f"crawl of {len(pages)} pages against bare trafilatura in two processes",
        value=ours / bare,
        unit="x",
        least=LEAST,
        detail=detail,
    )


def _compare(pages: list[tuple[int, bytes]]) -> tuple[float, float]:
    """Pages per second of a crawl, and of bare trafilatura right after it."""
    with tempfile.TemporaryDirectory() as folder:
        _write_configuration(Path(folder))
        ours_s = _time_crawl(Path(folder), len(pages))
    bare_s = _time_bare([body for _, body in pages])
    return len(pages) / ours_s, len(pages) / bare_s


def _read_pages() -> list[tuple[int, bytes]]:
    """Real pages of a government site in its dated states, each with its address.

    The states of one page go to different addresses, where they are announcements of their own. Addresses differ in
    size, as sources do: the last has twenty times as many pages as the first.
    """
    found = sorted(read_files(lambda name: bool(PAGE.fullmatch(name))))
    return [
        (_choose_address(path.partition("/")[2], shift), page)
        for shift, state in enumerate(STATES)
        for path, page in found
        if path.startswith(f"{state}/") and len(page) > SMALLEST_BYTES
    ]


def _choose_address(name: str, shift: int) -> int:
    sizes = [number for number in range(ADDRESSES) for _ in range(number + 1)]
    return (sizes[crc32(name.encode()) % len(sizes)] + shift) % ADDRESSES


def _extract(page: bytes) -> int:
    from trafilatura import bare_extraction

    found = bare_extraction(page, with_metadata=True)
    return len(str(found)) if found else 0


def _time_bare(pages: list[bytes]) -> float:
    began = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert sum(pool.map(_extract, pages, chunksize=4))
    return time.perf_counter() - began


def _time_crawl(folder: Path, expected: int) -> float:
    command = [
        sys.executable,
        "-m",
        "monitor",
        "--config",
        str(folder),
        "--archive",
        str(folder / "a.db"),
        "crawl",
        "--json",
    ]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took_s = time.perf_counter() - began
    filed = sum(one["new"] for one in json.loads(done.stdout)["sources"])
    assert filed == expected, f"{filed} of {expected} pages were filed"
    return took_s


def _write_configuration(folder: Path) -> None:
    (folder / "sources").mkdir()
    (folder / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    words = ("digital", "service", "privacy", "research", "policy", "design", "team", "data", "health", "open")
    watches = "".join(
        f'[[watch]]\nname = "W{n}"\nany = ["{words[n % 10]} {words[n // 10 % 10]}", "agreement {n}"]\nall = ["{words[n // 100]}"]\n'
        for n in range(WATCHES)
    )
    (folder / "watches.toml").write_text(watches, encoding="utf-8")
    for number in range(ADDRESSES):
        base = f"http://127.0.0.{number + 1}:{PORT}"
        (folder / "sources" / f"site-{number}.toml").write_text(
            f'name = "Site {number}"\ncountry = "CA"\nlanguage = "en"\nkind = "newsroom"\nhomepage = "{base}/"\n'
            f'sitemaps = ["{base}/sitemap.xml"]\nallow_private_addresses = true\n',
            encoding="utf-8",
        )


@contextmanager
def _serve(pages: list[tuple[int, bytes]]) -> Iterator[None]:
    """A process of its own, so that serving does not slow the crawler's interpreter down."""
    server = multiprocessing.get_context("fork").Process(target=_serve_for_ever, args=(pages,), daemon=True)
    server.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        server.kill()
        server.join()


def _serve_for_ever(pages: list[tuple[int, bytes]]) -> None:
    asyncio.run(_serve_addresses(pages))


async def _serve_addresses(pages: list[tuple[int, bytes]]) -> None:
    loop = asyncio.get_running_loop()
    for number in range(ADDRESSES):
        host = f"127.0.0.{number + 1}"
        mine = {f"/2023/01/{n}/": body for n, (site, body) in enumerate(pages) if site == number}
        locations = "".join(f"<url><loc>http://{host}:{PORT}{path}</loc></url>" for path in mine)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'.encode()
        answers = {path.encode(): _answer("200 OK", "text/html; charset=utf-8", body) for path, body in mine.items()}
        answers[b"/sitemap.xml"] = _answer("200 OK", "application/xml", sitemap)
        await loop.create_server(partial(_Site, answers), host, PORT)
    await asyncio.Event().wait()


def _answer(status: str, kind: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


class _Site(asyncio.Protocol):
    """Sends what it has ready: what is measured is the crawl, on the same two cores, and not a server."""

    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        self._answers = answers
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        *requests, self._asked = (self._asked + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answers.get(request.split(b" ", 2)[1], NOT_FOUND))


NOT_FOUND = _answer("404 Not Found", "text/plain", b"")
