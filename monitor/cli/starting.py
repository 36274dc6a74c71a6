"""`init`: writes the starter configuration, and never over anything that is there."""

from importlib.resources import as_file, files
from pathlib import Path

from crawler.limits import check_contact
from monitor.cli.output import say
from monitor.configuration import EXAMPLE_CONTACT, SETTINGS_FILE
from monitor.errors import GovwatchError


class StarterRefused(GovwatchError):
    """The starter configuration cannot be written there."""


def write_starter(folder: Path, *, contact: str | None) -> None:
    _check(folder, contact)
    with as_file(files("monitor") / "starter") as starter:
        names = sorted(path.relative_to(starter) for path in starter.rglob("*.toml"))
        texts = {name: (starter / name).read_text(encoding="utf-8") for name in names}
    if existing := next((folder / name for name in names if (folder / name).exists()), None):
        raise StarterRefused(f"{existing} exists: nothing was written; name an empty folder")
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        own = text.replace(EXAMPLE_CONTACT, contact) if contact and name.name == SETTINGS_FILE else text
        path.write_text(own, encoding="utf-8")
    _tell_next_steps(folder, contact=contact)


def _check(folder: Path, contact: str | None) -> None:
    if folder.exists() and not folder.is_dir():
        raise StarterRefused(f"{folder} is a file: name a folder")
    if contact is None:
        return
    try:
        check_contact(contact)
    except ValueError as error:
        raise StarterRefused(f"--contact: {error}") from error


def _tell_next_steps(folder: Path, *, contact: str | None) -> None:
    say(f"{folder}: a starter configuration with two sources and one watch. Next:")
    if not contact:
        say(f"  1. put your own address into {folder / SETTINGS_FILE}")
    say(f"  {1 if contact else 2}. govwatch --config {folder} check")
    say(f"  {2 if contact else 3}. govwatch --config {folder} crawl")
