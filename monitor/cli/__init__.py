"""The command line: it shows and asks, and decides nothing."""

from monitor.cli.inherited import put_right

put_right()

from monitor.cli.app import main  # noqa: E402

__all__ = ["main"]
