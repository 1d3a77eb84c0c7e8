"""Every text a message has had is found, shown, exported and quoted; the latest speaks."""

import json
from pathlib import Path

import pytest

from venetic.app import DraftOrder, Operation, create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts


def entry(native_id: str, text: str, **more) -> dict:
    who = {"_id": "u1", "username": "anna"}
    return {"_id": native_id, "rid": "R", "msg": text, "ts": "2020-04-01T10:00:00.000Z", "u": who, **more}


@pytest.fixture(params=["together", "apart", "edit first"])
def edited(request, tmp_path: Path):
    first = [entry("m1", "Bring 40 grand to the quay"), entry("m2", "ok, see you")]
    second = [
        entry("m1", "Bring 50 grand tonight", editedAt="2020-04-01T11:00:00.000Z"),
        entry("m2", "", editedAt="2020-04-01T11:00:00.000Z"),
    ]
    create_operation(tmp_path / "op", "edits", "real")
    with open_operation(tmp_path / "op", purpose="test") as op:
        parts = [second, first] if request.param == "edit first" else [first, second]
        for number, part in enumerate(parts):
            file = tmp_path / f"D{number}" / "R.json"
            file.parent.mkdir()
            file.write_text(json.dumps({"messages": part, "success": True}), encoding="utf-8")
            op.haul.receive([file], DeliveryFacts("p", "a", "stored"), op.actor)
            if request.param != "together":
                op.corpus.ingest(op.actor, IngestOptions())
        op.corpus.ingest(op.actor, IngestOptions())
        yield op


def test_the_latest_text_speaks_and_the_others_stand_beside_it(edited: Operation) -> None:
    found = {m.native_id: (m.body, m.other_bodies, m.versions) for m in edited.read("R").messages}
    assert found == {
        "m1": ("Bring 50 grand tonight", ("Bring 40 grand to the quay",), 2),
        "m2": ("", ("ok, see you",), 2),
    }


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("50", 1),
        ('"40 grand"', 1),
        ("quay tonight", 1),
        ('"tonight bring"', 0),
        ('"quay bring"', 0),
        ('"quay tonight"~40', 0),
        ('"40 quay"~5', 1),
        ("/4. grand/", 1),
        ("see", 1),
    ],
)
def test_any_text_is_found_and_no_phrase_runs_from_one_into_another(edited: Operation, query: str, hits: int) -> None:
    page = edited.search(query).page()
    assert page["hits"] == len(page["items"]) == hits
    if query == '"40 grand"':
        assert page["items"][0]["snippet"] == "Bring 40 grand to the quay"


def test_a_package_quotes_every_text_and_a_changed_one_is_found(edited: Operation, tmp_path: Path) -> None:
    written = edited.packages.draft(DraftOrder(tmp_path, handle="anna"), edited.actor)
    assert edited.packages.check(written.json, edited.actor).bad == ()
    written.json.write_bytes(written.json.read_bytes().replace(b"40 grand", b"90 grand"))
    places = {fault.where for fault in edited.packages.check(written.json, edited.actor).bad}
    assert any(place.endswith("other_bodies") for place in places)
