"""The dated states of a real government site, for what is measured on real pages; absent, those are left out and said so."""

import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

ARCHIVE = Path(__file__).parents[2] / "shared" / "sites" / "canada.tar.xz"


def is_at_hand(measured: str) -> bool:
    """Whether the site is there; where it is not, says that `measured` cannot be."""
    if not ARCHIVE.exists():
        sys.stderr.write(f"not measured: {measured}: the dated states of a real site are not at {ARCHIVE.parent}\n")
    return ARCHIVE.exists()


def read_files(is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, bytes]]:
    """Path and content of every file whose path is wanted."""
    kept: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE) as packed:
        for member in packed:
            if not is_wanted(member.name):
                continue
            # A link is the same file as in another state; to go back for that would mean to unpack all of it anew.
            content = kept.get(member.linkname) if member.islnk() else None
            if content is None and (file := packed.extractfile(member)):
                content = file.read()
            if content is not None:
                kept[member.name] = content
                yield member.name, content
