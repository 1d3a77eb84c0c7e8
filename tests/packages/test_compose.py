"""A package says who, when and on what source, guesses nothing, and keeps the evidential bar."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from packages.world import draft, resealed, world
from venetic.kernel import Misuse, WrongUse
from venetic.packages import (
    Delivery,
    EvidentialUse,
    QuotedConversation,
    barred,
    compose,
    from_json,
    numbered,
    to_json,
    to_pdf,
)

AT = datetime(2020, 4, 1, tzinfo=UTC)
TEXTS = st.text(max_size=60)


def only_extract(**changes: object):
    """A draft of one message changed as said."""
    sealed = world(["one"])
    extract = replace(sealed.extracts[0], **changes)
    part = QuotedConversation(extract.conversation, "alice and bob", (extract,), (0, 0))
    return draft(sealed, conversations=(part,))


@given(bodies=st.lists(st.none() | TEXTS, min_size=1, max_size=5), name=TEXTS)
def test_the_json_reads_back_as_the_package_it_was(bodies: list[str | None], name: str) -> None:
    package = compose(draft(world(bodies), operation=name, title=name, principal_subject=None, query=name))
    assert from_json(to_json(package)) == package
    assert [quote.body for part in package.conversations for quote in part.extracts] == bodies


def test_the_hash_is_the_documented_one_and_does_not_hang_on_the_copy_number() -> None:
    package = compose(draft(world(["one", "two"]), [1]))
    copy = numbered(package, 12)
    assert json.loads(to_json(copy))["copy_number"] == 12
    assert copy.sha256 == package.sha256
    assert resealed(to_json(copy), lambda fields: None) == to_json(copy)


def test_the_counts_say_what_is_in_and_what_is_left_out() -> None:
    counts = compose(draft(world(["a", "b", "c", "d", "e"]), [1, 3])).counts
    assert (counts.extracts, counts.source_records, counts.files, counts.left_out) == (2, 4, 2, 3)


@pytest.mark.parametrize(
    ("utc", "shown", "name"),
    [
        (datetime(2020, 3, 29, 0, 59, 59, tzinfo=UTC), "2020-03-29T00:59:59.000000+00:00", "GMT"),
        (datetime(2020, 3, 29, 1, 0, 0, tzinfo=UTC), "2020-03-29T02:00:00.000000+01:00", "BST"),
        (datetime(2020, 10, 25, 0, 59, 59, tzinfo=UTC), "2020-10-25T01:59:59.000000+01:00", "BST"),
        (datetime(2020, 10, 25, 1, 0, 0, tzinfo=UTC), "2020-10-25T01:00:00.000000+00:00", "GMT"),
    ],
)
def test_the_document_zone_is_named_on_both_sides_of_a_clock_change(utc: datetime, shown: str, name: str) -> None:
    time = compose(only_extract(sent_at=utc)).conversations[0].extracts[0].time
    assert (time.document, time.document_zone, time.zone_stated) == (shown, name, True)


def test_a_zone_without_letters_is_named_by_its_offset() -> None:
    package = compose(replace(only_extract(), zone="America/Sao_Paulo"))
    assert package.conversations[0].extracts[0].time.document_zone == "UTC-03:00"


def test_a_time_without_a_zone_is_never_converted() -> None:
    wall = datetime(2020, 3, 29, 1, 30)  # noqa: DTZ001 -- a wall clock, which did not exist in London that night
    time = (
        compose(only_extract(sent_at=None, local_time=wall, time_raw="29/03/2020 01:30"))
        .conversations[0]
        .extracts[0]
        .time
    )
    assert (time.utc, time.document, time.document_zone, time.zone_stated) == (None, None, None, False)


@pytest.mark.parametrize(("precision", "clock"), [("min", "17:10,"), ("s", "17:10:00,"), (None, "17:10:00,")])
def test_a_time_is_printed_no_more_exactly_than_its_source_states_it(precision, clock) -> None:
    wall = datetime(2020, 4, 1, 17, 10)  # noqa: DTZ001 -- a wall clock
    made = compose(only_extract(sent_at=None, local_time=wall, time_precision=precision))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(to_pdf(made))).pages)
    assert f"Wednesday 1 April 2020, {clock}" in text


def test_a_zone_somebody_asserted_is_not_one_the_source_states() -> None:
    made = compose(only_extract(sent_at=AT, local_time=None, zone_asserted=True))
    time = made.conversations[0].extracts[0].time
    assert (time.zone_stated, time.zone_asserted) == (False, True)


@pytest.mark.parametrize("year", [1, 800, 9999])
def test_a_time_at_the_edge_of_the_calendar_is_stated_and_read_back(year: int) -> None:
    edge = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    package = compose(replace(only_extract(sent_at=edge), zone="Asia/Tokyo"))
    time = package.conversations[0].extracts[0].time
    assert time.utc == f"{year:04d}-12-31T23:59:59.000000Z"
    assert (time.document is None) is (year == 9999)
    assert to_pdf(package)


def test_a_delivery_says_who_provided_it_and_leaves_unstated_times_null() -> None:
    package = compose(draft(world(["one"]), deliveries=(Delivery("d1", "Liaison office", "TEI 20/1", received_at=AT),)))
    note = package.deliveries[0]
    assert (note.provided_by, note.acquired_at, note.received_at) == (
        "Liaison office",
        None,
        "2020-04-01T00:00:00.000000Z",
    )


@pytest.mark.parametrize("stage", ["transit", "unknown", "something else"])
def test_rows_not_taken_from_storage_are_barred_from_an_evidential_package(stage: str) -> None:
    sealed = world(["one", "two"], stage=stage)
    assert len(barred(sealed.extracts)) == 4
    with pytest.raises(WrongUse, match=r"4 source records under 2 extracts.*evidential_use=allowed"):
        compose(draft(sealed, product="evidential"))
    assert compose(draft(sealed)).conversations[0].extracts[0].source_records[0].stage == stage


def test_a_named_officer_with_a_reason_lifts_the_bar_and_a_later_decision_restores_it() -> None:
    sealed = world(["one"], stage="transit")
    records = [ref.record for ref in sealed.extracts[0].records]
    allow = tuple(EvidentialUse(record, True, "DI Okafor", "counsel's advice of 3 May", AT) for record in records)
    package = compose(draft(sealed, product="evidential", decisions=allow))
    assert {one.officer for one in package.decisions} == {"DI Okafor"}
    later = EvidentialUse(records[0], False, "DI Okafor", "withdrawn", AT.replace(month=5))
    assert [one.record for one in barred(sealed.extracts, (later, *allow))] == records[:1]


@pytest.mark.parametrize(("officer", "reason"), [("", "a reason"), ("DI Okafor", " "), (" ", "")])
def test_a_decision_without_officer_or_reason_counts_as_none(officer: str, reason: str) -> None:
    sealed = world(["one"], stage="unknown")
    decisions = [EvidentialUse(ref.record, True, officer, reason, AT) for ref in sealed.extracts[0].records]
    assert len(barred(sealed.extracts, decisions)) == 2


def test_stored_material_needs_no_decision() -> None:
    assert barred(world(["one"]).extracts) == ()


def test_a_draft_that_quotes_nothing_is_refused() -> None:
    with pytest.raises(WrongUse, match="quotes no message"):
        compose(draft(world(["one"]), []))


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc", "/absolute"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(WrongUse, match="zone"):
        compose(draft(world(["one"]), zone=zone))


def test_a_draft_that_contradicts_itself_is_our_bug() -> None:
    sealed = world(["one", "two"])
    part = draft(sealed).conversations[0]
    with pytest.raises(Misuse, match="left-out"):
        compose(draft(sealed, conversations=(replace(part, left_out=(0, 0)),)))
    with pytest.raises(Misuse, match="without source records"):
        compose(only_extract(records=()))
    with pytest.raises(Misuse, match="zone"):
        compose(draft(sealed, drafted_at=datetime(2020, 1, 1)))  # noqa: DTZ001 -- the fault under test


@given(data=st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", b"null", b'{"format": "venetic-package"}']))
def test_bytes_that_are_no_package_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(WrongUse, match=r"not a package of version 1.*\(at mine\.json\)"):
        from_json(data, "mine.json")


def test_a_field_of_the_wrong_type_is_named_without_its_content() -> None:
    data = to_json(compose(draft(world(["secret"]))))
    fields = json.loads(data)
    fields["conversations"][0]["extracts"][0]["source_records"][0]["offset"] = "secret"
    with pytest.raises(WrongUse, match=r"conversations\.0\.extracts\.0\.source_records\.0\.offset") as caught:
        from_json(json.dumps(fields).encode())
    assert "secret" not in str(caught.value)
