"""Archives by their first bytes."""

from typing import Literal

ArchiveKind = Literal["zip", "7z", "tar", "gz", "bz2", "xz", "zst", "rar"]
_TAR_BLOCK = 512
_MAGIC: tuple[tuple[bytes, ArchiveKind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # an empty one
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"Rar!\x1a\x07", "rar"),
)


def recognise(head: bytes) -> ArchiveKind | None:
    """The kind of archive that begins so; null for anything else."""
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "bz2" or head[4:10] == b"1AY&SY"):
            return kind
    return "tar" if _is_tar(head) else None


def _is_tar(head: bytes) -> bool:
    """Whether a block is a tar header: its checksum is the sum of its bytes, the checksum itself read as blanks."""
    block = head[:_TAR_BLOCK]
    if len(block) < _TAR_BLOCK or not block[0]:
        return False
    stated = block[148:156].strip(b" \0")
    if not stated or any(byte not in b"01234567" for byte in stated):
        return False
    return int(stated, 8) == sum(block[:148]) + 8 * 0x20 + sum(block[156:])
