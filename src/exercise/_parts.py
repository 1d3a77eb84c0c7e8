"""A file of the haul before it is written: parts in order, each with what it means.

Degradations change parts, so the truth about a file always follows from the bytes that are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from exercise._pictures import Picture
from exercise._story import Message


@dataclass(frozen=True, slots=True)
class Fact:
    """A part that is one source record.

    `key` says what the haul proves about it: records with one key, in different files, at the same place among their
    equals, are one message. None: nothing is proved (no sender or no time).
    """

    message: Message
    kind: str  # text, media, event, undecryptable
    copy: str  # whose device or which room the record stands in
    key: tuple[str, ...] | None
    time: str  # as the record carries it
    native_id: str = ""
    body: str = ""  # as the record carries it
    degradation: str = ""
    is_edited: bool = False  # a later version of the message


@dataclass(frozen=True, slots=True)
class Break:
    """A part that no longer reads. `message` is the one that was lost in it, None in a file of noise."""

    why: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes with their meaning; None for separators and wrappers."""

    data: bytes
    meaning: Fact | Break | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One file of the haul. `path` is below the haul folder, in bytes since not every name is UTF-8."""

    path: bytes
    shape: str
    parts: tuple[Part, ...]
    note: str = ""

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return b"".join(part.data for part in self.parts)

    def again(self, path: bytes, note: str) -> "Draft":
        """The same bytes delivered again under another path."""
        parts = tuple(
            replace(part, meaning=replace(part.meaning, degradation=note)) if isinstance(part.meaning, Fact) else part
            for part in self.parts
        )
        return replace(self, path=path, parts=parts, note=note)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A picture as it lies in the haul, with the message it belongs to."""

    path: bytes
    picture: Picture
    message: Message


def day_folder(day: int) -> str:
    """The folder of an instalment."""
    return f"D{day:03d}"


def joined(parts: Iterable[Part], between: bytes) -> tuple[Part, ...]:
    """The parts with a separator between them."""
    out: list[Part] = []
    for part in parts:
        if out and between:
            out.append(Part(between))
        out.append(part)
    return tuple(out)
