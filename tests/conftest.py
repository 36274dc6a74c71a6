"""How the suite is spread over processes: more of them than cores, the longest tests first, the same servers for all."""

import os

import pytest

from tests.forking import find_python

# Nearly every long test waits for processes of its own (a crawl, a mail server, a site on loopback) most of its time.
MORE_THAN_CORES = 1


def pytest_configure(config: pytest.Config) -> None:
    find_python()  # before the processes begin that are to share what it starts
    config.addinivalue_line(
        "markers", "long: takes many seconds; is begun first, so that no process ends long after the others"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    return (os.cpu_count() or 1) + MORE_THAN_CORES


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
