"""The command line: it shows and asks, and decides nothing."""

import os

from crawler.garbage import load_without_collecting
from monitor.cli.inherited import end_at_once_when_interrupted, put_right

put_right()
end_at_once_when_interrupted()
load_without_collecting()
# It would look for its plugins in all that is installed; we have none, and those of others are none of ours.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from monitor.cli.app import main  # noqa: E402

__all__ = ["main"]
