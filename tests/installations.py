"""Installations in a folder of their own, driven by the command line as their operators do."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.forking import ENVIRONMENT, find_python

ROOT = Path(__file__).parents[1]
SETTINGS = """\
contact = "ops@example.org"
[crawl]
delay_s = 0
requests_at_once_per_host = 8
every = "1 minute"
[delivery]
bundle_for = "0 seconds"
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A configuration folder and an archive."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.folder / "govwatch.db"

    def write(self, name: str, text: str) -> None:
        path = self.folder / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """Starts `govwatch` for good."""
        return [sys.executable, *self._words(arguments)]

    def quick_command(self, *arguments: str) -> list[str]:
        """The same by way of `forking`, the crawls that it starts included."""
        return [find_python(), *self._words(arguments)]

    def _words(self, arguments: tuple[str, ...]) -> list[str]:
        return ["-m", "monitor", "--config", str(self.folder / "config"), "--archive", str(self.archive), *arguments]

    def environment(self) -> dict[str, str]:
        return {**os.environ, **ENVIRONMENT, **self.environ}

    def run_here(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The same as `run` from this folder, for commands that write beneath the folder in which they are run."""
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        return subprocess.run(
            self.quick_command(*arguments), env={**self.environment(), "PYTHONPATH": path}, cwd=self.folder,
            capture_output=True, text=True, check=False, timeout=170,
        )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `govwatch` with these arguments to its end."""
        return subprocess.run(
            self.quick_command(*arguments), env=self.environment(),
            capture_output=True, text=True, check=False, timeout=170,
        )  # fmt: skip

    def start(self, *arguments: str, quickly: bool = False) -> subprocess.Popen[str]:
        """Starts `govwatch` with these arguments, in a process group of its own."""
        return subprocess.Popen(
            self.quick_command(*arguments) if quickly else self.command(*arguments),
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def crawl(self, *sources: str) -> dict[str, Any]:
        """`govwatch crawl --json`: source id -> what came of it."""
        done = self.run("crawl", "--json", *sources)
        assert done.stdout, done.stderr
        return {one["source"]: one for one in json.loads(done.stdout)["sources"]}


def make_place(folder: Path, **environ: str) -> Place:
    place = Place(folder=folder, environ=environ)
    place.write("settings.toml", SETTINGS)
    return place


def write_source(place: Place, source_id: str, base: str, ways: str, *, language: str = "en") -> None:
    """A source on loopback with these ways in."""
    place.write(
        f"sources/{source_id}.toml",
        f'name = "Source {source_id}"\ncountry = "CA"\nlanguage = "{language}"\nkind = "government-blog"\n'
        f'homepage = "{base}/"\nallow_private_addresses = true\n{ways}\n',
    )


def find_children(pid: int) -> list[int]:
    """The processes that a process has started and that are still there."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]
