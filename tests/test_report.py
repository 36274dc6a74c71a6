"""The crawl report as a stream: whoever writes it knows when nobody reads it any more."""

import os
from pathlib import Path

import pytest

from crawler.report import STDOUT, ReportFile


def test_a_report_is_abandoned_once_its_reader_has_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """R28: a crawl whose monitor was killed asks nobody for anything more."""
    reading, writing = os.pipe()
    errors = (tmp_path / "errors").open("w")
    with os.fdopen(writing, "w") as out, errors:
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", errors)
        report = ReportFile(STDOUT)
        assert not report.is_abandoned
        os.close(reading)
        assert report.is_abandoned

    assert not ReportFile(str(tmp_path / "report.jsonl")).is_abandoned
