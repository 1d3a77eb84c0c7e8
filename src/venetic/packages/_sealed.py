"""What `check` asks of the rest of the house: sealed bytes, a second decoder, and counts made anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from venetic.packages._draft import SourceRef


@dataclass(frozen=True, slots=True)
class Moment:
    """The time a record states: an aware instant or null, and the wall clock as written or null."""

    sent_at: datetime | None
    local_time: datetime | None


@dataclass(frozen=True, slots=True)
class DecodedRecord:
    """One source record read again from its sealed bytes; null where the source says nothing.

    `receivers` and `moment` are null when the decoder does not read them; a time is then checked against `time_raw`
    as far as that text states an instant by itself.
    """

    body: str | None
    sender: str | None
    native_id: str | None
    time_raw: str | None
    receivers: tuple[str, ...] | None = None
    moment: Moment | None = None


class RecordDecoder(Protocol):
    """Reads one source record without the code of the reader that ingested it."""

    def decode(self, source_ref: SourceRef, raw_bytes: bytes) -> DecodedRecord:
        """Decode the bytes at the record's locator. Raises a VeneticError when they do not decode."""


class Opener(Protocol):
    """Opens what a package cites, from the sealed files rather than from what was derived from them."""

    def read_range(self, file_sha256: str, offset: int, length: int) -> bytes:
        """Exactly the asked bytes of a sealed file. Raises NotFound, or Corrupt when the file is shorter or differs."""

    def conversation_order(self, conversation: str) -> Sequence[str]:
        """Every message id of the conversation in its order, recounted. Raises NotFound."""

    def records_of(self, message: str) -> Collection[str]:
        """The ids of the source records a message rests on. Raises NotFound."""

    def record_id(self, source_ref: SourceRef) -> str:
        """The id of the source record at this place, computed anew."""
