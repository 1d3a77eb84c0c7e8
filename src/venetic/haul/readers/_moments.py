"""Times as sources write them. Nothing is guessed: what a value does not say stays null.

A moment is (local, sent, precision): microseconds of the wall clock as written, null when only an instant is known;
microseconds of the UTC instant, null unless the value states its zone; and us, ms, s, min, h or day.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from venetic.kernel import micros

Moment = tuple[int | None, int | None, str]
ReadMoment = Callable[[Any], Moment | None]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- wall clock
_DAY_US, _HOUR_US, _MINUTE_US, _SECOND_US = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([01][0-9]|2[0-3])(?::([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?)?"
    r"(?: ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})?")
_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999
_EPOCH_FORMATS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
_EPOCH_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.([0-9]{1,9}))?")


def check_format(name: str) -> str:
    """The format's name; ValueError when it is none of ours."""
    if name not in {"iso", "mongo", *_EPOCH_FORMATS} and "%" not in name:
        raise ValueError("a time format is iso, epoch_s, epoch_ms, epoch_us, mongo or a strptime pattern")
    return name


def check_zone(name: str) -> str:
    """The zone's name; ValueError when it is neither none, utc nor Area/City."""
    if name not in {"none", "utc"} and name not in available_timezones():
        raise ValueError("a zone is none, utc, an Area/City name, or {field: …}")
    return name


@lru_cache(maxsize=4096)  # a haul has few days; a hit saves half the time of a row
def _day_us(text: str) -> int | None:
    try:
        return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * _DAY_US
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset_us(text: str) -> int | None:
    if text == "Z":
        return 0
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match.groups()
    if int(hours) > 23 or int(minutes or 0) > 59:
        return None
    return (1 if sign == "+" else -1) * (int(hours) * _HOUR_US + int(minutes or 0) * _MINUTE_US)


def _fraction_precision(digits: str | None) -> str:
    return "s" if not digits else "ms" if len(digits) <= 3 else "us"


def read_iso(value: Any) -> Moment | None:  # noqa: ANN401 -- whatever the source held
    """ISO 8601 calendar date, with or without time, fraction and offset; digits past microseconds are cut off."""
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day, hour, minute, second, fraction, offset = match.groups()
    local = _day_us(day)
    if local is None:
        return None
    if hour is None:
        return local, None, "day"
    local += int(hour) * _HOUR_US
    precision = "h"
    if minute is not None:
        local += int(minute) * _MINUTE_US
        precision = "min"
    if second is not None:
        local += int(second) * _SECOND_US
        precision = "s"
    if fraction is not None:
        local += int(fraction[:6].ljust(6, "0"))
        precision = "ms" if len(fraction) <= 3 else "us"
    if offset is None:
        return local, None, precision
    shift = _offset_us(offset)
    return None if shift is None else _bounded(local, local - shift, precision)


def _bounded(local: int | None, sent: int, precision: str) -> Moment | None:
    return (local, sent, precision) if _FIRST_US <= sent <= _LAST_US else None


def _epoch_reader(unit_us: int) -> ReadMoment:
    whole = {1_000_000: "s", 1_000: "ms", 1: "us"}[unit_us]

    def read(value: Any) -> Moment | None:  # noqa: ANN401 -- whatever the source held
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            return None
        match = _EPOCH_NUMBER.fullmatch(str(value)) if not _is_huge(value) else None
        if match is None:
            return None
        try:
            sent = int(Decimal(value) * unit_us)
        except InvalidOperation:
            return None
        precision = whole if match[1] is None else _fraction_precision(match[1]) if unit_us == 1_000_000 else "us"
        return _bounded(None, sent, precision)

    return read


def _is_huge(value: int | str | Decimal) -> bool:
    return isinstance(value, int) and value.bit_length() > 64


_read_epoch_ms = _epoch_reader(1_000)


def read_mongo(value: Any) -> Moment | None:  # noqa: ANN401 -- whatever the source held
    """MongoDB Extended JSON: `{"$date": …}` holding ISO text, milliseconds, or `{"$numberLong": …}`."""
    if not isinstance(value, dict) or len(value) != 1 or "$date" not in value:
        return None
    inner = value["$date"]
    if isinstance(inner, dict):
        return _read_epoch_ms(inner.get("$numberLong"))
    return read_iso(inner) or _read_epoch_ms(inner)


def _pattern_reader(pattern: str) -> ReadMoment:
    letters = set(re.findall(r"%([A-Za-z])", pattern))
    has_clock = "c" in letters or "X" in letters or "T" in letters
    precision = "us" if "f" in letters else "s" if has_clock or "S" in letters else "min" if "M" in letters else "day"
    if precision == "day" and letters & {"H", "I"}:
        precision = "h"

    def read(value: Any) -> Moment | None:  # noqa: ANN401 -- whatever the source held
        if not isinstance(value, str):
            return None
        try:
            moment = datetime.strptime(value, pattern)  # noqa: DTZ007 -- a zone only where the value states one
            local = (moment.replace(tzinfo=None) - _NAIVE_EPOCH) // timedelta(microseconds=1)
            if moment.tzinfo is None:
                return local, None, precision
            return local, micros(moment), precision
        except (ValueError, OverflowError):
            return None

    return read


def moment_reader(formats: Sequence[str]) -> ReadMoment:
    """A function that reads a value by the first of `formats` that fits; null when none does."""
    readers = [_reader_of(name) for name in formats]
    if len(readers) == 1:
        return readers[0]

    def read(value: Any) -> Moment | None:  # noqa: ANN401 -- whatever the source held
        for reader in readers:
            if (moment := reader(value)) is not None:
                return moment
        return None

    return read


def _reader_of(name: str) -> ReadMoment:
    if name == "iso":
        return read_iso
    if name == "mongo":
        return read_mongo
    return _epoch_reader(_EPOCH_FORMATS[name]) if name in _EPOCH_FORMATS else _pattern_reader(name)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> tzinfo | None:
    """The zone a text names: `utc`, Area/City, or an offset; null when it names none."""
    if name.lower() in {"utc", "z"}:
        return UTC
    if (shift := _offset_us(name)) is not None:
        return timezone(timedelta(microseconds=shift))
    return ZoneInfo(name) if name in available_timezones() else None


def in_zone(local: int, zone: tzinfo) -> int | None:
    """The instant of a wall-clock time in a zone; null for an hour that the zone's clocks skipped or showed twice."""
    try:
        wall = _NAIVE_EPOCH + timedelta(microseconds=local)
        first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    except OverflowError:
        return None
    if first is None or first != second:
        return None
    instant = local - first // timedelta(microseconds=1)
    return instant if _FIRST_US <= instant <= _LAST_US else None
