"""Exports: every one a numbered copy in a register, streamed, with the marking of the operation on it."""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import func, insert, select, update

from venetic.audit import Actor
from venetic.corpus._shown import Message
from venetic.corpus._tables import copies
from venetic.kernel import CaseTransaction, WrongUse, rfc3339, utc_now

Format = Literal["csv", "jsonl", "parquet"]
PRIVATE = 0o600  # what leaves an operation is for its owner, until the owner says otherwise
FORMATS: Mapping[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}

EXPORT_SCHEMA = pa.schema(
    [
        ("message", pa.string()),
        ("conversation", pa.string()),
        ("conversation_name", pa.string()),
        ("service", pa.string()),
        ("kind", pa.string()),
        ("sent_at", pa.string()),
        ("local_time", pa.string()),
        ("zone", pa.string()),
        ("time_raw", pa.string()),
        ("time_precision", pa.string()),
        ("sender", pa.string()),
        ("receivers", pa.list_(pa.string())),
        ("body", pa.string()),
        ("other_bodies", pa.list_(pa.string())),
        ("native_id", pa.string()),
        ("reply_to", pa.string()),
        ("edited_at", pa.string()),
        (
            "attachments",
            pa.list_(
                pa.struct([("name", pa.string()), ("mime", pa.string()), ("url", pa.string()), ("sha256", pa.string())])
            ),
        ),
        ("extra", pa.string()),
        ("versions", pa.int64()),
        ("marks", pa.list_(pa.string())),
        ("possible_copies", pa.list_(pa.string())),
        ("source_records", pa.int64()),
        (
            "records",
            pa.list_(
                pa.struct(
                    {"record": pa.string(), "file_sha256": pa.string(), "path": pa.string()}
                    | {"offset": pa.int64(), "length": pa.int64(), "reader": pa.string()}
                )
            ),
        ),
        ("marking", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote: rows, the file and its SHA-256, and the number of the copy."""

    rows: int
    file: Path
    sha256: str
    number: int


class Sink(Protocol):
    """Writes messages in one format."""

    def write(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Append rows of EXPORT_SCHEMA."""

    def close(self) -> None:
        """Finish the file."""


def format_of(file: Path) -> Format:
    """The format a file's ending asks for. Raises WrongUse."""
    if file.suffix.lower() not in FORMATS:
        raise WrongUse(f"the ending picks the format: {', '.join(FORMATS)}", str(file))
    return FORMATS[file.suffix.lower()]


def write_export(file: Path, chunks: Iterator[list[Message]], marking: str, note: Callable[[str], None]) -> int:
    """Stream messages into `file`, telling `note` each message's id; how many.

    Until it is whole the file is called `.part`; only its owner may read it. Raises WrongUse where either stands.
    """
    staged = file.with_name(file.name + ".part")
    require_new(file, staged)
    try:
        os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except FileNotFoundError as error:
        raise WrongUse("the folder of the export does not exist", str(file)) from error
    rows = 0
    try:
        sink = _SINKS[format_of(file)](staged, marking)
        for chunk in chunks:
            sink.write([{**message.to_dict(), "marking": marking} for message in chunk])
            for message in chunk:
                note(message.message)
            rows += len(chunk)
        sink.close()
        require_new(file)
        staged.replace(file)
    finally:
        staged.unlink(missing_ok=True)
    return rows


def require_new(*files: Path) -> None:
    """Raise WrongUse for a name that is taken, be it by a link that leads nowhere."""
    for file in files:
        if os.path.lexists(file):
            raise WrongUse("this file exists, and an export never replaces one", str(file))


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Csv:
    """CSV with a first column of the marking. A cell that a spreadsheet would run starts with an apostrophe.

    Lists and locators are JSON in their cell; null is an empty cell.
    """

    def __init__(self, file: Path, marking: str) -> None:
        self._out: IO[str] = file.open("w", encoding="utf-8", newline="")
        self._columns = [name for name in EXPORT_SCHEMA.names if name != "marking"]
        self._writer = csv.writer(self._out, lineterminator="\r\n")
        self._writer.writerow(["marking", *self._columns])
        self._marking = _cell(marking)

    def write(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            self._writer.writerow([self._marking, *(_cell(message[column]) for column in self._columns)])

    def close(self) -> None:
        self._out.close()


def _cell(value: Any) -> str:  # noqa: ANN401 -- any JSON value
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "'")) else text


class _JsonLines:
    """One JSON object a line."""

    def __init__(self, file: Path, marking: str) -> None:
        self._out = file.open("w", encoding="utf-8")

    def write(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            self._out.write(json.dumps(message, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._out.close()


class _Parquet:
    """Parquet with the marking in a column and in the file's metadata."""

    def __init__(self, file: Path, marking: str) -> None:
        schema = EXPORT_SCHEMA.with_metadata({"marking": marking})
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")
        self._schema = schema

    def write(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self._writer.write_table(pa.Table.from_pylist([dict(message) for message in messages], self._schema))

    def close(self) -> None:
        self._writer.close()


_SINKS: Mapping[Format, Callable[[Path, str], Sink]] = {"csv": _Csv, "jsonl": _JsonLines, "parquet": _Parquet}


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What the register keeps of a copy before it is written."""

    kind: str
    selection: str
    destination: str
    destroy_by: str | None


@dataclass(frozen=True, slots=True)
class CopyDone:
    """What the register keeps of a copy once written: how many messages, which, and the file's SHA-256."""

    count: int
    sha256: str
    messages: Sequence[str]


def open_copy(tx: CaseTransaction, actor: Actor, facts: CopyFacts) -> int:
    """Enter a copy in the register before it is written, so that none exists that is not in it; its number."""
    number = int(tx.execute(select(func.coalesce(func.max(copies.c.number), 0))).scalar_one()) + 1
    tx.execute(
        insert(copies).values(
            number=number,
            at=utc_now(),
            account=actor.account,
            purpose=actor.purpose or "",
            kind=facts.kind,
            selection=facts.selection,
            count=0,
            destination=facts.destination,
            destroy_by=facts.destroy_by,
        )
    )
    return number


def close_copy(tx: CaseTransaction, number: int, done: CopyDone) -> None:
    """Complete a copy's entry."""
    values = {"count": done.count, "sha256": done.sha256, "messages": "\n".join(done.messages)}
    tx.execute(update(copies).where(copies.c.number == number).values(values))


def read_copies(tx: CaseTransaction) -> list[dict[str, Any]]:
    """The register in order: number, at, account, purpose, kind, selection, count, sha256, destination, destroy_by."""
    rows = tx.execute(select(copies).order_by(copies.c.number)).mappings()
    return [{**{key: row[key] for key in row if key != "messages"}, "at": rfc3339(row["at"])} for row in rows]
