"""The list of known faults, and how it is applied to an operation."""

import json
from pathlib import Path

import pytest

from venetic import __version__
from venetic.app import Operation, create_operation, open_operation
from venetic.corpus import Faults, IngestOptions, faults_table, list_text, parse_faults
from venetic.haul import DeliveryFacts
from venetic.kernel import NotFound, WrongUse

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "known-faults.md"
LIST = """
faults:
  - id: F1
    changed: the time of messages sent in the second minute was off by one
    component: jabber
    versions: {from: "1", below: "2"}
    where:
      all:
        - {column: time_raw, operator: ">=", value: "2020-09-01T10:02"}
        - not: {any: [{column: sender, operator: in, value: [bob]}, {column: native_id, operator: not_null}]}
    found: records of the reader whose time is 10:02 or later, bob's apart
    fixed_in: "0.2.0"
  - id: F2
    changed: every record is shown upside down
    component: venetic
    versions: {from: "0.0.1"}
    found: all of them
  - id: F3
    changed: nothing here
    component: jabber
    versions: {from: "1.0.1", below: "1.10"}
    found: no version that was used
  - id: F4
    changed: nothing here either
    component: irc
    versions: {from: "1"}
    found: no such file was read
"""


@pytest.fixture(scope="module")
def operation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    create_operation(folder / "operation", "Test", "real")
    rows = [
        {"ts": f"2020-09-01T10:0{at}:00", "from": sender, "to": "carl", "body": f"{sender} {at}"}
        for at in range(4)
        for sender in ("anna", "bob")
    ]
    for copy in ("carl", "dora"):
        (folder / "haul" / "jabber" / copy).mkdir(parents=True)
        text = "\n".join(json.dumps(row) for row in rows) + "\n" * len(copy.strip("r"))
        (folder / "haul" / "jabber" / copy / "1.json").write_text(text)
    with open_operation(folder / "operation", purpose="test") as opened:
        with opened.corpus.writer():
            opened.haul.receive([folder / "haul"], DeliveryFacts("Unit A", "Order 7", "stored"), opened.actor)
        opened.corpus.ingest(opened.actor, IngestOptions())
        yield opened


def applied(operation: Operation, file: Path | None = None) -> dict:
    found = Faults(operation.corpus.parts, operation.corpus.commits).affected(operation.actor, file)
    return {one.fault.id: one for one in found}


def test_the_page_says_what_the_list_says() -> None:
    listed = parse_faults(list_text(), "known_faults.yaml").faults
    table = DOCUMENT.read_text(encoding="utf-8").split("<!-- faults -->\n")[1]
    assert table.strip() == faults_table(listed)


def test_the_list_that_came_with_this_version_is_applied(operation) -> None:
    assert applied(operation) == {}


def test_a_later_list_names_the_messages_that_may_be_affected(operation, tmp_path) -> None:
    (tmp_path / "later.yaml").write_text(LIST)
    found = applied(operation, tmp_path / "later.yaml")
    assert {name: (one.records, len(one.messages)) for name, one in found.items()} == {
        "F1": (4, 2),
        "F2": (16, 8),
        "F3": (0, 0),
        "F4": (0, 0),
    }
    about_anna = operation.search("from:anna after:2020-09-01T10:02").to_arrow()["message"].to_pylist()
    assert sorted(found["F1"].messages) == sorted(about_anna)
    assert found["F1"].to_dict()["versions"] == "1 up to, not including, 2"
    last = list(operation.audit.entries())[-2]
    assert (last["action"], last["details"]["messages"]) == ("faults", {"F1": 2, "F2": 8, "F3": 0, "F4": 0})


def test_the_version_that_ingested_a_file_is_kept(operation) -> None:
    with operation.corpus.commits.lease() as lease:
        names = lease.snapshot.scan("sources", ["software"]).read_all()["software"].unique().to_pylist()
    assert names == [f"venetic {__version__}"]


def test_the_table_has_a_line_for_each_fault() -> None:
    table = faults_table(parse_faults(LIST, "list").faults).splitlines()
    assert len(table) == 2 + 4
    assert table[2].startswith("| F1 | the time of messages")
    assert table[3].endswith("| 0.0.1 and later | all of them | not yet |")


FAULT = {"id": "F1", "changed": "x", "component": "jabber", "versions": {"from": "1"}, "found": "x"}


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("faults: [", "line 1"),
        ("[]", "the whole"),
        ("{}", "faults"),
        (json.dumps({"faults": [FAULT, FAULT]}), "two faults share an id"),
        (json.dumps({"faults": [{**FAULT, "id": "one"}]}), "faults.0.id"),
        (json.dumps({"faults": [{**FAULT, "versions": {"from": "new"}}]}), "faults.0.versions.from"),
        (json.dumps({"faults": [{**FAULT, "more": 1}]}), "faults.0.more"),
        (json.dumps({"faults": [{**FAULT, "where": {}}]}), "exactly one of column"),
        (json.dumps({"faults": [{**FAULT, "where": {"column": "colour", "operator": "is_null"}}]}), "no such column"),
        (json.dumps({"faults": [{**FAULT, "where": {"column": "body"}}]}), "a column goes with an operator"),
        (json.dumps({"faults": [{**FAULT, "where": {"column": "body", "operator": "="}}]}), "do not go together"),
        (
            json.dumps({"faults": [{**FAULT, "where": {"column": "body", "operator": "=", "value": ["a"]}}]}),
            "do not go together",
        ),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_at_its_place(document: str, where: str) -> None:
    with pytest.raises(WrongUse, match=where) as caught:
        parse_faults(document, "later.yaml")
    assert "later.yaml" in str(caught.value)


def test_a_list_that_is_not_there_or_not_text_is_refused(tmp_path) -> None:
    with pytest.raises(NotFound):
        list_text(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(WrongUse, match="cannot be read as text"):
        list_text(tmp_path / "bytes.yaml")
