"""Take source records out of every table, with what only they brought: the new versions, and what is held then."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from venetic.corpus import _runner
from venetic.corpus._parts import CorpusParts
from venetic.corpus._steps import FEW_TERMS, HANDLES_SQL, StepWriter
from venetic.corpus._tables import ATTACHMENTS, CONVERSATIONS, HANDLES, MEDIA, MESSAGES, RECORDS, TABLES, TERMS
from venetic.corpus._tombstones import Stone
from venetic.corpus.query import index_text
from venetic.kernel import (
    EVERYTHING,
    NOTHING,
    All,
    AnalyticsSession,
    AnyOf,
    Compare,
    Not,
    Predicate,
    Snapshot,
    TableSpec,
)

TERMS_GONE_SQL = """
SELECT term FROM brought ANTI JOIN (SELECT DISTINCT unnest(string_split(words, ' ')) AS term FROM spoken) USING (term)
"""


@dataclass(frozen=True, slots=True)
class Going:
    """What goes: records by id, and whole files."""

    records: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def rows(self) -> Predicate:
        """The rows of a table with `record` and `file` columns."""
        return AnyOf((Compare("record", "in", self.records), Compare("file", "in", self.files)))


def going(stones: Sequence[Stone]) -> Going:
    """Records of files that go whole are told by the file alone."""
    files = tuple(stone.file for stone in stones if stone.is_file)
    whole = set(files)
    return Going(tuple(stone.record for stone in stones if stone.file not in whole), files)


def withdraw(parts: CorpusParts, versions: Mapping[str, int], stones: Sequence[Stone]) -> dict[str, int]:
    """Write every table anew without the records; versions that share nothing with the ones before.

    Messages that rest on other records are decided anew; handles, conversations and words nothing else has go too.
    Bounds: holds the records that go, and streams the rest.
    """
    gone = going(stones)
    before = parts.tables.snapshot(versions)
    rows = before.scan("records", _runner.COLUMNS, gone.rows).read_all()
    writer = StepWriter(parts.tables, parts.analytics, parts.link_rule, versions)
    if rows.num_rows:
        writer.withdraw(rows, _zones(before))
    after = parts.tables.snapshot(writer.versions)
    records = tuple(rows["record"].to_pylist()) if gone.files else gone.records
    without: dict[str, Predicate] = {
        RECORDS.name: gone.rows,
        MESSAGES.name: NOTHING,
        ATTACHMENTS.name: Compare("record", "in", records),
        MEDIA.name: Compare("file", "in", gone.files),
        CONVERSATIONS.name: _named(CONVERSATIONS, _conversations_gone(before, rows, gone)),
    }
    with parts.analytics.session() as session:
        _runner.prepare(session)
        without[HANDLES.name] = _named(HANDLES, _handles_gone(session, before, rows, gone))
        without[TERMS.name] = _named(TERMS, _terms_gone(session, after, rows))
    for spec in TABLES:
        if spec.name in without:
            writer.versions[spec.name] = parts.tables.rewrite(spec, without[spec.name])
    return writer.versions


def _named(spec: TableSpec, keys: Collection[str]) -> Predicate:
    return Compare(spec.key, "in", tuple(keys))


def _zones(snapshot: Snapshot) -> dict[int, str]:
    found = snapshot.scan("sources", ["source", "zone"], Compare("zone", "not_null")).read_all().to_pylist()
    return {row["source"]: row["zone"] for row in found}


def _conversations_gone(before: Snapshot, rows: pa.Table, gone: Going) -> set[str]:
    brought = set(rows["conversation_id"].to_pylist())
    others = All((Not(gone.rows), Compare("conversation_id", "in", tuple(brought))))
    kept = before.scan("records", ["conversation_id"], others).read_all()
    return brought - set(kept.column(0).unique().to_pylist())


def _handles_gone(session: AnalyticsSession, before: Snapshot, rows: pa.Table, gone: Going) -> set[str]:
    columns = ["service", "sender", "receivers"]
    session.run("CREATE TABLE fresh AS SELECT * FROM leaving", {"leaving": rows.select(columns)})
    brought = session.run(HANDLES_SQL)
    names = tuple(brought["name"].unique().to_pylist())
    has_name = AnyOf((Compare("sender", "in", names), Compare("receivers", "has_any", names)))
    others = All((Not(gone.rows), has_name if len(names) <= FEW_TERMS else EVERYTHING))
    staying = before.scan("records", columns, others)
    session.run("CREATE OR REPLACE TABLE fresh AS SELECT * FROM staying", {"staying": staying})
    return set(brought["handle"].to_pylist()) - set(session.run(HANDLES_SQL)["handle"].to_pylist())


def _terms_gone(session: AnalyticsSession, after: Snapshot, rows: pa.Table) -> set[str]:
    words = {word for text in index_text(rows["body"].to_pylist()) for word in text.split(" ") if word}
    tables = {"brought": pa.table({"term": pa.array(words, pa.string())}), "spoken": after.scan("messages", ["words"])}
    return set(session.run(TERMS_GONE_SQL, tables)["term"].to_pylist())
