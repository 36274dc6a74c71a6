"""The demonstration: the real main job on the press world, twice, with real mail and a webhook, told step by step."""

import asyncio
import os
import shlex
import signal
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from crawler.counting import write_number
from monitor.archive.alerts import find_alert_history
from monitor.archive.announcements import find_by_url
from monitor.archive.worker import ArchiveWorker
from monitor.configuration import Configuration, read_configuration
from monitor.crawling import Round
from monitor.demo.configuration import write_configuration
from monitor.demo.world import PressWorld
from monitor.explain import explain_url
from monitor.installation import Installation, open_installation
from monitor.outbox import Dispatch
from monitor.receivers import HookReceiver, MailReceiver

Say = Callable[[str], None]

MAIL_VARIABLE = "DEMO_MAIL"
HOOK_VARIABLE = "DEMO_HOOK"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that is up while the demonstration runs."""

    world: PressWorld
    mail: MailReceiver
    hook: HookReceiver
    folder: Path
    configuration: Configuration
    archive: ArchiveWorker
    installation: Installation

    @property
    def archive_file(self) -> Path:
        return self.folder / "govwatch.db"


def run_demo(*, serve: bool, say: Say) -> int:
    """Shows the whole of it; 1 when what happened is not what the world says should have. Leaves it up with `serve`."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="govwatch-demo-") as folder, _set_stage(Path(folder), say) as stage:
        surprises = asyncio.run(_play(stage, say))
        say(f"\nThat took {time.monotonic() - began:.1f} seconds.")
        for surprise in surprises:
            say(f"NOT AS EXPECTED: {surprise}")
        if serve:
            _stay(stage, say)
    return 1 if surprises else 0


@contextmanager
def _set_stage(folder: Path, say: Say) -> Iterator[Stage]:
    with PressWorld() as world, MailReceiver() as mail, HookReceiver() as hook:
        config = folder / "config"
        write_configuration(config, world, mail_url_variable=MAIL_VARIABLE, hook_url_variable=HOOK_VARIABLE)
        configuration = read_configuration(config, {MAIL_VARIABLE: mail.url, HOOK_VARIABLE: hook.url})
        say(
            f"A small press world is up: {len(world.sites)} sites, a mail server and a chat webhook, all on this machine."
        )
        for site, address in world.sites.items():
            say(f"  {site:22} {address}  {world.names[site]}")
        with ArchiveWorker(folder / "govwatch.db") as archive:
            yield Stage(
                world=world,
                mail=mail,
                hook=hook,
                folder=folder,
                configuration=configuration,
                archive=archive,
                installation=open_installation(configuration, archive),
            )


async def _play(stage: Stage, say: Say) -> list[str]:
    await stage.installation.prepare()
    say("\nFirst crawl: everything is new to us, so it is a baseline: archived and searchable, and nobody is told.")
    _tell_round(await stage.installation.crawl(stage.configuration.enabled_sources), say)
    _tell_dispatch(await stage.installation.deliver(), say)
    stage.world.publish_more()
    say("\nThe world goes on: the agreement is signed and written up. Second crawl: only what is new is fetched.")
    before = len(stage.world.requests)
    _tell_round(await stage.installation.crawl(stage.configuration.enabled_sources), say)
    _tell_requests(stage, before, say)
    _tell_dispatch(await stage.installation.deliver(), say)
    say("\nThird crawl: nothing has changed, and that is all it costs to know.")
    before = len(stage.world.requests)
    await stage.installation.crawl(stage.configuration.enabled_sources)
    _tell_requests(stage, before, say)
    await stage.archive.read(lambda database: _tell_new(database, stage, say))
    _tell_messages(stage, say)
    return await stage.archive.read(lambda database: find_surprises(database, stage))


def _tell_round(crawled: Round, say: Say) -> None:
    for intake in sorted(crawled.intakes, key=lambda one: one.source):
        losses = ", ".join(f"{count} {loss}" for loss, count in intake.losses.items())
        say(
            f"  {intake.source:22} {intake.condition:11} {intake.rows:3} rows, {intake.new} new, {intake.changed} changed,"
            f" {intake.gone} gone, {write_number(intake.matched, 'match')}" + (f"; lost: {losses}" if losses else "")
        )
        if intake.reason:
            say(f"  {'':22} {intake.reason}")


def _tell_requests(stage: Stage, before: int, say: Say) -> None:
    requests = stage.world.requests[before:]
    not_modified = sum(request.status == 304 for request in requests)  # noqa: PLR2004 - HTTP 304
    refused = len(stage.world.refused_fetches)
    asked = write_number(len(requests), "request")
    say(f"  {asked}, {not_modified} answered “not modified”; {refused} against anybody's robots.txt")


def _tell_dispatch(dispatch: Dispatch, say: Say) -> None:
    say(f"  {dispatch}")


def _tell_new(database: Database, stage: Stage, say: Say) -> None:
    say("\nWhat became of each page that was new:")
    for url in sorted(stage.world.expected_found(2)):
        explanation = explain_url(
            database, url, sources=stage.configuration.sources, watches=stage.configuration.watches
        )
        title = next((row["title"] for row in find_by_url(database, url)), "?")
        say(f"  “{title}”\n    {url}\n    {explanation.answer}")
        for line in explanation.lines:
            if line.startswith("watch ") and "out of scope" not in line:
                say(f"    {line}")


def _tell_messages(stage: Stage, say: Say) -> None:
    say(f"\nThe mail server took {write_number(len(stage.mail.messages), 'message')}. The first one:")
    for message in stage.mail.messages[:1]:
        body = message.get_body(("plain",))
        say(f"  From: {message['From']}\n  To: {message['To']}\n  Subject: {message['Subject']}\n")
        say("\n".join(f"  {line}".rstrip() for line in (body.get_content() if body else "").splitlines()))
    say(f"The webhook took {write_number(len(stage.hook.messages), 'post')}. The first one:")
    for post in stage.hook.messages[:1]:
        say("\n".join(f"  {line}".rstrip() for line in post.text.splitlines()))


def find_surprises(database: Database, stage: Stage) -> list[str]:
    """Where what was filed, matched, sent and refused differs from what the world knows to be right."""
    world = stage.world
    surprises = [
        f"{url} was not filed"
        for url in sorted(world.expected_found(1) | world.expected_found(2))
        if not find_by_url(database, url)
    ]
    if world.refused_fetches:
        surprises.append(f"{len(world.refused_fetches)} fetches against robots.txt")
    for watch, urls in world.expected_matches(2).items():
        surprises += [
            f"watch “{watch}” did not find {url}" for url in sorted(urls) if not _has_match(database, watch, url)
        ]
    surprises += [
        f"{url} alerted although it is old" for url in sorted(world.expected_found(1)) if _was_told(database, url)
    ]
    if not stage.mail.messages or not stage.hook.messages:
        surprises.append("no mail or no post arrived")
    return surprises


def _has_match(database: Database, watch: str, url: str) -> bool:
    return any(row["watch"] == watch for row in _history(database, url))


def _was_told(database: Database, url: str) -> bool:
    ids = {row["id"] for row in find_by_url(database, url)}
    return any(row["alerted_id"] in ids for row in _history(database, url))


def _history(database: Database, url: str) -> list[dict[str, object]]:
    return find_alert_history(database, [row["id"] for row in find_by_url(database, url)])


def write_path_export() -> str:
    """What lets a shell find the `govwatch` of this Python, which may be in a `.venv` that nobody has activated there."""
    return f'export PATH={shlex.quote(sysconfig.get_path("scripts"))}:"$PATH"'


def _stay(stage: Stage, say: Say) -> None:
    say("\nThe world stays up until Ctrl-C. In another terminal:")
    say(f"  export {MAIL_VARIABLE}='{stage.mail.url}' {HOOK_VARIABLE}='{stage.hook.url}'")
    say(f"  export GOVWATCH_CONFIG={stage.folder / 'config'} GOVWATCH_ARCHIVE={stage.archive_file}")
    say(f"  {write_path_export()}")
    say("  govwatch status; govwatch search 'digital'; govwatch crawl")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.pause()
    os.write(1, b"\n")
