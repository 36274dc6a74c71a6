"""How the suite is spread over processes: more of them than cores, the longest tests first, the same servers for all."""

import os
from itertools import groupby

import pytest

from tests.forking import find_python

# Nearly every long test waits for processes of its own (a crawl, a mail server, a site on loopback) most of its time.
MORE_THAN_CORES = 1


def pytest_configure(config: pytest.Config) -> None:
    find_python()  # before the processes begin that are to share what it starts
    config.addinivalue_line(
        "markers", "long: takes many seconds; is begun first, so that no process ends long after the others"
    )


@pytest.hookimpl(optionalhook=True)  # so that the tests run without pytest-xdist too
def pytest_xdist_auto_num_workers() -> int:
    return (os.cpu_count() or 1) + MORE_THAN_CORES


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = spread(items, workers)


def spread(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The order in which each of the workers, that begin with equal shares of it, begins with long tests.

    Those of a module stay together, for they may share what took long to make.
    """
    is_long = {item: item.get_closest_marker("long") is not None for item in items}
    modules = [list(found) for _, found in groupby(filter(is_long.get, items), key=lambda item: item.path)]
    short = [item for item in items if not is_long[item]]
    found: list[pytest.Item] = []
    for number in range(workers):
        first = [item for module in modules[number::workers] for item in module]
        size = (len(items) - len(found)) // (workers - number) - len(first)
        found += first + short[: max(0, size)]
        del short[: max(0, size)]
    return found + short
