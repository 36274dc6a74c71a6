"""What the code of one platform tells the readers and the crawl; each platform fills in what differs from the rest."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler.api_table import ApiShape

if TYPE_CHECKING:
    from crawler.announcement import FetchedPage, NotAPage, Row


@dataclass(frozen=True, kw_only=True)
class PageApi:
    """A platform's own description of a page in JSON, which says more than the page that people see.

    `find_address` gives where it stands for the page of a row, or None where there is none; `read` makes of what
    was fetched there the page that extraction reads, under the page's own address.
    """

    find_address: "Callable[[Row], str | None]"
    read: "Callable[[FetchedPage], FetchedPage | NotAPage]"


def leave_item(item: Any) -> Any:
    return item


def leave_row(row: "Row") -> "Row":
    return row


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is peculiar to a platform. Without any, a site is read as its formats say.

    `prepare` mends an item of an API before it is read, `refine` a row of any kind after it was read. `find_older_feed`
    gives where the entries stand that a feed no longer shows. `zone` names the time zone of moments that name none.
    `on_empty` says why an empty list is a fault even where an operator expects none; `empty_statuses` stand for an empty
    list. Of an API, `api` is where things stand and `most_rows` how many of a search's rows it ever gives. A host that
    `answers_within_s` seconds or never is not waited for any longer.
    """

    prepare: Callable[[Any], Any] = leave_item
    refine: "Callable[[Row], Row]" = leave_row
    find_older_feed: Callable[[str], str] | None = None
    zone: str | None = None
    on_empty: str | None = None
    empty_statuses: frozenset[int] = frozenset()
    api: ApiShape | None = None
    most_rows: int | None = None
    page_api: PageApi | None = None
    answers_within_s: float | None = None
