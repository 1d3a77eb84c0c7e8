"""Zip archives, protected ones with the passwords given: the old cipher and WinZip's AES.

Source: the ZIP application note (PKWARE APPNOTE 6.3), extended timestamps of Info-ZIP, AE-1 and AE-2 of WinZip.
"""

import stat
import struct
import zipfile
from datetime import datetime, timedelta
from typing import IO

from venetic.haul._members import DAMAGE, Members
from venetic.haul._zip_aes import AES_METHOD, open_aes
from venetic.kernel import EPOCH

_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_UNIX = 3
_EXTENDED_TIME = 0x5455

# A document is evidence as one file: its parts mean nothing alone.
_DOCUMENT_MARKS = frozenset(
    {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "META-INF/container.xml", "AndroidManifest.xml"}
)
_PHONE_REPORTS = frozenset({"report.xml", "Report.xml"})


def is_document(stream: IO[bytes], path: str) -> bool:
    """Whether a zip is a document (docx, odt, epub, jar, apk) or a phone report (ufdr), sealed whole."""
    if path.lower().endswith(".ufdr"):
        return True
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.NameToInfo
            if not _DOCUMENT_MARKS.isdisjoint(names):
                return True
            return any(_is_phone_report(archive, name) for name in _PHONE_REPORTS & names.keys())
    except DAMAGE:
        return False


def unpack_zip(stream: IO[bytes], members: Members) -> None:
    """Hand every file of a zip to `members`. Raises what `zipfile` raises on a damaged directory."""
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            name = _raw_name(info)
            if name.endswith(b"/") or not members.admits(name):
                continue
            kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
            if kind == stat.S_IFLNK:
                members.refuse(name, "link", "the entry is a symbolic link")
            elif kind not in (0, stat.S_IFREG):
                members.refuse(name, "special_file", "the entry is a device, a pipe or a socket")
            elif info.flag_bits & _ENCRYPTED_FLAG:
                _unpack_protected(archive, info, members)
            else:
                _unpack_open(archive, info, members)


def _unpack_open(archive: zipfile.ZipFile, info: zipfile.ZipInfo, members: Members) -> None:
    name = _raw_name(info)
    try:
        with archive.open(info) as stream:
            members.take(stream, name, *_times(info))
    except NotImplementedError:
        members.refuse(name, "unsupported_compression", "the entry is compressed in a way that is not supported")
    except DAMAGE:
        members.refuse(name, "member_damaged", "the entry cannot be read whole")


def _unpack_protected(archive: zipfile.ZipFile, info: zipfile.ZipInfo, members: Members) -> None:
    name = _raw_name(info)
    if not members.passwords:
        members.refuse(name, "password_missing", "the entry is protected and no password was given")
        return
    for password in members.passwords:
        try:
            if info.compress_type == AES_METHOD:
                members.take(open_aes(archive, info, password), name, *_times(info))
            else:
                with archive.open(info, pwd=password) as stream:
                    members.take(stream, name, *_times(info))
        except NotImplementedError:
            members.refuse(name, "unsupported_compression", "the entry is protected in a way that is not supported")
            return
        except DAMAGE:
            continue
        return
    members.refuse(name, "password_wrong", "no given password opens the entry")


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    coding = "utf-8" if info.flag_bits & _UTF8_FLAG else "cp437"
    return info.orig_filename.encode(coding)


def _is_phone_report(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as stream:
        return b"<project" in stream.read(4096)


def _times(info: zipfile.ZipInfo) -> tuple[datetime | None, str | None]:
    """UTC where the entry states it, else the wall-clock time, which a zip keeps without a zone."""
    extra, at = info.extra, 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _EXTENDED_TIME and size >= 5 and at + 9 <= len(extra) and extra[at + 4] & 1:
            return EPOCH + timedelta(seconds=struct.unpack_from("<i", extra, at + 5)[0]), None
        at += 4 + size
    year, month, day, hour, minute, second = info.date_time
    return None, f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
