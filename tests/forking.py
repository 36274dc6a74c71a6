"""Starts our programs by forking a process that has imported them: what a start costs is paid once for all tests.

    launcher, started in place of Python -> socket of a server -> the server's fork, which becomes the program

A server is started for good, imports what its programs import and does nothing else: it has no thread and no reactor, so
what it forks is as a program that has just been started and has done its imports. Such a fork gets
the launcher's arguments, environment, folder and files, and a session of its own; what happens to the launcher happens
to it, and the launcher ends as it ends. Whatever is no program of ours is started for good, and so is everything where
there is no Linux. The tests of how programs start, of signals and of memory start them for good, too.
"""

import atexit
import gc
import importlib
import marshal
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.launching import FILES, MONITOR, WORKER, find_settled

ROOT = Path(__file__).parents[1]
LAUNCHER = """\
#!{python} -IS
import sys
sys.path.insert(0, {root!r})
from tests.launching import main
main({folder!r}, {python!r}, {environ!r})
"""
# The terminal whose output the tests of the command line read, whatever else runs them.
ENVIRONMENT = {"COLUMNS": "200", "LINES": "24"}
PYTHON = "python"
SHARED = "GOVWATCH_TEST_FORKING"
REQUEST_BYTES = 1 << 17
FIRST_FREE_FILE, MOST_FILES = 3, 4096
UNFLUSHED = 120
"""The exit status that Python gives when the last of the output cannot be written."""

# These two want what may not be installed.
OPTIONAL = ("crawler.fetching.browser", "crawler.fetching.chromium")


def load_monitor() -> None:
    _import_all("monitor")
    importlib.import_module("tests.services")


def load_crawler() -> None:
    """What a crawl loads before it knows what it will find; Scrapy loads even what the settings switch off."""
    from scrapy.settings import Settings
    from scrapy.utils.misc import load_object

    _import_all("crawler")
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS", "ITEM_PIPELINES"):
        for path in settings.get_component_priority_dict_with_base(name):
            load_object(path)
    for name in ("SCHEDULER", "DUPEFILTER_CLASS", "STATS_CLASS", "LOG_FORMATTER", "DOWNLOADER", "ITEM_PROCESSOR"):
        load_object(settings[name])
    assert "twisted.internet.reactor" not in sys.modules, "each crawl installs its own"


def load_worker() -> None:
    from crawler.extract import init_worker

    init_worker()


SERVERS: dict[str, Callable[[], None]] = {MONITOR: load_monitor, "crawler": load_crawler, WORKER: load_worker}


def _import_all(name: str) -> None:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith("__main__") and module.name not in OPTIONAL:
            importlib.import_module(module.name)


def find_python() -> str:
    """What to start in place of `sys.executable`; the servers are shared with the processes that begin after this."""
    return os.environ.get(SHARED) or _start()


def _start() -> str:
    if sys.platform != "linux":
        return sys.executable
    folder = Path(tempfile.mkdtemp(prefix="govwatch-forking-"))
    launcher = folder / PYTHON
    environ = {**os.environ, **ENVIRONMENT}
    settled = find_settled(environ, MONITOR)
    code = LAUNCHER.format(python=sys.executable, root=str(ROOT), folder=str(folder), environ=settled)
    launcher.write_text(code, encoding="utf-8")
    launcher.chmod(0o700)
    listeners = {name: _listen(folder / name) for name in SERVERS}
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.forking",
            str(folder),
            *(f"{name}={it.fileno()}" for name, it in listeners.items()),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=[listener.fileno() for listener in listeners.values()],
        env=environ,
        cwd=ROOT,
        start_new_session=True,
    )
    for listener in listeners.values():
        listener.close()
    atexit.register(_end, server)
    os.environ[SHARED] = str(launcher)
    return str(launcher)


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    listener.listen(64)
    return listener


def _end(servers: subprocess.Popen[bytes]) -> None:
    """The end of their stdin ends the servers and all that they have forked."""
    assert servers.stdin is not None
    servers.stdin.close()
    servers.wait()


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a launcher was started with; `files` are its stdin, stdout and stderr."""

    words: list[str]
    folder: str
    environ: dict[str, str]
    umask: int
    files: list[int]


@dataclass(kw_only=True, eq=False)
class Fork:
    """A program that runs. `owner_fd` is of the process with which a worker has to end."""

    pid: int
    end_fd: int
    launcher: socket.socket
    owner_fd: int | None = None

    @property
    def fds(self) -> list[int]:
        """All that may say something about it."""
        return [fd for fd in (self.end_fd, self.launcher.fileno(), self.owner_fd) if fd is not None]

    def close(self) -> None:
        for fd in (self.end_fd, self.owner_fd):
            if fd is not None:
                os.close(fd)
        self.launcher.close()

    def signal(self, number: int) -> None:
        """To all of its process group, which it makes as its first deed."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            os.kill(self.pid, number)

    def bury(self) -> None:
        """Tells the launcher how it ended."""
        _, status = os.waitpid(self.pid, 0)
        try:
            self.launcher.send(marshal.dumps(os.waitstatus_to_exitcode(status)))
        except OSError:
            return  # the launcher was killed


@dataclass(kw_only=True)
class Server:
    """Forks programs for the launchers that come to `listener`."""

    listener: socket.socket
    _forks: dict[int, Fork] = field(default_factory=dict)
    _poll: select.poll = field(default_factory=select.poll)

    def serve(self) -> Request | None:
        """Returns in each fork, with what it is to become, and at the end of stdin with None."""
        for fd in (sys.stdin.fileno(), self.listener.fileno()):
            self._poll.register(fd, select.POLLIN)
        while True:
            fd, _ = self._poll.poll()[0]  # one at a time, for what it leads to may give the number of another anew
            if fd == sys.stdin.fileno():
                self._end_all()
                return None
            if fd != self.listener.fileno():
                self._look_after(self._forks[fd], fd)
            elif request := self._accept():
                return request

    def _accept(self) -> Request | None:
        launcher, _ = self.listener.accept()
        data, files, _, _ = socket.recv_fds(launcher, REQUEST_BYTES, FILES)
        if not data:
            launcher.close()
            return None
        words, folder, environ, umask = marshal.loads(data)
        pid = os.fork()
        if not pid:
            return Request(words=words, folder=folder, environ=environ, umask=umask, files=files)
        for fd in files:
            os.close(fd)
        self._remember(pid, launcher, words)
        return None

    def _remember(self, pid: int, launcher: socket.socket, words: list[str]) -> None:
        fork = Fork(pid=pid, end_fd=os.pidfd_open(pid), launcher=launcher)
        if words[0] == "-c":
            try:
                fork.owner_fd = os.pidfd_open(int(words[-1]))
            except ProcessLookupError:
                fork.signal(signal.SIGKILL)
        for fd in fork.fds:
            self._forks[fd] = fork
            self._poll.register(fd, select.POLLIN)

    def _look_after(self, fork: Fork, fd: int) -> None:
        if fd == fork.end_fd:
            fork.bury()
            for one in fork.fds:
                self._forget(one)
            fork.close()
        elif fd == fork.owner_fd or not (numbers := fork.launcher.recv(FILES)):
            fork.signal(signal.SIGKILL)
            self._forget(fd)
        else:
            for number in numbers:
                fork.signal(number)

    def _forget(self, fd: int) -> None:
        if fd in self._forks:
            del self._forks[fd]
            self._poll.unregister(fd)

    def _end_all(self) -> None:
        for fork in set(self._forks.values()):
            fork.signal(signal.SIGKILL)
            os.waitpid(fork.pid, 0)


def become(request: Request) -> None:
    """Makes this fork what the launcher would be, had it been started for good."""
    os.setsid()
    for number, fd in enumerate(request.files):
        os.dup2(fd, number)
    os.closerange(FIRST_FREE_FILE, MOST_FILES)
    os.umask(request.umask)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environ)
    time.tzset()
    sys.executable = str(Path(sys.argv[1]) / PYTHON)
    more = [path for path in request.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in sys.path]
    sys.path[:1] = [request.folder if request.words[0] == "-m" else "", *more]


def run(request: Request) -> int:
    """Runs the program; its exit status."""
    how, what, *arguments = request.words
    sys.argv = [how, *arguments]
    try:
        if how == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            sys.argv[1:] = [str(os.getppid())]  # a worker looks whether its parent is still there
            exec(what, {"__name__": "__main__"})
    except SystemExit as error:
        return _find_status(error.code)
    except BaseException:  # noqa: BLE001 (Python's own last resort)
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _find_status(code: Any) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def finish(status: int) -> None:
    """What Python does at its end, except to take apart, piece by piece, what goes with the process anyway."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = UNFLUSHED
    os._exit(status & 0xFF)


def main(folder: Path, listeners: dict[str, socket.socket]) -> None:
    """Starts each server when its first launcher comes, until stdin ends."""
    poll, servers = select.poll(), list[int]()
    names = {listener.fileno(): name for name, listener in listeners.items()}
    for fd in (sys.stdin.fileno(), *names):
        poll.register(fd, select.POLLIN)
    while (fd := poll.poll()[0][0]) != sys.stdin.fileno():
        listener = listeners.pop(names[fd])
        if not (pid := os.fork()):
            serve(names[fd], listener)
            return
        servers.append(pid)
        poll.unregister(fd)
        listener.close()
    for pid in servers:
        os.waitpid(pid, 0)
    shutil.rmtree(folder)


def serve(name: str, listener: socket.socket) -> None:
    SERVERS[name]()
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()
    if request := Server(listener=listener).serve():
        become(request)
        finish(run(request))


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        {name: socket.socket(fileno=int(fd)) for name, fd in (one.split("=") for one in sys.argv[2:])},
    )
