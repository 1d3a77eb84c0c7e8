"""From a seed to a haul and its truth."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exercise._cast import Person, cast
from exercise._clock import moment
from exercise._degrade import degraded
from exercise._deliver import Haul, Ledger, Row, takes_odd_names, with_identity
from exercise._errors import WrongUse
from exercise._jabber import JabberLogs, Loss
from exercise._parts import Draft
from exercise._rocketchat import RocketRooms
from exercise._rocketentry import Edit, room_events, seen_kind
from exercise._rooms import Conversation, conversations
from exercise._sizes import VERSION, Size
from exercise._story import Message, story
from exercise._whatsapp import WhatsAppExports, chat_events
from exercise.truth import SCHEMAS, digest_of

_REPEATS = ("repeated in one copy", "clock of the receiving device differs")


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. Counts: real messages, delivered records, picture files, all files of the haul but its manifest."""

    out: Path
    seed: int
    size: str
    messages: int
    records: int
    media: int
    files: int
    truth_sha256: str


@dataclass(frozen=True, slots=True)
class _World:
    seed: int
    people: tuple[Person, ...]
    rooms: tuple[Conversation, ...]
    messages: list[Message]

    def on(self, service: str) -> list[Message]:
        return [message for message in self.messages if message.conversation.service == service]


def _world(seed: int, size: Size) -> _World:
    people = cast(seed, size)
    rooms = conversations(seed, people)
    told = story(seed, size, rooms)
    told += room_events(seed, rooms, len(told) + 1)
    told += chat_events(seed, rooms, told)
    told.sort(key=lambda message: (message.sent_us, message.number))
    return _World(
        seed, people, rooms, [seen_kind(seed, m) if m.conversation.service == "rocketchat" else m for m in told]
    )


def _person_rows(people: tuple[Person, ...]) -> list[Row]:
    return [
        {
            "person": person.id,
            "name": person.name,
            "language": person.language,
            "other_languages": list(person.other_languages),
            "town": person.home.town,
            "country": person.home.country,
            "utc_offset_minutes": person.home.offset_minutes,
            "phone": person.phone,
            "style": json.dumps(asdict(person.style)),
        }
        for person in people
    ]


def _handle_rows(people: tuple[Person, ...]) -> list[Row]:
    return [
        {
            "handle": handle.name,
            "person": handle.person,
            "service": handle.service,
            "native_id": handle.native_id or None,
            "used_from": moment(handle.from_us),
            "used_until": None if handle.until_us is None else moment(handle.until_us),
        }
        for person in people
        for handle in person.handles
    ]


def _conversation_rows(rooms: tuple[Conversation, ...]) -> list[Row]:
    return [
        {
            "conversation": room.id,
            "service": room.service,
            "name": room.name or None,
            "native_id": room.native_id if room.service == "rocketchat" else None,
            "members": [member.id for member in room.members],
            "language": room.language,
        }
        for room in rooms
    ]


def _message_row(message: Message, edit: Edit | None) -> Row:
    service = message.conversation.service
    nobody = message.kind == "event" and service == "whatsapp"
    return {
        "uid": message.uid,
        "conversation": message.conversation.id,
        "service": service,
        "author": None if nobody else message.author.id,
        "sender": None if nobody else message.sender,
        "receivers": list(message.receivers),
        "sent_at": moment(message.sent_us),
        "body": message.body,
        "language": message.conversation.language,
        "kind": message.kind,
        "label": message.label,
        "reason": message.reason,
        "hard_negative": message.hard_negative,
        "edited_at": moment(edit.at_us) if edit else None,
        "edited_body": edit.body if edit else None,
    }


def _degradation_rows(ledger: Ledger, dropped: list[Loss], cut_away: tuple[Loss, ...]) -> list[Row]:
    rows: list[Row] = [
        {"what": what, "uid": loss.message.uid, "copy": loss.copy, "path": None}
        for what, losses in (("receiver's copy dropped", dropped), ("lost with the end of a file", cut_away))
        for loss in losses
    ]
    rows += [
        {"what": row["degradation"], "uid": row["uid"], "copy": row["copy"], "path": row["path"]}
        for row in ledger.records
        if row["degradation"] in _REPEATS
    ]
    rows += [
        {"what": row["why"], "uid": row["uid"], "copy": None, "path": row["path"]} for row in ledger.refusals
    ]
    rows += [
        {"what": row["note"], "uid": None, "copy": None, "path": row["path"]} for row in ledger.files if row["note"]
    ]
    return rows


def _summary(world: _World, size: Size, ledger: Ledger, tables: dict[str, pa.Table]) -> str:
    seen = set[str]()
    once = 0
    for row in ledger.files:
        once += row["records"] if row["sha256"] not in seen else 0
        seen.add(row["sha256"])
    found: Row = {
        "kind": "exercise",
        "software": f"venetic-exercise {VERSION}",
        "seed": world.seed,
        "size": size.name,
        "messages": len(world.messages),
        "messages_delivered": len({row["uid"] for row in ledger.records}),
        "records": len(ledger.records),
        "records_in_distinct_files": once,
        "expected_messages": len({row["expected_message"] for row in ledger.records}),
        "expected_messages_by_service": dict(
            Counter(
                service for service, _ in sorted({(row["service"], row["expected_message"]) for row in ledger.records})
            )
        ),
        "refusals": len(ledger.refusals),
        "media": len(ledger.media),
        "labels": dict(sorted(Counter(message.label for message in world.messages).items())),
        "tables": {name: {"rows": table.num_rows, "sha256": digest_of(table)} for name, table in tables.items()},
        "files": [
            {name: row[name] for name in ("path", "sha256", "shape", "records", "refusals")}
            for row in ledger.files
            if row["records"] or row["refusals"]
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _write_truth(folder: Path, tables: dict[str, pa.Table], summary: str) -> str:
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    (folder / "summary.json").write_bytes(summary.encode())
    return hashlib.sha256(summary.encode()).hexdigest()


def _begin(out: Path) -> tuple[Path, Path]:
    haul, truth = out / "haul", out / "truth"
    for folder in (haul, truth):
        if folder.exists() and any(folder.iterdir()):
            raise WrongUse(f"{folder} is not empty; an exercise is written into a new folder")
        folder.mkdir(parents=True, exist_ok=True)
    return haul, truth


def make(seed: int, size: Size, out: Path, progress: Callable[[str], None]) -> Made:
    """Write `out/haul` and `out/truth`: the same bytes for the same seed, size and VERSION.

    Memory: all messages and their copies are held, about 0.5 GiB for 50,000 messages. Raises: WrongUse when either
    folder holds something.
    """
    haul_folder, truth_folder = _begin(out)
    world = _world(seed, size)
    progress(f"{len(world.messages)} messages by {len(world.people)} people")
    jabber, rocket, whatsapp = JabberLogs(seed), RocketRooms(seed), WhatsAppExports(seed)
    drafts: list[Draft] = [*jabber.files(world.on("jabber")), *rocket.files(world.on("rocketchat"))]
    delivered = degraded(seed, drafts, takes_odd_names(haul_folder))
    haul = Haul(haul_folder)
    haul.add_marker()
    for draft in sorted((*delivered.drafts, *whatsapp.files(world.on("whatsapp"))), key=lambda draft: draft.path):
        haul.add(draft)
    haul.add_media([*rocket.media, *whatsapp.media])
    ledger = haul.ledger
    progress(f"{len(ledger.records)} records in {len(ledger.files)} files")
    rows: dict[str, list[Row]] = {
        "persons": _person_rows(world.people),
        "handles": _handle_rows(world.people),
        "conversations": _conversation_rows(world.rooms),
        "messages": [_message_row(message, rocket.edits.get(message.uid)) for message in world.messages],
        "records": with_identity(ledger.records),
        "refusals": ledger.refusals,
        "media": ledger.media,
        "degradation": _degradation_rows(ledger, jabber.losses, delivered.losses),
        "files": ledger.files,
    }
    tables = {name: pa.Table.from_pylist(found, schema=SCHEMAS[name]) for name, found in rows.items()}
    truth_sha256 = _write_truth(truth_folder, tables, _summary(world, size, ledger, tables))
    haul.close(seed, size.name, truth_sha256)
    progress("truth and manifest written")
    counts = (len(world.messages), len(ledger.records), len(ledger.media), len(ledger.files))
    return Made(out, seed, size.name, *counts, truth_sha256)
