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
    contents: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE) as packed:
        for member in packed:
            if member.islnk():  # the same as in another state; to go back for it would mean to unpack all anew
                contents[member.name] = contents[member.linkname]
            elif file := packed.extractfile(member):
                contents[member.name] = file.read()
            if member.name in contents and is_wanted(member.name):
                yield member.name, contents[member.name]
