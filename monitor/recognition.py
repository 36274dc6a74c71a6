"""Recognises an announcement: gathers what the archive has under each of its names; `identity` decides who it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from crawler.announcement import Announcement, Key, KeyKind, Row
from crawler.order import Announced, EntryRead, Lost, ReportLine
from crawler.source import Source
from crawler.urls import strip_tracking, url_key
from monitor.archive import announcements as filed
from monitor.identity import Candidate, Decision, Evidence, Known, decide, find_copy, title_key


@dataclass(frozen=True, kw_only=True)
class Recogniser:
    """Knows the archive, and what one crawl of a source listed and announced."""

    database: Database
    source: str
    listed: frozenset[str]
    """`url_key` of every row that the crawl listed."""
    titles: Mapping[str, str]
    """`url_key` of each page that it announces -> its title."""
    has_read_all: bool
    """Whether every entry point was read anew, so that what is not listed is listed no more."""
    no_canonical: frozenset[str]
    """`url_key` of what names no single page: the front pages of the site, and canonical links of pages of several titles."""

    def recognise(self, announcement: Announcement) -> Decision:
        """Who it is, of all that is archived."""
        return decide(_make_candidate(announcement), self._gather_evidence(announcement))

    def find_original(self, announcement: Announcement) -> Decision | None:
        """Whose copy it is, by its text alone; as of a page whose text came later than its title."""
        here, elsewhere = self._find_same_texts(announcement)
        return find_copy(_make_candidate(announcement), Evidence(by_text_here=here, by_text_elsewhere=elsewhere))

    def find_filed(self, row: Row) -> Known | None:
        """What is archived under the address of a row."""
        return self._find(Key(kind=KeyKind.REQUESTED, value=row.url))

    def drop_false_canonical(self, announcement: Announcement) -> Announcement:
        """As it is, or under its own address where its canonical link names another page: in a post that was copied, say."""
        own = [key for key in announcement.keys if key.kind in {KeyKind.REQUESTED, KeyKind.REDIRECT}]
        false = [
            key
            for key in announcement.keys
            if key.kind is KeyKind.CANONICAL
            and url_key(key.value) not in {url_key(each.value) for each in own}
            and self._names_another(key, announcement.title)
        ]
        if not false:
            return announcement
        keys = tuple(key for key in announcement.keys if key not in false)
        return replace(announcement, url=strip_tracking(own[-1].value), keys=keys)

    def _gather_evidence(self, announcement: Announcement) -> Evidence:
        if requested := self._find_kind(announcement, KeyKind.REQUESTED):
            return self._look_again(announcement, requested)
        here, elsewhere = self._find_same_texts(announcement)
        return Evidence(
            has_read_all=self.has_read_all,
            by_page=filed.find_same_title_on_page(self.database, announcement, listed=self.listed),
            by_redirect=self._find_any(_find_end(announcement)),
            by_guid=self._find_kind(announcement, KeyKind.GUID),
            by_canonical=self._find_kind(announcement, KeyKind.CANONICAL),
            by_text_here=here,
            by_title_and_day=filed.find_same_title_and_day(self.database, announcement, listed=self.listed),
            by_text_elsewhere=elsewhere,
            by_address_elsewhere=filed.find_same_address_elsewhere(self.database, self.source, announcement.url),
        )

    def _look_again(self, announcement: Announcement, requested: Known) -> Evidence:
        """Of a known address that leads to another one, or bears another title, its text and whom that other belongs to."""
        end = _find_end(announcement)
        if not end and title_key(announcement.title) == title_key(requested.title):
            return Evidence(by_requested=requested)
        text = filed.find_announcement_row(self.database, requested.id)["text"]
        return Evidence(
            by_requested=replace(requested, text=text),
            by_guid=self._find_kind(announcement, KeyKind.GUID),
            by_redirect=self._find_any(end),
        )

    def _find_same_texts(self, announcement: Announcement) -> tuple[Known | None, Known | None]:
        """Who says the same, at this source and at any other one."""
        text_sha256, day = _make_candidate(announcement).text_sha256, announcement.published.on
        return (
            filed.find_same_text(self.database, self.source, text_sha256, day=day, listed=self.listed),
            filed.find_same_text_elsewhere(self.database, self.source, text_sha256, day=day),
        )

    def _names_another(self, key: Key, title: str) -> bool:
        if url_key(key.value) in self.no_canonical:
            return True
        known = self._find(key)
        titles = [self.titles.get(url_key(key.value)), known.title if known else None]
        return any(other is not None and title_key(other) != title_key(title) for other in titles)

    def _find(self, key: Key) -> Known | None:
        return filed.find_known(self.database, self.source, key, listed=self.listed)

    def _find_kind(self, announcement: Announcement, kind: KeyKind) -> Known | None:
        return self._find_any(key for key in announcement.keys if key.kind is kind)

    def _find_any(self, keys: Iterable[Key]) -> Known | None:
        return next((known for key in keys if (known := self._find(key))), None)


def make_recogniser(database: Database, source: Source, lines: Sequence[ReportLine]) -> Recogniser:
    """One for the lines that report a crawl of `source`."""
    announced = [line.announcement for line in lines if isinstance(line, Announced)]
    return Recogniser(
        database=database,
        source=source.id,
        listed=_find_listed(lines),
        titles={url_key(one.row.url): one.title for one in announced},
        has_read_all=_has_read_all(source, lines),
        no_canonical=source.front_pages | _find_shared_links(announced),
    )


def _has_read_all(source: Source, lines: Iterable[ReportLine]) -> bool:
    entries = [line for line in lines if isinstance(line, EntryRead)]
    read = {entry.url for entry in entries if not entry.unchanged}
    return len(read) == len(entries) and all(entry_point.url in read for entry_point in source.entry_points)


def _find_listed(lines: Iterable[ReportLine]) -> frozenset[str]:
    keys: set[str] = set()
    for line in lines:
        match line:
            case EntryRead():
                keys.update(line.listed)
            case Announced():
                keys.add(url_key(line.announcement.row.url))
            case Lost(row=Row() as row):
                keys.add(url_key(row.url))
    return frozenset(keys)


def _find_shared_links(announced: Iterable[Announcement]) -> frozenset[str]:
    titles: dict[str, set[str]] = {}
    for one in announced:
        for key in one.keys:
            if key.kind is KeyKind.CANONICAL:
                titles.setdefault(url_key(key.value), set()).add(title_key(one.title))
    return frozenset(link for link, claimants in titles.items() if len(claimants) > 1)


def _make_candidate(announcement: Announcement) -> Candidate:
    return Candidate(
        title=announcement.title,
        row_title=announcement.row.title,
        published_on=announcement.published.on,
        text=announcement.text,
        text_state=announcement.text_state,
        row_on=announcement.row.published.on,
        led_to=next((key.value for key in _find_end(announcement)), None),
    )


def _find_end(announcement: Announcement) -> tuple[Key, ...]:
    """The key of the address to which redirects led in the end, where there were any."""
    return tuple(key for key in announcement.keys if key.kind is KeyKind.REDIRECT)[-1:]
