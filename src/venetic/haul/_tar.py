"""Tar archives, read forward only, so that a compressed one needs no unpacked copy."""

import tarfile
from datetime import datetime, timedelta
from typing import IO, Self

from venetic.haul._members import DAMAGE, Members
from venetic.haul._sealing import CHUNK_BYTES
from venetic.kernel import EPOCH

MAX_HEADER_BYTES = 1 << 20  # a long name or a pax header is read whole; real ones are far below
_EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def unpack_tar(stream: IO[bytes], members: Members) -> None:
    """Hand every file of a tar to `members`.

    `tarfile` ends in silence at a broken header; here that is a refusal, and so is a missing end mark. Raises what
    `tarfile` raises when the beginning is no tar.
    """
    header = _watched_header()
    with tarfile.open(
        fileobj=stream, mode="r|", bufsize=CHUNK_BYTES, tarinfo=header, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        while (info := archive.next()) is not None:
            archive.members = []  # type: ignore[attr-defined] # tarfile remembers every header; nothing here asks again
            name = info.name.encode("utf-8", "surrogateescape")
            if info.isdir() or not members.admits(name):
                continue
            if not _is_file(info, name, members):
                continue
            if not _unpack_file(archive, info, members):
                break
    if header.ended != "end mark":
        members.refuse_rest("archive_damaged", f"the archive stops at {header.ended}: what follows cannot be read")


class _Header(tarfile.TarInfo):
    ended = "its beginning"


def _watched_header() -> type[_Header]:
    class Watched(_Header):
        """Notes how the last header read came out, and refuses one that asks for too much memory."""

        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
            cls.ended = _outcome(buf)
            info = super().frombuf(buf, encoding, errors)
            if info.type in _EXTENDED and info.size > MAX_HEADER_BYTES:
                raise tarfile.ReadError("an extended header is too large")
            cls.ended = "a damaged entry"
            return info

    return Watched


def _outcome(buf: bytes | bytearray) -> str:
    if not buf:
        return "a missing end mark"
    if len(buf) == tarfile.BLOCKSIZE and not any(buf):
        return "end mark"
    return "a damaged header"


def _is_file(info: tarfile.TarInfo, name: bytes, members: Members) -> bool:
    if info.issym() or info.islnk():
        members.refuse(name, "link", "the entry is a link")
        return False
    if not info.isreg():
        members.refuse(name, "special_file", "the entry is a device, a pipe or of an unknown kind")
        return False
    return True


def _unpack_file(archive: tarfile.TarFile, info: tarfile.TarInfo, members: Members) -> bool:
    name = info.name.encode("utf-8", "surrogateescape")
    try:
        stream = archive.extractfile(info)
        if stream is None:
            raise tarfile.ReadError("the entry has no content")
        members.take(stream, name, _modified_at(info))
    except DAMAGE:
        members.refuse(name, "member_damaged", "the entry cannot be read whole")
        return False
    return True


def _modified_at(info: tarfile.TarInfo) -> datetime | None:
    try:
        return EPOCH + timedelta(seconds=info.mtime)
    except (OverflowError, ValueError):
        return None
