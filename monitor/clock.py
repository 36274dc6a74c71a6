"""How moments are written in the archive: aware UTC, sortable as text, to the millisecond."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The present moment, aware UTC. Called where parts are joined; deciding modules are given the moment."""
    return datetime.now(UTC)


def write_moment(moment: datetime) -> str:
    """`2026-11-23T08:00:00.000Z`; a naive moment is a fault of ours and raises ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment}")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: str | None) -> datetime | None:
    """The moment that `write_moment` wrote, or None for none."""
    return datetime.fromisoformat(text) if text else None


def read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def write_minute(moment: str | None) -> str | None:
    """A moment of the archive as people read it, in UTC."""
    return f"{moment[:10]} {moment[11:16]}" if moment else None
