"""One JSON value at one place: what stands there, or how far it could be read."""

import json
import re
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from venetic.haul.readers._found import Record

Scan = Callable[[str, int], tuple[Any, int]]

MAX_DEPTH = 200  # deeper objects are refused, the same under every Python; chat records nest fewer than ten deep
_EDGE = 16  # an error this close to the end of the text may be a value cut by the end (`-Infinit`, a pair of escapes)
_FIRST_PIECE = 1024  # characters; most records are shorter
_INT_DIGITS = 4000  # Python refuses to convert more than 4,300 digits; longer numbers stay text
_TOKEN = re.compile(r'[{}\[\]]|"[^"\\]*(?:\\.[^"\\]*)*"|"', re.DOTALL)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _INT_DIGITS else digits


def _scanner_of(decoder: json.JSONDecoder) -> Scan:
    return decoder.scan_once  # type: ignore[attr-defined, no-any-return] # in every CPython, not in its type stubs


# Fractions stay decimal, so that `1592765676.500000` keeps its digits. Control characters inside strings are kept.
scan_value = _scanner_of(json.JSONDecoder(strict=False, parse_float=Decimal))
_scan_leniently = _scanner_of(json.JSONDecoder(strict=False, parse_float=Decimal, parse_int=_integer))


@dataclass(frozen=True, slots=True)
class Attempt:
    """An object read at a place: its `record` and `end`, or where reading failed and whether the text merely ended."""

    record: Record | None
    end: int
    is_cut: bool = False
    is_too_deep: bool = False


def attempt(text: str, start: int, scan: Scan = _scan_leniently) -> Attempt:
    """Read the object that begins at `start`; never raises.

    Works on short pieces, then longer ones: json counts the lines before an error, which would make many errors in one
    long text quadratic. `scan` may so be run on the same place more than once.
    """
    size = _FIRST_PIECE
    while True:
        piece = text[start : start + size]
        is_whole = start + size >= len(text)
        outcome = _attempt_piece(piece, scan)
        if not outcome.is_cut or is_whole:
            return Attempt(outcome.record, start + outcome.end, outcome.is_cut, outcome.is_too_deep)
        size *= 8


def _attempt_piece(piece: str, scan: Scan) -> Attempt:
    try:
        record, end = scan(piece, 0)
    except StopIteration as stop:
        return Attempt(None, stop.value, is_cut=stop.value >= len(piece) - _EDGE)
    except json.JSONDecodeError as error:
        is_cut = error.msg.startswith("Unterminated string") or error.pos >= len(piece) - _EDGE
        return Attempt(None, error.pos, is_cut=is_cut)
    except RecursionError:
        return Attempt(None, 0, is_too_deep=True)
    if not isinstance(record, dict):
        return Attempt(None, 0)
    if is_deep(piece, 0, end):
        return Attempt(None, 0, is_too_deep=True)
    return Attempt(record, end)


def is_deep(text: str, start: int, end: int) -> bool:
    """Whether the value nests deeper than MAX_DEPTH. Free for the short values that cannot."""
    if end - start <= 2 * MAX_DEPTH or text.count("{", start, end) + text.count("[", start, end) <= MAX_DEPTH:
        return False
    depth = 0
    for token in _TOKEN.finditer(text, start, end):
        first = text[token.start()]
        depth += 1 if first in "{[" else -1 if first in "}]" else 0
        if depth > MAX_DEPTH:
            return True
    return False


class Places:
    """What is known about each place of one text where an object may begin.

    One attempt settles every object nested in it: those still open where it failed fail there too, those closed before
    are whole. So each stretch is read a bounded number of times, whatever the input. `last_start` is the last place
    for which the text is long enough to settle that an object never ends.
    """

    _BROKEN, _CUT, _DEEP, _OTHER, _RECORD = range(1, 6)
    _CODES = ("", "bad_json", "truncated", "too_deep", "missing_fields", "")

    def __init__(self, text: str, required: frozenset[str], last_start: int) -> None:
        self._text = text
        self._required = required
        self._last_start = last_start
        self._known = bytearray(len(text))
        self._closed: list[bool] = []
        self._scan = _scanner_of(
            json.JSONDecoder(strict=False, parse_float=Decimal, parse_int=_integer, object_hook=self._note)
        )

    def _scan_afresh(self, piece: str, start: int) -> tuple[Any, int]:
        self._closed.clear()
        return self._scan(piece, start)

    def _note(self, record: Record) -> Record:
        self._closed.append(self._required <= record.keys())
        return record

    def fault(self, start: int) -> str | None:
        """Why no record begins at `start`: a refusal's code, "" when one does; null when the text ends too soon."""
        if not self._known[start]:
            outcome = attempt(self._text, start, self._scan_afresh)
            if outcome.is_cut and start > self._last_start:
                return None
            if outcome.is_too_deep:
                self._settle_deep(start)
            else:
                self._settle(start, outcome)
        return self._CODES[self._known[start]]

    def _settle(self, start: int, outcome: Attempt) -> None:
        open_starts: list[int] = []
        closed_starts = array("q")
        for token in _TOKEN.finditer(self._text, start, outcome.end):
            first = self._text[token.start()]
            if first == "{":
                open_starts.append(token.start())
            elif first == "}" and open_starts:
                closed_starts.append(open_starts.pop())
        for place, is_record in zip(closed_starts, self._closed, strict=False):
            self._known[place] = self._RECORD if is_record else self._OTHER
        for place in open_starts:
            if not outcome.is_cut or place <= self._last_start:
                self._known[place] = self._CUT if outcome.is_cut else self._BROKEN
        if not self._known[start]:
            self._known[start] = self._BROKEN

    def _settle_deep(self, start: int) -> None:
        """Mark every object nested too deep from `start` to where its brackets close, in one pass."""
        self._known[start] = self._DEEP
        opened: deque[int] = deque()
        for token in _TOKEN.finditer(self._text, start):
            first = self._text[token.start()]
            if first in "{[":
                opened.append(token.start())
                if len(opened) > MAX_DEPTH:
                    self._known[opened.popleft()] = self._DEEP
            elif first in "}]":
                opened.pop()
                if not opened:
                    return
