"""Tells that a text is not in the language that its page claims, by its small words; titles are judged in `scripts`."""

from collections import Counter

# Words that make up a sixth of any text of their language, and are rare or unknown in the others.
SMALL_WORDS = {
    "en": "the of and to that is for with are on by this from which have not",
    "fr": "les des et du que dans pour une est par sur qui au aux cette sont",
    "it": "il di che per della dei delle con gli nel sono alla più dal è una",
    "de": "der die und das den von mit für ist nicht dem des ein eine auf werden",
    "es": "el los que las del para por una con se es como más sus al este",
    "pt": "os que do da em para uma não dos com ao das pela é mais são",
    "nl": "het van een en dat voor zijn met op niet wordt naar ook bij deze aan",
}
OWN_WORDS = {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}
LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in OWN_WORDS.items():
    for _word in _words:
        LANGUAGES_OF[_word] = (*LANGUAGES_OF.get(_word, ()), _language)
JUDGED_CHARS = 2000
FEWEST_WORDS = 40
FEWEST_SHARE = 0.12
TIMES_AS_MANY = 4


def contradict_language(claimed: str | None, text: str | None) -> str | None:
    """The language that `text` is in, where that is surely another one than `claimed`; None where nothing speaks for it.

    Templates say "en" on very many sites that are written in another language.
    """
    words = (text or "")[:JUDGED_CHARS].casefold().split()
    primary = (claimed or "").split("-")[0].lower()
    own = OWN_WORDS.get(primary)
    if own is None or len(words) < FEWEST_WORDS or sum(map(own.__contains__, words)) >= FEWEST_SHARE * len(words):
        return None
    counted = Counter(language for word in words for language in LANGUAGES_OF.get(word, ()))
    likely, hits = max(counted.items(), key=lambda each: each[1], default=(primary, 0))
    is_sure = hits >= FEWEST_SHARE * len(words) and hits >= TIMES_AS_MANY * counted[primary]
    return likely if is_sure and likely != primary else None
