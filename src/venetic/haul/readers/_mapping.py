"""The mapping document: how one layout's paths, columns or groups become the fields of a source record.

The reference for people who write mappings is docs/mappings.md.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import re2
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from venetic.haul.readers._moments import check_format, check_zone
from venetic.kernel import WrongUse

Kind = Literal["text", "event", "media", "deleted", "undecryptable"]
_QUIET = re2.Options()
_QUIET.log_errors = False


def compiled(pattern: str) -> "re2._Regexp[str]":
    """Compile an RE2 pattern; re2.error when it is none."""
    return re2.compile(pattern, _QUIET)


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except re2.error as error:
        raise ValueError(f"not an RE2 pattern: {error}") from error
    return text


def _encoding(name: str) -> str:
    try:
        known = "\n".encode(name) == b"\n" or name in {"utf-16-le", "utf-16-be"}
    except LookupError as error:
        raise ValueError("unknown encoding") from error
    if not known:
        raise ValueError("an encoding in which a line feed is one byte, or utf-16-le or utf-16-be")
    return name


Pattern = Annotated[str, AfterValidator(_pattern)]
Encoding = Annotated[str, AfterValidator(_encoding)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _long_form(value: Any) -> Any:  # noqa: ANN401 -- whatever the YAML held
    return {"field": [value]} if isinstance(value, str) else {"field": value} if isinstance(value, list) else value


def _listed(value: Any) -> Any:  # noqa: ANN401 -- whatever the YAML held
    return [value] if isinstance(value, str) else value


def _named(value: Any) -> Any:  # noqa: ANN401 -- whatever the YAML held
    return {name: name for name in value} if isinstance(value, list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class Source(_Part):
    """Where a value comes from: the first of `field` that is there, a group of `path_pattern`, or a constant."""

    field: Names | None = None
    file_path: str | None = None
    const: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Source":
        if sum(origin is not None for origin in (self.field, self.file_path, self.const)) != 1:
            raise ValueError("give exactly one of field, file_path and const")
        return self


class ListSource(Source):
    """Several values: a list in the source, or one text cut at `split`."""

    split: str | None = Field(default=None, min_length=1)


class KindSource(_Part):
    """The kind of a record by the text of a field: `map` names kinds, `absent` and `other` cover the rest.

    `only_attachments` takes the place of text for a record that has attachments and no body.
    """

    const: Kind | None = None
    field: Names | None = None
    absent: Kind = "text"
    only_attachments: Kind | None = None
    map: dict[str, Kind] = {}
    other: Kind = "text"


class Zone(_Part):
    """A zone read from a field of the record: an Area/City name, `UTC`, or an offset such as `+02:00`."""

    field: Names


class TimeSource(Source):
    """A time, the formats it may have, and the zone where the source's makers state one for all their times."""

    date: Annotated[Source, BeforeValidator(_long_form)] | None = None
    formats: Annotated[tuple[Annotated[str, AfterValidator(check_format)], ...], Field(min_length=1)] = ("iso",)
    zone: Annotated[str, AfterValidator(check_zone)] | Zone = "none"


class AttachmentSource(_Part):
    """Attachments: the items of `list`, or the record itself, with the keys of their names and kinds."""

    list: str | None = None
    name: str | None = None
    mime: str | None = None
    url: str | None = None
    sha256: str | None = None


FieldSource = Annotated[Source, BeforeValidator(_long_form)]


class Fields(_Part):
    """The fields of a source record; what is not mapped is null."""

    sender: FieldSource | None = None
    receivers: Annotated[ListSource, BeforeValidator(_long_form)] | None = None
    conversation: FieldSource | None = None
    time: Annotated[TimeSource, BeforeValidator(_long_form)] | None = None
    body: FieldSource | None = None
    native_id: FieldSource | None = None
    id_scope: Literal["global", "conversation", "source"] | None = None
    reply_to: FieldSource | None = None
    copy_of: FieldSource | None = Field(default=None, alias="copy")
    kind: KindSource = KindSource()
    edited_at: Annotated[TimeSource, BeforeValidator(_long_form)] | None = None
    stage: FieldSource | None = None
    attachments: AttachmentSource | None = None
    extra: Annotated[dict[str, str], BeforeValidator(_named)] = {}

    @model_validator(mode="after")
    def _ids_have_a_scope(self) -> "Fields":
        if (self.native_id is None) != (self.id_scope is None):
            raise ValueError("native_id and id_scope stand together or not at all")
        return self


class JsonRecords(_Part):
    """Objects in a JSON file: one after another, or the items of the array at `array`."""

    array: Annotated[str, Field(pattern=r"\[\]$")] | None = None
    required: Names


class CsvRecords(_Part):
    """Rows of a delimited file; without a header the columns are called 1, 2 and so on."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str | None = Field(default='"', min_length=1, max_length=1)
    header: bool = True
    ignore_case: bool = False
    columns: int | None = Field(default=None, ge=1)
    required: Annotated[tuple[Names, ...], Field(min_length=1)] | None = None
    encoding: Encoding = "utf-8"

    @model_validator(mode="after")
    def _columns_are_known(self) -> "CsvRecords":
        if self.header == (self.columns is not None):
            raise ValueError("columns is given when, and only when, header is false")
        return self


class XmlRecords(_Part):
    """Elements called `element`, wherever they stand."""

    element: str
    required: Names


class LinePattern(_Part):
    """A line that begins a record, with its named groups."""

    match: Pattern
    kind: Kind = "text"


class LineRecords(_Part):
    """Lines of text: the first pattern that matches reads the line."""

    patterns: Annotated[tuple[LinePattern, ...], Field(min_length=1)]
    continuation: bool = False
    encoding: Encoding = "utf-8"


class Records(_Part):
    """What the records are; exactly one of the four."""

    json_: JsonRecords | None = Field(default=None, alias="json")
    csv: CsvRecords | None = None
    xml: XmlRecords | None = None
    lines: LineRecords | None = None

    @model_validator(mode="after")
    def _one_family(self) -> "Records":
        if sum(family is not None for family in (self.json_, self.csv, self.xml, self.lines)) != 1:
            raise ValueError("give exactly one of json, csv, xml and lines")
        return self


class Recognise(_Part):
    """When the reader takes a file by itself, beyond finding a record in its head."""

    path: str | None = None
    first_line: Pattern | None = None


class Mapping(_Part):
    """A whole mapping."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: str
    service: str
    layouts: Annotated[tuple[str, ...], Field(min_length=1)]
    source_notes: str = "docs/mappings.md"
    recognise: Recognise = Recognise()
    path_pattern: Pattern | None = None
    records: Records
    fields: Fields

    @model_validator(mode="after")
    def _path_groups_exist(self) -> "Mapping":
        groups = set(compiled(self.path_pattern).groupindex) if self.path_pattern else set()
        for name, group in self.path_groups():
            if group not in groups:
                raise ValueError(f"fields.{name}: path_pattern has no group called {group}")
        return self

    def path_groups(self) -> list[tuple[str, str]]:
        """The fields read from the file's path, with the group each is read from."""
        sources = [(name, getattr(self.fields, name)) for name in type(self.fields).model_fields]
        if self.fields.time is not None:
            sources.append(("time", self.fields.time.date))
        return [
            ("copy" if name == "copy_of" else name, source.file_path)
            for name, source in sources
            if isinstance(source, Source) and source.file_path is not None
        ]


def parse_mapping(text: str, name: str) -> Mapping:
    """Read a mapping document. Raises: WrongUse naming the document and the key that is wrong."""
    try:
        document = yaml.safe_load(text)
        return Mapping.model_validate(document)
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise WrongUse(f"the mapping is not YAML: {error.problem}", f"{name}{line}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise WrongUse("the mapping is not YAML", name) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise WrongUse(f"mapping key {key}: {first['msg']}", name) from error
    except ValueError as error:  # a number or a date that Python cannot hold
        raise WrongUse("the mapping holds a value that cannot be read: write it in quotes", name) from error


def mapping_text(path: Path) -> str:
    """The text of a mapping file. Raises: WrongUse when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse("the mapping file cannot be read as UTF-8 text", str(path)) from error
