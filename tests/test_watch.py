"""Watches: what may be declared, every fault with its place (R5, R30), and when alerts are due (R8)."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.configuration import Fault
from crawler.source import SourceKind
from monitor.query import read_query
from monitor.watch import Schedule, Watch, parse_schedule, read_watches

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
        ('any = ["a"]\ncountries = ["UK"]', "watch[1].countries[1]", "the code of the United Kingdom is 'GB'"),
        ('any = ["a"]\nlanguages = ["French"]', "watch[1].languages[1]", "did you mean 'fr'?"),
        ('any = ["a"]\nwhen = "hourly"', "watch[1].when", 'expected "at once", "daily 08:00 Europe/London"'),
        ('any = ["a"]\nwhen = 8', "watch[1].when", 'expected "at once"'),
        ('any = ["a"]\nwhen = "daily 25:00 UTC"', "watch[1].when", "there is no time 25:00"),
        ('any = ["a"]\nwhen = "weekly Foo 08:00 UTC"', "watch[1].when", "expected a day such as Mon"),
        ('any = ["a"]\nwhen = "daily 08:00 Europe/Lodnon"', "watch[1].when", "did you mean 'Europe/London'?"),
        ('any = ["a"]\nwhen = "daily 08:00 ../../etc/passwd"', "watch[1].when", "there is no time zone"),
        ('any = ["a"]\ncountry = "GB"', "watch[1].country", "unknown key"),
        ('any = ["a"]\ntitle_only = "perhaps"', "watch[1].title_only", "boolean"),
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


@pytest.mark.parametrize(
    ("written", "owed_at", "due_at"),
    [
        ("at once", "2026-03-01T10:00+00:00", "2026-03-01T10:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T07:59+00:00", "2026-01-05T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T08:00+00:00", "2026-01-05T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-01-05T08:01+00:00", "2026-01-06T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-12-31T09:00+00:00", "2027-01-01T08:00+00:00"),
        ("daily 08:00 Europe/London", "2026-07-05T06:59+00:00", "2026-07-05T07:00+00:00"),
        ("weekly Mon 08:00 America/Toronto", "2026-11-23T12:59+00:00", "2026-11-23T13:00+00:00"),
        ("weekly Mon 08:00 America/Toronto", "2026-11-23T13:01+00:00", "2026-11-30T13:00+00:00"),
        ("weekly monday 8:00 America/Toronto", "2026-11-25T13:00+00:00", "2026-11-30T13:00+00:00"),
        # Clocks go forward on 8 March 2026 in Toronto: 02:30 is left out and becomes 03:30.
        ("daily 02:30 America/Toronto", "2026-03-08T06:00+00:00", "2026-03-08T07:30+00:00"),
        ("daily 02:30 America/Toronto", "2026-03-08T07:31+00:00", "2026-03-09T06:30+00:00"),
        # Clocks go back on 1 November 2026: 01:30 comes at 05:30 and at 06:30 UTC, and the first is taken.
        ("daily 01:30 America/Toronto", "2026-11-01T05:00+00:00", "2026-11-01T05:30+00:00"),
        ("daily 01:30 America/Toronto", "2026-11-01T05:31+00:00", "2026-11-02T06:30+00:00"),
        # At midnight in Beirut clocks went forward on 29 March 2026, so that Sunday began at 01:00.
        ("daily 00:00 Asia/Beirut", "2026-03-28T21:00+00:00", "2026-03-28T22:00+00:00"),
        ("daily 23:30 Pacific/Auckland", "2026-06-01T11:31+00:00", "2026-06-02T11:30+00:00"),
    ],
)
def test_an_alert_is_due_when_the_reader_wants_it(written: str, owed_at: str, due_at: str) -> None:
    """R8."""
    due = parse_schedule(written).next_due(datetime.fromisoformat(owed_at))

    assert due == datetime.fromisoformat(due_at)
    assert due.tzinfo is UTC


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.none() | st.integers(0, 6),
    st.sampled_from(["UTC", "Europe/London", "America/Toronto", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]),
)
def test_due_is_never_before_and_never_more_than_one_turn_after(
    owed_at: datetime, at: time, weekday: int | None, zone: str
) -> None:
    """R8: nothing is owed for ever, and nothing is due before it is owed."""
    due = Schedule(at=at, weekday=weekday, zone=zone).next_due(owed_at)

    assert timedelta(0) <= due - owed_at <= timedelta(days=1 if weekday is None else 7, hours=1)
    local = due.astimezone(ZoneInfo(zone))
    assert weekday is None or local.weekday() == weekday
    assert (local.hour, local.minute) >= (at.hour, at.minute)


@pytest.mark.parametrize("written", ["at once", "daily 08:00 Europe/London", "weekly Sun 23:59 Asia/Kolkata"])
def test_a_schedule_is_shown_as_it_is_written(written: str) -> None:
    assert str(parse_schedule(written)) == written
