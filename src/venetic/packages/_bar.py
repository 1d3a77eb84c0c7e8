"""The evidential bar: material not taken from storage stays out until a named officer decides, with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from venetic.packages._draft import EvidentialUse, Extract, SourceRef

ADMITTED_STAGE = "stored"


@dataclass(frozen=True, slots=True)
class BarredRecord:
    """A source record that may not enter an evidential product, and the stage that bars it."""

    message: str
    record: str
    stage: str
    stage_basis: str


def barred(extracts: Iterable[Extract], decisions: Iterable[EvidentialUse] = ()) -> tuple[BarredRecord, ...]:
    """Return the source records that bar `extracts` from an evidential product, in order.

    A record is barred when its stage is anything but `stored` and the latest decision on it does not allow it. A
    decision without a named officer or without a reason counts as none. Nothing is concluded on admissibility.
    """
    return barred_rows(((extract.message, ref) for extract in extracts for ref in extract.records), decisions)


def barred_rows(rows: Iterable[tuple[str, SourceRef]], decisions: Iterable[EvidentialUse]) -> tuple[BarredRecord, ...]:
    """Return the barred among `rows` of message id and source record, by the rule of `barred`."""
    allowed = _latest(decisions)
    return tuple(
        BarredRecord(message, ref.record, ref.stage, ref.stage_basis)
        for message, ref in rows
        if ref.stage != ADMITTED_STAGE and not allowed.get(ref.record, False)
    )


def _latest(decisions: Iterable[EvidentialUse]) -> dict[str, bool]:
    signed = (one for one in decisions if one.officer.strip() and one.reason.strip())
    return {one.record: one.allowed for one in sorted(signed, key=lambda one: (one.decided_at, not one.allowed))}
