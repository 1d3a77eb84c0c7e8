"""Zip entries protected with AES, which Python's `zipfile` does not open.

Source: WinZip's AE-1 and AE-2: a salt, two bytes that check the password, data in counter mode with a little-endian
counter from 1, ten bytes of HMAC-SHA1 over the encrypted data. Keys come from PBKDF2 with 1,000 rounds.
"""

import bz2
import hashlib
import hmac
import struct
import zipfile
import zlib
from typing import IO

from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

from venetic.haul._sealing import CHUNK_BYTES

AES_METHOD = 99
_AES_EXTRA = 0x9901
_ROUNDS = 1000
_CHECK_BYTES = 2
_MAC_BYTES = 10
_KEY_BYTES = {1: 16, 2: 24, 3: 32}
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


def open_aes(archive: zipfile.ZipFile, info: zipfile.ZipInfo, password: bytes) -> "_AesEntry":
    """A readable of the entry's content.

    Raises BadZipFile for a wrong password, and at the end of reading when the bytes were changed; NotImplementedError
    for a compression inside that is neither stored, deflated nor bzip2.
    """
    strength, method = _facts(info.extra)
    source = archive.fp
    if source is None or strength not in _KEY_BYTES:
        raise zipfile.BadZipFile("the AES record is not readable")
    return _AesEntry(source, info, password, (_KEY_BYTES[strength], method))


def _facts(extra: bytes) -> tuple[int, int]:
    at = 0
    while at + 11 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _AES_EXTRA:
            return extra[at + 8], struct.unpack_from("<H", extra, at + 9)[0]
        at += 4 + size
    raise zipfile.BadZipFile("the AES record is missing")


class _Stored:
    """No compression: the same shape as a decompressor."""

    eof = False

    def decompress(self, data: bytes, _max_length: int = -1) -> bytes:
        return data


class _AesEntry:
    def __init__(self, source: IO[bytes], info: zipfile.ZipInfo, password: bytes, facts: tuple[int, int]) -> None:
        key_bytes, method = facts
        source.seek(info.header_offset)
        fields = _LOCAL_HEADER.unpack(source.read(_LOCAL_HEADER.size))
        source.seek(fields[9] + fields[10], 1)
        salt = source.read(key_bytes // 2)
        keys = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * key_bytes + _CHECK_BYTES)
        if source.read(_CHECK_BYTES) != keys[-_CHECK_BYTES:]:
            raise zipfile.BadZipFile("the password does not open the entry")
        counter = Counter.new(128, initial_value=1, little_endian=True)
        self._cipher = AES.new(keys[:key_bytes], AES.MODE_CTR, counter=counter)
        self._mac = hmac.new(keys[key_bytes : 2 * key_bytes], digestmod="sha1")
        self._source = source
        self._at = source.tell()
        self._left = info.compress_size - len(salt) - _CHECK_BYTES - _MAC_BYTES
        self._declared = info.file_size
        self._given = 0
        self._expand = _expander(method)

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most about `size`; empty at the end."""
        while True:
            pending = getattr(self._expand, "unconsumed_tail", b"")
            if not pending and self._left <= 0:
                return self._end()
            plain = self._expand.decompress(pending or self._decrypted(), size)
            if plain:
                self._given += len(plain)
                return plain

    def _decrypted(self) -> bytes:
        self._source.seek(self._at)
        data = self._source.read(min(self._left, CHUNK_BYTES))
        if not data:
            raise EOFError
        self._at += len(data)
        self._left -= len(data)
        self._mac.update(data)
        return self._cipher.decrypt(data)

    def _end(self) -> bytes:
        self._source.seek(self._at)
        stated = self._source.read(_MAC_BYTES)
        if not hmac.compare_digest(stated, self._mac.digest()[:_MAC_BYTES]) or self._given != self._declared:
            raise zipfile.BadZipFile("the entry was changed after it was protected")
        return b""


def _expander(method: int) -> "zlib._Decompress | _Stored | _Bzip2":
    if method == zipfile.ZIP_STORED:
        return _Stored()
    if method == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    if method == zipfile.ZIP_BZIP2:
        return _Bzip2()
    raise NotImplementedError("the compression inside the protected entry is not supported")


class _Bzip2:
    """Bzip2 in the shape of zlib's decompressor; it keeps what it was given and could not yet give back."""

    def __init__(self) -> None:
        self._inner = bz2.BZ2Decompressor()

    @property
    def unconsumed_tail(self) -> bytes:
        return b"" if self._inner.needs_input or self._inner.eof else b"\0"

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        kept = not (self._inner.needs_input or self._inner.eof)
        return self._inner.decompress(b"" if kept else data, max_length)
