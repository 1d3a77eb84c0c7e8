"""What waits to be ingested: files not read yet, each once, or once per path where the path tells something."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from venetic.corpus._cut import Ranges, cut
from venetic.haul import Entry, HaulRoom, Reader, SourceFile, load_mapping, media_type, reader_named, recognise
from venetic.kernel import Compare, NotFound, Snapshot, content_id

State = Literal["reader", "mapping", "media", "archive", "unread"]


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How to ingest. With any of these set, files that stayed unread are tried again.

    `reader` or `mapping` reads every file it fits; the others are recognised as ever.
    """

    reader: str | None = None
    mapping: Path | None = None
    retry_unread: bool = False

    @property
    def again(self) -> bool:
        """Whether unread files are tried again."""
        return self.reader is not None or self.mapping is not None or self.retry_unread


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing to ingest. `how` is a reader's name, a mapping's file name, a MIME type, or why nothing reads it."""

    unit: str
    file: SourceFile
    state: State
    how: str
    known_as: int | None  # the source number of a file that stayed unread before


@dataclass(frozen=True, slots=True)
class _Known:
    """What `sources` has of some files."""

    units: Mapping[str, tuple[str, int]]  # unit -> (state, source)
    readers: Mapping[str, frozenset[str]]  # file -> names of the readers that read it


class Units:
    """Finds what waits, and how to read it."""

    def __init__(
        self, haul: HaulRoom, snapshot: Snapshot, options: IngestOptions, destroyed: Mapping[str, Ranges]
    ) -> None:
        self._haul = haul
        self._snapshot = snapshot
        self._options = options
        self._destroyed = destroyed
        self._forced = _forced(options)

    def waiting(self, hauls: Iterable[str]) -> list[Unit]:
        """Units of these deliveries that are not in `sources`, in the order delivered."""
        found: dict[str, Unit] = {}
        for haul in hauls:
            entries = list(self._haul.entries(haul))
            opened = {entry.container for entry in entries}
            known = self._known(entries)
            for entry in entries:
                self._add(entry, entry.path in opened, known, found)
        return list(found.values())

    def _known(self, entries: list[Entry]) -> _Known:
        names = {entry.sha256 for entry in entries}
        few = 2_000
        predicate = Compare("file", "in", tuple(names)) if len(names) <= few else Compare("file", "not_null")
        columns = ["unit", "file", "state", "source", "reader"]
        rows = self._snapshot.scan("sources", columns, predicate).read_all().to_pylist()
        readers: dict[str, frozenset[str]] = {}
        for row in rows:
            if row["state"] == "read":
                name = row["reader"].rpartition("@")[0]
                readers[row["file"]] = readers.get(row["file"], frozenset()) | {name}
        return _Known({row["unit"]: (row["state"], row["source"]) for row in rows}, readers)

    def _add(self, entry: Entry, opened: bool, known: _Known, found: dict[str, Unit]) -> None:
        if entry.sha256 in found:
            return
        state, source = known.units.get(entry.sha256, (None, None))
        if state is not None and not (state == "unread" and self._options.again):
            return
        try:
            file = cut(self._haul.open_source(entry.sha256, entry.path), self._destroyed)
        except NotFound:  # deleted under a direction since it was delivered
            return
        unit = self._unit(entry, file, opened, source, read_by=known.readers.get(entry.sha256))
        is_read = unit is None or known.units.get(unit.unit, ("unread", 0))[0] != "unread"
        if unit is not None and not is_read and unit.unit not in found:
            found[unit.unit] = unit

    def _unit(
        self, entry: Entry, file: SourceFile, opened: bool, source: int | None, *, read_by: frozenset[str] | None
    ) -> Unit | None:
        """The unit of an entry; null for bytes that were read, unless the same reader is told more by a new path."""
        if opened:
            return Unit(entry.sha256, file, "archive", "its members are read", source)
        mime = media_type(file)
        if mime is not None:
            return Unit(entry.sha256, file, "media", mime, source)
        found = self._reader(file, read_by)
        if found is None:
            return None
        if isinstance(found, list):
            return Unit(entry.sha256, file, "unread", "; ".join(found), source)
        mapping = self._options.mapping if found is self._forced else None
        how = found.info.name if mapping is None else mapping.name
        told = found.told_by_path(entry.path)
        unit = entry.sha256 if told is None else content_id("unit", entry.sha256, told)
        return Unit(unit, file, "reader" if mapping is None else "mapping", how, source)

    def _reader(self, file: SourceFile, read_by: frozenset[str] | None) -> Reader | list[str] | None:
        if file.size == 0:
            return ["the file is empty" if file.sha256 not in self._destroyed else "destroyed under a direction"]
        forced = self._forced
        if forced is not None and read_by is not None and forced.info.name not in read_by:
            forced = None
        if forced is not None and forced.refusal(file) is None:
            return forced
        found = recognise(file)
        if read_by is not None and (isinstance(found, list) or found.info.name not in read_by):
            return None
        return found


def _forced(options: IngestOptions) -> Reader | None:
    if options.mapping is not None:
        return load_mapping(options.mapping)
    return None if options.reader is None else reader_named(options.reader)


def steps(units: Iterable[Unit], step_bytes: int) -> Iterator[list[Unit]]:
    """Cut into steps of about `step_bytes`, a file never split."""
    step: list[Unit] = []
    held = 0
    for unit in units:
        if step and held + unit.file.size > step_bytes:
            yield step
            step, held = [], 0
        step.append(unit)
        held += unit.file.size
    if step:
        yield step
