"""The items of one array inside a JSON document, streamed; everything around them is a separator."""

import json
import re
from collections.abc import Iterator
from typing import IO

from venetic.haul.readers._found import Found, Limits
from venetic.haul.readers._json_objects import JsonObjects
from venetic.haul.readers._window import BOM, Window
from venetic.kernel import UnreadableHaul

_TOKEN = re.compile(r'[ \t\r\n]+|[{}\[\]:,]|"[^"\\]*(?:\\.[^"\\]*)*"|[^ \t\r\n{}\[\]:,"]+', re.DOTALL)
_SCALAR = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity")
_MAX_STACK = 1000  # deeper documents are refused from there on


class _Walk:
    """Goes through the document around the records and says when the wanted array opens."""

    def __init__(self, reader: JsonObjects, target: tuple[str, ...]) -> None:
        self._reader = reader
        self._target = target
        self._stack: list[tuple[str, str | None]] = []  # (opening bracket, key it stands under)
        self._key: str | None = None
        self._awaits_key = False

    def to_array(self, rows: int) -> bool | None:
        """Pass over everything up to the inside of a wanted array; false at the end, null when `found` is full."""
        window = self._reader.window
        while True:
            match = _TOKEN.match(window.text, window.at)
            touches_end = match is None or match.end() == len(window.text)
            if touches_end and not window.ended:
                self._reader.fill()
                continue
            if match is None:
                self._refuse(len(window.text), "bad_json")
                return False
            if self._pass(match):
                return True
            if self._reader.found.is_full(rows):
                return None
            if len(self._stack) > _MAX_STACK:
                self._refuse_rest()
                return False

    def _pass(self, match: re.Match[str]) -> bool:
        text = match[0]
        if text in "{[":
            self._stack.append((text, self._key))
            self._key, self._awaits_key = None, text == "{"
            self._separate(match.end())
            return text == "[" and self._path() == self._target
        if text in "}]":
            if not self._stack or self._stack[-1][0] != ("{" if text == "}" else "["):
                self._refuse(match.end(), "bad_json")
                return False
            self._stack.pop()
        elif text == ",":
            self._key = None
            self._awaits_key = bool(self._stack) and self._stack[-1][0] == "{"
        elif text == ":":
            self._awaits_key = False
        elif text[0] == '"':
            if self._awaits_key:
                self._key = _string(text)
        elif not text.isspace() and text != BOM and _SCALAR.fullmatch(text) is None:
            self._refuse(match.end(), "bad_json")
            return False
        self._separate(match.end())
        return False

    def _path(self) -> tuple[str, ...]:
        path: list[str] = []
        for bracket, key in self._stack:
            if key is not None:
                path.append(key)
            if bracket == "[":
                path.append("[]")
        return tuple(path)

    def _separate(self, end: int) -> None:
        self._reader.found.separator_bytes += self._reader.window.advance(end)

    def _refuse(self, end: int, code: str) -> None:
        offset = self._reader.window.offset
        length = self._reader.window.advance(end)
        self._reader.found.refuse(offset, length, code, "not JSON around the records")

    def _refuse_rest(self) -> None:
        window, start = self._reader.window, self._reader.window.offset
        while not window.ended:
            window.advance(len(window.text))
            self._reader.fill()
        window.advance(len(window.text))
        self._reader.found.refuse(start, window.offset - start, "too_deep", f"brackets nest deeper than {_MAX_STACK}")


def _string(token: str) -> str | None:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return None


def json_array(stream: IO[bytes], limits: Limits, required: frozenset[str], array: str) -> Iterator[Found]:
    """Yield the objects of the array at `array`, such as `messages[]`, `[]` or `chats.list[].messages[]`.

    Raises: UnreadableHaul when the document has no such array.
    """
    target = tuple(part for part in re.split(r"\.|(\[\])", array) if part)
    reader = JsonObjects(Window(stream, limits.chunk_bytes), required, limits)
    walk = _Walk(reader, target)
    has_array = has_yielded = False
    while (is_inside := walk.to_array(limits.batch_rows)) is not False:
        if is_inside:
            has_array = True
            yield from reader.read(until_bracket=True)
        if reader.found.is_full(limits.batch_rows):
            has_yielded = True
            yield reader.take()
    if not has_array and not has_yielded:
        raise UnreadableHaul(f"no array at {array}")
    yield reader.take()
