"""The command line: it shows and asks, and decides nothing."""

from monitor.cli.app import main

__all__ = ["main"]
