"""Write one step of an ingest: staged files in, new versions of every table out. The commit is the caller's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.dataset as ds

from venetic.corpus import _runner
from venetic.corpus._linking import LinkRule
from venetic.corpus._staging import REFUSED_SCHEMA, STAGED_SCHEMA, Staged, refused_path
from venetic.corpus._tables import (
    ATTACHMENTS,
    CONVERSATIONS,
    HANDLES,
    MEDIA,
    MESSAGES,
    RECORDS,
    REFUSALS,
    SOURCES,
    TABLES,
    TERMS,
)
from venetic.kernel import Analytics, AnalyticsSession, AnyOf, Compare, Snapshot, Tables, TableSpec

FEW_TERMS = 2_000  # up to here an index lookup beats reading the vocabulary

HANDLES_SQL = """
SELECT DISTINCT id_of(part('handle') || part(service) || part(name)) AS handle, service, name
FROM (SELECT service, sender AS name FROM fresh UNION SELECT service, unnest(receivers) FROM fresh)
WHERE name IS NOT NULL
"""
CONVERSATIONS_SQL = """
SELECT conversation_id AS conversation, min(service) AS service, min(conversation_name) AS name, min(basis) AS basis
FROM fresh GROUP BY conversation_id
"""
ATTACHMENTS_SQL = """
SELECT record, source, (position - 1)::INTEGER AS position, attachments[position].name AS name,
    attachments[position].mime AS mime, attachments[position].url AS url, attachments[position].sha256 AS sha256
FROM (SELECT record, source, attachments, unnest(range(1, len(attachments) + 1)) AS position FROM fresh
      WHERE len(attachments) > 0)
"""
TERMS_SQL = "SELECT DISTINCT unnest(string_split(words, ' ')) AS term FROM fresh WHERE words <> ''"

STORED_SQL = """
CREATE TABLE fresh AS SELECT *, NULL::VARCHAR AS words, true AS is_stored,
    CASE WHEN id_scope = 'source' THEN native_id END AS row_id FROM stored
"""


@dataclass(frozen=True, slots=True)
class StepInput:
    """The files of a step: read ones, and rows for `sources` and `media` (read files, media, unread ones)."""

    staged: Sequence[Staged]
    sources: pa.Table
    media: pa.Table
    was_unread: tuple[str, ...] = ()  # units that stayed unread before and are tried again


class StepWriter:
    """Carries the table versions from step to step."""

    def __init__(self, tables: Tables, analytics: Analytics, rule: LinkRule, versions: Mapping[str, int]) -> None:
        self._tables = tables
        self._analytics = analytics
        self._rule = rule
        self.versions = dict(versions)

    def write(self, step: StepInput, zones: Mapping[int, str]) -> None:
        """Add the step's files to every table."""
        snapshot = self._tables.snapshot(self.versions)
        read = [staged for staged in step.staged if staged.rows]
        if read:
            with self._analytics.session() as session:
                _runner.prepare(session)
                paths = [str(staged.job.target) for staged in read]
                _runner.key_staged(session, staged_rows(paths))
                self._write_messages(session, snapshot, zones)
                self._append(RECORDS, _runner.fresh_records(session))
                self._append_table(ATTACHMENTS, session.run(ATTACHMENTS_SQL))
                self._append_table(HANDLES, _new(session, snapshot, HANDLES_SQL, HANDLES))
                self._append_table(CONVERSATIONS, _new(session, snapshot, CONVERSATIONS_SQL, CONVERSATIONS))
                self._append_table(TERMS, _new(session, snapshot, TERMS_SQL, TERMS))
        refused = [str(refused_path(staged.job)) for staged in step.staged if staged.refusals and staged.why is None]
        if refused:
            self._append(REFUSALS, _ipc(refused, REFUSED_SCHEMA))
        self._append_table(MEDIA, step.media)
        if step.was_unread:
            again = Compare("unit", "in", step.was_unread)
            self.versions[SOURCES.name] = self._tables.delete(SOURCES, again)
        self.versions[SOURCES.name] = self._tables.upsert(SOURCES, step.sources.cast(SOURCES.schema))

    def redo(self, sources: Sequence[int], zones: Mapping[int, str], source_rows: pa.Table) -> None:
        """Decide anew the messages of sources whose asserted zone has changed."""
        snapshot = self._tables.snapshot(self.versions)
        stored = snapshot.scan("records", _runner.COLUMNS, Compare("source", "in", tuple(sources)))
        with self._analytics.session() as session:
            _runner.prepare(session)
            session.run(STORED_SQL, {"stored": stored})
            self._write_messages(session, snapshot, zones)
        self.versions[SOURCES.name] = self._tables.upsert(SOURCES, source_rows)

    def withdraw(self, leaving: pa.Table, zones: Mapping[int, str]) -> None:
        """Decide anew the messages of stored records that go, as if these had never stood; `records` keeps them yet."""
        snapshot = self._tables.snapshot(self.versions)
        with self._analytics.session() as session:
            _runner.prepare(session)
            session.run(STORED_SQL, {"stored": leaving})
            self._write_messages(session, snapshot, zones, leaving=True)

    def maintain(self, full: bool) -> None:
        """Index and compact every table whose content gathered."""
        for spec in TABLES:
            self.versions[spec.name] = self._tables.maintain(spec, full)

    def _write_messages(
        self, session: AnalyticsSession, snapshot: Snapshot, zones: Mapping[int, str], *, leaving: bool = False
    ) -> None:
        change = _runner.reconcile(session, snapshot, zones, self._rule, leaving=leaving)
        if change.gone:
            gone = AnyOf((Compare("message", "in", change.gone),))
            self.versions[MESSAGES.name] = self._tables.delete(MESSAGES, gone)
        if change.kept:
            keys, rows = _runner.kept(session), _runner.outcome(session, was_there=True)
            self.versions[MESSAGES.name] = self._tables.replace(MESSAGES, keys, rows)
        if change.added:
            self._append(MESSAGES, _runner.outcome(session, was_there=False))

    def _append_table(self, spec: TableSpec, rows: pa.Table) -> None:
        if rows.num_rows:
            self._append(spec, rows.select(spec.schema.names).cast(spec.schema).to_reader())

    def _append(self, spec: TableSpec, rows: pa.RecordBatchReader) -> None:
        self.versions[spec.name] = self._tables.append(spec, rows)


def staged_rows(paths: Sequence[str]) -> pa.RecordBatchReader:
    """Stream the rows of staged files."""
    return _ipc(paths, STAGED_SCHEMA)


def _ipc(paths: Sequence[str], schema: pa.Schema) -> pa.RecordBatchReader:
    return ds.dataset(paths, format="ipc", schema=schema).scanner().to_reader()


def _new(session: AnalyticsSession, snapshot: Snapshot, sql: str, spec: TableSpec) -> pa.Table:
    """Rows of `sql` whose key is not stored."""
    rows = session.run(sql)
    if rows.num_rows == 0 or snapshot.count(spec.name) == 0:
        return rows
    keys = rows.column(spec.key)
    few = rows.num_rows <= FEW_TERMS
    predicate = Compare(spec.key, "in", tuple(keys.to_pylist())) if few else AnyOf((Compare(spec.key, "not_null"),))
    stored = snapshot.scan(spec.name, [spec.key], predicate)
    return session.run(f"SELECT * FROM rows ANTI JOIN stored USING ({spec.key})", {"rows": rows, "stored": stored})  # noqa: S608 -- our own column name
