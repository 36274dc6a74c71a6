"""What the commands say of watches, as people and scripts read it; called without a process of their own."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from monitor.cli.checking import check_configuration
from monitor.cli.places import Places
from monitor.cli.status import show_status
from monitor.cli.watching import show_meaning, try_on_archive
from tests.archives import FEED, Archive, make_announcement, write_report
from tests.installations import Place, make_place

SOURCE = f"""
name = "A blog"
country = "GB"
language = "en"
kind = "government-blog"
homepage = "https://example.org/"
feeds = ["{FEED}"]
"""


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


@pytest.fixture
def archive(place: Place) -> Archive:
    """Announcements of two sections of one source, and of one day."""
    place.write("sources/gb-blog.toml", SOURCE)
    archive = Archive(place.archive)
    tenders = [
        make_announcement(f"/tenders/all/{number}", title=f"Tender {number}", text=f"Bids for digital work {number}")
        for number in range(12)
    ]
    news = [
        make_announcement(f"/{number}", title=f"News {number}", text=f"The MOU on digital work. {number}")
        for number in range(10)
    ]
    archive.take(write_report(*tenders, *news))
    return archive


def try_watch(place: Place, name: str, *, as_json: bool, unwanted: Sequence[str] = ()) -> None:
    assert try_on_archive(at(place), name, weeks=520, unwanted=unwanted, limit=2, as_json=as_json) == 0


def test_test_shows_what_would_have_been_sent(
    place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    try_watch(place, "digital", as_json=False)

    told = capsys.readouterr().out
    assert "looked at 22 announcements of 1 source, since 2026-03-01\n22 match: 22 alerts, about 0." in told
    assert "  2026-02-16  not archived\n  2026-02-23    22  ########################################\n" in told
    assert "     22    0." in told
    assert "\nFound by\n  digital: digital 22\n" in told
    assert "Examples, newest first (2 of 22)" in told
    assert "12 of 22 matches come from gb-blog/tenders/all; if you do not want these, add\n" in told
    assert "# 12 fewer of these, 0 fewer of the others" in told


def test_test_tells_scripts_the_same(place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    try_watch(place, "digital MoU", as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["alerts"], told["undated"], told["busiest"]["alerts"]) == (10, 10, 0, 10)
    assert told["words"] == {"digital": {"digital": 10}, "MoU": {"MOU": 10}}
    assert told["examples"][0]["snippet"] == "The [MOU] on [digital] work."
    assert (told["warnings"], told["exclusions"]) == ([], [])


def test_what_is_not_wanted_may_be_named(place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    try_watch(place, "digital", as_json=False, unwanted=["https://example.org/tenders", "nowhere"])

    told = capsys.readouterr().out
    assert "12 of 22 matches come from https://example.org/tenders; if you do not want these, add\n  none = [" in told
    assert "Nothing that matches comes from nowhere." in told


def test_a_watch_that_finds_nothing_is_told_where_it_fails(
    place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    scoped = 'any = ["MoU"]\nall = ["digital"]\nnone = ["x"]\ncountries = ["NZ"]\nenabled = false\n'
    place.write("watches.toml", f'[[watch]]\nname = "Scoped"\n{scoped}')
    try_watch(place, "railway AND digital", as_json=False)
    parts = capsys.readouterr()
    try_watch(place, "Scoped", as_json=False)
    scopes = capsys.readouterr()

    assert "warning: it finds nothing in the archive; would it ever?" in parts.err
    assert '       0  "railway"\n      22  "digital"\n' in parts.out
    assert "10 announcements outside its scope would match" in scopes.out


def test_terms_that_stand_nowhere_are_tried_more_loosely(
    place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    try_watch(place, 'TENDER "digital bids" digi railway', as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert [(part["found"], part["said"]) for part in told["looser"]] == [
        (12, '"tender" in place of "TENDER" (in capitals)'),
        (12, '"digital" and "bids" in place of "digital bids"'),
        (22, '"digi*" (any ending at *) in place of "digi"'),
    ]


def test_very_many_alerts_in_a_day_are_warned_of(
    place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """R30."""
    more = [make_announcement(f"/more/{number}", text=f"More digital work {number}") for number in range(31)]
    archive.take(write_report(*more))
    try_watch(place, "digital", as_json=False)

    assert "warning: 31 alerts on 2026-03-02: more than 30 a day" in capsys.readouterr().err


def test_status_names_the_watches_that_want_a_look(
    place: Place, archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    """R30. They leave the exit code alone."""
    place.write("watches.toml", '[[watch]]\nname = "Far"\nany = ["MoU"]\ncountries = ["NZ"]\n')

    codes = [show_status(at(place), [], as_json=as_json) for as_json in (True, False)]
    shown = capsys.readouterr().out
    show_status(at(place), ["gb-blog"], as_json=True)

    told, end = json.JSONDecoder().raw_decode(shown)
    reason = "no source that is enabled is in its scope"
    assert codes[0] == codes[1]
    assert told["watches"] == [{"watch": "Far", "fault": "dangling", "reason": reason}]
    assert f"watch “Far” is dangling: {reason}\n" in shown[end:]
    assert json.loads(capsys.readouterr().out)["watches"] == []
