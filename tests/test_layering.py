"""Imports run one way, every dependency has one home, and every module says in its first line what it is for."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted([*ROOT.glob("crawler/**/*.py"), *ROOT.glob("monitor/**/*.py")])

DECIDING = [
    "crawler/quality.py",
    "crawler/extract.py",
    "crawler/announcing.py",
    "crawler/clutter.py",
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
    "apprise": {"monitor/deliver.py", "monitor/mail.py"},
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


def imports_of(path: Path) -> set[str]:
    """Full names of everything that a module imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for_in_its_first_line(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert docstring, "no docstring"
    assert len(docstring.splitlines()[0]) >= 20


@pytest.mark.parametrize("path", sorted(ROOT.glob("crawler/**/*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_crawler_imports_nothing_of_the_monitor(path: Path) -> None:
    assert not [name for name in imports_of(path) if is_within(name, "monitor")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_two_faces_are_imported_by_nobody(path: Path) -> None:
    for face in ("cli", "web"):
        if path.is_relative_to(ROOT / "monitor" / face) or path.name == "__main__.py":
            continue
        assert not [name for name in imports_of(path) if is_within(name, f"monitor.{face}")]


@pytest.mark.parametrize("name", DECIDING)
def test_a_deciding_module_reaches_for_no_database_network_or_clock(name: str) -> None:
    found = imports_of(ROOT / name)

    assert not [one for one in found for impure in IMPURE if is_within(one, impure)]
    assert not [one for one in found if is_within(one, "monitor.archive") or one.endswith(".clock")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_dependency_has_one_home(path: Path) -> None:
    place = str(path.relative_to(ROOT))
    for package, homes in ONE_HOME.items():
        if any(place == home or (home.endswith("/") and place.startswith(home)) for home in homes):
            continue
        used = [name for name in imports_of(path) if is_within(name, package)]
        # the rest of the monitor may name the archive's type, and nothing else of its library
        assert [name for name in used if name not in {"sqlite_utils", "sqlite_utils.Database"}] == []
