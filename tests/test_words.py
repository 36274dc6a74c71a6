"""Words: where each one stands in the text, and which spellings are one word (R5 rests on what a word is)."""

import time
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.plurals import find_singular
from monitor.words import (
    Span,
    TermWords,
    WordPattern,
    Words,
    analyse,
    find_chunks,
    fold,
    make_beginning_key,
    make_needle,
    read_term,
    tokenise,
)

# Letters that change length when folded, marks, invisible characters, scripts without spaces, glue and punctuation.
TROUBLE = st.text(
    st.sampled_from("aeszABGS .,'’-‑*+&@_\n\u00a0\u00adßŒœİıﬁﬃǆŉéé̈\u0301\u200b\ufeff¹²½ⅷΣςй数字ｶﾞデ한한سَلاقि"),
    max_size=40,
)
# Words that belong to the next one, and what keeps them from it.
STRETCHES = st.lists(
    st.sampled_from(
        (
            *(
                "e",
                "co",
                "Re",
                "non",
                "multi",
                "(e",
                "we’re",
                "l’e",
                "re,",
                "e-",
                "x/e",
                "É.U.e",
                "government",
                "design",
                "-",
            ),
            *("18F", "C++", "G.D.S.", "e\u0301cole", "デジタル庁は、", "e\u00a0identity", "a" * 60, "«e", "AT&T", "’s"),
        )
    ).flatmap(lambda word: st.sampled_from([f"{word} ", f"{word}\n", f"{word}  ", word, f"{word}\u00a0"])),
    max_size=12,
).map("".join)
# A machine may be busy with other things.
UNHURRIED = settings(deadline=None)
TEXTS = TROUBLE | st.text(max_size=40)


def list_stems(text: str) -> list[str]:
    return [token.stem for token in tokenise(text)]


def is_found(term: str, text: str, *, language: str | None = "en") -> bool:
    return bool(Words(text).find(read_term(term), language=language))


@UNHURRIED
@given(TEXTS)
@example("İstanbul’s ﬁle, e\u0301tat")
def test_tokens_stand_in_order_where_they_say(text: str) -> None:
    end = 0
    for token in tokenise(text):
        assert token.start >= end or token.start == end - (token.end - token.start), (
            "several characters may share a place"
        )
        assert token.start < token.end <= len(text)
        end = token.end


@UNHURRIED
@given(TEXTS)
def test_the_text_of_a_token_has_the_same_words_by_itself(text: str) -> None:
    for token in tokenise(text):
        alone = tokenise(text[token.start : token.end])
        assert token.plain in [each.plain for each in alone]


@UNHURRIED
@given(TEXTS)
def test_words_and_tokens_agree_on_places(text: str) -> None:
    words = Words(text)
    for number, token in enumerate(tokenise(text)):
        assert words.locate(Span(number, number)) == (token.start, token.end)
    assert words.stream.split(" ") == (list_stems(text) or [""])


@UNHURRIED
@given(STRETCHES)
@example("multi É.U.e\u00a0government")
def test_reading_a_text_space_by_space_changes_nothing(text: str) -> None:
    words, tokens = Words(text), tokenise(text)

    assert [words.locate(Span(number, number)) for number in range(len(tokens))] == [token[:2] for token in tokens]
    assert words.stream.split(" ") == ([token.stem for token in tokens] or [""])
    assert list(words.compounds) == [
        compound.word.stem for found in find_chunks(text) for compound in analyse(found[0]).compounds
    ]


@UNHURRIED
@given(TEXTS)
def test_every_word_of_a_text_is_found_in_it(text: str) -> None:
    for token in tokenise(text):
        assert is_found(text[token.start : token.end], text)


@UNHURRIED
@given(TEXTS)
@example("to be or not to be, to be")
@example("an e-mail, an email")
@example("ﷺ said, and it was said")
def test_words_that_follow_one_another_are_found_wherever_they_do(text: str) -> None:
    words, stems = Words(text), list_stems(text)
    for pair in {tuple(stems[at : at + 2]) for at in range(len(stems) - 1)}:
        run = tuple(WordPattern(key, is_prefix=False, capitals="", is_acronym=False, is_glued=False) for key in pair)
        found = set(words.find(TermWords(" ".join(pair), (run,), (make_needle(run),)), language=None))
        wanted = {Span(at, at + 1) for at in range(len(stems) - 1) if tuple(stems[at : at + 2]) == pair}
        assert wanted == found if not list(words.compounds) else wanted <= found


@UNHURRIED
@given(TEXTS)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@UNHURRIED
@given(TEXTS)
@example("デA.A and デC++")
def test_composed_and_decomposed_letters_are_one(text: str) -> None:
    assert list_stems(unicodedata.normalize("NFD", text)) == list_stems(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("L’identité numérique", ["l", "identite", "numerique"]),
        ("Canada's plan, the Board’s view", ["canada", "plan", "the", "board", "view"]),
        ("govern\u00adment and govern\u200bment¹", ["government", "and", "government"]),
        ("the U.S. and G.D.S. teams", ["the", "us", "and", "gds", "team"]),
        ("C++, C# and C", ["c++", "c#", "and", "c"]),
        ("ﬁnance œuvre Straße ＧＤＳ", ["finance", "oeuvre", "strass", "gds"]),
        ("デジタル庁", ["デ", "ジ", "タ", "ル", "庁"]),
        ("snake_case a/b", ["snake", "case", "a", "b"]),
        ("ﷺ", ["صلىاللهعليهوسلم"]),
        ("*** — …", []),
    ],
)
def test_a_text_becomes_words(text: str, words: list[str]) -> None:
    assert list_stems(text) == words


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("service", "services"),
        ("policy", "policies"),
        ("strategy", "strategies"),
        ("strategie", "strategies"),
        ("process", "processes"),
        ("approach", "approaches"),
        ("approche", "approches"),
        ("tax", "taxes"),
        ("taxe", "taxes"),
        ("agreement", "agreements"),
        ("movie", "movies"),
        ("journal", "journaux"),
        ("reseau", "reseaux"),
        ("enjeu", "enjeux"),
        ("status", "statuses"),
        ("analysis", "analyses"),
        ("database", "databases"),
        ("area", "areas"),
        ("marche", "marches"),
        ("api", "apis"),
        ("id", "ids"),
        ("loi", "lois"),
        ("bus", "buses"),
        ("gas", "gases"),
        ("lens", "lenses"),
        ("virus", "viruses"),
        ("bias", "biases"),
        ("focus", "focuses"),
    ],
)
def test_a_plural_is_its_singular(singular: str, plural: str) -> None:
    assert find_singular(singular) == find_singular(plural)


@pytest.mark.parametrize(
    "word",
    ["news", "gds", "gps", "sis", "dis", "bus", "is", "us", "its", "mps", "status", "campus", "virus", "address", "basis",
     "thesis", "axis", "paris", "corps", "less", "this", "thus", "census", "fois", "mais", "mois", "avis", "plus", "tous"],
)  # fmt: skip
def test_what_only_looks_like_a_plural_stays(word: str) -> None:
    assert find_singular(word) == word


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("news", "new"),
        ("march", "marche"),
        ("goods", "good"),
        ("customs", "custom"),
        ("july", "julie"),
        ("gens", "gen"),
        ("paris", "pari"),
        ("mais", "mai"),
        ("fois", "foi"),
        ("thus", "thu"),
        ("its", "it"),
        ("gps", "gp"),
        ("bus", "buse"),
        ("lens", "len"),
    ],
)
def test_two_words_stay_two(one: str, other: str) -> None:
    assert find_singular(one) != find_singular(other)


@pytest.mark.parametrize("text", ["GDS", "GDSs", "the GDS's", "GDS’s", "G.D.S.", "GDS-led", "ＧＤＳ"])
def test_a_term_in_capitals_is_found_in_capitals(text: str) -> None:
    assert is_found("GDS", text)


@pytest.mark.parametrize("text", ["gds", "Gds", "GD", "GDSX", "gDS"])
def test_a_term_in_capitals_is_found_in_nothing_else(text: str) -> None:
    assert not is_found("GDS", text)


@pytest.mark.parametrize("text", ["MoU", "MOU", "MoUs", "MOUs", "M.O.U.", "M.O.U.s", "MoU's"])
def test_mou_is_found_as_people_write_it(text: str) -> None:
    assert is_found("MoU", text)
    assert is_found("MoU", text, language="fr-CA")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("apis", "Open APIs"),
        ("open apis", "Open APIs"),
        ("open APIs", "open apis"),
        ("open APIs", "OPEN APIS FOR GOVERNMENT"),
        ("open api", "open apis"),
        ("digital ids", "Digital IDs"),
        ("digital IDs", "DIGITAL IDS"),
        ("mps", "The MPs' vote"),
        ("mp", "The MPs' vote"),
        ("MPs", "MPS VOTE"),
        ("MPs", "an mp"),
        ("backbench-MPs", "backbench-mps"),
        ("mps", "M.P.s"),
        ("uapis", "UAPIs"),
        ("kpis", "KPIs"),
        ("mous", "MoUs"),
        ("mous", "MoU"),
        ("MoU", "TWO MOUS SIGNED"),
    ],
)
def test_the_plural_of_an_acronym_is_found_in_capitals_or_not(term: str, text: str) -> None:
    assert is_found(term, text)
    assert is_found(term, f"In (brackets: {text}), and so on")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("IT strategy", "its strategy"),
        ("IT strategy", "ITS STRATEGY"),
        ("GP", "GPS"),
        ("gp", "GPS"),
        ("MP", "MPS"),
        ("MPS", "MPs"),
        ("mp", "mps"),
        ("MPs", "the mpss"),
        ("new", "NEWS"),
        ("US", "us"),
        ("IS", "is"),
        ("ID", "ids"),
        ("ID", "IDS"),
        ("IDS", "IDs"),
        ("API", "apis"),
        ("FoI", "une fois"),
        ("the", "THESIS"),
        ("analysis", "analytic"),
        ("GDSs", "gd"),
    ],
)
def test_what_only_looks_like_the_plural_of_an_acronym_is_not_found(term: str, text: str) -> None:
    assert not is_found(term, text)


def test_the_plural_of_the_french_word_mou_is_no_memorandum() -> None:
    assert not is_found("MoU", "des accords mous", language="fr")
    assert not is_found("MoUs", "des accords mous", language="fr")


@pytest.mark.parametrize(("language", "found"), [("en", True), (None, True), ("fr", False), ("fr-CA", False)])
def test_the_french_word_mou_is_no_memorandum(language: str | None, found: bool) -> None:
    assert is_found("MoU", "un accord mou", language=language) is found
    assert not is_found("MoU", "Mou, dit-il", language="fr")


@pytest.mark.parametrize("term", ["e-government", "e government", "egovernment", "e‑government", "eGovernment"])
@pytest.mark.parametrize(
    "text", ["e-government", "e government", "E government", "egovernment", "e‑government", "eGovernment"]
)
def test_hyphen_space_or_nothing_is_all_the_same(term: str, text: str) -> None:
    assert is_found(term, f"On {text} services")


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("i.AI", "the i.AI team", True),
        ("i.AI", "so I, AI", False),
        ("GOV.UK", "on GOV.UK.", True),
        ("GOV.UK", "see www.gov.uk", False),
        ("Login.gov", "Login.gov", True),
        ("Login.gov", "Please login. Gov officials", False),
        ("R&D", "our R&D work", True),
        ("C++", "in C++, we", True),
        ("C", "in C++", False),
        ("M-24-10", "memo M‑24‑10", True),
        ("M-24-10", "m-24-10", False),
        ("数字政府", "中国数字政府建设", True),
        ("数字政府", "数字。政府", False),
        ("ガイド", "ｶﾞｲﾄﾞﾗｲﾝ", True),
        ("カイト", "ガイド", False),
        ("디지털", "디지털정부는", True),
        ("polic*", "policies", True),
        ("policy*", "policymakers", True),
        ("cooper*", "co-operating", True),
        ("DTA*", "the DTAs", True),
        ("DTA*", "dtab", False),
        ("servic* numériqu*", "des services numériques", True),
        ("SERVICE NUMÉRIQUE", "service numérique", False),
        ("service", "DIGITAL SERVICES", True),
        ("identité", "IDENTITÉ", True),
        ("a-b c-d e-f g-h", "ab cd ef gh", True),
        ("a-b c-d e-f g-h", "a-b cd e-f gh", True),
        ("new", "news", False),
        ("redesign", "we’re designing", False),
        ("redesign", "to re design", True),
        ("egovernment", "the ‘e government’ plan", True),
        ("eadministration", "de l’e administration", True),
        ("egovernment", f"e {'(' * 200}e government", True),
        ("C#", "日本語C#、", True),
        ("GDS", "英国G.D.S.は", True),
        ("ﷺ", "said Muhammad ﷺ in", True),
        ("دولت ايران", "دولت ایران", True),
        ("كتاب ١٨", "کتاب ۱۸", True),
        ("18", "۱۸۰", False),
    ],
)
def test_a_term_is_found_or_not(term: str, text: str, found: bool) -> None:
    assert is_found(term, text) is found


@pytest.mark.parametrize("stretch", ["e . ", "x/e ", ".", "e e "])
def test_a_long_text_of_open_ends_or_dots_is_read_in_the_time_of_any_other(stretch: str) -> None:
    began = time.perf_counter()
    assert Words(stretch * 100_000).stems <= {"e", "x", "ee", "ex"}
    assert time.perf_counter() - began < 3


def test_a_term_without_a_word_has_no_runs() -> None:
    assert read_term("— *** …").runs == ()


def test_a_beginning_is_kept_apart_from_stems() -> None:
    assert make_beginning_key("policies") == "polic0"
    assert make_beginning_key("pol") is None
    assert make_beginning_key("c++abc") is None
