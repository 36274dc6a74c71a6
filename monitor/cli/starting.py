"""`init`: writes a configuration to start from, and never over anything that is there."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from crawler.counting import write_number
from crawler.limits import check_contact
from monitor.catalogue import Entry, read_catalogue, select_countries, select_starters
from monitor.cli.output import say
from monitor.configuration import EXAMPLE_CONTACT, SETTINGS_FILE
from monitor.errors import GovwatchError
from monitor.vocabulary import write_ready_made

WATCHES_FILE = "watches.toml"
STARTER_FILES = (SETTINGS_FILE, WATCHES_FILE, "channels.toml")


class StarterRefused(GovwatchError):
    """The starter configuration cannot be written there."""


def select_entries(countries: Sequence[str], *, whole: bool) -> tuple[Entry, ...]:
    """The sources to begin with: all, those of some countries, or the two of the plain starter."""
    if whole and countries:
        raise StarterRefused("--all and --country exclude each other: give one of them")
    catalogue = read_catalogue()
    if whole:
        return catalogue
    return select_countries(catalogue, countries) if countries else select_starters(catalogue)


def write_starter(
    folder: Path, entries: Sequence[Entry], *, contact: str | None, watches_in: Sequence[str] = ()
) -> None:
    """Writes the starter; with the ready-made watches in some languages instead of the one example."""
    _check(folder, contact)
    ready_made = write_ready_made(watches_in)
    starter = files("monitor") / "starter"
    texts = {Path(name): (starter / name).read_text(encoding="utf-8") for name in STARTER_FILES}
    if contact:
        settings = Path(SETTINGS_FILE)
        texts[settings] = texts[settings].replace(EXAMPLE_CONTACT, contact)
    if ready_made:
        texts[Path(WATCHES_FILE)] = ready_made
    texts |= {Path("sources") / entry.file_name: entry.text for entry in entries}
    if existing := next((folder / name for name in sorted(texts) if (folder / name).exists()), None):
        raise StarterRefused(f"{existing} exists: nothing was written; name an empty folder")
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StarterRefused(f"{folder}: cannot be written: {error.strerror}") from error
    _tell_next_steps(folder, entries, contact=contact, watches=texts[Path(WATCHES_FILE)].count("\n[[watch]]\n"))


def _check(folder: Path, contact: str | None) -> None:
    if folder.exists() and not folder.is_dir():
        raise StarterRefused(f"{folder} is a file: name a folder")
    if contact is None:
        return
    try:
        check_contact(contact)
    except ValueError as error:
        raise StarterRefused(f"--contact: {error}") from error


def _tell_next_steps(folder: Path, entries: Sequence[Entry], *, contact: str | None, watches: int) -> None:
    disabled = sum(not entry.source.enabled for entry in entries)
    sources = write_number(len(entries), "source")
    said = f" ({disabled} of them disabled, with the reason in their notes)" if disabled else ""
    say(f"{folder}: a configuration with {sources}{said} and {write_number(watches, 'watch')}. Next:")
    if not contact:
        say(f"  1. put your own address into {folder / SETTINGS_FILE}")
    say(f"  {1 if contact else 2}. govwatch --config {folder} check")
    say(f"  {2 if contact else 3}. govwatch --config {folder} crawl")
