"""Opens what Apprise makes of an address: its service, set so that its yes is a yes.

Of the usual services only the one that an address names is loaded; all of Apprise's together take longer to load than a
configuration to check. Safe to call from several threads.
"""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only; its plugins are Any here for the same reason.

import logging
import threading
from functools import cache
from importlib import import_module
from typing import Any

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat, PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from apprise.plugins import url_to_dict

Details = dict[str, Any]
"""The arguments for a service that stand in an address, and `schema`, the name of the service."""
# File and class of each, and the names under which addresses speak of it.
USUAL = {
    ("custom_form", "NotifyForm"): ("form", "forms"),
    ("custom_json", "NotifyJSON"): ("json", "jsons"),
    ("custom_xml", "NotifyXML"): ("xml", "xmls"),
    ("discord", "NotifyDiscord"): ("discord",),
    ("email", "NotifyEmail"): ("mailto", "mailtos"),
    ("google_chat", "NotifyGoogleChat"): ("gchat",),
    ("gotify", "NotifyGotify"): ("gotify", "gotifys"),
    ("matrix", "NotifyMatrix"): ("matrix", "matrixs"),
    ("mattermost", "NotifyMattermost"): ("mmost", "mmosts"),
    ("ntfy", "NotifyNtfy"): ("ntfy", "ntfys"),
    ("rocketchat", "NotifyRocketChat"): ("rocket", "rockets"),
    ("slack", "NotifySlack"): ("slack",),
    ("telegram", "NotifyTelegram"): ("tgram",),
    ("webexteams", "NotifyWebexTeams"): ("webex", "wxteams"),
    ("workflows", "NotifyWorkflows"): ("workflow", "workflows"),
    ("zulip", "NotifyZulip"): ("zulip",),
}
# Those that people copy from their service as they are, such as https://hooks.slack.com/services/...
WITH_WEB_ADDRESSES = ("slack", "workflows", "discord", "gchat", "webex")
WEB = frozenset({"http", "https"})


def read_details(url: str) -> Details | None:
    """What Apprise reads in `url`; None where it is no address of any of its services."""
    with _loading:
        _quieten()
        try:
            return _read_usual(url) or _read_any(url)
        except Exception:  # noqa: BLE001 - some services stumble over what they cannot read
            return None


def instantiate(details: Details | None) -> Any:
    """The service that these details are for; None where there are none, or the service refuses them."""
    plugin = _make(details) if details else None
    if details is None or plugin is None:
        return None
    match details["schema"]:
        case "slack":
            from monitor.slack import speak_mrkdwn  # noqa: PLC0415 - nobody without Slack waits for it

            plugin = speak_mrkdwn(plugin, {**details, "asset": make_asset()})
        case "mmost" | "mmosts":
            plugin.notify_format = NotifyFormat.MARKDOWN  # it is what Mattermost shows, whatever Apprise declares
        case "tgram":
            from apprise.plugins.telegram import TelegramMarkdownVersion  # noqa: PLC0415 - loaded with the service

            # The first Markdown of Telegram has no escapes within a link: "[Withdrawn] A title" would end it, and what
            # follows be another link.
            plugin.notify_format = NotifyFormat.MARKDOWN
            plugin.markdown_ver = TelegramMarkdownVersion.TWO
    plugin.optional = False  # `?optional=yes` would report a refusal as accepted
    return plugin


def _make(details: Details) -> Any:
    service = _find_usual(details["schema"])
    try:
        if service is None:
            plugin = Apprise.instantiate(dict(details), asset=make_asset())
        else:
            plugin = service(**{**details, "asset": make_asset()})
            plugin.url()  # Apprise writes it into its log, and takes a service that cannot tell its address for faulty
        len(plugin or ())  # its recipients; a service that cannot count them cannot send to them
    except Exception:  # noqa: BLE001 - Apprise as well takes whatever a service raises for a refusal
        return None
    return plugin


def _read_usual(url: str) -> Details | None:
    """What one of the usual services reads in `url`, as `url_to_dict` asks all of them."""
    written = url.replace("/#", "/%23")
    schema = written.partition("://")[0].lower()
    service = _find_usual(schema)
    if service is not None:
        return service.parse_url(written) or None
    if schema not in WEB:
        return None
    found = (_find_usual(name).parse_native_url(written) for name in WITH_WEB_ADDRESSES)
    return next((details for details in found if details), None)


def _read_any(url: str) -> Details | None:
    NotificationManager().load_modules()
    details: Details | None = url_to_dict(url)
    return details


@cache
def _find_usual(schema: str) -> Any:
    """The class of a usual service; None where `schema` is no name of any."""
    found = next((service for service, names in USUAL.items() if schema in names), None)
    return getattr(import_module(f"apprise.plugins.{found[0]}"), found[1]) if found else None


_loading = threading.Lock()  # a second thread must not see the services half loaded


@cache
def _quieten() -> None:
    """Keep what Apprise and its libraries log (addresses, at times) out of our logs (R37)."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
    # The reason for a failure is told at this level only; it is kept in the result of the call.
    logging.getLogger("apprise").setLevel(logging.DEBUG)


@cache
def make_asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="govwatch",
        app_desc="govwatch",
        app_url="",
        # Apprise's own pictures would stand beside every alert, fetched from a server that is not ours.
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        # With a limit of its own, Apprise hands over in a pool of threads, for which a process that ends waits as long as
        # the slowest server does, and in which a few such servers keep out all others.
        service_timeout=0,
        storage_mode=PersistentStoreMode.MEMORY,
        # A redirected POST becomes a GET, and its 200 would pass for an accepted message.
        http_redirects=False,
    )
