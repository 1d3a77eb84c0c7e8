"""What stands under the paths of a delivery, in order of raw names."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from venetic.haul._names import shown
from venetic.kernel import EPOCH, NotFound, Refusal, WrongUse


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file to seal: its raw path inside the delivery, where it stands, its size when found."""

    raw: bytes
    place: bytes
    size: int


def find(paths: Sequence[Path]) -> Iterator[Found | Refusal]:
    """Walk the paths of a delivery.

    One folder gives its contents relative to itself; otherwise every path stands under its own last name, so that
    `receive haul` and `receive haul/*` give the same paths. Links, devices, sockets and what cannot be read are
    refusals. Raises NotFound for a path that does not exist, WrongUse when none is given.
    """
    if not paths:
        raise WrongUse("a delivery needs at least one path")
    for path in paths:
        if not path.exists():
            raise NotFound("no such file or folder to receive", str(path))
    if len(paths) == 1 and paths[0].is_dir():
        yield from _folder(os.fsencode(paths[0]), b"")
        return
    taken: set[bytes] = set()
    for path in paths:
        place = os.fsencode(path.resolve())
        name = _untaken(place.rpartition(b"/")[2] or b"root", taken)
        if path.is_dir():
            yield from _folder(place, name + b"/")
        else:
            yield _look(place, name, os.stat(place))  # noqa: PTH116 -- raw bytes: Path would decode them


def _untaken(name: bytes, taken: set[bytes]) -> bytes:
    free, times = name, 1
    while free in taken:
        times += 1
        free = b"%s~%d" % (name, times)
    taken.add(free)
    return free


def _folder(place: bytes, prefix: bytes) -> Iterator[Found | Refusal]:
    pending = [(place, prefix)]
    while pending:
        folder, under = pending.pop()
        try:
            with os.scandir(folder) as listing:
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError as fault:
            yield _unreadable(under.rstrip(b"/"), fault)
            continue
        folders = []
        for entry in found:
            raw = under + entry.name
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError as fault:
                yield _unreadable(raw, fault)
                continue
            if stat.S_ISDIR(facts.st_mode):
                folders.append((entry.path, raw + b"/"))
            else:
                yield _look(entry.path, raw, facts)
        pending.extend(reversed(folders))


def _look(place: bytes, raw: bytes, facts: os.stat_result) -> Found | Refusal:
    if stat.S_ISLNK(facts.st_mode):
        return Refusal("link", "the entry is a symbolic link", shown(raw))
    if not stat.S_ISREG(facts.st_mode):
        return Refusal("special_file", "the entry is a device, a pipe or a socket", shown(raw))
    return Found(raw, place, facts.st_size)


def _unreadable(raw: bytes, fault: OSError) -> Refusal:
    return Refusal("unreadable", f"the entry cannot be read: {fault.strerror}", shown(raw))


class OpenedFile:
    """A found file being read once. `is_unchanged` compares what was read with what the file is now."""

    def __init__(self, found: Found) -> None:
        """Open without following a link or waiting on a pipe that took the file's place. Raises OSError."""
        self._descriptor = os.open(found.place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        self._before = os.fstat(self._descriptor)

    def __enter__(self) -> "OpenedFile":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @property
    def size(self) -> int:
        """The file's size in bytes when it was opened."""
        return self._before.st_size

    @property
    def modified_at(self) -> datetime:
        """The file's modification time, to the microsecond."""
        return EPOCH + timedelta(microseconds=self._before.st_mtime_ns // 1000)

    def read(self, size: int) -> bytes:
        """The next bytes, empty at the end. Raises OSError."""
        return os.read(self._descriptor, size)

    def is_unchanged(self, size_read: int) -> bool:
        """Whether the file is still a regular file of the size that was read, unmodified since it was opened."""
        after = os.fstat(self._descriptor)
        same = (after.st_size, after.st_mtime_ns) == (self._before.st_size, self._before.st_mtime_ns)
        return same and stat.S_ISREG(after.st_mode) and size_read == after.st_size
