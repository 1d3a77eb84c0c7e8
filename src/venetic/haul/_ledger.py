"""What case state knows of deliveries: values in, rows out, and back."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, func, insert, select, update

from venetic.haul._records import (
    Delivery,
    Entry,
    FilePath,
    HashCheck,
    HashLine,
    SealedFile,
    Sealing,
)
from venetic.haul._sealing import Fate
from venetic.haul._tables import (
    assertions,
    deliveries,
    dropped_objects,
    entries,
    hash_checks,
    refusals,
    reseals,
    sealed,
)
from venetic.kernel import CaseState, CaseTransaction, NotFound, Refusal

ROWS_AT_ONCE = 5_000  # rows per statement: large enough to be quick, small enough for every driver's limits
NAMES_AT_ONCE = 500  # bound parameters per query


def next_number(tx: CaseTransaction) -> int:
    """The number of the next delivery, from 1."""
    return int(tx.execute(select(func.max(deliveries.c.number))).scalar() or 0) + 1


def add_rows(tx: CaseTransaction, haul: str, sealing: Sealing, lines: Sequence[HashLine]) -> None:
    """Record a delivery's entries, refusals, comparisons and newly sealed files."""
    _insert(tx, entries, (_entry_row(haul, at, entry) for at, entry in enumerate(sealing.entries)))
    _insert(tx, refusals, (_refusal_row(haul, at, refusal) for at, refusal in enumerate(sealing.refusals)))
    _insert(tx, hash_checks, (_line_row(haul, at, line) for at, line in enumerate(lines)))
    known = known_files(tx, {entry.sha256 for entry in sealing.entries})
    fresh = {entry.sha256: entry.size for entry in sealing.entries if entry.sha256 not in known}
    _insert(
        tx,
        sealed,
        (
            {"sha256": sha256, "size": size, "stored_sha256": sha256, "unpacked": sha256 in sealing.unpacked}
            for sha256, size in fresh.items()
        ),
    )
    for chunk in _chunks(sorted(sealing.unpacked & known)):
        tx.execute(update(sealed).where(sealed.c.sha256.in_(chunk)).values(unpacked=True))


def drop_archives(tx: CaseTransaction, archives: Collection[str], at: datetime) -> None:
    """Record archives as deleted because they hold destroyed bytes; their objects go once this has committed."""
    for chunk in _chunks(sorted(archives)):
        held = tx.execute(select(sealed.c.sha256, sealed.c.stored_sha256).where(sealed.c.sha256.in_(chunk))).all()
        for sha256, stored in held:
            drop_object(tx, stored or sha256)
            if stored is not None:
                row = {"sha256": sha256, "before_sha256": stored, "after_sha256": None, "ranges": "[]", "at": at}
                tx.execute(insert(reseals).values(**row))
        tx.execute(update(sealed).where(sealed.c.sha256.in_(chunk)).values(stored_sha256=None))


def drop_object(tx: CaseTransaction, sha256: str) -> None:
    """Have the object deleted once this transaction has committed."""
    if tx.execute(select(dropped_objects).where(dropped_objects.c.sha256 == sha256)).first() is None:
        tx.execute(insert(dropped_objects).values(sha256=sha256))


def known_files(tx: CaseTransaction, hashes: Collection[str]) -> set[str]:
    """Which of the hashes were sealed before."""
    known: set[str] = set()
    for chunk in _chunks(sorted(hashes)):
        known.update(tx.execute(select(sealed.c.sha256).where(sealed.c.sha256.in_(chunk))).scalars())
    return known


def destroyed_files(tx: CaseTransaction) -> dict[str, Fate]:
    """Hashes whose delivered bytes may not come back, those of earlier reseals included, and what became of them."""
    fates: dict[str, Fate] = {}
    for row in tx.execute(select(reseals.c.before_sha256, reseals.c.after_sha256)):
        fates[row.before_sha256] = "deleted" if row.after_sha256 is None else "resealed"
    return fates


def read_deliveries(case: CaseState) -> tuple[Delivery, ...]:
    """Every delivery, in the order received."""
    with case.read() as tx:
        rows = tx.execute(select(deliveries).order_by(deliveries.c.number)).mappings().all()
        stages = _stages(tx)
        checks = _checks(tx)
    return tuple(_delivery(dict(row), stages, checks) for row in rows)


def read_entries(case: CaseState, haul: str) -> Iterator[Entry]:
    """The sealed entries of a delivery, in the order sealed."""
    with case.read() as tx:
        for row in tx.execute(select(entries).where(entries.c.haul == haul).order_by(entries.c.position)):
            yield Entry(
                row.path,
                row.path.encode("utf-8", "surrogatepass") if row.raw_path is None else row.raw_path,
                row.size,
                row.sha256,
                row.modified_at,
                row.modified_local,
                row.container,
            )


def read_refusals(case: CaseState, haul: str | None) -> Iterator[tuple[str, Refusal]]:
    """(haul, refusal) in the order met."""
    query = select(refusals).order_by(refusals.c.haul, refusals.c.position)
    with case.read() as tx:
        for row in tx.execute(query if haul is None else query.where(refusals.c.haul == haul)):
            details = json.loads(row.details)
            yield row.haul, Refusal(row.code, row.what, row.entry, row.file_sha256, details=details)


def read_hash_lines(case: CaseState, haul: str) -> Iterator[HashLine]:
    """The comparison with the provider's list, line by line."""
    query = select(hash_checks).where(hash_checks.c.haul == haul).order_by(hash_checks.c.position)
    with case.read() as tx:
        for row in tx.execute(query):
            yield HashLine(row.result, row.path, row.algorithm, row.theirs, row.ours)


def read_files(case: CaseState, sha256: str | None = None) -> Iterator[SealedFile]:
    """Sealed files in the order first received, each once however often it was delivered."""
    query = (
        select(
            entries.c.sha256, entries.c.path, entries.c.haul, sealed.c.size, sealed.c.unpacked, sealed.c.stored_sha256
        )
        .join(sealed, sealed.c.sha256 == entries.c.sha256)
        .join(deliveries, deliveries.c.haul == entries.c.haul)
        .order_by(deliveries.c.number, entries.c.position)
    )
    if sha256 is not None:
        query = query.where(entries.c.sha256 == sha256)
    found: dict[str, tuple[Any, dict[str, None]]] = {}
    with case.read() as tx:
        for row in tx.execute(query):
            found.setdefault(row.sha256, (row, {}))[1][row.haul] = None
    for row, hauls in found.values():
        yield SealedFile(row.sha256, row.size, row.path, tuple(hauls), row.unpacked, row.stored_sha256 is not None)


def read_paths(case: CaseState, sha256: str) -> tuple[FilePath, ...]:
    """Every path the file's bytes came under, in the order received."""
    query = (
        select(entries.c.haul, entries.c.path)
        .join(deliveries, deliveries.c.haul == entries.c.haul)
        .where(entries.c.sha256 == sha256)
        .order_by(deliveries.c.number, entries.c.position)
    )
    with case.read() as tx:
        return tuple(FilePath(row.haul, row.path) for row in tx.execute(query))


def read_stored(case: CaseState, sha256: str) -> tuple[int, str]:
    """(size, hash of the object held now) of a file named by its delivered hash. Raises NotFound."""
    with case.read() as tx:
        row = tx.execute(select(sealed.c.size, sealed.c.stored_sha256).where(sealed.c.sha256 == sha256)).first()
    if row is None:
        raise NotFound("no file with this hash was sealed", sha256)
    if row.stored_sha256 is None:
        raise NotFound("this file was deleted under a direction", sha256)
    return row.size, row.stored_sha256


def require_haul(case: CaseState, haul: str) -> None:
    """Raise NotFound when there is no such delivery."""
    with case.read() as tx:
        if tx.execute(select(deliveries.c.haul).where(deliveries.c.haul == haul)).first() is None:
            raise NotFound("no such delivery", haul)


def _delivery(row: dict[str, Any], stages: dict[str, str], checks: dict[str, HashCheck]) -> Delivery:
    haul = row["haul"]
    return Delivery(
        haul,
        row["provided_by"],
        row["authority"],
        stages[haul],
        row["period_from"] and date.fromisoformat(row["period_from"]),
        row["period_to"] and date.fromisoformat(row["period_to"]),
        row["acquired_at"],
        row["handed_over_at"],
        row["received_at"],
        row["searchable_at"],
        row["series"],
        row["files"],
        row["bytes"],
        row["refused"],
        row["manifest_sha256"],
        None if row["list_sha256"] is None else checks.get(haul, HashCheck(0, 0, 0, 0)),
        row["software"],
    )


def _stages(tx: CaseTransaction) -> dict[str, str]:
    about_stage = (assertions.c.subject_kind == "haul") & (assertions.c.property == "stage")
    query = select(assertions.c.subject, assertions.c.value).where(about_stage).order_by(assertions.c.id)
    return {row.subject: row.value for row in tx.execute(query)}


def _checks(tx: CaseTransaction) -> dict[str, HashCheck]:
    counts: dict[str, dict[str, int]] = {}
    query = select(hash_checks.c.haul, hash_checks.c.result, func.count()).group_by(
        hash_checks.c.haul, hash_checks.c.result
    )
    for haul, result, count in tx.execute(query):
        counts.setdefault(haul, {"matched": 0, "differing": 0, "missing": 0, "extra": 0})[result] = count
    return {haul: HashCheck(**found) for haul, found in counts.items()}


def _entry_row(haul: str, position: int, entry: Entry) -> dict[str, object]:
    plain = entry.path.encode("utf-8", "surrogatepass") == entry.raw_path
    return {
        "haul": haul,
        "position": position,
        "path": entry.path,
        "raw_path": None if plain else entry.raw_path,
        "size": entry.size,
        "sha256": entry.sha256,
        "modified_at": entry.modified_at,
        "modified_local": entry.modified_local,
        "container": entry.container,
    }


def _refusal_row(haul: str, position: int, refusal: Refusal) -> dict[str, object]:
    return {
        "haul": haul,
        "position": position,
        "code": refusal.code,
        "what": refusal.what,
        "entry": refusal.entry,
        "file_sha256": refusal.file_sha256,
        "details": json.dumps(dict(refusal.details), sort_keys=True),
    }


def _line_row(haul: str, position: int, line: HashLine) -> dict[str, object]:
    return {
        "haul": haul,
        "position": position,
        "result": line.result,
        "path": line.path,
        "algorithm": line.algorithm,
        "theirs": line.theirs,
        "ours": line.ours,
    }


def _insert(tx: CaseTransaction, table: Table, rows: Iterator[dict[str, object]]) -> None:
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            tx.execute(insert(table), batch)
            batch = []
    if batch:
        tx.execute(insert(table), batch)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), NAMES_AT_ONCE):
        yield names[start : start + NAMES_AT_ONCE]
