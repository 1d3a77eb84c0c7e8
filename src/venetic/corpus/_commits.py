"""One commit across tables: a row that names the version of each. Readers open only what a commit names.

A commit in use is leased: a shared lock on a file of its number, given back when the snapshot is closed. Cleaning
spares leased commits and the last few, so that a page asked for with a cursor is still there.
"""

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import insert, select

from venetic.corpus._tables import TABLES, commits
from venetic.kernel import CaseState, CaseTransaction, Corrupt, NotFound, Snapshot, Tables, utc_now

KEPT_COMMITS = 4  # cursors this many commits old still work


@dataclass(frozen=True, slots=True)
class Commit:
    """The state of every table at one moment, and the totals then."""

    number: int
    versions: dict[str, int]
    totals: dict[str, Any]


class Lease:
    """An open snapshot of a commit; closing it lets the commit be cleaned away."""

    def __init__(self, commit: Commit, snapshot: Snapshot, lock: Path) -> None:
        self.commit = commit
        self.snapshot = snapshot
        self._file = lock.open("w")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def close(self) -> None:
        """Give the lease back."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Commits:
    """The commit log, and snapshots of what it names."""

    def __init__(self, case: CaseState, tables: Tables, leases: Path) -> None:
        self._case = case
        self._tables = tables
        self._leases = leases

    def start(self) -> None:
        """Make the empty tables and the first commit that names them."""
        versions = {spec.name: self._tables.create(spec) for spec in TABLES}
        with self._case.write() as tx:
            self.add(tx, versions, {})

    def latest(self) -> Commit:
        """The newest commit."""
        with self._case.read() as tx:
            row = tx.execute(select(commits).order_by(commits.c.number.desc()).limit(1)).mappings().first()
        if row is None:
            raise Corrupt("the operation has no commit: its making was not finished")
        return _commit(row)

    def lease(self, number: int | None = None) -> Lease:
        """Open the newest commit, or one a cursor names. Raises NotFound when that one was cleaned away."""
        self._leases.mkdir(exist_ok=True)
        commit = self.latest() if number is None else self._numbered(number)
        lease = Lease(commit, self._tables.snapshot(commit.versions), self._leases / str(commit.number))
        # It may have been cleaned before the lock was held.
        if number is None and self.latest().number - commit.number >= KEPT_COMMITS:
            lease.close()
            return self.lease()
        return lease

    def _numbered(self, number: int) -> Commit:
        with self._case.read() as tx:
            row = tx.execute(select(commits).where(commits.c.number == number)).mappings().first()
        if row is None:
            raise NotFound(f"commit {number} is gone: search again", "cursor")
        return _commit(row)

    def add(self, tx: CaseTransaction, versions: dict[str, int], totals: dict[str, Any]) -> int:
        """Record a commit in the caller's transaction; its number."""
        last = tx.execute(select(commits.c.number).order_by(commits.c.number.desc()).limit(1)).scalar()
        number = (last or 0) + 1
        tx.execute(
            insert(commits).values(
                number=number, at=utc_now(), versions=json.dumps(versions), totals=json.dumps(totals)
            )
        )
        return number

    def clean(self, keep: int = KEPT_COMMITS, *, spare_leased: bool = True) -> None:
        """Drop commits nobody holds, but for the newest `keep`, and the table versions only they name.

        Without `spare_leased` those in use go too: who still reads one is told to ask again.
        """
        with self._case.read() as tx:
            rows = [_commit(row) for row in tx.execute(select(commits).order_by(commits.c.number)).mappings()]
        oldest = rows[-1].number - max(keep, 1) + 1
        spared = [one for one in rows if one.number >= oldest or (spare_leased and self._leased(one))]
        gone = {commit.number for commit in rows} - {commit.number for commit in spared}
        if not gone:
            return
        with self._case.write() as tx:
            tx.execute(commits.delete().where(commits.c.number.in_(gone)))
        for spec in TABLES:
            self._tables.clean(spec, {commit.versions[spec.name] for commit in spared})
        for number in gone:
            (self._leases / str(number)).unlink(missing_ok=True)

    def _leased(self, commit: Commit) -> bool:
        path = self._leases / str(commit.number)
        if not path.exists():
            return False
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def _commit(row: Any) -> Commit:  # noqa: ANN401 -- a SQLAlchemy row mapping
    return Commit(row["number"], json.loads(row["versions"]), json.loads(row["totals"]))
