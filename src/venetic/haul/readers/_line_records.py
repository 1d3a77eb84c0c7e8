"""Lines of text as records, read by the first pattern that matches."""

from collections.abc import Iterator
from typing import IO

from venetic.haul.readers._fields import KIND_KEY
from venetic.haul.readers._found import Found, Limits, Record
from venetic.haul.readers._lines import Line, lines, mark_of
from venetic.haul.readers._mapping import LineRecords, compiled

_MORE_KEY = "\x00more"  # under which lines wait to be joined, since joining one by one is quadratic


class _Matcher:
    def __init__(self, form: LineRecords) -> None:
        self._patterns = [(compiled(pattern.match), pattern.kind) for pattern in form.patterns]

    def record(self, text: str) -> Record | None:
        for pattern, kind in self._patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                record: Record = match.groupdict()
                record[KIND_KEY] = kind
                return record
        return None


def line_records(stream: IO[bytes], limits: Limits, form: LineRecords, body: str | None) -> Iterator[Found]:
    """Yield the lines as records keyed by the patterns' groups.

    With `continuation`, a line that no pattern matches belongs to the record before it, in the group `body`; else it is
    a refusal, and an empty line a separator.
    """
    found = Found(separator_bytes=len(mark_of(stream.read(4))[0]))
    stream.seek(0)
    matcher = _Matcher(form)
    for line in lines(stream, form.encoding, limits):
        record = None if line.text is None else matcher.record(line.text)
        if found.is_full(limits.batch_rows) and (record is not None or not continues(found, line, limits)):
            yield joined(found, body)
            found = Found()
        if record is not None:
            found.add(line.offset, line.length, record)
        elif form.continuation and body is not None and continues(found, line, limits):
            append_line(found, line)
            continue
        elif line.text == "":
            found.separator_bytes += line.length
        else:
            code, what = ("record_too_large", "the line is larger than the limit")
            if line.text is not None:
                code, what = ("unmatched_line", "no pattern of the mapping matches the line")
            found.refuse(line.offset, line.length, code, what)
        found.separator_bytes += line.end - line.offset - line.length
    yield joined(found, body)


def continues(found: Found, line: Line, limits: Limits) -> bool:
    """Whether the line stands right after the last record and may become part of it."""
    if not found.records or line.text is None:
        return False
    is_next = not found.refusals or found.refusals[-1].offset < found.offsets[-1]
    return is_next and line.offset + line.length - found.offsets[-1] <= limits.max_record_bytes


def append_line(found: Found, line: Line) -> None:
    """Make the line, and the line ending before it, part of the last record."""
    reached = found.offsets[-1] + found.lengths[-1]
    found.separator_bytes += line.end - line.offset - line.length - (line.offset - reached)
    found.lengths[-1] = line.offset + line.length - found.offsets[-1]
    found.records[-1].setdefault(_MORE_KEY, []).append(line.text)


def joined(found: Found, body: str | None) -> Found:
    """The same, with the lines that were appended to records joined to their `body`."""
    for record in found.records:
        if body is not None and _MORE_KEY in record:
            record[body] = "\n".join([record.get(body) or "", *record.pop(_MORE_KEY)])
    return found
