"""Known faults: defects that changed a stored or shown fact, and the messages of an operation that they touch."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from venetic.audit import Actor
from venetic.corpus._chosen import PLACE, messages_of
from venetic.corpus._commits import Commits
from venetic.corpus._parts import CorpusParts
from venetic.corpus._tables import RECORDS
from venetic.kernel import (
    EVERYTHING,
    NOTHING,
    All,
    AnyOf,
    Compare,
    Not,
    NotFound,
    Predicate,
    Snapshot,
    WrongUse,
    both,
)

SOFTWARE = "venetic"
LIST_NAME = "known_faults.yaml"
_NUMBERED = r"^[0-9]+(\.[0-9]+)*$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Condition(_Part):
    """A row predicate over source records: a comparison, or `all`, `any` or `not` of others."""

    column: str | None = None
    operator: Literal["=", "!=", "<", "<=", ">", ">=", "in", "has", "has_any", "is_null", "not_null"] | None = None
    value: bool | int | str | tuple[int | str, ...] | None = None
    all_: tuple["Condition", ...] | None = Field(default=None, alias="all")
    any_: tuple["Condition", ...] | None = Field(default=None, alias="any")
    not_: "Condition | None" = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_form(self) -> "Condition":
        if sum(form is not None for form in (self.column, self.all_, self.any_, self.not_)) != 1:
            raise ValueError("give exactly one of column, all, any and not")
        if (self.column is None) != (self.operator is None):
            raise ValueError("a column goes with an operator")
        if self.operator is not None:
            is_many, takes_none = self.operator in {"in", "has_any"}, self.operator in {"is_null", "not_null"}
            if isinstance(self.value, tuple) != is_many or (self.value is None) != takes_none:
                raise ValueError("the operator and the value do not go together")
        return self

    @field_validator("column")
    @classmethod
    def _is_known(cls, column: str | None) -> str | None:
        if column is not None and column not in RECORDS.schema.names:
            raise ValueError("source records have no such column")
        return column

    def predicate(self) -> Predicate:
        """The same as kernel data."""
        if self.all_ is not None:
            return All(tuple(part.predicate() for part in self.all_))
        if self.any_ is not None:
            return AnyOf(tuple(part.predicate() for part in self.any_))
        if self.not_ is not None:
            return Not(self.not_.predicate())
        return Compare(self.column or "", self.operator or "=", self.value)


class VersionRange(_Part):
    """Versions from one on and below another; null `below` when no version has it fixed."""

    from_: Annotated[str, Field(alias="from", pattern=_NUMBERED)]
    below: Annotated[str, Field(pattern=_NUMBERED)] | None = None

    def holds(self, version: str) -> bool:
        """Whether a version is in the range; numbers are compared as numbers."""
        return _numbers(self.from_) <= _numbers(version) and (
            self.below is None or _numbers(version) < _numbers(self.below)
        )

    def __str__(self) -> str:
        return f"{self.from_} and later" if self.below is None else f"{self.from_} up to, not including, {self.below}"


class Fault(_Part):
    """One defect. `component` is a reader's name, or `venetic` for the version that ingested."""

    id: Annotated[str, Field(pattern=r"^F[0-9]+$")]
    changed: Annotated[str, Field(min_length=1)]
    component: Annotated[str, Field(min_length=1)]
    versions: VersionRange
    where: Condition | None = None  # null: every record of these versions
    found: Annotated[str, Field(min_length=1)]
    fixed_in: str | None = None

    def records(self, snapshot: Snapshot) -> Predicate:
        """The records it may have touched."""
        where = EVERYTHING if self.where is None else self.where.predicate()
        of_version = self._of_version(snapshot)
        return NOTHING if of_version is None else both(of_version, where)

    def _of_version(self, snapshot: Snapshot) -> Predicate | None:
        rows = snapshot.scan("sources", ["source", "reader", "software"], Compare("state", "=", "read")).read_all()
        if self.component != SOFTWARE:
            origins = tuple(origin for origin in rows["reader"].unique().to_pylist() if self._is_affected(origin, "@"))
            return Compare("reader", "in", origins) if origins else None
        sources = tuple(row["source"] for row in rows.to_pylist() if self._is_affected(row["software"], " "))
        return Compare("source", "in", sources) if sources else None

    def _is_affected(self, versioned: str | None, mark: str) -> bool:
        name, _, version = (versioned or "").rpartition(mark)
        return name == self.component and self.versions.holds(version)


class FaultList(_Part):
    """A list of known faults; ids are unique."""

    faults: tuple[Fault, ...]

    @model_validator(mode="after")
    def _ids_differ(self) -> "FaultList":
        if len({fault.id for fault in self.faults}) != len(self.faults):
            raise ValueError("two faults share an id")
        return self


@dataclass(frozen=True, slots=True)
class Affected:
    """What a fault may have touched in this operation: source records, and the messages resting on them."""

    fault: Fault
    records: int
    messages: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return {
            "id": self.fault.id,
            "changed": self.fault.changed,
            "component": self.fault.component,
            "versions": str(self.fault.versions),
            "found": self.fault.found,
            "fixed_in": self.fault.fixed_in,
            "records": self.records,
            "messages": list(self.messages),
        }


class Faults:
    """Applies a list of known faults to an operation."""

    def __init__(self, parts: CorpusParts, commits: Commits) -> None:
        self._parts = parts
        self._commits = commits

    def affected(self, actor: Actor, file: Path | None = None) -> tuple[Affected, ...]:
        """For each fault of a list (ours, or a later one in `file`) what it may have touched. Audited.

        Raises WrongUse naming the list and the key that is wrong, NotFound when there is no such file.
        """
        text = list_text(file)
        listed = parse_faults(text, LIST_NAME if file is None else file.name)
        with self._commits.lease() as lease:
            found = tuple(self._touched(fault, lease.snapshot) for fault in listed.faults)
            details = {"list": hashlib.sha256(text.encode()).hexdigest(), "commit": lease.commit.number}
        counts = {one.fault.id: len(one.messages) for one in found}
        with self._parts.case.write() as tx:
            self._parts.audit.record(tx, actor, "faults", {**details, "messages": counts})
        self._parts.audit.keep_head()
        return found

    @staticmethod
    def _touched(fault: Fault, snapshot: Snapshot) -> Affected:
        rows = snapshot.scan("records", PLACE, fault.records(snapshot)).read_all()
        messages: Iterable[str] = (row["message"] for row in messages_of(snapshot, rows))
        return Affected(fault, rows.num_rows, tuple(sorted(messages)))


def list_text(file: Path | None = None) -> str:
    """The text of a list of faults; null is the one that came with this version. Raises NotFound, WrongUse."""
    if file is None:
        return (resources.files("venetic.corpus") / LIST_NAME).read_text(encoding="utf-8")
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound("no such list of faults", str(file)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse("the list of faults cannot be read as text", str(file)) from error


def parse_faults(text: str, name: str) -> FaultList:
    """Read a list of faults. Raises WrongUse naming the list, and the line or key that is wrong."""
    try:
        return FaultList.model_validate(yaml.safe_load(text))
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise WrongUse(f"the list of faults is not YAML: {error.problem}", f"{name}{line}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise WrongUse("the list of faults is not YAML", name) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise WrongUse(f"{key}: {first['msg']}", name) from error


def faults_table(faults: Sequence[Fault]) -> str:
    """The table of docs/known-faults.md, in Markdown."""
    if not faults:
        return "No fault is known."
    rows = [
        f"| {one.id} | {one.changed} | {one.component} | {one.versions} | {one.found} | {one.fixed_in or 'not yet'} |"
        for one in faults
    ]
    head = "| id | what changed | component | versions | how affected messages are found | fixed in |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]+", version))
