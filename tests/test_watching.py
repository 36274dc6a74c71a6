"""What the commands say of watches, as people and scripts read it; called without a process of their own."""

import json
from pathlib import Path

import pytest

from monitor.cli.checking import check_configuration
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
