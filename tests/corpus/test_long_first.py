"""A file whose first record is longer than what recognition looks at first."""

import json
from pathlib import Path

import pytest

from venetic.app import create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts


@pytest.mark.parametrize(("letters", "reader"), [(100_000, None), (20_000_000, "jabber")])
def test_a_long_first_message_is_read(tmp_path: Path, letters: int, reader: str | None) -> None:
    rows = [
        {"ts": f"2020-04-01T10:00:0{at}Z", "from": "anna@x", "to": "bo@x", "body": body}
        for at, body in enumerate(("x" * letters, "short"))
    ]
    (tmp_path / "log.json").write_text("".join(json.dumps(row) for row in rows), encoding="utf-8")
    create_operation(tmp_path / "op", "long", "real")
    with open_operation(tmp_path / "op", purpose="test") as op:
        op.haul.receive([tmp_path / "log.json"], DeliveryFacts("p", "a", "stored"), op.actor)
        report = op.corpus.ingest(op.actor, IngestOptions(reader=reader))
    assert (report.records, report.messages, report.unread) == (2, 2, 0)
