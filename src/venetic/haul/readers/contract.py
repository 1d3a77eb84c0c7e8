"""What a reader is: sealed file in, Arrow batches of source records, refusals and separators out.

Every byte of a file is one of three: part of a source record, part of a refusal, or a separator (white space, commas,
brackets, header lines, markup around the records). Ranges never overlap and stand in file order; `read_source` checks
the sum against the file's size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

import pyarrow as pa

ATTACHMENT = pa.struct([("name", pa.string()), ("mime", pa.string()), ("url", pa.string()), ("sha256", pa.string())])

READ_SCHEMA = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),  # first byte in the sealed file
        pa.field("length", pa.int64(), nullable=False),  # bytes
        pa.field("kind", pa.string(), nullable=False),  # text, event, media, deleted, undecryptable
        pa.field("service", pa.string(), nullable=False),  # jabber, rocketchat, whatsapp, irc, …
        pa.field("native_id", pa.string()),  # the service's own id
        pa.field("id_scope", pa.string()),  # global, conversation or source; null without native_id
        pa.field("conversation", pa.string()),  # as the source wrote it; null when it names none
        pa.field("copy", pa.string()),  # whose copy this row stands in; null when the file is the copy
        pa.field("sender", pa.string()),  # as the source wrote it
        pa.field("receivers", pa.list_(pa.string())),  # as the source wrote them; null when it names none
        pa.field("sent_at", pa.timestamp("us", tz="UTC")),  # null unless the source states the zone
        pa.field("local_time", pa.timestamp("us")),  # wall-clock as written, no zone; null when there is no time
        pa.field("time_raw", pa.string()),  # the text the time was read from
        pa.field("time_precision", pa.string()),  # us, ms, s, min, h, day; null without a time
        pa.field("body", pa.string()),  # null when the source had none; lone surrogates become U+FFFD
        pa.field("reply_to", pa.string()),  # native id of the message replied to
        pa.field("edited_at", pa.timestamp("us", tz="UTC")),  # when this version was written
        pa.field("stage", pa.string()),  # stored, transit, unknown: only where the source says so per row
        pa.field("attachments", pa.list_(ATTACHMENT)),
        pa.field("extra", pa.string()),  # JSON object of mapped extras (reactions, type, …); null when none
    ]
)


class SourceFile(Protocol):
    """One sealed file as a reader sees it."""

    @property
    def sha256(self) -> str:
        """The hash the file was sealed under."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def path(self) -> str:
        """Path inside its delivery, with `/`, as shown to people; members of archives below the archive's path."""

    def open(self) -> IO[bytes]:
        """A fresh seekable stream of the file's bytes."""

    def head(self, size: int = 65_536) -> bytes:
        """The first bytes, for recognition."""


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """A byte range that did not give a source record. `what` holds no content."""

    offset: int
    length: int
    code: str
    what: str


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """Source records (READ_SCHEMA) with the refusals and separator bytes met since the batch before."""

    rows: pa.RecordBatch
    refusals: tuple[RowRefusal, ...] = ()
    separator_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """How a reader declares itself. `origin` is `name@version`, written beside every row it read."""

    name: str
    version: str
    layouts: tuple[str, ...]
    source_notes: str  # a page under docs/sources/
    path_fields: tuple[str, ...] = ()  # fields read from the file's path, so that it enters the record's identity

    @property
    def origin(self) -> str:
        """`name@version`."""
        return f"{self.name}@{self.version}"


class Reader(Protocol):
    """Reads one file format."""

    @property
    def info(self) -> ReaderInfo:
        """Name, version, layouts, notes."""

    def refusal(self, source: SourceFile) -> str | None:
        """Why this reader cannot read the file; null when it can. Looks at the head and path alone."""

    def told_by_path(self, path: str) -> str | None:
        """What the reader takes from a path, as one text that enters the records' identity; null when nothing.

        The folders around it do not enter: the same bytes delivered again in another folder are the same records.
        """

    def read(self, source: SourceFile) -> Iterator[ReadBatch]:
        """Yield the file's source records in file order.

        Bounds: at most `BATCH_ROWS` rows held. Raises: UnreadableHaul before the first batch, nothing of ours after
        it; a bad row is a RowRefusal in its batch.
        """


BATCH_ROWS = 10_000  # about 8 MiB of chat text with its columns
