"""What a channel is, and the reading of `config/channels.toml`; `deliver` asks Apprise what each address means."""

import hashlib
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from crawler.configuration import DECLARED, Document, Fault, Problem, build_model, check_line, read_toml
from monitor.due import (
    ALWAYS,
    EVERY_DAY,
    Hours,
    QuietHours,
    Schedule,
    parse_holidays,
    parse_quiet_hours,
    parse_recurring,
    parse_working_days,
    parse_zone,
)

NAME = re.compile(r"[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
ADDRESS = re.compile(r"([A-Za-z0-9]+)://[^\s]+")
MAILBOX = re.compile(r"([^\s<>\"',;:/?&=@]+)@[^\s<>\"',;:/?&=@]+")
HIDDEN = "***"
# Words that stand in many addresses and tell nothing; hiding them would make an error unreadable.
HARMLESS = frozenset({"127.0.0.1", "html", "localhost", "markdown", "starttls", "text", "false", "true", "verify=no"})
SHORTEST_SECRET = 4
UNANSWERED = "handed over, and no answer came"
"""How the detail of a delivery begins that is unanswered."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """One place that a channel sends to. `url` and `recipient` are secret; everything else may be stored and shown.

    `id` comes from the template, so it stays the same when the secret behind it changes. `recipient` is one of those
    that `url` names, as it is written there; None means that it names one only. `former_id` is what the recipient was
    known by while the entry named nobody else; or, where it names nobody else now, while it did.
    """

    channel: str
    template: str
    id: str
    label: str
    url: SecretStr
    fault_place: Fault = field(compare=False, repr=False)
    recipient: SecretStr | None = None
    former_id: str | None = None
    folder: Path | None = None
    """Where it is a folder for feeds, and not somebody whom Apprise can reach."""

    def redact(self, text: str) -> str:
        """`text` without any part of this address (R37)."""
        return redact(text, find_secrets(self.url.get_secret_value()))

    def split(self, recipients: Mapping[str, str]) -> "tuple[Address, ...]":
        """One address for each of `recipients` (who it is -> as written), so that each is tried on its own (R4).

        They are known by who they are, so that none is taken for another when one is left out or the order changes. The
        first takes over what the entry itself was known by, so that it loses nothing when others are added.
        """
        return tuple(
            replace(
                self,
                recipient=SecretStr(written),
                id=self._find_id(recipient),
                former_id=None if position else self.id,
                label=f"{self.label}.{position + 1}",
            )
            for position, (recipient, written) in enumerate(recipients.items())
        )

    def remain_whole(self, recipient: str) -> "Address":
        """The address of the one recipient, who loses nothing when there were others and they were left out."""
        return replace(self, former_id=self._find_id(recipient))

    def _find_id(self, recipient: str) -> str:
        return _shorten_hash(f"{self.template} {recipient}")

    def fault(self, message: str) -> Fault:
        """A fault in this address, at the line on which it is written."""
        place = self.fault_place
        return Fault(file=place.file, key=place.key, line=place.line, message=self.redact(message))


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A name that watches send to, and the addresses behind it: each gets every alert, on its own (R4)."""

    name: str
    addresses: tuple[Address, ...]
    hours: Hours = ALWAYS
    canary: Schedule | None = None
    """When each address proves that it works; None for never."""
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """The channels with one address for each recipient, and what is wrong or unwise about them."""

    channels: tuple[Channel, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of handing one message to one address, once.

    `detail` is for people and free of secrets; `passing` says that a failure may mend itself.
    """

    accepted: bool
    detail: str
    passing: bool = False
    retry_after_s: int = 0
    """How long the service asked to be left alone; 0 when it did not say."""
    is_about_message: bool = False
    """Whether this very message was refused, so that another may fare better."""
    is_unanswered: bool = False
    """Whether all of it was handed over and no answer came, so that it may have been taken."""


def tell_unanswered(how: str) -> Delivery:
    """What was handed over to the end, and may have been taken or not."""
    return Delivery(accepted=False, detail=f"{UNANSWERED} {how}", passing=True, is_unanswered=True)


def _hide_address(value: object) -> object:
    """An address alone is no list; it may hold a password, so the fault does not show it (R37)."""
    if not isinstance(value, str):
        return value
    raise ValueError('expected a list: ["..."]')


class ChannelTable(BaseModel):
    """One `[channels.NAME]` table as it is written."""

    model_config = DECLARED

    urls: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1), BeforeValidator(_hide_address)] = []
    feeds: Annotated[str, Field(min_length=1), AfterValidator(check_line)] | None = None
    """A folder, from that of the file, which gets an Atom and a JSON Feed for each watch."""
    time_zone: Annotated[str, AfterValidator(parse_zone)] = "UTC"
    working_days: Annotated[frozenset[int], BeforeValidator(parse_working_days)] = EVERY_DAY
    quiet_hours: Annotated[QuietHours, BeforeValidator(parse_quiet_hours)] | None = None
    holidays: Annotated[str, AfterValidator(parse_holidays)] | None = None
    canary: Annotated[Schedule, BeforeValidator(parse_recurring)] | None = None
    note: str | None = None

    @property
    def hours(self) -> Hours:
        return Hours(
            time_zone=self.time_zone,
            working_days=self.working_days,
            quiet=self.quiet_hours,
            holidays=self.holidays,
        )


class ChannelsFile(BaseModel):
    """The whole of channels.toml; each table is checked on its own, so that one fault does not hide another."""

    model_config = DECLARED

    channels: dict[str, dict[str, Any]] = {}


def label_addresses(channels: Iterable[Channel]) -> dict[tuple[str, str], str]:
    """Channel and address id -> how people are told of it, where the channel alone does not say which one is meant."""
    shared = (channel for channel in channels if len(channel.addresses) > 1)
    return {(channel.name, one.id): one.label for channel in shared for one in channel.addresses}


def find_renamed(channels: Iterable[Channel]) -> list[tuple[str, str, str]]:
    """Channel, former id and id of every address that was known by another id before."""
    addresses = (address for channel in channels for address in channel.addresses)
    return [(one.channel, one.former_id, one.id) for one in addresses if one.former_id]


@dataclass(frozen=True, kw_only=True)
class ReadChannels:
    """What channels.toml holds: every channel without a fault, every fault, and what can be read of the other channels."""

    channels: tuple[Channel, ...] = ()
    faults: tuple[Fault, ...] = ()
    remains: tuple[Channel, ...] = ()
    """Channels with a fault, so far as they could be read; for nothing but to look for more faults."""


def read_channels(path: Path, environ: Mapping[str, str]) -> tuple[tuple[Channel, ...], tuple[Fault, ...]]:
    """Every channel without a fault, and every fault found; no file means no channels.

    `environ` is where `${NAME}` is looked up. No fault shows a value from it.
    """
    read = read_all_channels(path, environ)
    return read.channels, read.faults


def read_all_channels(path: Path, environ: Mapping[str, str]) -> ReadChannels:
    """Like `read_channels`, with what could be read of the channels that have a fault."""
    if not path.exists():
        return ReadChannels()
    document, faults = read_toml(path)
    if document is None:
        return ReadChannels(faults=faults)
    file, faults = build_model(ChannelsFile, document, document.values)
    channels: list[Channel] = []
    remains: list[Channel] = []
    for name, table in file.channels.items() if file else ():
        channel, found = _read_channel(name, table, document, environ)
        faults += found
        (remains if found else channels).append(channel)
    return ReadChannels(channels=tuple(channels), faults=faults, remains=tuple(remains))


def _read_channel(
    name: str, values: Mapping[str, Any], document: Document, environ: Mapping[str, str]
) -> tuple[Channel, tuple[Fault, ...]]:
    """The channel of one table, as far as it can be read, and every fault in it."""
    at = ("channels", name)
    table, faults = build_model(ChannelTable, document, values, at=at)
    if not NAME.fullmatch(name):
        message = "expected a name of letters, digits and single hyphens, dots or underscores"
        faults = (document.fault(Problem(path=at, message=message)), *faults)
    addresses: list[Address] = []
    for index, template in _find_templates(values):
        place = document.fault(Problem(path=(*at, "urls", index), message=""))
        address = _read_address(name, index, template, place, environ)
        faults += (address,) if isinstance(address, Fault) else _find_repeat(address, addresses)
        if isinstance(address, Address):
            addresses.append(address)
    if table is None:
        return Channel(name=name, addresses=tuple(addresses)), faults
    if not table.urls and table.feeds is None:
        faults += (document.fault(Problem(path=at, message="expected urls or feeds: where its alerts go")),)
    if table.feeds is not None:
        addresses.append(_read_feeds(name, table.feeds, document))
    channel = Channel(name=name, addresses=tuple(addresses), hours=table.hours, canary=table.canary, note=table.note)
    return channel, faults


def _find_templates(values: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The entries of `urls` with their places, whatever is wrong beside them."""
    urls = values.get("urls")
    return [(index, url) for index, url in enumerate(urls if isinstance(urls, list) else ()) if isinstance(url, str)]


def _read_address(channel: str, index: int, template: str, place: Fault, environ: Mapping[str, str]) -> Address | Fault:
    """One entry of `urls`, or the fault in it."""
    message = _find_variable_fault(template, environ)
    url = VARIABLE.sub(lambda found: environ.get(found[1], "").strip(), template)
    written = ADDRESS.fullmatch(url)
    if message is None and written is None:
        message = "expected an Apprise address such as mailtos://user:password@example.org or json://example.org/hook"
    if message or written is None:
        return Fault(file=place.file, key=place.key, line=place.line, message=message or "")
    return Address(
        channel=channel,
        template=template,
        id=_shorten_hash(template),
        label=f"{channel} {written[1].lower()} {index + 1}",
        url=SecretStr(url),
        fault_place=place,
    )


def _read_feeds(channel: str, written: str, document: Document) -> Address:
    """The folder for feeds: an address that is served as any other, and that nobody needs to be let into."""
    folder = document.path.parent / written
    return Address(
        channel=channel,
        template=f"feeds {written}",
        id=_shorten_hash(f"feeds {written}"),
        label=f"{channel} feeds",
        url=SecretStr(""),
        fault_place=document.fault(Problem(path=("channels", channel, "feeds"), message="")),
        folder=folder,
    )


def _shorten_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _find_variable_fault(template: str, environ: Mapping[str, str]) -> str | None:
    if "${" in VARIABLE.sub("", template):
        return "expected ${NAME}, with a name of letters, digits and underscores"
    for name in VARIABLE.findall(template):
        if name not in environ:
            return f"the environment variable {name} is not set"
        if not environ[name].strip():
            return f"the environment variable {name} is empty"
    return None


def _find_repeat(address: Address, earlier: Iterable[Address]) -> tuple[Fault, ...]:
    """Two entries for one place would send everything there twice."""
    if any(other.url == address.url for other in earlier):
        return (address.fault("is the same address as one above it in this channel"),)
    return ()


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` hidden, longest first, in whatever case it appears."""
    hidden = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    if not hidden:
        return text
    return re.sub("|".join(re.escape(secret) for secret in hidden), HIDDEN, text, flags=re.IGNORECASE)


def find_secrets(url: str) -> frozenset[str]:
    """Every part of `url` that could give something away, as it is written and as libraries and servers repeat it."""
    forms = {form for part in {url, *_parts(url)} for form in _ways_of_writing(part)}
    forms.update(form for login in _logins(url) for form in _in_base64(login))
    return frozenset(form for form in forms if len(form) >= SHORTEST_SECRET and form.lower() not in HARMLESS)


def _parts(url: str) -> Iterator[str]:
    """User, password, host, path and its pieces, query and its values: a token may stand in any of them."""
    rest = url.partition("://")[2]
    before, _, query = rest.partition("?")
    authority, _, path = before.partition("/")
    login, _, host = authority.rpartition("@")
    yield from (rest, before, authority, login, host, path, query)
    yield from (*login.split(":", 1), host.partition(":")[0], *path.split("/"))
    for _, value in parse_qsl(query):
        yield from (value, *value.split(","))
    for mailbox in MAILBOX.finditer(unquote(url)):
        yield from mailbox.group(0, 1)


def _ways_of_writing(part: str) -> Iterator[str]:
    for text in {part, unquote(part)}:
        yield from (text, quote(text, safe=""), quote(text), quote_plus(text))
        yield from (repr(text)[1:-1], repr(text.encode())[2:-1])
        yield from _in_base64(text)


def _logins(url: str) -> Iterator[str]:
    """User and password in one, as HTTP (`Authorization: Basic`) and SMTP (AUTH PLAIN) have it before it is encoded."""
    authority, _, query = url.partition("://")[2].partition("?")
    login, _, host = authority.partition("/")[0].rpartition("@")
    options = dict(parse_qsl(query))
    user, _, password = login.partition(":")
    users, passwords = {user, options.get("user", "")} - {""}, {password, options.get("pass", "")} - {""}
    # Of mail services whose users log in with their address, Apprise completes the name.
    users |= {f"{name}@{host.partition(':')[0]}" for name in users}
    # Where there is none, Apprise hands over the word "None".
    for name, secret in product(map(unquote, users), map(unquote, passwords or {"", "None"})):
        yield from (f"{name}:{secret}", f"\0{name}\0{secret}")


def _in_base64(text: str) -> Iterator[str]:
    """In both alphabets and encodings that are in use, with and without padding."""
    if len(text) < SHORTEST_SECRET:
        return
    for encoded in {text.encode(), text.encode("latin-1", "ignore")}:
        for write in (b64encode, urlsafe_b64encode):
            written = write(encoded).decode("ascii")
            yield from (written, written.rstrip("="))
