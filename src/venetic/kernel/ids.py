"""Identifiers: hashes of length-prefixed parts, so that no two lists of parts share one."""

import hashlib

ID_CHARS = 32  # 128 bits in hex: collisions among 10^12 rows stay below one in 10^14


def content_id(*parts: str | bytes | int | None) -> str:
    """Return the id of `parts`: 32 hex characters of SHA-256.

    Each part is written as a tag (`s` text, `b` bytes, `i` integer, `n` null), its length in bytes, a colon and
    the bytes, so ("a", "b.c") and ("a.b", "c") differ, and so do "1" and 1, and "" and null.
    """
    return hashlib.sha256(b"".join(_prefixed(part) for part in parts)).hexdigest()[:ID_CHARS]


def _prefixed(part: str | bytes | int | None) -> bytes:
    if part is None:
        return b"n0:"
    if isinstance(part, str):
        raw, tag = part.encode("utf-8", "surrogatepass"), b"s"
    elif isinstance(part, bytes):
        raw, tag = part, b"b"
    else:
        raw, tag = str(part).encode(), b"i"
    return b"%s%d:%s" % (tag, len(raw), raw)
