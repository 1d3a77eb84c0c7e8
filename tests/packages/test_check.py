"""A package passes when it is true and fails on any one thing that is not, whoever made its hash anew."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packages.world import World, draft, resealed, world
from venetic.kernel import WrongUse
from venetic.packages import DecodedRecord, EvidentialUse, Moment, QuotedConversation, check, compose, numbered, to_json

BODIES = ["Landing Thursday", "да, в четверг", None, "12 boxes \u202eno\x00w \U0001f600", "", "e\u0301 is not \u00e9"]
SEALED = world(BODIES)
TRUE = to_json(numbered(compose(draft(SEALED, [1, 2, 3, 5])), 7))
Edit = Callable[[dict[str, Any]], object]


def bad(data: bytes, sealed: World = SEALED) -> list[str]:
    """Where a check finds fault."""
    return [fault.where for fault in check(data, sealed, sealed).bad]


def quote(fields: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return fields["conversations"][0]["extracts"][place]


def source(fields: dict[str, Any]) -> dict[str, Any]:
    return quote(fields)["source_records"][0]


@given(
    bodies=st.lists(st.none() | st.text(max_size=40), min_size=1, max_size=6),
    choose=st.data(),
)
def test_a_true_package_passes(bodies: list[str | None], choose: st.DataObject) -> None:
    sealed = world(bodies)
    chosen = sorted(choose.draw(st.sets(st.sampled_from(range(len(bodies))), min_size=1)))
    result = check(to_json(compose(draft(sealed, chosen))), sealed, sealed)
    assert (result.citations, result.times_unverified, result.bad) == (2 * len(chosen), 0, ())


def test_every_single_wrong_character_of_a_quote_fails() -> None:
    for place in (0, 2, 3):
        body = quote(json.loads(TRUE), place)["body"]
        for at, char in enumerate(body):
            for other in (chr(ord(char) ^ 1), ""):
                wrong = body[:at] + other + body[at + 1 :]
                forged = resealed(
                    TRUE, lambda fields, place=place, wrong=wrong: quote(fields, place).update(body=wrong)
                )
                faults = check(forged, SEALED, SEALED).bad
                assert [fault.where for fault in faults] == [f"conversations[0].extracts[{place}].body"]
                assert f"from character {at + 1}" in faults[0].what or not other


def test_the_same_letters_composed_otherwise_fail() -> None:
    assert bad(resealed(TRUE, lambda fields: quote(fields, 3).update(body="\u00e9 is not \u00e9")))


EDITS: dict[str, Edit] = {
    "body added to": lambda f: quote(f).update(body=quote(f)["body"] + " "),
    "body taken away": lambda f: quote(f).update(body=None),
    "body put where there is none": lambda f: quote(f, 1).update(body=""),
    "sender": lambda f: quote(f).update(sender="bob@chat.examplf"),
    "no sender": lambda f: quote(f).update(sender=None),
    "receiver": lambda f: quote(f).update(receivers=["carol@chat.example"]),
    "message id": lambda f: quote(f).update(message="0" * 32),
    "id of another message": lambda f: quote(f).update(message=SEALED.extracts[0].message),
    "record id": lambda f: source(f).update(record="0" * 32),
    "offset": lambda f: source(f).update(offset=source(f)["offset"] + 1),
    "offset before": lambda f: source(f).update(offset=source(f)["offset"] - 1),
    "offset below nought": lambda f: source(f).update(offset=-1),
    "offset past the end": lambda f: source(f).update(offset=10**15),
    "length": lambda f: source(f).update(length=source(f)["length"] - 1),
    "length nought": lambda f: source(f).update(length=0),
    "length without bounds": lambda f: source(f).update(length=10**15),
    "file": lambda f: source(f).update(file_sha256="0" * 64),
    "record of another message": lambda f: quote(f)["source_records"].__setitem__(0, quote(f, 1)["source_records"][0]),
    "a record dropped": lambda f: quote(f)["source_records"].pop(),
    "a record twice": lambda f: quote(f)["source_records"].append(source(f)),
    "versions": lambda f: quote(f).update(versions=2),
    "left out before": lambda f: f["conversations"][0]["left_out"].__setitem__(0, 0),
    "left out between": lambda f: f["conversations"][0]["left_out"].__setitem__(3, 0),
    "left out after": lambda f: f["conversations"][0]["left_out"].__setitem__(4, 1),
    "a left-out count dropped": lambda f: f["conversations"][0]["left_out"].pop(),
    "order": lambda f: f["conversations"][0]["extracts"].reverse(),
    "an extract dropped": lambda f: f["conversations"][0]["extracts"].pop(1),
    "conversation": lambda f: f["conversations"][0].update(conversation="0" * 32),
    "time as written": lambda f: quote(f)["time"].update(raw="2020-03-29T00:59:01+00:00"),
    "UTC alone": lambda f: quote(f)["time"].update(utc="2020-03-29T00:59:01.000000Z"),
    "UTC and the document's time": lambda f: quote(f)["time"].update(
        utc="2020-03-29T00:59:01.000000Z", document="2020-03-29T00:59:01.000000+00:00"
    ),
    "document time": lambda f: quote(f)["time"].update(document="2020-03-29T01:59:00.000000+01:00"),
    "zone name": lambda f: quote(f)["time"].update(document_zone="BST"),
    "zone unstated": lambda f: quote(f)["time"].update(utc=None, document=None, document_zone=None, zone_stated=False),
    "wall clock": lambda f: quote(f)["time"].update(local="2020-03-29T00:58:00.000000"),
    "not a time": lambda f: quote(f)["time"].update(utc="yesterday"),
    "document zone": lambda f: f["zone"].update(name="Europe/Nowhere"),
    "note on the zone": lambda f: f["zone"].update(note="The sender was in London."),
    "warnings": lambda f: f["warnings"].pop(),
    "counts": lambda f: f["counts"].update(left_out=0),
    "parties": lambda f: f["parties"].pop(),
    "number": lambda f: quote(f).update(number=2),
    "an added field": lambda f: quote(f).update(comment="seen"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_one_edit_fails_even_when_the_hash_is_made_anew(edit: Edit) -> None:
    assert bad(resealed(TRUE, edit))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value that holds no further value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path
    else:
        for key, part in inner:
            yield from leaves(part, (*path, key))


def test_any_edit_of_any_field_fails_when_the_hash_is_left_as_it_was() -> None:
    fields = json.loads(TRUE)
    for path in leaves(fields):
        if path[0] in {"copy_number", "format", "version", "status"}:  # given by the register; or of one value only
            continue
        changed = json.loads(TRUE)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        old = holder[path[-1]]
        holder[path[-1]] = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old or ''}x"
        data = (json.dumps(changed, indent=2, ensure_ascii=False) + "\n").encode()
        try:
            assert bad(data), path
        except WrongUse:
            assert path[-1] in {"kind", "product"}, path  # fields of few words refuse others outright


def test_a_key_given_twice_fails() -> None:
    first = TRUE.index(b'"title"')
    assert bad(TRUE[:first] + b'"title": "Another",\n  ' + TRUE[first:]) == ["the file"]


def test_a_changed_sealed_byte_fails() -> None:
    files = {sha256: data.replace(b"Landing", b"Landinh") for sha256, data in SEALED.files.items()}
    quoted = to_json(compose(draft(SEALED, [0])))
    assert bad(quoted, World(files, SEALED.extracts)) == ["conversations[0].extracts[0].body"]


def test_what_a_fault_says_holds_no_content() -> None:
    for edit in EDITS.values():
        for fault in check(resealed(TRUE, edit), SEALED, SEALED).bad:
            assert not any(word in fault.what + fault.where for word in ("Landing", "четверг", "boxes", "chat.exam"))


def test_a_bar_lifted_by_hand_in_the_file_fails() -> None:
    sealed = world(["one"], stage="transit")
    evidential = resealed(to_json(compose(draft(sealed))), lambda fields: fields.update(product="evidential"))
    assert len(bad(evidential, sealed)) == 2
    at = datetime(2020, 4, 1, tzinfo=UTC)
    allow = tuple(EvidentialUse(ref.record, True, "DI Okafor", "advice", at) for ref in sealed.extracts[0].records)
    allowed = to_json(compose(draft(sealed, product="evidential", decisions=allow)))
    assert bad(allowed, sealed) == []
    assert bad(resealed(allowed, lambda fields: fields["decisions"][0].update(officer="")), sealed)


class WallClock(World):
    """A world whose records state a wall clock only."""

    def decode(self, source_ref: Any, raw_bytes: bytes) -> DecodedRecord:
        row = super().decode(source_ref, raw_bytes)
        wall = datetime.fromisoformat(row.time_raw or "").replace(tzinfo=None)
        return replace(row, moment=Moment(None, wall))


def test_a_zone_that_rests_on_an_assertion_is_counted_as_unverified_and_a_wall_clock_is_compared() -> None:
    plain = world(["one"])
    wall = plain.extracts[0].sent_at.replace(tzinfo=None)
    for sent_at, unverified in ((plain.extracts[0].sent_at, 1), (None, 0)):
        extract = replace(plain.extracts[0], sent_at=sent_at, local_time=wall)
        sealed = WallClock(plain.files, (extract,))
        part = QuotedConversation(extract.conversation, "alice and bob", (extract,), (0, 0))
        data = to_json(compose(draft(sealed, conversations=(part,))))
        result = check(data, sealed, sealed)
        assert (result.times_unverified, result.bad) == (unverified, ())
        other = resealed(data, lambda fields: quote(fields)["time"].update(local="2020-03-29T00:58:01.000000"))
        assert bad(other, sealed) == ["conversations[0].extracts[0].time"]


@pytest.mark.parametrize("raw", ["1585443480", "1585443480000", "1585443480000000", "1585443480.000"])
def test_an_epoch_time_is_checked_by_itself(raw: str) -> None:
    class Epoch(World):
        def decode(self, source_ref: Any, raw_bytes: bytes) -> DecodedRecord:
            return replace(super().decode(source_ref, raw_bytes), time_raw=raw)

    plain = world(["one"])
    extract = replace(plain.extracts[0], time_raw=raw, sent_at=datetime.fromtimestamp(1585443480, UTC))
    sealed = Epoch(plain.files, (extract,))
    part = QuotedConversation(extract.conversation, "alice and bob", (extract,), (0, 0))
    data = to_json(compose(draft(sealed, conversations=(part,))))
    assert check(data, sealed, sealed) == check(data, sealed, sealed).__class__(2, 0, ())
    later = {"utc": "2020-03-29T00:58:01.000000Z", "document": "2020-03-29T00:58:01.000000+00:00"}
    assert bad(resealed(data, lambda fields: quote(fields)["time"].update(later)), sealed)
