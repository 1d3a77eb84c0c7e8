"""7z archives through `py7zr`, every file written to the store as it is decompressed.

`py7zr` decompresses in blocks of up to 128 MB, so a 7z needs that much memory beside everything else.
"""

import zlib
from contextlib import ExitStack
from datetime import datetime
from pathlib import PurePosixPath
from typing import IO

import py7zr
from py7zr.io import Py7zIO, WriterFactory

from venetic.haul._members import DAMAGE, Members

_File = py7zr.py7zr.ArchiveFile


def unpack_7z(stream: IO[bytes], members: Members) -> None:
    """Hand every file of a 7z to `members`; tries each password given. Raises what `py7zr` raises on damage."""
    for password in (None, *members.passwords):
        try:
            if _attempt(stream, members, password):
                return
        except py7zr.exceptions.PasswordRequired:
            continue
    if members.passwords:
        members.refuse_rest("password_wrong", "no given password opens the archive")
    else:
        members.refuse_rest("password_missing", "the archive is protected and no password was given")


def _attempt(stream: IO[bytes], members: Members, password: bytes | None) -> bool:
    """Unpack with one password; false when it opened nothing."""
    stream.seek(0)
    writers = _Writers(members)
    try:
        text = None if password is None else password.decode("utf-8")
        with py7zr.SevenZipFile(stream, "r", password=text) as archive:
            wanted = [file for file in archive.files if writers.plan(file)]
            if wanted:
                archive.extract(targets=[file.filename for file in wanted], factory=writers)
    except DAMAGE:
        if password is not None and not writers.sealed:
            return False
        writers.finish()
        raise
    writers.finish()
    return True


class _Writers(WriterFactory):
    """Gives `py7zr` a writer for each file, in whatever order it asks."""

    def __init__(self, members: Members) -> None:
        self.sealed = 0
        self._members = members
        self._planned: dict[str, list[_File]] = {}
        self._times: dict[str, int] = {}
        self._refused: list[tuple[bytes, str, str]] = []

    def plan(self, file: _File) -> bool:
        """Note a file that is to be unpacked; links and special files are refused at the end."""
        name = _raw_name(file)
        if file.is_directory:
            return False
        if not self._members.admits(name):
            return False
        if file.is_symlink or file.is_junction:
            self._refused.append((name, "link", "the entry is a link"))
            return False
        if file.is_socket:
            self._refused.append((name, "special_file", "the entry is a socket"))
            return False
        times = self._times.get(file.filename, -1)
        self._times[file.filename] = times + 1
        key = file.filename if times < 0 else f"{file.filename}_{times}"  # how py7zr tells equal names apart
        self._planned.setdefault(PurePosixPath(key).as_posix(), []).append(file)
        return True

    def create(self, filename: str) -> Py7zIO:
        """A writer for the file `py7zr` is about to decompress."""
        return _Writer(self, self._members, self._planned[filename].pop(0))

    def finish(self) -> None:
        """Refuse what was not admitted and what was planned but never came out whole."""
        for files in self._planned.values():
            for file in files:
                self.damaged(file)
        for refused in self._refused:
            self._members.refuse(*refused)

    def damaged(self, file: _File) -> None:
        """Refuse a file that did not come out whole."""
        self._refused.append((_raw_name(file), "member_damaged", "the entry cannot be read whole"))


class _Writer(Py7zIO):
    """One file being decompressed; sealed on `close` when length and checksum are as the archive states."""

    def __init__(self, writers: _Writers, members: Members, file: _File) -> None:
        self._stack = ExitStack()
        self._copy = self._stack.enter_context(members.copying())
        self._writers = writers
        self._members = members
        self._file = file
        self._crc32 = 0

    def write(self, s: bytes | bytearray) -> int:
        """Append decompressed bytes."""
        self._copy.write(bytes(s))
        self._crc32 = zlib.crc32(s, self._crc32)
        return len(s)

    def close(self) -> None:
        """Seal the file, or leave it when it is not whole."""
        with self._stack:
            stated = self._file.crc32
            expected = 0 if self._file.emptystream else self._file.uncompressed
            if self._copy.size == expected and stated in (None, self._crc32):
                self._members.seal(self._copy, _raw_name(self._file), _modified_at(self._file))
                self._writers.sealed += 1
            else:
                self._writers.damaged(self._file)

    def read(self, size: int | None = None) -> bytes:
        """Nothing: py7zr reads back only what it checks itself."""
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Stay: py7zr rewinds a finished file before closing it."""
        return 0

    def flush(self) -> None:
        """Nothing to flush before the end."""

    def size(self) -> int:
        """Bytes written so far."""
        return self._copy.size


def _raw_name(file: _File) -> bytes:
    return file.filename.encode("utf-8", "surrogatepass")


def _modified_at(file: _File) -> datetime | None:
    try:
        return None if file.lastwritetime is None else file.lastwritetime.as_datetime()
    except (OverflowError, ValueError):
        return None
