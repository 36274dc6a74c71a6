"""Pages per second of a whole crawl (archive and 1,000 watches included) against bare trafilatura on the same pages."""

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from zlib import crc32

from benchmarks.result import Result

ADDRESSES = 20
PAGES = 1500
WATCHES = 1000
PORT = 18765
STATES = ("20231110", "20231030", "20231003", "20230914", "20230824")
SMALLEST_BYTES = 10_000  # smaller ones are redirects
SETTINGS = """\
contact = "ops@example.org"
[crawl]
delay_s = 0
requests_at_once = 64
requests_at_once_per_host = 4
"""


def measure() -> list[Result]:
    pages = _find_pages()
    if len(pages) < PAGES:
        return [Result(name="crawl speed", value=0, unit="(no real pages at hand: unpack the dated site)", least=0)]
    with tempfile.TemporaryDirectory() as folder, _serve(pages):
        _write_configuration(Path(folder))
        bare_s = _time_bare([body for _, body in pages])
        ours_s = _time_crawl(Path(folder), len(pages))
    bare, ours = len(pages) / bare_s, len(pages) / ours_s
    detail = (
        f"[{len(pages)} real pages, {ADDRESSES} addresses, {WATCHES} watches: {ours:.0f} against {bare:.0f} pages/s]"
    )
    return [
        Result(
            name="crawl against bare trafilatura in two processes",
            value=ours / bare,
            unit="x",
            least=0.8,
            detail=detail,
        )
    ]


def _find_pages() -> list[tuple[int, bytes]]:
    """Real pages of a government site in its dated states, as far as they have been unpacked, each with its address.

    The states of one page go to different addresses, where they are announcements of their own. Addresses differ in
    size, as sources do: the last has twenty times as many pages as the first.
    """
    root = Path(tempfile.gettempdir()) / "canada-replay"
    pages = []
    for shift, state in enumerate(STATES):
        for path in sorted((root / state).glob("*/20*/**/index.html")):
            if path.stat().st_size > SMALLEST_BYTES:
                name = path.relative_to(root / state).as_posix()
                pages.append((_choose_address(name, shift), path.read_bytes()))
    return pages[:PAGES]


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
    threads = []
    for number in range(ADDRESSES):
        base = f"http://127.0.0.{number + 1}:{PORT}"
        mine = {f"/2023/01/{n}/": body for n, (site, body) in enumerate(pages) if site == number}
        locations = "".join(f"<url><loc>{base}{path}</loc></url>" for path in mine)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'.encode()
        server = ThreadingHTTPServer((f"127.0.0.{number + 1}", PORT), _handler({**mine, "/sitemap.xml": sitemap}))
        threads.append(Thread(target=server.serve_forever))
        threads[-1].start()
    threads[0].join()


def _handler(bodies: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header(
                "Content-Type", "application/xml" if self.path.endswith("xml") else "text/html; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Quiet."""

    return Handler
