"""Slack in its own dialect."""

# mypy: allow-untyped-calls
# Apprise declares types for a part of its functions only.

from collections.abc import Mapping
from typing import Any

from apprise.plugins.slack import NotifySlack, SlackMode

SPEAK_MRKDWN = frozenset({SlackMode.WEBHOOK, SlackMode.WEBHOOK_GOV, SlackMode.BOT})


class MrkdwnSlack(NotifySlack):
    """Slack, given its own dialect: Apprise's translation leaves the backslashes of CommonMark visible in Slack."""

    def dialect_convert(self, body: str, *_: object, **__: object) -> str:
        return body


def speak_mrkdwn(plugin: Any, arguments: Mapping[str, Any]) -> Any:
    """The same service in its own dialect, where the way in which it is reached takes that."""
    if plugin.mode not in SPEAK_MRKDWN:
        return plugin
    speaking = MrkdwnSlack(**arguments)
    speaking.use_blocks = True
    return speaking
