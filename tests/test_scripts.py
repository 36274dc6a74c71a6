"""A title in another script than its feed claims."""

import pytest

from crawler.scripts import correct_language


@pytest.mark.parametrize(
    ("claimed", "title", "language"),
    [
        ("en", "Digital services agreed", "en"),
        ("en-in", "डिजिटल सेवा पर समझौता", "hi"),
        (None, "डिजिटल इंडिया: MoU पर हस्ताक्षर", "hi"),
        ("hi", "डिजिटल सेवा", "hi"),
        ("mr", "डिजिटल सेवा", "mr"),
        ("en", "디지털 정부 혁신", "ko"),
        ("en", "שירות דיגיטלי", "he"),
        ("en", "デジタル庁が発足", "ja"),
        ("en", "Цифровое правительство", "und"),
        ("fr", "Élargir l’accès numérique", "fr"),
        ("en", "MoU with the 한국 ministry", "en"),
        ("en", "2026 — 5 %", "en"),
        (None, None, None),
    ],
)
def test_the_script_of_a_title_corrects_the_language(
    claimed: str | None, title: str | None, language: str | None
) -> None:
    assert correct_language(claimed, title) == language
