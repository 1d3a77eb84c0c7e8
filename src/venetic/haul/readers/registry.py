"""Every reader in one ordered list, and the check that nothing of a file vanishes on the way through one."""

from collections.abc import Iterator

import filetype  # type: ignore[import-untyped]
import pyarrow as pa
import pyarrow.compute as pc

from venetic.haul.readers.contract import BATCH_ROWS, READ_SCHEMA, ReadBatch, Reader, SourceFile
from venetic.haul.readers.mapping import SHIPPED, load_mapping
from venetic.haul.readers.whatsapp import WhatsAppReader, whatsapp_reader
from venetic.kernel import Misuse, NotFound

READERS: tuple[Reader, ...] = (WhatsAppReader(), *(load_mapping(name) for name in SHIPPED))
_MEDIA = ("image/", "audio/", "video/")


def media_type(source: SourceFile) -> str | None:
    """The MIME type of an image, sound or film by its first bytes; null for everything else. Media are not read."""
    kind = filetype.guess(source.head(8192))
    mime = None if kind is None else str(kind.mime)
    return mime if mime is not None and mime.startswith(_MEDIA) else None


def recognise(source: SourceFile) -> Reader | list[str]:
    """The first reader that takes the file, or why each reader does not, as `name: reason` in the registry's order."""
    reasons = []
    for reader in READERS:
        reason = reader.refusal(source)
        if reason is None:
            return reader
        reasons.append(f"{reader.info.name}: {reason}")
    return reasons


def reader_named(name: str) -> Reader:
    """The registered reader called `name`, or `whatsapp:dmy`, `whatsapp:mdy`, `whatsapp:ymd`. Raises: NotFound."""
    if name.startswith("whatsapp:"):
        return whatsapp_reader(name.removeprefix("whatsapp:"))
    for reader in READERS:
        if reader.info.name == name:
            return reader
    raise NotFound(f"no reader is called so; there are {', '.join(r.info.name for r in READERS)}", name)


def read_source(reader: Reader, source: SourceFile) -> Iterator[ReadBatch]:
    """Yield what `reader` reads of the file, checked: each byte is a record's, a refusal's or a separator, once.

    Raises: UnreadableHaul before the first batch; Misuse, naming reader and file, when a batch has another schema or
    too many rows, ranges leave the file, overlap or run backwards, or the sum differs from the file's size at the end.
    """
    account = _Account(f"{reader.info.origin} on {source.path}", source.size)
    for batch in reader.read(source):
        account.enter(batch)
        yield batch
    account.close()


class _Account:
    def __init__(self, where: str, size: int) -> None:
        self._where = where
        self._size = size
        self._reached = 0
        self._bytes = 0

    def enter(self, batch: ReadBatch) -> None:
        rows = batch.rows
        if not rows.schema.equals(READ_SCHEMA):
            raise Misuse("a batch has another schema than READ_SCHEMA", self._where)
        if rows.num_rows > BATCH_ROWS:
            raise Misuse(f"a batch has more than {BATCH_ROWS} rows", self._where)
        if any(
            column.null_count for column, field in zip(rows.columns, READ_SCHEMA, strict=True) if not field.nullable
        ):
            raise Misuse("a column that is never null has nulls", self._where)
        starts = pa.concat_arrays([rows.column("offset"), pa.array([r.offset for r in batch.refusals], pa.int64())])
        lengths = pa.concat_arrays([rows.column("length"), pa.array([r.length for r in batch.refusals], pa.int64())])
        if batch.separator_bytes < 0:
            raise Misuse("a negative number of separator bytes", self._where)
        self._bytes += batch.separator_bytes
        if len(starts):
            self._enter_ranges(starts, lengths, rows.num_rows)

    def _enter_ranges(self, starts: pa.Array, lengths: pa.Array, rows: int) -> None:
        order = pc.sort_indices(starts)
        ends = pc.add(starts, lengths).take(order)
        starts = starts.take(order)
        first, last = starts[0].as_py(), ends[-1].as_py()
        if first < self._reached or last > self._size or pc.min(lengths).as_py() <= 0:
            raise Misuse("a range leaves the file, is empty, or lies before the batch", self._where)
        if len(starts) > 1 and not pc.all(pc.less_equal(ends[:-1], starts[1:])).as_py():
            raise Misuse("two ranges overlap", self._where)
        if rows and not _ascends(order, rows):
            raise Misuse("the rows do not stand in file order", self._where)
        self._reached = last
        self._bytes += pc.sum(lengths).as_py()

    def close(self) -> None:
        if self._bytes != self._size:
            raise Misuse(f"{self._bytes} of {self._size} bytes are accounted for", self._where)


def _ascends(order: pa.Array, rows: int) -> bool:
    of_rows = order.filter(pc.less(order, rows))
    return len(of_rows) < 2 or bool(pc.all(pc.less(of_rows[:-1], of_rows[1:])).as_py())
