"""Gather every stored record that new ones can change the message of, by index for a few and by one scan for many.

With A the content keys and N the native ids of the new records:
  first   records with a key in A or an id in N;
  second  records of every native met so far: its versions;
  third   records of every key those have: who else could belong to them.
"""

import pyarrow as pa

from venetic.kernel import AnalyticsSession, Compare, Snapshot

FEW_KEYS = 2_000  # up to here an index lookup beats a scan of the two key columns


class Closure:
    """Fills the session's table `rows` from `fresh` and the stored records it touches."""

    def __init__(self, session: AnalyticsSession, snapshot: Snapshot, columns: list[str]) -> None:
        self._session = session
        self._snapshot = snapshot
        self._columns = columns
        self._listed = ", ".join(f'"{column}"' for column in columns)

    def gather(self) -> None:
        """Make `rows`, `touched` (content keys, natives) and `wanted_natives`."""
        run = self._session.run
        run(
            f"CREATE TABLE found_rows AS SELECT {self._listed}, words, row_id, false AS is_new, true AS is_stored"  # noqa: S608 -- our own column names
            " FROM fresh LIMIT 0"
        )
        run(
            f"""CREATE VIEW rows AS SELECT {self._listed}, words, row_id, true AS is_new, is_stored FROM fresh
                UNION ALL SELECT * FROM found_rows"""  # noqa: S608 -- our own column names
        )
        run("CREATE TABLE touched AS SELECT DISTINCT content_key FROM fresh WHERE content_key IS NOT NULL")
        if self._snapshot.count("records") > 0:
            self._fetch("content_key", "SELECT content_key FROM touched")
            self._fetch("native_key", "SELECT DISTINCT native_key FROM rows WHERE native_key IS NOT NULL")
        run(
            """CREATE TABLE wanted_natives AS SELECT DISTINCT native_key FROM rows
               WHERE native_key IS NOT NULL AND (is_new OR content_key IN (SELECT content_key FROM touched))"""
        )
        if self._snapshot.count("records") > 0:
            self._fetch(
                "content_key",
                """SELECT DISTINCT content_key FROM rows WHERE content_key IS NOT NULL
                   AND native_key IN (SELECT native_key FROM wanted_natives)""",
            )

    def _fetch(self, column: str, keys_sql: str) -> None:
        run = self._session.run
        keys = run(keys_sql).column(0).combine_chunks()
        if len(keys) == 0:
            return
        found = self._looked_up(column, keys) if len(keys) <= FEW_KEYS else self._joined(column, keys)
        run(
            f"""INSERT INTO found_rows SELECT {self._listed}, NULL AS words,
                CASE WHEN id_scope = 'source' THEN native_id END AS row_id, false AS is_new, true AS is_stored
                FROM found WHERE record NOT IN (SELECT record FROM rows)""",  # noqa: S608 -- our own column names
            {"found": found},
        )

    def _looked_up(self, column: str, keys: pa.Array) -> pa.Table:
        predicate = Compare(column, "in", tuple(keys.to_pylist()))
        return self._snapshot.scan("records", self._columns, predicate).read_all()

    def _joined(self, column: str, keys: pa.Array) -> pa.Table:
        scan = self._snapshot.scan("records", [column], with_row=True)
        found = self._session.run(
            f"SELECT _rowid FROM scan SEMI JOIN keys USING ({column})",  # noqa: S608 -- one of two names of ours
            {"scan": scan, "keys": pa.table({column: keys})},
        )
        return self._snapshot.take("records", found.column(0).to_pylist(), self._columns)
