"""Configurations as people really leave them: each fault is told in plain words, and none ends in a traceback."""

from pathlib import Path

import pytest

from crawler.configuration import find_line, parse_duration
from monitor.configuration import ConfigurationFaulty, read_configuration
from tests.installations import make_place

SOURCE = """\
name = "A"
country = "GB"
language = "en"
kind = "newsroom"
homepage = "https://a.example/"
feeds = ["https://a.example/feed"]
"""
WATCH = '[[watch]]\nname = "w"\nany = ["x"]\nchannels = ["desk"]\n'
CHANNEL = '[channels.desk]\nurls = ["json://127.0.0.1/x"]\n'


def write(folder: Path, **files: str) -> Path:
    place = make_place(folder)
    place.write("sources/a.toml", files.get("source", SOURCE))
    place.write("watches.toml", files.get("watches", WATCH))
    place.write("channels.toml", files.get("channels", CHANNEL))
    if "settings" in files:
        place.write("settings.toml", files["settings"])
    return folder / "config"


def find_faults(config: Path) -> list[str]:
    with pytest.raises(ConfigurationFaulty) as faulty:
        read_configuration(config, {})
    return [str(fault).removeprefix(f"{config}/") for fault in faulty.value.faults]


CONTACT = 'contact = "a@b.example"\n'
FAULTS = [
    ("settings", 'contact = "https://a.example/\\r\\nX: 1"', "settings.toml:1: contact: expected an e-mail or web"),
    ("settings", f"{CONTACT}\n[[baseding]]\na = 1", "settings.toml:3: baseding: unknown key"),
    ("settings", f"{CONTACT}crawl = 5", "settings.toml:2: crawl: expected a table"),
    ("settings", f'{CONTACT}[crawl]\nmax_rows = "many"', "settings.toml:3: crawl.max_rows: expected a whole number"),
    ("settings", f'{CONTACT}[crawl]\nevery = "99999999999 days"', "settings.toml:3: crawl.every: expected a duration"),
    ("settings", f'{CONTACT}[archive]\nfile = "a\\u0000b"', "settings.toml:3: archive.file: expected one line"),
    ("source", SOURCE.replace('"GB"', '"UK"'), "sources/a.toml:2: country: expected an ISO 3166-1 alpha-2 code"),
    ("source", SOURCE.replace('"A"', '"A\\nB"'), "sources/a.toml:1: name: expected one line"),
    ("source", SOURCE.replace('"A"', "5"), "sources/a.toml:1: name: expected text in quotation marks"),
    ("source", SOURCE.replace('["https://a.example/feed"]', '"https://a.example/"'), 'expected a list: ["https://a.'),
    ("source", SOURCE.replace("/feed", "/a feed"), "feeds[1]: expected an http or https address"),
    ("source", SOURCE.replace("//a.example/f", "//me:pw@a.example/f"), "feeds[1]: expected an address without user"),
    ("source", f'{SOURCE}enabled = "perhaps"', "sources/a.toml:7: enabled: expected true or false"),
    ("source", f'{SOURCE}enabled = "no"', "sources/a.toml:7: enabled: expected true or false"),
    ("watches", WATCH.replace('"w"', '"w\\r\\nBcc: x"'), "watches.toml:2: watch[1].name: expected one line"),
    ("watches", f'{WATCH}when = "weekly Monkey 08:00"', "watches.toml:5: watch[1].when: expected a day such as Mon"),
    ("channels", f'{CHANNEL}working_days = "Mon-"', "channels.toml:3: channels.desk.working_days: expected a day"),
    ("channels", '[channels.desk]\nfeeds = "a\\u0000b"', "channels.toml:2: channels.desk.feeds: expected one line"),
    (
        "channels",
        '[channels.desk]\nurls = "mailto://me:pw@a.example"',
        'channels.toml:2: channels.desk.urls: expected a list: ["..."]',
    ),
    ("channels", "x = [", "channels.toml: not valid TOML"),
]


@pytest.mark.parametrize(("file", "text", "said"), FAULTS, ids=[said for _, _, said in FAULTS])
def test_a_fault_is_told_once_with_its_place_and_in_plain_words(
    tmp_path: Path, file: str, text: str, said: str
) -> None:
    faults = find_faults(write(tmp_path, **{file: text}))

    assert len(faults) == 1
    assert said in faults[0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("./x:row", "Undefined namespace prefix"),
        ("(is-new())", "expected a CSS selector or XPath 1.0"),
        ("(count(//li))", "expected a selector of elements or text"),
    ],
)
def test_a_selector_that_fails_only_when_it_is_used_is_a_fault_before(tmp_path: Path, rows: str, said: str) -> None:
    """R36."""
    listing = f'{SOURCE}[[listing]]\nurl = "https://a.example/"\nrows = "{rows}"\n'

    assert said in find_faults(write(tmp_path, source=listing))[0]


def test_the_mark_that_windows_editors_put_first_is_no_fault(tmp_path: Path) -> None:
    config = write(tmp_path, watches=f"\ufeff{WATCH}")

    assert [watch.name for watch in read_configuration(config, {}).watches] == ["w"]


def test_a_file_beside_the_sources_that_is_not_read_is_told(tmp_path: Path) -> None:
    config = write(tmp_path)
    (config / "sources" / "b.toml.txt").write_text(SOURCE)

    warnings = read_configuration(config, {}).warnings

    assert warnings == ("sources/b.toml.txt: is not read: the name of a source's file ends in .toml",)


def test_sources_that_cannot_be_listed_are_not_taken_for_none(tmp_path: Path) -> None:
    config = write(tmp_path)
    (config / "sources" / "a.toml").unlink()
    (config / "sources").rmdir()
    (config / "sources").write_text("")

    assert find_faults(config) == ["sources: cannot be read: Not a directory"]


@pytest.mark.parametrize("name", ["Digital\u00ad Services", "دیجیتال\u200cسرویس", "Équipe 👩\u200d💻"])
def test_a_name_may_have_what_scripts_need_to_be_written(tmp_path: Path, name: str) -> None:
    config = write(tmp_path, source=SOURCE.replace('"A"', f'"{name}"'))

    assert [source.name for source in read_configuration(config, {}).sources] == [name]


def test_a_hundred_years_are_enough() -> None:
    assert parse_duration("36500 days") == 36500 * 86400
    with pytest.raises(ValueError, match="at most a hundred years"):
        parse_duration("37000 days")


def test_no_fault_hides_another(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        settings='contact = "nobody"\n[operators]\nchannels = ["ops"]\n[crawl]\nevery = "30 seconds"\n',
        source='id = "a"\nname = 5\n',
        watches='[[watch]]\nname = "w"\nquery = "NOT x"\nwhen = "daily"\n',
        channels='[channels."the desk"]\nurls = ["${UNSET}", "nonsense"]\nurl = "x"\n',
    )
    (config / "sources" / "B C.toml").write_text(SOURCE.replace('"GB"', '"UK"'), encoding="utf-8")
    told = find_faults(config)

    for expected in (
        "settings.toml:1: contact: expected an e-mail",
        "settings.toml:3: operators.channels[1]: there is no channel 'ops'",
        "settings.toml:5: crawl.every: expected 1 minute or more",
        "sources/B C.toml: the file's name is the id",
        "sources/B C.toml:2: country: expected an ISO 3166-1 alpha-2 code",
        "sources/a.toml:1: id: unknown key",
        "sources/a.toml:2: name: expected text",
        "sources/a.toml: expected at least one of feeds",
        "channels.toml:1: channels.the desk: expected a name",
        "channels.toml:2: channels.the desk.urls[1]: the environment variable UNSET is not set",
        "channels.toml:2: channels.the desk.urls[2]: expected an Apprise address",
        "channels.toml:3: channels.the desk.url: unknown key",
        "watches.toml:3: watch[1].query: nothing is required",
        "watches.toml:4: watch[1].when: expected",
    ):
        assert [fault for fault in told if fault.startswith(expected)], (expected, told)
    assert len(told) == len(set(told))


LISTS = '''
[channels.team]
urls = [
  "one, [two]", # three, "four"
  'five', """six,
  seven""",

  ["eight", "nine"], { ten = 10 },
  "eleven"
]
inline = ["one", "two"]
none = []
after = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("urls", 0), 4), (("urls", 1), 5), (("urls", 2), 5), (("urls", 3), 8), (("urls", 3, 1), 8), (("urls", 4), 8),
        (("urls", 5), 9), (("urls", 6), 3), (("inline", 1), 11), (("none", 0), 12), (("after", 0), 13), (("urls",), 3),
    ],
)  # fmt: skip
def test_a_fault_in_a_list_names_the_line_of_the_entry(path: tuple[str | int, ...], line: int) -> None:
    assert find_line(LISTS, ("channels", "team", *path)) == line


HEADERS = """
[crawl]
every = "1 hour"

[crawl.pauses]
short = 1

[[baseding]]
a = 1

[[baseding]]
a = 2

[parts.one]
b.c = 3
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("baseding",), 8), (("baseding", 1), 11), (("baseding", 1, "a"), 12), (("parts",), 14), (("parts", "one"), 14),
        (("parts", "one", "b"), 15), (("parts", "two"), None), (("crawl",), 2), (("crawl", "pauses"), 5), ((), None),
    ],
)  # fmt: skip
def test_a_fault_in_a_table_that_is_written_in_parts_names_its_first_line(
    path: tuple[str | int, ...], line: int | None
) -> None:
    assert find_line(HEADERS, path) == line


def test_a_fault_in_a_channel_hides_none_that_apprise_finds_in_it(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.write(
        "channels.toml",
        '[channels.team]\nnosuch = 1\nurls = [\n"slack://a b",\n"nonsense://x",\n"json://example.org/x?verify=no"\n]\n',
    )

    with pytest.raises(ConfigurationFaulty) as faulty:
        read_configuration(tmp_path / "config", {})

    assert [(fault.line, fault.key) for fault in faulty.value.faults if fault.file.endswith("channels.toml")] == [
        (2, "channels.team.nosuch"),
        (4, "channels.team.urls[1]"),
        (5, "channels.team.urls[2]"),
        (6, "channels.team.urls[3]"),
    ]
