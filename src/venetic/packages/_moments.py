"""How a package states a time: UTC, the document's zone by its name, or a wall clock whose zone nobody stated."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from venetic.kernel import WrongUse, rfc3339

ZONE_NOTE = "The zone is the document's own; it is no claim about where a sender was."
_NUMERIC_NAME = re.compile(r"[+-]\d{2,4}\Z")


@dataclass(frozen=True, slots=True)
class QuoteTime:
    """When a message was sent, as far as its source says.

    `utc` and `document` are the same instant, the second in the document's zone, which `document_zone` names (GMT,
    BST, UTC-03:00); all three are null unless a zone is known, the last two also past the year 9999. `local` is the
    wall clock as written and is never converted. `raw` is the source's own text. `zone_stated` says whether the
    source states the zone; where it does not and `zone_asserted`, `utc` rests on a zone that somebody asserted.
    `precision` is how exactly the source states the time (us, ms, s, min, h, day); null when nobody said.
    """

    utc: str | None
    document: str | None
    document_zone: str | None
    local: str | None
    raw: str | None
    zone_stated: bool
    zone_asserted: bool = False
    precision: str | None = None


def document_zone(name: str) -> ZoneInfo:
    """Look up a zone such as Europe/London. Raises WrongUse when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongUse(
            "the document zone is not a zone of the tz database; give a name such as Europe/London"
        ) from error


def quote_time(
    sent_at: datetime | None,
    local: datetime | None,
    raw: str | None,
    zone: ZoneInfo,
    *,
    precision: str | None = None,
    zone_asserted: bool = False,
) -> QuoteTime:
    """State a time for a package; `sent_at` is aware or null, `local` naive or null."""
    wall = None if local is None else local.isoformat(timespec="microseconds")
    asserted = zone_asserted and sent_at is not None
    stated = sent_at is not None and not asserted
    try:
        there = None if sent_at is None else sent_at.astimezone(zone)
    except OverflowError:
        there = None
    return QuoteTime(
        utc=rfc3339(sent_at),
        document=None if there is None else there.isoformat(timespec="microseconds"),
        document_zone=None if there is None else zone_name(there),
        local=wall,
        raw=raw,
        zone_stated=stated,
        zone_asserted=asserted,
        precision=precision,
    )


def zone_name(there: datetime) -> str:
    """Name the zone in force at an aware time: GMT, BST, or UTC-03:00 where the zone has no letters."""
    name = there.tzname() or ""
    if name and not _NUMERIC_NAME.match(name):
        return name
    offset = there.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def parse_utc(text: str) -> datetime | None:
    """Read a time as `rfc3339` prints it; null for any other text."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def parse_wall(text: str) -> datetime | None:
    """Read a wall-clock time as a package writes it; null for any other text or one with a zone."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return wall if wall.tzinfo is None else None


def in_words(moment: datetime, precision: str | None = None) -> str:
    """Print a time for people: `Sunday 29 March 2020, 01:30:00`, no more exactly than its source states it.

    Microseconds only when there are any.
    """
    day = f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year:04d}"
    if precision == "day":
        return day
    if precision in {"min", "h"}:
        return f"{day}, {moment:%H:%M}"
    return f"{day}, {moment:%H:%M:%S}" + (f".{moment.microsecond:06d}" if moment.microsecond else "")


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
