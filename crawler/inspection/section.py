"""Inspects one section of a site in one language: its page, its menus, its feeds, its sitemap, its API, its listing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.announcement import NotAPage
from crawler.dates import DateReading
from crawler.discovery.findings import InspectionOrder, SectionFound, Trouble, WayFound
from crawler.discovery.link_pattern import count_kept, find_common_path, guess_link_pattern, guess_pattern_among
from crawler.discovery.look import Document, PageLook
from crawler.discovery.naming import guess_country, guess_kind, guess_name, guess_platform, homepage_of, is_front
from crawler.discovery.recommend import ORDER, choose_way
from crawler.discovery.signs import FeedLink, list_feed_places, list_sitemap_places, read_robots_sitemaps
from crawler.feed import FEED_ROOT, HEAD_BYTES
from crawler.fetching.failures import Failure
from crawler.inspection.asking import Asker, now
from crawler.inspection.ways import Trial, Tried, count_common
from crawler.platforms import Platform
from crawler.urls import url_key

LOOK = "crawler.discovery.look:look_at_page"
MOST_SECTIONS = 3
MOST_FEEDS = 4
MOST_SITEMAPS = 4
OF_NEWS = re.compile(r"(?i)news|post|blog|article|actualit|nouvelle|communi|notizi|press|release|announce|update")
NOT_OF_NEWS = re.compile(r"(?i)categor|tag|author|image|video|page-sitemap|product")
UNKNOWN_COUNTRY, UNKNOWN_LANGUAGE = "INT", "en"
BY_ROBOTS = "robots.txt"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What the section's pages tell; `main` is the one that lists most, `start` the one that was asked for."""

    start: PageLook
    main: PageLook
    all: tuple[PageLook, ...]
    """These two, the other sections that were looked at, and the home page."""

    @property
    def generator(self) -> str | None:
        return next((look.signs.generator for look in self.all if look.signs.generator), None)

    @property
    def api_root(self) -> str | None:
        return next((look.signs.api_root for look in self.all if look.signs.api_root), None)


class SectionInspector:
    """Carries out one section's inspection. `troubles` collects what could not be had on the way."""

    def __init__(self, asker: Asker, order: InspectionOrder) -> None:
        self._asker = asker
        self._order = order
        self.troubles: list[Trouble] = []

    async def look(self, url: str) -> PageLook | Failure:
        """One page of the site."""
        document = await self._asker.get(url)
        if isinstance(document, Failure):
            return document
        return await self.look_at(document)

    async def look_at(self, document: Document) -> PageLook | Failure:
        limits = self._order.limits
        country = self._order.country or guess_country(document.url, self._order.language, ())
        dates = DateReading(now=now(), language=self._order.language, country=country)
        found = await self._asker.read(LOOK, document, dates, max_bytes=limits.max_bytes, max_rows=limits.max_rows)
        if isinstance(found, NotAPage):
            return Failure(loss=found.loss, detail=found.detail)
        assert isinstance(found, PageLook | Failure)
        return found

    async def inspect(self, start: PageLook, language: str | None = None) -> SectionFound:
        """All the ways into the section that `start` is the page of, the recommended one first."""
        looked = await self._look_around(start)
        section = self._describe(looked, language)
        trial = Trial(self._asker, self._order.limits, self._make_facts(section))
        ways = await self._try_ways(trial, looked, section)
        found = [await trial.add_examples(way) for way in ways]
        return replace(section, ways=tuple(_sort(found)), example_document=trial.find_example_document())

    # -- pages

    async def _look_around(self, start: PageLook) -> Looked:
        """The page itself, and the sections that its menus lead to when it is a front page or lists nothing.

        An announcement often names what a front page does not: the feed, and in its menus the section that it is of.
        """
        looks = [start]
        if is_front(start.url) or start.listing is None:
            looks += await self._look_at_sections(start.signs.sections[:MOST_SECTIONS])
        if not any(look.listing for look in looks):
            looks += await self._look_at_sections(url for url in start.signs.pages if url not in start.signs.sections)
        main, others = _choose_main(looks), []
        if not is_front(start.url) and isinstance(home := await self.look(homepage_of(start.url)), PageLook):
            others.append(home)
        if main.rows and not any(look.signs.feeds for look in looks):
            article = await self.look(main.rows[0].url)
            others += [article] if isinstance(article, PageLook) else []
        if main is start and is_front(start.url) and others:
            sections = await self._look_at_sections(others[-1].signs.sections[:MOST_SECTIONS])
            looks += sections
            main = _choose_main(looks)
        return Looked(start=start, main=main, all=(*looks, *others))

    async def _look_at_sections(self, urls: Iterable[str]) -> list[PageLook]:
        looks: list[PageLook] = []
        for url in urls:
            found = await self.look(url)
            if isinstance(found, PageLook):
                looks.append(found)
            else:
                self._note(url, found)
        return looks

    def _describe(self, looked: Looked, language: str | None) -> SectionFound:
        signs, main = looked.start.signs, looked.main
        told = self._order.language or language or signs.language or main.signs.language or UNKNOWN_LANGUAGE
        linked = signs.countries
        country = self._order.country or guess_country(main.url, signs.language or told, linked)
        names = (look.signs.name for look in (looked.start, main, *looked.all))
        titles = [signs.title, main.signs.title]
        return SectionFound(
            url=main.url,
            homepage=homepage_of(main.url),
            language=told.partition("-")[0],
            country=country,
            name=guess_name(next(filter(None, names), None), titles, main.url),
            kind=guess_kind(main.url, linked),
            platform=guess_platform(looked.generator, main.url, has_wordpress_api=looked.api_root is not None),
            ways=(),
            is_bare=all(look.is_bare for look in looked.all),
        )

    def _make_facts(self, section: SectionFound) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "id": "new",
            "name": section.name,
            "country": section.country or UNKNOWN_COUNTRY,
            "language": section.language,
            "kind": section.kind.value,
            "homepage": section.homepage,
        }
        if section.platform:
            facts["platform"] = section.platform
        if self._order.allow_private_addresses:
            facts["allow_private_addresses"] = True
        return facts

    # -- ways

    async def _try_ways(self, trial: Trial, looked: Looked, section: SectionFound) -> list[Tried]:
        listing = await self._try_listing(trial, looked.main)
        known = [row.url for row in listing.rows] if listing else []
        feeds = await self._try_feeds(trial, looked, known)
        api = await self._try_api(trial, looked)
        samples = known or [row.url for way in (*feeds[:1], *([api] if api else [])) for row in way.rows]
        sitemaps = await self._try_sitemaps(trial, looked, samples)
        ways = [*feeds, *([api] if api else []), *([listing] if listing else []), *sitemaps]
        return [self._compare(way, known, section) for way in ways]

    def _compare(self, tried: Tried, known: list[str], section: SectionFound) -> Tried:
        path = urlsplit(section.url).path
        is_of_section = len(path) > 1 and urlsplit(tried.found.url).path.startswith(path)
        return replace(
            tried, found=replace(tried.found, shared=count_common(tried, known), is_of_section=is_of_section)
        )

    async def _try_listing(self, trial: Trial, look: PageLook) -> Tried | None:
        if look.listing is None:
            return None
        listing = look.listing.listing.model_dump(exclude_none=True, exclude_defaults=True)
        tried = await self._try(trial, {"listing": [listing]}, "rows that look alike")
        if tried is None or look.next_url is None:
            return tried
        return await self._check_next(trial, tried, look.next_url)

    async def _check_next(self, trial: Trial, tried: Tried, next_url: str) -> Tried:
        """Paging is only believed when the second page lists something else."""
        entry = tried.found.source.entry_points[0]
        document = await self._asker.get(next_url)
        listed = document if isinstance(document, Failure) else await trial.read(tried.found.source, entry, document)
        rows = () if isinstance(listed, Failure) else listed.rows
        first = {url_key(row.url) for row in tried.rows}
        if any(url_key(row.url) not in first for row in rows):
            return tried
        assert entry.listing is not None
        alone = entry.listing.model_copy(update={"next": None})
        source = tried.found.source.model_copy(update={"listing": (alone,)})
        return replace(tried, found=replace(tried.found, source=source))

    async def _try_feeds(self, trial: Trial, looked: Looked, known: list[str]) -> list[Tried]:
        links = _sort_feeds(
            [*looked.main.signs.feeds, *(feed for look in looked.all for feed in look.signs.feeds)], looked.main.url
        )
        places = [
            (link.url, "the page's head" if link.declared else "a link on the page") for link in links[:MOST_FEEDS]
        ]
        places += [(url, BY_ROBOTS) for url in self._find_named(looked.main.url) if await self._is_feed(url)]
        found: list[Tried] = []
        for place, how in places:
            tried = await self._try(trial, {"feeds": [place]}, how, is_declared=how != "a link on the page")
            # robots.txt speaks for the whole site, so that its feed may be another section's or language's
            if tried and (how != BY_ROBOTS or not known or count_common(tried, known)):
                found.append(tried)
        if not found or not any(count_common(tried, known) for tried in found):
            guessed = await self._try_places(trial, looked.main.url, known, is_needed=not found)
            found += [guessed] if guessed else []
        return [tried for tried in found if tried.rows]

    def _find_named(self, url: str) -> tuple[str, ...]:
        """What robots.txt names as sitemaps, which feeds may be, too (sitemaps.org, "Other sitemap formats")."""
        return read_robots_sitemaps(self._asker.find_robots(url), url)[:MOST_SITEMAPS]

    async def _is_feed(self, url: str) -> bool:
        document = await self._asker.get(url)
        return isinstance(document, Document) and bool(FEED_ROOT.search(document.body[:HEAD_BYTES]))

    async def _try_places(self, trial: Trial, url: str, known: list[str], *, is_needed: bool) -> Tried | None:
        """The first well-known place that has a feed; where feeds are known already, one of this very section."""
        for place in list_feed_places(url, find_common_path(known)):
            tried = await self._try(trial, {"feeds": [place]}, "a well-known place", is_declared=False, is_quiet=True)
            if tried and tried.rows and (is_needed or count_common(tried, known)):
                return tried
        return None

    async def _try_api(self, trial: Trial, looked: Looked) -> Tried | None:
        if looked.api_root is None:
            return None
        keys = {"platform": Platform.WORDPRESS, "api": [{"url": urljoin(looked.api_root, "wp/v2/posts")}]}
        tried = await self._try(trial, keys, "the page's head")
        return tried if tried and tried.rows else None

    async def _try_sitemaps(self, trial: Trial, looked: Looked, samples: list[str]) -> list[Tried]:
        """The first sitemap that lists what the section publishes, narrowed to that."""
        url = looked.main.url
        declared = [(one, BY_ROBOTS) for one in self._find_named(url) if not await self._is_feed(one)]
        declared += [(one, "the page's head") for look in looked.all for one in look.signs.sitemaps]
        places = [(one, "a well-known place") for one in list_sitemap_places(url)]
        tried_urls: set[str] = set()
        for one, how in [*declared[:MOST_SITEMAPS], *places]:
            if url_key(one) in tried_urls:
                continue
            tried_urls.add(url_key(one))
            tried = await self._try(trial, {"sitemaps": [one]}, how, is_quiet=how == "a well-known place")
            whole = await self._read_index(trial, tried) if tried else None
            if whole and (narrowed := _narrow(trial, whole, samples)):
                return [narrowed]
        return []

    async def _read_index(self, trial: Trial, tried: Tried) -> Tried:
        """What the likeliest sitemaps of an index list, or the sitemap itself."""
        if not tried.sitemaps:
            return tried
        rows = list(tried.rows)
        likely = sorted(tried.sitemaps, key=_rank_sitemap)
        for url in likely[:MOST_SITEMAPS]:
            one = await self._try(trial, {"sitemaps": [url]}, tried.found.found_by)
            rows += one.rows if one else ()
        counted = trial.count_again(tried, tried.found.source, rows)
        notes = (f"an index of {len(tried.sitemaps)} sitemaps, {len(likely[:MOST_SITEMAPS])} of which were read",)
        return replace(counted, found=replace(counted.found, notes=notes))

    async def _try(
        self, trial: Trial, keys: dict[str, Any], how: str, *, is_declared: bool = True, is_quiet: bool = False
    ) -> Tried | None:
        tried = await trial.try_way(keys, how, is_declared=is_declared)
        if isinstance(tried, Failure):
            if not is_quiet:
                self._note(_address_of(keys), tried)
            return None
        return tried

    def _note(self, url: str, failure: Failure) -> None:
        self.troubles.append(Trouble(url=url, loss=failure.loss, detail=failure.detail))


def _choose_main(looks: list[PageLook]) -> PageLook:
    """The page that was asked for if it lists something and is no front page; else the section that lists best."""
    start, *sections = looks
    if start.listing and not is_front(start.url):
        return start
    listing = [look for look in sections if look.listing]
    best = max(listing, key=lambda look: look.listing.score if look.listing else 0.0, default=None)
    return best or start


def _sort_feeds(feeds: Iterable[FeedLink], url: str) -> list[FeedLink]:
    """Feeds beneath the section's own address first, then what is declared; each once."""
    path = urlsplit(url).path
    unique = {url_key(feed.url): feed for feed in reversed(list(feeds))}
    kept = list(reversed(unique.values()))
    return sorted(
        kept, key=lambda feed: (not (len(path) > 1 and urlsplit(feed.url).path.startswith(path)), not feed.declared)
    )


def _narrow(trial: Trial, tried: Tried, samples: list[str]) -> Tried | None:
    """The sitemap with the pattern of what is known to be announcements, or of what looks like it."""
    urls = [row.url for row in tried.rows]
    pattern = guess_link_pattern(samples) if samples else guess_pattern_among(urls)
    kept = count_kept(pattern, urls) if pattern else 0
    if not pattern or not kept:
        return None
    return trial.keep_only(tried, pattern) if kept < len(urls) else tried


def _rank_sitemap(url: str) -> tuple[bool, bool]:
    name = urlsplit(url).path
    return bool(NOT_OF_NEWS.search(name)), not OF_NEWS.search(name)


def _sort(ways: list[WayFound]) -> list[WayFound]:
    best = choose_way(ways)
    return sorted(ways, key=lambda way: (way is not best, ORDER.index(way.way)))


def _address_of(keys: dict[str, Any]) -> str:
    (values,) = (value for key, value in keys.items() if key in {"feeds", "sitemaps", "listing", "api"})
    return values[0] if isinstance(values[0], str) else str(values[0]["url"])
