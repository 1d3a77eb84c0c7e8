"""Writes the haul and notes, for every byte that has a meaning, where it lies."""

import hashlib
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exercise._draws import digest
from exercise._parts import Break, Draft, Fact, MediaFile
from exercise._sizes import DAYS, VERSION

Row = dict[str, Any]

MARKER = (
    "EXERCISE\n\nEverything in this folder is made up: people, handles, messages and pictures. It was written by a\n"
    "program to test other programs. Nobody in it exists and nothing in it happened.\n"
)


def shown_path(path: bytes) -> str:
    """The path as text; a byte that is not UTF-8 is written as a backslash, x and two digits."""
    return path.decode(errors="backslashreplace")


def takes_odd_names(folder: Path) -> bool:
    """Whether the file system keeps names that are not UTF-8."""
    probe = folder / os.fsdecode(b"probe-\xe9")
    try:
        probe.touch()
    except OSError:
        return False
    is_kept = probe in folder.iterdir()
    probe.unlink()
    return is_kept


@dataclass(slots=True)
class Ledger:
    """Rows of the truth tables that follow from what was written."""

    files: list[Row] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)
    refusals: list[Row] = field(default_factory=list)
    media: list[Row] = field(default_factory=list)


class Haul:
    """A haul being written into an empty folder."""

    __slots__ = ("_folder", "_made", "ledger")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[Path] = set()
        self.ledger = Ledger()

    def _write(self, path: bytes, data: bytes) -> str:
        target = self._folder / os.fsdecode(path)
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        with target.open("xb") as out:
            out.write(data)
        return hashlib.sha256(data).hexdigest()

    def _note_file(self, path: bytes, data: bytes, shape: str, note: str, found: Counter[str]) -> str:
        sha256, shown = self._write(path, data), shown_path(path)
        self.ledger.files.append(
            {
                "path": shown,
                "raw_path": None if shown.encode() == path else path,
                "sha256": sha256,
                "size": len(data),
                "shape": shape,
                "records": found["records"],
                "refusals": found["refusals"],
                "note": note or None,
            }
        )
        return sha256

    def add(self, draft: Draft) -> None:
        """Write a file and note its records and refusals."""
        kinds = Counter(
            "records" if isinstance(part.meaning, Fact) else "refusals" for part in draft.parts if part.meaning
        )
        sha256 = self._note_file(draft.path, draft.data, draft.shape, draft.note, kinds)
        offset, seen, path = 0, Counter[tuple[str, ...]](), shown_path(draft.path)
        for part in draft.parts:
            place: Row = {"path": path, "file_sha256": sha256, "offset": offset, "length": len(part.data)}
            if isinstance(part.meaning, Fact):
                key = part.meaning.key
                ordinal = 0
                if key is not None and not part.meaning.native_id:
                    ordinal, seen[key] = seen[key], seen[key] + 1
                names: tuple[str | int, ...] = ("alone", path, offset) if key is None else ("key", *key, ordinal)
                self.ledger.records.append(_record(place, part.meaning, "e" + digest(*names).hex()[:20]))
            elif isinstance(part.meaning, Break):
                uid = part.meaning.message.uid if part.meaning.message else None
                self.ledger.refusals.append({**place, "why": part.meaning.why, "uid": uid})
            offset += len(part.data)

    def add_media(self, media: Iterable[MediaFile]) -> None:
        """Write the pictures, in order of their paths."""
        for file in sorted(media, key=lambda file: file.path):
            picture = file.picture
            sha256 = self._note_file(file.path, picture.data, "media", "", Counter())
            self.ledger.media.append(
                {
                    "file_sha256": sha256,
                    "path": shown_path(file.path),
                    "uid": file.message.uid,
                    "shows": picture.shows,
                    "mime": picture.mime,
                    "has_exif": picture.has_exif,
                }
            )

    def add_marker(self) -> None:
        """Write the file that says what all this is."""
        self._note_file(b"EXERCISE.txt", MARKER.encode(), "marker", "", Counter())

    def close(self, seed: int, size: str, truth_sha256: str) -> None:
        """Write the manifest: every file, and the hash that holds us to the truth."""
        files = sorted(self.ledger.files, key=lambda row: str(row["path"]))
        lines = [
            json.dumps(
                {"path": row["path"], "sha256": row["sha256"], "size": row["size"]}
                | ({"raw_path": row["raw_path"].hex()} if row["raw_path"] else {}),
                ensure_ascii=False,
            )
            for row in files
        ]
        head: Row = {
            "kind": "exercise",
            "marking": "EXERCISE",
            "software": f"venetic-exercise {VERSION}",
            "seed": seed,
            "size": size,
            "truth_sha256": truth_sha256,
            "instalments": DAYS,
            "counts": {"files": len(files), "bytes": sum(row["size"] for row in files)},
        }
        text = json.dumps(head, indent=1)[:-2] + ',\n "files": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"
        self._write(b"manifest.json", text.encode())


def _record(place: Row, fact: Fact, expected: str) -> Row:
    return {
        "uid": fact.message.uid,
        **place,
        "service": fact.message.conversation.service,
        "kind": fact.kind,
        "copy": fact.copy,
        "native_id": fact.native_id or None,
        "written_time": fact.time,
        "written_body": fact.body,
        "is_edited": fact.is_edited,
        "degradation": fact.degradation or None,
        "expected_message": expected,
    }


def with_identity(records: list[Row]) -> list[Row]:
    """The records, each with what the haul proves about the other copies of its message."""
    copies, proved = Counter[str](), defaultdict[tuple[str, str], int](int)
    for row in records:
        copies[row["uid"]] += 1
        proved[(row["uid"], row["expected_message"])] += 1

    def identity(row: Row) -> str:
        if proved[(row["uid"], row["expected_message"])] > 1:
            return "native id" if row["native_id"] else "equal content"
        return "only copy" if copies[row["uid"]] == 1 else "not proved"

    return [{**row, "identity": identity(row)} for row in records]
