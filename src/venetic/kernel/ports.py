"""What rooms ask of the engines. `engine` answers, `app` joins the two."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any, Protocol

import pyarrow as pa


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


Versions = Mapping[str, int]
Batches = Iterator[pa.RecordBatch]
