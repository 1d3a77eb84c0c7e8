"""Every registered reader keeps the contract; every golden file reads as recorded; any bytes are accounted for."""

import io
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haul.readers.goldens import EXPECTED, cases, read, source_of
from venetic.haul.readers import (
    BATCH_ROWS,
    READ_SCHEMA,
    READERS,
    Limits,
    MappingReader,
    ReadBatch,
    Reader,
    ReaderInfo,
    RowRefusal,
    decode_record,
    load_mapping,
    media_type,
    read_source,
    reader_named,
    recognise,
)
from venetic.kernel import Misuse, NotFound, UnreadableHaul

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Held:
    """A file held in memory."""

    data: bytes
    path: str = "d/2020-01-01.txt"
    sha256: str = "0" * 64

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.data)

    def head(self, size: int = 65_536) -> bytes:
        return self.data[:size]


def mapping(name: str, records: str, fields: str = "body: '.'") -> MappingReader:
    text = f"name: {name}\nversion: '1'\nservice: s\nlayouts: [x]\nrecords: {records}\nfields: {{{fields}}}\n"
    return MappingReader(text, name)


OTHERS = [
    mapping("tsv", '{csv: {delimiter: "\\t", quote: null, header: false, columns: 2}}', "body: '2'"),
    mapping("wide", "{csv: {encoding: utf-16-le, header: false, columns: 2}}", "body: '2'"),
    mapping("xml", "{xml: {element: m, required: ['.']}}"),
    mapping(
        "array", "{json: {array: 'a[]', required: [b]}}", "body: b, time: {field: t, formats: [iso, epoch_ms, mongo]}"
    ),
    mapping("lines", "{lines: {continuation: true, patterns: [{match: '> ?(?P<t>.*)'}]}}", "body: t"),
]
EVERY = [*READERS, *OTHERS]
names = pytest.mark.parametrize("reader", EVERY, ids=lambda r: r.info.name)


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.info.name)
def test_each_reader_declares_itself_and_has_golden_files(reader: Reader) -> None:
    info = reader.info
    assert info.layouts
    assert (ROOT / info.source_notes).is_file()
    assert info.origin == f"{info.name}@{info.version}"
    assert reader_named(info.name) is reader
    assert any(case.parent.name == info.name for case in cases())


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.parent.name}-{c.name}")
def test_golden_files_read_as_recorded_and_are_recognised(case: Path) -> None:
    assert read(case) == json.loads((case / EXPECTED).read_text(encoding="utf-8"))
    reader = recognise(source_of(case))
    assert not isinstance(reader, list)
    assert reader.info.name == case.parent.name


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.parent.name}-{c.name}")
def test_each_record_decodes_alike_without_its_reader(case: Path) -> None:
    source = source_of(case)
    data = source.file.read_bytes()
    for batch in read_source(reader_named(case.parent.name), source):
        for row in batch.rows.to_pylist():
            raw = data[row["offset"] : row["offset"] + row["length"]]
            again = decode_record(case.parent.name, raw, head=data[:4096])
            assert (again.sender or None, again.body) == (row["sender"], row["body"])


@pytest.mark.parametrize("chunk", [1, 5, 64, 1000])
@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.parent.name}-{c.name}")
def test_the_chunk_size_changes_nothing(case: Path, chunk: int) -> None:
    reader = reader_named(case.parent.name)
    expected = json.loads((case / EXPECTED).read_text(encoding="utf-8"))
    batches = list(read_source(reader.with_limits(Limits(chunk_bytes=chunk, batch_rows=2)), source_of(case)))
    ranges = [(row["offset"], row["length"]) for batch in batches for row in batch.rows.to_pylist()]
    assert ranges == [(row["offset"], row["length"]) for row in expected["rows"]]
    assert [[r.offset, r.length, r.code] for b in batches for r in b.refusals] == expected["refusals"]


SEEDS = [source_of(case).file.read_bytes() for case in cases()] + [
    b'<x><m a="1">t<b>u</b></m><m/></x>',
    b"a\tb\nc\td\n",
    '"a","b\nc"\nd,e\n'.encode("utf-16-le"),
    b'{"z":[1,{"a":[{"b":"x","t":5}]}],"a":[{"b":1},{"b":"y","t":{"$date":7}},]}',
    b"> a\nmore\n\n> b\n",
]
TOKENS = [
    b"{",
    b"}",
    b'"',
    b"[",
    b"]",
    b",",
    b":",
    b"\n",
    b"\r\n",
    b"<m>",
    b"</m>",
    b"<!DOCTYPE a>",
    b"\xff",
    b"\x00",
    b"\\",
]
TOKENS += [
    b"=== x",
    b"[10:00] <a> b",
    b"1/2/20, 10:00 - A: b\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"Time,From,Body\n",
    b">",
    b"9" * 30,
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 4))):
        at, cut = draw(st.integers(0, len(data))), draw(st.integers(0, 6))
        data = data[:at] + draw(st.sampled_from(TOKENS)) + data[at + cut :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


@names
@settings(max_examples=60, deadline=None)
@given(
    data=damaged() | st.binary(max_size=200),
    chunk=st.integers(1, 300),
    rows=st.integers(1, 5),
    largest=st.integers(4, 400),
)
def test_any_bytes_give_batches_refusals_or_unreadable(
    reader, data: bytes, chunk: int, rows: int, largest: int
) -> None:
    source = Held(data)
    reader.refusal(source)
    limited = reader.with_limits(Limits(chunk, largest, rows))
    batches, unreadable_at = [], None
    try:
        for batch in read_source(limited, source):
            batches.append(batch)
            batch.rows.validate(full=True)
    except UnreadableHaul as error:
        unreadable_at = error.where
    assert unreadable_at == (None if batches or unreadable_at is None else source.path)
    assert all(batch.rows.num_rows <= rows for batch in batches)


@names
def test_an_empty_file_has_no_rows(reader) -> None:
    with suppress(UnreadableHaul):
        assert not any(batch.rows.num_rows for batch in read_source(reader, Held(b"")))


def empty_batch() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=READ_SCHEMA)


def row(offset: int, length: int) -> dict[str, object]:
    return {"offset": offset, "length": length, "kind": "text", "service": "s"}


def rows_of(*rows: dict[str, object]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=READ_SCHEMA)


SCRIPTED = ReaderInfo("scripted", "1", ("x",), "docs/mappings.md")


@dataclass(frozen=True)
class Scripted:
    """A reader that yields what it is told."""

    batches: tuple[ReadBatch, ...]
    info: ReaderInfo = SCRIPTED

    def refusal(self, source: object) -> str | None:
        return None

    def read(self, source: object) -> "list[ReadBatch]":
        return list(self.batches)


@pytest.mark.parametrize(
    "batches",
    [
        (ReadBatch(rows_of(row(0, 5))),),
        (ReadBatch(rows_of(row(0, 5)), (RowRefusal(4, 6, "x", "x"),)),),
        (ReadBatch(rows_of(row(5, 5), row(0, 5))),),
        (ReadBatch(rows_of(row(5, 5))), ReadBatch(rows_of(row(0, 5)))),
        (ReadBatch(rows_of(row(0, 11)), (), -1),),
        (ReadBatch(rows_of(row(0, 0)), (), 10),),
        (ReadBatch(empty_batch().select(["offset"]), (), 10),),
        (ReadBatch(rows_of(*[row(0, 1)] * (BATCH_ROWS + 1)), (), 9),),
    ],
)
def test_a_reader_that_loses_bytes_or_order_is_stopped(batches: tuple[ReadBatch, ...]) -> None:
    with pytest.raises(Misuse, match=r"scripted@1 on d/2020"):
        list(read_source(Scripted(batches), Held(b"0123456789")))


def test_a_reader_that_accounts_for_everything_passes() -> None:
    batch = ReadBatch(rows_of(row(0, 4)), (RowRefusal(6, 3, "x", "x"),), 3)
    assert list(read_source(Scripted((batch,)), Held(b"0123456789"))) == [batch]


def test_an_unknown_file_is_told_why_by_each_reader() -> None:
    reasons = recognise(Held(b"nothing of note\n"))
    assert isinstance(reasons, list)
    assert [reason.split(":")[0] for reason in reasons] == [reader.info.name for reader in READERS]


@pytest.mark.parametrize("name", ["nobody", "whatsapp:xyz"])
def test_an_unknown_reader_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        reader_named(name)


def test_media_are_told_by_their_first_bytes() -> None:
    assert media_type(Held(b"\x89PNG\r\n\x1a\n" + b"\0" * 20)) == "image/png"
    assert media_type(Held(b"PK\x03\x04" + b"\0" * 30)) is None
    assert media_type(Held(b"")) is None


def test_a_shipped_mapping_is_loaded_by_name() -> None:
    assert load_mapping("irc").info.name == "irc"
