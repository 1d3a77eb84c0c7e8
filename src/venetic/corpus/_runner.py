"""Run reconciliation over the records of one step and say what changes in `messages`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from venetic.corpus import _keys, _reconcile
from venetic.corpus._closure import Closure
from venetic.corpus._linking import MESSAGE_COLUMNS, LinkRule, link
from venetic.corpus._tables import MESSAGES, RECORDS
from venetic.corpus.query import index_text
from venetic.kernel import AnalyticsSession, Snapshot

VERSION_BREAK = "\u241f"  # stands between the words of two versions of a text; no word of any text is this
COLUMNS = [field.name for field in RECORDS.schema]


@dataclass(frozen=True, slots=True)
class Change:
    """What a step does to `messages`: ids that were there before, ids gone, whether nothing of it was there."""

    kept: int
    gone: tuple[str, ...]
    added: int


def prepare(session: AnalyticsSession) -> None:
    """Give a session the functions that ids are made with."""
    for statement in (*_keys.MACROS.strip().split(";\n"), _reconcile.MEDIA_MACRO):
        if statement.strip():
            session.run(statement)


def key_staged(session: AnalyticsSession, staged: pa.RecordBatchReader) -> None:
    """From staged rows make `fresh`: the step's source records with their keys."""
    session.run(_keys.KEYED_SQL, {"reader": staged})
    has_row_ids = session.run(_keys.HAS_ROW_IDS_SQL).column(0)[0].as_py() > 0
    session.run(_keys.ROW_KEYS_SQL if has_row_ids else _keys.NO_ROW_KEYS_SQL)
    session.run(_keys.COUNTED_SQL)
    session.run(_keys.FRESH_SQL)


def reconcile(
    session: AnalyticsSession, snapshot: Snapshot, zones: Mapping[int, str], rule: LinkRule, *, leaving: bool = False
) -> Change:
    """From `fresh` make `outcome`: the message rows to write, with `was_there`; and say what goes.

    `zones` are asserted zones by source. With `leaving`, the records of `fresh` are stored ones that go.
    """
    listed = pa.table({"source": pa.array(zones.keys(), pa.int32()), "zone": pa.array(zones.values(), pa.string())})
    session.run("CREATE TABLE zones AS SELECT * FROM listed", {"listed": listed})
    Closure(session, snapshot, COLUMNS).gather()
    _assign(session, "rows.is_stored")
    session.run(_reconcile.BEFORE_SQL)
    if leaving:
        session.run("DELETE FROM fresh")
    _assign(session, "true")
    gone = session.run(_reconcile.GONE_SQL).column(0).to_pylist()
    for statement in (_reconcile.GROUPED_SQL, _reconcile.MESSAGES_SQL, "DROP TABLE grouped", "DROP TABLE assigned"):
        session.run(statement)
    link(session, snapshot, rule)
    counts = session.run("SELECT count(*) FILTER (was_there), count(*) FILTER (NOT was_there) FROM outcome")
    return Change(counts.column(0)[0].as_py(), tuple(gone), counts.column(1)[0].as_py())


def outcome(session: AnalyticsSession, was_there: bool) -> pa.RecordBatchReader:
    """Stream the message rows to write that were, or were not, in `messages` before."""
    listed = ", ".join(MESSAGE_COLUMNS)
    stream = session.stream(f"SELECT {listed} FROM outcome WHERE was_there = {str(was_there).lower()}")  # noqa: S608 -- our own column names
    return pa.RecordBatchReader.from_batches(MESSAGES.schema, _with_words(stream))


def kept(session: AnalyticsSession) -> pa.Array:
    """The ids of the message rows to write that were in `messages` before."""
    return session.run("SELECT message FROM outcome WHERE was_there").column(0).combine_chunks()


def fresh_records(session: AnalyticsSession) -> pa.RecordBatchReader:
    """Stream the step's source records as `records` keeps them."""
    listed = ", ".join(f'"{column}"' for column in COLUMNS)
    stream = session.stream(f"SELECT {listed} FROM fresh")  # noqa: S608 -- our own column names
    return pa.RecordBatchReader.from_batches(RECORDS.schema, (batch.cast(RECORDS.schema) for batch in stream))


def _assign(session: AnalyticsSession, considered: str) -> None:
    for statement in (_reconcile.NATIVES_SQL, _reconcile.ASSIGNED_SQL):
        session.run(statement.replace("{considered}", considered))


def _with_words(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Fill in the words of rows of several texts, and of those whose speaking record was stored before this step."""
    at = MESSAGES.schema.get_field_index("words")
    for batch in batches:
        column = batch.column(at)
        if column.null_count:
            bodies, others = batch.column("body").to_pylist(), batch.column("other_bodies").to_pylist()
            words = column.to_pylist()
            for row in [row for row, text in enumerate(words) if text is None]:
                texts = index_text([bodies[row], *others[row]])
                words[row] = f" {VERSION_BREAK} ".join(text for text in texts if text)
            batch = batch.set_column(at, "words", pa.array(words, pa.string()))
        yield batch.cast(MESSAGES.schema)
