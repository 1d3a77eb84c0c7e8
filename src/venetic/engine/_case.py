"""Case state on SQLite: write-ahead log, synchronous=FULL, deleted bytes overwritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from venetic.kernel import RunStopped, WrongUse, case_metadata

BUSY_MS = 60_000  # a writer waits this long for another before it gives up


class SqlCase:
    """Case state in one SQLite file; every write transaction takes the write lock at its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine: Engine = create_engine(f"sqlite:///{path}", isolation_level=None)
        event.listen(self._engine, "connect", _prepare)

    def create(self) -> None:
        """Make the tables of every room that has been imported; those there already stay."""
        case_metadata.create_all(self._engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A serialised write transaction: commits on a clean exit, rolls back on an error.

        Raises WrongUse for text with half of a character, as comes of bytes on a command line that are no UTF-8;
        RunStopped when the database refuses: a full disk, another writer for longer than BUSY_MS.
        """
        with _stopping(), self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except UnicodeEncodeError as error:
                connection.exec_driver_sql("ROLLBACK")
                raise WrongUse("a text that was given is not valid Unicode, and cannot be recorded") from error
            except BaseException:
                if _in_transaction(connection):  # a full disk may have ended it
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: what it sees does not change under it."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def purge(self) -> None:
        """Leave no deleted byte behind: empty the write-ahead log and rewrite the file."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


@contextmanager
def _stopping() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:  # its own text quotes the statement and what it was given
        raise RunStopped(f"case state cannot be written ({error.orig}): nothing is lost, run again") from None


def _in_transaction(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return bool(driver is not None and driver.in_transaction)


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
