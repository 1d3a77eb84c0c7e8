"""From a seed to a haul and its truth."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exercise._cast import Person, cast
from exercise._degrade import degraded
from exercise._deliver import Haul, Ledger, Row, takes_odd_names, with_identity
from exercise._errors import WrongUse
from exercise._jabber import JabberLogs
from exercise._rocketchat import RocketRooms
from exercise._rocketentry import room_events, seen_kind
from exercise._rooms import Conversation, conversations
from exercise._rows import conversation_rows, degradation_rows, handle_rows, message_row, person_rows
from exercise._sizes import VERSION, Size
from exercise._story import Message, story
from exercise._whatsapp import WhatsAppExports, chat_events
from exercise.truth import SCHEMAS, digest_of


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: real messages, delivered records, picture files, files of the haul without its manifest."""

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
    rooms = conversations(seed, size, people)
    told = story(seed, size, rooms)
    told += room_events(seed, rooms, len(told) + 1)
    told += chat_events(seed, rooms, told)
    told.sort(key=lambda message: (message.sent_us, message.number))
    return _World(
        seed, people, rooms, [seen_kind(seed, m) if m.conversation.service == "rocketchat" else m for m in told]
    )


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
    drafts = [*jabber.files(world.on("jabber")), *rocket.files(world.on("rocketchat"))]
    delivered = degraded(seed, drafts, takes_odd_names(haul_folder))
    haul = Haul(haul_folder)
    haul.add_marker()
    for draft in sorted((*delivered.drafts, *whatsapp.files(world.on("whatsapp"))), key=lambda draft: draft.path):
        haul.add(draft)
    haul.add_media([*rocket.media, *whatsapp.media])
    ledger = haul.ledger
    progress(f"{len(ledger.records)} records in {len(ledger.files)} files")
    rows: dict[str, list[Row]] = {
        "persons": person_rows(world.people),
        "handles": handle_rows(world.people),
        "conversations": conversation_rows(world.rooms),
        "messages": [message_row(message, rocket.edits.get(message.uid)) for message in world.messages],
        "records": with_identity(ledger.records),
        "refusals": ledger.refusals,
        "media": ledger.media,
        "degradation": degradation_rows(ledger, jabber.losses, delivered.losses),
        "files": ledger.files,
    }
    tables = {name: pa.Table.from_pylist(found, schema=SCHEMAS[name]) for name, found in rows.items()}
    truth_sha256 = _write_truth(truth_folder, tables, _summary(world, size, ledger, tables))
    haul.close(seed, size.name, truth_sha256)
    progress("truth and manifest written")
    counts = (len(world.messages), len(ledger.records), len(ledger.media), len(ledger.files))
    return Made(out, seed, size.name, *counts, truth_sha256)
