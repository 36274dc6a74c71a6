"""A feed per watch as files: Atom and JSON Feed, for readers who would rather fetch than be sent; decides nothing.

Whoever serves the folder as a web site needs to know nothing else; the files are replaced whole, never written in place.
"""

import hashlib
import json
import os
import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from monitor.channel import Delivery
from monitor.clock import write_moment
from monitor.digest import TITLE_CHARS, AlertItem, Entry, arrange
from monitor.escaping import Form, clean
from monitor.templating import OUR_TEMPLATES, Templates

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
SHOWN = 50
SLUG_CHARS = 60
_NAMESPACE = uuid.UUID("5f0f4f0a-3a3e-5d0e-9a55-3c1d4b7c2017")


@dataclass(frozen=True, kw_only=True)
class FeedItem:
    """One alert as a feed shows it; `owed_at` is when it was found."""

    item: AlertItem
    owed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Feed:
    """The feed of one watch in one folder, newest first."""

    watch: str
    folder: Path
    items: tuple[FeedItem, ...]
    made_at: datetime
    templates: Templates = OUR_TEMPLATES

    @property
    def stem(self) -> Path:
        """Its files without their endings; the same for one name of a watch, and different for two."""
        ascii_name = unicodedata.normalize("NFKD", self.watch).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:SLUG_CHARS].strip("-")
        mark = _hash(self.watch)[:6]
        return self.folder / "-".join(part for part in (slug, mark) if part)

    @property
    def paths(self) -> tuple[Path, Path]:
        return self.stem.with_name(f"{self.stem.name}.atom"), self.stem.with_name(f"{self.stem.name}.json")

    @property
    def updated_at(self) -> datetime:
        return max((one.owed_at for one in self.items), default=self.made_at)


def publish(feed: Feed) -> Delivery:
    """Puts both files of `feed` in place; what the disk refuses may pass."""
    atom, json_feed = feed.paths
    try:
        feed.folder.mkdir(parents=True, exist_ok=True)
        _put(atom, write_atom(feed))
        _put(json_feed, write_json_feed(feed))
    except OSError as error:
        return Delivery(accepted=False, detail=f"{feed.folder} cannot be written: {error.strerror}", passing=True)
    return Delivery(accepted=True, detail=f"written to {atom.name} and {json_feed.name}")


def try_folder(folder: Path) -> Delivery:
    """Whether feeds can be written there (R11)."""
    trial = folder / ".govwatch-trial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(trial, b"")
        trial.unlink()
    except OSError as error:
        return Delivery(accepted=False, detail=f"{folder} cannot be written: {error.strerror}", passing=True)
    return Delivery(accepted=True, detail="accepted")


def _put(path: Path, content: bytes) -> None:
    """The whole file or the old one, whatever happens meanwhile."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _identify(*parts: str) -> str:
    return uuid.uuid5(_NAMESPACE, _hash("\n".join(parts))).urn


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _entries(feed: Feed) -> list[tuple[Entry, FeedItem]]:
    return [(arrange([one.item])[0], one) for one in feed.items]


def _find_identity(feed: Feed, one: FeedItem) -> str:
    """One story in one feed is one entry, whoever comes to lead it."""
    return _identify(feed.watch, one.item.story or one.item.url)


def _render(feed: Feed, entry: Entry) -> str:
    return feed.templates.render("feed", Form.HTML, {"entry": entry})


def write_atom(feed: Feed) -> bytes:
    """RFC 4287."""
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    _add(root, "title", _title(feed))
    _add(root, "id", _identify(feed.watch))
    _add(root, "updated", write_moment(feed.updated_at))
    _add(_add(root, "author"), "name", "govwatch")
    for entry, one in _entries(feed):
        node = _add(root, "entry")
        _add(node, "title", entry.headline)
        _add(node, "id", _find_identity(feed, one))
        _add(node, "updated", write_moment(one.owed_at))
        if entry.link:
            _add(node, "link", rel="alternate", href=entry.link)
        _add(_add(node, "author"), "name", entry.outlet)
        _add(node, "content", _render(feed, entry), type="html")
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return text


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    node.text = text
    return node


def write_json_feed(feed: Feed) -> bytes:
    """JSON Feed 1.1."""
    document = {
        "version": JSON_FEED,
        "title": _title(feed),
        "authors": [{"name": "govwatch"}],
        "items": [_write_json_item(feed, entry, one) for entry, one in _entries(feed)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _write_json_item(feed: Feed, entry: Entry, one: FeedItem) -> dict[str, object]:
    written: dict[str, object] = {
        "id": _find_identity(feed, one),
        "title": entry.headline,
        "content_html": _render(feed, entry),
        "date_modified": write_moment(one.owed_at),
        "authors": [{"name": entry.outlet}],
        "tags": [clean(term) for term in one.item.terms],
    }
    return {**written, "url": entry.link} if entry.link else written


def _title(feed: Feed) -> str:
    return clean(feed.watch, TITLE_CHARS)


def find_missing(folder: Path, watches: Sequence[str]) -> list[str]:
    """The watches that have no files in `folder` yet."""

    def is_missing(watch: str) -> bool:
        feed = Feed(watch=watch, folder=folder, items=(), made_at=datetime.min)  # noqa: DTZ901 - only its paths are asked for
        return not all(path.exists() for path in feed.paths)

    return [watch for watch in watches if is_missing(watch)]
