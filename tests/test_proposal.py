"""What `source new` recommends and how it writes it down."""

import tomllib
from datetime import date
from typing import Any

import pytest

from crawler.announcement import Loss
from crawler.discovery.findings import Example, Inspection, SectionFound, Trouble, WayFound
from crawler.discovery.recommend import choose_way
from crawler.source import Source, SourceKind
from crawler.way import Way
from monitor.proposal import Choices, explain_trouble, propose, write_template
from monitor.source_file import write_source_text
from tests.crawling import make_source

URL = "https://www.office.example/news/"
KEYS: dict[Way, dict[str, Any]] = {
    Way.FEED: {"feeds": [f"{URL}feed"]},
    Way.SITEMAP: {"sitemaps": ["https://www.office.example/sitemap.xml"], "keep_only": "/news/."},
    Way.LISTING: {"listing": [{"url": URL, "rows": "li"}]},
    Way.API: {"platform": "wordpress", "api": [{"url": "https://www.office.example/wp-json/wp/v2/posts"}]},
}
TODAY = date(2026, 11, 24)


def found(way: Way, *, newest: date | None = TODAY, rows: int = 10, text: int = 900, **values: Any) -> WayFound:
    source = Source(id="new", name="Office", country="GB", language="en", kind="newsroom", homepage=URL, **KEYS[way])
    example = Example(url=f"{URL}1", title="One", published_on=newest, text_chars=text)
    return WayFound(
        **{
            "source": source, "way": way, "url": URL, "found_by": "a test", "rows": rows, "dated": rows,
            "newest_on": newest, "oldest_on": newest, "examples": (example,), **values,
        }
    )  # fmt: skip


def section(*ways: WayFound, language: str = "en", name: str = "Office") -> SectionFound:
    return SectionFound(
        url=URL, homepage="https://www.office.example/", language=language, country="GB", name=name,
        kind=SourceKind.NEWSROOM, platform=None, ways=ways,
    )  # fmt: skip


OLD = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("ways", "best"),
    [
        ([found(Way.SITEMAP), found(Way.LISTING), found(Way.FEED)], Way.FEED),
        ([found(Way.SITEMAP), found(Way.LISTING), found(Way.API)], Way.API),
        ([found(Way.FEED, newest=OLD), found(Way.LISTING)], Way.LISTING),
        ([found(Way.FEED, text=0), found(Way.SITEMAP)], Way.SITEMAP),
        ([found(Way.FEED, rows=0), found(Way.LISTING, newest=None)], Way.LISTING),
        ([found(Way.FEED, newest=OLD)], Way.FEED),
        ([], None),
    ],
)
def test_the_best_way_lists_something_that_can_be_read_and_is_not_stale(ways: list[WayFound], best: Way | None) -> None:
    """R23: a stale feed parses as well as a fresh one."""
    chosen = choose_way(ways)
    assert (chosen.way if chosen else None) == best


def test_of_two_feeds_that_of_the_section_wins() -> None:
    whole, own = found(Way.FEED, shared=9), found(Way.FEED, shared=3, is_of_section=True, is_declared=False)

    assert choose_way([whole, own]) is own


def test_each_language_gets_a_source_and_an_id_of_its_own() -> None:
    inspection = Inspection(url=URL, sections=(section(found(Way.FEED)), section(found(Way.FEED), language="fr")))

    proposals = propose(inspection, Choices(source_id="gb-office"), today=TODAY)

    assert [one.source.id for one in proposals] == ["gb-office", "gb-office-fr"]


def test_what_the_command_line_says_goes_before_what_was_found() -> None:
    inspection = Inspection(url=URL, sections=(section(found(Way.FEED), found(Way.LISTING)),))
    choices = Choices(name="Mine", kind=SourceKind.TRADE_PRESS, way=Way.LISTING)

    (one,) = propose(inspection, choices, today=TODAY)

    assert (one.source.name, one.source.kind, one.way.way) == ("Mine", SourceKind.TRADE_PRESS, Way.LISTING)
    assert propose(inspection, Choices(way=Way.SITEMAP), today=TODAY) == ()


@pytest.mark.parametrize("way", list(Way))
def test_a_file_says_its_platform_what_to_expect_and_when_it_was_looked_at(way: Way) -> None:
    (one,) = propose(Inspection(url=URL, sections=(section(found(way)),)), Choices(), today=TODAY)
    values = tomllib.loads(one.text)

    assert (values["expect"], values["checked_on"]) == ({"rows": 5}, TODAY)
    assert values["platform"] == {"feed": "rss", "api": "wordpress", "listing": "html", "sitemap": "sitemap"}[way]
    assert "enabled" not in values
    assert Source.model_validate({**values, "id": one.source.id}) == one.source


def test_what_a_platform_knows_of_its_api_is_not_written() -> None:
    assert tomllib.loads(write_source_text(found(Way.API).source))["api"] == [KEYS[Way.API]["api"][0]]


@pytest.mark.parametrize(
    "text",
    ['a "quoted" name', "an apostrophe's", "both \" and '", "back\\slash", "\\d{4}/'x'", "tab\tand é — ü", "\x7f"],
)
def test_any_text_is_written_so_that_it_is_read_back(text: str) -> None:
    source = make_source(note=f"x{text}x", feeds=[URL])

    assert tomllib.loads(write_source_text(source))["note"] == f"x{text}x"


def test_a_template_is_a_source_once_it_is_saved() -> None:
    values = tomllib.loads(write_template(section(name='The "Office"')))

    assert Source.model_validate({**values, "id": "gb-office"}).name == 'The "Office"'


@pytest.mark.parametrize("loss", [Loss.ROBOTS, Loss.BOT_WALL, Loss.REFUSED, Loss.NOT_FOUND, Loss.ADDRESS_FORBIDDEN])
def test_a_trouble_says_what_can_be_done(loss: Loss) -> None:
    said = explain_trouble(Trouble(url=URL, loss=loss, detail="because"))

    assert said.startswith(f"{URL}: {loss}: because. ")
    assert len(said) > len(f"{URL}: {loss}: because. ") + 20
