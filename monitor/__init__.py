"""From announcements to people: the archive, the watches, the alerts and the schedule."""
