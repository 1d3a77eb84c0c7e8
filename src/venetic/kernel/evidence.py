"""What sealed evidence is made of: places in files, and what could not be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Locator:
    """A byte range in a sealed file, named by the SHA-256 the file had when it was delivered."""

    file_sha256: str
    offset: int
    length: int

    def __str__(self) -> str:
        return f"{self.file_sha256[:12]}@{self.offset}+{self.length}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something delivered that was not understood or not admitted, and why.

    `code` is a stable word for counting (`archive_bomb`, `bad_json`, …); `what` a sentence without content.
    `file_sha256` is null for an entry that was never sealed; `offset` and `length` are null for a whole entry.
    `details` holds facts for scripts (limits, sizes), never content.
    """

    code: str
    what: str
    entry: str  # the path inside the delivery, as shown to people
    file_sha256: str | None = None
    offset: int | None = None
    length: int | None = None
    details: Mapping[str, str | int] = field(default_factory=dict)
