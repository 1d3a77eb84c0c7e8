"""The chain. Each entry covers the one before and a digest of its own salted details.

entry hash = SHA-256 of the canonical JSON of {seq, at, account, claimed, purpose, action, details_digest, before}
details_digest = SHA-256 of salt + canonical JSON of the details

So the details of an entry can be sealed or destroyed and the chain still verifies. The head (last sequence number and
hash) is also kept outside the database: a cut tail or a chain rewritten as a whole shows only against a head that was
kept elsewhere.
"""

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text, insert, select, type_coerce
from sqlalchemy.types import NullType

from venetic.kernel import EPOCH, CaseState, CaseTransaction, UtcMicros, case_metadata, rfc3339, utc_now

GENESIS = "0" * 64  # what the first entry names as the one before

audit_entries = Table(
    "audit_entries",
    case_metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcMicros, nullable=False),
    Column("account", String, nullable=False),
    Column("claimed", String),
    Column("purpose", Text),
    Column("action", String, nullable=False),
    Column("details", Text),  # canonical JSON; null once destroyed under a direction
    Column("salt", LargeBinary, nullable=False),
    Column("details_digest", String, nullable=False),
    Column("before", String, nullable=False),
    Column("hash", String, nullable=False, unique=True),
)

# The columns with whatever stands in them: an edit may have left what is no time, no text and no bytes.
_AS_HELD = tuple(type_coerce(column, NullType()).label(column.name) for column in audit_entries.c)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the operating-system account, the name they claim (never checked), and the purpose they gave."""

    account: str
    claimed: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: `entries` so far and the last entry's hash."""

    entries: int
    hash: str

    def __str__(self) -> str:
        return f"{self.entries}:{self.hash}"


class AuditLog:
    """The operation's audit. `record` takes part in the caller's transaction: no entry, no act."""

    def __init__(self, case: CaseState, head_file: Path) -> None:
        self._case = case
        self._head_file = head_file

    def record(self, tx: CaseTransaction, actor: Actor, action: str, details: Mapping[str, Any]) -> int:
        """Append an entry in the caller's write transaction; its sequence number.

        `details` must be JSON-ready. `CaseState.write` serialises transactions, so sequence numbers have no gap.
        """
        head = self._head(tx)
        seq = head.entries + 1
        entry: dict[str, Any] = {
            "seq": seq,
            "at": utc_now(),
            "account": actor.account,
            "claimed": actor.claimed,
            "purpose": actor.purpose,
            "action": action,
            "before": head.hash,
        }
        text, salt = _canonical(details), secrets.token_bytes(16)
        entry["details_digest"] = _details_digest(salt, text)
        entry["hash"] = _entry_hash(entry)
        tx.execute(insert(audit_entries).values(**entry, details=text, salt=salt))
        return seq

    def keep_head(self) -> Head:
        """Write the head beside the database; called after a transaction that recorded something has committed.

        A kept head that the chain no longer holds stays as it is: written over, it would hide that the tail was cut.
        """
        kept = self._kept_head()
        with self._case.read() as tx:
            head = self._head(tx)
            if kept is not None and kept.entries > 0 and not self._holds(tx, kept):
                return head
        staged = self._head_file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        staged.write_text(f"{head}\n")
        staged.replace(self._head_file)
        return head

    def head(self) -> Head:
        """The end of the chain as it stands in case state."""
        with self._case.read() as tx:
            return self._head(tx)

    def entries(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Entries in order: seq, at (RFC 3339), account, claimed, purpose, action, details, hash."""
        with self._case.read() as tx:
            query = select(audit_entries).where(audit_entries.c.seq > after).order_by(audit_entries.c.seq)
            for row in tx.execute(query).mappings():
                yield {
                    "seq": row["seq"],
                    "at": rfc3339(row["at"]),
                    "account": row["account"],
                    "claimed": row["claimed"],
                    "purpose": row["purpose"],
                    "action": row["action"],
                    "details": None if row["details"] is None else json.loads(row["details"]),
                    "hash": row["hash"],
                }

    def verify(self, checkpoint: Head | None = None) -> tuple[int, list[str]]:
        """Walk the chain: entries seen, and a sentence per fault.

        Finds an edited, removed or reordered entry, and a tail cut below the kept head or `checkpoint`. A chain
        rewritten as a whole together with the kept head shows only against a checkpoint held elsewhere.
        """
        bad: list[str] = []
        before, seen = GENESIS, 0
        hashes: dict[int, str] = {0: GENESIS}
        with self._case.read() as tx:
            for row in tx.execute(select(*_AS_HELD).order_by(audit_entries.c.seq)).mappings():
                seen += 1
                bad.extend(_faults({**row, "at": _moment(row["at"])}, seen, before))
                before = row["hash"]
                hashes[row["seq"]] = row["hash"]
        bad.extend(_against(hashes, self._kept_head(), "the head kept beside the database"))
        bad.extend(_against(hashes, checkpoint, "the checkpoint"))
        return seen, bad

    def destroy_details(self, tx: CaseTransaction, seqs: list[int]) -> None:
        """Remove the details of entries under a recorded direction; the chain still verifies."""
        for seq in seqs:
            tx.execute(audit_entries.update().where(audit_entries.c.seq == seq).values(details=None))

    def _kept_head(self) -> Head | None:
        if not self._head_file.exists():
            return Head(-1, "missing")
        return parse_head(self._head_file.read_text())

    @staticmethod
    def _holds(tx: CaseTransaction, head: Head) -> bool:
        query = select(audit_entries.c.hash).where(audit_entries.c.seq == head.entries)
        return bool(tx.execute(query).scalar() == head.hash)

    @staticmethod
    def _head(tx: CaseTransaction) -> Head:
        query = select(audit_entries.c.seq, audit_entries.c.hash).order_by(audit_entries.c.seq.desc()).limit(1)
        row = tx.execute(query).first()
        return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)


def parse_head(text: str) -> Head:
    """Read `entries:hash` as `keep_head` writes it; what is neither reads as a head nothing matches."""
    entries, _, digest = text.strip().partition(":")
    if not entries.isdigit() or len(digest) != len(GENESIS):
        return Head(-1, "unreadable")
    return Head(int(entries), digest)


def _against(hashes: Mapping[int, str], head: Head | None, named: str) -> list[str]:
    if head is None:
        return []
    if head.entries < 0:
        return [f"{named} is {head.hash}"]
    if head.entries not in hashes:
        return [f"{named} names entry {head.entries}, which is gone: the tail was cut"]
    if hashes[head.entries] != head.hash:
        return [f"{named} does not match entry {head.entries}: the chain was rewritten"]
    return []


def _faults(row: dict[str, Any], expected_seq: int, before: str) -> list[str]:
    seq, faults = row["seq"], []
    if seq != expected_seq:
        faults.append(f"entry {expected_seq} is missing: found {seq} in its place")
    if row["before"] != before:
        faults.append(f"entry {seq} does not follow the entry before it")
    if row["hash"] != _entry_hash(row):
        faults.append(f"entry {seq} was edited")
    details, salt = row["details"], row["salt"]
    are_whole = isinstance(details, str) and isinstance(salt, bytes)
    if details is not None and not (are_whole and row["details_digest"] == _details_digest(salt, details)):
        faults.append(f"the details of entry {seq} were edited")
    return faults


def _moment(held: object) -> datetime | None:
    """The time a column holds; null when it holds none, which no entry was written with."""
    try:
        return EPOCH + timedelta(microseconds=held) if isinstance(held, int) else None
    except OverflowError:
        return None


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _details_digest(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def _entry_hash(entry: Mapping[str, Any]) -> str:
    named = ("seq", "account", "claimed", "purpose", "action", "details_digest", "before")
    covered = {key: repr(entry[key]) if isinstance(entry[key], bytes) else entry[key] for key in named}
    return hashlib.sha256(
        _canonical({**covered, "at": rfc3339(entry["at"])}).encode("utf-8", "surrogatepass")
    ).hexdigest()
