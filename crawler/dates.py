"""Reads every date that publishers print, and makes one publication date of what a page, a feed and an address say.

Nothing is guessed: what is partial, ambiguous, before 1990 or more than two days ahead of `now` is no date (R21).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import dateparser  # type: ignore[import-untyped]  # ships no types

from crawler.announcement import DateSource, PublicationDate
from crawler.calendars import write_as_western

NO_DATE = PublicationDate()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EARLIEST_YEAR = 1990  # the web's own; year 0001 is what Go prints for "no date"
AHEAD = timedelta(days=2)  # embargoed posts and zones ahead of ours; anything later is a slip or an event
ONE_DAY = timedelta(days=1)
MAX_LENGTH = 200
MOST_YEARS_IN_SHORT = 10
MAX_LENGTH_OF_LABELLED = 600
LARGEST_OFFSET = timedelta(hours=14)  # Kiribati

# fmt: off
MONTHS = {
    name: number
    for number, names in enumerate((
        "jan january janv janvier gen gennaio januar jän jänner ene enero janeiro",
        "feb february fév févr février fev fevr fevrier febbraio febr februar febrero fevereiro",
        "mar march mars marzo mär märz mrz maerz março marco",
        "apr april avr avril aprile abr abril",
        "may mai mag maggio mayo maio",
        "jun june juin giu giugno juni junio junho",
        "jul july juil juill juillet lug luglio juli julio julho",
        "aug august août aout aoû ago agosto",
        "sep sept september septembre set sett settembre septiembre setiembre setembro",
        "oct october octobre ott ottobre okt oktober octubre out outubro",
        "nov november novembre noviembre novembro",
        "dec december déc décembre decembre dic dicembre dez dezember diciembre dezembro",
    ), start=1)
    for name in names.split()
}
WEEKDAYS = {
    name: number  # as `date.weekday` counts
    for number, names in enumerate((
        "mon monday lun lundi lunedì lunedi mo montag lunes seg segunda",
        "tue tues tuesday mar mardi martedì martedi di dienstag martes ter terça terca",
        "wed weds wednesday mer mercredi mercoledì mercoledi mi mittwoch mié mie miércoles miercoles qua quarta",
        "thu thur thurs thursday jeu jeudi gio giovedì giovedi do donnerstag jue jueves qui quinta",
        "fri friday ven vendredi venerdì venerdi fr freitag vie viernes sex sexta",
        "sat saturday sam samedi sab sáb sabato sa samstag sábado sabado",
        "sun sunday dim dimanche dom domenica so sonntag domingo",
    ))
    for name in names.split()
}
# What may stand around a publication date without changing what it is. "Updated" and its kin are missing on purpose.
AROUND = _words(
    "feira on at of the and date published publication posted released issued release "
    "le la du de publié publiée publication parution mis mise en ligne à a "
    "il del di pubblicato pubblicata pubblicazione data alle ore "
    "am den der vom veröffentlicht erschienen datum um uhr "
    "el las a publicado publicada publicación fecha em o às as dia publicação "
    "d m г года р року gada kl klo ngày م")  # noqa: RUF001 - Russian, Bulgarian and Ukrainian for "year"
ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,  # RFC 822 section 5.1
    "cet": 1, "cest": 2, "west": 1, "eet": 2, "eest": 3, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}
# fmt: on
LANGUAGES_AT_HAND = frozenset({"en", "fr", "it", "de", "es", "pt"})
DATEPARSER_NAMES = {"no": "nb", "iw": "he", "in": "id"}  # of languages that have a second code
DAY_FIRST_LANGUAGES = _words(
    "fr it de es pt nl da nb no fi pl cs ro el tr ru uk bg hr sl et lv sk sr bs mk sq is ca he ar th vi id ms ka hy az be kk"
)
# Where Unicode's CLDR knows a language of state that writes the day first and none that writes the month first, save where
# American habits or another calendar are in use beside it. India and South Africa: English, the language of their sites.
DAY_FIRST_COUNTRIES = _words(
    "AD AE AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BJ BL BM BN BO BQ BR BS BW BY CC CD CF CG CH CI CK "
    "CL CM CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ES EU FI FJ FK FO FR GA GB GD GE GF GG GI GM GN "
    "GP GQ GR GS GT GW GY HK HN HR HT ID IE IL IM IN IO IQ IS IT JE JM JO KE KG KH KI KM KN KW KZ LA LB LC LI LK "
    "LS LU LV LY MA MC MD ME MF MG MK ML MM MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NR NU NZ OM "
    "PE PF PG PK PL PM PN PS PT PY QA RE RO RS RU RW SA SB SC SD SG SH SI SJ SK SL SM SN SR SS ST SV SX SY SZ TC "
    "TD TG TH TJ TK TL TM TN TO TR TT TV TZ UA UG UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM ZW"
)
MONTH_FIRST_COUNTRIES = frozenset({"US"})
COUNTRIES_WITHOUT_RULE = frozenset({"CA"})  # all three orders are in use there, in both languages

ZONE = r"(?P<zone>z\b|(?:utc|gmt|ut)?\s*[+-]\s?\d{1,2}:?\d{2}|(?:utc|gmt)\s*[+-]\d{1,2}|[a-z]{2,5}\b)"
# "9 h 30" is how Quebec writes it
CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.]|\s?h\s?)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
)
# ISO 8601 and what looks like it: Go, SQL, Ruby, Java. After the offset Go repeats it or names the zone, then "m=+0.5".
ISO = re.compile(
    rf"(?P<year>\d{{4}})(?P<dash>[-/.]?)(?P<month>\d{{2}})(?P=dash)(?P<day>\d{{2}})"
    rf"(?:(?:t|,?\s+|,)(?:{CLOCK}|(?P<hms>\d{{4}}(?:\d{{2}})?)(?:[.,]\d+)?)\s*{ZONE}?"
    r"(?:\s+(?:[a-z]{1,5}|[+-]\d{2,4}))?(?:\s*\[[\w/+-]+\])?(?:\s+m=[+-][\d.]+)?)?"
)
_TILDE = "~\N{FULLWIDTH TILDE}\N{WAVE DASH}"
_UNTIL = f"[{_TILDE}至" + "\N{EN DASH}\N{EM DASH}-]"
# not the beginning of a period: "01.10. - 03.10.2026"
TIME_OF_DAY = re.compile(rf"(?<![\d:.]){CLOCK}(?!\.\s?{_UNTIL})(?:\s*{ZONE})?")
# a zone's long name; "9am"; "9 h"; "Europe/Dublin"
ASIDE = re.compile(r"\([^)]*\)|\b\d{1,2}\s*[ap]\.?m\b\.?|\b\d{1,2}\s?h\b|\b[a-z]+/[a-z_]+\b")
# A weekday's short name where RFC 822 has it, in a language that is not known.
SHORT_WEEKDAY = re.compile(r"(?P<day>[^\W\d_]{2,4})\.?,\s*(?=\d)")
LATE_ZONE = re.compile(r"(?<!\w)(?:utc|gmt)?[+-]\d{4}\b")  # "Sep 28 10:00 2026 +0100"
EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
# A space may follow each full stop: Czech, Slovak, Slovene and Croatian write "3. 10. 2026", Korean "2026. 10. 3."; but
# "10.30. 12.10.2026" begins with a time.
NUMERIC = re.compile(
    r"(?<!\d)(?<!\d\.)(?P<first>\d{1,2})(?:(?P<mark>[/-])|\.\s?)(?P<second>\d{1,2})(?(mark)(?P=mark)|\.\s?)"
    r"(?P<year>\d{4}|(?<!\s)\d{2}(?!\d))"
)
# not what ends a day in Croatian, Serbian or Latvian, with a time behind it: "03.10.2026. 10.15"
YEAR_FIRST = re.compile(
    r"(?<![\d./-])(?<!\d\.\s)(?P<year>\d{4})(?:(?P<mark>[/-])|\.\s?)(?P<month>\d{1,2})(?(mark)(?P=mark)|\.\s?)(?P<day>\d{1,2})(?!\d)"
)
HAS_DIGIT = re.compile(r"\d")
TIMESTAMP = re.compile(r"1?\d{9}(?:\d{3})?")
MARKS = frozenset(",.:;-|·/º°'\N{RIGHT SINGLE QUOTATION MARK}\N{HEBREW PUNCTUATION GERESH}\N{EN DASH}\N{EM DASH}")
# Of the scripts of South and South-East Asia, whose vowel signs are no letters to \w.
_SIGNED = "\u0900-\u0963\u0966-\u109f\u1780-\u17dd"
TOKEN = re.compile(rf"\d+|[^\W\d_]+(?:[{_SIGNED}]+[^\W\d_]*)*|\S")
OFFSET = re.compile(r"([+-])\s?(\d{1,2}):?(\d{2})?$")
IN_ADDRESS = re.compile(r"/(\d{4})(?:/(\d{1,2})/(\d{1,2})(?=/|$)|-(\d{2})-(\d{2})(?=[-_/.]|$))")

_NAME = rf"(?:[^\W\d_]{{3,12}}|[{_SIGNED}]{{2,20}})"
# "1.2. 2026 Budget" is a line of a table of contents, so one space makes a day only where nothing else is there
_DAY_FIRST = (
    r"\d{1,2}(?:(?P<m2>[-/])\d{1,2}(?P=m2)|\.(?P<gap>\s?)\d{1,2}\.(?P=gap))\d{4}|\A\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\Z"
)
_BESIDE_DAY = r"\s?(?:\([\w\s]{0,5}\)\.?\s?)?(?:\d{1,2}:\d\d\s?)?"  # a weekday, a time
# neither a version ("v2026.10.3", "2026.10.3-rc1"), a file's number ("제2026-4-7호") nor the beginning of a period
# ("2026. 10. 3. ~ 10. 5.")
_UNPADDED = (
    r"(?P<unpadded>\d{4}(?<![A-Za-z./-]\d{4})(?:(?P<m3>[-/])\d{1,2}(?P=m3)|\.\s?\d{1,2}\.\s?)\d{1,2})"
    rf"(?![-/.]?[\dA-Za-z호号號]|\.?{_BESIDE_DAY}{_UNTIL}\s?\d)"
)
PRINTED = re.compile(  # what begins with a digit is tried at digits only, for speed
    rf"(?<!\d)(?:(?=\d)(?:\d{{1,2}}(?:st|nd|rd|th|er|º|°|\.)?\s+(?:of\s+|de\s+|d['\u2019])?{_NAME}\.?,?\s+(?:del?\s+)?\d{{4}}"
    rf"|\d{{4}}(?P<m1>[-/.])\d{{2}}(?P=m1)\d{{2}}|{_UNPADDED}|{_DAY_FIRST}"
    r"|\d{2}(?P<m4>[./])\d{2}(?P=m4)\d{2}|\d{4}\s*[年년]\s*\d{1,2}\s*[月월]\s*\d{1,2}\s*[日일])"
    rf"|{_NAME}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})(?!\d)",
)
# What begins a period: "2026. 10. 3.(토) ~", "2026-10-3 -", "1. -", "1. 10. -", "1st -". "01/10 -" and "1 -" do so where
# no word stands before them, as in "Newsletter No 1 - 3 October 2026", or no space behind them.
UNTIL = re.compile(rf"\s*{_UNTIL}\s*")
PERIOD_BEGUN = re.compile(
    rf"(?:\d\.?{_BESIDE_DAY}[{_TILDE}]"
    r"|(?:\d{4}[-/.]\s?\d{1,2}[-/.]\s?\d{1,2}\.?|(?<![\w:.,/-])\d{1,2}(?:\.(?:\s?\d{1,2}\.)?|st|nd|rd|th))"
    rf"{_BESIDE_DAY}{_UNTIL}"
    rf"|(?:\A|\(|[,:;|]\s|(?<![\w:.,/-])(?=\S+$))(?:\d{{1,2}}/\d{{1,2}}|(?P<number>\d{{1,2}}))\s?{_UNTIL})\s*$"
)
FIRST_NUMBER = re.compile(r"\d{1,2}(?!\d)")
NOT_PUBLICATION = re.compile(
    r"(?i)updat|modifi|review|revis|edit(?!ion)|mise?\s+à\s+jour|révis|aggiorna|aktuali[sz]|geändert|stand:"
    r"|a[ct]t?ualiza|bijgewerkt|gewijzigd|päivitetty|muokattu|opdateret|oppdatert|uppdaterad|withdrawn|last changed"
    r"|deadline|clos(es|ing)|expires?|due\b|event|until|jusqu|before\b|avant\b|entro\b"
    r"|\bwhen\b|starts?\b|begin|opening|takes place|held on|effective|scad(?:e|enza)|\bbis\b|\bfrist|hasta|até\b|plazo|prazo"
    r"|změněn|zmenen|posodobljen|ažuriran|frissítve|módosítva|atnaujin|atjaunin|cập nhật|تحديث|עודכן"
    r"|(?:ปรับปรุง|แก้ไข)(?:ล่าสุด|เมื่อ)"
    # titles have these words too, but with no word for a day behind them
    r"|(?:更新|修改|修[订訂]|改[訂定]|截止|締切|수정|갱신|변경|마감)\s?(?:[日時时於于일]|[:\N{FULLWIDTH COLON}])"
)
# "HARBOUR CITY, 4 July 2026 - The government", "WASHINGTON (June 3, 2026) — The government": names, a day, a dash.
MAX_DATELINE_CHARS = 100
AFTER_DATELINE = re.compile(r"\s*[)\]]?[.,]?\s*(?:/\s?[\w -]{2,20}\s?/)?\s*(?:[-:\N{EN DASH}\N{EM DASH}]|--)\s")
SMALL_WORDS = _words("a and at d de del della der des di do du e el en et et i il in la le les of on the und y à")
MAX_WORDS_AROUND = 8
LAW = re.compile(
    r"(?i)\b(?:law|act|decree|order|regulation|directive|loi|décret|arrêté|legge|decreto|gesetz|verordnung|ley|lei|wet)\b"
)
# What calls a number so in scripts without capitals; in those with them only the words of a day make it one.
NUMBERED = re.compile(r"(?i)(?:\brelease|№|第|번호|番号|番號|编号|編号|編號|文号|文號|رقم|מספר)\W*$")
MAX_WORDS_OF_LABEL = 3


@dataclass(frozen=True, kw_only=True)
class DateReading:
    """What is known beforehand of the dates of one publisher.

    `now` is an aware moment; `zone` holds for moments that name none. `language` (BCP 47) and `country` (ISO 3166-1)
    decide whether 04/07/2023 is in April or in July; where neither does, it is no date.
    """

    now: datetime
    zone: tzinfo | None = None
    language: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Moment:
    day: date
    clock: time | None = None
    zone: tzinfo | None = None


def read_date(text: str | None, reading: DateReading, *, source: DateSource | None = None) -> PublicationDate:
    """The date that `text` is, and nothing but: RFC 822, ISO 8601, Go, JavaScript, display forms, Unix time.

    `on` is the day as printed, in the publisher's zone (a Unix time prints none: UTC, unless the zone is known).
    `at` is given only with a time of day and a zone. Anything else gives an empty PublicationDate; no text raises.
    """
    cleaned = " ".join(_rewrite((text or "")[: MAX_LENGTH + 1], reading).replace("\u202f", " ").split()).lower()
    if not cleaned or len(cleaned) > MAX_LENGTH:
        return NO_DATE
    try:
        moment = _read_moment(cleaned, reading)
    except (ValueError, OverflowError):
        return NO_DATE
    return _settle(moment, reading, source) if moment else NO_DATE


def read_change(text: str | None, reading: DateReading) -> datetime | None:
    """When something was last changed; of a day without a time or a zone, as most sitemaps give, its first moment in UTC."""
    said = read_date(text, reading)
    return said.at or (datetime.combine(said.on, time(), tzinfo=UTC) if said.on else None)


def find_date(text: str | None, reading: DateReading, *, source: DateSource | None = None) -> PublicationDate:
    """The first date printed inside a short `text` such as a byline, unless its label says that it is something else.

    "Posted on: 4 July 2023, updated 5 July 2023" gives 4 July; "Last updated 5 July 2023" gives nothing.
    """
    whole = read_date(text, reading, source=source)
    if whole.on or not text or len(text) > MAX_LENGTH_OF_LABELLED:
        return whole
    text, end = _rewrite(text, reading), 0
    for printed in PRINTED.finditer(text):
        label, before, end = text[end : printed.start()], end, printed.end()
        if before and UNTIL.fullmatch(label):  # of a period that has begun with a day
            continue
        if NOT_PUBLICATION.search(label) or not _is_day(printed, label):
            continue
        if (found := read_date(printed[0], reading, source=source)).on:
            return found
    return NO_DATE


def find_dateline(text: str, reading: DateReading, *, source: DateSource | None = None) -> PublicationDate:
    """The day in the dateline with which `text` begins; one in the middle of a sentence is about something else."""
    text = _rewrite(text[:MAX_DATELINE_CHARS], reading) + text[MAX_DATELINE_CHARS:]
    printed = PRINTED.search(text[:MAX_DATELINE_CHARS])
    dash = AFTER_DATELINE.match(text, printed.end()) if printed else None
    if not printed or not dash or PRINTED.match(text, dash.end()):
        return NO_DATE
    place = text[: printed.start()]
    if not are_names(place) or not _is_day(printed, place):
        return NO_DATE
    return read_date(printed[0], reading, source=source)


def find_lone_date(
    text: str, reading: DateReading, *, source: DateSource | None = None, label: str = ""
) -> PublicationDate:
    """The one date in a line that has nothing beside it but names: "Roma, 3 giugno 2026", "News | 3 June 2026 | 10:00".

    Two are a term of office or a period, and the day of a law is a part of its name. `label` stands before the line, in
    an element of its own.
    """
    text = _rewrite(text, reading)
    days = list(PRINTED.finditer(text))
    if len(days) != 1 or _is_file_number(days[0], text[: days[0].start()].strip() or label):
        return NO_DATE
    around = _cut_out(days[0])
    if not are_names(around) or len(around.split()) > MAX_WORDS_AROUND or LAW.search(around):
        return NO_DATE
    return find_date(text, reading, source=source)


def is_lone_date(text: str) -> bool:
    """Whether a line is a day, with the word for publication or the place that may stand before it, and nothing more."""
    if len(text) >= MAX_DATELINE_CHARS:
        return False
    text = write_as_western(text)
    days = list(PRINTED.finditer(text))
    if len(days) != 1 or not _is_day(days[0], text[: days[0].start()]):
        return False
    around = _cut_out(days[0])
    return len(around.split()) <= MAX_WORDS_OF_LABEL and are_names(around)


def _is_day(printed: re.Match[str], label: str) -> bool:
    """Whether what looks like a day, behind `label`, is neither the number of a file nor the end of a period."""
    return not _is_file_number(printed, label) and not _ends_period(printed)


def _ends_period(printed: re.Match[str]) -> bool:
    begun = PERIOD_BEGUN.search(printed.string, 0, printed.start())
    if begun is None or begun["number"] is None:
        return begun is not None
    day = FIRST_NUMBER.match(printed[0])  # "1 - 3 October 2026", but "24 - 3 October 2026"
    return day is not None and int(begun["number"]) < int(day[0])


def _is_file_number(printed: re.Match[str], label: str) -> bool:
    """Whether a year-first day without noughts is none: "Protocollo 2026/4/7", "Version 2026.10.3".

    The words of a day apart, the last word of its label decides. Those who write a day so have scripts without
    capitals: "등록일 2026. 10. 3.", "公開日 2026/10/3".
    """
    if not printed["unpadded"]:
        return False
    words = [token.casefold() for token in TOKEN.findall(label) if token[0].isalpha()]
    word = next((word for word in reversed(words) if word not in AROUND and word not in WEEKDAYS), "")
    return word.upper() != word or bool(NUMBERED.search(label))


def are_names(text: str) -> bool:
    """Whether every word is written as names are, or stands between names, or belongs to a date or a time."""
    words = [token for token in TOKEN.findall(text) if token[0].isalpha()]
    known = (SMALL_WORDS, WEEKDAYS, AROUND, ZONES)
    return all(word[0].isupper() or any(word.casefold() in each for each in known) or len(word) == 1 for word in words)


def read_address_date(url: str, reading: DateReading) -> PublicationDate:
    """The day in an address such as /2023/07/04/title or /2023-07-04-title; years and months alone say nothing."""
    try:
        found = IN_ADDRESS.search(unquote(urlsplit(url).path))
        if not found:
            return NO_DATE
        year, *rest = (int(part) for part in found.groups() if part)
        return _settle(_Moment(day=date(year, rest[0], rest[1])), reading, DateSource.ADDRESS)
    except ValueError:
        return NO_DATE


def _settle(moment: _Moment, reading: DateReading, source: DateSource | None) -> PublicationDate:
    """`moment` as a publication date, or none when it cannot be one."""
    if moment.day.year < EARLIEST_YEAR or moment.day > (reading.now + AHEAD).date():
        return NO_DATE
    if moment.clock is None or moment.zone is None:
        return PublicationDate(on=moment.day, source=source)
    at = datetime.combine(moment.day, moment.clock, tzinfo=moment.zone).astimezone(UTC)
    return PublicationDate(at=at, on=moment.day, source=source) if at <= reading.now + AHEAD else NO_DATE


def _rewrite(text: str, reading: DateReading) -> str:
    return write_as_western(text, reading.language, _region(reading))


def _read_moment(text: str, reading: DateReading) -> _Moment | None:
    if found := ISO.fullmatch(text):
        return _from_iso(found, reading)
    if TIMESTAMP.fullmatch(text):
        return _from_timestamp(text, reading)
    if found := EAST_ASIAN.match(text):
        return _Moment(day=date(int(found[1]), int(found[2]), int(found[3])))
    return _from_words(text, reading)


def _from_iso(found: re.Match[str], reading: DateReading) -> _Moment:
    day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    if digits := found["hms"]:
        clock = time(int(digits[:2]), int(digits[2:4]), min(int(digits[4:] or 0), 59))
        return _Moment(day=day, clock=clock, zone=_read_zone(found["zone"], reading))
    if not found["hour"]:
        return _Moment(day=day)
    return _Moment(day=day, clock=_read_clock(found), zone=_read_zone(found["zone"], reading))


def _from_timestamp(text: str, reading: DateReading) -> _Moment:
    """Seconds have ten digits since 2001 (nine before), milliseconds three more."""
    seconds = int(text) / (1000 if len(text) > 10 else 1)  # noqa: PLR2004 - digits, see above
    moment = datetime.fromtimestamp(seconds, tz=reading.zone or UTC)
    return _Moment(day=moment.date(), clock=moment.time(), zone=moment.tzinfo)


def _from_words(text: str, reading: DateReading) -> _Moment | None:
    """RFC 822, asctime, JavaScript, Ruby and display forms: all are day, month, year, perhaps time and zone."""
    weekday = SHORT_WEEKDAY.match(text)
    if weekday and not (
        weekday["day"] in MONTHS or weekday["day"] in WEEKDAYS or NOT_PUBLICATION.search(weekday["day"])
    ):
        text = text[weekday.end() :]
    clock = _find_clock(text)
    rest = ASIDE.sub(" ", _cut_out(clock) if clock else text)
    zone_text = clock["zone"] if clock else None
    if clock and zone_text is None and (late := LATE_ZONE.search(rest)):
        zone_text, rest = late[0], rest.replace(late[0], " ")
    day = _read_day(rest, reading, has_clock=clock is not None)
    if day is None:
        return None
    if clock is None:
        return _Moment(day=day)
    return _Moment(day=day, clock=_read_clock(clock), zone=_read_zone(zone_text, reading))


def _find_clock(text: str) -> re.Match[str] | None:
    """The first time of day that is no part of a day in numbers, as is "3.10" in "3.10.2026"."""
    day = YEAR_FIRST.search(text)
    if day is None or HAS_DIGIT.search(TIME_OF_DAY.sub(" ", text[: day.start()])):  # "3 October 2026. 10.15"
        day = NUMERIC.search(text)
    taken = range(*day.span()) if day else range(0)
    return next((found for found in TIME_OF_DAY.finditer(text) if found.start() not in taken), None)


def _read_clock(found: re.Match[str]) -> time:
    hour, second = int(found["hour"]), int(found["second"] or 0)
    if half := found["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - hours on a clock face
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return time(hour, int(found["minute"]), min(second, 59))  # RFC 822 allows the leap second, Python does not


def _read_zone(text: str | None, reading: DateReading) -> tzinfo | None:
    """The zone that is named; the usual one where none is; none where the name has several meanings (BST, IST)."""
    if not text:
        return reading.zone
    if found := OFFSET.search(text):
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        if offset > LARGEST_OFFSET:
            return None
        return timezone(-offset if found[1] == "-" else offset)
    hours = ZONES.get(text.strip())
    return None if hours is None else timezone(timedelta(hours=hours))


def _read_day(text: str, reading: DateReading, *, has_clock: bool) -> date | None:
    """The one day that `text` names, or None when a word, a number or a sign in it cannot be accounted for."""
    found = YEAR_FIRST.search(text)
    if found and _is_padding(_cut_out(found)) and not NUMBERED.search(text, 0, found.start()):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    if (found := NUMERIC.search(text)) and _is_padding(around := _cut_out(found)):
        return _read_by_weekday(found, around) or _read_numeric(found, reading)
    numbers, words = _split(text)
    month, left = _take_month(words, reading)
    if month is None or len(numbers) != 2 or not _all_known(left):  # noqa: PLR2004 - a day and a year
        return None
    return _order(numbers, month, has_clock=has_clock)


def _cut_out(found: re.Match[str]) -> str:
    return f"{found.string[: found.start()]} {found.string[found.end() :]}"


def _split(text: str) -> tuple[list[str], list[str]]:
    tokens = [token for token in TOKEN.findall(text) if token not in MARKS]
    numbers = [token for token in tokens if token.isdecimal() and token.isascii()]
    return numbers, [token for token in tokens if token not in numbers]


def _take_month(words: list[str], reading: DateReading) -> tuple[int | None, list[str]]:
    """The month among `words` and the other words; "mar" is a French Tuesday before it is a March."""
    found = [(place, month) for place, word in enumerate(words) if (month := MONTHS.get(word))]
    clear = [(place, month) for place, month in found if words[place] not in WEEKDAYS] or found
    if not clear:
        return _ask_for_month(words, reading)
    place, month = clear[-1]  # "mar 3 mar 2026": the weekday comes first
    return (month, words[:place] + words[place + 1 :]) if {one for _, one in clear} == {month} else (None, words)


def _ask_for_month(words: list[str], reading: DateReading) -> tuple[int | None, list[str]]:
    primary = (reading.language or "en").split("-")[0].lower()
    language = DATEPARSER_NAMES.get(primary, primary)
    if language in LANGUAGES_AT_HAND:
        return None, words
    for place, word in enumerate(words):
        is_name = len(word) > 2 or not word.isascii()  # noqa: PLR2004 - neither "de" nor "am", but "मई"
        if is_name and (month := _find_month(word, language)):
            return month, words[:place] + words[place + 1 :]
    return None, words


@lru_cache(maxsize=4096)
def _find_month(word: str, language: str) -> int | None:
    """dateparser knows 200 languages but takes milliseconds, so each word is asked for once."""
    try:
        found = dateparser.parse(
            f"15 {word} 2020", languages=[language], settings={"STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
        )
    except ValueError:  # a language that dateparser does not have
        return None
    return found.month if found and (found.year, found.day) == (2020, 15) else None


def _all_known(words: list[str]) -> bool:
    suffixes = {"st", "nd", "rd", "th", "er"}
    return all(word in WEEKDAYS or word in AROUND or word in suffixes or word in ZONES for word in words)


def _is_padding(text: str) -> bool:
    numbers, words = _split(text)
    return not numbers and _all_known(words)


def _order(numbers: list[str], month: int, *, has_clock: bool) -> date | None:
    """Day and year out of two numbers. A two-digit year counts only in RFC 822's order, with a time behind it."""
    first, second = numbers
    if len(second) == 4 and len(first) <= 2:  # noqa: PLR2004
        return date(int(second), month, int(first))
    if len(first) == 4 and len(second) <= 2:  # noqa: PLR2004
        return date(int(first), month, int(second))
    if has_clock and len(second) == 2 and len(first) <= 2:  # noqa: PLR2004
        year = int(second)
        return date(year + (2000 if year < 69 else 1900), month, int(first))  # noqa: PLR2004 - POSIX's turning point
    return None


def _read_by_weekday(found: re.Match[str], around: str) -> date | None:
    """The one order of day and month that fits the weekday beside them.

    Drupal prints "Tue, 03/10/2026 - 14:02", month first, until somebody changes it, in Britain too.
    """
    named = {WEEKDAYS[word] for word in _split(around)[1] if word in WEEKDAYS}
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    orders = {(first, second), (second, first)} if max(first, second) <= 12 else set()  # noqa: PLR2004 - months
    fitting = {day for month, number in orders if (day := date(year, month, number)).weekday() in named}
    return fitting.pop() if len(fitting) == 1 else None


def _read_numeric(found: re.Match[str], reading: DateReading) -> date | None:
    if len(found["year"]) == 2:  # noqa: PLR2004 - digits
        return _read_short_numeric(found, reading)
    first, second, year = int(found["first"]), int(found["second"]), int(found["year"])
    if first == second or second > 12:  # noqa: PLR2004 - no such month
        return date(year, first, second)
    if first > 12 or _is_day_first(found["mark"] or ".", reading):  # noqa: PLR2004
        return date(year, second, first)
    return date(year, first, second) if _is_month_first(reading) else None


def _read_short_numeric(found: re.Match[str], reading: DateReading) -> date | None:
    """03/06/26 in a country that is known to write days so; never a day of long ago, which could begin with its year."""
    year = 2000 + int(found["year"])
    if year < reading.now.year - MOST_YEARS_IN_SHORT or found["mark"] == "-" or " " in found[0]:
        return None
    if _region(reading) in DAY_FIRST_COUNTRIES:
        return date(year, int(found["second"]), int(found["first"]))
    return date(year, int(found["first"]), int(found["second"])) if _is_month_first(reading) else None


def _is_day_first(mark: str, reading: DateReading) -> bool:
    country, language = _region(reading), (reading.language or "").split("-")[0].lower()
    if country in MONTH_FIRST_COUNTRIES or (country in COUNTRIES_WITHOUT_RULE and mark != "."):
        return False
    return mark == "." or country in DAY_FIRST_COUNTRIES or language in DAY_FIRST_LANGUAGES


def _is_month_first(reading: DateReading) -> bool:
    return _region(reading) in MONTH_FIRST_COUNTRIES


def _region(reading: DateReading) -> str | None:
    if reading.country:
        return reading.country.upper()
    _, _, region = (reading.language or "").partition("-")
    return region.upper() if len(region) == 2 else None  # noqa: PLR2004 - ISO 3166-1 alpha-2
