"""What the commands say of watches, as people and scripts read it; called without a process of their own."""

import json
from pathlib import Path

import pytest

from monitor.cli.checking import check_configuration
from monitor.cli.places import Places
from monitor.cli.watching import show_meaning
from tests.installations import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def test_check_advises_on_words_that_trap_and_all_is_well_all_the_same(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write("watches.toml", '[[watch]]\nname = "Agency"\nany = ["DTA"]\n')

    codes = [check_configuration(place.folder / "config", as_json=as_json) for as_json in (True, False)]

    told = capsys.readouterr()
    scripted, end = json.JSONDecoder().raw_decode(told.out)
    assert codes == [0, 0]
    assert "advice: watch “Agency”: “DTA” is also a double taxation agreement" in told.err
    assert [(one["watch"], one["words"]) for one in scripted["advice"]] == [("Agency", "DTA")]
    assert ": all well: " in told.out[end:]


def test_show_tells_the_meaning_both_forms_and_traps(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("watches.toml", '[[watch]]\nname = "W"\nquery = "(MoU OR DTA) digital* -tax"\n')

    assert show_meaning(at(place), "W", as_json=False) == 0
    named = capsys.readouterr().out
    assert show_meaning(at(place), "DTA NEAR/3 tax", as_json=False) == 0
    typed = capsys.readouterr().out

    assert 'needs at least one of "MoU" or "DTA" (in capitals)\n  and "digital*" (any ending at *)' in named
    assert "told to nobody" in named
    assert "DTA, DTAs, D.T.A.; in capitals only; never dta" in named
    assert "query = '(MoU OR DTA) digital* -tax'    # as typed; the same as\n" in named
    assert '# or as lists:\n  any = ["MoU", "DTA"]\n  all = ["digital*"]\n  none = ["tax"]' in named
    assert "# lists cannot say this" in typed
    assert "told to" not in typed
    assert "Traps" not in named + typed


def test_show_gives_scripts_all_of_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    show_meaning(at(place), "DTA", as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["query"], told["lists"]) == ("DTA", 'any = ["DTA"]')
    assert told["spellings"][0]["not_found"] == ["dta"]
    assert [one["words"] for one in told["advice"]] == ["DTA"]


def test_a_name_that_is_nearly_right_is_asked_about(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.write("watches.toml", '[[watch]]\nname = "Digital agreements"\nany = ["MoU"]\n')

    show_meaning(at(place), "Digital agrements", as_json=True)

    assert "did you mean “Digital agreements”?" in capsys.readouterr().err


def at(place: Place) -> Places:
    return Places(config=place.folder / "config", archive=place.archive)
