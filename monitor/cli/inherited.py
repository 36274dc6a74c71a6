"""Puts right what a command inherits from whoever starts it, before anything else is loaded, and how it is interrupted."""

import io
import os
import signal
import sys

STANDARD_FILES = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def put_right() -> None:
    """Standard files that are closed lead nowhere, one that lacks a letter escapes it, and the ends of children are told.

    Else the archive or a pipe would get the number of a standard file, and what is printed with it; and where SIGCHLD is
    ignored, a crawl that went well would seem to have failed.
    """
    for number, (name, mode) in enumerate(STANDARD_FILES):
        if getattr(sys, name) is None:
            _lead_nowhere(number)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # as standard error does; a title in Greek is no reason to end
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def end_at_once_when_interrupted() -> None:
    """Ctrl-C ends the process, as long as there is no work to be left in order.

    Python would raise an exception wherever it is, and some libraries swallow that while they are loaded.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def heed_interrupts() -> None:
    """Ctrl-C raises KeyboardInterrupt from now on; where it is ignored, as behind `nohup`, it stays so."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _lead_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == number:
        os.set_inheritable(number, True)  # noqa: FBT003 (it has no name)
        return
    os.dup2(nowhere, number)
    os.close(nowhere)
