"""What every kind of archive hands its members to: admitted, counted against the limits, sealed or refused."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import py7zr
import zstandard

from venetic.haul._magic import recognise
from venetic.haul._names import fault_in, shown, tidy
from venetic.haul._records import Entry, Limits
from venetic.haul._sealing import CHUNK_BYTES, Arrival, Copy, Sealer
from venetic.kernel import BadEvidence, Refusal

# What the libraries raise on damaged input; several let a broken header surface as an error of Python's own.
DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    zstandard.ZstdError,
    py7zr.exceptions.ArchiveError,
    py7zr.exceptions.AbsolutePathError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)


class Readable(Protocol):
    """Bytes in order."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, empty at the end."""


class LimitPassed(BadEvidence):
    """An archive passed a limit: it stays sealed whole, what was taken out of it stays too."""

    def __init__(self, code: str, what: str, limit: int) -> None:
        super().__init__(what)
        self.refusal_code = code
        self.limit = limit


class Budget:
    """What may still come out of one delivered archive, everything nested in it included."""

    def __init__(self, limits: Limits, size: int) -> None:
        self.limits = limits
        self._size = max(size, 1)
        self._expanded = 0
        self._members = 0

    def expand(self, size: int) -> None:
        """Count expanded bytes. Raises LimitPassed."""
        self._expanded += size
        limits = self.limits
        if self._expanded > limits.max_expanded_bytes:
            raise LimitPassed("archive_bomb", "the archive expands past the limit of bytes", limits.max_expanded_bytes)
        if self._expanded > max(limits.ratio_from_bytes, limits.max_ratio * self._size):
            raise LimitPassed("archive_bomb", "the archive expands past the limit of its ratio", limits.max_ratio)

    def member(self) -> None:
        """Count one member. Raises LimitPassed."""
        self._members += 1
        if self._members > self.limits.max_members:
            raise LimitPassed(
                "too_many_members", "the archive has more members than the limit", self.limits.max_members
            )


class Members:
    """The members of one archive on their way to be sealed. `passwords` are never logged or recorded."""

    def __init__(self, sealer: Sealer, archive: Entry, budget: Budget, passwords: tuple[bytes, ...]) -> None:
        self.archive = archive
        self.passwords = passwords
        self.archives: list[tuple[Entry, bytes]] = []  # members that are archives, with their first bytes
        self._sealer = sealer
        self._budget = budget

    def admits(self, name: bytes) -> bool:
        """Count a member and refuse a name that leads elsewhere."""
        self._budget.member()
        if (fault := fault_in(name)) is not None:
            self.refuse(name, *fault)
            return False
        return True

    def refuse(self, name: bytes, code: str, what: str) -> None:
        """Record a member that is not admitted; it is shown below its archive, its name escaped."""
        self._sealer.refuse(Refusal(code, what, f"{self.archive.path}/{shown(name)}", self.archive.sha256))

    def refuse_rest(self, code: str, what: str) -> None:
        """Record that the archive itself cannot be read on; it stays sealed whole."""
        self._sealer.refuse(Refusal(code, what, self.archive.path, self.archive.sha256))

    @contextmanager
    def copying(self) -> Iterator[Copy]:
        """A copy to write a member into; LimitPassed comes out of its `write`."""
        with self._sealer.copying(self._budget.expand) as copy:
            yield copy

    def seal(self, copy: Copy, name: bytes, modified_at: datetime | None = None, local: str | None = None) -> None:
        """Keep a finished member."""
        raw = self.archive.raw_path + b"/" + name
        path = f"{self.archive.path}/{shown(tidy(name))}"
        entry = self._sealer.seal(copy, Arrival(raw, path, modified_at, local, self.archive.path))
        if recognise(copy.head) is not None:
            self.archives.append((entry, copy.head))

    def take(
        self, stream: Readable, name: bytes, modified_at: datetime | None = None, local: str | None = None
    ) -> None:
        """Copy a member out of `stream` to its end and keep it. Raises what reading raises; then nothing is kept."""
        with self.copying() as copy:
            while data := stream.read(CHUNK_BYTES):
                copy.write(data)
            self.seal(copy, name, modified_at, local)
