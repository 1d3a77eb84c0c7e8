"""Which files a run reads when they were read before."""

from pathlib import Path

from corpus.operations import Workplace
from venetic.corpus import IngestOptions

OTHER = """
name: other
version: "1"
service: other
layouts: [JSON objects with a body]
records:
  json: {required: [body]}
fields:
  body: body
"""
ROW = {"from": "Anna", "to": ["Ben"], "at": "2024-01-01T10:00:00", "body": "once"}


def test_another_mapping_never_reads_again_what_was_read(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.deliver({"copy-Anna/1.json": [ROW]})
    place.ingest()
    other = tmp_path / "other.yaml"
    other.write_text(OTHER)
    place.deliver({"new.json": [{**ROW, "body": "twice"}]})

    report = place.op.corpus.ingest(place.op.actor, IngestOptions(mapping=other))

    assert (report.records, report.messages) == (1, 1)
    assert [place.op.search(word).count() for word in ("once", "twice")] == [1, 1]


def test_the_same_bytes_at_a_path_that_tells_more_are_read_by_the_reader_they_were_read_by(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.deliver({"copy-Anna/1.json": [ROW]})
    place.ingest()
    place.deliver({"copy-Ben/1.json": [ROW]})

    unasked = place.op.corpus.ingest(place.op.actor, IngestOptions())
    report = place.ingest()

    assert (unasked.records, unasked.unread) == (0, 0)
    assert (report.records, report.messages) == (1, 0)
