"""How long `check` takes to answer, and how much memory `run` holds while it has nothing to do."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result

CHECKS = 7
SETTLED_S = 8
CHANNELS = """
[channels.team]
urls = ["mailtos://user:password@example.org?to=team@example.org", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"]
"""


def measure() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        govwatch = [
            sys.executable,
            "-m",
            "monitor",
            "--config",
            str(place / "config"),
            "--archive",
            str(place / "a.db"),
        ]
        subprocess.run(
            [*govwatch, "init", str(place / "config"), "--contact", "ops@example.org"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        alone = _measure_check("check", govwatch)
        with (place / "config" / "channels.toml").open("a", encoding="utf-8") as channels:
            channels.write(CHANNELS)
        return [alone, _measure_check("check with channels", govwatch), _measure_rest(govwatch, place)]


def _measure_check(name: str, govwatch: list[str]) -> Result:
    took = []
    for _ in range(CHECKS):
        began = time.perf_counter()
        subprocess.run([*govwatch, "check"], check=True, stdout=subprocess.DEVNULL)
        took.append(time.perf_counter() - began)
    return Result(name=name, value=statistics.median(took), unit="s", most=0.5)


def _measure_rest(govwatch: list[str], place: Path) -> Result:
    for source in (place / "config" / "sources").glob("*.toml"):
        text = source.read_text(encoding="utf-8").replace("country =", "enabled = false\ncountry =")
        source.write_text(text, encoding="utf-8")
    process = subprocess.Popen([*govwatch, "run"], stderr=subprocess.DEVNULL)
    time.sleep(SETTLED_S)
    resident_mb = _read_resident_mb(process.pid)
    process.send_signal(signal.SIGTERM)
    process.wait()
    return Result(name="memory of run at rest", value=resident_mb, unit="MB", most=150)


def _read_resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
