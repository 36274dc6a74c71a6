"""The ready-made watches that ship with govwatch: the words of the field in three languages, with their traps seen to."""

from collections.abc import Iterable
from importlib.resources import files

from monitor.errors import GovwatchError

LANGUAGES = ("en", "fr", "it")


class LanguageNotCovered(GovwatchError):
    """There are no ready-made watches in a language that was named."""


def write_ready_made(languages: Iterable[str]) -> str:
    """A watches.toml with the ready-made watches in `languages`, each once; raises LanguageNotCovered."""
    wanted = dict.fromkeys(language.lower() for language in languages)
    if unknown := [language for language in wanted if language not in LANGUAGES]:
        raise LanguageNotCovered(f"no ready-made watches in {', '.join(unknown)}: there are {', '.join(LANGUAGES)}")
    folder = files("monitor") / "starter" / "vocabulary"
    return "\n".join((folder / f"{language}.toml").read_text(encoding="utf-8") for language in wanted)
