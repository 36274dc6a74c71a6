"""`alert list | retry | send | test`: what is owed, and the means to push it."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from crawler.counting import write_number
from monitor.archive.alerts import list_alerts, release_held, retry_alerts
from monitor.archive.connection import reading
from monitor.channel import Channel, label_addresses
from monitor.cli.output import complain, print_json, say
from monitor.cli.places import (
    EXIT_PARTLY_FAILED,
    Places,
    archive_path,
    find_configuration,
    find_sound_configuration,
    read_places,
)
from monitor.cli.tables import print_rows
from monitor.cli.working import open_for_work, show_dispatch
from monitor.clock import now, write_minute
from monitor.configuration import Configuration, read_configuration
from monitor.deliver import find_limit, send
from monitor.errors import GovwatchError
from monitor.installation import Installation
from monitor.locks import writing
from monitor.message import compose_trial
from monitor.outbox import Dispatch
from monitor.replay import Span

STATES = ("owed", "sent", "failed", "held")


class ChannelNotFound(GovwatchError):
    """A channel was named that channels.toml does not have."""


class SpanUnclear(GovwatchError):
    """A span of time was named that cannot be meant."""


class StateUnknown(GovwatchError):
    """An alert state was named that does not exist."""


def show_alerts(places: Places, *, state: str | None, watch: str | None, limit: int, as_json: bool) -> int:
    if state is not None and state not in STATES:
        raise StateUnknown(f"no alert state “{state}”: expected {', '.join(STATES)}")
    configuration = find_configuration(places) if as_json else find_sound_configuration(places)
    with reading(archive_path(places, configuration)) as database:
        rows = list_alerts(database, state=state, watch=watch, limit=limit + 1)
    labels = label_addresses(configuration.channels) if configuration else {}
    shown = rows[:limit] if as_json else _write_for_people(rows[:limit], labels)
    columns = ("id", "state", "watch", "channel", "attempts", "owed_at", "sent_at", "title")
    print_rows(shown, columns, as_json=as_json, empty="No such alert.", remark="last_error")
    if len(rows) > limit:
        complain(f"There are more: these are the newest {limit} (--limit).")
    return 0


def _write_for_people(rows: Sequence[Mapping[str, Any]], labels: Mapping[tuple[str, str], str]) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "channel": labels.get((row["channel"], row["address"]), row["channel"]),
            "owed_at": write_minute(row["owed_at"]),
            "sent_at": write_minute(row["sent_at"]),
        }
        for row in rows
    ]


def retry(places: Places, ids: list[int] | None) -> int:
    configuration, archive = read_places(places)
    with writing(archive, say=complain), open_for_work(configuration, archive) as installation:
        count = asyncio.run(installation.archive.write(partial(retry_alerts, alert_ids=ids or None, at=now())))
    are_due = f"{write_number(count, 'alert')} {'is' if count == 1 else 'are'} due now"
    say(f"{are_due}; `govwatch alert send` or a running `govwatch run` delivers them")
    return EXIT_PARTLY_FAILED if ids and count < len(set(ids)) else 0


def send_due(places: Places, *, held: bool, as_json: bool) -> int:
    configuration, archive = read_places(places)
    with writing(archive, say=complain), open_for_work(configuration, archive) as installation:
        dispatch = asyncio.run(_send(installation, held=held))
    if as_json:
        print_json(asdict(dispatch))
    else:
        show_dispatch(dispatch)
    return EXIT_PARTLY_FAILED if dispatch.waiting or dispatch.failed else 0


async def _send(installation: Installation, *, held: bool) -> Dispatch:
    await installation.prepare()
    if held:
        await installation.archive.write(partial(release_held, at=now()))
    return await installation.deliver()


def send_again(places: Places, name: str, *, since: str, until: str | None, as_json: bool) -> int:
    """Sends what a channel was sent in a span of time once more, marked as a replay."""
    configuration, archive = read_places(places)
    channel = _find_channel(configuration, name)
    span = _read_span(since, until, ZoneInfo(channel.hours.time_zone))
    with writing(archive, say=complain), open_for_work(configuration, archive) as installation:
        dispatch = asyncio.run(installation.replay(channel, span))
    if as_json:
        print_json(asdict(dispatch))
    else:
        sent, messages = write_number(dispatch.sent, "alert"), write_number(dispatch.messages, "message")
        say(f"{sent} sent again in {messages}, {dispatch.failed} refused")
        for error in dispatch.errors:
            complain(f"not delivered: {error}")
    return EXIT_PARTLY_FAILED if dispatch.failed else 0


def _read_span(since: str, until: str | None, place: ZoneInfo) -> Span:
    begins = _read_moment(since, place)
    ends = _read_moment(until, place) if until else now()
    if begins >= ends:
        raise SpanUnclear(f"the span ends before it begins: {since} until {until or 'now'}")
    return Span(since=begins, until=ends, described=f"from {since} until {until or 'now'}")


def _read_moment(text: str, place: ZoneInfo) -> datetime:
    """A day or a moment, by the clock of the channel unless it names an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SpanUnclear(f"expected a day or moment such as 2026-03-02 or 2026-03-02T08:00, not {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=place)


def _find_channel(configuration: Configuration, name: str) -> Channel:
    channel = next((channel for channel in configuration.channels if channel.name == name), None)
    if channel is None:
        known = ", ".join(one.name for one in configuration.channels) or "none"
        raise ChannelNotFound(f"no channel “{name}” in {configuration.folder / 'channels.toml'}; there are: {known}")
    return channel


def send_test(places: Places, name: str) -> int:
    """Hands a test message to each address of a channel by the way that alerts go (R11)."""
    configuration = read_configuration(places.config, os.environ)
    channel = _find_channel(configuration, name)
    failed = False
    for address in channel.addresses:
        trial = compose_trial(name, at=now(), limit=find_limit(address))
        delivery = send(address, trial, timeout_s=configuration.settings.alerts.send_timeout_s)
        failed |= not delivery.accepted
        say(f"{address.label}: {'accepted' if delivery.accepted else f'refused: {delivery.detail}'}")
    return EXIT_PARTLY_FAILED if failed else 0
