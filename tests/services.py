"""Loads Apprise's services when it is imported, so that what is forked afterwards need not."""

from apprise.manager_plugins import NotificationManager

NotificationManager().load_modules()  # type: ignore[no-untyped-call]
