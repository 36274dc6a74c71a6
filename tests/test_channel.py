"""What config/channels.toml may say, and what never leaves an address."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from crawler.configuration import Fault
from monitor.channel import Address, Channel, find_secrets, read_channels, redact
from monitor.due import Hours, QuietHours

CANARY = "CanarySecret42"


def read(folder: Path, text: str, **environ: str) -> tuple[tuple[Channel, ...], list[str]]:
    """The channels in `text`, and its faults without the name of the file."""
    path = folder / "channels.toml"
    path.write_text(text, encoding="utf-8")
    channels, faults = read_channels(path, environ)
    return channels, [str(fault).removeprefix(f"{path}:").strip() for fault in faults]


def read_address(folder: Path, url: str) -> Address:
    channels, faults = read(folder, '[channels.team]\nurls = ["${HERE}"]', HERE=url)
    assert not faults
    return channels[0].addresses[0]


def test_no_file_means_no_channels(tmp_path: Path) -> None:
    assert read_channels(tmp_path / "channels.toml", {}) == ((), ())


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[channels]\n"])
def test_a_file_without_channels_is_valid(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ((), [])


def test_a_channel_has_an_address_per_entry_with_secrets_from_the_environment(tmp_path: Path) -> None:
    text = '[channels.policy-team]\nnote = "the team"\nurls = ["${MAIL}", "slack://${TOKEN}/B/C"]\n'

    (channel,), faults = read(tmp_path, text, MAIL=" mailtos://u:p@example.org\n", TOKEN="T1")

    assert not faults
    assert (channel.name, channel.note) == ("policy-team", "the team")
    mail, slack = channel.addresses
    assert mail.url.get_secret_value() == "mailtos://u:p@example.org"
    assert slack.url.get_secret_value() == "slack://T1/B/C"
    assert (mail.channel, mail.template, mail.label) == ("policy-team", "${MAIL}", "policy-team mailtos 1")
    assert slack.label == "policy-team slack 2"


def test_a_channel_has_hours(tmp_path: Path) -> None:
    text = """[channels.team]
urls = ["json://x/y"]
time_zone = "America/Toronto"
working_days = "Mon-Thu"
quiet_hours = "20:00-07:00"
holidays = "CA-ON"
canary = "weekly Mon 07:00"
"""
    (channel,), faults = read(tmp_path, text)

    assert not faults
    assert channel.hours == Hours(
        time_zone="America/Toronto",
        working_days=frozenset({0, 1, 2, 3}),
        quiet=QuietHours(begins=time(20), ends=time(7)),
        holidays="CA-ON",
    )
    assert str(channel.canary) == "weekly Mon 07:00"


def test_the_id_of_an_address_outlives_its_secret(tmp_path: Path) -> None:
    text = '[channels.team]\nurls = ["${MAIL}"]'

    (before,), _ = read(tmp_path, text, MAIL="mailtos://u:old@example.org")
    (after,), _ = read(tmp_path, text, MAIL="mailtos://u:new@example.org")

    assert before.addresses[0].id == after.addresses[0].id
    assert len(before.addresses[0].id) == 8


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[channels.team]\nurls = []", "2: channels.team.urls: expected at least one entry"),
        ("[channels.team]\nnote = 'x'", "1: channels.team: expected urls or feeds"),
        ("[channels.team]\nurls = ['json://x/y']\ncolour = 'red'", "3: channels.team.colour: unknown key"),
        ("[channel.team]\nurls = ['json://x/y']", "channel: unknown key"),
        (
            "[channels.team]\nurls = ['json://x/y']\ntime_zone = 'Europe/Lodnon'",
            "3: channels.team.time_zone: there is no",
        ),
        (
            "[channels.team]\nurls = ['json://x/y']\nworking_days = 'all'",
            "3: channels.team.working_days: expected a day",
        ),
        ("[channels.team]\nurls = ['json://x/y']\nquiet_hours = '8'", "3: channels.team.quiet_hours: expected hours"),
        ("[channels.team]\nurls = ['json://x/y']\nholidays = 'UK'", "3: channels.team.holidays: no public holidays"),
        ("[channels.team]\nurls = ['json://x/y']\ncanary = 'at once'", '3: channels.team.canary: expected "daily'),
        ("[channels.'a b']\nurls = ['json://x/y']", "channels.a b: expected a name of letters"),
        ("[channels.team]\nurls = ['${MISSING}']", "2: channels.team.urls[1]: the environment variable MISSING is not"),
        ("[channels.team]\nurls = ['${EMPTY}']", "2: channels.team.urls[1]: the environment variable EMPTY is empty"),
        ("[channels.team]\nurls = ['${bad name}']", "2: channels.team.urls[1]: expected ${NAME}"),
        ("[channels.team]\nurls = ['policy@example.org']", "2: channels.team.urls[1]: expected an Apprise address"),
        ("[channels.team]\nurls = ['${TWO}']", "2: channels.team.urls[1]: expected an Apprise address"),
        ("[channels.team]\nurls = ['json://x/y', '${SAME}']", "2: channels.team.urls[2]: is the same address as one"),
        ("channels = 3", "1: channels: expected a table"),
        ("[channels", "not valid TOML"),
    ],
)
def test_a_fault_names_its_place_and_what_was_expected(tmp_path: Path, text: str, expected: str) -> None:
    channels, faults = read(tmp_path, text, EMPTY=" ", TWO="json://x/y json://x/z", SAME="json://x/y")

    assert channels == ()
    assert len(faults) == 1
    assert expected in faults[0]


def test_every_fault_is_listed_and_the_other_channels_are_read(tmp_path: Path) -> None:
    text = "[channels.a]\nurls = ['${ONE}', '${TWO}']\n[channels.b]\nurls = ['json://x/y']\n[channels.c]\nurls = 3\n"

    channels, faults = read(tmp_path, text)

    assert [channel.name for channel in channels] == ["b"]
    assert len(faults) == 3


def test_a_fault_never_shows_the_value_of_a_variable(tmp_path: Path) -> None:
    """R37: not even when the value is no address at all."""
    _, faults = read(tmp_path, "[channels.team]\nurls = ['${HERE}']", HERE=CANARY)

    assert len(faults) == 1
    assert CANARY not in faults[0]


def test_an_address_shows_its_secret_nowhere(tmp_path: Path) -> None:
    """R37."""
    address = read_address(tmp_path, f"mailtos://user:{CANARY}@example.org")

    for shown in (repr(address), str(address), f"{address.url}", repr(Channel(name="team", addresses=(address,)))):
        assert CANARY not in shown
    assert address.fault(f"refused {CANARY}") == Fault(
        file=str(tmp_path / "channels.toml"), key="channels.team.urls[1]", line=2, message="refused ***"
    )


@pytest.mark.parametrize(
    "url",
    [
        f"mailtos://user:{CANARY}@smtp.example.org",
        f"mailtos://{CANARY}@smtp.example.org:587/policy@example.org",
        f"mailtos://smtp.example.org?user=me&pass={CANARY}&to=a@example.org",
        f"mailtos://smtp.example.org?to=a@example.org,{CANARY}@example.org",
        f"mailtos://smtp.example.org?to=a@example.org&cc=Policy%20team<{CANARY}@example.org>",
        f"mailtos://smtp.example.org/a@example.org/Policy:{CANARY}@example.org",
        f"slack://{CANARY}/B/C",
        f"slack://A/B/{CANARY}/#general",
        f"json://example.org/hooks/{CANARY}?+X-Token=x",
        f"json://example.org/hooks?+X-Token={CANARY}",
        f"json://example.org?{CANARY}",
    ],
)
@pytest.mark.parametrize("said", ["550 <{}> refused", "POST /{} HTTP/1.1", "b'{}'", "LOGIN {}"])
def test_a_secret_is_hidden_wherever_it_stands_in_the_address(url: str, said: str) -> None:
    """R37."""
    for secret in (CANARY, CANARY.lower()):
        assert redact(said.format(secret), find_secrets(url)) == said.format("***").replace("***@example.org", "***")


@pytest.mark.parametrize(
    ("written", "repeated"),
    [
        ("p%40ss%2Fw%20rd", "p@ss/w rd"),
        ("p%40ss%2Fw%20rd", "p%40ss%2Fw+rd"),
        ("p@ss:w", "p%40ss%3Aw"),
        ("pässwörd", "p\\xc3\\xa4ssw\\xc3\\xb6rd"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_a_password_is_hidden_however_a_library_repeats_it(written: str, repeated: str) -> None:
    """R37: as typed, decoded, encoded, or as Python prints it."""
    assert redact(f"could not log in with {repeated}!", find_secrets(f"mailtos://me:{written}@example.org")) == (
        "could not log in with ***!"
    )


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["=", ""])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("json://hook-user:CanarySecret42%3F>~@example.org/x", "hook-user:CanarySecret42?>~"),
        ("json://jürgen:CanarySecret42é@example.org/x", "jürgen:CanarySecret42é"),
        ("mailtos://me:CanarySecret42@example.org", "\0me\0CanarySecret42"),
        ("mailtos://me:CanarySecret42@example.org:587", "\0me@example.org\0CanarySecret42"),
        ("mailtos://smtp.example.org?user=me&pass=Canary%20Secret", "\0me\0Canary Secret"),
        ("mailtos://me:CanarySecret42@example.org", "CanarySecret42"),
        ("mailtos://somebody:CanarySecret42@example.org", "somebody"),
        ("json://CanarySecret42@example.org/x", "CanarySecret42:None"),
        ("json://CanarySecret42@example.org/x", "CanarySecret42:"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_login_is_hidden_in_base64(
    url: str, said: str, encoding: str, encode: Callable[[bytes], bytes], padding: str
) -> None:
    """R37: servers repeat the header of a request, or the line that they refuse."""
    repeated = encode(said.encode(encoding)).decode().rstrip("=" if not padding else "")

    assert redact(f"500 Authorization: Basic {repeated}, sorry", find_secrets(url)) == (
        "500 Authorization: Basic ***, sorry"
    )


def test_the_longest_secret_is_hidden_first_so_that_none_shows_in_part() -> None:
    assert redact("token-extended", {"token", "token-extended"}) == "***"


def test_ordinary_words_and_short_pieces_stay_readable() -> None:
    secrets = find_secrets("mailtos://127.0.0.1:587?mode=starttls&format=text&to=a@example.org")

    assert redact("STARTTLS to 127.0.0.1 failed: text refused", secrets) == "STARTTLS to 127.0.0.1 failed: text refused"
    assert redact("nothing to hide", ()) == "nothing to hide"
