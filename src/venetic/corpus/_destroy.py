"""Destroy under a recorded direction: evidence, tables, indexes, logs and caches; tombstones stay.

The direction and its tombstones are written first. Everything after that can be done again: whoever holds the writer
lock next and finds an unfinished direction carries it out from the tombstones, so that a kill anywhere only delays it.
"""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from venetic.audit import Actor
from venetic.corpus._chosen import (
    PLACE,
    Chosen,
    archives_of,
    messages_of,
    record_rows,
    records_of_messages,
    stones,
    with_members,
)
from venetic.corpus._commits import Commits
from venetic.corpus._echoes import (
    CopyOutside,
    Shown,
    copies_holding,
    entries_quoting,
    entries_showing,
    strike_selections,
)
from venetic.corpus._holds import Holds
from venetic.corpus._parts import CorpusParts
from venetic.corpus._tables import TABLES
from venetic.corpus._tombstones import (
    DestroyRequest,
    Opening,
    Stone,
    close_direction,
    destroyed_records,
    known_stones,
    open_direction,
    pending_directions,
    read_direction,
    stones_of,
    tombstone,
)
from venetic.corpus._withdraw import withdraw
from venetic.kernel import Compare, NotFound, Snapshot, WrongUse

SCRATCH = ("staging", "scratch", "recount-*")  # folders that hold content while somebody works, or after a kill
QUOTED = [*PLACE, "sender", "receivers", "conversation", "body"]


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What a direction took, and what it could not reach.

    `messages` are gone, `kept` still rest on other records; `copies` are outside the operation, for people to recall;
    `displayed` audit entries showed a message, `untold` ones kept no list of what they showed.
    """

    number: int
    direction: str
    records: int
    messages: int
    kept: int
    files: tuple[str, ...]  # re-sealed, by the hash they were delivered under
    archives: tuple[str, ...]  # given up, since they held one of the files
    copies: tuple[CopyOutside, ...]
    displayed: int
    untold: int
    details_destroyed: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**facts, "copies": [copy.to_dict() for copy in self.copies]}


class Destroyer:
    """Carries directions out, one at a time."""

    def __init__(self, parts: CorpusParts, commits: Commits) -> None:
        self._parts = parts
        self._commits = commits

    def destroy(self, actor: Actor, request: DestroyRequest) -> Destroyed:
        """Destroy what the request names; asked again for what is gone already, what that direction took.

        Raises WrongUse for a hold, naming it, or an incomplete direction; NotFound for an id there is not; Busy.
        """
        if not (request.direction.strip() and request.directed_by.strip() and request.reason.strip()):
            raise WrongUse("to destroy needs the direction's reference, who directed it, and the reason")
        if not (request.messages or request.records or request.files):
            raise WrongUse("name at least one message, record or file to destroy")
        with self._parts.writer():
            self.finish(actor)
            return self._carry_out(actor, self._open(actor, request))

    def finish(self, actor: Actor) -> None:
        """Carry out directions that were cut off. The caller holds the writer lock."""
        for number in pending_directions(self._parts.case):
            self._carry_out(actor, number)

    def _open(self, actor: Actor, request: DestroyRequest) -> int:
        """Record the direction and its tombstones; its number, or that under which all of it went before."""
        parts = self._parts
        with self._commits.lease() as lease:
            asked = self._live(request, lease.snapshot)
            rows = record_rows(lease.snapshot, asked.records, asked.files, QUOTED)
            messages = messages_of(lease.snapshot, rows)
        if not asked.records and not asked.files:
            return max(known_stones(parts.case, (*request.messages, *request.records, *request.files)))
        ids = {name for row in messages for name in (row["message"], *row["aliases"])}
        chosen = Chosen(tuple(stones(parts.haul, rows, messages, asked.files)), tuple(sorted(ids)))
        Holds(parts, self._commits).require_free(chosen.subjects(parts.haul))
        quoted = rows.to_pylist() if request.queries else []
        seqs = entries_quoting(parts.audit, quoted)
        with parts.case.write() as tx:
            number = open_direction(tx, actor, Opening(request, chosen.stones, chosen.messages, len(seqs)))
            parts.audit.destroy_details(tx, seqs)
            strike_selections(tx, quoted, request.direction)
            details = {"number": number, "direction": request.direction, "directed_by": request.directed_by}
            counts = {"records": rows.num_rows, "files": list(asked.files), "details_destroyed": seqs}
            parts.audit.record(tx, actor, "destroy", {**details, "reason": request.reason, **counts})
        parts.audit.keep_head()
        return number

    def _live(self, request: DestroyRequest, snapshot: Snapshot) -> "_Asked":
        """What of the request is still there. Raises NotFound for what never was."""
        parts = self._parts
        of_messages = records_of_messages(snapshot, request.messages)
        named = Compare("record", "in", request.records)
        held = snapshot.scan("records", ["record"], named).read_all().column(0).to_pylist()
        for name in (*request.messages, *request.records):
            if name not in of_messages and name not in held and not known_stones(parts.case, (name,)):
                raise NotFound("no message or record has this id", name)
        files = [file for file in with_members(parts.haul, request.files) if tombstone(parts.case, file) is None]
        return _Asked(tuple({*held, *(record for found in of_messages.values() for record in found)}), tuple(files))

    def _carry_out(self, actor: Actor, number: int) -> Destroyed:
        parts = self._parts
        if read_direction(parts.case, number).done_at is not None:
            return self._result(number)
        going = stones_of(parts.case, number)
        self._reseal(going)
        commit = self._commits.latest()
        versions = {spec.name: parts.tables.roll_back(spec, commit.versions[spec.name]) for spec in TABLES}
        versions = withdraw(parts, versions, going)
        snapshot = parts.tables.snapshot(versions)
        counted = ("records", "messages", "handles", "conversations", "media")
        totals = {**commit.totals, **{name: snapshot.count(name) for name in counted}}
        with parts.case.write() as tx:
            self._commits.add(tx, versions, {**totals, "destroyed": destroyed_records(tx)})
        self._commits.clean(1, spare_leased=False)
        for left in SCRATCH:
            for folder in parts.folder.glob(left):
                shutil.rmtree(folder, ignore_errors=True)
        parts.case.purge()
        result = self._result(number)
        with parts.case.write() as tx:
            close_direction(tx, number)
            parts.audit.record(
                tx, actor, "destroyed", {**result.to_dict(), "copies": [c.number for c in result.copies]}
            )
        parts.audit.keep_head()
        return result

    def _reseal(self, going: Sequence[Stone]) -> None:
        haul = self._parts.haul
        with haul.resealing(), self._parts.case.write() as tx:
            ranges_of: dict[str, list[tuple[int, int]]] = {}
            for stone in going:
                ranges_of.setdefault(stone.file, []).append((stone.offset, stone.length))
            for file, ranges in ranges_of.items():
                try:
                    haul.reseal(tx, file, ranges)
                except NotFound:  # an archive, given up with a member before its turn came
                    continue

    def _result(self, number: int) -> Destroyed:
        parts, direction = self._parts, read_direction(self._parts.case, number)
        going = stones_of(parts.case, number)
        files = _files(going)
        messages = {stone.message for stone in going if stone.message is not None}
        with self._commits.lease() as lease:
            kept = lease.snapshot.count("messages", Compare("message", "in", tuple(messages)))
        shown: Shown = entries_showing(parts.audit, direction.messages)
        return Destroyed(
            number,
            direction.reference,
            sum(not stone.is_file for stone in going),
            len(messages) - kept,
            kept,
            files,
            tuple(sorted(archives_of(parts.haul, files) - set(files))),
            copies_holding(parts.case, direction.messages),
            shown.displayed,
            shown.untold,
            direction.details_destroyed,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    records: tuple[str, ...]
    files: tuple[str, ...]


def _files(going: Iterable[Stone]) -> tuple[str, ...]:
    """Each file once."""
    return tuple(dict.fromkeys(stone.file for stone in going))
