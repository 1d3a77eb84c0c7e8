"""Lines of a file with their byte ranges, whatever the encoding."""

import codecs
from collections.abc import Iterator
from typing import IO, NamedTuple

from venetic.haul.readers._found import Limits
from venetic.haul.readers._values import SURROGATES

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = {"utf-16-le": b"\n\x00", "utf-16-be": b"\x00\n"}


class Line(NamedTuple):
    """A line: its first byte, its bytes without the line ending, where the next begins, its text.

    The text is null for a line beyond the size limit.
    """

    offset: int
    length: int
    end: int
    text: str | None
    ending: str  # the line ending as written; empty at the file's end


def mark_of(head: bytes) -> tuple[bytes, str | None]:
    """The byte order mark that `head` begins with, and the encoding it states."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return mark, encoding
    return b"", None


def decoded(raw: bytes, encoding: str) -> str:
    """Text with U+FFFD for each byte that is not in the encoding."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8":
            return SURROGATES.sub("\ufffd", raw.decode("utf-8", "surrogateescape"))
        return raw.decode(encoding, "replace")


def lines(stream: IO[bytes], encoding: str, limits: Limits) -> Iterator[Line]:
    """Yield the file's lines; a byte order mark overrides `encoding` and belongs to no line."""
    buffer = stream.read(limits.chunk_bytes + len(codecs.BOM_UTF8))
    mark, stated = mark_of(buffer)
    encoding = stated or encoding
    newline = _WIDE.get(encoding, b"\n")
    offset, start, too_long = len(mark), len(mark), 0
    while True:
        cut = _next_newline(buffer, newline, start)
        if cut < 0:
            rest = buffer[start:]
            if too_long + len(rest) > limits.max_record_bytes:
                keep = len(newline) + len(rest) % len(newline)  # the line's end may still straddle the next chunk
                too_long += len(rest) - keep
                rest = rest[len(rest) - keep :]
            more = stream.read(max(limits.chunk_bytes, len(rest)))
            if not more:
                if too_long or rest:
                    yield _line(offset, rest, too_long, encoding)
                return
            buffer, start = rest + more, 0
            continue
        raw = buffer[start : cut + len(newline)]
        yield _line(offset, raw, too_long, encoding)
        offset += too_long + len(raw)
        start, too_long = cut + len(newline), 0


def _next_newline(buffer: bytes, newline: bytes, start: int) -> int:
    cut = buffer.find(newline, start)
    while len(newline) == 2 and cut >= 0 and (cut - start) % 2:
        cut = buffer.find(newline, cut + 1)
    return cut


def _line(offset: int, raw: bytes, passed: int, encoding: str) -> Line:
    width = 2 if encoding in _WIDE else 1
    text = decoded(raw, encoding)
    content = text[:-1] if text.endswith("\n") else text
    if content.endswith("\r"):
        content = content[:-1]
    length = passed + len(raw) - width * (len(text) - len(content))
    return Line(offset, length, offset + passed + len(raw), None if passed else content, text[len(content) :])
