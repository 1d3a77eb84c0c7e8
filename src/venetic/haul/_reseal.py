"""Blanking destroyed records in a sealed file: the new bytes are sealed, the old ones leave the store."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import IO

from sqlalchemy import insert, select, update

from venetic.haul._ledger import drop_archives, drop_object
from venetic.haul._receive import Stores
from venetic.haul._sealing import CHUNK_BYTES, Sealer, object_name
from venetic.haul._tables import entries, reseals, sealed
from venetic.kernel import CaseTransaction, Misuse, NotFound, utc_now

_LINE_FEED = 0x0A
_BLANKS = bytes(byte if byte == _LINE_FEED else 0x20 for byte in range(256))


def reseal(stores: Stores, tx: CaseTransaction, sha256: str, ranges: Sequence[tuple[int, int]]) -> str:
    """Blank `(offset, length)` ranges of a file with spaces, line feeds kept; the hash of the new bytes.

    `sha256` is the hash the file was delivered under. Archives that brought the file are given up with it. The old
    objects leave the store once the caller's transaction has committed. Raises NotFound, and Misuse for a range
    outside the file.
    """
    row = tx.execute(select(sealed.c.size, sealed.c.stored_sha256).where(sealed.c.sha256 == sha256)).first()
    if row is None or row.stored_sha256 is None:
        raise NotFound("no such sealed file, or it was deleted", sha256)
    merged = _merged(ranges, row.size)
    sealer = Sealer(stores.objects, (), {})
    with stores.objects.open(object_name(row.stored_sha256)) as old, sealer.copying(lambda _: None) as copy:
        for piece in _blanked(old, merged):
            copy.write(piece)
        after = copy.sha256
        copy.staged.keep(object_name(after))
    if after == row.stored_sha256:
        return after
    at = utc_now()
    tx.execute(
        insert(reseals).values(
            sha256=sha256, before_sha256=row.stored_sha256, after_sha256=after, ranges=json.dumps(merged), at=at
        )
    )
    holders = set(tx.execute(select(sealed.c.sha256).where(sealed.c.stored_sha256 == row.stored_sha256)).scalars())
    tx.execute(update(sealed).where(sealed.c.stored_sha256 == row.stored_sha256).values(stored_sha256=after))
    drop_object(tx, row.stored_sha256)
    drop_archives(tx, _archives_of(tx, holders), at)
    return after


def _archives_of(tx: CaseTransaction, files: Collection[str]) -> set[str]:
    """Hashes of every archive, at any depth, that brought one of the files in any delivery."""
    found: set[str] = set()
    pending = list(files)
    while pending:
        member = pending.pop()
        query = select(entries.c.haul, entries.c.container).where(
            (entries.c.sha256 == member) & entries.c.container.is_not(None)
        )
        for haul, container in tx.execute(query).all():
            archive = (entries.c.haul == haul) & (entries.c.path == container)
            outer = tx.execute(select(entries.c.sha256).where(archive)).scalar()
            if outer not in found:
                found.add(outer)
                pending.append(outer)
    return found


def _merged(ranges: Sequence[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for offset, length in sorted(ranges):
        if offset < 0 or length < 0 or offset + length > size:
            raise Misuse("a range to blank lies outside the file")
        if merged and offset <= merged[-1][0] + merged[-1][1]:
            start, before = merged[-1]
            merged[-1] = (start, max(before, offset + length - start))
        elif length:
            merged.append((offset, length))
    return merged


def _blanked(old: IO[bytes], ranges: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    at = 0
    for offset, length in ranges:
        yield from _pieces(old, offset - at)
        for piece in _pieces(old, length):
            yield piece.translate(_BLANKS)
        at = offset + length
    while data := old.read(CHUNK_BYTES):
        yield data


def _pieces(old: IO[bytes], length: int) -> Iterator[bytes]:
    while length and (data := old.read(min(length, CHUNK_BYTES))):
        length -= len(data)
        yield data
