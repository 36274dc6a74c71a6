"""The story of one address in plain words."""

from pathlib import Path

from monitor.explain import explain_url
from monitor.watch import Watch
from tests.archives import Archive, make_announcement, make_channel, write_report


def test_a_match_is_told_once_with_what_became_of_it_at_each_address(tmp_path: Path) -> None:
    watch = Watch(name="Treaties", any=("memorandum of understanding",), channels=("team",))
    channel = make_channel("json://localhost/a", "json://localhost/b")
    archive = Archive(tmp_path / "a.db", watches=[watch], channels=[channel])
    archive.take(write_report())
    archive.take(write_report(make_announcement("/new")))

    told = explain_url(archive.database, "https://example.org/new", sources=archive.sources.values(), watches=[watch])

    (line,) = [line for line in told.lines if "Treaties" in line]
    assert line.count("owed to team, due ") == 2
    assert line.count("memorandum of understanding in: “") == 1
    archive.database.close()
