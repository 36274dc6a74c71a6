"""Sends by way of `deliver`, which is loaded with the first message: Apprise takes longer to load than a short crawl has."""

from monitor.channel import Address, Delivery
from monitor.message import Limit, Message


def send(address: Address, message: Message, *, timeout_s: float) -> Delivery:
    """See `deliver.send`."""
    from monitor import deliver  # noqa: PLC0415

    return deliver.send(address, message, timeout_s=timeout_s)


def find_limit(address: Address) -> Limit:
    """See `deliver.find_limit`."""
    from monitor import deliver  # noqa: PLC0415

    return deliver.find_limit(address)
