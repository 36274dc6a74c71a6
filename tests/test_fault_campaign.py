"""The fault campaign: over a thousand deliveries under every fault, none lost and none repeated but by a kill (R1 to R4, R8).

Real mail servers and webhooks on loopback that refuse, hang, break off, are not there, and come back; SIGKILL at random
moments; both changes of clocks, the end of a year, and three days off. The clock is given, and so is chance.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.archive.alerts import retry_alerts
from monitor.archive.connection import transaction
from monitor.digest import write_day
from monitor.receivers import Answer, HookReceiver, MailReceiver
from tests.archives import Archive, make_announcement, write_report
from tests.delivering import Deliverer

pytestmark = pytest.mark.long

LONDON = ZoneInfo("Europe/London")
CHANNELS = """
[channels.team]
urls = ["${MAIL}", "${HOOK}", "${JSON}"]
[channels.office]
urls = ["${OFFICE}"]
time_zone = "Europe/London"
working_days = "Mon-Fri"
quiet_hours = "20:00-07:00"
holidays = "GB-ENG"
"""
WATCHES = "".join(
    f'[[watch]]\nname = "{name}"\nany = ["memorandum of understanding"]\nchannels = ["team", "office"]\n{more}\n'
    for name, more in (
        ("Now", 'when = "at once"'),
        ("Daily", 'when = "daily 01:30 Europe/London"'),
        ("Weekly", 'when = "weekly Mon 08:00 America/Toronto"'),
        ("Cron", 'when = "cron 30 2,14 * * * America/Toronto"'),
    )
)
# Around each change of clocks in London and Toronto in 2026, and the end of the year.
SEASONS = (
    datetime(2026, 3, 6, 3, tzinfo=UTC),
    datetime(2026, 3, 27, 3, tzinfo=UTC),
    datetime(2026, 10, 23, 3, tzinfo=UTC),
    datetime(2026, 10, 30, 3, tzinfo=UTC),
    datetime(2026, 12, 30, 3, tzinfo=UTC),
)
STEPS = 15
STEP = timedelta(hours=5)
OFF_AT, OFF = 8, timedelta(days=3)
KILL_EVERY = 2
LONGEST_LIFE_S = 0.15
# Longer than any wait for another attempt, which is half a day and a fifth of it at most.
LAST_STEP = timedelta(days=1)
MOST_LAST_ROUNDS = 20
FAULTS = (
    *([Answer.ACCEPT] * 10),
    *([Answer.REFUSE_FOR_NOW, Answer.TOO_MANY, Answer.DROP, Answer.DROP_MIDWAY, Answer.AWAY, Answer.DROP_AFTER] * 2),
    Answer.REFUSE,
    Answer.REFUSE_RECIPIENT,
    Answer.HANG,
)
SEEN = re.compile(r"https://example\.org/(?P<page>\d+)\b|Why: watch “(?P<watch>\w+)”")
Told = tuple[str, str, str]
"""Address, watch, page."""


@dataclass(kw_only=True)
class Campaign:
    """What is going on: the receivers, what they took and when, and what happened to those who deliver."""

    deliverer: Deliverer
    archive: Archive
    mail: MailReceiver
    office: MailReceiver
    hook: HookReceiver
    chance: random.Random
    pages: int = 0
    kills: int = 0
    rounds: int = 0
    office_hours: list[datetime] = field(default_factory=list)
    faults: Counter[Answer] = field(default_factory=Counter)

    def publish(self, at: datetime) -> None:
        announcements = []
        for _ in range(self.chance.randint(1, 2)):
            self.pages += 1
            announcements.append(make_announcement(f"/{self.pages}", day=at.date()))
        self.archive.take(write_report(*announcements), at=at)

    def misbehave(self) -> None:
        for receiver in (self.mail, self.office, self.hook):
            receiver.answer = self.chance.choice(FAULTS)
            self.faults[receiver.answer] += 1
        self.mail.unknown = set(self.chance.choice(((), (), ("b@example.org",))))

    def deliver(self, at: datetime) -> None:
        self.rounds += 1
        before = len(self.office.messages)
        if self.rounds % KILL_EVERY == 0:
            self.kills += self.deliverer.deliver_and_be_killed(at, after_s=self.chance.uniform(0, LONGEST_LIFE_S))
        else:
            self.deliverer.deliver(at)
        self.office_hours += [at] * (len(self.office.messages) - before)

    def come_to_an_end(self, at: datetime) -> None:
        """Everybody is well again, and the operator has what was given up tried once more, until nothing is owed.

        One round may not be enough: where a busy machine answers one message after the time limit, all that this
        address is still owed waits for another attempt.
        """
        for receiver in (self.mail, self.office, self.hook):
            receiver.answer = Answer.ACCEPT
        self.mail.unknown = set()
        with transaction(self.archive.database):
            retry_alerts(self.archive.database, None, at=at)
        for number in range(MOST_LAST_ROUNDS):
            self.deliverer.deliver(at + number * LAST_STEP)
            if not any(row["state"] == "owed" for row in self.find_unsent()):
                return

    def find_unsent(self) -> list[dict[str, Any]]:
        """The alerts that are not sent: how many of each address are in which state, and why."""
        return self.archive.rows(
            "SELECT channel, address, state, count(*) AS n, max(attempts) AS attempts, max(due_at) AS due_at, last_error"
            " FROM alert WHERE state <> 'sent' GROUP BY channel, address, state, last_error"
        )

    def read_taken(self) -> list[tuple[str, str, str]]:
        """Every message that was taken: address, what a mailbox knows it by, text."""
        mails = [
            (mail["X-Envelope-To"], str(mail["Message-ID"]), str(mail.get_body(("plain",)).get_content()))  # type: ignore[union-attr]
            for receiver in (self.mail, self.office)
            for mail in receiver.messages
        ]
        return mails + [(post.path, str(SEEN.findall(post.text)), post.text) for post in self.hook.messages]


@contextmanager
def begin(folder: Path) -> Iterator[Campaign]:
    (folder / "channels.toml").write_text(CHANNELS, encoding="utf-8")
    (folder / "watches.toml").write_text(WATCHES, encoding="utf-8")
    with MailReceiver() as mail, MailReceiver() as office, HookReceiver() as hook:
        environ = {
            "MAIL": mail.url_for("a@example.org,b@example.org"),
            "OFFICE": office.url_for("office@example.org"),
            "HOOK": hook.url,
            "JSON": hook.json_url,
        }
        deliverer = Deliverer(folder=folder, environ=environ)
        archive = Archive(deliverer.archive, watches=deliverer.read_watches(), channels=deliverer.read_channels())
        archive.take(write_report(), at=SEASONS[0] - STEP)
        yield Campaign(
            deliverer=deliverer,
            archive=archive,
            mail=mail,
            office=office,
            hook=hook,
            chance=random.Random(20171013),
        )
        archive.database.close()


def run_seasons(campaign: Campaign) -> None:
    for season in SEASONS:
        at = season
        for step in range(STEPS):
            at += OFF if step == OFF_AT else STEP
            campaign.publish(at - STEP / 2)
            campaign.misbehave()
            campaign.deliver(at)
    # A working day, long after the last digest has fallen due.
    campaign.come_to_an_end(datetime(2027, 1, 26, 12, tzinfo=UTC))


def read_told(taken: list[tuple[str, str, str]]) -> Counter[Told]:
    """How often each address was told of each page by each watch; copies of one message count once."""
    told: Counter[Told] = Counter()
    for (address, _), text in {(address, key): text for address, key, text in taken}.items():
        page = ""
        for found in SEEN.finditer(text):
            if found["page"]:
                page = found["page"]
            else:
                told[address, found["watch"], page] += 1
    return told


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with begin(tmp_path_factory.mktemp("campaign")) as campaign:
        run_seasons(campaign)
        yield campaign


def test_nothing_is_lost_and_a_kill_repeats_one_message_at_most(campaign: Campaign) -> None:
    taken = campaign.read_taken()
    told = read_told(taken)
    unsent = campaign.find_unsent()
    states = campaign.archive.rows("SELECT state, count(*) AS n FROM alert GROUP BY state")
    attempts = campaign.archive.values("SELECT count(*) FROM delivery")[0]
    addresses = (
        "a@example.org",
        "b@example.org",
        "office@example.org",
        "/hooks/demotokendemotokendemotoken",
        "/hooks/json",
    )
    watches = ("Now", "Daily", "Weekly", "Cron")
    expected = {
        (to, watch, str(page)) for to in addresses for watch in watches for page in range(1, campaign.pages + 1)
    }
    copies = Counter((address, key) for address, key, _ in taken)
    repeated = sum(times - 1 for times in copies.values())
    print(
        f"{len(expected)} alerts in {len(taken)} messages, {attempts} attempts, {campaign.kills} kills, faults:"
        f" {dict(campaign.faults)}; lost {len(expected - told.keys())}, repeated {repeated}; not sent: {unsent}"
    )
    assert len(expected) >= 1000
    assert campaign.kills >= 25
    assert not unsent, unsent
    assert told.keys() == expected
    assert set(told.values()) == {1}
    assert repeated <= campaign.kills
    assert max(copies.values()) <= 2
    assert states == [{"state": "sent", "n": len(expected)}]


def test_nobody_is_woken(campaign: Campaign) -> None:
    """Not by a digest at half past one, nor by a second attempt, nor by what waited for three days."""
    assert campaign.office_hours
    for at in campaign.office_hours:
        local = at.astimezone(LONDON)
        assert 7 <= local.hour < 20
        assert local.weekday() < 5
        assert write_day(local.date()) not in {"25 December 2026", "28 December 2026", "1 January 2027"}
