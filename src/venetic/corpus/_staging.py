"""Read sealed files into Arrow files, several at once; nothing here touches the corpus.

A staged file holds READ_SCHEMA with the words of each body and what identity needs of the file. Work is handed to
processes that are started afresh (never forked: Lance and DuckDB own threads) and small work stays in this one.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path, PurePosixPath

import pyarrow as pa

from venetic.corpus._cut import CutSource, cut_bytes
from venetic.corpus.query import index_text
from venetic.haul import (
    READ_SCHEMA,
    MappingReader,
    ReadBatch,
    Reader,
    RowRefusal,
    SourceFile,
    read_source,
    reader_named,
)
from venetic.kernel import UnreadableHaul

INLINE_BYTES = 8 << 20  # less than this is read here: a process takes a second to start

STAGED_SCHEMA = pa.schema(
    [
        *READ_SCHEMA,
        pa.field("words", pa.string()),
        pa.field("file", pa.string()),
        pa.field("source", pa.int32()),
        pa.field("reader", pa.string()),
        pa.field("told_by_path", pa.string()),
        pa.field("id_name", pa.string()),
    ]
)
REFUSED_SCHEMA = pa.schema(
    {"file": pa.string(), "source": pa.int32(), "offset": pa.int64(), "length": pa.int64()}
    | {"code": pa.string(), "what": pa.string()}
)


@dataclass(frozen=True, slots=True)
class Job:
    """A sealed file to read: by which reader, as which source."""

    file: SourceFile  # must pickle
    source: int
    reader: str  # a registered reader's name, or that of the mapping file
    mapping_text: str | None  # the mapping's document; null for a registered reader
    target: Path


@dataclass(frozen=True, slots=True)
class Staged:
    """What reading a file gave. `why` says why it could not be read at all."""

    job: Job
    origin: str
    rows: int
    refusals: int
    refused_bytes: int
    separator_bytes: int
    why: str | None = None
    mapping: str | None = None  # SHA-256 of the operator's mapping


def stage_all(jobs: Sequence[Job], workers: int) -> Iterator[Staged]:
    """Read the files, in no set order."""
    if workers == 1 or len(jobs) == 1 or sum(job.file.size for job in jobs) < INLINE_BYTES:
        yield from map(stage, jobs)
        return
    largest_first = sorted(jobs, key=lambda job: -job.file.size)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(stage, job) for job in largest_first}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)


def stage(job: Job) -> Staged:
    """Read one file into `target` (rows) and `target` with `.refused` (refusals)."""
    text = job.mapping_text
    reader: Reader = reader_named(job.reader) if text is None else MappingReader(text, job.reader)
    try:
        return _write(job, reader, job.file)
    except UnreadableHaul as error:
        return Staged(job, reader.info.origin, 0, 1, job.file.size, 0, why=error.what)


def mapping_sha256(text: str) -> str:
    """The hash under which a mapping's document is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def refused_path(job: Job) -> Path:
    """Where a job's refusals are staged."""
    return job.target.with_suffix(".refused")


def _write(job: Job, reader: Reader, source: SourceFile) -> Staged:
    rows = refusals = refused_bytes = separators = 0
    constants = _constants(job, reader)
    with (
        pa.OSFile(str(job.target), "wb") as out,
        pa.ipc.new_file(out, STAGED_SCHEMA) as staged,
        pa.OSFile(str(refused_path(job)), "wb") as refused_out,
        pa.ipc.new_file(refused_out, REFUSED_SCHEMA) as refused,
    ):
        for read in read_source(reader, source):
            batch = source.placed(read) if isinstance(source, CutSource) else read
            rows += batch.rows.num_rows
            refusals += len(batch.refusals)
            refused_bytes += sum(refusal.length for refusal in batch.refusals)
            separators += batch.separator_bytes
            if batch.rows.num_rows:
                staged.write_batch(_staged_batch(batch, constants))
            if batch.refusals:
                refused.write_batch(_refused_batch(batch.refusals, job))
    mapping = None if job.mapping_text is None else mapping_sha256(job.mapping_text)
    return Staged(
        job, reader.info.origin, rows, refusals, refused_bytes, separators + cut_bytes(source), mapping=mapping
    )


def _constants(job: Job, reader: Reader) -> list[pa.Scalar]:
    name = PurePosixPath(job.file.path).name
    return [
        pa.scalar(job.file.sha256),
        pa.scalar(job.source, pa.int32()),
        pa.scalar(reader.info.origin),
        pa.scalar(reader.told_by_path(job.file.path), pa.string()),
        pa.scalar(name),
    ]


def _staged_batch(batch: ReadBatch, constants: Sequence[pa.Scalar]) -> pa.RecordBatch:
    count = batch.rows.num_rows
    words = pa.array(index_text(batch.rows.column("body").to_pylist()), pa.string())
    extra = [pa.repeat(constant, count) for constant in constants]
    return pa.RecordBatch.from_arrays([*batch.rows.columns, words, *extra], schema=STAGED_SCHEMA)


def _refused_batch(refusals: Sequence[RowRefusal], job: Job) -> pa.RecordBatch:
    listed = [
        {
            "file": job.file.sha256,
            "source": job.source,
            "offset": refusal.offset,
            "length": refusal.length,
            "code": refusal.code,
            "what": refusal.what,
        }
        for refusal in refusals
    ]
    return pa.RecordBatch.from_pylist(listed, schema=REFUSED_SCHEMA)
