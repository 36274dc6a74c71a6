"""The dated states of a real government site, served on loopback, for the tests that prove the whole on them."""

import json
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SITES = Path(__file__).parents[2] / "shared" / "sites"
STATES = ("20230824", "20230914", "20231003", "20231030", "20231110")
LANGUAGES = {"en": ("canada-en", "https://digital.canada.ca"), "fr": ("canada-fr", "https://numerique.canada.ca")}

SECTION = {"en": "blog", "fr": "blogue"}
WAYS = {
    "feed": 'feeds = ["{base}/{section}/index.xml"]',
    "sitemap": "sitemaps = [\"{base}/sitemap.xml\"]\nkeep_only = '/20\\d\\d/\\d\\d/\\d\\d/'",
    "listing": (
        '[[listing]]\nurl = "{base}/{section}/"\nrows = "li.post"\nlink = ".title a"\ntitle = "h2"\ndate = ".date"\n'
        "next = \"//li[contains(@class, 'active')]/following-sibling::li[1]/a\""
    ),
}


def has_site() -> bool:
    return (SITES / "canada.tar.xz").exists()


needs_site = pytest.mark.skipif(not has_site(), reason=f"the dated states of a real site are not at {SITES}")


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The site while it is served: English on `port`, French on the next."""

    port: int
    public: Path
    log: Path

    def base(self, language: str) -> str:
        return f"http://127.0.0.1:{self.port + list(LANGUAGES).index(language)}"

    def use(self, state: str) -> None:
        """Swaps what is served, while it runs."""
        for language, (site, _) in LANGUAGES.items():
            address = f"{self.base('en')}/__replay__/use?site={site}&root={state}/{language}"
            with urllib.request.urlopen(address) as answer:
                assert json.load(answer)["ok"]

    def truth(self, state: str, language: str) -> dict[str, dict[str, str]]:
        """Address as served here -> what is true of the article."""
        rows = map(json.loads, (self.public / "truth" / f"{state}.jsonl").read_text(encoding="utf-8").splitlines())
        public = LANGUAGES[language][1]
        return {row["url"].replace(public, self.base(language)): row for row in rows if row["lang"] == language}

    def ways(self, way: str, language: str) -> str:
        """How a source declares this way in."""
        return WAYS[way].replace("{base}", self.base(language)).replace("{section}", SECTION[language])

    def find_added(self, state: str, language: str) -> set[str]:
        """The articles that came since the state before."""
        rows = map(
            json.loads, (self.public / "truth" / f"{state}.changes.jsonl").read_text(encoding="utf-8").splitlines()
        )
        added = [row["url"] for row in rows if (row["kind"], row["change"]) == ("article", "added")]
        public = LANGUAGES[language][1]
        return {url.replace(public, self.base(language)) for url in added if url.startswith(public)}

    def requests(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


@contextmanager
def serve_site(folder: Path, *arguments: str) -> Iterator[Replay]:
    """Serves the first state on free ports until the block ends."""
    port, log = _find_two_free_ports(), folder / "access.jsonl"
    command = [
        sys.executable,
        str(SITES / "replay.py"),
        "--port-base",
        str(port),
        "--rewrite",
        "--log",
        str(log),
        *arguments,
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        for _ in LANGUAGES:
            assert "<-" in server.stdout.readline()
        replay = Replay(port=port, public=Path(_unpacked_at()), log=log)
        replay.use(STATES[0])
        yield replay
    finally:
        server.kill()
        server.communicate()


def _unpacked_at() -> str:
    """replay.py unpacks beside the machine's other temporary files."""

    return f"{tempfile.gettempdir()}/canada-replay"


def _find_two_free_ports() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
