"""Every date that publishers print is read as printed, or not at all; and one date is made of what many say (R8, R21)."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from babel.localedata import locale_identifiers
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.announcement import DateSource, PublicationDate
from crawler.date_choice import DateStatements, choose_date
from crawler.dates import (
    DAY_FIRST_COUNTRIES,
    DAY_FIRST_LANGUAGES,
    LANGUAGES_AT_HAND,
    NO_DATE,
    DateReading,
    find_date,
    find_dateline,
    find_lone_date,
    is_lone_date,
    read_address_date,
    read_date,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = DateReading(now=NOW)
DAY = date(2026, 9, 28)


def utc(hour: int = 0, minute: int = 0, second: int = 0, *, day: int = 28) -> datetime:
    return datetime(2026, 9, day, hour, minute, second, tzinfo=UTC)


def reading(country: str | None = None, language: str | None = None, zone: str | None = None) -> DateReading:
    return DateReading(now=NOW, country=country, language=language, zone=ZoneInfo(zone) if zone else None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        # RFC 822 and 2822, as RSS has it
        ("Mon, 28 Sep 2026 09:30:00 GMT", utc(9, 30)),
        ("Mon, 28 Sep 2026 09:30:00 +0000", utc(9, 30)),
        ("Mon, 28 Sep 2026 09:30:00 EDT", utc(13, 30)),
        ("Mon, 28 Sep 2026 09:30:00 -0400", utc(13, 30)),
        ("Mon, 28 Sep 2026 09:30 Z", utc(9, 30)),
        ("28 Sep 2026 09:30:00 PST", utc(17, 30)),
        ("Tue, 28 Sep 2026 09:30:00 GMT", utc(9, 30)),  # the weekday is wrong
        ("mon, 28 sep 2026 9:30:00 gmt", utc(9, 30)),
        ("Mon,28 Sep 2026 09:30:00 GMT", utc(9, 30)),
        ("  Mon,  28 Sep 2026\n09:30:00\tGMT ", utc(9, 30)),
        ("Mon, 28 September 2026 09:30:00 +0100", utc(8, 30)),
        ("Mon, 28 Sep 2026 09:30:60 GMT", utc(9, 30, 59)),  # a leap second
        # two-digit years
        ("Sun, 27 Sep 26 22:15:00 GMT", utc(22, 15, day=27)),
        ("27 Sep 26 22:15 GMT", utc(22, 15, day=27)),
        # ISO 8601 and RFC 3339, as Atom and JSON have it
        ("2026-09-28T09:30:00Z", utc(9, 30)),
        ("2026-09-28T09:30:00z", utc(9, 30)),
        ("2026-09-28T09:30:00.123456Z", utc(9, 30)),
        ("2026-09-28T09:30:00+02:00", utc(7, 30)),
        ("2026-09-28T09:30:00+0200", utc(7, 30)),
        ("2026-09-28 09:30:00 +0200", utc(7, 30)),
        ("2026-09-28T09:30-04:00", utc(13, 30)),
        ("20260928T093000Z", utc(9, 30)),
        ("2026-09-28T09:30:00[UTC]", None),
        # what programs print
        ("Sep 28, 2026 00:00:00-0400", utc(4)),
        ("2026-09-28 09:30:00 +0000 UTC", utc(9, 30)),  # Go
        ("2026-09-28 09:30:00.5 +0100 BST", utc(8, 30)),  # Go
        ("2026-09-28 09:30:00 -0400 EDT m=+0.000012", utc(13, 30)),  # Go
        ("Mon Sep 28 2026 09:30:00 GMT+0200 (Central European Summer Time)", utc(7, 30)),  # JavaScript
        ("Mon Sep 28 2026 09:30:00 GMT-0400 (heure d’été de l’Est)", utc(13, 30)),  # JavaScript
        ("Mon Sep 28 09:30:00 UTC 2026", utc(9, 30)),  # Unix's date
        ("Mon Sep 28 09:30:00 2026", None),  # asctime
        ("Mon Sep 28 10:00:00 2026 +0100", utc(9)),  # git
        ("1790587800", utc(9, 30)),  # Unix, seconds
        ("1790587800000", utc(9, 30)),  # Unix, milliseconds
        # as people read it
        ("28 September 2026 9:30am", None),
        ("28 September 2026 at 9:30 a.m. EDT", utc(13, 30)),
        ("September 28, 2026 at 12:15 am EDT", utc(4, 15)),
        ("September 28, 2026, 12:15 pm EDT", utc(16, 15)),
        ("28.09.2026 09:30 CEST", utc(7, 30)),
        ("28/09/2026 09:30", None),
        ("2026/09/28", None),
        ("2026.09.28", None),
        ("28 Sept. 2026", None),
        ("28th September 2026", None),
        ("Monday, September 28th, 2026", None),
        ("Published on 28 September 2026", None),
        ("28 sept 2026", None),
        ("lun., 28 sept. 2026 09:30:00 +0200", utc(7, 30)),
        ("28 septembre 2026", None),
        ("le lundi 28 septembre 2026 à 9 h 30", None),
        ("Publié le 28 septembre 2026", None),
        ("lunedì 28 settembre 2026", None),
        ("28 settembre 2026, ore 11:30", None),
        ("Montag, 28. September 2026, 11:30 Uhr", None),
        ("le 28 septembre 2026 à 9 h", None),
        ("２０２６-０９-２８", None),
        ("2026年9月28日", None),
        ("2026년 9월 28일", None),
        # numbers without a nought before them, and with spaces between them
        ("2026. 9. 28.", None),
        ("2026. 9. 28. 09:30 +0900", utc(0, 30)),
        ("2026-9-28", None),
        ("2026/9/28 09:30", None),
        ("2026.9.28", None),
        ("2026.09.28.", None),
        ("2026-09-28 (Mon)", None),
        ("2026.09.28(월)", None),
        ("28. 9. 2026", None),
        ("28. 9. 2026 9.30 CEST", utc(7, 30)),
        ("28.9. 2026", None),
        # a full stop behind the year, and a time that could be a month and a day
        ("28.09.2026. 10.15 CEST", utc(8, 15)),
        ("28.09.2026. 9.05 CEST", utc(7, 5)),
        ("28. 9. 2026. 14.30 CEST", utc(12, 30)),
        ("28.09.2026. 9.30 Uhr", None),
        ("9.15 CEST 2026. 9. 28.", utc(7, 15)),
        ("28 September 2026. 10.15 CEST", utc(8, 15)),
        ("10.30. 28.9.2026", None),
        ("10.30. 28 September 2026", None),
        ("September 28, 2026. 9.30 CEST", utc(7, 30)),
        # zones that mean several things give the day alone
        ("Mon, 28 Sep 2026 09:30:00 IST", None),
        ("Mon, 28 Sep 2026 09:30:00 BST", None),
        ("Mon, 28 Sep 2026 09:30:00 +9900", None),
    ],
)  # fmt: skip
def test_a_date_is_read_as_it_is_printed(text: str, at: datetime | None) -> None:
    """R21: `on` is the day as printed, in the publisher's zone; `at` is known with a time and a zone only."""
    found = read_date(text, reading(country="GB"), source=DateSource.FEED)
    day = date(2026, 9, 27) if "27 Sep" in text else DAY
    assert found == PublicationDate(at=at, on=day, source=DateSource.FEED)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "   ", "\n", "n/a", "none", "null", "TBC", "yesterday", "2 hours ago", "today", "soon", "Monday",
        "0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC", "Mon, 01 Jan 0001 00:00:00 +0000", "1 January 0001",
        "0000-00-00 00:00:00", "0000-00-00", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "1", "12345678",
        "-62135596800", "-1", "1989-12-31", "9999-12-31T23:59:59Z", "253402300799", "99999999999999999999",
        "2026-13-01", "2026-02-30", "2026-00-10", "31 June 2026", "29 February 2025", "2026-09-28T25:00:00Z", "28 Sep 2026 09:75 GMT",
        "28 Sep 2026 0:30 pm GMT", "28 Sep 2026 13:30 pm GMT",
        "September 2026", "2026-09", "2026", "28 September", "Autumn 2026", "Q3 2026", "27-28 September 2026", "28 Sep 26",
        "28 Sep - 3 Oct 2026", "28 or 29 September 2026", "28 September 2026 and 29 September 2026",
        "Last updated 28 September 2026", "Updated: 28 September 2026", "Modifié le 28 septembre 2026", "Closes 28 September 2026",
        "2026.9.28.1", "2026-9-28-2", "Release 2026.9.28", "v2026.9.28", "2026.9.28-rc1", "2026. 13. 1.", "2026. 9.", "28. 9.", "1. 2. 26",
        "Deadline 28/09/2026 17:00", "Release 28.09.2026.1", "1.2.2026.4", "Version 28.09", "10.0.0.1",
        "28 Sep 2026 " * 30, "x" * 5000, "9" * 300, "\x00", "\ud800", "٢٨ سبتمبر ٢٠٢٦",
        "<time>", "28%20Sep%202026", "NaN", "Infinity", "1e9", "Invalid Date", "[object Object]", "{{ page.date }}", "%Y-%m-%d",
    ],
)  # fmt: skip
def test_what_is_no_date_is_null_and_never_now(text: str | None) -> None:
    """R21."""
    assert read_date(text, reading(country="GB")) == NO_DATE


@pytest.mark.parametrize(
    ("text", "is_date"),
    [
        ("2026-11-23T12:00:00Z", True),
        ("2026-11-25T12:00:00Z", True),  # zones ahead of ours, embargoes
        ("2026-11-25T12:00:01Z", False),
        ("2026-11-25", True),
        ("2026-11-26", False),
        ("2027-01-01", False),
        ("2036-11-23", False),
        ("1990-01-01", True),
        ("1989-12-31", False),
    ],
)
def test_what_is_further_ahead_than_two_days_is_a_slip_or_an_event(text: str, is_date: bool) -> None:
    """R21."""
    assert (read_date(text, PLAIN).on is not None) is is_date


@pytest.mark.parametrize(
    ("text", "where", "on"),
    [
        ("04/07/2026", reading("GB"), date(2026, 7, 4)),
        ("Tue, 04/07/2026 - 14:02", reading("GB"), date(2026, 4, 7)),  # the weekday knows: Drupal's own order
        ("sam. 04/07/2026", reading("CA", "fr"), date(2026, 7, 4)),
        ("Wed, 04/07/2026", reading("GB"), date(2026, 7, 4)),  # fits neither
        ("Sun, 01/11/2026", reading(), None),  # fits both
        ("04/07/2026", reading("IE"), date(2026, 7, 4)),
        ("04/07/2026", reading("IT"), date(2026, 7, 4)),
        ("04/07/2026", reading("US"), date(2026, 4, 7)),
        ("04/07/2026", reading("CA"), None),
        ("04/07/2026", reading("CA", "fr"), None),
        ("04/07/2026", reading(language="fr"), date(2026, 7, 4)),
        ("04/07/2026", reading(language="en-GB"), date(2026, 7, 4)),
        ("04/07/2026", reading(language="en-US"), date(2026, 4, 7)),
        ("04/07/2026", reading("US", "fr"), date(2026, 4, 7)),
        ("04/07/2026", reading(language="en"), None),
        ("04/07/2026", reading(), None),
        ("04.07.2026", reading(), date(2026, 7, 4)),
        ("4. 7. 2026", reading(), date(2026, 7, 4)),
        ("4. 7. 2026", reading("US"), date(2026, 4, 7)),
        ("4. 7. 26", reading("DE"), None),  # three numbers of a list
        ("2026/4/7", reading("US"), date(2026, 4, 7)),
        ("04-07-2026", reading("AU"), date(2026, 7, 4)),
        ("04/07/2026", reading("IL"), date(2026, 7, 4)),
        ("04/07/2026 10:15", reading("VN"), date(2026, 7, 4)),
        ("04/07/2026", reading("PH"), None),
        ("04/07/2026", reading("JP"), None),
        ("04/07/2026", reading(language="he"), date(2026, 7, 4)),
        ("23/07/2026", reading(), date(2026, 7, 23)),
        ("07/23/2026", reading(), date(2026, 7, 23)),
        ("07/23/2026", reading("GB"), date(2026, 7, 23)),
        ("05/05/2026", reading(), date(2026, 5, 5)),
        ("32/07/2026", reading("GB"), None),
        ("04/07/26", reading("GB"), date(2026, 7, 4)),
        ("04.07.26", reading("DE"), date(2026, 7, 4)),
        ("04/07/26", reading("US"), date(2026, 4, 7)),
        ("04/07/26", reading("CA"), None),
        ("04/07/26", reading(language="en"), None),
        ("26/07/04", reading("GB"), None),
        ("32/07/26", reading("GB"), None),
    ],
)
def test_an_ambiguous_date_is_read_as_the_publisher_s_country_writes_it(
    text: str, where: DateReading, on: date | None
) -> None:
    """R21: where nobody can know, it is no date."""
    assert read_date(text, where).on == on


def find_order(locale: str) -> str:
    """Of day, month and year as CLDR's short form has them: "dMy"."""
    return "".join(dict.fromkeys(sign for sign in Locale.parse(locale).date_formats["short"].pattern if sign in "dMy"))


def find_orders(country: str) -> set[str]:
    orders = set()
    for language in get_official_languages(country, regional=True, de_facto=True):
        try:
            orders.add(find_order(f"{language}_{country}"))
        except UnknownLocaleError:
            continue
    return orders


def test_the_countries_that_write_the_day_first_are_those_of_unicode_s_cldr() -> None:
    """But for American habits (or Ethiopia's own calendar), territories without a code in ISO 3166-1, and English."""
    countries = {str(code) for code in Locale("en").territories if len(str(code)) == 2}
    day_first = {code for code in countries if "dMy" in (orders := find_orders(code)) and "Mdy" not in orders}
    assert day_first - DAY_FIRST_COUNTRIES == {"FM", "PW", "LR", "SO", "BZ", "KY", "ET", "DG", "EA", "IC"}
    assert DAY_FIRST_COUNTRIES - day_first == {"IN", "ZA", "EU"}


def test_the_languages_that_write_the_day_first_do_so_in_most_of_their_countries() -> None:
    for language in DAY_FIRST_LANGUAGES:
        orders = [find_order(one) for one in locale_identifiers() if one.split("_")[0] == language]
        assert orders.count("dMy") > len(orders) / 2, language


@pytest.mark.parametrize(
    ("text", "language", "on"),
    [
        ("28 de septiembre de 2026", "es", DAY),
        ("28 september 2026", "nl", DAY),
        ("28 września 2026", "pl", DAY),
        ("28 σεπτεμβρίου 2026", "el", DAY),
        ("28 вересня 2026", "uk", DAY),
        ("28 Σεπτέμβριος 2026", "el", DAY),
        ("28. desember 2025", "no", date(2025, 12, 28)),
        ("28 wonderful 2026", "es", None),
        ("28 septembre 2026", "xx", DAY),  # French is at hand whatever is said
        ("28 whatever 2026", "xx", None),
    ],
)
def test_months_of_other_languages_are_known_too(text: str, language: str, on: date | None) -> None:
    assert read_date(text, reading(language=language)).on == on


@pytest.mark.parametrize("region", [*sorted(LANGUAGES_AT_HAND), "de_AT", "fr_CA", "es_MX", "pt_PT"])
@pytest.mark.parametrize("width", ["wide", "abbreviated"])
def test_every_name_of_a_month_and_a_weekday_is_known_in_the_languages_at_hand(region: str, width: str) -> None:
    """As Unicode's CLDR lists them, with and without the full stop of an abbreviation."""
    locale = Locale.parse(region)
    where = reading(language=region.replace("_", "-"))
    days = set(locale.days["format"][width].values())
    for number, name in (
        (number, name) for form in ("format", "stand-alone") for number, name in locale.months[form][width].items()
    ):
        for written in (name, name.rstrip("."), f"{name.rstrip('.')}.", name.upper()):
            for text in (f"3 {written} 2025", *(f"{day} 3 {written} 2025" for day in days)):
                assert read_date(text, where).on == date(2025, number, 3), text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-09-28T23:30:00", datetime(2026, 9, 29, 3, 30, tzinfo=UTC)),
        ("2026-01-28T23:30:00", datetime(2026, 1, 29, 4, 30, tzinfo=UTC)),
        ("28 September 2026 11:30 pm", datetime(2026, 9, 29, 3, 30, tzinfo=UTC)),
        ("2026-09-28T23:30:00Z", datetime(2026, 9, 28, 23, 30, tzinfo=UTC)),
        ("2026-09-28", None),
    ],
)
def test_a_moment_without_a_zone_is_in_the_publisher_s(text: str, at: datetime | None) -> None:
    """R21."""
    found = read_date(text, reading(zone="America/Toronto"))
    assert found.at == at
    assert str(found.on) in {"2026-09-28", "2026-01-28"}


def test_the_day_of_a_unix_time_is_the_publisher_s() -> None:
    assert read_date("1790569800", reading(zone="America/Toronto")).on == date(2026, 9, 28)
    assert read_date("1790564400", reading(zone="America/Toronto")).on == date(2026, 9, 27)
    assert read_date("1790564400", PLAIN).on == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("Posted on: 28 September 2026, updated 5 October 2026", DAY),
        ("Updated 5 October 2026. Published 28 September 2026", DAY),
        ("By Ada Clerk | September 28, 2026 | 4 min read", DAY),
        ("News | 2026-09-28 | Digital", DAY),
        ("Publié le 28 septembre 2026 par le ministère", DAY),
        ("Roma, 28 settembre 2026", DAY),
        ("28.09.2026 | Pressemitteilung", DAY),
        ("News | 28/09/26", DAY),
        ("등록일 2026. 9. 28. 조회 23", DAY),
        ("작성일 : 2026-9-28", DAY),
        ("Zveřejněno 28. 9. 2026 v 10:15", DAY),
        ("Decision 2026/9/28 of 2 September 2026", date(2026, 9, 2)),
        ("No. 2026/9/28", None),
        ("Reference number: 2026/9/28", None),
        ("Aktenzeichen: 2026/9/28", None),
        ("Prot. n. 2026/9/28", None),
        ("Αρ. Πρωτ. 2026/9/28", None),
        ("Приказ 2026/9/28", None),
        ("문서번호 2026-9-28", None),
        ("제2026-9-28호", None),
        ("第 2026/9/28 号", None),
        ("Version 2026.9.28", None),
        ("Release 2026.9.28", None),
        ("Version 2026.09.28", DAY),
        ("Published on Mon 2026/9/28 by Ada Clerk", DAY),
        ("발급기관 GOV 등록일 2026. 9. 28.", DAY),
        ("发布时间：2026-9-28", DAY),
        ("تاريخ النشر: 2026/9/28", DAY),
        ("build v2026.9.28", None),
        ("2026. 9. 28. ~ 10. 5.", None),
        ("Last updated 5 October 2026", None),
        ("Aggiornato il 28 settembre 2026", None),
        ("Closing date: 28 September 2026", None),
        ("最終更新日：2026年9月28日", None),
        ("公開日：2026年9月28日 最終更新日：2026年10月5日", DAY),
        ("旅券の更新について 2026年9月28日", DAY),
        ("최종수정일 2026. 9. 28.", None),
        ("截止时间：2026-09-28", None),
        ("Aktualizováno 28. 9. 2026", None),
        ("Event: 28 September 2026", None),
        ("Section 28 2026", None),
        ("28.9. 2026", DAY),
        ("1.2. 2026 Budget", None),
        ("Budget 1.2. 2026", None),
        ("Call 0300 123 2026", None),
        ("", None),
        (None, None),
        ("x" * 700 + " 28 September 2026", None),
    ],
)
def test_the_first_date_of_a_byline_is_found_unless_its_label_says_otherwise(text: str | None, on: date | None) -> None:
    """R8, R21."""
    assert find_date(text, reading("GB")).on == on


@pytest.mark.parametrize(
    "text",
    [
        "2026. 9. 28. ~ 2026. 9. 30.",
        "2026. 9. 28. ~ 9. 30.",
        "2026. 9. 28.(월) ~ 9. 30.(수)",
        "2026. 9. 28.(월) ~ 2026. 9. 30.(수)",
        "2026. 9. 28. 10:00 ~ 2026. 9. 30. 18:00",
        "2026-9-28 ~ 2026-9-30",
        "2026-9-28 - 2026-9-30",
        "2026-9-28至2026-9-30",
        "2026/9/28～2026/9/30",
        "2026/9/28(月)〜9/30(水)",
        "기간 2026. 9. 28. ~ 2026. 9. 30.",
        "Termín: 28. - 30. 9. 2026",
        "28.–30.9.2026",
        "28.09. - 30.09.2026",
        "28/09 - 30/09/2026",
        "28-30 September 2026",
        "Geneva, 28 – 30 September 2026",
        "1st – 3rd September 2026",
        "Event: 28 September 2026 - 30 September 2026",
    ],
)
def test_the_end_of_a_period_is_no_date(text: str) -> None:
    where = reading("CZ")
    assert (find_date(text, where), find_lone_date(text, where), is_lone_date(text)) == (NO_DATE, NO_DATE, False)


@pytest.mark.parametrize(
    "text",
    [
        "13:05 - 28 September 2026",
        "Comunicato n. 5 - 28/09/2026",
        "Bulletin 12/26 - 28/09/2026",
        "30 - 28 September 2026",
        "h. 10.30 – 28 settembre 2026",
        "News 30 - 28 September 2026",
        "Covid-19 - 28 September 2026",
        "Budget 2026 - 28.09.2026",
        "Berlin - 28. 9. 2026",
        "9.30 Uhr - 2026. 9. 28.",
    ],
)
def test_a_dash_before_a_day_begins_no_period_where_no_day_stands_before_it(text: str) -> None:
    assert find_lone_date(text, reading("DE")).on == DAY


@pytest.mark.parametrize(
    ("path", "on"),
    [
        ("/2026/09/28/title/", DAY),
        ("/2026/9/28/title", DAY),
        ("/news/2026-09-28-title", DAY),
        ("/2026/09/28", DAY),
        ("/news/2026-09-28_title.html", DAY),
        ("/2026/09/title", None),
        ("/2026/", None),
        ("/2026/13/28/title", None),
        ("/2027/09/28/title", None),
        ("/0001/01/01/title", None),
        ("/2026/09/281/title", None),
        ("/12026/09/28/title", None),
        ("/a-2026-09-28", None),
        ("/%32026/09/28/x", DAY),
        ("/title?date=2026/09/28/", None),
    ],
)
def test_an_address_names_a_whole_day_or_none(path: str, on: date | None) -> None:
    assert read_address_date(f"https://www.gov.example{path}", PLAIN) == PublicationDate(
        on=on, source=DateSource.ADDRESS if on else None
    )


@pytest.mark.parametrize("url", ["", "http://[", "no address", "https://www.gov.example", "\ud800"])
def test_no_address_is_too_odd(url: str) -> None:
    assert read_address_date(url, PLAIN) == NO_DATE


# -- one date out of many statements

ROW, PRINTED, STRUCTURED, META, ADDRESS = (
    PublicationDate(on=date(2026, 9, day), at=utc(day, day=day), source=DateSource.PAGE) for day in (3, 7, 11, 15, 19)
)


def shift(said: PublicationDate, days: int) -> PublicationDate:
    assert said.on is not None
    return PublicationDate(on=said.on + timedelta(days=days), source=DateSource.PAGE)


@pytest.mark.parametrize(
    ("said", "on"),
    [
        (DateStatements(), None),
        # alone, each is believed
        (DateStatements(row=ROW), ROW.on),
        (DateStatements(printed=PRINTED), PRINTED.on),
        (DateStatements(structured=STRUCTURED), STRUCTURED.on),
        (DateStatements(meta=META), META.on),
        (DateStatements(address=ADDRESS), ADDRESS.on),
        # where all differ, in this order
        (DateStatements(row=ROW, structured=STRUCTURED, address=ADDRESS, printed=PRINTED, meta=META), ROW.on),
        (DateStatements(structured=STRUCTURED, address=ADDRESS, printed=PRINTED, meta=META), STRUCTURED.on),
        (DateStatements(address=ADDRESS, printed=PRINTED, meta=META), ADDRESS.on),
        (DateStatements(printed=PRINTED, meta=META), PRINTED.on),
        # two witnesses outweigh the rest, and zones make a day's difference
        (DateStatements(row=ROW, printed=PRINTED, meta=PRINTED), PRINTED.on),
        (DateStatements(row=ROW, printed=PRINTED, meta=shift(PRINTED, 1)), PRINTED.on),
        (DateStatements(row=ROW, printed=PRINTED, meta=shift(PRINTED, -1)), PRINTED.on),
        (DateStatements(row=ROW, printed=PRINTED, meta=shift(PRINTED, 2)), ROW.on),
        (DateStatements(row=shift(ADDRESS, 1), structured=META, address=ADDRESS), ADDRESS.on),
        (DateStatements(row=shift(PRINTED, 1), printed=PRINTED), PRINTED.on),
        (DateStatements(row=ROW, structured=META, meta=META), META.on),
    ],
)
def test_two_witnesses_decide_the_day(said: DateStatements, on: date | None) -> None:
    """R21: a wrong fixed offset in a meta tag, or a feed in UTC, does not move the day that the publisher printed."""
    assert choose_date(said).on == on


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (DateStatements(row=ROW), ROW.at),
        (DateStatements(row=ROW, printed=PublicationDate(on=ROW.on)), ROW.at),
        (DateStatements(row=ROW, printed=PRINTED, structured=PRINTED), PRINTED.at),
        (DateStatements(printed=PublicationDate(on=PRINTED.on), meta=PRINTED), PRINTED.at),
        (DateStatements(row=PublicationDate(on=ROW.on), printed=PRINTED), None),
        (DateStatements(address=PublicationDate(on=ADDRESS.on)), None),
    ],
)
def test_the_moment_is_the_row_s_if_it_fits_the_day(said: DateStatements, at: datetime | None) -> None:
    assert choose_date(said).at == at


def test_the_source_says_whose_day_it_is() -> None:
    feed = PublicationDate(on=DAY, source=DateSource.FEED)
    assert choose_date(DateStatements(row=feed)).source is DateSource.FEED
    assert (
        choose_date(DateStatements(row=feed, printed=PublicationDate(on=DAY, source=DateSource.PAGE))).source
        is DateSource.PAGE
    )


# -- whatever anybody writes

# what a clock on the wall shows, without a zone
FIRST, LAST = (datetime.fromisoformat(day) for day in ("1990-01-02", "2026-11-20"))
MOMENTS = st.datetimes(FIRST, LAST).map(lambda one: one.replace(microsecond=0))
OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
FORMS = st.sampled_from(
    ["%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z UTC", "%a %b %d %Y %H:%M:%S GMT%z", "%b %d, %Y %H:%M:%S%z",
     "%d %B %Y %I:%M:%S %p %z", "%A, %B %d, %Y %H:%M:%S %z"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(MOMENTS, OFFSETS, FORMS)
def test_every_moment_comes_back_from_every_form(moment: datetime, zone: timezone, form: str) -> None:
    """R21: the day is the one printed there, the moment the same everywhere."""
    printed = moment.replace(tzinfo=zone)
    found = read_date(printed.strftime(form), PLAIN)
    assert (found.on, found.at) == (moment.date(), printed.astimezone(UTC))


PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["28", "9", "2026", "26", "0001", "Sep", "septembre", "mar", "Mon", "T", "Z", "GMT", "+", "-", ":", "/", ".", ",", " ", "09:30", "am",
             "pm", "(", ")", "at", "updated", "年", "月", "日", "m=+0.5", "[", "]", "99", "13", "\u202f", "٣", "é", "00"]
        ),
        st.text(max_size=4),
    ),
    max_size=14,
).map("".join)  # fmt: skip
WHERE = st.builds(
    DateReading, now=st.just(NOW), country=st.sampled_from([None, "GB", "US", "CA"]), language=st.sampled_from([None, "en", "fr", "en-US"]),
    zone=st.sampled_from([None, UTC, ZoneInfo("America/Toronto")]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PIECES, WHERE)
def test_no_text_raises_and_none_is_from_beyond_the_web_s_time(text: str, where: DateReading) -> None:
    """R21."""
    for found in (
        read_date(text, where),
        find_date(text, where),
        read_address_date(f"https://www.gov.example/{text}", where),
    ):
        assert found == NO_DATE or (found.on is not None and found.on.year >= 1990)
        assert found.on is None or found.on <= (NOW + timedelta(days=2)).date()
        assert found.at is None or (found.at.tzinfo is UTC and found.at <= NOW + timedelta(days=2))


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("HARBOUR CITY, 28 September 2026 - The government", DAY),
        ("WASHINGTON (September 28, 2026) — The government", DAY),
        ("QUÉBEC, le 28 septembre 2026 /CNW/ - Le gouvernement", DAY),
        ("September 28, 2026 – Ottawa, Ontario – Treasury Board", DAY),
        ("The agreement of 28 September 2026 - the first of its kind", None),
        ("HARBOUR CITY, 28 September 2026 the government", None),
        ("Term: 28 September 2026 - 27 September 2030", None),
        ("Circular 2026/9/28 - The government", None),
        ("Berlin, 28.9.2026 - The ministry", DAY),
        ("26-28 September 2026 – Ottawa – The government", None),
        ("The government - 28 September 2026", None),
        ("", None),
    ],
)
def test_a_dateline_stands_at_the_beginning_behind_names_and_before_a_dash(text: str, on: date | None) -> None:
    assert find_dateline(text, reading("GB")).on == on


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("28 September 2026", DAY),
        ("Roma, 28 settembre 2026", DAY),
        ("News | 28-09-2026 | 10:00", DAY),
        ("lunes 28 de septiembre de 2026", DAY),
        ("segunda-feira, 28 de setembro de 2026", DAY),
        ("2026年9月28日", DAY),
        ("28.9. 2026", DAY),
        ("3.2. 2026 Budget", None),
        ("2026/9/28", DAY),
        ("Date: 2026/9/28", DAY),
        ("Reference Number: 2026/9/28", None),
        ("the meeting of 28 September 2026", None),
        ("Term: 28 September 2026 - 27 September 2030", None),
        ("Law No. 12 of 28 September 2026", None),
        ("Updated 28 September 2026", None),
        ("One Two Three Four Five Six Seven Eight Nine 28 September 2026", None),
        ("September", None),
    ],
)
def test_a_lone_date_has_nothing_but_names_beside_it(text: str, on: date | None) -> None:
    assert find_lone_date(text, reading("GB")).on == on


@pytest.mark.parametrize(
    ("text", "is_lone"),
    [
        ("Published: 2026-9-28", True),
        ("28.9. 2026", True),
        ("3.2. 2026 Budget", False),
        ("Version 2026.9.28", False),
        ("Circular 2026/9/28", False),
    ],
)
def test_a_line_with_the_number_of_a_file_a_version_or_a_part_is_no_lone_date(text: str, is_lone: bool) -> None:
    assert is_lone_date(text) is is_lone
