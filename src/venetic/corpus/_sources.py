"""Rows of `sources` and `media`, and the zones people have asserted for files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from venetic.corpus._cut import cut_bytes
from venetic.corpus._staging import Staged
from venetic.corpus._units import Unit
from venetic.haul import ZONE_WITHDRAWN, HaulRoom
from venetic.kernel import utc_now


@dataclass(frozen=True, slots=True)
class Zones:
    """Asserted zones in force: what is said of a file goes before what is said of deliveries that brought it."""

    by_file: Mapping[str, str]
    by_delivered: Mapping[str, set[str]]  # file -> what is said of the deliveries that brought it

    def __bool__(self) -> bool:
        return bool(self.by_file or self.by_delivered)

    def of(self, sha256: str) -> str | None:
        """The zone of a file's wall-clock times; null when nobody asserted one, or deliveries disagree."""
        said = self.by_delivered.get(sha256, set())
        return self.by_file.get(sha256, next(iter(said)) if len(said) == 1 else None)


def asserted_zones(haul: HaulRoom) -> Zones:
    """The zones in force now. A delivery of which none was asserted says nothing of its files."""
    found: dict[str, dict[str, str]] = {"file": {}, "haul": {}}
    for assertion in haul.assertions("zone"):
        found[assertion.subject_kind][assertion.subject] = assertion.value
    for said in found.values():
        for subject in [subject for subject, zone in said.items() if zone == ZONE_WITHDRAWN]:
            del said[subject]
    delivered: dict[str, set[str]] = {}
    for number, zone in found["haul"].items():
        for entry in haul.entries(number):
            delivered.setdefault(entry.sha256, set()).add(zone)
    return Zones(found["file"], delivered)


def source_row(unit: Unit, number: int, staged: Staged | None, zone: str | None) -> dict[str, Any]:
    """The row of `sources` for a unit that was read, set aside or not read."""
    row: dict[str, Any] = {
        "unit": unit.unit,
        "file": unit.file.sha256,
        "source": number,
        "path": unit.file.path,
        "size": unit.file.size + cut_bytes(unit.file),
        "state": unit.state,
        "records": 0,
        "refusals": 0,
        "refused_bytes": 0,
        "separator_bytes": 0,
        "zone": zone,
        "searchable_at": utc_now(),
    }
    if unit.state == "unread":
        return {**row, "why": unit.how, "refusals": 1, "refused_bytes": unit.file.size}
    if staged is None:
        return row
    return {
        **row,
        "state": "read" if staged.why is None else "unread",
        "why": staged.why,
        "reader": staged.origin,
        "mapping": staged.mapping,
        "records": staged.rows,
        "refusals": staged.refusals,
        "refused_bytes": staged.refused_bytes,
        "separator_bytes": staged.separator_bytes,
    }


def media_row(unit: Unit, number: int) -> dict[str, Any]:
    """The row of `media` for a picture, sound or film."""
    return {
        "file": unit.file.sha256,
        "source": number,
        "mime": unit.how,
        "size": unit.file.size,
        "path": unit.file.path,
    }
