"""From records to the values of one field: compiled once for a file, then run over whole batches."""

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from venetic.haul.readers._found import Record
from venetic.haul.readers._mapping import Source

Getter = Callable[[Record], Any]
Values = list[Any]

SURROGATES = re.compile("[\ud800-\udfff]")


def path_getter(path: str) -> Getter:
    r"""A function that follows `a.b.c` through nested objects; null where one is missing.

    A key that is the whole path comes first, as columns and XML paths are; `\.` is a dot in a key.
    """
    keys = [key.replace("\\.", ".") for key in re.split(r"(?<!\\)\.", path)]
    if len(keys) == 1:
        only = keys[0]
        return lambda record: record.get(only)

    def get(record: Record) -> Any:  # noqa: ANN401 -- whatever the source held
        value: Any = record.get(path)
        if value is not None:
            return value
        value = record
        for key in keys:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    return get


def first_getter(paths: Sequence[str]) -> Getter:
    """A function that gives the first of `paths` with a value."""
    getters = [path_getter(path) for path in paths]
    if len(getters) == 1:
        return getters[0]

    def get(record: Record) -> Any:  # noqa: ANN401 -- whatever the source held
        for getter in getters:
            if (value := getter(record)) is not None:
                return value
        return None

    return get


def source_getter(source: Source, groups: dict[str, str | None]) -> Getter:
    """A function that gives a source's value; `groups` are those of the mapping's `path_pattern` for this file."""
    if source.field is not None:
        return first_getter(source.field)
    fixed = source.const if source.file_path is None else groups.get(source.file_path)
    return lambda _: fixed


def values_of(source: Source | None, groups: dict[str, str | None], records: list[Record]) -> Values | str | None:
    """The values of a field in each record; one text or null where it is the same for all."""
    if source is None:
        return None
    if source.field is None:
        return source.const if source.file_path is None else groups.get(source.file_path)
    if len(source.field) == 1 and "." not in source.field[0]:
        key = source.field[0]
        return [record.get(key) for record in records]
    getter = first_getter(source.field)
    return [getter(record) for record in records]


def as_text(value: Any) -> str | None:  # noqa: ANN401 -- whatever the source held
    """A value as text: text with U+FFFD for what UTF-8 cannot hold, numbers as written, the rest as compact JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        value = str(value) if isinstance(value, int | float | Decimal) else as_json(value)
    return SURROGATES.sub("\ufffd", value)


def as_json(value: Any) -> str:  # noqa: ANN401 -- whatever the source held
    """Compact JSON with sorted keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def text_column(values: Values | str | None, rows: int) -> pa.Array:
    """A text column of `rows` rows; values that are no text become text by `as_text`."""
    if not isinstance(values, list):
        return (
            pa.nulls(rows, pa.string()) if values is None else pa.repeat(pa.scalar(as_text(values), pa.string()), rows)
        )
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return pa.array([as_text(value) for value in values], pa.string())


def name_column(values: Values | str | None, rows: int) -> pa.Array:
    """A text column in which an empty text is null, since an empty name names nobody."""
    if isinstance(values, list) and "" in values:
        values = [None if value == "" else value for value in values]
    return text_column(None if values == "" else values, rows)


def receivers_column(values: Values | str | None, rows: int, split: str | None) -> pa.Array:
    """A list column: lists stay lists, one text is cut at `split` or stands alone, nothing is null."""
    if not isinstance(values, list):
        values = [values] * rows
    if split is None:
        try:
            flat = pa.array(values, pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            flat = None
        if flat is not None and not flat.null_count and "" not in values:
            return pa.ListArray.from_arrays(pa.array(range(rows + 1), pa.int32()), flat)
    return pa.array([_receivers(value, split) for value in values], pa.list_(pa.string()))


def _receivers(value: Any, split: str | None) -> list[str] | None:  # noqa: ANN401 -- whatever the source held
    if value is None:
        return None
    items = value if isinstance(value, list) else [value]
    if split is not None and isinstance(value, str):
        items = [item.strip() for item in value.split(split)]
    return [text for text in map(as_text, items) if text] or None
