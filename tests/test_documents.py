"""The README and the documents beside it: the commands, options, keys, states and queries that they name are there."""

import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from crawler.api_table import Api
from crawler.limits import CrawlTable
from crawler.source import Expect, Listing, Source
from monitor.archive.connection import open_archive
from monitor.channel import ChannelTable
from monitor.cli.alerting import STATES
from monitor.cli.app import app
from monitor.configuration import Settings, read_configuration
from monitor.health import SourceCondition
from monitor.watch import Watch

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in DOCUMENTS}
README = TEXTS["README.md"]

SOURCE = 'name = "One"\ncountry = "GB"\nlanguage = "en"\nkind = "newsroom"\nhomepage = "https://www.example.org/"\n'
CHANNEL = '[channels.{name}]\nurls = ["json://127.0.0.1"]\n'
FILES = {
    "settings.toml": 'contact = "ops@example.org"\n',
    "sources/one.toml": f'{SOURCE}feeds = ["https://www.example.org/feed"]\n',
    "channels.toml": "".join(CHANNEL.format(name=name) for name in ("policy-team", "operators", "second-way")),
    "watches.toml": "",
}
# First table or key of a part of a file -> the file, and what has to stand before it there.
PARTS = {
    "channels": ("channels.toml", ""),
    "canary": ("channels.toml", CHANNEL.format(name="policy-team")),
    "watch": ("watches.toml", ""),
    "query": ("watches.toml", '[[watch]]\nname = "w"\nchannels = ["policy-team"]\n'),
    "operators": ("settings.toml", FILES["settings.toml"]),
    "listing": ("sources/one.toml", SOURCE),
    "api": ("sources/one.toml", SOURCE),
}


def find_paragraphs(text: str) -> Iterator[str]:
    """What is written as code, paragraph by paragraph."""
    for paragraph in re.split(r"\n\s*\n", text):
        if all(line.startswith("    ") for line in paragraph.strip("\n").splitlines()):
            yield inspect.cleandoc(paragraph)


def find_files() -> Iterator[tuple[str, str, str]]:
    """Document, file and text of each example of a configuration file."""
    for document, text in TEXTS.items():
        for code in find_paragraphs(text):
            if found := re.match(r"# my-watch/(\S+)\n", code):
                name, head = found[1], PARTS["operators"][1] if found[1] == "settings.toml" else ""
            elif found := re.match(r"\[+(\w+)[\].]|(\w+) = ", code):
                name, head = PARTS[found[1] or found[2]]
            else:
                continue
            yield document, name, head + code


def test_the_documents_have_examples_of_every_file() -> None:
    assert {name.partition("/")[0] for _, name, _ in find_files()} == {name.partition("/")[0] for name in FILES}


@pytest.mark.parametrize(("document", "name", "text"), list(find_files()))
def test_an_example_of_a_file_is_accepted(tmp_path: Path, document: str, name: str, text: str) -> None:
    for path, content in {**FILES, name: text}.items():
        tmp_path.joinpath(path).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(path).write_text(content, encoding="utf-8")

    read_configuration(tmp_path, {name: f"json://127.0.0.1/{name}" for name in re.findall(r"\$\{(\w+)\}", text)})


def find_commands(text: str) -> Iterator[list[str]]:
    """The words after `govwatch`, wherever that is written as code."""
    lines = [line for code in find_paragraphs(text) for line in code.splitlines()]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]
    for code in (*lines, *spans):
        if found := re.match(r"(?:\$ )?(?:\S+/)?govwatch (.+)", code):
            yield shlex.split(found[1], comments=True)


def find_unknown(words: list[str]) -> list[str]:
    """The commands and options among these words that there are not."""
    command, unknown = typer.main.get_command(app), []
    for word in words:
        commands = getattr(command, "commands", {})
        if word in commands:
            command = commands[word]
        elif word.startswith("--"):
            options = {
                option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
            unknown += [] if word.partition("=")[0] in options else [word]
    is_whole = not hasattr(command, "commands")
    return unknown if is_whole else [*unknown, *words]


def test_every_command_and_option_that_is_named_is_there() -> None:
    commands = [words for text in TEXTS.values() for words in find_commands(text)]

    assert {"crawl", "run", "explain", "alert", "watch", "init"} <= {words[0] for words in commands}
    assert [words for words in commands if find_unknown(words)] == []
    assert find_unknown(["alert", "send", "--hold"]) == ["--hold"]
    assert find_unknown(["alerts", "list"]) == ["alerts", "list"]


def test_every_option_that_is_named_alone_is_one_of_some_command() -> None:
    named = {option for text in TEXTS.values() for option in re.findall(r"`(--[a-z-]+)[ `]", text)}
    known, groups = set[str](), [typer.main.get_command(app)]
    while groups:
        group = groups.pop()
        known |= {option for parameter in group.params for option in (*parameter.opts, *parameter.secondary_opts)}
        groups += getattr(group, "commands", {}).values()

    assert "--dry-run" in named
    assert named <= known


def test_every_key_that_is_named_alone_is_read() -> None:
    tables: tuple[type[BaseModel], ...] = (Source, Listing, Api, Expect, ChannelTable, Watch, CrawlTable)
    keys = {key for table in tables for key in table.model_fields}
    named = {key for text in TEXTS.values() for key in re.findall(r"`([a-z_]+) = ", text)}
    settings = {found for text in TEXTS.values() for found in re.findall(r"`\[(\w+)\](?: (\w+))?`", text)}

    assert "keep_only" in named
    assert named <= keys
    assert ("archive", "file") in settings
    for table, key in settings:
        model = Settings.model_fields[table].annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        assert key in {"", *model.model_fields}


def test_every_file_and_goal_of_make_that_is_named_is_there() -> None:
    goals = {goal for line in re.findall(r"^    make ([a-z ]+)", README, re.MULTILINE) for goal in line.split()}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert goals >= {"demo", "test"}
    assert [goal for goal in goals if f"\n{goal}: " not in makefile] == []
    for path in DOCUMENTS:
        for link in re.findall(r"\]\((?!http)([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).exists(), link


def test_every_query_and_view_of_the_readme_is_answered_by_an_archive(tmp_path: Path) -> None:
    queries = re.findall(r'^    sqlite3 [^"]*"([^"]+)"', README, re.MULTILINE)
    sentence = re.search(r"The views (.*?) are documented", README, re.DOTALL)
    assert sentence is not None
    views = re.findall(r"`(\w+)`", sentence[1])
    database = open_archive(tmp_path / "a.db")

    assert queries
    assert set(views) == set(database.view_names())
    for query in (*queries, *(f"SELECT * FROM {view}" for view in views)):
        assert list(database.query(query)) == []
    database.close()


def test_the_states_that_are_explained_are_those_that_there_are() -> None:
    sentence = re.search(r"A source is (\w[\w ,()/.]*?), which \[docs/health", README)
    assert sentence is not None
    named = re.sub(r"\([^)]*\)", "", sentence[1])
    rows = re.findall(r"^\| (\w+) \|", TEXTS["health.md"].partition("\n\nAn answer 304")[0], re.MULTILINE)

    assert set(re.findall(r"\w+", named)) - {"or"} == set(SourceCondition)
    assert set(rows) - {"state"} == set(SourceCondition)
    assert set(re.findall(r"\[ (\w+) \]", TEXTS["outbox.md"])) == set(STATES)
