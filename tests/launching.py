"""What stands in for the Python of a program that is to be forked: hands all that it was started with to `forking`.

It imports next to nothing, since whoever starts a program this way wants it at once. It lasts as long as the program,
passes signals on to it, and ends as it ends.
"""

import _signal as signal  # type: ignore[import-not-found]  # what wraps it takes longer to import than all the rest
import marshal
import os
import sys
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_SEQPACKET, SOL_SOCKET, socket
from collections.abc import Mapping

PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Module -> the name of the server that has imported what it imports.
SERVED = {"monitor": "monitor", "crawler": "crawler", "crawler.inspection": "crawler", "scrapy": "crawler"}
# Known by what it imports, for it is started with `-c`.
WORKER = "crawler.worker"
MONITOR = "monitor"
TERMINAL = (
    "COLUMNS", "LINES", "TERM", "TERMINAL_WIDTH", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS",
)  # fmt: skip
NOT_SETTLED = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED")
FILES = 3
ANSWER_BYTES = 64
NOT_THERE = 70


def main(folder: str, python: str, environ: Mapping[str, str]) -> None:
    """Has the program forked by the server in `folder` that is for it; starts anything else with `python`.

    `environ` is the environment in which the servers were started.
    """
    words = sys.argv[1:]
    server = find_server(words)
    path = f"{folder}/{server}"
    if find_settled(os.environ, server) != find_settled(environ, server) or not os.path.exists(path):  # noqa: PTH110 (pathlib is slow to import, too)
        os.execv(python, [python, *words])
    connection = socket(AF_UNIX, SOCK_SEQPACKET)
    connection.connect(path)
    for number in PASSED_ON:
        signal.signal(number, lambda number, _: pass_on(number, connection))
    umask = os.umask(0)
    os.umask(umask)
    request = marshal.dumps((words, os.getcwd(), dict(os.environ), umask))  # noqa: PTH109
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in range(FILES))
    connection.sendmsg([request], [(SOL_SOCKET, SCM_RIGHTS, files)])
    answer = connection.recv(ANSWER_BYTES)
    end_as(marshal.loads(answer) if answer else NOT_THERE)


def pass_on(number: int, connection: socket) -> None:
    try:
        connection.send(bytes((number,)))
    except OSError:
        return  # the program has just ended, and its status is on its way


def find_server(words: list[str]) -> str | None:
    match words:
        case ["-m", name, *_]:
            return SERVED.get(name)
        case ["-c", code, _] if f"from {WORKER} import main" in code:
            return WORKER
    return None


def find_settled(environ: Mapping[str, str], server: str | None) -> dict[str, str]:
    """What is read once, before a program begins: by Python itself, and by what the command line imports."""
    read = {name for name in environ if name.startswith(("PYTHON", "LANG", "LC_"))}.difference(NOT_SETTLED)
    if server == MONITOR:
        read.update(name for name in TERMINAL if name in environ)
    return {name: environ[name] for name in sorted(read)}


def end_as(status: int) -> None:
    """Ends with this exit status, or by the signal -status."""
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)
