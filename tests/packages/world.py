"""A small sealed world to quote from: JSON-lines files in two copies, an opener over their bytes, its own decoder."""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from venetic.kernel import BadEvidence, Corrupt, NotFound, content_id
from venetic.packages import DecodedRecord, Draft, Extract, QuotedConversation, SourceRef

START = datetime(2020, 3, 29, 0, 58, tzinfo=UTC)
CONVERSATION = content_id("conversation", "alice", "bob")
HANDLES = ("alice@chat.example", "bob@chat.example")


@dataclass(frozen=True)
class World:
    """Sealed files by hash, the extracts they give, and the order of the one conversation they hold."""

    files: dict[str, bytes]
    extracts: tuple[Extract, ...]

    def read_range(self, file_sha256: str, offset: int, length: int) -> bytes:
        if file_sha256 not in self.files:
            raise NotFound("no such sealed file", file_sha256)
        raw = self.files[file_sha256][offset : offset + length]
        if len(raw) != length:
            raise Corrupt("the sealed file is shorter", file_sha256)
        return raw

    def conversation_order(self, conversation: str) -> Sequence[str]:
        if conversation != CONVERSATION:
            raise NotFound("no such conversation", conversation)
        return [extract.message for extract in self.extracts]

    def records_of(self, message: str) -> Collection[str]:
        for extract in self.extracts:
            if extract.message == message:
                return [ref.record for ref in extract.records]
        raise NotFound("no such message", message)

    def record_id(self, source_ref: SourceRef) -> str:
        return content_id("record", source_ref.file_sha256, source_ref.offset, source_ref.length)

    def decode(self, source_ref: SourceRef, raw_bytes: bytes) -> DecodedRecord:
        try:
            row = json.loads(raw_bytes)
            return DecodedRecord(row["body"], row["from"], row["id"], row["ts"], tuple(row["to"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadEvidence("the record does not decode", source_ref.record) from error


def world(bodies: Sequence[str | None], stage: str = "stored") -> World:
    """Seal one message for each body, a minute apart across the start of British Summer Time, in two copies."""
    times = [START + timedelta(minutes=number) for number in range(len(bodies))]
    rows = [
        {
            "id": f"m{number}",
            "ts": at.isoformat(),
            "from": HANDLES[number % 2],
            "to": [HANDLES[1 - number % 2]],
            "body": body,
        }
        for number, (at, body) in enumerate(zip(times, bodies, strict=True))
    ]
    lines = [json.dumps(row, ensure_ascii=number % 3 == 0).encode() for number, row in enumerate(rows)]
    files: dict[str, bytes] = {}
    refs: list[list[SourceRef]] = [[] for _ in rows]
    for owner in HANDLES:
        header = json.dumps({"owner": owner}).encode() + b"\n"
        data = header + b"\n".join(lines)
        sha256 = hashlib.sha256(data).hexdigest()
        files[sha256] = data
        offset = len(header)
        for number, line in enumerate(lines):
            record = content_id("record", sha256, offset, len(line))
            place = SourceRef(
                record,
                sha256,
                f"jabber/{owner}/day.json",
                offset,
                len(line),
                "jabber@1.0.0",
                "d1",
                stage,
                "DC Marsh, letter 7",
            )
            refs[number].append(place)
            offset += len(line) + 1
    extracts = tuple(
        Extract(
            message=content_id("message", row["id"]),
            conversation=CONVERSATION,
            conversation_name="alice and bob",
            kind="text",
            sender=row["from"],
            receivers=tuple(row["to"]),
            sent_at=at,
            local_time=None,
            time_raw=row["ts"],
            body=row["body"],
            marks=(),
            records=tuple(places),
            versions=1,
        )
        for row, at, places in zip(rows, times, refs, strict=True)
    )
    return World(files, extracts)


def draft(of: World, chosen: Sequence[int] | None = None, **changes: object) -> Draft:
    """Quote the extracts at `chosen` (all when not given) with the left-out counts that are true of them."""
    places = list(range(len(of.extracts))) if chosen is None else list(chosen)
    edges = [-1, *places, len(of.extracts)]
    gaps = tuple(after - before - 1 for before, after in pairwise(edges))
    part = QuotedConversation(CONVERSATION, "alice and bob", tuple(of.extracts[place] for place in places), gaps)
    plain = Draft(
        title="Landings at the north quay",
        product="intelligence",
        operation="Harbour Light",
        kind="exercise",
        marking="OFFICIAL-SENSITIVE",
        actor="jmarsh",
        purpose="tasking meeting",
        drafted_at=datetime(2020, 6, 1, 9, 30, tzinfo=UTC),
        software="venetic 0.1.0",
        conversations=(part,),
        principal_subject=HANDLES[0],
    )
    return replace(plain, **changes)


def resealed(data: bytes, edit: Callable[[dict], object]) -> bytes:
    """Edit the JSON of a package as a careful forger would: in its own form, with its hash made anew."""
    fields = json.loads(data)
    edit(fields)
    kept = {name: value for name, value in fields.items() if name not in {"sha256", "copy_number"}}
    canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    fields["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()
    return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode()
