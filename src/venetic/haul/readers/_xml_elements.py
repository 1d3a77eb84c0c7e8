"""Elements of an XML file as records, streamed. Documents with a DTD are not read: no entities, no outside files."""

from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from venetic.haul.readers._found import Found, Limits, Record
from venetic.haul.readers._mapping import XmlRecords
from venetic.kernel import UnreadableHaul

_MAX_DEPTH = 200  # elements within elements


class _Refused(Exception):
    """Stops the parser; `code` and `what` are the refusal of the rest."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


class _Elements:
    """Handlers of one parse. A record's values stand under the path of element or attribute, its own text under `.`."""

    def __init__(self, form: XmlRecords, limits: Limits) -> None:
        self.found = Found()
        self.reached = 0  # bytes accounted for
        self._form = form
        self._limits = limits
        self._path: list[str] = []  # inside the record
        self._depth = 0
        self._record: Record | None = None
        self._texts: list[list[str]] = []
        self._start = 0
        self._ended = False  # the record's end tag began; its last byte is known at the next event
        self.parser = self._new_parser()

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse_dtd
        parser.DefaultHandler = self._other
        return parser

    def _refuse_dtd(self, *_: object) -> None:
        raise _Refused("dtd", "the document has a DTD, which is not read")

    def _other(self, _: str) -> None:
        self._finish()

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._finish()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Refused("too_deep", f"elements nest deeper than {_MAX_DEPTH}")
        if self._record is None:
            if name != self._form.element:
                return
            self._record, self._start, self._path = {}, self.parser.CurrentByteIndex, []
        else:
            self._path.append(name)
        self._texts.append([])
        for key, value in attributes.items():
            self._put("/".join([*self._path, f"@{key}"]), value)

    def _close(self, _: str) -> None:
        self._finish()
        self._depth -= 1
        if self._record is None:
            return
        self._put("/".join(self._path) or ".", "".join(self._texts.pop()))
        if self._path:
            self._path.pop()
        else:
            self._ended = True

    def _text(self, text: str) -> None:
        self._finish()
        if self._record is not None:
            self._texts[-1].append(text)
            if self.parser.CurrentByteIndex - self._start > self._limits.max_record_bytes:
                raise _Refused("record_too_large", "the element is larger than the limit")

    def _put(self, key: str, value: str) -> None:
        if self._record is None:
            return
        held = self._record.get(key)
        if isinstance(held, list):
            held.append(value)
        else:
            self._record[key] = value if held is None else [held, value]

    def _finish(self) -> None:
        if self._ended:
            self.finish(self.parser.CurrentByteIndex)

    def finish(self, end: int) -> None:
        """The record that was ending ends before byte `end`."""
        if not self._ended or self._record is None:
            return
        self.found.separator_bytes += self._start - self.reached
        length = end - self._start
        if all(name in self._record for name in self._form.required):
            self.found.add(self._start, length, self._record)
        else:
            self.found.refuse(self._start, length, "missing_fields", "the element lacks a required field")
        self.reached, self._record, self._ended = end, None, False

    def rest(self, size: int, fault: _Refused | None) -> Found:
        """Account for everything after the last record, as separators or as one refusal."""
        if fault is None:
            self.found.separator_bytes += size - self.reached
        else:
            self.found.refuse(self.reached, size - self.reached, fault.code, fault.what)
        return self.take()

    def take(self) -> Found:
        """Hand over what was found and begin afresh."""
        found, self.found = self.found, Found()
        return found


def xml_elements(stream: IO[bytes], limits: Limits, form: XmlRecords) -> Iterator[Found]:
    """Yield the elements called `form.element`. XML that breaks off or breaks is refused from the last record on.

    Raises: UnreadableHaul for a DTD, or for a file that is not XML from the start.
    """
    elements, size, has_yielded = _Elements(form, limits), 0, False
    fault: _Refused | None = None
    while True:
        chunk = stream.read(limits.chunk_bytes)
        size += len(chunk)
        if fault is None:
            fault = _feed(elements, chunk)
            if fault is not None and not has_yielded and not elements.found.records:
                raise UnreadableHaul(fault.what)
        if not chunk:
            break
        if elements.found.is_full(limits.batch_rows):
            has_yielded = True
            yield from _slices(elements.take(), limits.batch_rows)
    yield from _slices(elements.rest(size, fault), limits.batch_rows)


def _feed(elements: _Elements, chunk: bytes) -> _Refused | None:
    try:
        elements.parser.Parse(chunk, not chunk)
    except expat.ExpatError as error:
        elements.finish(elements.parser.ErrorByteIndex)
        return _Refused("bad_xml", f"not well-formed XML: {expat.ErrorString(error.code)}")
    except _Refused as refused:
        return refused
    return None


def _slices(found: Found, rows: int) -> Iterator[Found]:
    """Cut what one chunk held into batches of at most `rows` records."""
    while len(found.records) > rows:
        edge = found.offsets[rows]
        first = [refusal for refusal in found.refusals if refusal.offset < edge]
        yield Found(found.offsets[:rows], found.lengths[:rows], found.records[:rows], first)
        later = found.refusals[len(first) :]
        found = Found(found.offsets[rows:], found.lengths[rows:], found.records[rows:], later, found.separator_bytes)
    yield found
