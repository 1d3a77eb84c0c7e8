"""JSON objects one after another: in a row, on lines, or as the items of an array.

After a broken object reading resumes at the earliest later place where a whole object with the required keys stands;
everything before that place is one refusal.
"""

import re
from collections.abc import Iterator
from typing import IO

from venetic.haul.readers._found import Found, Limits
from venetic.haul.readers._json_decode import MAX_DEPTH, Places, attempt, is_deep, scan_value
from venetic.haul.readers._window import BOM, Window

_SKIP = re.compile(r"[ \t\r\n,\x1e]*")  # RFC 7464 puts U+001E before each text
_SKIP_CHARS = " \t\r\n,\x1e"
_CANDIDATE = re.compile(r'\{[ \t\r\n]*(?:"|\Z)')

_WHAT = {
    "bad_json": "not a JSON object",
    "truncated": "the file ends inside a JSON object",
    "too_deep": f"the object nests deeper than {MAX_DEPTH}",
    "record_too_large": "the object is larger than the limit",
    "missing_fields": "the object lacks a required field",
}


class JsonObjects:
    """Takes records from a window; `found` holds what was met since the last `take`."""

    def __init__(self, window: Window, required: frozenset[str], limits: Limits) -> None:
        self.window = window
        self.found = Found()
        self._required = required
        self._limits = limits
        self._places: Places | None = None  # of the window's present text
        self._blank_bytes = 0  # separators right before the place reached, while resuming

    def take(self) -> Found:
        """Hand over what was found and begin afresh."""
        found, self.found = self.found, Found()
        return found

    def fill(self) -> None:
        """Hold more of the file."""
        self._places = None
        self.window.fill()

    def read(self, *, until_bracket: bool) -> Iterator[Found]:
        """Yield full batches; stop at the end of the file, or before the `]` that closes the array of the records."""
        window = self.window
        while True:
            self._take_whole()
            if self.found.is_full(self._limits.batch_rows):
                yield self.take()
            elif window.at >= len(window.text):
                if window.ended:
                    return
                self.fill()
            elif until_bracket and window.text[window.at] == "]":
                return
            elif (code := self._trouble()) is not None:
                self._resume(code)

    def _take_whole(self) -> None:
        """Take records until something else stands there."""
        window, found = self.window, self.found
        text, is_ascii, at, offset = window.text, window.is_ascii, window.at, window.offset
        required, room = self._required, self._limits.batch_rows - len(found.refusals)
        skip, scan, size, largest = _SKIP.match, scan_value, len(text), self._limits.max_record_bytes
        while len(found.records) < room:
            if at < size and text[at] != "{":
                after = skip(text, at).end()  # type: ignore[union-attr] # the pattern matches the empty string
                found.separator_bytes += after - at
                offset += after - at
                at = after
            if at >= size or text[at] != "{":
                break
            try:
                record, end = scan(text, at)
            except (StopIteration, ValueError, RecursionError):
                break
            if not required <= record.keys() or end - at > largest or is_deep(text, at, end):
                break
            length = end - at if is_ascii else len(text[at:end].encode("utf-8", "surrogateescape"))
            found.offsets.append(offset)
            found.lengths.append(length)
            found.records.append(record)
            at = end
            offset += length
        window.at, window.offset = at, offset

    def _trouble(self) -> str | None:
        """Deal with what stands at the place reached; a code when reading must resume further on."""
        window = self.window
        at, offset = window.at, window.offset
        if offset == 0 and window.text[at] == BOM:
            self.found.separator_bytes += window.advance(at + 1)
            return None
        if window.text[at] != "{":
            return "bad_json"
        fault = self._known().fault(at)
        if fault is None:
            self.fill()
            return None
        if fault == "truncated" and not window.ended:
            return "record_too_large"
        if fault not in ("", "missing_fields"):
            return fault
        whole = attempt(window.text, at)
        if whole.record is None or whole.end - at > self._limits.max_record_bytes:
            return "record_too_large"
        length = window.advance(whole.end)
        if fault:
            self.found.refuse(offset, length, fault, _WHAT[fault])
        else:
            self.found.add(offset, length, whole.record)
        return None

    def _known(self) -> Places:
        if self._places is None:
            window = self.window
            size = len(window.text)
            last_start = size if window.ended else size - self._limits.max_record_bytes
            self._places = Places(window.text, self._required, last_start)
        return self._places

    def _resume(self, code: str) -> None:
        """Refuse everything from the place reached to the earliest later record, or to the end of the file.

        White space and commas at the end of that stretch are separators, unless the file ends in a string.
        """
        window, start = self.window, self.window.offset
        self._pass_over(window.at + 1)
        while not self._reach_record() and not window.ended:
            self.fill()
        blank = 0 if code == "truncated" and window.at == len(window.text) else self._blank_bytes
        self.found.separator_bytes += blank
        self.found.refuse(start, window.offset - blank - start, code, _WHAT[code])

    def _pass_over(self, end: int) -> None:
        window = self.window
        kept = len(window.text[window.at : end].rstrip(_SKIP_CHARS))
        blank = end - window.at - kept
        self._blank_bytes = blank if kept else self._blank_bytes + blank
        window.advance(end)

    def _reach_record(self) -> bool:
        """Go on to the next record; false when it is not in the window, or begins there and may end beyond."""
        window = self.window
        for candidate in _CANDIDATE.finditer(window.text, window.at):
            place = candidate.start()
            fault = self._known().fault(place)
            if not fault:
                self._pass_over(place)
                return fault is not None
        self._pass_over(len(window.text))
        return False


def json_objects(stream: IO[bytes], limits: Limits, required: frozenset[str]) -> Iterator[Found]:
    """Yield the objects of a file: on lines, or with white space, commas or nothing between them."""
    reader = JsonObjects(Window(stream, limits.chunk_bytes), required, limits)
    yield from reader.read(until_bracket=False)
    yield reader.take()
