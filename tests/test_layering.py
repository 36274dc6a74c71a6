"""Imports run one way, every dependency has one home, and every module says in its first line what it is for."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("crawler/**/*.py"), *ROOT.glob("monitor/**/*.py")])

DECIDING = [
    "crawler/quality.py",
    "crawler/extract.py",
    "crawler/announcing.py",
    "crawler/calendars.py",
    "crawler/clutter.py",
    "crawler/date_choice.py",
    "crawler/dates.py",
    "crawler/document.py",
    "crawler/impostor.py",
    "crawler/pdf_text.py",
    "crawler/urls.py",
    "crawler/discovery/link_pattern.py",
    "crawler/discovery/listing_guess.py",
    "crawler/discovery/look.py",
    "crawler/discovery/naming.py",
    "crawler/discovery/next_link.py",
    "crawler/discovery/recommend.py",
    "crawler/discovery/selectors.py",
    "crawler/discovery/signs.py",
    "monitor/identity.py",
    "monitor/match.py",
    "monitor/sentences.py",
    "monitor/health.py",
    "monitor/notice.py",
    "monitor/polling.py",
    "monitor/proposal.py",
    "monitor/channel_health.py",
    "monitor/digest.py",
    "monitor/due.py",
    "monitor/escaping.py",
    "monitor/retry.py",
    "monitor/watch_health.py",
    "monitor/backtest.py",
    "monitor/exclusions.py",
    "monitor/meaning.py",
    "monitor/spellings.py",
    "monitor/traps.py",
    "monitor/words.py",
    "monitor/query.py",
]
IMPURE = {"sqlite3", "sqlite_utils", "socket", "urllib.request", "requests", "time", "asyncio", "os", "subprocess"}

ONE_HOME = {
    "trafilatura": {"crawler/extract.py"},
    "apprise": {"monitor/services.py", "monitor/slack.py", "monitor/addresses.py", "monitor/deliver.py"},
    "apscheduler": {"monitor/schedule.py"},
    "sqlite_utils": {"monitor/archive/"},
    "feedparser": {"crawler/feed.py"},
    "jmespath": {"crawler/json_path.py"},
    "pypdfium2": {"crawler/pdf.py"},
    "lark": {"monitor/query.py"},
    "cronsim": {"monitor/due.py"},
    "holidays": {"monitor/public_holidays.py"},
    "playwright": {"crawler/fetching/browser.py"},
    "scrapy_playwright": {"crawler/fetching/browser.py"},
}


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports_of(path: Path) -> frozenset[str]:
    """Full names of everything that a module imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def find_imports(path: Path, package: str) -> list[tuple[str, str]]:
    """The module, by its place, with each thing that it imports of `package`."""
    return [(str(path.relative_to(ROOT)), name) for name in sorted(imports_of(path)) if is_within(name, package)]


def test_a_module_says_what_it_is_for_in_its_first_line() -> None:
    first_lines = {path: (ast.get_docstring(parse(path)) or "").partition("\n")[0] for path in MODULES}

    assert len(first_lines) > 100
    assert [path for path, line in first_lines.items() if len(line) < 20] == []


def test_the_crawler_imports_nothing_of_the_monitor() -> None:
    modules = [path for path in MODULES if path.is_relative_to(ROOT / "crawler")]

    assert len(modules) > 50
    assert [found for path in modules for found in find_imports(path, "monitor")] == []


@pytest.mark.parametrize("face", ["cli", "web"])
def test_the_two_faces_are_imported_by_nobody(face: str) -> None:
    own = ROOT / "monitor" / face
    others = [path for path in MODULES if not path.is_relative_to(own) and path.name != "__main__.py"]

    assert [found for path in others for found in find_imports(path, f"monitor.{face}")] == []


@pytest.mark.parametrize("name", DECIDING)
def test_a_deciding_module_reaches_for_no_database_network_or_clock(name: str) -> None:
    found = imports_of(ROOT / name)

    assert not [one for one in found for impure in IMPURE if is_within(one, impure)]
    assert not [one for one in found if is_within(one, "monitor.archive") or one.endswith(".clock")]


@pytest.mark.parametrize(("package", "homes"), ONE_HOME.items())
def test_a_dependency_has_one_home(package: str, homes: set[str]) -> None:
    places = {path: str(path.relative_to(ROOT)) for path in MODULES}
    elsewhere = [
        path
        for path, place in places.items()
        if not any(place == home or (home.endswith("/") and place.startswith(home)) for home in homes)
    ]
    used = [found for path in elsewhere for found in find_imports(path, package)]

    # the rest of the monitor may name the archive's type, and nothing else of its library
    assert [found for found in used if found[1] not in {"sqlite_utils", "sqlite_utils.Database"}] == []
