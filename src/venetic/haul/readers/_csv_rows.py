"""Rows of a delimited file, with the byte range of each, also where a quoted field runs over lines."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import IO

from venetic.haul.readers._found import Found, Limits
from venetic.haul.readers._lines import Line, lines, mark_of
from venetic.haul.readers._mapping import CsvRecords
from venetic.kernel import UnreadableHaul


class _Rows:
    """Feeds lines to the csv module and knows which lines each row took."""

    def __init__(self, source: Iterator[Line], form: CsvRecords) -> None:
        self._source = source
        self._form = form
        self._waiting: deque[Line] = deque()
        self.taken: list[Line] = []

    def _feed(self) -> Iterator[str]:
        while (line := self._waiting.popleft() if self._waiting else next(self._source, None)) is not None:
            self.taken.append(line)
            if line.text is None:
                raise csv.Error("line too long")
            yield line.text + line.ending

    def __iter__(self) -> Iterator[list[str] | None]:
        """Yield rows; null for a first line that is no row, after which the lines behind it are read again."""
        while True:
            self.taken = []
            rows = self._reader()
            try:
                for row in rows:
                    yield row
                    self.taken = []
            except csv.Error:
                self._waiting.extendleft(reversed(self.taken[1:]))
                self.taken = self.taken[:1]
                yield None
            else:
                return

    def _reader(self) -> Iterator[list[str]]:
        if self._form.quote is None:
            return csv.reader(self._feed(), delimiter=self._form.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(self._feed(), delimiter=self._form.delimiter, quotechar=self._form.quote, strict=True)


def csv_rows(stream: IO[bytes], limits: Limits, form: CsvRecords) -> Iterator[Found]:
    """Yield the rows as records keyed by the header's names, or by `1`, `2`, … without one.

    A row with more or fewer columns than the header is refused: its fields cannot be told apart. Raises: UnreadableHaul
    when the header lacks a required column or names one twice.
    """
    found = Found(separator_bytes=len(mark_of(stream.read(4))[0]))
    stream.seek(0)
    rows = _Rows(lines(stream, form.encoding, limits), form)
    names = None if form.columns is None else [str(number + 1) for number in range(form.columns)]
    for row in rows:
        first, last = rows.taken[0], rows.taken[-1]
        length = last.offset + last.length - first.offset
        found.separator_bytes += last.end - first.offset - length
        if row is None and names is None:
            raise UnreadableHaul("the header's quotes do not close")
        if row is None:
            found.refuse(first.offset, length, "bad_row", "the row's quotes do not close, or a field is too long")
        elif not row or (names is None and not any(row)):
            found.separator_bytes += length
        elif names is None:
            names = _header(row, form)
            found.separator_bytes += length
        elif len(row) != len(names):
            found.refuse(first.offset, length, "bad_row", f"the row has {len(row)} columns, not {len(names)}")
        else:
            found.add(first.offset, length, dict(zip(names, row, strict=True)))
        if found.is_full(limits.batch_rows):
            yield found
            found = Found()
    yield found


def _header(row: list[str], form: CsvRecords) -> list[str]:
    names = [name.strip().casefold() for name in row] if form.ignore_case else row
    if len(set(names)) != len(names):
        raise UnreadableHaul("the header names a column twice")
    for choice in form.required or ():
        if not set(choice) & set(names):
            raise UnreadableHaul(f"no column is called {' or '.join(choice)}")
    return names
