"""What goes into a receipt and what comes out of the haul room, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias

from venetic.kernel import Refusal, WrongUse

Stage = Literal["stored", "transit", "unknown"]
STAGES: tuple[Stage, ...] = ("stored", "transit", "unknown")


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What the person receiving states about a delivery. Times are aware; null means not stated, never guessed."""

    provided_by: str
    authority: str
    stage: Stage
    stage_said_by: str | None = None
    stage_said_at: str | None = None  # as stated: a date, a time, or words
    stage_document: str | None = None
    period_from: date | None = None
    period_to: date | None = None
    acquired_at: datetime | None = None  # when the provider acquired it
    handed_over_at: datetime | None = None  # when the provider handed it over
    series: str | None = None  # deliveries in instalments share one

    def __post_init__(self) -> None:
        """Raise WrongUse for a fact that cannot be recorded as stated."""
        if not self.provided_by.strip() or not self.authority.strip():
            raise WrongUse("a delivery needs the name of who provided it and the authority it was given under")
        if self.stage not in STAGES:
            raise WrongUse(f"stage is one of {', '.join(STAGES)}", "stage")
        if self.period_from and self.period_to and self.period_from > self.period_to:
            raise WrongUse("the period ends before it begins", "period")
        if any(moment is not None and moment.tzinfo is None for moment in (self.acquired_at, self.handed_over_at)):
            raise WrongUse("a time needs its zone, as in 2020-04-01T10:00:00Z", "acquired or handed over")


@dataclass(frozen=True, slots=True)
class Limits:
    """How far archives are unpacked. Past a limit the archive stays sealed whole and a refusal names it.

    The outermost archive answers for everything nested in it.
    """

    max_ratio: int = 200  # expanded over packed bytes; chat text packs about 10 to 1, a bomb 1,000 to 1 and more
    ratio_from_bytes: int = 100 << 20  # below this much expanded the ratio is not asked: small files pack oddly
    max_expanded_bytes: int = 1 << 40  # 1 TiB out of one delivered archive
    max_members: int = 2_000_000  # entries out of one delivered archive; each costs about 1 KiB of memory until sealed
    max_depth: int = 5  # an archive in an archive in an archive …


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files sealed, and bytes read of the total that was found."""

    files: int
    bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed path of one delivery: a file, an archive, or a member of an archive."""

    path: str  # unique in its delivery
    raw_path: bytes  # the name's own bytes; members stand below their archive's
    size: int
    sha256: str
    modified_at: datetime | None = None
    modified_local: str | None = None  # wall-clock time, where the archive keeps no zone
    container: str | None = None  # path of the archive it stood in


@dataclass(frozen=True, slots=True)
class HashCheck:
    """How our hashes compare with the provider's list."""

    matched: int
    differing: int
    missing: int  # on their list, not sealed
    extra: int  # sealed, not on their list


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one receive added. `files` and `bytes` count every sealed entry once: archives and their members alike."""

    haul: str
    files: int
    bytes: int
    refused: int
    stored: int  # objects that were not held before
    hash_check: HashCheck | None  # null: no list of theirs was given
    manifest_sha256: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as recorded. `stage` is the assertion in force now; `said` where it came from."""

    haul: str
    provided_by: str
    authority: str
    stage: str
    period_from: date | None
    period_to: date | None
    acquired_at: datetime | None
    handed_over_at: datetime | None
    received_at: datetime
    searchable_at: datetime | None
    series: str | None
    files: int
    bytes: int
    refused: int
    manifest_sha256: str
    hash_check: HashCheck | None
    software: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One file by its bytes. `path` is the first it came under; `unpacked` archives have members of their own."""

    sha256: str
    size: int
    path: str
    hauls: tuple[str, ...]
    unpacked: bool
    is_held: bool  # false once deleted under a direction


@dataclass(frozen=True, slots=True)
class FilePath:
    """Where a file's bytes stood in one delivery."""

    haul: str
    path: str


Result: TypeAlias = Literal["matched", "differing", "missing", "extra"]


@dataclass(frozen=True, slots=True)
class HashLine:
    """One comparison with the provider's list."""

    result: Result
    path: str | None
    algorithm: str | None
    theirs: str | None
    ours: str | None


@dataclass(frozen=True, slots=True)
class BadObject:
    """One sealed thing that is not as recorded."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What re-hashing found. `unrecorded` counts objects left by a killed run, which the next receive removes."""

    files: int
    bad: tuple[BadObject, ...]
    unrecorded: int = 0


@dataclass(frozen=True, slots=True)
class Assertion:
    """Something a person said about a delivery or a file. A later one supersedes; none is edited."""

    id: int
    at: datetime
    account: str
    subject_kind: str
    subject: str
    property: str
    value: str
    said_by: str | None
    said_at: str | None
    document: str | None
    reason: str | None


@dataclass(slots=True)
class Sealing:
    """What a run has sealed and refused so far."""

    entries: list[Entry] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    digests: list[Mapping[str, str]] = field(default_factory=list)  # beside entries: algorithm -> hex
    stored: set[str] = field(default_factory=set)  # objects this run stored
    unpacked: set[str] = field(default_factory=set)  # hashes of archives that were opened
    withdrawn: set[str] = field(default_factory=set)  # archives that held bytes destroyed before
