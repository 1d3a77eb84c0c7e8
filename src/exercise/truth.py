"""What really happened in an exercise: typed readers of its truth folder.

Every table is one Parquet file, named after the table, with the columns of SCHEMAS and nothing else. Times are UTC.
docs/exercise.md says what the columns mean.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exercise._errors import BadTruth

_TIME = pa.timestamp("us", tz="UTC")
_NAMES = pa.list_(pa.string())


def _schema(*columns: tuple[str, pa.DataType], nullable: tuple[str, ...] = ()) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=name in nullable) for name, kind in columns])


SCHEMAS: dict[str, pa.Schema] = {
    "persons": _schema(
        ("person", pa.string()),
        ("name", pa.string()),
        ("language", pa.string()),
        ("other_languages", _NAMES),
        ("town", pa.string()),
        ("country", pa.string()),
        ("utc_offset_minutes", pa.int32()),
        ("phone", pa.string()),
        ("style", pa.string()),
    ),
    "handles": _schema(
        ("handle", pa.string()),
        ("person", pa.string()),
        ("service", pa.string()),
        ("native_id", pa.string()),
        ("used_from", _TIME),
        ("used_until", _TIME),
        nullable=("native_id", "used_until"),
    ),
    "conversations": _schema(
        ("conversation", pa.string()),
        ("service", pa.string()),
        ("name", pa.string()),
        ("native_id", pa.string()),
        ("members", _NAMES),
        ("language", pa.string()),
        nullable=("name", "native_id"),
    ),
    "messages": _schema(
        ("uid", pa.string()),
        ("conversation", pa.string()),
        ("service", pa.string()),
        ("author", pa.string()),
        ("sender", pa.string()),
        ("receivers", _NAMES),
        ("sent_at", _TIME),
        ("body", pa.string()),
        ("language", pa.string()),
        ("kind", pa.string()),
        ("label", pa.string()),
        ("reason", pa.string()),
        ("hard_negative", pa.bool_()),
        ("edited_at", _TIME),
        ("edited_body", pa.string()),
        nullable=("author", "sender", "edited_at", "edited_body"),
    ),
    "records": _schema(
        ("uid", pa.string()),
        ("path", pa.string()),
        ("file_sha256", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("service", pa.string()),
        ("kind", pa.string()),
        ("copy", pa.string()),
        ("native_id", pa.string()),
        ("written_time", pa.string()),
        ("written_body", pa.string()),
        ("is_edited", pa.bool_()),
        ("degradation", pa.string()),
        ("expected_message", pa.string()),
        ("identity", pa.string()),
        nullable=("native_id", "degradation"),
    ),
    "refusals": _schema(
        ("path", pa.string()),
        ("file_sha256", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("why", pa.string()),
        ("uid", pa.string()),
        nullable=("uid",),
    ),
    "media": _schema(
        ("file_sha256", pa.string()),
        ("path", pa.string()),
        ("uid", pa.string()),
        ("shows", pa.string()),
        ("mime", pa.string()),
        ("has_exif", pa.bool_()),
    ),
    "degradation": _schema(
        ("what", pa.string()),
        ("uid", pa.string()),
        ("copy", pa.string()),
        ("path", pa.string()),
        nullable=("uid", "copy", "path"),
    ),
    "files": _schema(
        ("path", pa.string()),
        ("raw_path", pa.binary()),
        ("sha256", pa.string()),
        ("size", pa.int64()),
        ("shape", pa.string()),
        ("records", pa.int64()),
        ("refusals", pa.int64()),
        ("note", pa.string()),
        nullable=("raw_path", "note"),
    ),
}


def digest_of(table: pa.Table) -> str:
    """SHA-256 of a table's rows as JSON lines, whatever wrote the Parquet file. Holds 10,000 rows at a time."""
    state = hashlib.sha256()
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            state.update(json.dumps(row, ensure_ascii=True, sort_keys=True, default=_plain).encode() + b"\n")
    return state.hexdigest()


def _plain(value: bytes | datetime) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def table(truth: Path, name: str) -> pa.Table:
    """A table of SCHEMAS. Raises: BadTruth when the folder lacks it or it has other columns."""
    path = truth / f"{name}.parquet"
    if not path.is_file():
        raise BadTruth(f"no {path.name} in the truth folder")
    found = pq.read_table(path)
    if not found.schema.equals(SCHEMAS[name]):
        raise BadTruth(f"{path.name} has other columns than this version writes")
    return found


def persons(truth: Path) -> pa.Table:
    """Everybody who takes part."""
    return table(truth, "persons")


def handles(truth: Path) -> pa.Table:
    """The names people go by on each service, with when they were used."""
    return table(truth, "handles")


def conversations(truth: Path) -> pa.Table:
    """Who talks with whom, where."""
    return table(truth, "conversations")


def messages(truth: Path) -> pa.Table:
    """Every real message once, in order of time, whether or not a copy was delivered."""
    return table(truth, "messages")


def records(truth: Path) -> pa.Table:
    """Every delivered copy of a message, by path and offset."""
    return table(truth, "records")


def refusals(truth: Path) -> pa.Table:
    """Every byte range that was broken on purpose, by path and offset."""
    return table(truth, "refusals")


def media(truth: Path) -> pa.Table:
    """Every delivered picture file with its message."""
    return table(truth, "media")


def degradation(truth: Path) -> pa.Table:
    """Everything that was left out, cut, repeated, skewed or delivered again."""
    return table(truth, "degradation")


def files(truth: Path) -> pa.Table:
    """Every file of the haul but its manifest, with the records and refusals a reader should find in it."""
    return table(truth, "files")


def summary(truth: Path) -> dict[str, Any]:
    """The counts of `summary.json`. Raises: BadTruth when there is none."""
    path = truth / "summary.json"
    if not path.is_file():
        raise BadTruth("no summary.json in the truth folder")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
