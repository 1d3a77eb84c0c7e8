"""Archives are recognised by their first bytes, never by their names, and their members sealed beside them."""

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import IO

import zstandard

from venetic.haul._magic import ArchiveKind, recognise
from venetic.haul._members import DAMAGE, Budget, LimitPassed, Members
from venetic.haul._names import tidy
from venetic.haul._records import Entry, Limits
from venetic.haul._sealing import CHUNK_BYTES, HEAD_BYTES, Sealer, object_name
from venetic.haul._sevenzip import unpack_7z
from venetic.haul._tar import unpack_tar
from venetic.haul._zip import is_document, unpack_zip
from venetic.kernel import NotFound, Refusal

_SUFFIXES: dict[str, bytes] = {"gz": b".gz", "bz2": b".bz2", "xz": b".xz", "zst": b".zst"}


class Unpacker:
    """Unpacks what is sealed, as deep as the limits allow."""

    def __init__(self, sealer: Sealer, limits: Limits, passwords: tuple[bytes, ...]) -> None:
        self._sealer = sealer
        self._limits = limits
        self._passwords = passwords

    def unpack(self, entry: Entry, head: bytes) -> None:
        """Seal the members of a delivered file, if it is an archive, and of the archives in it."""
        budget = Budget(self._limits, entry.size)
        pending = [(entry, head, 1)]
        try:
            while pending:
                archive, first, depth = pending.pop()
                found = self._one(archive, first, depth, budget)
                pending.extend((inner, start, depth + 1) for inner, start in reversed(found))
        except LimitPassed as passed:
            details = {"limit": passed.limit}
            self._sealer.refuse(Refusal(passed.refusal_code, passed.what, entry.path, entry.sha256, details=details))

    def _one(self, entry: Entry, head: bytes, depth: int, budget: Budget) -> list[tuple[Entry, bytes]]:
        kind = recognise(head)
        if kind is None or self._sealer.objects.size(object_name(entry.sha256)) is None:
            return []
        with self._sealer.objects.open(object_name(entry.sha256)) as stream:
            if kind == "zip" and is_document(stream, entry.path):
                return []
            members = Members(self._sealer, entry, budget, self._passwords)
            if depth > self._limits.max_depth:
                members.refuse_rest("too_deep", "the archive is nested deeper than the limit")
                return []
            if kind == "rar":
                members.refuse_rest("unsupported_archive", "archives of this kind are sealed whole and not unpacked")
                return []
            self._sealer.opened(entry)
            try:
                _open(kind, stream, members)
            except DAMAGE:
                members.refuse_rest("archive_damaged", "the archive cannot be read on: it is damaged or cut off")
            return members.archives


def read_passwords(file: Path) -> tuple[bytes, ...]:
    """Passwords, one a line; empty lines are none. Raises NotFound, and never says what the file holds."""
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        raise NotFound("the password file cannot be opened", str(file)) from None
    return tuple(dict.fromkeys(line for raw in lines if (line := raw.removesuffix(b"\r"))))


def _open(kind: ArchiveKind, stream: IO[bytes], members: Members) -> None:
    stream.seek(0)
    if kind == "zip":
        unpack_zip(stream, members)
    elif kind == "7z":
        unpack_7z(stream, members)
    elif kind == "tar":
        unpack_tar(stream, members)
    else:
        _unpack_stream(_STREAMS[kind], _SUFFIXES[kind], stream, members)


def _unpack_stream(
    expand: Callable[[IO[bytes]], IO[bytes]], suffix: bytes, stream: IO[bytes], members: Members
) -> None:
    """One compressed file, or a compressed tar whose members are taken straight out of it."""
    try:
        with expand(stream) as probe:
            is_tar = recognise(probe.read(HEAD_BYTES)) == "tar"
    except DAMAGE:
        is_tar = False  # said again, and recorded, when it is read in earnest
    stream.seek(0)
    if is_tar:
        with expand(stream) as tar:
            unpack_tar(tar, members)
        return
    last = tidy(members.archive.raw_path).rpartition(b"/")[2]
    name = last[: -len(suffix)] if last.lower().endswith(suffix) and len(last) > len(suffix) else b"content"
    if not members.admits(name):
        return
    try:
        with expand(stream) as plain:
            members.take(plain, name)
    except DAMAGE:
        members.refuse(name, "member_damaged", "the entry cannot be read whole")


class _Zstandard(io.RawIOBase):
    """Zstandard frames one after another; a frame cut off raises EOFError instead of ending early."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._pending = b""
        self._plain = memoryview(b"")
        self._step = 1 << 10  # packed bytes fed at once, grown and shrunk to give about one chunk

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._plain:
            if not self._more():
                return 0
        size = min(len(buffer), len(self._plain))
        buffer[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def _more(self) -> bool:
        data = self._pending or self._source.read(self._step)
        if not data:
            if self._frame is not None:
                raise EOFError
            return False
        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        data, self._pending = data[: self._step], data[self._step :]
        plain = self._frame.decompress(data)
        self._step = max(1 << 10, min(CHUNK_BYTES, CHUNK_BYTES * len(data) // (len(plain) + 1)))
        self._plain = memoryview(plain)
        if self._frame.eof:
            self._pending = self._frame.unused_data + self._pending
            self._frame = None
        return True


def _zstandard(stream: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(_Zstandard(stream), CHUNK_BYTES)


def _gzip(stream: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(gzip.GzipFile(fileobj=stream, mode="rb"), CHUNK_BYTES)


_STREAMS: dict[str, Callable[[IO[bytes]], IO[bytes]]] = {
    "gz": _gzip,
    "bz2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
    "zst": _zstandard,
}
