"""The manifest of a delivery: one JSON object, sealed beside the evidence and hashed into case state and audit."""

import hashlib
import json
from collections.abc import Iterator

from venetic.haul._records import DeliveryFacts, Entry, HashCheck, Sealing
from venetic.kernel import ObjectStore, Refusal, rfc3339

FORMAT = "venetic-manifest/1"
NONE_GIVEN = "none given"


def manifest_name(haul: str) -> str:
    """Where the store keeps a delivery's manifest."""
    return f"manifests/{haul}.json"


def head_of(facts: DeliveryFacts) -> dict[str, object]:
    """What was stated about the delivery, JSON-ready; null where nothing was stated."""
    return {
        "provided_by": facts.provided_by,
        "authority": facts.authority,
        "stage": facts.stage,
        "stage_said_by": facts.stage_said_by,
        "stage_said_at": facts.stage_said_at,
        "stage_document": facts.stage_document,
        "period_from": facts.period_from and facts.period_from.isoformat(),
        "period_to": facts.period_to and facts.period_to.isoformat(),
        "acquired_at": rfc3339(facts.acquired_at),
        "handed_over_at": rfc3339(facts.handed_over_at),
        "series": facts.series,
    }


def check_of(check: HashCheck | None) -> object:
    """The comparison with their list, JSON-ready; `none given` where there was no list."""
    if check is None:
        return NONE_GIVEN
    return {
        "matched": check.matched,
        "differing": check.differing,
        "missing": check.missing,
        "extra": check.extra,
    }


def seal_manifest(objects: ObjectStore, haul: str, head: dict[str, object], sealing: Sealing) -> str:
    """Write the manifest of `haul`; its SHA-256.

    A manifest already under this name was left by a run that never committed: it is replaced.
    """
    objects.delete(manifest_name(haul))
    digest = hashlib.sha256()
    with objects.new_object() as staged:
        for line in _lines({"format": FORMAT, "haul": haul, **head}, sealing):
            data = line.encode("utf-8", "surrogatepass")
            digest.update(data)
            staged.write(data)
        staged.keep(manifest_name(haul))
    return digest.hexdigest()


def _lines(head: dict[str, object], sealing: Sealing) -> Iterator[str]:
    yield _json(head)[:-1] + ',\n"files":['
    for number, entry in enumerate(sealing.entries):
        yield (",\n" if number else "\n") + _json(_entry(entry))
    yield '\n],\n"refusals":['
    for number, refusal in enumerate(sealing.refusals):
        yield (",\n" if number else "\n") + _json(_refusal(refusal))
    yield "\n]}\n"


def _entry(entry: Entry) -> dict[str, object]:
    known: dict[str, object] = {"path": entry.path, "size": entry.size, "sha256": entry.sha256}
    if entry.path.encode("utf-8", "surrogatepass") != entry.raw_path:
        known["raw_path"] = entry.raw_path.hex()
    known["modified_at"] = rfc3339(entry.modified_at)
    if entry.modified_local is not None:
        known["modified_local"] = entry.modified_local
    if entry.container is not None:
        known["container"] = entry.container
    return known


def _refusal(refusal: Refusal) -> dict[str, object]:
    known: dict[str, object] = {"code": refusal.code, "what": refusal.what, "entry": refusal.entry}
    if refusal.file_sha256 is not None:
        known["file_sha256"] = refusal.file_sha256
    if refusal.details:
        known["details"] = dict(refusal.details)
    return known


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
