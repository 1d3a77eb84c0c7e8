"""What a mapping would read from the first rows of a file, for the person who is writing it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from venetic.haul.readers._fields import KIND_KEY, FieldsReader
from venetic.haul.readers._found import Limits, Record
from venetic.haul.readers._mapping import Fields, Source
from venetic.haul.readers.contract import READ_SCHEMA, RowRefusal, SourceFile
from venetic.haul.readers.mapping import MappingReader, load_mapping

_COUNTED_ROWS = 1000  # keys are counted over this many records, since a rare key may not stand in the first ten
_ABOUT_THE_ROW = frozenset({"offset", "length"})


@dataclass(frozen=True, slots=True)
class CheckedField:
    """One field of one row: its value as stored (times as text), and what is wrong with it; null when nothing is."""

    name: str
    value: str | list[Any] | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row with its byte range."""

    offset: int
    length: int
    fields: tuple[CheckedField, ...]


@dataclass(frozen=True, slots=True)
class MappingCheck:
    """The first rows and refusals, the number of records looked at, and the keys among them that no field reads."""

    reader: str
    rows: tuple[CheckedRow, ...]
    refusals: tuple[RowRefusal, ...]
    records: int
    unmapped: dict[str, int]


def check_mapping(source: SourceFile, mapping: MappingReader | str | Path, rows: int = 10) -> MappingCheck:
    """Read the first `rows` rows of a file by a mapping and say field by field what came of it.

    Unmapped keys are counted over the first 1,000 records. Raises: WrongUse or NotFound for the mapping, UnreadableHaul
    for the file.
    """
    reader = mapping if isinstance(mapping, MappingReader) else load_mapping(mapping)
    reader = reader.with_limits(Limits(batch_rows=max(rows, _COUNTED_ROWS)))
    with source.open() as stream:
        found = next(reader.scan(stream, source), None)
    if found is None:
        return MappingCheck(reader.info.origin, (), (), 0, {})
    batch = FieldsReader(reader.mapping, reader.path_groups(source.path)).batch(found)
    shown = batch.slice(0, rows).to_pylist()
    checked = tuple(_row(row, reader.mapping.fields) for row in shown)
    return MappingCheck(
        reader=reader.info.origin,
        rows=checked,
        refusals=tuple(found.refusals[:rows]),
        records=len(found.records),
        unmapped=_unmapped(found.records, reader.mapping.fields),
    )


def _row(row: dict[str, Any], fields: Fields) -> CheckedRow:
    names = [name for name in READ_SCHEMA.names if name not in _ABOUT_THE_ROW]
    return CheckedRow(
        row["offset"], row["length"], tuple(CheckedField(n, _shown(row[n]), _problem(n, row, fields)) for n in names)
    )


def _shown(value: Any) -> str | list[Any] | None:  # noqa: ANN401 -- any column's value
    return value if value is None or isinstance(value, str | list) else str(value.isoformat())


def _problem(name: str, row: dict[str, Any], fields: Fields) -> str | None:
    if name == "time_raw":
        return _time_problem(row, fields)
    if row[name] is not None or name in {"sent_at", "local_time", "time_precision", "id_scope"}:
        return None
    source = getattr(fields, "copy_of" if name == "copy" else name, None)
    if not isinstance(source, Source):
        return None
    if source.field is not None:
        return f"no value at {' or '.join(source.field)}"
    return f"path_pattern finds no {source.file_path} in the path"


def _time_problem(row: dict[str, Any], fields: Fields) -> str | None:
    if fields.time is None:
        return "the mapping names no time"
    if row["time_raw"] is None:
        return "no time in the record"
    if row["time_precision"] is None:
        return f"the time fits none of: {', '.join(fields.time.formats)}"
    return None if row["sent_at"] is not None else "zone not stated"


def _unmapped(records: list[Record], fields: Fields) -> dict[str, int]:
    mapped = {path.replace("\\.", ".") for path in _mapped_paths(fields)}
    counts = Counter(path for record in records[:_COUNTED_ROWS] for path in _paths(record, ""))
    return {path: n for path, n in counts.most_common() if not _is_covered(path, mapped)}


def _is_covered(path: str, mapped: set[str]) -> bool:
    return path in mapped or any(path.startswith(f"{key}.") for key in mapped)


def _paths(record: Record, prefix: str) -> Iterator[str]:
    for key, value in record.items():
        if key == KIND_KEY:
            continue
        path = prefix + key
        if isinstance(value, dict) and value:
            yield from _paths(value, f"{path}.")
        else:
            yield path


def _mapped_paths(fields: Fields) -> Iterator[str]:
    for name in type(fields).model_fields:
        part = getattr(fields, name)
        yield from getattr(part, "field", None) or ()
    for source in (fields.time, fields.edited_at):
        if source is not None:
            yield from () if source.date is None else source.date.field or ()
            yield from () if isinstance(source.zone, str) else source.zone.field
    yield from fields.extra.values()
    if fields.attachments is not None:
        own = (fields.attachments.name, fields.attachments.mime, fields.attachments.url, fields.attachments.sha256)
        yield from (path for path in own if path) if fields.attachments.list is None else (fields.attachments.list,)
