"""From what a direction or a hold names to the source records, files and messages it means."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from venetic.corpus._tombstones import Stone
from venetic.haul import HaulRoom
from venetic.kernel import AnyOf, Compare, NotFound, Snapshot

PLACE = ["record", "file", "source", "offset", "length"]
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to go: stones for tombstones, and every id (former ones too) of a message that rests on any of it."""

    stones: tuple[Stone, ...]
    messages: tuple[str, ...]

    def subjects(self, haul: HaulRoom) -> set[str]:
        """Everything a hold may name that holds any of it: records, messages, files, hauls."""
        files = {stone.file for stone in self.stones}
        files |= archives_of(haul, files)
        hauls = {path.haul for file in files for path in haul.paths(file)}
        return {stone.record for stone in self.stones} | set(self.messages) | files | hauls


def locate(snapshot: Snapshot, named: str) -> str:
    """The present id of a message by its id or a former one, or a record's id. Raises NotFound."""
    for predicate in (Compare("message", "=", named), Compare("aliases", "has", named)):
        rows = snapshot.scan("messages", ["message"], predicate).read_all().column(0).to_pylist()
        if rows:
            return str(rows[0])
    if snapshot.count("records", Compare("record", "=", named)):
        return named
    raise NotFound("no message or record has this id", named)


def records_of_messages(snapshot: Snapshot, ids: Sequence[str]) -> dict[str, list[str]]:
    """Named id -> records of the message that has it, or had it before; ids nothing has are left out."""
    predicate = AnyOf((Compare("message", "in", tuple(ids)), Compare("aliases", "has_any", tuple(ids))))
    rows = snapshot.scan("messages", ["message", "aliases", "records"], predicate).read_all().to_pylist()
    wanted, found = set(ids), {}
    for row in rows:
        for named in wanted & {row["message"], *row["aliases"]}:
            found[named] = [ref["record"] for ref in row["records"]]
    return found


def record_rows(snapshot: Snapshot, records: Iterable[str], files: Iterable[str], columns: Sequence[str]) -> pa.Table:
    """These records, every record of these files, and every other record read from the same bytes."""
    named = Compare("record", "in", tuple(records))
    wanted, whole = snapshot.scan("records", PLACE, named).read_all(), tuple(files)
    held = snapshot.scan(
        "records", PLACE, Compare("file", "in", (*whole, *wanted["file"].unique().to_pylist()))
    ).read_all()
    ranges: dict[str, list[tuple[int, int]]] = {}
    for row in wanted.to_pylist():
        ranges.setdefault(row["file"], []).append((row["offset"], row["offset"] + row["length"]))
    taken = [held.filter(pc.is_in(held["file"], pa.array(whole, pa.string())))["record"].to_pylist()]
    for file, places in ranges.items():
        rows = held.filter(pc.equal(held["file"], file))
        taken.append(rows.filter(pa.array(_meets(rows, sorted(places))))["record"].to_pylist())
    ids = tuple({record for part in taken for record in part})
    return snapshot.scan("records", list(columns), Compare("record", "in", ids)).read_all()


def _meets(rows: pa.Table, ranges: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Which rows share a byte with one of the ranges (start, stop), which are sorted."""
    starts = np.array([start for start, _ in ranges], np.int64)
    reached = np.maximum.accumulate(np.array([stop for _, stop in ranges], np.int64))
    offsets = rows["offset"].to_numpy()
    last_before = np.searchsorted(starts, offsets + rows["length"].to_numpy(), side="left") - 1
    return np.asarray((last_before >= 0) & (reached[last_before] > offsets))


def messages_of(snapshot: Snapshot, rows: pa.Table) -> list[dict[str, Any]]:
    """(message, aliases, records) of every message resting on any of these records (PLACE columns)."""
    sources = tuple(rows["source"].unique().to_pylist())
    if not sources:
        return []
    wanted = rows["record"].combine_chunks()
    found = []
    for batch in snapshot.scan("messages", ["message", "aliases", "records"], Compare("sources", "has_any", sources)):
        flat = pc.is_in(pc.struct_field(pc.list_flatten(batch["records"]), "record"), wanted)
        parents = pc.list_parent_indices(batch["records"]).filter(flat).unique()
        found += batch.take(parents).to_pylist()
    return found


def stones(haul: HaulRoom, rows: pa.Table, messages: Iterable[dict[str, Any]], files: Iterable[str]) -> Iterable[Stone]:
    """A stone for each record, with the SHA-256 of its bytes, and one for each whole file."""
    message_of = {ref["record"]: row["message"] for row in messages for ref in row["records"]}
    by_file: dict[str, list[dict[str, Any]]] = {}
    for row in rows.select(PLACE).to_pylist():
        by_file.setdefault(row["file"], []).append(row)
    for file, places in by_file.items():
        with haul.open_source(file).open() as stream:
            for row in sorted(places, key=lambda place: place["offset"]):
                stream.seek(row["offset"])
                digest = hashlib.sha256(stream.read(row["length"])).hexdigest()
                yield Stone(row["record"], message_of[row["record"]], file, row["offset"], row["length"], digest)
    for file in files:
        yield Stone(file, None, file, 0, haul.file(file).size, file, is_file=True)


def with_members(haul: HaulRoom, files: Iterable[str]) -> list[str]:
    """The files, and what stood in those that are archives, members first. Raises NotFound."""
    found: dict[str, None] = {}
    for file in files:
        for place in haul.paths(haul.file(file).sha256):
            inside = {place.path}
            members = []
            for entry in haul.entries(place.haul):
                if entry.container in inside:
                    inside.add(entry.path)
                    members.append(entry.sha256)
            found.update(dict.fromkeys(reversed(members)))
        found.pop(file, None)
        found[file] = None
    return list(found)


def archives_of(haul: HaulRoom, files: Iterable[str]) -> set[str]:
    """The hash of every archive, at any depth, that brought one of the files."""
    places: dict[str, list[str]] = {}
    for file in files:
        for place in haul.paths(file):
            places.setdefault(place.haul, []).append(place.path)
    found: set[str] = set()
    for name, paths in places.items():
        entries = {entry.path: entry for entry in haul.entries(name)}
        for path in paths:
            container = entries[path].container
            while container is not None:
                found.add(entries[container].sha256)
                container = entries[container].container
    return found
