"""What a scanner found in a stretch of a file, before any field is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from venetic.haul.readers.contract import BATCH_ROWS, RowRefusal

MIB = 1 << 20
BATCH_BYTES = 64 * MIB  # far below the 2 GiB that an Arrow text column may hold

Record = dict[str, Any]
Scanner = Callable[[IO[bytes], "Limits"], Iterator["Found"]]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file a scanner holds; tests make them small to put records across the edges."""

    chunk_bytes: int = MIB // 4  # one read; larger chunks were no faster
    max_record_bytes: int = 64 * MIB  # a larger record is refused; chat records are a millionth of that
    batch_rows: int = BATCH_ROWS


DEFAULT_LIMITS = Limits()


@dataclass(slots=True)
class Found:
    """Records with their byte ranges in file order, the refused ranges, and the bytes that only separate."""

    offsets: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    separator_bytes: int = 0

    def add(self, offset: int, length: int, record: Record) -> None:
        """Append one record."""
        self.offsets.append(offset)
        self.lengths.append(length)
        self.records.append(record)

    def refuse(self, offset: int, length: int, code: str, what: str) -> None:
        """Append one refused range; an empty range is nothing."""
        if length:
            self.refusals.append(RowRefusal(offset, length, code, what))

    def is_full(self, rows: int) -> bool:
        """Whether it is time to hand the batch over."""
        if len(self.records) + len(self.refusals) >= rows:
            return True
        return bool(self.offsets) and self.offsets[-1] + self.lengths[-1] - self.offsets[0] > BATCH_BYTES

    def is_empty(self) -> bool:
        """Whether nothing at all was found."""
        return not (self.records or self.refusals or self.separator_bytes)
