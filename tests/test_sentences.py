"""Where sentences end, and where a dot ends none."""

import pytest

from monitor.sentences import split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "One sentence.|Two sentences!|Three?|Four",
        "Under art. 5 no. 10 applies.|He said no.|Then he left.",
        "Dr. Jones met Prof. Kim on 3 Jan. 2026.|It rained.",
        "The U.S. Government and i.e. others.|Done.",
        "It costs 3.5 million.|Yes.",
        "“Is it?”|“It is.”|She went.",
        "Wait... what?|The end",
        "一つ。二つ！|Three",
        "Secretary Maria P. Lopez and James N. Mattis met Col. Smith.|See col. 2 of p. 5 and P. 7.|Turn to the next p.|Then col.|Done.",
        "Acme Inc. and Beta Ltd. Group.|El Sr. Pérez y la Sra. López.|Il sig. Bianchi e la dott.ssa Rossi.|Mlle. Roy.",
        "Der Kanzler hat am 3. März 2026 mit Maria P. Lopez gesprochen.|Berlin, 5. Mai 2026.|In der 20. Sitzung um 5. Oktober.|Ende.",
        "It took 12.|Mayors agreed in 2026.|April was cold, at 3.5.|May was not; on 3.|Many left.",
        "Rund 3 Mio. Euro, ca. 500 Mrd. Dollar.|Das reicht.",
        "أعلنت الحكومة؟|نعم.|قال د. محمد ذلك.|انتهى",
        "हिन्दी में।|डॉ. सिंह ने कहा।|अंत",
        "یہ ہے۔|کیا؟|ہاں۔",
        "Он сказал.|Это всё.|Είναι εδώ.|Ναι.",
    ],
)
def test_sentences_end_where_they_end(text: str) -> None:
    joined = text.replace("|", " ")
    expected = [part for whole in text.split("|") for part in whole.replace("。", "。|").split("|") if part]

    assert [joined[start:end] for start, end in split_sentences(joined)] == expected
