"""Decoding one record a second time, by other code than the reader that ingested it.

`package check` opens every citation with this: it shares nothing with the readers but the mapping's text, which says
where in the record sender, time and body stand.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any
from xml.etree import ElementTree as ET

import yaml

from venetic.kernel import BadEvidence, NotFound

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a record's bytes say; null where they say nothing. `time_raw` is the text in the record alone."""

    sender: str | None
    body: str | None
    time_raw: str | None


def decode_record(reader: str, raw: bytes, *, head: bytes = b"", mapping_text: str | None = None) -> Decoded:
    """Decode the bytes of one record that `reader` read; `mapping_text` is the document of a mapping not shipped.

    `head` is the beginning of the file the record stands in, as far as the records or a few KiB: a table's header and a
    stated encoding are found there. Raises: NotFound for a reader that is neither WhatsApp's nor a mapping known here,
    BadEvidence when the bytes are no such record.
    """
    if reader.partition(":")[0] == "whatsapp":
        return _whatsapp(raw)
    document = _document(reader, mapping_text)
    records, fields = document["records"], document["fields"]
    try:
        if "json" in records:
            values: Any = json.loads(
                raw.decode("utf-8", "surrogateescape"), strict=False, parse_float=str, parse_int=_as_is
            )
        elif "csv" in records:
            values = _csv(raw, head, records["csv"] or {})
        elif "xml" in records:
            values = _xml(raw, head)
        else:
            values = _line(raw, head, records["lines"], fields)
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error, ET.ParseError) as error:
        raise BadEvidence("the cited bytes are not a record of this form") from error
    is_json = "json" in records
    return Decoded(*(_pick(values, fields.get(name), is_json) for name in ("sender", "body", "time")))


def _as_is(digits: str) -> str:
    return digits


@lru_cache(maxsize=64)
def _document(reader: str, mapping_text: str | None) -> Document:
    if mapping_text is None:
        shipped = resources.files("venetic.haul.readers") / "mappings" / f"{reader}.yaml"
        if not re.fullmatch("[a-z0-9-]+", reader) or not shipped.is_file():
            raise NotFound("no mapping of this name is shipped, and none was given", reader)
        mapping_text = shipped.read_text(encoding="utf-8")
    document: Document = yaml.safe_load(mapping_text)
    return document


def _pick(values: Any, source: Any, is_json: bool) -> str | None:  # noqa: ANN401 -- whatever record and mapping hold
    if isinstance(source, dict):
        if "const" in source:
            return str(source["const"])
        source = source.get("field")
    for path in [source] if isinstance(source, str) else source or []:
        steps = re.split(r"(?<!\\)\.", path) if is_json and path not in values else [path]
        value = values
        for step in steps:
            value = value.get(step.replace("\\.", ".")) if isinstance(value, dict) else None
        if value is not None:
            return _text(value)
    return None


def _text(value: Any) -> str:  # noqa: ANN401 -- whatever the record holds
    if isinstance(value, dict) and len(value) == 1:
        key, inner = next(iter(value.items()))
        if key.startswith("$"):
            return _text(inner)
    if isinstance(value, bool):
        return str(value).lower()
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )
    return "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def _file_text(raw: bytes, head: bytes, encoding: str) -> str:
    for mark, stated in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            encoding = stated
            raw = raw.removeprefix(mark)
    return raw.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")


def _csv(raw: bytes, head: bytes, form: Document) -> dict[str, str]:
    quote = form.get("quote", '"')
    options: dict[str, Any] = {"delimiter": form.get("delimiter", ",")}
    options |= {"quoting": csv.QUOTE_NONE} if quote is None else {"quotechar": quote}
    encoding = form.get("encoding", "utf-8")
    row = next(csv.reader(io.StringIO(_file_text(raw, head, encoding), newline=""), **options))
    if form.get("header", True) is False:
        return {str(number): cell for number, cell in enumerate(row, start=1)}
    table = csv.reader(io.StringIO(_file_text(head, head, encoding), newline=""), **options)
    names = next(line for line in table if any(line))
    if form.get("ignore_case"):
        names = [name.strip().casefold() for name in names]
    return dict(zip(names, row, strict=True))


def _xml(raw: bytes, head: bytes) -> dict[str, str]:
    stated = re.search(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)""", head[:200])
    text = _file_text(raw, head, "utf-8" if stated is None else stated[1].decode())
    values: dict[str, str] = {}

    def visit(element: ET.Element, path: str) -> None:
        for name, value in element.attrib.items():
            values.setdefault(f"{path}@{name}", value)
        own = (element.text or "") + "".join(child.tail or "" for child in element)
        values.setdefault(path.rstrip("/") or ".", own)
        for child in element:
            visit(child, f"{path}{child.tag}/")

    if "<!DOCTYPE" in text:
        raise ValueError("a DTD")
    visit(ET.fromstring(text), "")  # noqa: S314 -- a document without DTD has no entities to expand
    return values


def _line(raw: bytes, head: bytes, form: Document, fields: Document) -> dict[str, str | None]:
    text = _file_text(raw, head, form.get("encoding", "utf-8"))
    first, newline, more = text.partition("\n")
    for pattern in form["patterns"]:
        match = re.fullmatch(pattern["match"], first.removesuffix("\r"))
        if match is not None:
            values = match.groupdict()
            if newline:
                body = fields["body"] if isinstance(fields["body"], str) else fields["body"]["field"]
                name = body if isinstance(body, str) else body[0]
                values[name] = (values[name] or "") + "\n" + more.replace("\r\n", "\n")
            return values
    raise ValueError("no pattern matches")


def _whatsapp(raw: bytes) -> Decoded:
    text = (
        raw.decode("utf-8", "surrogateescape")
        .replace("\r\n", "\n")
        .lstrip("\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
    )
    text = "".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    stamp, found, rest = text[1:].partition("] ") if text.startswith("[") else text.partition(" - ")
    if not found:
        raise BadEvidence("the cited bytes do not begin with date and time")
    first_line = rest.split("\n", 1)[0]
    sender, colon, _ = first_line.partition(": ")
    if not colon and first_line.endswith(":"):
        sender, colon = first_line[:-1], ":"
    is_notice = rest[len(sender) + len(colon) :].startswith("\u200eMessages and calls are end-to-end encrypted")
    if not colon or sender.count('"') % 2:
        return Decoded(None, rest, stamp)
    return Decoded(None if is_notice else sender, rest[len(sender) + len(colon) :], stamp)
