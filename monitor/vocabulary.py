"""The ready-made watches that ship with govwatch: the words of the field in three languages, with their traps seen to."""

from collections.abc import Iterable
from importlib.resources import as_file, files
from pathlib import Path

from monitor.errors import GovwatchError
from monitor.watch import Watch, read_watches

LANGUAGES = ("en", "fr", "it")


class LanguageNotCovered(GovwatchError):
    """There are no ready-made watches in a language that was named."""


class VocabularyFaulty(GovwatchError):
    """A ready-made watch cannot be read: the installation of govwatch itself is damaged."""


def read_ready_made(language: str) -> tuple[Watch, ...]:
    """The ready-made watches in one of LANGUAGES, in the order of their file."""
    with as_file(files("monitor") / "starter" / "vocabulary") as folder:
        watches, faults = read_watches(Path(folder) / f"{language}.toml", sources=(), channels=())
    if faults or not watches:
        raise VocabularyFaulty("\n".join(map(str, faults)) or f"no watches in {language}; install govwatch anew")
    return watches


def write_ready_made(languages: Iterable[str]) -> str:
    """A watches.toml with the ready-made watches in `languages`, each once; raises LanguageNotCovered."""
    wanted = dict.fromkeys(language.lower() for language in languages)
    if unknown := [language for language in wanted if language not in LANGUAGES]:
        raise LanguageNotCovered(f"no ready-made watches in {', '.join(unknown)}: there are {', '.join(LANGUAGES)}")
    folder = files("monitor") / "starter" / "vocabulary"
    return "\n".join((folder / f"{language}.toml").read_text(encoding="utf-8") for language in wanted)
