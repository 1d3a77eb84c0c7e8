"""The JSON form of a package, version 1, described in docs/packages.md. Field order is the order in the file."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from venetic.kernel import WrongUse
from venetic.packages._draft import OperationKind, Product
from venetic.packages._moments import QuoteTime

WARNINGS = ("not graded", "not sanitised", "not privilege-checked", "not for dissemination")


@dataclass(frozen=True, slots=True)
class Operation:
    """The operation a package belongs to."""

    name: str
    kind: OperationKind
    marking: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """Who drafted a package, when, for what purpose, with which software."""

    at: str
    by: str
    purpose: str
    software: str


@dataclass(frozen=True, slots=True)
class Zone:
    """The document's zone and what it does not mean."""

    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Selection:
    """How the extracts were chosen: a principal subject's handle, a query, or both null."""

    principal_subject: str | None
    query: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What stands in a package and what was left out of it."""

    conversations: int
    extracts: int
    source_records: int
    files: int
    left_out: int


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """One delivery of acquired material: provided by whom, on what authority; times null where not stated."""

    delivery: str
    provided_by: str
    authority: str
    acquired_at: str | None
    handed_over_at: str | None
    received_at: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A named officer's decision on the evidential use of one source record."""

    record: str
    evidential_use: Literal["allowed", "refused"]
    officer: str
    reason: str
    decided_at: str


@dataclass(frozen=True, slots=True)
class Citation:
    """One source record: its file by hash and path, its first byte and length, reader, delivery and stage."""

    record: str
    file_sha256: str
    path: str
    offset: int
    length: int
    reader: str
    delivery: str
    stage: str
    stage_basis: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One message quoted verbatim, with the source records it rests on."""

    number: int
    message: str
    kind: str
    sender: str | None
    receivers: tuple[str, ...]
    time: QuoteTime
    body: str | None
    other_bodies: tuple[str, ...]
    marks: tuple[str, ...]
    versions: int
    source_records: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """The quotes of one conversation in its order; `left_out` has one number more than there are extracts."""

    conversation: str
    name: str
    left_out: tuple[int, ...]
    extracts: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A drafted package. `sha256` covers everything but itself and `copy_number`, which the register gives for it."""

    format: Literal["venetic-package"]
    version: Literal[1]
    sha256: str
    copy_number: int | None
    status: Literal["working draft"]
    warnings: tuple[str, ...]
    product: Product
    title: str
    operation: Operation
    drafted: Drafted
    zone: Zone
    selection: Selection
    counts: Counts
    parties: tuple[str, ...]
    deliveries: tuple[DeliveryNote, ...]
    decisions: tuple[Decision, ...]
    conversations: tuple[Conversation, ...]


_SCHEMA = TypeAdapter(Package)


def content_sha256(package: Package) -> str:
    """Hash the canonical form: the JSON object without `sha256` and `copy_number`, sorted keys, no spaces, ASCII."""
    fields = asdict(package)
    del fields["sha256"], fields["copy_number"]
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def sealed(package: Package) -> Package:
    """Return the package with the hash of its present content."""
    return replace(package, sha256=content_sha256(package))


def numbered(package: Package, copy_number: int) -> Package:
    """Return the package as the numbered copy it is in the register; the content hash stays the same."""
    return replace(package, copy_number=copy_number)


def to_json(package: Package) -> bytes:
    """Write a package as UTF-8 JSON, two spaces of indent, in the order of the schema, ending in a newline."""
    return (json.dumps(asdict(package), indent=2, ensure_ascii=False) + "\n").encode()


def from_json(data: bytes, name: str = "package.json") -> Package:
    """Read a package. Raises WrongUse naming the file and the first place that does not fit version 1."""
    try:
        return _SCHEMA.validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the top"
        raise WrongUse(f"not a package of version 1: {first['type']} at {place}", name) from None
