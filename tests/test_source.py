"""What a source file may say, and what it is told when it says something else."""

from pathlib import Path

import pytest

from crawler.platforms import Platform
from crawler.source import SourceKind, read_source, read_sources
from crawler.way import Way

GOOD = """\
name = "A blog"
country = "GB"
language = "en"
kind = "government-blog"
homepage = "https://example.org/"
feeds = ["https://example.org/feed/"]
"""


def write(folder: Path, text: str, name: str = "gb-blog") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_is_read_with_every_key_of_the_contract(tmp_path: Path) -> None:
    text = GOOD + (
        'sitemaps = ["https://example.org/sitemap.xml"]\n'
        'enabled = false\nnote = "closed"\nevery = "6 hours"\nfull_text_in_feed = true\nplatform = "drupal"\n'
        "keep_only = '/20\\d\\d/'\nallow_private_addresses = true\nexpect = { rows = 5, max_gap_days = 40 }\n"
        '[[listing]]\nurl = "https://example.org/news"\nrows = "li.item"\nlink = "a"\ntitle = "h3"\ndate = ".//time"\n'
        "next = \"//a[@rel='next']\"\n"
        '[[api]]\nurl = "https://example.org/api"\nrows = "data.items"\nlink = "path"\nlink_prefix = "https://example.org"\n'
        'paging = { parameter = "start", counts = "rows", size = 20, last = "total" }\n'
    )
    source, faults = read_source(write(tmp_path, text))

    assert faults == ()
    assert source is not None
    assert (source.id, source.kind, source.every) == ("gb-blog", SourceKind.GOVERNMENT_BLOG, 6 * 3600)
    assert [point.way for point in source.entry_points] == [Way.FEED, Way.SITEMAP, Way.LISTING, Way.API]
    assert {point.platform for point in source.entry_points} == {Platform.DRUPAL}
    assert (source.expect.rows, source.expect.max_gap_days) == (5, 40)


@pytest.mark.parametrize(
    ("wrong", "line", "key", "expected"),
    [
        ('country = "UK1"', 2, "country", "ISO 3166-1"),
        ('language = "English"', 3, "language", "language code"),
        ('kind = "blog"', 4, "kind", "government-blog"),
        ('homepage = "example.org"', 5, "homepage", "http or https address"),
        ('feeds = ["file:///etc/passwd"]', 6, "feeds[1]", "http or https address"),
        ('colour = "red"', 7, "colour", "unknown key"),
        ('every = "soon"', 7, "every", "30 minutes"),
        ('every = "5 seconds"', 7, "every", "1 minute or more"),
        ("keep_only = '('", 7, "keep_only", "regular expression"),
        ("expect = { rows = -1 }", 7, "expect.rows", "expected 0 or more"),
        ('id = "other"', 7, "id", "file's name"),
        ('[[listing]]\nurl = "https://example.org/"\nrows = "li["', 9, "listing[1].rows", "CSS selector or XPath"),
        ('platform = "myspace"', 7, "platform", "wordpress"),
        ('[[api]]\nurl = "https://example.org/"\nrows = "a["\nlink = "b"', 9, "api[1].rows", "JMESPath"),
        ('[[api]]\nurl = "https://example.org/"\nrows = "a"', 7, "api[1]", "expected link"),
        (
            '[[api]]\nurl = "https://example.org/"\nrows = "a"\nlink = "b"\npaging = { parameter = "a b" }',
            11,
            "api[1].paging.parameter",
            "name of a parameter",
        ),
        (
            '[[api]]\nurl = "https://example.org/"\nrows = "a"\nlink = "b"\npaging = { parameter = "start", counts = "rows" }',
            11,
            "api[1].paging",
            "size",
        ),
        ('[[listing]]\nurl = "https://example.org/"', 7, "listing[1].rows", "is missing"),
    ],
)
def test_a_fault_names_file_line_key_and_what_was_expected(
    tmp_path: Path, wrong: str, line: int, key: str, expected: str
) -> None:
    name = wrong.split(" =", maxsplit=1)[0]
    kept = [one for one in GOOD.splitlines() if not one.startswith(f"{name} =")]
    position = next((n for n, one in enumerate(GOOD.splitlines()) if one.startswith(f"{name} =")), len(kept))
    kept.insert(position, wrong)
    path = write(tmp_path, "\n".join(kept) + "\n")

    source, faults = read_source(path)

    assert source is None
    assert len(faults) == 1
    assert (faults[0].file, faults[0].line, faults[0].key) == (str(path), line, key)
    assert expected in faults[0].message
    assert str(faults[0]).startswith(f"{path}:{line}: {key}: ")


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    write(tmp_path, 'name = ""\ncountry = "xx"\n', "one")
    write(tmp_path, "name = \n", "two")
    write(tmp_path, GOOD, "Not_An_Id")
    write(tmp_path, GOOD, "good")

    sources, faults = read_sources(tmp_path)

    assert [source.id for source in sources] == ["good"]
    by_file = {Path(fault.file).stem for fault in faults}
    assert by_file == {"one", "two", "Not_An_Id"}
    assert {fault.key for fault in faults if Path(fault.file).stem == "one"} >= {
        "name",
        "country",
        "language",
        "kind",
        "homepage",
    }
    assert next(fault.line for fault in faults if Path(fault.file).stem == "two") == 1


def test_an_enabled_source_needs_a_way_in_and_a_disabled_one_does_not(tmp_path: Path) -> None:
    without = "\n".join(line for line in GOOD.splitlines() if not line.startswith("feeds"))

    assert "feeds, sitemaps, [[listing]] or [[api]]" in read_source(write(tmp_path, without))[1][0].message
    assert read_source(write(tmp_path, without + "\nenabled = false\n"))[0] is not None


def test_a_file_that_is_not_text_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")

    assert read_source(path)[1][0].message == "expected UTF-8 text"


@pytest.mark.parametrize("selector", ["//a[", "li[", "string-join(//a)", "a:unknown"])
def test_selectors_are_css_or_xpath_1(tmp_path: Path, selector: str) -> None:
    """R36."""
    text = GOOD + f'[[listing]]\nurl = "https://example.org/"\nrows = {selector!r}\n'

    assert read_source(write(tmp_path, text))[0] is None
