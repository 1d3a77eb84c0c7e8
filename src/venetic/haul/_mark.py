"""Exercise or real: a delivery that carries the exercise's mark never enters a real operation, nor the reverse.

The mark is a file `EXERCISE.txt`, or `manifest.json` holding an object whose `kind` is `exercise`. It counts at the
root of a delivered folder, in a folder above what was delivered (an instalment taken out of an exercise), and at the
root of a delivered archive or of the one folder in it.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from venetic.haul._records import Entry
from venetic.haul._sealing import object_name
from venetic.kernel import ObjectStore, WrongUse

Kind = Literal["exercise", "real"]
NOTE = "EXERCISE.txt"
MANIFEST = "manifest.json"
MANIFEST_MAX_BYTES = 64 << 20  # a manifest names files; larger is something else


def is_marked_on_disk(paths: Sequence[Path]) -> bool:
    """Whether a delivered folder, or a folder above what was delivered, carries the mark."""
    folders: dict[Path, None] = {}
    for path in paths:
        place = path.resolve()
        folders.update(dict.fromkeys([place, *place.parents]))
    return any(_is_marked_folder(folder) for folder in folders)


def is_marked_inside(objects: ObjectStore, entries: Iterable[Entry]) -> bool:
    """Whether a delivered archive carries the mark at its root or at the root of a folder in its root."""
    return any(_is_mark(objects, entry) for entry in entries if _stands_at_root(entry))


def require_kind(kind: Kind, *, is_marked: bool) -> None:
    """Raise WrongUse when a marked delivery meets a real operation, or an unmarked one an exercise."""
    if kind == "real" and is_marked:
        raise WrongUse("this delivery is marked EXERCISE and cannot enter a real operation")
    if kind == "exercise" and not is_marked:
        raise WrongUse(f"an exercise takes only deliveries marked as exercise, by {NOTE} at their root")


def _is_marked_folder(folder: Path) -> bool:
    if (folder / NOTE).is_file():
        return True
    manifest = folder / MANIFEST
    try:
        return manifest.is_file() and manifest.stat().st_size <= MANIFEST_MAX_BYTES and _says(manifest.read_bytes())
    except OSError:
        return False  # what cannot be read is refused when it is sealed


def _stands_at_root(entry: Entry) -> bool:
    if entry.container is None:
        return entry.path in (NOTE, MANIFEST)
    inside = entry.path.removeprefix(entry.container + "/")
    return inside.count("/") <= 1 and inside.rpartition("/")[2] in (NOTE, MANIFEST)


def _is_mark(objects: ObjectStore, entry: Entry) -> bool:
    if entry.path.rpartition("/")[2] == NOTE:
        return True
    name = object_name(entry.sha256)
    if entry.size > MANIFEST_MAX_BYTES or objects.size(name) is None:
        return False
    return _says(objects.read_range(name, 0, entry.size))


def _says(manifest: bytes) -> bool:
    try:
        value = json.loads(manifest)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("kind") == "exercise"
