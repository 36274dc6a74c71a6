"""Services: of the usual ones only that of an address is loaded, and it is the one that Apprise itself would take."""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only.

import subprocess
import sys

import pytest
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict

from monitor.services import USUAL, WITH_WEB_ADDRESSES, instantiate, read_details

TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
WEB_ADDRESSES = {
    "slack": f"https://hooks.slack.com/services/{TOKENS}",
    "discord": f"https://discord.com/api/webhooks/{'1' * 18}/{'a' * 68}",
    "gchat": "https://chat.googleapis.com/v1/spaces/space1/messages?key=key1&token=token1",
    "webex": f"https://api.ciscospark.com/v1/webhooks/incoming/{'a' * 80}",
    "workflows": f"https://prod-1.westeurope.logic.azure.com:443/workflows/{'a' * 32}/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=abc",
}
ADDRESSES = [
    "mailtos://user:pass@example.org?to=a@b.org,c@b.org",
    "MAILTO://user:pass@example.org/a@b.org",
    "json://example.org/hook",
    f"slack://{TOKENS}/#one/#two",
    "mmosts://example.org/token?channels=one,two",
    "tgram://123456789:abcdefg_hijklmnop/12315544",
    "ntfys://example.org/topic",
    "matrixs://user:pass@example.org/#room",
    "workflows://example.org/workflow/signature",
    *WEB_ADDRESSES.values(),
]


@pytest.fixture(scope="module")
def manager() -> NotificationManager:
    manager = NotificationManager()
    manager.load_modules()
    return manager


def test_the_usual_services_are_those_of_apprise_and_can_be_used(manager: NotificationManager) -> None:
    for (file, name), schemas in USUAL.items():
        services = {manager[schema] for schema in schemas}
        assert [(service.__name__, service.enabled) for service in services] == [(name, True)], file
        (service,) = services
        assert {schema for schema in manager.schemas() if manager[schema] is service} == set(schemas)


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_is_read_as_apprise_reads_it(url: str) -> None:
    details = read_details(url)

    assert details == url_to_dict(url)
    assert instantiate(details) is not None


@pytest.mark.parametrize("name", WITH_WEB_ADDRESSES)
def test_a_web_address_that_people_copy_is_that_of_its_service(name: str, manager: NotificationManager) -> None:
    details = read_details(WEB_ADDRESSES[name])

    assert details is not None
    assert manager[details["schema"]] is manager[name]


@pytest.mark.parametrize(
    "url", ["mailto://", "slack://nonsense", "https://example.org/hook", "nonsense://x", "json://"]
)
def test_what_is_no_address_of_any_service_makes_none(url: str) -> None:
    assert instantiate(read_details(url)) is None


PROGRAM = """
import sys
from monitor.services import instantiate, read_details
assert instantiate(read_details(sys.argv[1])) is not None
print(*sorted(name.split(".")[2] for name in sys.modules if name.count(".") == 2 and name.startswith("apprise.plugins.")))
"""


@pytest.mark.parametrize(
    ("url", "loaded"),
    [
        ("json://example.org/hook", {"custom_json"}),
        ("mailtos://user:pass@example.org", {"email"}),
        (WEB_ADDRESSES["slack"], {"slack"}),
    ],
)
def test_only_the_service_that_is_named_is_loaded(url: str, loaded: set[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, url], capture_output=True, text=True, check=True)

    assert set(done.stdout.split()) - {"base"} == loaded
