"""Feeds per watch as files: valid, escaped, replaced whole, and served by the outbox like any address."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import html

from crawler.source import SourceKind
from monitor.addresses import expand_addresses
from monitor.archive.worker import ArchiveWorker
from monitor.channel import read_channels
from monitor.deliver import send
from monitor.digest import AlertItem, Telling
from monitor.due import Hours, parse_quiet_hours
from monitor.feeds import Feed, FeedItem, publish, write_atom, write_json_feed
from monitor.message import compose_trial
from monitor.outbox import DeliveryJob, Dispatch, begin_feeds, deliver_due
from monitor.watch import Watch
from tests.archives import NOW, Archive, make_announcement, write_report
from tests.test_message import HOSTILE_TITLES

MADE_AT = datetime(2017, 10, 13, 9, 30, tzinfo=UTC)
WATCH = Watch(name="Agreements", any=("memorandum of understanding",), channels=("team",), when="weekly Mon 08:00 UTC")


def item(number: int = 1, **changes: Any) -> FeedItem:
    values: dict[str, Any] = {
        "alert_id": number,
        "watch": "Agreements",
        "title": f"UK and Canada sign MoU {number}",
        "url": f"https://example.org/{number}",
        "outlet": "GDS blog",
        "country": "GB",
        "published_on": date(2017, 10, 13),
        "first_seen_at": MADE_AT,
        "story": f"story {number}",
        "terms": ("memorandum of understanding",),
        "snippet": (("They signed a ", False), ("memorandum of understanding", True)),
    }
    return FeedItem(item=AlertItem(**{**values, **changes}), owed_at=MADE_AT + timedelta(hours=number))


def make_feed(*items: FeedItem, watch: str = "Agreements", folder: Path = Path()) -> Feed:
    return Feed(watch=watch, folder=folder, items=items, made_at=MADE_AT)


def test_an_atom_feed_says_what_the_alerts_say() -> None:
    parsed = feedparser.parse(write_atom(make_feed(item(2), item(1))))

    assert not parsed.bozo
    assert (parsed.version, parsed.feed.title, parsed.feed.updated) == (
        "atom10",
        "Agreements",
        "2017-10-13T11:30:00.000Z",
    )
    first = parsed.entries[0]
    assert (first.title, first.link) == ("UK and Canada sign MoU 2 (GDS blog)", "https://example.org/2")
    assert first.updated == "2017-10-13T11:30:00.000Z"
    assert "They signed a <strong>memorandum of understanding</strong>" in first.content[0].value
    assert "Why: watch “Agreements” found “memorandum of understanding”." in first.content[0].value


def test_a_json_feed_says_the_same() -> None:
    feed = make_feed(item(1))
    document = json.loads(write_json_feed(feed))

    assert (document["version"], document["title"]) == ("https://jsonfeed.org/version/1.1", "Agreements")
    (one,) = document["items"]
    assert (one["title"], one["url"]) == ("UK and Canada sign MoU 1 (GDS blog)", "https://example.org/1")
    assert one["tags"] == ["memorandum of understanding"]
    assert one["id"] == feedparser.parse(write_atom(feed)).entries[0].id


def test_a_story_stays_one_entry_when_another_announcement_comes_to_lead_it() -> None:
    before, after = (make_feed(one) for one in (item(1), item(1, url="https://example.org/official", title="Official")))

    assert feedparser.parse(write_atom(before)).entries[0].id == feedparser.parse(write_atom(after)).entries[0].id


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES.keys())
def test_hostile_text_is_escaped_in_both(title: str) -> None:
    """R34."""
    also = (Telling(title=title, url=title, outlet=title, kind=SourceKind.NEWSROOM),)
    changes: dict[str, Any] = dict.fromkeys(("title", "outlet", "watch", "country"), title)
    feed = make_feed(item(1, **changes, terms=(title,), snippet=((title, True),), also=also), watch=title)

    parsed = feedparser.parse(write_atom(feed), sanitize_html=False)
    (one,) = json.loads(write_json_feed(feed))["items"]

    assert not parsed.bozo
    contents = (parsed.entries[0].content[0].value, one["content_html"])
    for content in contents:
        tags = {element.tag for element in html.fragment_fromstring(content, create_parent="div").iter()}
        assert tags <= {"div", "p", "blockquote", "strong", "a"}
        assert "javascript:" not in {
            link for *_, link, _ in html.fragment_fromstring(content, create_parent="div").iterlinks()
        }


def test_two_watches_never_share_a_file_and_no_name_leaves_the_folder(tmp_path: Path) -> None:
    """R38."""
    names = ["Digital ID", "digital id", "digital-id", "../../etc/passwd", "数字政府", "…", "é" * 300]
    stems = {make_feed(watch=name, folder=tmp_path).stem for name in names}

    assert len(stems) == len(names)
    assert {stem.parent for stem in stems} == {tmp_path}
    assert max(len(stem.name) for stem in stems) < 80


def test_a_feed_is_replaced_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    feed = make_feed(item(1), folder=tmp_path / "out")

    assert [publish(feed).accepted, publish(feed).accepted] == [True, True]
    assert sorted((tmp_path / "out").iterdir()) == sorted(feed.paths)


def test_a_folder_that_cannot_be_written_may_be_mended(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    delivery = publish(make_feed(item(1), folder=tmp_path / "out"))

    assert (delivery.accepted, delivery.passing) == (False, True)
    assert "out cannot be written" in delivery.detail


def run(path: Path, job_watches: list[Watch], *, at: datetime) -> Dispatch:
    channels, faults = read_channels(path / "channels.toml", {})
    assert not faults
    with ArchiveWorker(path / "a.db") as worker:
        job = DeliveryJob(
            archive=worker,
            channels=expand_addresses(channels).channels,
            items_per_message=20,
            timeout_s=3,
            clock=lambda: at,
            watches={watch.name: watch for watch in job_watches},
        )

        async def work() -> None:
            await begin_feeds(job)
            await deliver_due(job)

        asyncio.run(work())
    return job.result


def test_alerts_to_a_folder_become_feeds_at_once_and_are_sent(tmp_path: Path) -> None:
    """Whatever the schedule and the hours: a feed disturbs nobody."""
    (tmp_path / "channels.toml").write_text('[channels.team]\nfeeds = "out"\n', encoding="utf-8")
    (channel,), _ = read_channels(tmp_path / "channels.toml", {})
    channel = replace(channel, hours=Hours(quiet=parse_quiet_hours("00:00-23:59")))
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=[channel])
    archive.take(write_report())
    empty = run(tmp_path, [WATCH], at=archive.at)
    (atom, _) = make_feed(watch="Agreements", folder=tmp_path / "out").paths
    assert feedparser.parse(atom.read_bytes()).entries == []
    for number in range(3):
        archive.take(write_report(make_announcement(f"/{number}")))
        run(tmp_path, [WATCH], at=archive.at)
    states = archive.values("SELECT DISTINCT state FROM alerts")
    archive.database.close()

    assert (empty.sent, states) == (0, ["sent"])
    links = [entry.link for entry in feedparser.parse(atom.read_bytes()).entries]
    assert links == [f"https://example.org/{number}" for number in (2, 1, 0)]


def test_alerts_wait_while_the_folder_cannot_be_written(tmp_path: Path) -> None:
    """R3."""
    (tmp_path / "channels.toml").write_text('[channels.team]\nfeeds = "out"\n', encoding="utf-8")
    channels, _ = read_channels(tmp_path / "channels.toml", {})
    archive = Archive(tmp_path / "a.db", watches=[WATCH], channels=channels)
    archive.take(write_report())
    archive.take(write_report(make_announcement("/a")))
    (tmp_path / "out").write_text("a file")

    refused = run(tmp_path, [WATCH], at=archive.at)
    (tmp_path / "out").unlink()
    mended = run(tmp_path, [WATCH], at=NOW + timedelta(days=1))
    archive.database.close()

    assert (refused.waiting, mended.sent) == (1, 1)


def test_a_test_of_the_channel_tries_the_folder(tmp_path: Path) -> None:
    """R11."""
    (tmp_path / "channels.toml").write_text('[channels.team]\nfeeds = "out"\n', encoding="utf-8")
    (channel,), _ = read_channels(tmp_path / "channels.toml", {})
    (address,) = channel.addresses
    trial = compose_trial("team", at=NOW)

    assert send(address, trial).accepted
    assert list((tmp_path / "out").iterdir()) == []
    (tmp_path / "out").rmdir()
    (tmp_path / "out").write_text("a file")
    assert not send(address, trial).accepted
