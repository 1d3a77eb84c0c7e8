"""Times: aware UTC in memory, RFC 3339 with microseconds and `Z` in print."""

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """The present moment as an aware UTC time."""
    return datetime.now(UTC)


def rfc3339(moment: datetime | None) -> str | None:
    """Print an aware time as UTC with microseconds and `Z`; null stays null."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"  # pads early years


def micros(moment: datetime) -> int:
    """Microseconds from the epoch to an aware time, exact."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
