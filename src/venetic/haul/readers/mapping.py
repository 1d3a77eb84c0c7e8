"""The reader behind every mapping."""

import fnmatch
import io
import json
from collections.abc import Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import IO

from venetic.haul.readers._csv_rows import csv_rows
from venetic.haul.readers._fields import FieldsReader
from venetic.haul.readers._found import DEFAULT_LIMITS, Found, Limits, Scanner
from venetic.haul.readers._json_array import json_array
from venetic.haul.readers._json_objects import json_objects
from venetic.haul.readers._line_records import line_records
from venetic.haul.readers._mapping import Records, compiled, mapping_text, parse_mapping
from venetic.haul.readers._values import as_text, first_getter
from venetic.haul.readers._xml_elements import xml_elements
from venetic.haul.readers.contract import ReadBatch, ReaderInfo, SourceFile
from venetic.kernel import Misuse, NotFound, UnreadableHaul

FAR_HEAD_BYTES = 65 << 20  # looked at when the first object does not end in the head: as long as a record may be
_BEFORE_JSON = b" \t\r\n\xef\xbb\xbf"
SHIPPED = ("rocketchat", "jabber", "irc", "csv")  # most specific first


class MappingReader:
    """Reads the files that a mapping describes; `text` is its document, kept to decode citations again."""

    def __init__(self, text: str, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        """Compile the mapping document `text`, called `name` in errors. Raises: WrongUse naming the key at fault."""
        self.text = text
        self._name = name
        self.mapping = mapping = parse_mapping(text, name)
        self._limits = limits
        self._scan = _scanner(
            mapping.records, mapping.fields.body.field[0] if mapping.fields.body and mapping.fields.body.field else None
        )
        self._info = ReaderInfo(
            name=mapping.name,
            version=mapping.version,
            layouts=mapping.layouts,
            source_notes=mapping.source_notes,
            path_fields=tuple(dict.fromkeys(name for name, _ in mapping.path_groups())),
        )

    @property
    def info(self) -> ReaderInfo:
        """The mapping's name and version, and which fields it reads from the path."""
        return self._info

    def with_limits(self, limits: Limits) -> "MappingReader":
        """The same reader under other limits."""
        return MappingReader(self.text, self._name, limits)

    def refusal(self, source: SourceFile) -> str | None:
        """Why the mapping does not fit: the path, the first line, or no record in the head that it reads."""
        rules = self.mapping.recognise
        if rules.path is not None and not fnmatch.fnmatchcase(source.path, rules.path):
            return f"the path does not match {rules.path}"
        head = source.head()
        if rules.first_line is not None:
            lines = head.decode("utf-8-sig", "replace").split("\n", 1)
            if compiled(rules.first_line).search(lines[0].rstrip("\r").replace("\x00", "")) is None:
                return "the first line is not one of this layout"
        try:
            if self._has_record(head):
                return None
            cut_short = len(head) < source.size and head.lstrip(_BEFORE_JSON)[:1] in {b"{", b"["}
            if self.mapping.records.json_ is not None and cut_short and self._has_record(source.head(FAR_HEAD_BYTES)):
                return None
        except UnreadableHaul as error:
            return error.what
        return "no record with the required fields in the first bytes"

    def _has_record(self, head: bytes) -> bool:
        """Whether it holds a record of which the mapping reads anything: any text has rows of one column."""
        fields = self.mapping.fields
        sources = (fields.sender, fields.receivers, fields.time, fields.body, fields.conversation, fields.native_id)
        getters = [first_getter(source.field) for source in sources if source is not None and source.field is not None]
        return any(
            not getters or any(get(record) not in (None, "") for get in getters)
            for found in self._scan(io.BytesIO(head), self._limits)
            for record in found.records
        )

    def read(self, source: SourceFile) -> Iterator[ReadBatch]:
        """Yield the file's records in file order, see `Reader.read`.

        A field that the mapping names and a record lacks is null. Bounds: `Limits`. Raises: UnreadableHaul when the
        file as a whole has not the mapping's form.
        """
        fields = FieldsReader(self.mapping, self.path_groups(source.path))
        with source.open() as stream:
            for found in self.scan(stream, source):
                yield ReadBatch(fields.batch(found), tuple(found.refusals), found.separator_bytes)

    def scan(self, stream: IO[bytes], source: SourceFile) -> Iterator[Found]:
        """Yield the records of the file before their fields are read. Raises: UnreadableHaul naming the file."""
        try:
            for found in self._scan(stream, self._limits):
                if not found.is_empty():
                    yield found
        except UnreadableHaul as error:
            raise UnreadableHaul(error.what, source.path) from error

    def told_by_path(self, path: str) -> str | None:
        """The values of the path's groups that a field is read from, as JSON; null when no field is."""
        if not self._info.path_fields:
            return None
        groups = self.path_groups(path)
        told = {group: groups.get(group) for _, group in self.mapping.path_groups()}
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    def path_groups(self, path: str) -> dict[str, str | None]:
        """The named groups of `path_pattern` in a path; empty when it does not match."""
        pattern = self.mapping.path_pattern
        match = None if pattern is None else compiled(pattern).search(as_text(path))
        return {} if match is None else match.groupdict()


def _scanner(records: Records, body: str | None) -> Scanner:
    if records.json_ is not None:
        required = frozenset(records.json_.required)
        if records.json_.array is not None:
            return partial(json_array, required=required, array=records.json_.array)
        return partial(json_objects, required=required)
    if records.csv is not None:
        return partial(csv_rows, form=records.csv)
    if records.xml is not None:
        return partial(xml_elements, form=records.xml)
    if records.lines is None:
        raise Misuse("a mapping without records")
    return partial(line_records, form=records.lines, body=body)


def load_mapping(name: str | Path) -> MappingReader:
    """A reader by the path of a mapping file, or by the name of a mapping we ship. Raises: WrongUse, NotFound."""
    if str(name) in SHIPPED:
        document = resources.files("venetic.haul.readers") / "mappings" / f"{name}.yaml"
        return MappingReader(document.read_text(encoding="utf-8"), f"{name}.yaml")
    if not Path(name).is_file():
        raise NotFound("no such mapping file, and no mapping of that name is shipped", str(name))
    return MappingReader(mapping_text(Path(name)), Path(name).name)
