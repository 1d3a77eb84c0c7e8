"""A re-sealed file as if its destroyed records had never stood in it, so that it can be read again.

Blanked bytes are spaces, which a reader of lines takes for a refusal or for more of the message before. So a reader
is given the file without them, and without the line ending behind each; the places it reports are then put back to
where they stand in the file as delivered, which is what identity rests on.
"""

import io
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from venetic.haul import READ_SCHEMA, ReadBatch, SourceFile
from venetic.kernel import Misuse

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Ranges = tuple[tuple[int, int], ...]
_LINE_ENDS = (b"\r\x00\n\x00", b"\x00\r\x00\n", b"\n\x00", b"\x00\n", b"\r\n", b"\n")  # longest first


@dataclass(frozen=True, slots=True)
class CutSource:
    """A sealed file without some ranges; `size` is what is left."""

    sha256: str
    path: str
    size: int
    kept: Ranges  # (offset, length) in the file as delivered
    whole: SourceFile

    @property
    def cut_bytes(self) -> int:
        """Bytes that no reader is shown."""
        return self.whole.size - self.size

    def open(self) -> IO[bytes]:
        """A fresh seekable stream of what is left."""
        return io.BufferedReader(_Kept(self.whole.open(), self.kept), 1 << 20)

    def head(self, size: int = 65_536) -> bytes:
        """The first bytes, for recognition."""
        with self.open() as stream:
            return stream.read(size)

    def placed(self, batch: ReadBatch) -> ReadBatch:
        """The batch with every offset as in the file as delivered."""
        offsets = self._delivered(batch.rows.column("offset").to_numpy())
        at = READ_SCHEMA.get_field_index("offset")
        rows = batch.rows.set_column(at, READ_SCHEMA.field(at), pa.array(offsets, pa.int64()))
        starts = self._delivered(np.array([refusal.offset for refusal in batch.refusals], np.int64))
        refusals = tuple(
            replace(refusal, offset=int(start)) for refusal, start in zip(batch.refusals, starts, strict=True)
        )
        return ReadBatch(rows, refusals, batch.separator_bytes)

    def _delivered(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        begins = np.array(_begins(self.kept), np.int64)
        part = np.searchsorted(begins, places, side="right") - 1
        return np.asarray(np.array([offset for offset, _ in self.kept], np.int64)[part] + places - begins[part])


def cut(file: SourceFile, destroyed: Mapping[str, Ranges]) -> SourceFile:
    """The file without what was destroyed in it; the file itself when nothing was."""
    if file.sha256 not in destroyed:
        return file
    kept, at = [], 0
    with file.open() as stream:
        for offset, length in sorted(destroyed[file.sha256]):
            if offset > at:
                kept.append((at, offset - at))
            stream.seek(offset + length)
            behind = stream.read(len(_LINE_ENDS[0]))
            ending = next((end for end in _LINE_ENDS if behind.startswith(end)), b"")
            at = max(at, offset + length + len(ending))
    if at < file.size:
        kept.append((at, file.size - at))
    return CutSource(file.sha256, file.path, sum(length for _, length in kept), tuple(kept), file)


def cut_bytes(file: SourceFile) -> int:
    """How many bytes of a file no reader is shown."""
    return file.cut_bytes if isinstance(file, CutSource) else 0


class _Kept(io.RawIOBase):
    def __init__(self, whole: IO[bytes], kept: Ranges) -> None:
        self._whole = whole
        self._kept = kept
        self._begins = _begins(kept)
        self._size = sum(length for _, length in kept)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise Misuse("a place before the file's beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self._size:
            return 0
        part = bisect_right(self._begins, self._at) - 1
        offset, length = self._kept[part]
        inside = self._at - self._begins[part]
        self._whole.seek(offset + inside)
        data = self._whole.read(min(len(view), length - inside))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._whole.close()
        super().close()


def _begins(kept: Sequence[tuple[int, int]]) -> list[int]:
    return [0, *accumulate(length for _, length in kept)][:-1] or [0]
