"""Operations made for a test: JSON lines delivered, read through a mapping written for it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from venetic.app import Operation, create_operation, open_operation
from venetic.corpus import IngestOptions, IngestReport
from venetic.haul import DeliveryFacts

MAPPING = """
name: test-lines
version: "1"
service: test
layouts: [JSON objects one after another]
path_pattern: '(?:^|/)copy-(?P<owner>[^/]+)/'
records:
  json: {required: [body]}
fields:
  sender: from
  receivers: to
  conversation: in
  time: {field: at, formats: [iso]}
  body: body
  native_id: id
  id_scope: global
  edited_at: {field: edited, formats: [iso]}
  copy: {file_path: owner}
  kind: {field: kind, map: {event: event, media: media}}
  attachments: {list: files, name: name, mime: mime}
"""
FACTS = DeliveryFacts("a force", "W1", "stored")


class Workplace:
    """An operation in a folder with what is delivered to it beside it."""

    def __init__(self, folder: Path, name: str = "operation") -> None:
        self.folder = folder
        self.root = folder / name
        self.mapping = folder / "lines.yaml"
        self.mapping.write_text(MAPPING)
        create_operation(self.root, "Test", "real", "OFFICIAL")
        self.op: Operation = open_operation(self.root, purpose="a test")

    def deliver(self, files: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
        """Receive files of JSON lines as one delivery; its number."""
        parcel = self.folder / f"parcel-{self.root.name}-{len(self.op.haul.deliveries())}"
        for path, rows in files.items():
            (parcel / path).parent.mkdir(parents=True, exist_ok=True)
            lines = [json.dumps(row, ensure_ascii=False) for row in rows]
            (parcel / path).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self.op.haul.receive([parcel], FACTS, self.op.actor).haul

    def ingest(self) -> IngestReport:
        """Ingest all that waits through the mapping."""
        return self.op.corpus.ingest(self.op.actor, IngestOptions(mapping=self.mapping))
