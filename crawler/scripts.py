"""Tells that a title is not in the language that its feed claims, by the script that it is written in."""

import unicodedata
from collections import Counter

# The language that a script is written for; "und" (RFC 5646, section 4.1) where several share it.
LANGUAGE_OF_SCRIPT = {
    "ARABIC": "und", "ARMENIAN": "hy", "BENGALI": "bn", "CJK": "zh", "CYRILLIC": "und", "DEVANAGARI": "hi",
    "GEORGIAN": "ka", "GREEK": "el", "GUJARATI": "gu", "GURMUKHI": "pa", "HANGUL": "ko", "HEBREW": "he",
    "HIRAGANA": "ja", "KANNADA": "kn", "KATAKANA": "ja", "MALAYALAM": "ml", "ORIYA": "or", "TAMIL": "ta",
    "TELUGU": "te", "THAI": "th",
}  # fmt: skip
LATIN = "LATIN"
NOT_LATIN_LANGUAGES = frozenset({
    "ar", "be", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "kk", "kn", "ko", "ky",
    "mk", "ml", "mn", "mr", "ne", "or", "pa", "ps", "ru", "sd", "sr", "ta", "te", "tg", "th", "uk",
    "und", "ur", "yi", "zh",
})  # fmt: skip


def correct_language(claimed: str | None, title: str | None) -> str | None:
    """`claimed`, unless it is written in Latin letters and most letters of `title` are not."""
    if not title or title.isascii() or (claimed and claimed.split("-")[0].lower() in NOT_LATIN_LANGUAGES):
        return claimed
    script = _find_script(title)
    if script == LATIN or script not in LANGUAGE_OF_SCRIPT:
        return claimed
    return LANGUAGE_OF_SCRIPT[script]


def _find_script(text: str) -> str | None:
    """The script of most letters; kana before the Chinese characters that stand among them."""
    scripts = Counter(unicodedata.name(char, "?").split(" ")[0] for char in text if char.isalpha())
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        scripts["HIRAGANA"] += scripts["CJK"]
    return max(scripts, key=lambda script: scripts[script]) if scripts else None
