"""What rooms ask of the engines. `engine` answers, `app` joins the two."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import pyarrow as pa

from venetic.kernel.predicate import EVERYTHING, Predicate
from venetic.kernel.text import TextQuery


class ObjectStore(Protocol):
    """Sealed bytes under names; a folder by default, an S3 bucket by URL."""

    def new_object(self) -> AbstractContextManager["NewObject"]:
        """Open a staging object; left behind by a kill, it is swept by `sweep`."""

    def open(self, name: str) -> IO[bytes]:
        """A seekable, buffered stream of the object's bytes. Raises NotFound."""

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        """Exactly the asked bytes. Raises NotFound, or Corrupt when the object is shorter."""

    def size(self, name: str) -> int | None:
        """The object's size in bytes; null when there is none."""

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names under `prefix`, in no set order."""

    def delete(self, name: str) -> None:
        """Remove the object for good; no error when it is absent."""

    def sweep(self) -> int:
        """Remove staging objects that no writer holds; how many."""


class NewObject(Protocol):
    """An object being written: nothing has its name until `keep`."""

    def write(self, data: bytes) -> None:
        """Append bytes."""

    def keep(self, name: str) -> bool:
        """Give the object its name, durably; false, and nothing stored, when the name was taken."""


class CaseTransaction(Protocol):
    """One transaction on case state; SQL is SQLAlchemy Core."""

    def execute(self, statement: Any, parameters: Any = None) -> Any:  # noqa: ANN401 -- SQLAlchemy's own result type
        """Run a SQLAlchemy Core statement and return its result."""


class CaseState(Protocol):
    """People's work in SQL: SQLite by default."""

    def write(self) -> AbstractContextManager[CaseTransaction]:
        """A serialised write transaction: commits on a clean exit, rolls back on an error."""

    def read(self) -> AbstractContextManager[CaseTransaction]:
        """A read transaction."""

    def purge(self) -> None:
        """Leave no deleted byte behind, in files and logs alike."""


Versions = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """An index on one column: `sorted` for equality and ranges, `labels` for list columns, `words` for full text."""

    column: str
    kind: Literal["sorted", "labels", "words"]


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of the corpus: `key` is unique, `indexes` are kept up by `Tables.maintain`."""

    name: str
    schema: pa.Schema
    key: str
    indexes: tuple[IndexSpec, ...] = ()


class Snapshot(Protocol):
    """The corpus as one commit left it; later writes do not show."""

    @property
    def versions(self) -> Versions:
        """The version of every table."""

    def scan(
        self,
        table: str,
        columns: Sequence[str],
        predicate: Predicate = EVERYTHING,
        limit: int | None = None,
        with_row: bool = False,
    ) -> pa.RecordBatchReader:
        """Stream rows in no promised order; `with_row` adds the row's address in this snapshot as `_rowid`."""

    def count(self, table: str, predicate: Predicate = EVERYTHING) -> int:
        """Exact number of rows."""

    def search(
        self,
        table: str,
        text: TextQuery,
        columns: Sequence[str],
        predicate: Predicate = EVERYTHING,
        limit: int | None = None,
    ) -> pa.Table:
        """Rows matching `text` and `predicate` with `_rowid` and `_score`: the best `limit`, or all, unordered."""

    def take(self, table: str, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """The rows at `_rowid` addresses, in the asked order."""


class Tables(Protocol):
    """The corpus tables. Writes are for one writer at a time; each gives the table a new version."""

    def create(self, spec: TableSpec) -> int:
        """Make an empty table; its version."""

    def beside(self, folder: Path) -> "Tables":
        """Tables of the same kind in another folder, for scratch work."""

    def snapshot(self, versions: Versions) -> Snapshot:
        """Read the tables at these versions. Raises NotFound when one was cleaned away."""

    def append(self, spec: TableSpec, rows: pa.RecordBatchReader) -> int:
        """Add rows whose keys are new."""

    def upsert(self, spec: TableSpec, rows: pa.Table) -> int:
        """Add rows, in place of those with the same key."""

    def replace(self, spec: TableSpec, keys: pa.Array, rows: pa.RecordBatchReader) -> int:
        """Remove the rows with these keys and add others; only the keys are held in memory."""

    def delete(self, spec: TableSpec, predicate: Predicate) -> int:
        """Remove rows; earlier versions still hold them."""

    def roll_back(self, spec: TableSpec, version: int) -> int:
        """Make `version` the present content again after a killed run; the version that now holds it."""

    def maintain(self, spec: TableSpec, full: bool = False) -> int:
        """Index and compact what has gathered; `full` does so however little it is."""

    def clean(self, spec: TableSpec, keep: Collection[int]) -> None:
        """Drop every version but the latest and `keep`, and the bytes only they used."""

    def rewrite(self, spec: TableSpec, without: Predicate) -> int:
        """Write the table anew without some rows, sharing nothing with earlier versions; `clean` then drops those."""


class Analytics(Protocol):
    """SQL over Arrow data, in memory bounds, spilling to disk."""

    def run(
        self, sql: str, tables: Mapping[str, pa.Table | pa.RecordBatchReader], parameters: Sequence[Any] = ()
    ) -> pa.Table:
        """Run one statement over the named tables."""

    def session(self) -> AbstractContextManager["AnalyticsSession"]:
        """A database of its own for a work of several statements; gone afterwards."""


class AnalyticsSession(Protocol):
    """A scratch database."""

    def run(
        self,
        sql: str,
        tables: Mapping[str, pa.Table | pa.RecordBatchReader] | None = None,
        parameters: Sequence[Any] = (),
    ) -> pa.Table:
        """Run one statement; tables created by earlier statements are there."""

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """Run one query and stream its rows."""
