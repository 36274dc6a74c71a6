"""Watches: what may be declared, and every fault with its place (R5, R30)."""

from datetime import time
from pathlib import Path

import pytest

from crawler.configuration import Fault
from crawler.source import SourceKind
from monitor.due import Schedule
from monitor.query import read_query
from monitor.watch import Watch, read_watches

SOURCES = frozenset({"gb-gds-blog", "ca-cds-blog"})
CHANNELS = frozenset({"policy-team"})
GOOD = """
[[watch]]
name = "Digital agreements between governments"
any = ["memorandum of understanding", "MoU"]
all = ["digital"]
none = ["digital services tax"]
countries = ["GB", "CA"]
kinds = ["newsroom"]
sources = ["gb-gds-blog"]
languages = ["en", "fr-CA"]
title_only = true
channels = ["policy-team"]
when = "daily 08:00 Europe/London"
note = "asked for by the minister's office"
enabled = false
"""


def read(folder: Path, text: str) -> tuple[tuple[Watch, ...], tuple[Fault, ...]]:
    path = folder / "watches.toml"
    path.write_text(text, encoding="utf-8")
    return read_watches(path, sources=SOURCES, channels=CHANNELS)


def test_no_file_means_no_watches(tmp_path: Path) -> None:
    assert read_watches(tmp_path / "watches.toml", sources=SOURCES, channels=CHANNELS) == ((), ())


def test_an_empty_file_means_no_watches(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing yet\n") == ((), ())


def test_every_key_is_read(tmp_path: Path) -> None:
    (watch,), faults = read(tmp_path, GOOD)

    assert faults == ()
    assert watch.kinds == (SourceKind.NEWSROOM,)
    assert watch.schedule == Schedule(at=time(8), zone="Europe/London")
    assert not watch.enabled
    assert watch.expression == read_query(
        'title:(digital ("memorandum of understanding" OR MoU) -"digital services tax")'
    )
    assert watch.describe() == (
        'in the title: "digital" and at least one of "memorandum of understanding" or "MoU", but not'
        ' "digital services tax"; from GB or CA; published by kind newsroom; from the sources gb-gds-blog;'
        " in language en or fr-CA"
    )


def test_alerts_are_due_at_once_unless_said_otherwise(tmp_path: Path) -> None:
    (watch,), _ = read(tmp_path, '[[watch]]\nname = "x"\nquery = "digital"\n')

    assert str(watch.schedule) == "at once"
    assert watch.enabled


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ('query = "digital AND"', "watch[1].query", "column 12, at the ^: digital AND^"),
        ("query = 'a \"b'", "watch[1].query", "unbalanced quotation marks"),
        ('query = "NOT digital"', "watch[1].query", "nothing is required"),
        ('query = "a OR NOT b"', "watch[1].query", "nothing is required"),
        ('query = ""', "watch[1].query", "the query is empty"),
        ("any = ['\"digital']", "watch[1].any[1]", "unbalanced quotation marks"),
        ('any = ["digital", "***"]', "watch[1].any[2]", "only at the end of a word"),
        ('any = ["—"]', "watch[1].any[1]", "there is no word"),
        ('all = ["digital AND identity"]', "watch[1].all[1]", "use query instead"),
        ("any = []", "watch[1].any", "expected at least one entry"),
        ('any = "digital"', "watch[1].any", 'expected a list: ["digital"]'),
        ('none = ["tax"]', "watch[1].none", "nothing is required"),
        ("", "watch[1]", "expected any, all or query"),
        ('any = ["a"]\nquery = "b"', "watch[1].query", "expected either query or the lists, not both (any)"),
        ('any = ["a"]\nchannels = []', "watch[1].channels", "expected at least one entry"),
        ('any = ["a"]\nchannels = ["polcy-team"]', "watch[1].channels[1]", "did you mean 'policy-team'?"),
        ('any = ["a"]\nsources = ["gb-gds-blog", "gb-gds"]', "watch[1].sources[2]", "did you mean 'gb-gds-blog'?"),
        ('any = ["a"]\nsources = ["zz"]', "watch[1].sources[1]", "there is no source 'zz'"),
        ('any = ["a"]\nkinds = ["newsrooms"]', "watch[1].kinds[1]", "did you mean 'newsroom'?"),
        ('any = ["a"]\ncountries = ["gb"]', "watch[1].countries[1]", "did you mean 'GB'?"),
        ('any = ["a"]\ncountries = ["UK"]', "watch[1].countries[1]", "did you mean 'GB'?"),
        ('any = ["a"]\nlanguages = ["French"]', "watch[1].languages[1]", "did you mean 'fr'?"),
        ('any = ["a"]\nwhen = "hourly"', "watch[1].when", 'expected "at once", "daily 08:00 Europe/London"'),
        ('any = ["a"]\nwhen = 8', "watch[1].when", 'expected "at once"'),
        ('any = ["a"]\nwhen = "daily 25:00 UTC"', "watch[1].when", "there is no time 25:00"),
        ('any = ["a"]\nwhen = "weekly Foo 08:00 UTC"', "watch[1].when", "expected a day such as Mon"),
        ('any = ["a"]\nwhen = "daily 08:00 Europe/Lodnon"', "watch[1].when", "did you mean 'Europe/London'?"),
        ('any = ["a"]\nwhen = "daily 08:00 ../../etc/passwd"', "watch[1].when", "there is no time zone"),
        ('any = ["a"]\nempty = true', "watch[1].empty", "an empty digest needs a time"),
        ('any = ["a"]\nwhen = "daily 08:00"\nempty = true', "watch[1].empty", "needs channels to go to"),
        ('any = ["a"]\ncountry = "GB"', "watch[1].country", "unknown key"),
        ('any = ["a"]\ntitle_only = "perhaps"', "watch[1].title_only", "true or false"),
        ('any = ["a"]\ntitle_only = "yes"', "watch[1].title_only", "true or false"),
        ('any = ["a"]\nurgent = 1', "watch[1].urgent", "true or false"),
    ],
)
def test_a_faulty_watch_is_refused_with_its_place(tmp_path: Path, line: str, key: str, said: str) -> None:
    """R5, R30."""
    watches, faults = read(tmp_path, f'[[watch]]\nname = "x"\n{line}\n')

    assert watches == ()
    assert len(faults) == 1, faults
    assert faults[0].key == key
    assert faults[0].line == (1 if key == "watch[1]" else 2 + len(line.splitlines()))
    assert said in faults[0].message


def test_all_faults_of_all_watches_are_told_at_once(tmp_path: Path) -> None:
    """R5."""
    text = """
[[watch]]
name = "One"
any = []
when = "never"
channels = ["nobody"]
[[watch]]
name = " one"
query = "a AND"
surprise = 1
[[watch]]
name = "Three"
any = ["digital"]
"""
    watches, faults = read(tmp_path, text)

    assert [watch.name for watch in watches] == ["Three"]
    assert [(fault.line, fault.key) for fault in faults] == [
        (4, "watch[1].any"),
        (5, "watch[1].when"),
        (6, "watch[1].channels[1]"),
        (8, "watch[2].name"),
        (9, "watch[2].query"),
        (10, "watch[2].surprise"),
    ]


@pytest.mark.parametrize("text", ['[watch]\nname = "x"\n', "watch = 1\n", "watch = [1]\n"])
def test_watches_stand_in_double_brackets(tmp_path: Path, text: str) -> None:
    _, (fault,) = read(tmp_path, text)

    assert "[[watch]]" in fault.message


def test_keys_beside_the_watches_and_broken_files_are_faults(tmp_path: Path) -> None:
    assert "unknown key" in str(read(tmp_path, "watches = 1\n")[1])
    assert "not valid TOML" in str(read(tmp_path, "[[watch\n")[1])


def test_meaning_changes_with_what_is_found_and_with_nothing_else() -> None:
    watch = Watch(name="x", any=("a", "b"), countries=("GB", "CA"))

    same = Watch(name="y", query="a OR b", countries=("CA", "GB"), when="daily 08:00 UTC", channels=("c",), note="n")
    assert watch.meaning == same.meaning
    assert watch.meaning != Watch(name="x", any=("a", "b"), countries=("GB",)).meaning
    assert watch.meaning != Watch(name="x", any=("a", "b"), countries=("GB", "CA"), title_only=True).meaning
