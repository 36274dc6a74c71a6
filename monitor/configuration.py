"""Reads the whole configuration folder and lists every fault in it, before anything is fetched or written."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from crawler.configuration import DECLARED, Fault, Problem, build_model, check_line, read_toml
from crawler.counting import write_number
from crawler.fetching.chromium import explain_missing
from crawler.limits import CrawlLimits, CrawlTable, check_contact
from crawler.source import Seconds, Source, read_sources
from monitor.channel import Channel, Expansion, read_all_channels
from monitor.due import Schedule, parse_recurring
from monitor.errors import GovwatchError
from monitor.watch import Watch, WatchLimits, read_watches

SETTINGS_FILE = "settings.toml"
TEMPLATES_FOLDER = "templates"
EXAMPLE_CONTACT = "you@example.org"


class AlertsTable(BaseModel):
    """The `[alerts]` table: how messages are bundled."""

    model_config = DECLARED

    items_per_message: Annotated[int, Field(ge=1, le=200)] = 20
    send_timeout_s: Annotated[float, Field(gt=0, le=300)] = 15.0


class DeliveryTable(BaseModel):
    """The `[delivery]` table: how long alerts that go out at once wait for company."""

    model_config = DECLARED

    bundle_for: Annotated[Seconds, Field(ge=0, le=3600)] = 60
    """Seconds that `run` waits after the first alert, so that what comes with it is in one message."""


def _parse_daily(value: object) -> Schedule:
    if not isinstance(value, str) or not re.match(r"\s*\d", value):
        raise ValueError('expected a time such as "08:00 Europe/London"')
    return parse_recurring(f"daily {value.strip()}")


class OperatorsTable(BaseModel):
    """The `[operators]` table: who is told when something is wrong with govwatch itself."""

    model_config = DECLARED

    channels: tuple[str, ...] = ()
    """Names of channels; best more than one, since a channel that fails cannot report itself."""
    daily_at: Annotated[Schedule, BeforeValidator(_parse_daily)] = Schedule(at=time(8), zone="UTC")
    """When operators are reminded of what is still not well."""


class WatchesTable(BaseModel):
    """The `[watches]` table: from when on a watch wants a look."""

    model_config = DECLARED

    dead_after: Annotated[Seconds, Field(ge=86400)] = 90 * 86400
    """Seconds without anything new after which a watch is called dead."""
    noisy_above: Annotated[int, Field(ge=1)] = 30
    """Alerts on one day above which a watch is called noisy."""

    @property
    def limits(self) -> WatchLimits:
        return WatchLimits(dead_after=timedelta(seconds=self.dead_after), noisy_above=self.noisy_above)


class ArchiveTable(BaseModel):
    """The `[archive]` table. Known keys outlive the text, so purging never makes an item new again (R13)."""

    model_config = DECLARED

    file: Annotated[str, Field(min_length=1), AfterValidator(check_line)] | None = None
    keep_text: Annotated[Seconds, Field(ge=86400)] | None = None
    """Seconds after which old text is purged; None keeps it for ever."""


class Settings(BaseModel):
    """settings.toml: who we say we are, where the archive is, clock and limits."""

    model_config = DECLARED

    contact: Annotated[str, AfterValidator(check_contact)]
    crawl: CrawlTable = CrawlTable()
    alerts: AlertsTable = AlertsTable()
    delivery: DeliveryTable = DeliveryTable()
    operators: OperatorsTable = OperatorsTable()
    watches: WatchesTable = WatchesTable()
    archive: ArchiveTable = ArchiveTable()

    @property
    def limits(self) -> CrawlLimits:
        return CrawlLimits(contact=self.contact, **self.crawl.model_dump())


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that the configuration folder says, checked."""

    folder: Path
    settings: Settings
    sources: tuple[Source, ...]
    watches: tuple[Watch, ...]
    channels: tuple[Channel, ...]
    warnings: tuple[str, ...] = ()

    @property
    def templates_folder(self) -> Path | None:
        """Where the operator keeps templates that take the place of ours."""
        folder = self.folder / TEMPLATES_FOLDER
        return folder if folder.is_dir() else None

    @property
    def watched(self) -> "Watched":
        return Watched(watches=self.watches, sources=self.sources, limits=self.settings.watches.limits)

    @property
    def enabled_sources(self) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if source.enabled)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The watches, the sources that they look at, and from when on one wants a look."""

    watches: tuple[Watch, ...] = ()
    sources: tuple[Source, ...] = ()
    limits: WatchLimits = field(default_factory=WatchLimits)


class ConfigurationFaulty(GovwatchError):
    """The configuration has faults; nothing was started. `faults` lists all of them."""

    def __init__(self, folder: Path, faults: tuple[Fault, ...]) -> None:
        self.folder = folder
        self.faults = faults
        counted = write_number(len(faults), "fault")
        super().__init__("\n".join([f"{counted} in {folder}:", *(f"  {fault}" for fault in faults)]))


def read_configuration(folder: Path, environ: Mapping[str, str]) -> Configuration:
    """The checked configuration in `folder`; raises ConfigurationFaulty with every fault found."""
    if not folder.is_dir():
        raise ConfigurationFaulty(
            folder,
            (Fault(file=str(folder), message="no such folder: make one with `govwatch init`, or give --config"),),
        )
    settings, settings_faults = _read_settings(folder / SETTINGS_FILE)
    sources, source_faults = read_sources(folder / "sources")
    written = read_all_channels(folder / "channels.toml", environ)
    expansion = _expand_addresses(written.channels)
    declared = {path.stem for path in (folder / "sources").glob("*.toml")}
    names = _declared_channels(folder, written.channels)
    watches, watch_faults = read_watches(folder / "watches.toml", sources=declared, channels=names)
    faults = (
        *settings_faults,
        *_check_operators(folder / SETTINGS_FILE, names),
        *source_faults,
        *_check_rendering(folder / "sources", sources),
        *written.faults,
        *expansion.faults,
        *_expand_addresses(written.remains).faults,
        *watch_faults,
        *_check_templates(folder / TEMPLATES_FOLDER),
    )
    if faults or settings is None:
        raise ConfigurationFaulty(folder, faults)
    return Configuration(
        folder=folder,
        settings=settings,
        sources=sources,
        watches=watches,
        channels=expansion.channels,
        warnings=(*_warn(settings, sources), *_warn_of_strays(folder / "sources"), *expansion.warnings),
    )


def read_watched(folder: Path) -> Watched:
    """The watches in `folder` without what delivery needs; what is faulty there is left out, and left to `check`."""
    settings, _ = _read_settings(folder / SETTINGS_FILE)
    sources, _ = read_sources(folder / "sources")
    declared = {path.stem for path in (folder / "sources").glob("*.toml")}
    watches, _ = read_watches(folder / "watches.toml", sources=declared, channels=_declared_channels(folder, ()))
    limits = settings.watches.limits if settings else WatchLimits()
    return Watched(watches=watches, sources=sources, limits=limits)


def _read_settings(path: Path) -> tuple[Settings | None, tuple[Fault, ...]]:
    document, faults = read_toml(path)
    if document is None:
        return None, faults
    return build_model(Settings, document, document.values)


def _check_rendering(folder: Path, sources: Collection[Source]) -> tuple[Fault, ...]:
    """Sources whose pages cannot be drawn on this machine."""
    drawn = [source for source in sources if source.render and source.enabled]
    missing = explain_missing() if drawn else None
    if missing is None:
        return ()
    return tuple(Fault(file=str(folder / f"{one.id}.toml"), key="render", message=missing) for one in drawn)


def _check_operators(path: Path, channels: Collection[str] | None) -> tuple[Fault, ...]:
    """Operators who are to be told through a channel that is not there, whatever else is wrong in the settings."""
    document, _ = read_toml(path)
    table = document.values.get("operators") if document else None
    named = table.get("channels") if isinstance(table, dict) else None
    if document is None or channels is None or not isinstance(named, list):
        return ()
    return tuple(
        document.fault(Problem(path=("operators", "channels", number), message=f"there is no channel {name!r}"))
        for number, name in enumerate(named)
        if isinstance(name, str) and name not in channels
    )


def _expand_addresses(channels: tuple[Channel, ...]) -> Expansion:
    """One address for each recipient, and what Apprise or delivery has against an address."""
    if not channels:
        return Expansion()
    from monitor.addresses import expand_addresses  # noqa: PLC0415 - Apprise, which nobody without channels waits for

    return expand_addresses(channels)


def _check_templates(folder: Path) -> tuple[Fault, ...]:
    if not folder.is_dir():
        return ()
    from monitor.template_check import check_templates  # noqa: PLC0415 - Jinja2, which nobody without templates waits for

    return check_templates(folder)


def _declared_channels(folder: Path, channels: tuple[Channel, ...]) -> frozenset[str] | None:
    """Every channel that is written down, so that a faulty one is reported once and not again by its watches.

    None when the file is there and cannot be read.
    """
    path = folder / "channels.toml"
    document, _ = read_toml(path)
    if document is None and path.exists():
        return None
    table = document.values.get("channels", {}) if document else {}
    return frozenset(channel.name for channel in channels) | frozenset(table if isinstance(table, dict) else ())


def _warn(settings: Settings, sources: tuple[Source, ...]) -> list[str]:
    warnings = []
    if settings.contact == EXAMPLE_CONTACT:
        warnings.append("settings.toml: contact is still the example: sites see it in every request, so put your own")
    if not any(source.enabled for source in sources):
        warnings.append("sources: none is enabled, so there is nothing to crawl")
    return warnings


def _warn_of_strays(folder: Path) -> list[str]:
    """Files that look like sources and are not read, such as the `x.toml.txt` of an editor."""
    strays = sorted(path.name for path in folder.glob("*") if path.suffix != ".toml" and ".toml" in path.name.lower())
    return [f"sources/{name}: is not read: the name of a source's file ends in .toml" for name in strays]
