"""The command line as operators and scripts use it: what it prints, what it refuses, and its exit codes."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from monitor.archive.alerts import Attempt, hold_announcements, record_attempt
from monitor.archive.connection import open_archive, transaction
from monitor.channel import read_channels
from monitor.cli.alerting import show_alerts
from monitor.cli.asking import export_announcements, search_archive
from monitor.cli.places import EXIT_INTERRUPTED, Places
from monitor.cli.status import show_status
from monitor.cli.tables import find_width
from monitor.cli.working import is_partly_failed
from monitor.clock import now
from monitor.configuration import ConfigurationFaulty
from monitor.crawling import Round
from monitor.demo.show import write_path_export
from monitor.health import SourceCondition
from monitor.intake import Intake
from monitor.outbox import Dispatch
from monitor.receivers import Answer as Reply
from monitor.receivers import HookReceiver, MailReceiver
from monitor.watch import Watch
from tests.archives import Archive, make_announcement, make_channel, write_report
from tests.installations import Place, make_place, write_source
from tests.loopback import Site
from tests.test_connection import damage
from tests.test_run import publish, wait_until

ROOT = Path(__file__).parents[1]
CANARY = "CanarySecret42"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Site]]:
    """An installation that has crawled a site with five announcements and one page that is not there."""
    with Site() as site:
        publish(site, range(6))
        del site.pages["/5"]
        place = make_place(tmp_path_factory.mktemp("crawled"))
        write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')
        place.write("watches.toml", '[[watch]]\nname = "Agreements"\nany = ["memorandum of understanding"]\n')
        done = place.run("crawl")
        assert done.returncode == 0, done.stderr
        yield place, site


def test_crawl_shows_a_table_of_what_came_of_each_source(crawled: tuple[Place, Site]) -> None:
    place, _ = crawled
    done = place.run("crawl", "one")

    assert done.returncode == 0
    assert re.search(r"^source +state +rows", done.stdout, re.MULTILINE)
    assert re.search(r"^one +ok +- +0 ", done.stdout, re.MULTILINE)
    assert "0 alerts sent" in done.stdout


def test_the_state_of_a_source_has_one_name_wherever_it_is_told(crawled: tuple[Place, Site]) -> None:
    """`condition` says the same to scripts that were written when it had two."""
    place, _ = crawled
    came = place.crawl()["one"]
    (row,) = json.loads(place.run("status", "--json").stdout)["sources"]

    assert came["state"] == came["condition"] == row["state"] == "ok"


def test_the_list_of_watches_tells_which_are_switched_off(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    off = '[[watch]]\nname = "Off"\nenabled = false\nany = ["x"]\n'
    place.write("watches.toml", off + '[[watch]]\nname = "On"\nany = ["x"]\n')

    shown = place.run("watch", "list").stdout

    assert re.findall(r"^(On|Off) +(yes|no) ", shown, re.MULTILINE) == [("Off", "no"), ("On", "yes")]


@pytest.mark.parametrize("condition", [*SourceCondition])
def test_a_crawl_exits_1_when_a_source_could_not_be_read_or_only_in_part(condition: SourceCondition) -> None:
    """R23, R24: behind a bot wall nothing was read. A quiet source was."""
    crawled = Round(intakes=(Intake(source="one", condition=condition.value),), ended_badly=None)

    assert is_partly_failed(crawled, Dispatch()) is (condition not in {SourceCondition.OK, SourceCondition.QUIET})


def test_status_says_that_all_is_well(crawled: tuple[Place, Site]) -> None:
    place, _ = crawled
    done = place.run("status", "--json")
    told = json.loads(done.stdout)

    assert (done.returncode, told["ok"]) == (0, True)
    assert told["sources"][0]["announcements"] == 5
    assert place.run("status").stdout.count("1 of 1 sources are well") == 1


def test_explain_answers_in_one_line(crawled: tuple[Place, Site]) -> None:
    place, site = crawled

    filed = place.run("explain", site.url("/1").removeprefix("http://"))
    missing = place.run("explain", site.url("/5"))
    unknown = place.run("explain", "https://example.org/never")

    assert (filed.returncode, unknown.returncode) == (0, 1)
    baseline = r"Filed on [\d-]{10} [\d:]{5} UTC as part of a baseline: searchable, but no alert is owed for it\."
    assert re.fullmatch(baseline, filed.stdout.splitlines()[0])
    assert missing.stdout.startswith("Listed, but not filed: not found (")
    assert unknown.stdout.startswith("Never seen: the one source has not listed this address so far.")


def test_search_and_watch_test_find_the_same(crawled: tuple[Place, Site]) -> None:
    place, _ = crawled
    searched = json.loads(place.run("search", "--json", '"memorandum of understanding"').stdout)
    tested = json.loads(place.run("watch", "test", "--json", "Agreements").stdout)
    unsaved = json.loads(place.run("watch", "test", "--json", '"memorandum of understanding"').stdout)

    urls = {one["url"] for one in searched}
    assert len(urls) == 5
    assert urls == {one["url"] for one in tested["examples"]} == {one["url"] for one in unsaved["examples"]}
    assert "[memorandum of understanding]" in searched[0]["snippet"]


@pytest.fixture
def greek(tmp_path: Path) -> Place:
    """An archive of one announcement whose title is in Greek."""
    place = make_place(tmp_path)
    archive = Archive(place.archive)
    archive.take(write_report(make_announcement("/a", title="Ψηφιακή διακυβέρνηση: memorandum signed")))
    archive.database.close()
    return place


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("words", [["search", "memorandum"], ["search", "--json", "memorandum"], ["export"]])
def test_what_the_encoding_of_the_output_lacks_is_escaped(greek: Place, encoding: str, words: list[str]) -> None:
    """As in a terminal of the last century, or in a mail from cron."""
    environ = {**greek.environment(), "PYTHONIOENCODING": encoding}
    done = subprocess.run(greek.command(*words), env=environ, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode(encoding)
    assert r"\u03a8\u03b7\u03c6\u03b9\u03b1\u03ba\u03ae" in said
    if words != ["search", "memorandum"]:
        (row,) = json.loads(said) if words[0] == "search" else [json.loads(said)]
        assert row["title"] == "Ψηφιακή διακυβέρνηση: memorandum signed"


def test_a_search_counts_no_more_than_it_has_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.db"
    archive = Archive(path)
    archive.take(write_report(*(make_announcement(f"/{number}", text=f"Agreement {number}.") for number in range(510))))
    archive.database.close()
    places = Places(config=tmp_path, archive=path)

    search_archive(places, "agreement", limit=3, as_json=False)
    many = capsys.readouterr().out.splitlines()
    search_archive(places, '"agreement 7"', limit=3, as_json=False)
    one = capsys.readouterr().out.splitlines()
    search_archive(places, "agreement", limit=505, as_json=True)

    assert (len(many), many[-1]) == (10, "more than 500 found, the first 3 shown (--limit)")
    assert (len(one), one[-1]) == (4, "1 found")
    assert len(json.loads(capsys.readouterr().out)) == 505


def test_a_query_that_cannot_be_understood_says_where(crawled: tuple[Place, Site]) -> None:
    """R5."""
    place, _ = crawled
    done = place.run("search", '(digital AND "service')

    assert done.returncode == 2
    assert "unbalanced quotation marks" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_writes_every_column_of_the_view(crawled: tuple[Place, Site]) -> None:
    place, _ = crawled
    lines = [json.loads(line) for line in place.run("export").stdout.splitlines()]
    with sqlite3.connect(place.archive) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(announcements)")]
    connection.close()

    assert len(lines) == 5
    assert list(lines[0]) == columns
    assert place.run("export", "--csv").stdout.splitlines()[0].split(",") == columns
    assert place.run("export", "railway").stdout == ""


def test_a_title_is_no_formula_in_a_spreadsheet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """R34: a publisher writes the title, and a spreadsheet would run it."""
    path = tmp_path / "a.db"
    archive = Archive(path)
    archive.take(write_report(make_announcement("/1", title='=HYPERLINK("https://a.example/", "Open me")')))
    archive.database.close()

    export_announcements(Places(config=tmp_path, archive=path), None, as_csv=True)

    assert ""","'=HYPERLINK(""https://a.example/"", ""Open me"")",""" in capsys.readouterr().out


def test_output_that_cannot_be_written_is_told_in_a_line(crawled: tuple[Place, Site]) -> None:
    place, _ = crawled
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            place.command("export"),
            env=place.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr.strip()) == (
        1,
        "govwatch: the output could not be written: No space left on device",
    )


def test_an_archive_that_is_damaged_is_told_in_a_line_and_is_no_wrong_use(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    write_source(place, "one", "https://example.org", 'feeds = ["https://example.org/feed"]')
    open_archive(place.archive).close()
    damage(place.archive, "source_state")

    for command in (["status"], ["crawl"], ["backup", str(tmp_path / "copy.db")]):
        done = place.run(*command)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert "is damaged" in done.stderr


def test_a_list_of_alerts_says_when_it_is_cut(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    archive = Archive(
        path, watches=[Watch(name="w", any=("agreement",), channels=("team",))], channels=[make_channel("json://x/y")]
    )
    archive.take(write_report())
    archive.take(write_report(*(make_announcement(f"/{number}", title="An agreement") for number in range(3))))
    archive.database.close()
    places = Places(config=tmp_path, archive=path)

    for limit in (2, 3):
        show_alerts(places, state=None, watch=None, limit=limit, as_json=True)
        told = capsys.readouterr()
        assert len(json.loads(told.out)) == limit
        assert ("There are more" in told.err) == (limit == 2)


def test_status_says_which_alerts_were_refused_so_far(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    watch = Watch(name="w", any=("agreement",), channels=("team",))
    archive = Archive(path, watches=[watch], channels=[make_channel("json://x/y")])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/1", title="An agreement")))
    refused = Attempt(
        channel="team", address="00000000", alert_ids=(1,), accepted=False, detail="the server said 451",
        retry_at=archive.at,
    )  # fmt: skip
    with transaction(archive.database):
        record_attempt(archive.database, attempt=refused, at=archive.at)
    archive.database.close()

    show_status(Places(config=tmp_path, archive=path), (), as_json=False)

    assert "1 alert to team waits until 20" in (told := capsys.readouterr().out)
    assert "UTC, refused so far: the server said 451" in told


@pytest.mark.parametrize(
    "show",
    [
        partial(show_status, source_ids=(), as_json=False),
        partial(show_alerts, state=None, watch=None, limit=9, as_json=False),
    ],
    ids=["status", "alert list"],
)
def test_an_archive_that_is_named_is_shown_although_the_configuration_has_faults_and_they_are_mentioned(
    show: Callable[[Places], int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place, config = make_place(tmp_path), tmp_path / "config"
    place.write("watches.toml", '[[watch]]\nname = "A"\nany = []\n[[watch]]\nname = "B"\nquery = "(x"\n')
    Archive(place.archive).database.close()

    show(Places(config=config, archive=place.archive))

    said = f"warning: the configuration in {config} has 2 faults: `govwatch check` lists what is wrong\n"
    assert capsys.readouterr().err == said
    with pytest.raises(ConfigurationFaulty):
        show(Places(config=config, archive=None))


def owe(place: Place, mail: MailReceiver, *, when: str) -> None:
    """Three alerts of a watch that is told by this schedule to a mail address."""
    place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}"]\n')
    place.write("watches.toml", f'[[watch]]\nname = "w"\nany = ["agreement"]\nwhen = "{when}"\nchannels = ["team"]\n')
    channels, _ = read_channels(place.folder / "config" / "channels.toml", {"MAIL": mail.url})
    watch = Watch(name="w", any=("agreement",), when=when, channels=("team",))
    archive = Archive(place.archive, watches=[watch], channels=channels)
    titles = [f"Agreement {number}" for number in range(3)]
    archive.take(write_report(), at=now())
    archive.take(write_report(*(make_announcement(f"/{one}", title=one, day=now().date()) for one in titles)), at=now())
    archive.database.close()


@pytest.mark.long
def test_every_round_tells_what_waits_for_another_attempt(tmp_path: Path) -> None:
    """R3: in the minutes before that attempt as well, by exit code and in the words of `status`."""
    with MailReceiver() as mail:
        place = make_place(tmp_path, MAIL=mail.url)
        owe(place, mail, when="at once")
        mail.answer = Reply.REFUSE  # which is tried again after ten minutes
        tried, untried, crawl = place.run("crawl"), place.run("alert", "send"), place.run("crawl")
        sent, crawled = place.run("alert", "send", "--json"), place.run("crawl", "--json")
        status = place.run("status")

        assert mail.attempts == 1
    for done in (tried, untried, crawl):
        assert "0 alerts sent in 0 messages, 3 waiting, 0 failed\n" in done.stdout
    assert [done.returncode for done in (tried, untried, crawl, sent, crawled, status)] == [1] * 6
    assert json.loads(sent.stdout) == json.loads(crawled.stdout)["delivered"]
    assert json.loads(sent.stdout)["waiting"] == json.loads(sent.stdout)["refused"][0]["alerts"] == 3
    assert (told := untried.stderr.splitlines()[-1]).startswith("3 alerts to team wait until 20")
    assert told in status.stdout.splitlines()


@pytest.mark.long
def test_alerts_that_only_wait_for_their_time_are_no_failure(tmp_path: Path) -> None:
    with MailReceiver() as mail:
        place = make_place(tmp_path, MAIL=mail.url)
        owe(place, mail, when="cron 0 0 1 1 *")
        done = [place.run("alert", "send"), place.run("crawl"), place.run("status")]

    assert [one.returncode for one in done] == [0, 0, 0], done[0].stderr + done[1].stderr
    assert done[0].stdout == "0 alerts sent in 0 messages, 0 waiting, 0 failed, 3 owed for later\n"
    assert "alerts: 3 owed, 0 held, 0 failed" in done[2].stdout


@pytest.mark.long
def test_an_interrupt_waits_only_some_seconds_for_an_answer_and_says_so(tmp_path: Path) -> None:
    """A server may take minutes; what is in the air then is owed, and goes out again."""
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from monitor.cli.app import main; main()"
    with MailReceiver() as mail:
        place = make_place(tmp_path, MAIL=mail.url)
        owe(place, mail, when="at once")
        mail.answer = Reply.HANG
        command = [sys.executable, "-c", program, *place.command("alert", "send")[3:]]
        process = subprocess.Popen(command, env=place.environment(), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: mail.attempts == 1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, told = process.communicate(timeout=30)
        took_s = time.monotonic() - began

    assert took_s < 5
    assert process.returncode == EXIT_INTERRUPTED
    assert "a message is in the air: waiting up to" in told
    assert [alert["state"] for alert in json.loads(place.run("alert", "list", "--json").stdout)] == ["owed"] * 3


def test_what_is_held_is_sent_once_it_is_let_go_and_only_then(tmp_path: Path) -> None:
    """R15."""
    with MailReceiver() as mail:
        place = make_place(tmp_path, MAIL=mail.url)
        owe(place, mail, when="at once")
        with closing(open_archive(place.archive)) as database, transaction(database):
            hold_announcements(database, [1, 2, 3])
        done = [place.run("alert", "send", *said) for said in ((), ("--held",), ("--held",))]

    assert [one.stdout.partition(",")[0] for one in done] == [
        "0 alerts sent in 0 messages", "3 alerts sent in 1 message", "0 alerts sent in 0 messages",
    ]  # fmt: skip
    assert mail.attempts == 1


def test_tables_are_folded_only_where_there_is_an_edge(tmp_path: Path) -> None:
    """In a file or a mail from cron a day stays in one piece, however long the ids are."""
    place, name = make_place(tmp_path, COLUMNS=""), "ca-an-office-with-a-name-as-long-as-ids-are-rarely"
    write_source(place, name, "https://www.example.org", 'feeds = ["https://www.example.org/feed"]')

    shown = place.run("source", "list").stdout

    assert re.search(rf"^{name} +[A-Z]+ +[a-z-]+ .* new +never", shown, re.MULTILINE), shown
    assert find_width(is_terminal=True, columns=None) is None
    assert find_width(is_terminal=False, columns="80") is None


def test_the_version_is_told() -> None:
    done = subprocess.run([sys.executable, "-m", "monitor", "--version"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout.split()[0]) == (0, "govwatch")


def test_a_backup_is_whole_and_never_overwrites(crawled: tuple[Place, Site], tmp_path: Path) -> None:
    """R38."""
    place, _ = crawled
    copy = tmp_path / "copy.db"

    assert place.run("backup", str(copy)).returncode == 0
    assert place.run("backup", str(copy)).returncode == 2
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM announcements").fetchone() == (5,)
    connection.close()


def test_doctor_finds_and_mends_a_search_index_that_differs(crawled: tuple[Place, Site]) -> None:
    """R41."""
    place, _ = crawled
    assert place.run("doctor").returncode == 0
    with sqlite3.connect(place.archive) as connection:
        connection.execute("DELETE FROM search WHERE rowid = 1")
    connection.close()

    broken, mended = place.run("doctor"), place.run("doctor", "--rebuild-search")

    assert (broken.returncode, mended.returncode) == (1, 0)
    assert "--rebuild-search" in broken.stderr


def test_check_lists_every_fault_and_nothing_starts(tmp_path: Path) -> None:
    """R5, R30: file, line, key and what was expected; exit 2; nothing is fetched or written."""
    place = make_place(tmp_path)
    place.write("settings.toml", 'contact = "nobody"\ncolour = "red"\n')
    place.write("sources/one.toml", 'name = "One"\n')
    place.write(
        "watches.toml",
        '[[watch]]\nname = "A"\nquery = \'"digital\'\n\n[[watch]]\nname = "B"\nany = []\n\n'
        '[[watch]]\nname = "C"\nany = ["x"]\nchannels = ["nowhere"]\nsources = ["two"]\n',
    )
    place.write("channels.toml", '[channels.team]\nurls = ["${GOVWATCH_TEST_MISSING}"]\n')

    for command in (["check"], ["crawl"], ["run"], ["source", "list"]):
        done = place.run(*command)
        assert done.returncode == 2
        for place_and_key in (
            "settings.toml:1: contact",
            "settings.toml:2: colour: unknown key",
            "sources/one.toml: country: is missing",
            "watches.toml:3: watch[1].query",
            "watches.toml:7: watch[2].any",
            "watches.toml:12: watch[3].channels[1]",
            "watches.toml:13: watch[3].sources[1]",
            "the environment variable GOVWATCH_TEST_MISSING is not set",
        ):
            assert place_and_key in done.stderr
    assert not place.archive.exists()
    assert len(json.loads(place.run("check", "--json").stdout)["faults"]) >= 8


def test_init_writes_a_configuration_that_passes_check_and_overwrites_nothing(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)

    first = place.run("init", str(tmp_path / "config"), "--contact", "ops@example.org")
    second = place.run("init", str(tmp_path / "config"))
    wrong = place.run("init", str(tmp_path / "other"), "--contact", "nobody")

    assert (first.returncode, second.returncode, wrong.returncode) == (0, 2, 2)
    checked = place.run("check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "2 sources enabled, 0 disabled; 1 watch, 0 channels" in checked.stdout
    assert not (tmp_path / "other").exists()


def test_init_takes_as_much_of_the_catalogue_as_is_asked_for(tmp_path: Path) -> None:
    """What is written passes `check`; what cannot be meant writes nothing."""
    place = Place(folder=tmp_path)
    shipped = {path.name for path in (ROOT / "config" / "sources").glob("*.toml")}

    some = place.run("init", str(tmp_path / "some"), "--country", "gb", "--contact", "ops@example.org")
    whole = place.run("init", str(tmp_path / "config"), "--all", "--contact", "ops@example.org")
    refused = [
        place.run("init", str(tmp_path / "no"), *said) for said in (["--country", "ZZ"], ["--all", "--country", "GB"])
    ]

    assert (some.returncode, whole.returncode) == (0, 0)
    assert {path.name for path in (tmp_path / "some" / "sources").iterdir()} == {
        name for name in shipped if name.startswith("gb-")
    }
    assert {path.name for path in (tmp_path / "config" / "sources").iterdir()} == shipped
    assert (place.run("check").returncode, place.run("check").stderr) == (0, "")
    assert [done.returncode for done in refused] == [2, 2]
    assert not (tmp_path / "no").exists()


def test_init_writes_the_ready_made_watches_that_are_asked_for(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)

    done = place.run(
        "init", str(tmp_path / "config"), "--contact", "ops@example.org", "--watches", "fr", "--watches", "it"
    )
    refused = place.run("init", str(tmp_path / "no"), "--watches", "de")

    assert "16 watches" in done.stdout
    assert place.run("check").returncode == 0
    assert (refused.returncode, (tmp_path / "no").exists()) == (2, False)


def test_alert_test_takes_the_real_path_and_fails_when_the_channel_refuses(tmp_path: Path) -> None:
    """R11."""
    with MailReceiver() as mail, HookReceiver() as hook:
        place = make_place(tmp_path, MAIL=mail.url, HOOK=hook.url)
        place.write("channels.toml", '[channels.team]\nurls = ["${MAIL}", "${HOOK}"]\n')
        assert place.run("alert", "test", "team").returncode == 0
        assert (len(mail.messages), len(hook.messages)) == (1, 1)
        mail.answer = Reply.REFUSE
        refused = place.run("alert", "test", "team")
        unknown = place.run("alert", "test", "nobody")

    assert (refused.returncode, unknown.returncode) == (1, 2)
    assert "refused: " in refused.stdout
    assert "there are: team" in unknown.stderr


def test_a_secret_in_an_address_shows_nowhere(tmp_path: Path) -> None:
    """R37: no output, no table; whatever fails. The addresses of a channel are told apart without."""
    with Site() as site, HookReceiver() as hook:
        publish(site, range(3))
        hook.answer = Reply.REFUSE
        place = make_place(tmp_path, HOOK=f"json://user:{CANARY}@127.0.0.1:{hook.port}/hooks/{CANARY}")
        write_source(place, "one", site.url()[:-1], f'feeds = ["{site.url("/feed")}"]')
        place.write("channels.toml", '[channels.team]\nurls = ["${HOOK}", "${HOOK}?method=put"]\n')
        place.write("watches.toml", '[[watch]]\nname = "A"\nany = ["agreement"]\nchannels = ["team"]\n')
        place.run("crawl")
        publish(site, range(4))
        with closing(sqlite3.connect(place.archive)) as reader:
            reader.execute("SELECT count(*) FROM alerts")  # from now on, what is written stays beside the file
            outputs = [
                place.run(*command)
                for command in (
                    ["crawl"],
                    ["alert", "list"],
                    ["alert", "test", "team"],
                    ["status"],
                    ["check"],
                    ["watch", "list"],
                    ["explain", site.url("/3")],
                )
            ]
            written = {path.name: path.read_bytes() for path in place.folder.glob("govwatch.db*")}

    assert hook.attempts >= 2
    shown = "".join(done.stdout + done.stderr for done in outputs)
    assert re.search(r"^1 +owed +A +team json 1 ", outputs[1].stdout, re.MULTILINE)
    assert "; owed to team json 1, due " in outputs[-1].stdout
    assert CANARY not in shown
    assert set(written) >= {"govwatch.db", "govwatch.db-wal"}
    assert not [name for name, content in written.items() if CANARY.encode() in content]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["crawl", "nowhere"], "no source “nowhere”"),
        (["search", "x"], "there is no archive yet"),
        (["alert", "list", "--state", "lost"], "expected owed, sent, failed, held"),
        (["explain", "https://example.org/"], "there is no archive yet"),
        (["explain", "https://example.org:99999/"], "expected an address such as"),
        (["doctor"], "there is no archive yet"),
    ],
)
def test_wrong_use_says_what_to_do(tmp_path: Path, arguments: list[str], said: str) -> None:
    place = make_place(tmp_path)
    write_source(place, "one", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/feed"]')

    done = place.run(*arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_archive_is_left_alone(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    write_source(place, "one", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/feed"]')
    place.archive.write_text("not a database, but precious" * 100)

    done = place.run("crawl")

    assert done.returncode == 2
    assert "Is it a govwatch archive?" in done.stderr
    assert place.archive.read_text() == "not a database, but precious" * 100


def test_a_source_that_fails_makes_crawl_and_status_exit_1(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    write_source(place, "one", "http://127.0.0.1:1", 'feeds = ["http://127.0.0.1:1/feed"]')

    assert place.run("crawl").returncode == 1
    status = place.run("status")
    assert status.returncode == 1
    assert "0 of 1 sources are well" in status.stdout
    assert "1 of these was never fetched live from here so far" in status.stdout


def test_a_shell_finds_govwatch_as_the_demo_says_although_no_environment_is_activated() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{write_path_export()}\ngovwatch --version"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout[:9]) == (0, "govwatch "), done.stderr


@pytest.mark.long
def test_the_demo_goes_as_expected_and_says_so() -> None:
    done = subprocess.run(
        [*Place(folder=ROOT).command("demo")[:3], "demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "COLUMNS": "120"},
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "NOT AS EXPECTED" not in done.stdout
    assert "0 against anybody's robots.txt" in done.stdout
    assert "Subject: " in done.stdout
