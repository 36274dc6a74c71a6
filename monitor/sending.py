"""Sends a message, sees it through and finds when it is tried again; for all who send.

Sending itself is done by `deliver`, which is loaded with the first message: Apprise takes longer to load than a short
crawl has.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Any, TypeVar

from monitor.channel import Address, Delivery
from monitor.message import Limit, Message
from monitor.retry import next_attempt_at

# The contract of `run` is to stop within five seconds.
SEE_THROUGH_S = 3.5
Result = TypeVar("Result")

log = logging.getLogger("govwatch")


async def send(
    address: Address, message: Message, *, timeout_s: float, answer_timeout_s: float | None = None
) -> Delivery:
    """See `deliver.send`.

    It has a thread of its own, for which a process that ends does not wait as it would for those of asyncio: a server
    may take minutes to answer.
    """
    return await asyncio.wrap_future(start_apart(partial(_send, address, message, timeout_s, answer_timeout_s)))


def start_apart(work: Callable[[], Result]) -> Future[Result]:
    """What `work` will come to, in a thread of its own that keeps no process from ending."""
    outcome: Future[Result] = Future()
    outcome.set_running_or_notify_cancel()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            outcome.set_exception(error)

    Thread(target=do, name="hand-over", daemon=True).start()
    return outcome


def _send(address: Address, message: Message, timeout_s: float, answer_timeout_s: float | None) -> Delivery:
    from monitor import deliver  # noqa: PLC0415

    return deliver.send(address, message, timeout_s=timeout_s, answer_timeout_s=answer_timeout_s)


def find_limit(address: Address) -> Limit:
    """See `deliver.find_limit`."""
    from monitor import deliver  # noqa: PLC0415

    return deliver.find_limit(address)


async def see_through(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns; whoever is cancelled meanwhile waits for its end, so that a message in the air is recorded.

    It waits some seconds, and no longer once it is cancelled again: an answer may take minutes, and what is left in the
    air goes out again.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        log.warning("a message is in the air: waiting up to %g seconds for the answer", SEE_THROUGH_S)
        await asyncio.wait({task}, timeout=SEE_THROUGH_S)
        raise


def find_retry(
    delivery: Delivery, attempts: int, at: datetime, address: Address, unanswered: int | None = None
) -> datetime | None:
    """When to try again what was refused; not before the service itself asked to be left alone for.

    Where nobody counted how many of the attempts were `unanswered`, all of them count.
    """
    return next_attempt_at(
        attempts,
        at,
        passing=delivery.passing,
        key=address.id,
        retry_after_s=delivery.retry_after_s,
        unanswered=(unanswered or attempts) if delivery.is_unanswered else 0,
    )
