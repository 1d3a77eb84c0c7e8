"""The room: deliveries in, sealed files out."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import select, update

from venetic.audit import Actor, AuditLog
from venetic.haul import _ledger
from venetic.haul._assertions import About, Said, append, in_force, read_assertions
from venetic.haul._mark import Kind
from venetic.haul._receive import Order, Stores, begin, receive, recover
from venetic.haul._records import (
    Assertion,
    Delivery,
    DeliveryFacts,
    Entry,
    FilePath,
    HashLine,
    Limits,
    Progress,
    Receipt,
    SealedFile,
    Verification,
)
from venetic.haul._reseal import reseal
from venetic.haul._sealing import object_name
from venetic.haul._tables import deliveries
from venetic.haul._theirs import read_list
from venetic.haul._unpack import read_passwords
from venetic.haul._verify import verify
from venetic.kernel import CaseState, CaseTransaction, NotFound, ObjectStore, Refusal, utc_now


@dataclass(frozen=True, slots=True)
class SealedSource:
    """A sealed file as a reader sees it; `sha256` is the hash it was delivered under, also after re-sealing."""

    sha256: str
    size: int
    path: str
    _objects: ObjectStore
    _name: str

    def open(self) -> IO[bytes]:
        """A fresh seekable stream of the file's bytes."""
        return self._objects.open(self._name)

    def head(self, size: int = 65_536) -> bytes:
        """The first bytes, for recognition."""
        return self._objects.read_range(self._name, 0, min(size, self.size))


class HaulRoom:
    """Receives, seals and verifies. The caller holds the operation's writer lock for `receive` and `reseal`."""

    def __init__(
        self,
        *,
        objects: ObjectStore,
        case: CaseState,
        audit: AuditLog,
        limits: Limits,
        software: str,
        kind: Kind,
    ) -> None:
        self._stores = Stores(objects, case, audit, limits, software, kind)

    def receive(
        self,
        paths: Sequence[Path],
        facts: DeliveryFacts,
        actor: Actor,
        *,
        their_hashes: Path | None = None,
        password_file: Path | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Receipt:
        """Copy a delivery into the store, hash it in the same pass, and record it under a new haul number.

        Folders, files and archives; what cannot be admitted is a refusal and the rest goes on. `their_hashes` is the
        provider's list, compared and sealed; `password_file` holds passwords of archives, one a line, never recorded.
        Memory: about 8 MiB (136 MB more for a 7z), and 1 KiB for each entry. Raises WrongUse or NotFound for what was
        asked wrongly, RunStopped when the store cannot be written; then nothing is recorded.
        """
        theirs = None if their_hashes is None else read_list(their_hashes)
        passwords = () if password_file is None else read_passwords(password_file)
        return receive(self._stores, Order(paths, facts, actor, theirs, passwords, progress))

    def verify(self, progress: Callable[[Progress], None] | None = None) -> Verification:
        """Re-hash everything sealed, manifests included, and name what is missing, differs or was never recorded."""
        return verify(self._stores, progress)

    def recover(self) -> int:
        """Remove what a killed receive left, and objects already given up; how many unrecorded objects went."""
        return recover(self._stores)

    def deliveries(self) -> tuple[Delivery, ...]:
        """Every delivery, in the order received."""
        return _ledger.read_deliveries(self._stores.case)

    def hauls_after(self, number: int) -> dict[int, str]:
        """Deliveries received after the given one, by number; 0 for all."""
        with self._stores.case.read() as tx:
            later = select(deliveries.c.number, deliveries.c.haul).where(deliveries.c.number > number)
            return {row.number: row.haul for row in tx.execute(later.order_by(deliveries.c.number))}

    def delivery(self, haul: str) -> Delivery:
        """One delivery by its number, `H1`. Raises NotFound."""
        for delivery in self.deliveries():
            if delivery.haul == haul:
                return delivery
        raise NotFound("no such delivery", haul)

    def entries(self, haul: str) -> Iterator[Entry]:
        """The sealed entries of a delivery, in the order sealed. Raises NotFound."""
        _ledger.require_haul(self._stores.case, haul)
        return _ledger.read_entries(self._stores.case, haul)

    def refusals(self, haul: str | None = None) -> Iterator[tuple[str, Refusal]]:
        """(haul, refusal) of what was not admitted, of one delivery or all."""
        return _ledger.read_refusals(self._stores.case, haul)

    def hash_lines(self, haul: str) -> Iterator[HashLine]:
        """Every comparison with the provider's list of hashes; none when no list was given."""
        return _ledger.read_hash_lines(self._stores.case, haul)

    def files(self) -> Iterator[SealedFile]:
        """Sealed files in the order first received, each once however often its bytes were delivered."""
        return _ledger.read_files(self._stores.case)

    def file(self, sha256: str) -> SealedFile:
        """One sealed file by the hash it was delivered under. Raises NotFound."""
        for file in _ledger.read_files(self._stores.case, sha256):
            return file
        raise NotFound("no file with this hash was sealed", sha256)

    def paths(self, sha256: str) -> tuple[FilePath, ...]:
        """Every path the file's bytes came under, in the order received."""
        return _ledger.read_paths(self._stores.case, sha256)

    def open_source(self, sha256: str, path: str | None = None) -> SealedSource:
        """The sealed file for a reader, under its first path unless another is given. Raises NotFound."""
        size, stored = _ledger.read_stored(self._stores.case, sha256)
        shown = self.file(sha256).path if path is None else path
        return SealedSource(sha256, size, shown, self._stores.objects, object_name(stored))

    def mark_searchable(self, tx: CaseTransaction, haul: str, at: datetime) -> None:
        """Record when ingest made a delivery searchable; a time once recorded stays."""
        first = (deliveries.c.haul == haul) & deliveries.c.searchable_at.is_(None)
        tx.execute(update(deliveries).where(first).values(searchable_at=at))

    def assert_fact(self, actor: Actor, about: About, value: str, said: Said) -> None:
        """Append what someone said of a delivery or file; it supersedes what was said before. Audited.

        Properties: `stage` (stored, transit, unknown), `zone` (a name of the time zone database), `evidential_use`
        (allowed, barred; needs who decided and why). Raises WrongUse or NotFound.
        """
        with self._stores.case.write() as tx:
            self._stores.audit.record(tx, actor, "assert", append(tx, actor, about, value, said))
        self._stores.audit.keep_head()

    def assertions(self, property_: str | None = None) -> tuple[Assertion, ...]:
        """Everything asserted, or one property of it, in order; the last of a subject's property is in force."""
        return read_assertions(self._stores.case, property_)

    def in_force(self, about: About) -> Assertion | None:
        """The assertion in force for a subject's property; null when nothing was said of it."""
        return in_force(self._stores.case, about)

    @contextmanager
    def resealing(self) -> Iterator[None]:
        """Around the transactions that call `reseal`: on leaving, the objects given up are deleted.

        When a transaction was rolled back its new objects go instead; after a kill the next receive or `recover`
        does either.
        """
        begin(self._stores, utc_now())
        try:
            yield
        finally:
            recover(self._stores)

    def reseal(self, tx: CaseTransaction, sha256: str, ranges: Sequence[tuple[int, int]]) -> str:
        """Blank byte ranges of a sealed file in the caller's transaction; the hash of the new bytes.

        Both hashes are recorded, archives that brought the file are given up with it, and receiving the old bytes
        again brings none of it back. Call it inside `resealing`, which deletes the old objects.
        """
        return reseal(self._stores, tx, sha256, ranges)
