"""Has a site looked over by the crawler in a child process, with a hard time limit."""

from collections.abc import Callable
from dataclasses import replace

from crawler.announcement import Loss
from crawler.discovery.findings import Asked, Inspection, InspectionOrder, Trouble, decode_line, encode_order
from monitor.crawler_child import run_child, start_child

# A patient look at a slow site; whoever waits for it sits at a terminal.
LONGEST_S = 600

Tell = Callable[[Asked], None]


async def inspect_site(order: InspectionOrder, *, tell: Tell) -> Inspection:
    """What came of it; an inspection that was ended from outside says so in `failed`."""
    found: list[Inspection] = []

    async def take(raw: bytes) -> None:
        line = decode_line(raw)
        if isinstance(line, Asked):
            tell(line)
        elif isinstance(line, Inspection):
            found.append(line)

    limit_s = min(order.limits.time_limit, LONGEST_S)
    limits = order.limits.model_copy(update={"time_limit": limit_s})
    data = encode_order(replace(order, limits=limits))
    child = await start_child("crawler.inspection")
    ended_badly = await run_child(child, data, take=take, limit_s=limit_s)
    if found:
        return found[-1]
    why = ended_badly or "the inspection ended without a word"
    return Inspection(url=order.url, failed=Trouble(url=order.url, loss=Loss.CUT_SHORT, detail=why))
