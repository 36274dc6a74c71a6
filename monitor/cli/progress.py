"""The bar that shows on a terminal how far a crawl or a probe has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from crawler.order import Announced, ReportLine, SourceEnded
from monitor.cli.tables import ERR


@contextmanager
def show_crawl(total: int, what: str) -> Iterator[Callable[[ReportLine], None]]:
    """A bar on a terminal, nothing elsewhere."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("sources, {task.fields[pages]} announcements"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        task = progress.add_task(what, total=total, pages=0)
        pages = 0

        def note(line: ReportLine) -> None:
            nonlocal pages
            pages += isinstance(line, Announced)
            progress.update(task, advance=isinstance(line, SourceEnded), pages=pages)

        yield note
