"""One delivery from its paths to its receipt: objects first, then one transaction of case state.

A kill between the two leaves objects that nothing names, and an open receive in case state; the next receive finds
it and removes them before it starts. The caller holds the operation's writer lock.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select

from venetic.audit import Actor, AuditLog
from venetic.haul._assertions import About, Said, append
from venetic.haul._ledger import add_rows, destroyed_files, drop_archives, next_number
from venetic.haul._manifest import check_of, head_of, seal_manifest
from venetic.haul._mark import Kind, is_marked_inside, is_marked_on_disk, require_kind
from venetic.haul._records import DeliveryFacts, HashCheck, HashLine, Limits, Progress, Receipt, Sealing
from venetic.haul._sealing import Sealer, object_name, seal_found
from venetic.haul._tables import deliveries, dropped_objects, open_runs, sealed
from venetic.haul._theirs import TheirList, compare
from venetic.haul._unpack import Unpacker
from venetic.haul._walk import Found, find
from venetic.kernel import CaseState, ObjectStore, Refusal, VeneticError, rfc3339, utc_now


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the haul room keeps things, and the settings that hold for the whole operation."""

    objects: ObjectStore
    case: CaseState
    audit: AuditLog
    limits: Limits
    software: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Order:
    """What one receive was asked to take in."""

    paths: Sequence[Path]
    facts: DeliveryFacts
    actor: Actor
    theirs: TheirList | None
    passwords: tuple[bytes, ...]
    progress: Callable[[Progress], None] | None


@dataclass(frozen=True, slots=True)
class _Compared:
    check: HashCheck | None
    lines: Sequence[HashLine]
    listed: str | None


def receive(stores: Stores, order: Order) -> Receipt:
    """Seal a delivery and record it; nothing is recorded unless everything is."""
    started = utc_now()
    marked = is_marked_on_disk(order.paths)
    if stores.kind == "real":
        require_kind(stores.kind, is_marked=marked)
    found = list(find(order.paths))
    token = begin(stores, started)
    try:
        sealer = _seal_all(stores, order, found)
        require_kind(stores.kind, is_marked=marked or is_marked_inside(stores.objects, sealer.sealing.entries))
        receipt = _commit(stores, order, sealer.sealing, (started, token))
    except VeneticError:
        recover(stores)
        raise
    finish_drops(stores)
    stores.audit.keep_head()
    return receipt


def recover(stores: Stores) -> int:
    """Remove what killed runs left: staging objects, and objects that no row names; how many objects."""
    stores.objects.sweep()
    finish_drops(stores)
    with stores.case.read() as tx:
        if tx.execute(select(open_runs)).first() is None:
            return 0
    orphans = unrecorded(stores)
    for name in orphans:
        stores.objects.delete(name)
    with stores.case.write() as tx:
        tx.execute(delete(open_runs))
    return len(orphans)


def unrecorded(stores: Stores) -> list[str]:
    """Names of sealed objects that no row of case state knows, sorted."""
    with stores.case.read() as tx:
        named = {object_name(sha256) for sha256 in tx.execute(select(sealed.c.stored_sha256)).scalars() if sha256}
        named |= {object_name(sha256) for sha256 in tx.execute(select(deliveries.c.list_sha256)).scalars() if sha256}
        named |= {object_name(sha256) for sha256 in tx.execute(select(dropped_objects.c.sha256)).scalars()}
        named |= {f"manifests/{haul}.json" for haul in tx.execute(select(deliveries.c.haul)).scalars()}
    return sorted(name for name in stores.objects.names() if name not in named)


def finish_drops(stores: Stores) -> None:
    """Delete the objects that a committed transaction gave up, unless another file has the same bytes."""
    with stores.case.read() as tx:
        dropped = tx.execute(select(dropped_objects.c.sha256)).scalars().all()
        kept = set(tx.execute(select(sealed.c.stored_sha256).where(sealed.c.stored_sha256.in_(dropped))).scalars())
    if not dropped:
        return
    for sha256 in dropped:
        if sha256 not in kept:
            stores.objects.delete(object_name(sha256))
    with stores.case.write() as tx:
        tx.execute(delete(dropped_objects).where(dropped_objects.c.sha256.in_(dropped)))


def begin(stores: Stores, started: datetime) -> str:
    """Note that objects are about to be written which no row names yet, so that a kill can be made good."""
    recover(stores)
    token = secrets.token_hex(16)
    with stores.case.write() as tx:
        tx.execute(insert(open_runs).values(id=token, started_at=started))
    return token


def _seal_all(stores: Stores, order: Order, found: Sequence[Found | Refusal]) -> Sealer:
    with stores.case.read() as tx:
        destroyed = destroyed_files(tx)
    sealer = Sealer(stores.objects, order.theirs.algorithms if order.theirs else (), destroyed)
    unpacker = Unpacker(sealer, stores.limits, order.passwords)
    total = sum(item.size for item in found if isinstance(item, Found))
    done = 0

    def passed(size: int) -> None:
        nonlocal done
        done += size
        if order.progress is not None:
            order.progress(Progress(len(sealer.sealing.entries), done, total))

    for item in found:
        if isinstance(item, Refusal):
            sealer.refuse(item)
        elif (sealed_file := seal_found(sealer, item, passed)) is not None:
            unpacker.unpack(*sealed_file)
    return sealer


def _compare(stores: Stores, order: Order, sealing: Sealing) -> _Compared:
    """Compare with the provider's list, and seal the list itself; its unread lines become refusals."""
    if order.theirs is None:
        return _Compared(None, (), None)
    with stores.objects.new_object() as staged:
        staged.write(order.theirs.data)
        listed = hashlib.sha256(order.theirs.data).hexdigest()
        if staged.keep(object_name(listed)):
            sealing.stored.add(listed)
    sealing.refusals.extend(order.theirs.refusals())
    only = order.paths[0].resolve() if len(order.paths) == 1 else None
    check, lines = compare(
        order.theirs, sealing, os.fsencode(only.name) if only is not None and only.is_dir() else None
    )
    return _Compared(check, lines, listed)


def _commit(stores: Stores, order: Order, sealing: Sealing, begun: tuple[datetime, str]) -> Receipt:
    started, token = begun
    compared = _compare(stores, order, sealing)
    with stores.case.write() as tx:
        number = next_number(tx)
        haul = f"H{number}"
        receipt_facts = {
            **head_of(order.facts),
            "kind": stores.kind,
            "received_at": rfc3339(started),
            "software": stores.software,
            "their_list_sha256": compared.listed,
            "their_hashes": check_of(compared.check),
        }
        manifest = seal_manifest(stores.objects, haul, receipt_facts, sealing)
        receipt = Receipt(
            haul,
            len(sealing.entries),
            sum(entry.size for entry in sealing.entries),
            len(sealing.refusals),
            len(sealing.stored),
            compared.check,
            manifest,
        )
        tx.execute(
            insert(deliveries).values(
                number=number, list_sha256=compared.listed, **_row(order.facts, receipt, stores, started)
            )
        )
        add_rows(tx, haul, sealing, compared.lines)
        drop_archives(tx, sealing.withdrawn, started)
        said = Said(order.facts.stage_said_by, order.facts.stage_said_at, order.facts.stage_document)
        append(tx, order.actor, About("haul", haul, "stage"), order.facts.stage, said)
        tx.execute(delete(open_runs).where(open_runs.c.id == token))
        stores.audit.record(tx, order.actor, "receive", _audited(receipt, receipt_facts))
    return receipt


def _row(facts: DeliveryFacts, receipt: Receipt, stores: Stores, started: datetime) -> dict[str, object]:
    return {
        "haul": receipt.haul,
        "provided_by": facts.provided_by,
        "authority": facts.authority,
        "period_from": facts.period_from and facts.period_from.isoformat(),
        "period_to": facts.period_to and facts.period_to.isoformat(),
        "acquired_at": facts.acquired_at,
        "handed_over_at": facts.handed_over_at,
        "received_at": started,
        "series": facts.series,
        "files": receipt.files,
        "bytes": receipt.bytes,
        "refused": receipt.refused,
        "manifest_sha256": receipt.manifest_sha256,
        "software": stores.software,
    }


def _audited(receipt: Receipt, facts: dict[str, object]) -> dict[str, object]:
    counts = {"haul": receipt.haul, "files": receipt.files, "bytes": receipt.bytes, "refused": receipt.refused}
    return {**facts, **counts, "manifest_sha256": receipt.manifest_sha256}
