"""A message as it is shown, exported and cited: plain values, times printed, marks spelled out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from venetic.corpus._tables import MESSAGES
from venetic.kernel import EVERYTHING, Compare, Snapshot, rfc3339

FEW = 2_000  # conversations asked for by name at once; for more, all are read

SHOWN_COLUMNS = tuple(
    field.name for field in MESSAGES.schema if field.name not in {"words", "has", "copies", "link_key", "native"}
)


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A source record a message rests on: where it stands in which sealed file, and what read it."""

    record: str
    file_sha256: str
    path: str
    offset: int
    length: int
    reader: str
    source: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Times: `sent_at` is UTC or null; `local_time` is wall-clock time without a zone or null."""

    message: str
    conversation: str
    conversation_name: str | None
    service: str
    kind: str
    sender: str | None
    receivers: tuple[str, ...]
    sent_at: datetime | None
    local_time: datetime | None
    zone: str
    time_raw: str | None
    time_precision: str | None
    body: str | None
    other_bodies: tuple[str, ...]
    reply_to: str | None
    edited_at: datetime | None
    attachments: tuple[Mapping[str, str | None], ...]
    extra: str | None
    versions: int
    marks: tuple[str, ...]
    possible_copies: tuple[str, ...]
    records: tuple[RecordRef, ...]
    native_id: str | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values under the names every export uses."""
        return {
            "message": self.message,
            "conversation": self.conversation,
            "conversation_name": self.conversation_name,
            "service": self.service,
            "kind": self.kind,
            "sent_at": rfc3339(self.sent_at),
            "local_time": None if self.local_time is None else self.local_time.isoformat(timespec="microseconds"),
            "zone": self.zone,
            "time_raw": self.time_raw,
            "time_precision": self.time_precision,
            "sender": self.sender,
            "receivers": list(self.receivers),
            "body": self.body,
            "other_bodies": list(self.other_bodies),
            "native_id": self.native_id,
            "reply_to": self.reply_to,
            "edited_at": rfc3339(self.edited_at),
            "attachments": [dict(attachment) for attachment in self.attachments],
            "extra": self.extra,
            "versions": self.versions,
            "marks": list(self.marks),
            "possible_copies": list(self.possible_copies),
            "source_records": len(self.records),
            "records": [
                {
                    "record": ref.record,
                    "file_sha256": ref.file_sha256,
                    "path": ref.path,
                    "offset": ref.offset,
                    "length": ref.length,
                    "reader": ref.reader,
                }
                for ref in self.records
            ],
        }


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a message's record references are completed with."""

    file: str
    path: str
    reader: str


class Shower:
    """Makes messages of rows at one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        rows = snapshot.scan("sources", ["source", "file", "path", "reader"]).read_all().to_pylist()
        self._snapshot = snapshot
        self._sources = {row["source"]: SourceFacts(row["file"], row["path"], row["reader"] or "") for row in rows}

    def messages(self, table: pa.Table | pa.RecordBatch) -> Iterable[Message]:
        """The rows (SHOWN_COLUMNS) as messages, in their order."""
        rows = table.to_pylist()
        names = self._names({row["conversation_id"] for row in rows if row["conversation"] is None})
        return [self._message(row, row["conversation"] or names.get(row["conversation_id"])) for row in rows]

    def _names(self, conversations: set[str]) -> dict[str, str]:
        """Names of conversations that the source itself does not name: their participants, or their file."""
        if not conversations:
            return {}
        few = Compare("conversation", "in", tuple(conversations)) if len(conversations) <= FEW else EVERYTHING
        rows = self._snapshot.scan("conversations", ["conversation", "name"], few).read_all().to_pylist()
        return {row["conversation"]: row["name"] for row in rows}

    def _message(self, row: Mapping[str, Any], conversation_name: str | None) -> Message:
        return Message(
            message=row["message"],
            conversation=row["conversation_id"],
            conversation_name=conversation_name,
            service=row["service"],
            kind=row["kind"],
            sender=row["sender"],
            receivers=tuple(row["receivers"] or ()),
            sent_at=row["sent_at"],
            local_time=row["local_time"],
            zone=row["zone"],
            time_raw=row["time_raw"],
            time_precision=row["time_precision"],
            body=row["body"],
            other_bodies=tuple(row["other_bodies"]),
            reply_to=row["reply_to"],
            edited_at=row["edited_at"],
            attachments=tuple(row["attachments"] or ()),
            extra=row["extra"],
            versions=row["versions"],
            marks=tuple(row["marks"]),
            possible_copies=tuple(row["possible_copies"]),
            records=tuple(map(self._ref, row["records"])),
            native_id=row["native_id"],
        )

    def _ref(self, ref: Mapping[str, Any]) -> RecordRef:
        facts = self._sources[ref["source"]]
        return RecordRef(
            ref["record"], facts.file, facts.path, ref["offset"], ref["length"], facts.reader, ref["source"]
        )
