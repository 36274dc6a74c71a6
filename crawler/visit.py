"""One source's visit within a crawl: what is still open, what was claimed, what it cost; and which rows to fetch."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from crawler.announcement import FetchedPage, Loss, Row, Validators
from crawler.entry_page import Listed
from crawler.fetching.failures import Failure
from crawler.order import Lost, ReportLine, SourceEnded, SourceOrder
from crawler.platforms.known import find_traits
from crawler.source import EntryPoint, Source
from crawler.urls import url_key
from crawler.way import Way

# After these there is no page, so a title in a feed is not news.
NO_PAGE = {Loss.NOT_FOUND, Loss.GONE, Loss.SOFT_NOT_FOUND}
# WordPress answers 400 to the page after the last one, others 404 or 416.
PAST_THE_END = {400, 404, 416}
# A hundred entries of WordPress: more than anybody publishes between two looks, unless we were away for long.
MAX_OLDER_FEEDS = 9
# Each such page costs up to half a minute of what reads the pages of all sources.
MOST_WORN_OUT = 3
# More than any host is asked for at once, so that none waits for the spider.
MOST_ASKED = 64
# After these the crawl has not done what it was asked to.
INCOMPLETE = {Loss.CUT_SHORT, Loss.TOO_MANY_REQUESTS, Loss.OUR_FAULT}


@dataclass(frozen=True, kw_only=True, eq=False)
class EntryTask:
    """One page of an entry point to read; `depth` counts the pages or indexes before it."""

    entry: EntryPoint
    url: str
    depth: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class PageTask:
    """One page to fetch, or only a row to announce. `is_recheck` when nothing about it is known to be new."""

    row: Row
    validators: Validators | None = None
    is_recheck: bool = False

    @property
    def url(self) -> str:
        return self.row.url


Task = EntryTask | PageTask


@dataclass(kw_only=True, eq=False)
class Visit:
    """What is going on at one source. Every task is opened before it starts and closed by the line that reports it."""

    order: SourceOrder
    started_at: datetime
    requests: int = 0
    not_modified: int = 0
    bytes_received: int = 0
    complete: bool = True
    reached_end: bool = True
    ended: bool = False
    rest_begun: bool = False
    seen: set[str] = field(default_factory=set)
    """`url_key` of every row that was listed, and the address of every one outside keep_only."""
    wanted: set[str] = field(default_factory=set)
    """`url_key` of every page that is fetched."""
    sampled: int = 0
    worn_out: int = 0
    """Pages on which a worker process came to its end."""
    entry_urls: set[str] = field(default_factory=set)
    open_entries: set[EntryTask] = field(default_factory=set)
    open_pages: dict[PageTask, None] = field(default_factory=dict)
    waiting: deque[PageTask] = field(default_factory=deque)
    """Of the open pages those that were not asked for yet."""
    asked: set[PageTask] = field(default_factory=set)
    """Of the open pages those that were."""

    @property
    def source(self) -> Source:
        return self.order.source

    @cached_property
    def known_pages(self) -> frozenset[str]:
        """The addresses that are known, without their queries."""
        return frozenset(key.partition("?")[0] for key in self.order.known)

    @cached_property
    def front_pages(self) -> set[str]:
        """As `Source.front_pages`, and where entry points answered."""
        return set(self.source.front_pages)

    def open(self, task: Task) -> None:
        if isinstance(task, EntryTask):
            self.open_entries.add(task)
            self.entry_urls.add(task.url)
        else:
            self.open_pages[task] = None

    def is_open(self, task: Task) -> bool:
        return not self.ended and (task in self.open_entries or task in self.open_pages)

    def close(self, task: Task) -> None:
        if isinstance(task, EntryTask):
            self.open_entries.discard(task)
        else:
            self.open_pages.pop(task, None)
            self.asked.discard(task)

    def put_off(self, task: PageTask) -> None:
        """Opens a page that is asked for when it is its turn."""
        self.open(task)
        self.waiting.append(task)

    def take_turns(self) -> Iterator[PageTask]:
        """The pages whose turn it is: fifty thousand requests at once would take a hundred megabytes."""
        while self.waiting and len(self.asked) < MOST_ASKED:
            task = self.waiting.popleft()
            self.asked.add(task)
            yield task

    @property
    def is_too_hard(self) -> bool:
        """Whether so many pages could not be read in time, or in memory, that the rest had better not be tried."""
        return self.worn_out >= MOST_WORN_OUT

    @property
    def left(self) -> int:
        """Pages that are not reported yet."""
        return len(self.open_pages)

    @property
    def is_done(self) -> bool:
        return not self.open_entries and not self.open_pages

    def end(self, ended_at: datetime) -> SourceEnded:
        self.ended = True
        return SourceEnded(
            source=self.source.id,
            complete=self.complete,
            reached_end=self.reached_end,
            requests=self.requests,
            not_modified=self.not_modified,
            bytes_received=self.bytes_received,
            started_at=self.started_at,
            ended_at=ended_at,
        )


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is to announce: the page, or only the row and why there is no page."""

    visit: Visit = field(repr=False)
    task: PageTask
    page: FetchedPage | None = field(default=None, repr=False)
    failure: Failure | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The lines that close a task."""

    visit: Visit = field(repr=False)
    task: Task
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to do about the rows of one entry page."""

    tasks: tuple[PageTask, ...]
    known: tuple[str, ...]
    is_all_known: bool
    is_none_known: bool


def choose(listed: Listed, visit: Visit) -> Choice:
    """Fetch what is new or says something else than before; a row that was listed already in this crawl is left out."""
    tasks: list[PageTask] = []
    known: list[str] = []
    found: list[bool] = []
    for key, row in zip(listed.keys, listed.rows, strict=True):
        before = find_fingerprint(visit.order, key, row)
        found.append(before is not None)
        if key in visit.seen:
            continue
        visit.seen.add(key)
        if before is not None and not has_changed(before, row.fingerprint) and not has_moved(visit, key):
            known.append(key)
        else:
            visit.wanted.add(key)
            tasks.append(PageTask(row=row, validators=visit.order.page_validators.get(key)))
    choice = Choice(
        tasks=tuple(tasks), known=tuple(known), is_all_known=bool(found) and all(found), is_none_known=not any(found)
    )
    return choice if visit.order.sample is None else _take_sample(choice, listed, visit, visit.order.sample)


def wants_next_page(order: SourceOrder, task: EntryTask, choice: Choice) -> bool:
    """Until a page has nothing new; a first look, or one that goes on with it, no further than the source says.

    A feed is read on only where no entry of it is known, so that others may have come and gone since the last look. A
    probe never reads on.
    """
    if order.sample is not None:
        return False
    if task.entry.way is Way.FEED:
        has_missed = bool(order.known) and (choice.is_none_known or order.page_through)
        return has_missed and task.depth < MAX_OLDER_FEEDS
    is_first_look = order.page_through or not order.known
    most = task.entry.first_look_pages
    if is_first_look and most is not None and task.depth + 1 >= most:
        return False
    return order.page_through or not choice.is_all_known


def _take_sample(choice: Choice, listed: Listed, visit: Visit, most: int) -> Choice:
    """The newest few of all rows, so that a probe sees how pages are read even where every row is known."""
    newest = sorted(listed.rows, key=lambda row: find_day(row) or date.min, reverse=True)[: most - visit.sampled]
    visit.sampled += len(newest)
    return replace(choice, tasks=tuple(PageTask(row=row) for row in newest))


def find_day(row: Row) -> date | None:
    """The day of publication that a row bears, else that of its last change."""
    return row.published.on or (row.updated_at.date() if row.updated_at else None)


def find_newest_day(listed: Listed) -> date | None:
    return max((day for row in listed.rows if (day := find_day(row))), default=None)


def find_fingerprint(order: SourceOrder, key: str, row: Row) -> str | None:
    """What the row said when its page was last reported; None when the page is new."""
    before = order.known.get(key)
    return order.known.get(row.guid) if before is None and row.guid else before


def has_moved(visit: Visit, key: str) -> bool:
    """Whether a row that is known, by its guid, stands at an address where nothing is known.

    An address that differs in its query alone bears the number of a session: it would be asked for at every crawl.
    """
    return key not in visit.order.known and key.partition("?")[0] not in visit.known_pages


def has_changed(before: str, now: str) -> bool:
    """Only the words of the same way can be compared: a feed and a sitemap say different things of one page."""
    return bool(before and now) and before != now and before.partition(":")[0] == now.partition(":")[0]


def choose_rest(visit: Visit, keys: dict[str, PageTask]) -> tuple[PageTask, ...]:
    """Of the pages to try again and to look at again, those that no entry point has led to by now."""
    rest = tuple(task for key, task in keys.items() if key not in visit.wanted)
    visit.wanted.update(keys)
    return rest


def stands_for_nothing(task: EntryTask, status: int) -> bool:
    """Whether an answer that is no success only means that there is nothing more, or nothing at all."""
    api = task.entry.api
    if api is None:
        return task.entry.way is Way.FEED and task.depth > 0 and status in PAST_THE_END
    is_counted_on = api.next is None and task.depth > 0  # a page that the answer itself named has to be there
    return (is_counted_on and status in PAST_THE_END) or status in find_traits(task.entry.platform).empty_statuses


def find_way_back(visit: Visit, task: PageTask, url: str) -> Failure | None:
    """Why what answered at `url` is not the page: sites send readers of removed pages to their front pages (R24)."""
    if url_key(url) not in visit.front_pages or url_key(task.url) in visit.front_pages:
        return None
    return Failure(loss=Loss.SOFT_NOT_FOUND, detail=f"redirected to the front page {url}")


def explain_emptiness(task: EntryTask, source: Source, listed: Listed) -> str | None:
    """Why the first page of an entry point may not be empty as it is, or None when it may (R23)."""
    if not listed.is_empty or task.depth:
        return None
    peculiar = find_traits(task.entry.platform).on_empty
    if source.expect.rows == 0 and peculiar is None:
        return None
    return "; ".join((peculiar or "the entry point lists nothing", *listed.warnings))


def is_worth_announcing(task: PageTask, failure: Failure) -> bool:
    """Whether the row alone is news: it has a title, and the page exists but cannot be had (R17).

    A host that asks to be left alone is not: the page comes with the next crawl, which `retry_after_s` puts off.
    """
    return not (
        task.is_recheck
        or not task.row.title
        or failure.loss in NO_PAGE
        or failure.loss in {Loss.TOO_MANY_REQUESTS, Loss.CUT_SHORT, Loss.OUTSIDE}
    )


def make_lost(visit: Visit, task: Task, failure: Failure) -> Lost:
    """The line for a task that gave nothing; what the crawl did not do itself makes the visit incomplete."""
    if failure.loss in INCOMPLETE:
        visit.complete = False
    if isinstance(task, EntryTask) and task.entry.has_pages:
        visit.reached_end = False
    return Lost(
        source=visit.source.id,
        url=task.url,
        loss=failure.loss,
        detail=failure.detail,
        status=failure.status,
        row=task.row if isinstance(task, PageTask) else None,
        retry_after_s=failure.retry_after_s,
    )
