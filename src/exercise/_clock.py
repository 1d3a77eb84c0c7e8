"""Times as the services write them. All in: microseconds since 1970, UTC."""

from datetime import UTC, date, datetime, timedelta

from exercise._sizes import DAY_US, FIRST_DAY_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(at_us: int) -> datetime:
    """The time in UTC."""
    return _EPOCH + timedelta(microseconds=at_us)


def iso_micro(at_us: int) -> str:
    """As in `2020-04-01T10:22:33.123456Z`."""
    return moment(at_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def iso_milli(at_us: int) -> str:
    """As in `2020-04-01T10:22:33.123Z`."""
    return moment(at_us).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_us // 1000 % 1000:03d}Z"


def date_of(day: int) -> date:
    """The date of an instalment's number, from 1."""
    return moment(FIRST_DAY_US + (day - 1) * DAY_US).date()


def wall_clock(at_us: int, offset_minutes: int) -> datetime:
    """What a clock on the wall showed, without a zone."""
    return (moment(at_us) + timedelta(minutes=offset_minutes)).replace(tzinfo=None)
