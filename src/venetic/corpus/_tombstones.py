"""Directions to destroy, and the tombstones that stand where source records stood."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, update

from venetic.audit import Actor
from venetic.corpus._tables import directions, tombstones
from venetic.kernel import CaseState, CaseTransaction, rfc3339, utc_now


@dataclass(frozen=True, slots=True)
class DestroyRequest:
    """What is to be destroyed, and on whose word.

    A message goes with every source record it rests on; a record alone leaves a message that rests on others; a file is
    named by the SHA-256 it was delivered under and goes whole, an archive with its members. `queries` also destroys
    the details of audit entries, and the selections of copies, whose query matches what is destroyed.
    """

    direction: str  # the reference of the document
    directed_by: str
    reason: str
    messages: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    queries: bool = False


@dataclass(frozen=True, slots=True)
class Stone:
    """A byte range to destroy. Of a whole file `record` is its SHA-256 and `message` null."""

    record: str
    message: str | None
    file: str
    offset: int
    length: int
    sha256: str  # of the bytes
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Direction:
    """One direction. `messages` are ids, former ones too; `done_at` is null while it is being carried out."""

    number: int
    at: datetime
    account: str
    reference: str
    directed_by: str
    reason: str
    messages: tuple[str, ...]
    details_destroyed: int
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a destroyed source record or file: hash, size, place, direction, who, when; never content."""

    stone: Stone
    direction: Direction

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "record": self.stone.record,
            "message": self.stone.message,
            "file_sha256": self.stone.file,
            "offset": self.stone.offset,
            "length": self.stone.length,
            "sha256": self.stone.sha256,
            "is_file": self.stone.is_file,
            "number": self.direction.number,
            "direction": self.direction.reference,
            "directed_by": self.direction.directed_by,
            "reason": self.direction.reason,
            "account": self.direction.account,
            "at": rfc3339(self.direction.at),
            "done_at": rfc3339(self.direction.done_at),
        }


@dataclass(frozen=True, slots=True)
class Opening:
    """A direction about to be carried out, with all it takes."""

    request: DestroyRequest
    stones: tuple[Stone, ...]
    messages: tuple[str, ...] = field(default=())
    details_destroyed: int = 0


def open_direction(tx: CaseTransaction, actor: Actor, opening: Opening) -> int:
    """Record a direction and its tombstones before anything goes; its number."""
    number = int(tx.execute(select(func.coalesce(func.max(directions.c.number), 0))).scalar_one()) + 1
    tx.execute(
        insert(directions).values(
            number=number,
            at=utc_now(),
            account=actor.account,
            reference=opening.request.direction,
            directed_by=opening.request.directed_by,
            reason=opening.request.reason,
            messages="\n".join(opening.messages),
            details_destroyed=opening.details_destroyed,
        )
    )
    if opening.stones:
        tx.execute(insert(tombstones), [{**_columns(stone), "direction": number} for stone in opening.stones])
    return number


def close_direction(tx: CaseTransaction, number: int) -> None:
    """Record that a direction has been carried out."""
    tx.execute(update(directions).where(directions.c.number == number).values(done_at=utc_now()))


def read_direction(case: CaseState, number: int) -> Direction:
    """One direction by its number."""
    with case.read() as tx:
        return _direction(tx.execute(select(directions).where(directions.c.number == number)).mappings().one())


def pending_directions(case: CaseState) -> tuple[int, ...]:
    """Directions that a kill has left unfinished, in order."""
    query = select(directions.c.number).where(directions.c.done_at.is_(None)).order_by(directions.c.number)
    with case.read() as tx:
        return tuple(tx.execute(query).scalars())


def stones_of(case: CaseState, number: int) -> tuple[Stone, ...]:
    """What a direction takes, in the order of files and places."""
    query = select(tombstones).where(tombstones.c.direction == number).order_by(tombstones.c.file, tombstones.c.offset)
    with case.read() as tx:
        return tuple(_stone(row) for row in tx.execute(query).mappings())


def destroyed_records(tx: CaseTransaction) -> int:
    """How many source records directions have removed."""
    query = select(func.count()).select_from(tombstones).where(tombstones.c.is_file.is_(False))
    return int(tx.execute(query).scalar_one())


def tombstone(case: CaseState, record: str) -> Tombstone | None:
    """The tombstone of a source record, or of a whole file by its SHA-256; null when it was not destroyed."""
    return next(iter(_read(case, tombstones.c.record == record)), None)


def tombstone_at(case: CaseState, file: str, offset: int, length: int) -> Tombstone | None:
    """The first tombstone that shares a byte with a range of a file; null when none does."""
    meets = (tombstones.c.offset < offset + length) & (tombstones.c.offset + tombstones.c.length > offset)
    return next(iter(_read(case, (tombstones.c.file == file) & meets)), None)


def tombstones_of(case: CaseState, message: str) -> tuple[Tombstone, ...]:
    """Tombstones of the records a message rested on when they were destroyed; the message may still rest on others."""
    return _read(case, tombstones.c.message == message)


def all_tombstones(case: CaseState) -> tuple[Tombstone, ...]:
    """Every tombstone, in the order of directions, files and places."""
    return _read(case, tombstones.c.record.is_not(None))


def destroyed_ranges(case: CaseState) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """File -> (offset, length) of what was destroyed in it, in file order."""
    query = select(tombstones.c.file, tombstones.c.offset, tombstones.c.length)
    found: dict[str, list[tuple[int, int]]] = {}
    with case.read() as tx:
        for file, offset, length in tx.execute(query.order_by(tombstones.c.file, tombstones.c.offset)):
            found.setdefault(file, []).append((offset, length))
    return {file: tuple(ranges) for file, ranges in found.items()}


def known_stones(case: CaseState, ids: Iterable[str]) -> set[int]:
    """Directions under which any of these messages, records or files went."""
    wanted = tuple(ids)
    named = tombstones.c.record.in_(wanted) | tombstones.c.message.in_(wanted)
    with case.read() as tx:
        return set(tx.execute(select(tombstones.c.direction).where(named)).scalars())


def _read(case: CaseState, condition: ColumnElement[bool]) -> tuple[Tombstone, ...]:
    query: Select[Any] = select(tombstones).where(condition)
    with case.read() as tx:
        rows = (
            tx.execute(query.order_by(tombstones.c.direction, tombstones.c.file, tombstones.c.offset)).mappings().all()
        )
        wanted = {row["direction"] for row in rows}
        found = tx.execute(select(directions).where(directions.c.number.in_(wanted))).mappings().all()
    by_number = {row["number"]: _direction(row) for row in found}
    return tuple(Tombstone(_stone(row), by_number[row["direction"]]) for row in rows)


def _columns(stone: Stone) -> dict[str, Any]:
    return {name: getattr(stone, name) for name in Stone.__dataclass_fields__}


def _stone(row: Mapping[str, Any]) -> Stone:
    return Stone(**{name: row[name] for name in Stone.__dataclass_fields__})


def _direction(row: Mapping[str, Any]) -> Direction:
    messages = tuple(row["messages"].split("\n")) if row["messages"] else ()
    return Direction(**{name: row[name] for name in Direction.__dataclass_fields__} | {"messages": messages})
