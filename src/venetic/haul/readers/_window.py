"""A sliding stretch of a UTF-8 file as text, with the byte offset of the place reached in it."""

import codecs
from typing import IO

BOM = "\ufeff"


class Window:
    """Text held of a file; `at` is the character reached, `offset` its byte in the file.

    Bytes that are not UTF-8 stand in `text` as lone surrogates, so that lengths stay exact.
    """

    def __init__(self, stream: IO[bytes], chunk_bytes: int) -> None:
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.text = ""
        self.at = 0
        self.offset = 0
        self.is_ascii = True
        self.ended = False

    def fill(self) -> None:
        """Forget what was passed and append more of the file: a chunk, or as much as is held, so growth is linear."""
        kept = self.text[self.at :]
        raw = self._stream.read(max(self._chunk_bytes, len(kept)))
        self.ended = not raw
        self.text = kept + self._decode.decode(raw, final=self.ended)
        self.at = 0
        self.is_ascii = self.text.isascii()

    def advance(self, end: int) -> int:
        """Go on to character `end`; return the bytes passed."""
        passed = end - self.at
        if not self.is_ascii:
            passed = len(self.text[self.at : end].encode("utf-8", "surrogateescape"))
        self.at = end
        self.offset += passed
        return passed
