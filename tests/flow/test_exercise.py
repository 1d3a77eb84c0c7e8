"""The exercise through the whole house, held against its truth."""

from collections import defaultdict
from pathlib import Path

import pytest

import exercise
from exercise import truth
from venetic.app import create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts

FACTS = DeliveryFacts("an exercise", "EX 1", "stored")
Place = tuple[str, int]


@pytest.fixture(scope="module", params=[11, 12])
def walked(request, tmp_path_factory) -> tuple[Path, Path]:
    """(truth, operation) of a tiny exercise, received in its daily instalments, ingested after every tenth."""
    folder = tmp_path_factory.mktemp("exercise")
    exercise.make(request.param, exercise.size_named("tiny"), folder / "ex", lambda _: None)
    create_operation(folder / "op", "a walk", "exercise")
    with open_operation(folder / "op", purpose="test") as op:
        days = sorted((folder / "ex" / "haul").glob("D*"))
        for number, day in enumerate(days):
            op.haul.receive([day], FACTS, op.actor)
            if number % 10 == 0 or day == days[-1]:
                op.corpus.ingest(op.actor, IngestOptions())
    return folder / "ex" / "truth", folder / "op"


def grouped(pairs) -> set[frozenset[Place]]:
    groups: dict[str, set[Place]] = defaultdict(set)
    for message, place in pairs:
        groups[message].add(place)
    return {frozenset(places) for places in groups.values()}


def test_every_record_rests_on_the_message_the_truth_names(walked) -> None:
    true = truth.records(walked[0]).to_pylist()
    with open_operation(walked[1], purpose="test") as op:
        found = [(m.message, r) for chunk in op.search("").results.stream() for m in chunk for r in m.records]
    ours = grouped((message, (ref.file_sha256, ref.offset)) for message, ref in found)
    theirs = grouped((row["expected_message"], (row["file_sha256"], row["offset"])) for row in true)
    assert ours == theirs


def test_what_was_broken_on_purpose_is_refused_and_nothing_else(walked) -> None:
    planted = truth.refusals(walked[0]).to_pylist()
    with open_operation(walked[1], purpose="test") as op:
        refused = op.corpus.refused(1_000)
    places = {(row["file"], row["offset"]) for row in refused}
    assert places == {(row["file_sha256"], row["offset"]) for row in planted}


def test_every_body_of_the_truth_is_found_as_written(walked) -> None:
    true = [row for row in truth.records(walked[0]).to_pylist() if row["written_body"] and row["kind"] == "text"]
    with open_operation(walked[1], purpose="test") as op:
        for row in true[:: max(1, len(true) // 25)]:
            words = [word for word in row["written_body"].split() if word.isalpha()]
            if words:
                bodies = op.search(f'"{" ".join(words[:1])}"').to_arrow().column("body").to_pylist()
                assert any(words[0] in (body or "") for body in bodies)


def test_the_operation_verifies(walked) -> None:
    with open_operation(walked[1], purpose="test") as op:
        assert op.haul.verify().bad == ()
        assert op.audit.verify()[1] == []
