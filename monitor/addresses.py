"""What an address of a channel means: each of its recipients as an address of its own, and what speaks against it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from apprise.plugins.email import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from monitor.channel import Address, Channel, Expansion
from monitor.services import Details, instantiate, read_details

# What stands between commas or semicolons outside quotes: one recipient.
PIECE = re.compile(r'(?:"[^"]*"|[^,;"])+')


def expand_addresses(channels: Iterable[Channel]) -> Expansion:
    """`channels` with one address for each recipient, and what speaks against any."""
    expanded = tuple(
        replace(channel, addresses=tuple(one for address in channel.addresses for one in _split(address)))
        for channel in channels
    )
    opened = [
        (address, open_address(address)) for channel in expanded for address in channel.addresses if not address.folder
    ]
    faults = [address.fault(message) for address, plugin in opened if (message := find_fault(plugin))]
    warnings = [str(address.fault(message)) for address, plugin in opened if (message := _find_warning(plugin))]
    # The recipients of one entry share its faults.
    return Expansion(channels=expanded, faults=tuple(dict.fromkeys(faults)), warnings=tuple(dict.fromkeys(warnings)))


def open_address(address: Address) -> Any:
    """Apprise's plugin for `address`, set so that its yes is a yes; None when Apprise cannot make one of it."""
    details = read_details(address.url.get_secret_value())
    if details and address.recipient:
        details = _narrow(details, address.recipient.get_secret_value())
    return instantiate(details)


def find_fault(plugin: Any) -> str | None:
    """Why nothing may be sent by this service as it is set."""
    if plugin is None:
        return "Apprise does not understand this address"
    if isinstance(plugin, NotifyEmail) and not plugin.smtp_host:
        return "it names no mail server that could be reached"
    recipients = _count_recipients(plugin)
    if recipients == 0:
        return "a recipient in it is not one that this service can send to"
    if recipients > 1:
        return f"has {recipients} recipients that cannot be told apart: write one entry for each"
    if not plugin.verify_certificate:
        return "verify=no would let anyone read along: name your own authority in SSL_CERT_FILE and REQUESTS_CA_BUNDLE"
    return None


def _split(address: Address) -> tuple[Address, ...]:
    """One address for each recipient of `address`; it stays whole where it has one, or cannot be taken apart."""
    details = None if address.folder else read_details(address.url.get_secret_value())
    plugin = instantiate(details)
    if details is None or plugin is None:
        return (address,)
    recipients = (_find_mailboxes if isinstance(plugin, NotifyEmail) else _find_targets)(plugin, details)
    if len(recipients) == 1 and _count_recipients(plugin) == 1:
        return (address.remain_whole(*recipients),)
    return address.split(recipients) if recipients else (address,)


def _find_mailboxes(plugin: Any, details: Details) -> dict[str, str]:
    """Everybody in to, cc and bcc, once: mailbox -> as written. What is no mailbox stays, for `find_fault` to tell.

    Apprise would leave that out in silence.
    """
    found: dict[str, str] = {}
    # Apprise takes an unquoted `;` for `&`, and so the recipient after it for the name of an option.
    stray = [name for name in details["qsd"] if "@" in name]
    pieces = _find_pieces({**details, "stray": stray}, "targets", "cc", "bcc", "stray")
    if not details["targets"]:
        pieces.insert(0, plugin.targets[0][1])  # where nobody is named, the sender is meant
    for piece in pieces:
        mailboxes = [mailbox for _, mailbox in instantiate(_narrow(details, piece)).targets]
        if len(mailboxes) == 1:
            found.setdefault(mailboxes[0].casefold(), piece)
        else:
            found.update((each.casefold(), each) for each in mailboxes or [piece] if each.casefold() not in found)
    return found


def _find_targets(plugin: Any, details: Details) -> dict[str, str]:
    """The channels, rooms, numbers or topics behind `plugin`; nothing unless each is one and together they are all."""
    pieces = dict.fromkeys(_find_pieces(details, "targets"))
    if details.get("cc") or details.get("bcc") or len(pieces) != _count_recipients(plugin):
        return {}
    alone = (instantiate(_narrow(details, piece)) for piece in pieces)
    return {piece: piece for piece in pieces} if all(one and _count_recipients(one) == 1 for one in alone) else {}


def _find_pieces(details: Details, *names: str) -> list[str]:
    """The single recipients in these parts of an address, in the order in which they are written."""
    written = [details.get(name) or () for name in names]
    texts = (text for part in written for text in ([part] if isinstance(part, str) else part))
    return [piece.strip() for text in texts for piece in PIECE.findall(text) if piece.strip()]


def _narrow(details: Details, recipient: str) -> Details:
    return {**details, "targets": [recipient], "cc": None, "bcc": None}


def _count_recipients(plugin: Any) -> int:
    if isinstance(plugin, NotifyEmail):
        return len(plugin.targets) + len(plugin.cc) + len(plugin.bcc)
    return len(plugin)


def _find_warning(plugin: Any) -> str | None:
    if not isinstance(plugin, NotifyEmail) or not plugin.password or plugin.secure_mode != SecureMailMode.INSECURE:
        return None
    if _is_loopback(plugin.smtp_host):
        return None
    return "the password travels unprotected: write mailtos instead of mailto if the server offers STARTTLS or TLS"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
