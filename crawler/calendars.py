"""Writes days of other scripts, calendars and orders as the West does, so that `dates` has one way of writing to read.

Only what is sure is rewritten. Persian and Hijri years stay as they are, too early for a date.
"""

import re
from collections.abc import Callable, Mapping
from unicodedata import decimal

Rewrite = Callable[[str], str]

# Full-width signs, the ideographic space, the Arabic comma, eras in one sign, and marks of direction, which nobody sees.
SIGNS: Mapping[int, int | str | None] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys((0x200E, 0x200F, 0x061C), None),
    0x3000: " ", 0x060C: ",", 0x32FF: "令和", 0x337B: "平成",
}  # fmt: skip
FOREIGN = re.compile("[\u0600-\u1fff\u200e\u200f\u2e80-\uffef]")
FOREIGN_DIGIT = re.compile(r"[^\D0-9]")

ERAS = {"令和": range(2019, 2100), "平成": range(1989, 2020), "民國": range(1912, 2100), "民国": range(1912, 2100)}
IN_ERA = re.compile(rf"(?:中[華华])?({'|'.join(ERAS)})\s?(\d{{1,3}}|元)\s?(?=年)")

EAST_ASIAN_WEEKDAY = re.compile("(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일")

# Year 1 of the Republic of China is 1912: "115-10-03", "115年10月3日"
REPUBLICAN = re.compile(
    r"(?<![\d./-])(?:1\d\d(?=([./-])\d{1,2}\1\d{1,2}(?!\d|[./-]\d))|\d{2,3}(?=\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日))"
)
BEFORE_REPUBLIC = 1911
TAIWAN_S = frozenset({"zh-tw", "zh-hant", "zh-hant-tw"})

# Thailand counts from 544 BC, and writes the last two digits only behind a short name of a month.
BUDDHIST = re.compile(r"(?:พ\.\s?ศ\.\s?)?(?<!\d)(25\d\d)(?!\d)")
BUDDHA = 543
THAI_MONTHS = {
    "ม.ค": "jan", "ก.พ": "feb", "มี.ค": "mar", "เม.ย": "apr", "พ.ค": "may", "มิ.ย": "jun",
    "ก.ค": "jul", "ส.ค": "aug", "ก.ย": "sep", "ต.ค": "oct", "พ.ย": "nov", "ธ.ค": "dec",
}  # fmt: skip
THAI_MONTH = re.compile(
    rf"(?<=\d)\s?({'|'.join(map(re.escape, THAI_MONTHS))})\.?\s?(?:(\d{{2}})(?![\d.:])|(?=\d{{4}}|พ))"
)

# What dateparser lacks of Arabic: the names of the Levant and Iraq, of Algeria and Tunisia, and of Morocco. The Levant often
# has the Egyptian name behind its own: "تشرين الأول/أكتوبر".
ARABIC_MONTHS = {
    "كانون الثاني": "jan", "شباط": "feb", "اذار": "mar", "نيسان": "apr", "ايار": "may", "حزيران": "jun",
    "تموز": "jul", "اب": "aug", "ايلول": "sep", "تشرين الاول": "oct", "تشرين الثاني": "nov", "كانون الاول": "dec",
    "جانفي": "jan", "فيفري": "feb", "افريل": "apr", "ماي": "may", "جوان": "jun", "جويلية": "jul", "اوت": "aug",
    "يوليوز": "jul", "غشت": "aug", "شتنبر": "sep", "نونبر": "nov", "دجنبر": "dec",
}  # fmt: skip
PLAIN_LETTERS = str.maketrans(dict.fromkeys("أإآ", "\N{ARABIC LETTER ALEF}") | {"\N{ARABIC SHADDA}": ""})
ARABIC_MONTH = re.compile(r"(?<=\d)\s+([^\W\d_][^\d/]{1,14}?)(?:\s?/\s?[^\W\d_]+)?(?=,?\s+\d{4})")

# Orders that no other language has: "2026 m. spalio 3 d.", "2026. gada 3. oktobris", "2026. október 3.", "3 tháng 10 năm 2026"
_NAME = r"([^\W\d_]{3,12}\.?)"
LITHUANIAN = re.compile(rf"(?<!\d)(\d{{4}})\s?m\.\s{_NAME}\s(\d{{1,2}})\s?d\b\.?")
LATVIAN = re.compile(rf"(?<!\d)(\d{{4}})\.\s?gada\s(\d{{1,2}})\.\s?{_NAME}")
HUNGARIAN = re.compile(rf"(?<!\d)(\d{{4}})\.\s{_NAME}\s(\d{{1,2}})\.")
VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2})\stháng\s(\d{1,2})(?:,|\snăm)?\s(\d{4})(?!\d)", re.IGNORECASE)


def write_as_western(text: str, language: str | None = None, country: str | None = None) -> str:
    """`text` with the days in it in Western digits, years and order; twice is the same as once.

    `language` (BCP 47) and `country` (ISO 3166-1) say whose calendar it is, where the writing does not.
    """
    if not text.isascii() and FOREIGN.search(text):
        text = FOREIGN_DIGIT.sub(lambda digit: str(decimal(digit[0])), text.translate(SIGNS))
        text = EAST_ASIAN_WEEKDAY.sub(" ", IN_ERA.sub(_write_year_of_era, text))
    rewrite = REWRITES.get(_find_custom(language, country))
    return rewrite(text) if rewrite else text


def find_sign_of_year(language: str | None, country: str | None) -> str:
    """What may stand in a day of the publisher's own where Western ones have "19" or "20"."""
    return SIGNS_OF_YEAR.get(_find_custom(language, country), "年")


def _find_custom(language: str | None, country: str | None) -> str:
    """The country that has years of its own, else the language."""
    tag = (language or "").lower()
    if country and country in REWRITES:
        return country
    return "TW" if not country and tag in TAIWAN_S else tag.split("-", 1)[0]


def _write_year_of_era(found: re.Match[str]) -> str:
    years, number = ERAS[found[1]], 1 if found[2] == "元" else int(found[2])
    return str(years[number - 1]) if 1 <= number <= len(years) else found[0]


def _rewrite_taiwanese(text: str) -> str:
    return REPUBLICAN.sub(lambda year: str(int(year[0]) + BEFORE_REPUBLIC), text)


def _rewrite_thai(text: str) -> str:
    return BUDDHIST.sub(lambda year: str(int(year[1]) - BUDDHA), THAI_MONTH.sub(_write_thai_month, text))


def _write_thai_month(found: re.Match[str]) -> str:
    month, year = THAI_MONTHS[found[1]], found[2]
    return f" {month} {2500 + int(year) - BUDDHA}" if year else f" {month} "


def _rewrite_arabic(text: str) -> str:
    return ARABIC_MONTH.sub(_write_arabic_month, text)


def _write_arabic_month(found: re.Match[str]) -> str:
    month = ARABIC_MONTHS.get(" ".join(found[1].translate(PLAIN_LETTERS).split()))
    return f" {month}" if month else found[0]


def _write_vietnamese_day(found: re.Match[str]) -> str:
    day, month, year = found.groups()
    return f"{year}-{month:0>2}-{day:0>2}"  # what has noughts is no file number


REWRITES: Mapping[str, Rewrite] = {
    "TW": _rewrite_taiwanese,
    "TH": _rewrite_thai,
    "th": _rewrite_thai,
    "ar": _rewrite_arabic,
    "lt": lambda text: LITHUANIAN.sub(r"\3 \2 \1", text),
    "lv": lambda text: LATVIAN.sub(r"\2 \3 \1", text),
    "hu": lambda text: HUNGARIAN.sub(r"\3 \2 \1", text),
    "vi": lambda text: VIETNAMESE.sub(_write_vietnamese_day, text),
}
SIGNS_OF_YEAR = {"TW": "1", "TH": "25", "th": "25", "ar": "٢٠", "fa": "۲۰", "hi": "२०"}
