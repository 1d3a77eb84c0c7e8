"""Readers: one sealed file in, source records, refusals and separators out."""

from venetic.haul.readers._check import CheckedField, CheckedRow, MappingCheck, check_mapping
from venetic.haul.readers._found import Limits
from venetic.haul.readers.contract import (
    ATTACHMENT,
    BATCH_ROWS,
    READ_SCHEMA,
    ReadBatch,
    Reader,
    ReaderInfo,
    RowRefusal,
    SourceFile,
)
from venetic.haul.readers.independent import Decoded, decode_record
from venetic.haul.readers.mapping import MappingReader, load_mapping
from venetic.haul.readers.registry import READERS, media_type, read_source, reader_named, recognise

__all__ = [
    "ATTACHMENT",
    "BATCH_ROWS",
    "READERS",
    "READ_SCHEMA",
    "CheckedField",
    "CheckedRow",
    "Decoded",
    "Limits",
    "MappingCheck",
    "MappingReader",
    "ReadBatch",
    "Reader",
    "ReaderInfo",
    "RowRefusal",
    "SourceFile",
    "check_mapping",
    "decode_record",
    "load_mapping",
    "media_type",
    "read_source",
    "reader_named",
    "recognise",
]
