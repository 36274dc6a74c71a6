"""Days of other scripts, calendars and orders are written as the West does, and nothing else is touched."""

from datetime import UTC, date, datetime

import pytest
from babel import Locale

from crawler.calendars import write_as_western
from crawler.dates import DateReading, find_date, find_lone_date, is_lone_date, read_date

DAY = date(2026, 10, 3)
FIRST = date(2019, 12, 1)


def reading(language: str | None, country: str | None = None) -> DateReading:
    return DateReading(now=datetime(2026, 11, 23, 12, tzinfo=UTC), language=language, country=country)


@pytest.mark.parametrize(
    ("text", "language", "country", "on"),
    [
        # digits and signs
        ("٣ أكتوبر ٢٠٢٦", "ar", "SA", DAY),
        ("٠٣/١٠/٢٠٢٦", "ar", "EG", DAY),
        ("\u200f03/10/2026\u200f", "ar", "EG", DAY),
        ("۲۰۲۶/۱۰/۰۳", "fa", "IR", DAY),
        ("०३ अक्टूबर २०२६", "hi", "IN", DAY),
        ("２０２６年１０月３日（土）", "ja", "JP", DAY),
        ("2026年10月3日 土曜日", "ja", "JP", DAY),
        ("2026-10-03 星期六", "zh", "CN", DAY),
        ("2026.10.03 토요일", "ko", "KR", DAY),
        ("2026년 10월 3일(토)", "ko", "KR", DAY),
        # eras
        ("令和8年10月3日", "ja", "JP", DAY),
        ("令和 ８年 １０月 ３日（土）", "ja", "JP", DAY),
        ("㋿8年10月3日", "ja", "JP", DAY),
        ("令和元年12月1日", "ja", "JP", FIRST),
        ("平成31年4月1日", "ja", "JP", date(2019, 4, 1)),
        ("令和0年10月3日", "ja", "JP", None),
        ("令和9年10月3日", "ja", "JP", None),  # next year
        ("平成38年10月3日", "ja", "JP", None),  # the era ended before
        ("8年10月3日", "ja", "JP", None),
        # Taiwan
        ("115-10-03", "zh-TW", "TW", DAY),
        ("115.10.3", "zh-Hant", None, DAY),
        ("115/10/03 (六)", "zh-TW", "TW", DAY),
        ("115年10月3日", "zh-TW", "TW", DAY),
        ("中華民國115年10月3日", "zh-TW", "TW", DAY),
        ("99年10月3日", "zh-TW", "TW", date(2010, 10, 3)),
        ("2026-10-03", "zh-TW", "TW", DAY),
        ("115-10-03", "zh-Hant", "HK", None),
        ("115-10-03", "en", "US", None),
        ("115-10-03-2", "zh-TW", "TW", None),
        ("02-115-10-03", "zh-TW", "TW", None),
        ("116-10-03", "zh-TW", "TW", None),  # next year
        # Thailand
        ("3 ตุลาคม 2569", "th", "TH", DAY),
        ("3 ตุลาคม พ.ศ. 2569", "th", None, DAY),
        ("๓ ตุลาคม ๒๕๖๙", "th", "TH", DAY),
        ("3 ต.ค. 2569", "th", "TH", DAY),
        ("3 ต.ค. 69", "th", "TH", DAY),
        ("03/10/2569", "th", "TH", DAY),
        ("2569-10-03", "en", "TH", DAY),
        ("3 October 2026", "en", "TH", DAY),
        ("3 ตุลาคม 2026", "th", "TH", DAY),
        ("3 ต.ค. 26", "th", "TH", None),  # neither calendar is sure
        ("3 ต.ค. 70", "th", "TH", None),
        ("03/10/2569", "lo", "LA", None),
        # months that have other names elsewhere
        ("3 تشرين الأول 2026", "ar", "LB", DAY),
        ("3 تشرين الاوّل، 2026", "ar", "SY", DAY),
        ("3 تشرين الأول/أكتوبر 2026", "ar", "JO", DAY),
        ("3 آب 2026", "ar", "IQ", date(2026, 8, 3)),
        ("3 أكتوبر 2026 م", "ar", "AE", DAY),
        ("3 غشت 2026", "ar", "MA", date(2026, 8, 3)),
        ("3 أوت 2026", "ar", "DZ", date(2026, 8, 3)),
        ("3 تشرين 2026", "ar", "LB", None),
        # orders of their own
        ("2026 m. spalio 3 d.", "lt", "LT", DAY),
        ("2026. gada 3. oktobris", "lv", "LV", DAY),
        ("2026. október 3.", "hu", "HU", DAY),
        ("Ngày 03 tháng 10 năm 2026", "vi", "VN", DAY),
        ("3 tháng 10, 2026", "vi", "VN", DAY),
        ("3 tháng 13 năm 2026", "vi", "VN", None),
        ("3 октября 2026 года", "ru", "KZ", DAY),
        ("3 d’octubre de 2026", "ca", "ES", DAY),
        # calendars that are not known stay out
        ("۱۱ مهر ۱۴۰۵", "fa", "IR", None),
        ("1405/07/11", "fa", "IR", None),
        ("22 ربيع الآخر 1448 هـ", "ar", "SA", None),
        ("22/04/1448", "ar", "SA", None),
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_script_and_the_calendar_of_its_publisher(
    text: str, language: str | None, country: str | None, on: date | None
) -> None:
    assert read_date(text, reading(language, country)).on == on


@pytest.mark.parametrize(
    ("text", "language", "country", "on"),
    [
        ("掲載日：令和8年10月3日", "ja", "JP", DAY),
        ("發布日期：115-10-03 點閱數：12", "zh-TW", "TW", DAY),
        ("วันเสาร์ที่ 3 ตุลาคม พ.ศ. 2569 เวลา 10.15 น.", "th", "TH", DAY),
        ("الثلاثاء 3 تشرين الأول 2026", "ar", "LB", DAY),
        ("Paskelbta 2026 m. spalio 3 d. 10:15", "lt", "LT", DAY),
        ("Đăng ngày 3 tháng 10 năm 2026", "vi", "VN", DAY),
        ("115年度計畫第10-03號", "zh-TW", "TW", None),
        ("ประกาศที่ 25 / 2569", "th", "TH", None),
        ("Haushalt 2026. Ausgabe 3. Juni 2026", "de", "DE", date(2026, 6, 3)),
    ],
)
def test_such_a_day_is_found_in_a_byline(text: str, language: str, country: str, on: date | None) -> None:
    assert find_date(text, reading(language, country)).on == on


def test_a_line_of_such_a_day_is_a_lone_date() -> None:
    assert find_lone_date("令和8年10月3日", reading("ja")).on == DAY
    assert is_lone_date("令和8年10月3日（土）")
    assert not is_lone_date("令和8年度予算")


@pytest.mark.parametrize(
    "language",
    [
        "bg",
        "bn",
        "cs",
        "cy",
        "da",
        "el",
        "et",
        "eu",
        "fa",
        "fi",
        "ga",
        "gl",
        "he",
        "hi",
        "hr",
        "hy",
        "is",
        "ka",
        "km",
        "lt",
        "lv",
        "mk",
        "my",
        "nb",
        "nl",
        "no",
        "pl",
        "ro",
        "ru",
        "sk",
        "sl",
        "sq",
        "sr",
        "sv",
        "ta",
        "th",
        "tr",
        "uk",
    ],
)
def test_whole_names_of_months_are_known_in_other_languages(language: str) -> None:
    """As Unicode's CLDR has them inside a date; those of one word, since two are two words to everybody else."""
    names = Locale.parse(language).months["format"]["wide"]
    missed = {
        name
        for number, name in names.items()
        if read_date(f"3 {name} 2025", reading(language)).on != date(2025, number, 3)
    }
    assert missed <= UNKNOWN.get(language, set())


UNKNOWN = {"fa": {"ژانویهٔ", "فوریهٔ", "مهٔ", "ژوئیهٔ"}, "ga": {"Meán Fómhair", "Deireadh Fómhair"}}


@pytest.mark.parametrize(
    "text", ["", "3 October 2026", "Größe 2569", "GovWatch 115-10-03", "3 octobre 2026 à 9 h", "“Notes” – 1405/07/11"]
)
def test_what_is_western_stays_as_it_is(text: str) -> None:
    assert write_as_western(text, "fr", "FR") == text
