"""The ready-made watches, measured on passages of ours with the field's traps in them; docs/vocabulary.md says the figures.

Each passage is labelled by what it is about, not by its words. Half of them (every other line) was kept back: the
watches were not changed for what they did there.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.match import Document, find_match
from monitor.traps import find_all_advice
from monitor.vocabulary import LANGUAGES, LanguageNotCovered, write_ready_made
from monitor.watch import Watch, read_watches

ROOT = Path(__file__).parents[1]
# The themes of the passages, in the order in which each file has its watches.
THEMES = ("agreements", "offices", "services", "identity", "strategy", "sharing", "automation", "delivery")


def read_ready_made(language: str) -> tuple[Watch, ...]:
    watches, faults = read_watches(
        ROOT / "monitor" / "starter" / "vocabulary" / f"{language}.toml", sources=(), channels=()
    )
    assert faults == ()
    return watches


WATCHES = {language: read_ready_made(language) for language in LANGUAGES}


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A piece of news of ours, and the themes that it is about."""

    text: str
    country: str
    language: str
    themes: frozenset[str]
    is_kept_back: bool

    def is_found_by(self, watch: Watch) -> bool:
        document = Document(
            title=self.text,
            text=None,
            summary=None,
            source="s",
            country=self.country,
            kind="newsroom",
            language=self.language,
        )
        return find_match(watch, document) is not None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What watches found of what they were to find."""

    about: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found

    @property
    def recall(self) -> float:
        return self.right / self.about

    def __str__(self) -> str:
        return f"{self.about} | {self.found} | {self.right} | {self.precision:.2f} | {self.recall:.2f} |"


def read_passages(language: str) -> list[Passage]:
    lines = (Path(__file__).parent / "vocabulary" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|", 2) for line in lines if line and not line.startswith("#")]
    return [
        Passage(
            text=text,
            country=country,
            language=language,
            themes=frozenset(themes.split()),
            is_kept_back=number % 2 == 1,
        )
        for number, (themes, country, text) in enumerate(rows)
    ]


PASSAGES = {language: read_passages(language) for language in LANGUAGES}


def read_headlines(wanted: str) -> list[Passage]:
    """Headlines of one language, of the one theme `the field` or of none."""
    lines = (Path(__file__).parent / "vocabulary" / "headlines.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|", 3) for line in lines if line and not line.startswith("#")]
    return [
        Passage(
            text=text,
            country=country,
            language=language,
            themes=frozenset({"the field"} if about == "yes" else ()),
            is_kept_back=True,
        )
        for language, about, country, text in rows
        if language == wanted
    ]


def judge_headlines(language: str) -> tuple[int, Figures]:
    """How many there are, and what all watches of the language together make of them."""
    headlines = read_headlines(language)
    found = [each for each in headlines if any(map(each.is_found_by, WATCHES[language]))]
    right = [each for each in found if each.themes]
    about = [each for each in headlines if each.themes]
    return len(headlines), Figures(about=len(about), found=len(found), right=len(right))


def judge(passages: list[Passage], watches: dict[str, Watch]) -> Figures:
    wanted = [
        (passage.themes >= {theme}, passage.is_found_by(watch))
        for theme, watch in watches.items()
        for passage in passages
    ]
    return Figures(
        about=sum(is_about for is_about, _ in wanted),
        found=sum(is_found for _, is_found in wanted),
        right=sum(is_about and is_found for is_about, is_found in wanted),
    )


def write_tables() -> tuple[str, str, str]:
    """The tables of the documentation: by watch on all passages, by language on those kept back and on headlines."""
    by_watch = [
        f"| {language} | {watch.name} | {judge(PASSAGES[language], {theme: watch})}"
        for language in LANGUAGES
        for theme, watch in zip(THEMES, WATCHES[language], strict=True)
    ]
    kept = {language: [each for each in PASSAGES[language] if each.is_kept_back] for language in LANGUAGES}
    by_language = [
        f"| {language} | {len(kept[language])} | {judge(kept[language], dict(zip(THEMES, WATCHES[language], strict=True)))}"
        for language in LANGUAGES
    ]
    by_headline = [
        f"| {language} | {count} | {figures}"
        for language in LANGUAGES
        for count, figures in [judge_headlines(language)]
    ]
    return "\n".join(by_watch), "\n".join(by_language), "\n".join(by_headline)


@pytest.mark.parametrize("table", write_tables(), ids=["by watch", "kept back", "headlines"])
def test_the_documentation_says_what_was_measured(table: str) -> None:
    assert table in (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")


def test_the_passages_are_many_and_most_traps_stay_out() -> None:
    everything = sum(map(len, PASSAGES.values()))
    traps = [passage for passages in PASSAGES.values() for passage in passages if not passage.themes]
    caught = [trap.text for trap in traps if any(trap.is_found_by(watch) for watch in WATCHES[trap.language])]

    assert everything >= 120
    assert len(traps) >= 60
    assert caught == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_ready_made_watch_falls_into_a_known_trap_or_reads_another_language(language: str) -> None:
    """R30."""
    assert find_all_advice(WATCHES[language]) == ()
    assert {watch.languages for watch in WATCHES[language]} == {(language,)}


def test_all_languages_fit_into_one_file() -> None:
    text = write_ready_made(["it", "EN", "fr", "en"])

    names = [table["name"] for table in tomllib.loads(text)["watch"]]
    assert names == [watch.name for language in ("it", "en", "fr") for watch in WATCHES[language]]
    assert len(set(names)) == len(names)
    assert "# channels =" in text


def test_a_language_without_watches_is_refused() -> None:
    with pytest.raises(LanguageNotCovered, match="there are en, fr, it"):
        write_ready_made(["en", "de"])
