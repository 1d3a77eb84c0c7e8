"""From sealed files to a searchable corpus, in steps that each end in a commit.

A step is some files: read, reconciled with all there is, written, committed with its audit entry in one transaction.
A kill leaves table versions that no commit names; the next run puts every table back to the last commit and goes on
with the files that are not in it. So a run can be killed anywhere and nothing is lost or doubled.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import insert, select

from venetic.audit import Actor, AuditLog
from venetic.corpus._commits import Commits
from venetic.corpus._sources import asserted_zones, media_row, source_row
from venetic.corpus._staging import Job, Staged, mapping_sha256, refused_path, stage_all
from venetic.corpus._steps import StepInput, StepWriter
from venetic.corpus._tables import MEDIA, SOURCES, TABLES, mapping_texts
from venetic.corpus._tombstones import destroyed_ranges
from venetic.corpus._units import IngestOptions, Unit, Units, steps
from venetic.haul import HaulRoom, load_mapping
from venetic.kernel import CaseState, Compare, Snapshot, Tables, utc_now

CLEAN_EVERY = 16  # commits between cleanings: a cleaning lists every table's versions
INDEX_NOW = 1_000  # a run that added this many records ends with all of them indexed
COUNTED = ("records", "messages", "refusals")


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is: bytes of all that wait, and source records so far."""

    done_bytes: int
    total_bytes: int
    records: int
    seconds: float


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What this run added. `refusals` are byte ranges refused plus files no reader took."""

    records: int
    messages: int
    refusals: int
    files: int
    unread: int
    seconds: float
    commit: int


@dataclass(frozen=True, slots=True)
class Machinery:
    """What an ingest works with."""

    case: CaseState
    tables: Tables
    commits: Commits
    audit: AuditLog
    haul: HaulRoom
    staging: Path
    workers: int
    step_bytes: int
    software: str


class Ingest:
    """One run. The caller holds the writer lock."""

    def __init__(self, parts: Machinery, writer_for: Callable[[dict[str, int]], StepWriter], actor: Actor) -> None:
        self._parts = parts
        self._actor = actor
        commit = parts.commits.latest()
        versions = {spec.name: parts.tables.roll_back(spec, commit.versions[spec.name]) for spec in TABLES}
        self._writer = writer_for(versions)
        self._before = commit.totals
        self._totals: dict[str, int] = {**dict.fromkeys(COUNTED, 0), "through": 0, **commit.totals}
        self._commit = commit.number
        self._mapping: str | None = None
        self._tried_again = 0  # files that stayed unread before: their old refusals are no longer counted
        self._in_force = asserted_zones(parts.haul)
        self._zones: dict[int, str] = {}  # of every source, since an old record may speak for a message of this run
        shutil.rmtree(parts.staging, ignore_errors=True)
        parts.staging.mkdir(parents=True)

    def run(self, options: IngestOptions, progress: Callable[[IngestProgress], None] | None = None) -> IngestReport:
        """Ingest all that waits; see the module's first lines."""
        began = time.monotonic()
        self._redo_zones()
        self._mapping = None if options.mapping is None else self._keep_mapping(options.mapping)
        hauls = self._parts.haul.hauls_after(0 if options.again else self._totals["through"])
        destroyed = destroyed_ranges(self._parts.case)
        units = Units(self._parts.haul, self._snapshot(), options, destroyed).waiting(hauls.values())
        total, done, unread = sum(unit.file.size for unit in units), 0, 0
        for step in steps(units, self._parts.step_bytes):
            done += sum(unit.file.size for unit in step)
            through = max(hauls) if step[-1] is units[-1] else 0
            unread += self._step(step, through, tuple(hauls.values()) if through else ())
            if progress is not None:
                progress(IngestProgress(done, total, self._gained("records"), time.monotonic() - began))
        if hauls and not units:
            self._note_nothing_new(hauls)
        shutil.rmtree(self._parts.staging, ignore_errors=True)
        if self._commit % CLEAN_EVERY == 0 or len(units) > CLEAN_EVERY:
            self._parts.commits.clean()
        records, messages, refusals = map(self._gained, COUNTED)
        refusals += self._tried_again
        seconds = time.monotonic() - began
        return IngestReport(records, messages, refusals, len(units), unread, seconds, self._commit)

    def _note_nothing_new(self, hauls: Mapping[int, str]) -> None:
        """Every file of these deliveries was known: no row changes, and they are searchable as of now."""
        if max(hauls) > self._totals["through"]:
            self._totals["through"] = max(hauls)
            self._record("ingest", {"files": 0, "records": 0}, tuple(hauls.values()))

    def _gained(self, name: str) -> int:
        return self._totals[name] - int(self._before.get(name, 0))

    def _snapshot(self) -> Snapshot:
        return self._parts.tables.snapshot(self._writer.versions)

    def _step(self, units: Sequence[Unit], through: int, hauls: Sequence[str]) -> int:
        """Write and commit the files of a step; how many of them no reader took."""
        first = self._snapshot().count("sources") + 1
        numbers = [unit.known_as or first + at for at, unit in enumerate(units)]
        staged = {result.job.source: result for result in self._stage(units, numbers)}
        for unit, number in zip(units, numbers, strict=True):
            if (zone := self._in_force.of(unit.file.sha256)) is not None:
                self._zones[number] = zone
        rows = [
            source_row(unit, number, staged.get(number), self._zones.get(number)) | {"software": self._parts.software}
            for unit, number in zip(units, numbers, strict=True)
        ]
        media = [media_row(unit, number) for unit, number in zip(units, numbers, strict=True) if unit.state == "media"]
        tables = pa.Table.from_pylist(rows, SOURCES.schema), pa.Table.from_pylist(media, MEDIA.schema)
        again = tuple(unit.file.sha256 for unit in units if unit.known_as is not None)
        self._writer.write(StepInput(list(staged.values()), *tables, again), self._zones)
        for result in staged.values():
            result.job.target.unlink(missing_ok=True)
            refused_path(result.job).unlink(missing_ok=True)
        self._totals["refusals"] -= len(again)
        self._tried_again += len(again)
        self._finish(rows, through, hauls)
        return sum(row["state"] == "unread" for row in rows)

    def _stage(self, units: Sequence[Unit], numbers: Sequence[int]) -> Iterator[Staged]:
        jobs = [
            Job(
                unit.file,
                number,
                unit.how,
                self._mapping if unit.state == "mapping" else None,
                self._parts.staging / f"{number}.arrow",
            )
            for unit, number in zip(units, numbers, strict=True)
            if unit.state in {"reader", "mapping"}
        ]
        return stage_all(jobs, self._parts.workers)

    def _finish(self, rows: Sequence[dict[str, Any]], through: int, hauls: Sequence[str]) -> None:
        self._writer.maintain(full=bool(through) and sum(row["records"] for row in rows) >= INDEX_NOW)
        snapshot = self._snapshot()
        self._totals.update(
            {name: snapshot.count(name) for name in ("records", "messages", "handles", "conversations", "media")}
        )
        self._totals["refusals"] += sum(row["refusals"] for row in rows)
        self._totals["through"] = through or self._totals["through"]
        self._record("ingest", {"files": len(rows), "records": sum(row["records"] for row in rows)}, hauls)

    def _keep_mapping(self, mapping: Path) -> str:
        """Keep the text of an operator's mapping, by which citations of what it read are decoded again."""
        text = load_mapping(mapping).text
        digest = mapping_sha256(text)
        with self._parts.case.write() as tx:
            if tx.execute(select(mapping_texts).where(mapping_texts.c.sha256 == digest)).first() is None:
                tx.execute(insert(mapping_texts).values(sha256=digest, text=text))
                self._parts.audit.record(tx, self._actor, "mapping", {"sha256": digest, "file": mapping.name})
        self._parts.audit.keep_head()
        return text

    def _record(self, action: str, details: dict[str, Any], hauls: Sequence[str]) -> None:
        """Commit what the writer wrote, in one transaction with its audit entry."""
        with self._parts.case.write() as tx:
            self._commit = self._parts.commits.add(tx, self._writer.versions, self._totals)
            for haul in hauls:
                self._parts.haul.mark_searchable(tx, haul, utc_now())
            self._parts.audit.record(
                tx, self._actor, action, {**details, "commit": self._commit, "totals": self._totals}
            )
        self._parts.audit.keep_head()

    def _redo_zones(self) -> None:
        """Give messages of sources whose asserted zone has changed their UTC, or take it back."""
        asserted = Compare("state", "=", "read") if self._in_force else Compare("zone", "not_null")
        held = self._snapshot().scan("sources", SOURCES.schema.names, asserted).read_all()
        rows = [{**row, "zone": self._in_force.of(row["file"]), "was": row["zone"]} for row in held.to_pylist()]
        self._zones = {row["source"]: row["zone"] for row in rows if row["zone"] is not None}
        changed = [row for row in rows if row["zone"] != row.pop("was")]
        if not changed:
            return
        changed_rows = pa.Table.from_pylist(changed, SOURCES.schema)
        self._writer.redo([row["source"] for row in changed], self._zones, changed_rows)
        self._writer.maintain(full=False)
        self._record("apply zones", {"sources": len(changed)}, ())
