"""Chat that nobody here made: three days of IRC and a file of text messages, counted independently."""

from pathlib import Path

import pytest

from venetic.app import Operation, create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts

SMS_MAPPING = r"""
name: sms
version: "1"
service: sms
layouts: [label and text parted by a tab]
source_notes: docs/mappings.md
records:
  csv: {delimiter: "\t", header: false, columns: 2, quote: null}
fields:
  body: "2"
  extra: {label: "1"}
"""


@pytest.fixture
def operation(tmp_path: Path):
    create_operation(tmp_path / "op", "real chat", "real")
    with open_operation(tmp_path / "op", purpose="test") as op:
        yield op


def take_in(op: Operation, file: Path, options: IngestOptions):
    op.haul.receive([file], DeliveryFacts("a public archive", "none", "stored"), op.actor)
    return op.corpus.ingest(op.actor, options)


def test_the_irc_days_have_a_message_a_line(operation, shared_data) -> None:
    events = {"2004-11-15": 173, "2005-06-27": 232, "2008-12-11": 16}
    for file in sorted((shared_data / "chat").glob("*.ascii.txt")):
        lines = file.read_bytes().count(b"\n")
        report = take_in(operation, file, IngestOptions())
        assert (report.records, report.messages, report.refusals) == (lines, lines, 0) == (1_250, 1_250, 0)
        marked = sum(line.startswith(b"===") for line in file.read_bytes().splitlines())
        haul = operation.haul.deliveries()[-1].haul
        assert operation.search(f"haul:{haul} kind:event").count() == marked == events[file.name[:10]]


def test_the_sms_file_has_every_row_repeats_included(operation, shared_data, tmp_path) -> None:
    mapping = tmp_path / "sms.yaml"
    mapping.write_text(SMS_MAPPING, encoding="utf-8")
    file = shared_data / "chat" / "sms.tsv"
    report = take_in(operation, file, IngestOptions(mapping=mapping))
    rows = [line.split("\t", 1)[1] for line in file.read_text(encoding="utf-8").splitlines()]
    found = operation.search("").to_arrow()
    assert (report.records, report.messages, report.refusals) == (len(rows), len(rows), 0) == (5_574, 5_574, 0)
    assert sorted(found.column("body").to_pylist()) == sorted(rows)
    assert len(set(rows)) == 5_171
    for word in ("free", "love", "txt"):
        expected = sum(word in set(text) for text in map(plain_words, rows))
        assert operation.search(word).count() == expected


def plain_words(text: str) -> list[str]:
    """Words by the test's own lights: letters, digits and what ICU keeps inside a word."""
    from corpus.query.oracle import cut

    return cut(text)
