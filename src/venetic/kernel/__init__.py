"""The words everything else is said in: ids, times, evidence, predicates, errors, ports. Imports nothing of ours."""

from venetic.kernel.case import UtcMicros, case_metadata
from venetic.kernel.errors import (
    BadEvidence,
    Busy,
    Corrupt,
    Misuse,
    NoPurpose,
    NotFound,
    RunStopped,
    UnreadableHaul,
    VeneticError,
    WrongQuery,
    WrongUse,
)
from venetic.kernel.evidence import Locator, Refusal
from venetic.kernel.ids import ID_CHARS, content_id
from venetic.kernel.ports import CaseState, CaseTransaction, NewObject, ObjectStore
from venetic.kernel.predicate import EVERYTHING, NOTHING, All, AnyOf, Compare, Not, Predicate, both
from venetic.kernel.times import EPOCH, micros, rfc3339, utc_now

__all__ = [
    "EPOCH",
    "EVERYTHING",
    "ID_CHARS",
    "NOTHING",
    "All",
    "AnyOf",
    "BadEvidence",
    "Busy",
    "CaseState",
    "CaseTransaction",
    "Compare",
    "Corrupt",
    "Locator",
    "Misuse",
    "NewObject",
    "NoPurpose",
    "Not",
    "NotFound",
    "ObjectStore",
    "Predicate",
    "Refusal",
    "RunStopped",
    "UnreadableHaul",
    "UtcMicros",
    "VeneticError",
    "WrongQuery",
    "WrongUse",
    "both",
    "case_metadata",
    "content_id",
    "micros",
    "rfc3339",
    "utc_now",
]
