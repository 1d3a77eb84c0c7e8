"""Copying into the store: every byte is read once, hashed and written in the same pass.

Objects come first; nothing stands in case state until the whole delivery is sealed. A file that was destroyed under a
direction is recognised by its hash and not stored again, and neither is an archive that brings it.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from venetic.haul._names import shown
from venetic.haul._records import Entry, Sealing
from venetic.haul._walk import Found, OpenedFile
from venetic.kernel import NewObject, ObjectStore, Refusal

CHUNK_BYTES = 1 << 20  # what is held of a file at once
HEAD_BYTES = 1 << 10  # enough to recognise every archive format

Fate = Literal["resealed", "deleted"]  # a file with ranges blanked; an archive that held one


def object_name(sha256: str) -> str:
    """Where the store keeps the bytes with this hash."""
    return f"sha256/{sha256[:2]}/{sha256}"


class Copy:
    """A file on its way into the store: written once, hashed as it passes."""

    def __init__(self, staged: NewObject, algorithms: Collection[str], passed: Callable[[int], None]) -> None:
        self.staged = staged
        self.size = 0
        self.head = b""
        self._passed = passed
        self._sha256 = hashlib.sha256()
        self._others = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms if name != "sha256"}

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self.size += len(data)
        self._passed(len(data))
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
        self._sha256.update(data)
        for other in self._others.values():
            other.update(data)
        self.staged.write(data)

    @property
    def sha256(self) -> str:
        """The hash of what was written."""
        return self._sha256.hexdigest()

    def digests(self) -> dict[str, str]:
        """Every hash that was asked for, SHA-256 always."""
        return {"sha256": self.sha256} | {name: other.hexdigest() for name, other in self._others.items()}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a file beside its bytes. `path` is how it shows before it is made unique."""

    raw_path: bytes
    path: str
    modified_at: datetime | None = None
    modified_local: str | None = None
    container: str | None = None


class Sealer:
    """One run's way into the store. `destroyed` names the bytes that may not come back, and what became of them."""

    def __init__(self, objects: ObjectStore, algorithms: Collection[str], destroyed: Mapping[str, Fate]) -> None:
        self.sealing = Sealing()
        self.objects = objects
        self.destroyed = destroyed
        self._algorithms = algorithms
        self._paths: set[str] = set()
        self._containers: dict[str, Entry] = {}

    @contextmanager
    def copying(self, passed: Callable[[int], None]) -> Iterator[Copy]:
        """A copy to write into; `passed` hears of every piece. Without `seal` nothing is kept."""
        with self.objects.new_object() as staged:
            yield Copy(staged, self._algorithms, passed)

    def seal(self, copy: Copy, arrival: Arrival) -> Entry:
        """Keep a finished copy under its hash and record its path."""
        entry = Entry(
            self._unique(arrival.path),
            arrival.raw_path,
            copy.size,
            copy.sha256,
            arrival.modified_at,
            arrival.modified_local,
            arrival.container,
        )
        fate = self.destroyed.get(entry.sha256)
        if fate == "resealed":
            self._withdraw_around(entry)
        elif copy.staged.keep(object_name(entry.sha256)):
            self.sealing.stored.add(entry.sha256)
        if fate == "deleted":  # an archive: kept until it has been unpacked
            self.sealing.withdrawn.add(entry.sha256)
        self.sealing.entries.append(entry)
        self.sealing.digests.append(copy.digests())
        return entry

    def refuse(self, refusal: Refusal) -> None:
        """Record what was not admitted; the run goes on."""
        self.sealing.refusals.append(refusal)

    def opened(self, archive: Entry) -> None:
        """Record that the archive is being unpacked, so that its members can name it."""
        self._containers[archive.path] = archive
        self.sealing.unpacked.add(archive.sha256)

    def _withdraw_around(self, entry: Entry) -> None:
        container = entry.container
        while container is not None:
            archive = self._containers[container]
            self.sealing.withdrawn.add(archive.sha256)
            container = archive.container

    def _unique(self, path: str) -> str:
        free, times = path, 1
        while free in self._paths:
            times += 1
            free = f"{path}~{times}"
        self._paths.add(free)
        return free


def seal_found(sealer: Sealer, found: Found, passed: Callable[[int], None]) -> tuple[Entry, bytes] | None:
    """Seal a file of the delivery; its entry and first bytes, or null once refused."""
    path = shown(found.raw)
    try:
        with OpenedFile(found) as file, sealer.copying(passed) as copy:
            while copy.size <= file.size and (data := file.read(CHUNK_BYTES)):  # a log that grows for ever ends here
                copy.write(data)
            if file.is_unchanged(copy.size):
                arrival = Arrival(found.raw, path, modified_at=file.modified_at)
                return sealer.seal(copy, arrival), copy.head
    except OSError as fault:
        sealer.refuse(Refusal("unreadable", f"the entry cannot be read: {fault.strerror}", path))
        return None
    sealer.refuse(Refusal("changed_while_read", "the file changed while it was read: deliver it again", path))
    return None
