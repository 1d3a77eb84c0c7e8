"""What the same bytes cost without us: parsing and writing and indexing bare, and two peers doing the index alone."""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lance
import pyarrow as pa
import tantivy

SCHEMA = pa.schema([(name, pa.string()) for name in ("ts", "from", "to", "body")])


def measure(folder: Path, records: int) -> list[dict[str, Any]]:
    """Seconds and records per second of each floor over the haul of `records`."""
    haul = folder / f"haul-{records}"
    rows: list[dict[str, str]] = []

    def parse() -> None:
        decoder = json.JSONDecoder()
        for file in sorted(haul.rglob("*.json")):
            text, at = file.read_text(encoding="utf-8"), 0
            while at < len(text):
                row, at = decoder.raw_decode(text, at)
                rows.append(row)

    done = [_timed("raw parse", parse, rows)]
    done.append(_timed("Lance write", lambda: _lance(folder, rows), rows))
    done.append(_timed("Lance index of words", lambda: _lance_index(folder), rows))
    done.append(
        {"what": "floor: the three", "s": round(sum(row["s"] for row in done), 1)}
        | {"records/s": round(len(rows) / sum(row["s"] for row in done))}
    )
    done.append(_timed("SQLite FTS5, index alone", lambda: _fts5(folder, rows), rows))
    done.append(_timed("tantivy, index alone", lambda: _tantivy(folder, rows), rows))
    return done


def _timed(what: str, work: Callable[[], None], rows: list[dict[str, str]]) -> dict[str, Any]:
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return {"what": what, "s": round(seconds, 1), "records/s": round(len(rows) / seconds)}


def _lance(folder: Path, rows: list[dict[str, str]]) -> None:
    shutil.rmtree(folder / "floor.lance", ignore_errors=True)
    lance.write_dataset(pa.Table.from_pylist(rows, SCHEMA), str(folder / "floor.lance"))


def _lance_index(folder: Path) -> None:
    dataset = lance.dataset(str(folder / "floor.lance"))
    dataset.create_scalar_index(
        "body", "INVERTED", base_tokenizer="whitespace", with_position=True, stem=False, remove_stop_words=False
    )


def _fts5(folder: Path, rows: list[dict[str, str]]) -> None:
    file = folder / "floor.sqlite"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as database:
        database.execute("CREATE VIRTUAL TABLE words USING fts5(body, content='', tokenize='unicode61')")
        database.executemany("INSERT INTO words(body) VALUES (?)", ((row["body"],) for row in rows))
    database.close()


def _tantivy(folder: Path, rows: list[dict[str, str]]) -> None:
    place = folder / "floor.tantivy"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    schema = tantivy.SchemaBuilder().add_text_field("body", stored=False, tokenizer_name="whitespace").build()
    writer = tantivy.Index(schema, str(place)).writer(heap_size=512 << 20, num_threads=2)
    for row in rows:
        writer.add_document(tantivy.Document(body=[row["body"]]))
    writer.commit()
    writer.wait_merging_threads()
