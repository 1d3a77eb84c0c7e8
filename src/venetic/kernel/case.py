"""Case state in SQL: one metadata that every room adds its tables to, and a UTC time type."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from venetic.kernel.times import EPOCH, micros

case_metadata = MetaData()


class UtcMicros(TypeDecorator[datetime]):
    """An aware UTC time kept as microseconds from the epoch, the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Store an aware time; a naive one raises ValueError, since nobody knows its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        return micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 -- the driver's own type
        """Read back an aware UTC time."""
        return None if value is None else EPOCH + timedelta(microseconds=int(value))
