"""A mapping's fields compiled for one file: records in, a READ_SCHEMA batch out."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from venetic.haul.readers._found import Found, Record
from venetic.haul.readers._mapping import AttachmentSource, KindSource, Mapping, TimeSource, Zone
from venetic.haul.readers._moments import Moment, in_zone, moment_reader, zone_named
from venetic.haul.readers._values import (
    Values,
    as_json,
    as_text,
    first_getter,
    name_column,
    path_getter,
    receivers_column,
    source_getter,
    text_column,
    values_of,
)
from venetic.haul.readers.contract import ATTACHMENT, READ_SCHEMA

KIND_KEY = "\x00kind"  # under which a scanner that knows the kind of a record leaves it
_STAGES = frozenset({"stored", "transit", "unknown"})
_INSTANT, _WALL = pa.timestamp("us", tz="UTC"), pa.timestamp("us")

ReadRow = Callable[[Record], Moment | None]


class FieldsReader:
    """Reads every field of a batch of records, column by column."""

    def __init__(self, mapping: Mapping, groups: dict[str, str | None]) -> None:
        self._mapping = mapping
        self._groups = groups
        fields = mapping.fields
        self._read_time = None if fields.time is None else compile_time(fields.time, groups)
        self._read_edited = None if fields.edited_at is None else compile_time(fields.edited_at, groups)
        self._extra = {name: path_getter(path) for name, path in fields.extra.items()}

    def batch(self, found: Found) -> pa.RecordBatch:
        """The records as a batch in READ_SCHEMA."""
        fields, records, rows = self._mapping.fields, found.records, len(found.records)
        columns: dict[str, pa.Array] = {
            "offset": pa.array(found.offsets, pa.int64()),
            "length": pa.array(found.lengths, pa.int64()),
            "kind": text_column(kinds(fields.kind, records), rows),
            "service": text_column(self._mapping.service, rows),
            "native_id": name_column(values_of(fields.native_id, self._groups, records), rows),
            "conversation": name_column(values_of(fields.conversation, self._groups, records), rows),
            "copy": name_column(values_of(fields.copy_of, self._groups, records), rows),
            "sender": name_column(values_of(fields.sender, self._groups, records), rows),
            "body": text_column(values_of(fields.body, self._groups, records), rows),
            "reply_to": name_column(values_of(fields.reply_to, self._groups, records), rows),
            "receivers": receivers_column(
                values_of(fields.receivers, self._groups, records),
                rows,
                None if fields.receivers is None else fields.receivers.split,
            ),
            "stage": self._stages(records),
            "attachments": self._attachments(records),
            "extra": self._extras(records),
        }
        if fields.kind.only_attachments is not None:
            columns["kind"] = _without_text(columns, fields.kind.only_attachments)
        columns["id_scope"] = _scopes(columns["native_id"], fields.id_scope)
        columns |= self._times(records)
        return pa.RecordBatch.from_arrays([columns[name] for name in READ_SCHEMA.names], schema=READ_SCHEMA)

    def _times(self, records: list[Record]) -> dict[str, pa.Array]:
        rows = len(records)
        if self._read_time is None:
            moments: list[tuple[str | None, Moment | None]] = [(None, None)] * rows
        else:
            moments = [self._read_time(record) for record in records]
        edited: list[int | None] = [None] * rows
        if self._read_edited is not None:
            edited = [None if m is None else m[1] for _, m in map(self._read_edited, records)]
        return {
            "time_raw": text_column([raw for raw, _ in moments], rows),
            "local_time": pa.array([None if m is None else m[0] for _, m in moments], _WALL),
            "sent_at": pa.array([None if m is None else m[1] for _, m in moments], _INSTANT),
            "time_precision": pa.array([None if m is None else m[2] for _, m in moments], pa.string()),
            "edited_at": pa.array(edited, _INSTANT),
        }

    def _stages(self, records: list[Record]) -> pa.Array:
        values = values_of(self._mapping.fields.stage, self._groups, records)
        if not isinstance(values, list):
            values = [values] * len(records)
        return pa.array(
            [value if isinstance(value, str) and value in _STAGES else None for value in values], pa.string()
        )

    def _attachments(self, records: list[Record]) -> pa.Array:
        source = self._mapping.fields.attachments
        if source is None:
            return pa.nulls(len(records), pa.list_(ATTACHMENT))
        return pa.array(attachments(source, records), pa.list_(ATTACHMENT))

    def _extras(self, records: list[Record]) -> pa.Array:
        if not self._extra:
            return pa.nulls(len(records), pa.string())
        texts: Values = []
        for record in records:
            present = {name: value for name, get in self._extra.items() if (value := get(record)) is not None}
            texts.append(as_text(as_json(present)) if present else None)
        return pa.array(texts, pa.string())


def _without_text(columns: dict[str, pa.Array], kind: str) -> pa.Array:
    has_text = pc.not_equal(pc.fill_null(columns["body"], ""), "")
    is_other = pc.or_(has_text, pc.not_equal(columns["kind"], "text"))
    return pc.if_else(pc.or_(is_other, pc.is_null(columns["attachments"])), columns["kind"], kind)


def compile_time(
    source: TimeSource, groups: dict[str, str | None]
) -> Callable[[Record], tuple[str | None, Moment | None]]:
    """A function that gives a record's time as written and as understood; null where there is none."""
    get, read = source_getter(source, groups), moment_reader(source.formats)
    get_date = None if source.date is None else source_getter(source.date, groups)
    zone_of = _zone_getter(source.zone)

    def understand(record: Record) -> tuple[str | None, Moment | None]:
        value = get(record)
        if value is None or value == "":
            return None, None
        if get_date is not None:
            day = get_date(record)
            if day is None:
                return as_text(value), None
            value = f"{day} {value}"
        moment = read(value)
        if moment is not None and zone_of is not None and moment[1] is None and moment[0] is not None:
            zone = zone_of(record)
            moment = moment if zone is None else (moment[0], in_zone(moment[0], zone), moment[2])
        return value if isinstance(value, str) else _raw(value), moment

    return understand


def _raw(value: Any) -> str | None:  # noqa: ANN401 -- whatever the source held
    while isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return as_text(value)


def _zone_getter(zone: str | Zone) -> Callable[[Record], Any] | None:
    if zone == "none":
        return None
    if isinstance(zone, str):
        fixed = zone_named(zone)
        return lambda _: fixed
    get = first_getter(zone.field)

    def named(record: Record) -> Any:  # noqa: ANN401 -- tzinfo or null
        value = get(record)
        return zone_named(value) if isinstance(value, str) else None

    return named


def kinds(source: KindSource, records: list[Record]) -> Values | str:
    """The kind of each record: the scanner's own word, else what the mapping says of the field's text."""
    if records and KIND_KEY in records[0]:
        return [record[KIND_KEY] for record in records]
    if source.const is not None or source.field is None:
        return source.const or "text"
    get = first_getter(source.field)
    named = source.map
    values = [get(record) for record in records]
    return [
        source.absent if value is None or value == "" else named.get(as_text(value) or "", source.other)
        for value in values
    ]


def _scopes(native_ids: pa.Array, scope: str | None) -> pa.Array:
    if scope is None:
        return pa.nulls(len(native_ids), pa.string())
    return pa.array([scope if is_there else None for is_there in native_ids.is_valid().to_pylist()], pa.string())


def attachments(source: AttachmentSource, records: list[Record]) -> list[list[dict[str, str | None]] | None]:
    """The attachments of each record; null where it has none."""
    get_items = None if source.list is None else path_getter(source.list)
    parts = {
        name: path_getter(path)
        for name in ("name", "mime", "url", "sha256")
        if (path := getattr(source, name)) is not None
    }
    rows: list[list[dict[str, str | None]] | None] = []
    for record in records:
        items = [record] if get_items is None else get_items(record)
        items = [items] if isinstance(items, dict) else items if isinstance(items, list) else []
        read = [{name: as_text(get(item)) for name, get in parts.items()} for item in items if isinstance(item, dict)]
        rows.append([item for item in read if any(item.values())] or None)
    return rows
