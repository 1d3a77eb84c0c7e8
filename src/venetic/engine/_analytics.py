"""DuckDB over Arrow data. No extension is ever fetched; what does not fit in memory spills to the scratch folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

Arrow: TypeAlias = pa.Table | pa.RecordBatchReader
BATCH_ROWS = 100_000  # rows of one batch of an answer


class DuckSession:
    """One scratch database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, tables: Mapping[str, Arrow] | None = None, parameters: Sequence[Any] = ()) -> pa.Table:
        """Run one statement over the named tables; an empty table for a statement that gives no rows."""
        for name, table in (tables or {}).items():
            self._connection.register(name, table)
        try:
            result = self._connection.sql(sql, params=list(parameters)) if parameters else self._connection.sql(sql)
            return pa.table({}) if result is None else result.to_arrow_reader(BATCH_ROWS).read_all()
        finally:
            for name in tables or {}:
                self._connection.unregister(name)

    def stream(self, sql: str) -> pa.RecordBatchReader:
        """Run one query and stream its rows; nothing else may run until it is read."""
        return self._connection.sql(sql).to_arrow_reader(BATCH_ROWS)


class DuckAnalytics:
    """Analytics in bounded memory: `memory_mb` for each session, the rest spills under `scratch`."""

    def __init__(self, scratch: Path, memory_mb: int, threads: int) -> None:
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }

    def run(self, sql: str, tables: Mapping[str, Arrow], parameters: Sequence[Any] = ()) -> pa.Table:
        """Run one statement over the named tables."""
        with self.session() as session:
            return session.run(sql, tables, parameters)

    @contextmanager
    def session(self) -> Iterator[DuckSession]:
        """A database of its own; gone afterwards."""
        connection = duckdb.connect(config=self._config)
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield DuckSession(connection)
        finally:
            connection.close()
