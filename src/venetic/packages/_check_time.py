"""Whether a quoted time is the one its source records state."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

from venetic.kernel import EPOCH
from venetic.packages._moments import QuoteTime, parse_utc, parse_wall, quote_time
from venetic.packages._sealed import DecodedRecord, Moment

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*\Z")
_EPOCH = re.compile(r"\d{9,19}(\.\d{1,9})?\Z")
_UNITS = (1, 1_000, 1_000_000)  # seconds, milliseconds, microseconds
_FIRST, _LAST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)  # what a unit must lead into


class Verdict(Enum):
    """What comparing a time came to."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNVERIFIED = "unverified"


def derived_time_agrees(time: QuoteTime, zone: ZoneInfo) -> bool:
    """Whether the document's zone, its name and `zone_stated` follow from `utc`, and every part can be read."""
    sent_at = parse_utc(time.utc) if time.utc is not None else None
    local = parse_wall(time.local) if time.local is not None else None
    asserted = time.zone_asserted
    return quote_time(sent_at, local, time.raw, zone, precision=time.precision, zone_asserted=asserted) == time


def time_against(time: QuoteTime, records: Iterable[DecodedRecord]) -> Verdict:
    """Compare a quoted time with its source records; one that states it is enough.

    The text as written must be that of a record. DIFFERS when records state instants or wall clocks and none is the
    quoted one; UNVERIFIED when no record states by itself what is quoted.
    """
    same_text = [one for one in records if one.time_raw == time.raw]
    if not same_text:
        return Verdict.DIFFERS
    verdicts = {_against(time, moment) for one in same_text for moment in _moments(one)}
    for verdict in (Verdict.AGREES, Verdict.UNVERIFIED, Verdict.DIFFERS):
        if verdict in verdicts:
            return verdict
    return Verdict.AGREES if time.utc is None and time.local is None else Verdict.UNVERIFIED


def _against(time: QuoteTime, stated: Moment) -> Verdict:
    sent_at = parse_utc(time.utc) if time.utc is not None else None
    local = parse_wall(time.local) if time.local is not None else None
    if local is not None and stated.local_time is not None and local != stated.local_time:
        return Verdict.DIFFERS
    if stated.sent_at is not None:
        return Verdict.AGREES if sent_at == stated.sent_at else Verdict.DIFFERS
    if stated.local_time is None:
        return Verdict.AGREES if sent_at is None and local is None else Verdict.UNVERIFIED
    if sent_at is not None:
        return Verdict.UNVERIFIED
    return Verdict.AGREES if local == stated.local_time else Verdict.DIFFERS


def _moments(record: DecodedRecord) -> list[Moment]:
    """Return what a record can mean: what its decoder read, else what its text states by itself."""
    if record.moment is not None:
        return [record.moment]
    raw = (record.time_raw or "").strip()
    if _ISO.match(raw):
        try:
            read = datetime.fromisoformat(raw)
            sent_at = None if read.tzinfo is None else read.astimezone(UTC)
        except (ValueError, OverflowError):
            return []
        return [Moment(sent_at, read.replace(tzinfo=None))]
    if _EPOCH.match(raw):
        return [Moment(moment, None) for unit in _UNITS if (moment := _from_epoch(raw, unit)) is not None]
    return []


def _from_epoch(raw: str, unit: int) -> datetime | None:
    micros = int(Decimal(raw) * 1_000_000 / unit)
    if not 0 <= micros < 10**16:  # past the year 2286, where no unit leads
        return None
    moment = EPOCH + timedelta(microseconds=micros)
    return moment if _FIRST <= moment < _LAST else None
