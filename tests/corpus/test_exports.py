import csv
import json
import shutil
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.operations import Workplace
from corpus.query._texts import any_texts
from venetic.corpus._exports import _cell, write_export
from venetic.corpus._shown import Message, RecordRef
from venetic.kernel import WrongUse

HARD = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'",
    "'=1",
    '"',
    ",",
    ";",
    "a\r\nb",
    "\x00",
    "\u2028",
    "",
    " =1",
]
texts = st.one_of(st.sampled_from(HARD), any_texts).map(lambda text: text.encode("utf-8", "replace").decode())
LISTS = ("receivers", "other_bodies", "attachments", "marks", "possible_copies", "records")
WHOLE = ("versions", "source_records")


def from_csv(cells: dict[str, str]) -> dict[str, Any]:
    """A row read back: one apostrophe taken off a cell that starts with it, lists read as JSON, an empty cell null."""
    plain = {name: cell[1:] if cell.startswith("'") else cell for name, cell in cells.items()}
    read: dict[str, Any] = {name: cell if cell else None for name, cell in plain.items()}
    return read | {name: json.loads(plain[name]) for name in LISTS} | {name: int(plain[name]) for name in WHOLE}


def read_back(file: Path) -> list[dict[str, Any]]:
    """The rows of an export as plain values."""
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    with file.open(encoding="utf-8", newline="") as stream:
        if file.suffix == ".jsonl":
            return [json.loads(line) for line in stream.read().split("\n")[:-1]]
        return [from_csv(row) for row in csv.DictReader(stream)]


messages = st.builds(
    Message,
    message=st.just("m1"),
    conversation=st.just("c1"),
    conversation_name=st.none() | texts,
    service=texts,
    kind=st.just("text"),
    sender=st.none() | texts,
    receivers=st.lists(texts, max_size=2).map(tuple),
    sent_at=st.none() | st.datetimes(timezones=st.timezones()).map(lambda at: at),
    local_time=st.none() | st.datetimes(),
    zone=st.just("stated"),
    time_raw=st.none() | texts,
    body=st.none() | texts,
    reply_to=st.none() | texts,
    edited_at=st.none(),
    attachments=st.lists(
        st.fixed_dictionaries({k: st.none() | texts for k in ("name", "mime", "url", "sha256")}), max_size=2
    ).map(tuple),
    extra=st.none() | texts,
    versions=st.integers(1, 3),
    marks=st.just(("versions",)),
    possible_copies=st.just(()),
    records=st.lists(
        st.builds(RecordRef, texts, texts, texts, st.integers(0, 2**40), st.integers(0, 9), texts, st.just(1)),
        max_size=2,
    ).map(tuple),
    native_id=st.none() | texts,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(messages, max_size=4))
def test_every_format_reads_back_as_what_was_written(listed) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        for ending in (".csv", ".jsonl", ".parquet"):
            ids: list[str] = []
            file = folder / f"x{ending}"
            assert write_export(file, iter([listed, listed[:1]]), "COPY 1", ids.append) == len([*listed, *listed[:1]])
            expected = [{**message.to_dict(), "marking": "COPY 1"} for message in [*listed, *listed[:1]]]
            if ending == ".csv":  # an empty text and null are one empty cell
                plain = [{key: None if value == "" else value for key, value in row.items()} for row in expected]
                assert read_back(file) == plain
            else:
                assert read_back(file) == expected
    finally:
        shutil.rmtree(folder)


@given(texts)
def test_no_cell_starts_what_a_spreadsheet_would_run(text) -> None:
    cell = _cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert (cell[1:] if cell.startswith("'") else cell) == text


def test_an_export_holds_the_hits_is_registered_and_never_replaces_a_file(tmp_path) -> None:
    place = Workplace(tmp_path)
    rows = [{"body": body or "x", "from": "=cmd()", "to": ["b"], "id": f"n{at}"} for at, body in enumerate(HARD)]
    place.deliver({"a.json": rows})
    place.ingest()
    corpus, actor = place.op.corpus, place.op.actor
    for number, ending in enumerate((".csv", ".jsonl", ".parquet"), 1):
        results = corpus.search("", actor, "time")
        done = corpus.export(results, actor, tmp_path / f"out{ending}", destroy_by="2030-01-01")
        back = read_back(done.file)
        assert [row["message"] for row in back] == [m.message for chunk in results.stream() for m in chunk]
        assert {row["body"] for row in back} == {row["body"] for row in rows}
        assert {row["marking"] for row in back} == {f"OFFICIAL COPY {number}"}
        copy = corpus.copies()[-1]
        assert (copy["number"], copy["count"], copy["sha256"], copy["destroy_by"]) == (
            number,
            len(rows),
            done.sha256,
            "2030-01-01",
        )
        with pytest.raises(WrongUse):
            corpus.export(results, actor, done.file)
        results.close()
    with pytest.raises(WrongUse):
        corpus.export(corpus.search("", actor), actor, tmp_path / "out.xlsx")


def test_an_export_is_private_and_leaves_files_and_links_that_stand_in_its_way(tmp_path) -> None:
    precious, file = tmp_path / "x.csv.part", tmp_path / "x.csv"
    precious.write_text("somebody else's")
    with pytest.raises(WrongUse):
        write_export(file, iter([]), "COPY 1", lambda _: None)
    assert precious.read_text() == "somebody else's"
    precious.unlink()
    file.symlink_to(tmp_path / "nowhere")
    with pytest.raises(WrongUse):
        write_export(file, iter([]), "COPY 1", lambda _: None)
    file.unlink()
    write_export(file, iter([]), "COPY 1", lambda _: None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_no_copy_is_written_inside_the_operation_or_where_the_register_cannot_name_it(tmp_path) -> None:
    made = Workplace(tmp_path)
    (tmp_path / "link").symlink_to(made.root / "evidence")
    with closing(made.op.corpus.search("", made.op.actor)) as results:
        for file in (made.root / "x.csv", tmp_path / "link" / "x.csv", tmp_path / "\udcff.csv"):
            with pytest.raises(WrongUse):
                made.op.corpus.export(results, made.op.actor, file)
    assert made.op.corpus.copies() == []
    assert not list(tmp_path.rglob("*.csv"))
