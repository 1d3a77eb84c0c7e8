"""The PDF says what the JSON says, on marked and numbered pages, whatever a message holds."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from packages.world import draft, resealed, world
from venetic.packages import (
    Delivery,
    EvidentialUse,
    QuotedConversation,
    check,
    compose,
    from_json,
    numbered,
    to_json,
    to_pdf,
    to_png,
)

HOSTILE = [
    '#panic("x") $x^2$ *bold* _it_ `raw` <label> @ref \\ // /* [ ] { } = heading',
    '"}], "x": 1}',
    "over\u202eride\u202c and \u2066isolate \u200f\u200e\ufeff",
    "nul\x00 bell\x07 tab\t escape\x1b delete\x7f cr\r",
    "z" + "\u0301\u0302\u0303" * 20 + "algo",
    "line\n\n\n\n\n\n\nafter empty lines\n",
    "two  blanks" + " " * 40 + "and forty",
    "明天下午三点在码头见。 ひらがな カタカナ 한국어",
    "أهلا كيف الحال 25 kilo غدا",
    "שלום abc 123 עולם",
    "नमस्ते क्षत्रिय สวัสดี",
    "\U0001f600 \U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ec\U0001f1e7",
    "\ue000 \U0010fffd \u0378 \U00012000 private, unassigned, uncovered",
    "\u2028 separators \u2029 \x85 \x0b \x0c",
    "a" * 300 + " " + "\u0633" * 200 + " " + "\u0915\u094d" * 100,
    "ffi fl -- --- ... 1/2 (c)",
]
SCRIPTS = st.text(
    st.characters(codec="utf-8", max_codepoint=0x3FF)
    | st.characters(codec="utf-8")
    | st.sampled_from(
        "\u202e\u2067\u0301\u200d\ufe0f\u0644\u0627\u0915\u094d\U0001f600\U0001f3fd\U0001f1ec\u200b \n\t\x00"
    ),
    max_size=50,
)


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@settings(max_examples=25, deadline=None)
@given(bodies=st.lists(SCRIPTS, min_size=1, max_size=4), name=SCRIPTS)
def test_any_text_compiles_and_passes_the_check(bodies: list[str], name: str) -> None:
    sealed = world(bodies)
    package = compose(
        draft(sealed, title=name, operation=name, query=name, purpose=name, actor=name, marking="OFFICIAL")
    )
    assert check(to_json(package), sealed, sealed, to_pdf(package)).bad == ()


@pytest.fixture(scope="module")
def hostile() -> list[str]:
    """The pages of a package of hostile messages, checked on the way."""
    sealed = world(HOSTILE)
    package = compose(draft(sealed))
    pdf = to_pdf(package)
    assert check(to_json(package), sealed, sealed, pdf).bad == ()
    return pages(pdf)


def test_the_words_of_every_plain_message_stand_in_the_pdf(hostile: list[str]) -> None:
    text = squeezed("".join(hostile))
    for body in (*HOSTILE[:2], HOSTILE[7], HOSTILE[15]):
        assert squeezed(body) in text


def test_what_cannot_be_seen_is_printed_by_number_and_listed_at_the_end(hostile: list[str]) -> None:
    text, last = squeezed("".join(hostile)), hostile[-1]
    assert "overU+202Erideu+202cand".casefold() in text.casefold()
    assert "nulU+0000bellU+0007tabU+0009escapeU+001BdeleteU+007FcrU+000D" in text
    assert "U+E000U+10FFFDU+0378U+12000private" in text
    assert "7emptylines" not in text
    assert "6emptylines" in text
    assert "U+0020×40" in text
    assert "Characters printed by number" in "".join(hostile)
    assert "RIGHT-TO-LEFT OVERRIDE" in "".join(hostile[-2:])
    assert "CUNEIFORM SIGN A" in last


def test_every_page_of_an_exercise_says_so_and_carries_marking_and_number(hostile: list[str]) -> None:
    assert len(hostile) > 3
    for number, page in enumerate(hostile, 1):
        assert page.count("OFFICIAL-SENSITIVE") == 2
        assert page.lstrip().startswith("OFFICIAL-SENSITIVE")
        assert page.rstrip().endswith("OFFICIAL-SENSITIVE")
        assert "EXERCISE" in page
        assert f"Page {number} of {len(hostile)}" in page


def test_a_real_operation_does_not_say_exercise() -> None:
    assert not any("EXERCISE" in page for page in pages(to_pdf(compose(draft(world(["one"]), kind="real")))))


def test_page_one_says_what_the_draft_is_not() -> None:
    deliveries = (Delivery("d1", "Liaison office", "TEI 20/1", received_at=datetime(2020, 4, 1, tzinfo=UTC)),)
    package = numbered(compose(draft(world(["one"], stage="transit"), deliveries=deliveries)), 41)
    first = pages(to_pdf(package))[0]
    assert "WORKING DRAFT" in first
    assert "Not graded, not sanitised, not privilege-checked, not for dissemination." in first
    assert "no claim about where a sender was" in squeezed(first) or "noclaimaboutwhereasenderwas" in squeezed(first)
    for said in ("Copy number 41", "Provided by Liaison office", "transit DC Marsh, letter 7 2", package.sha256):
        assert said in first


def test_an_evidential_package_prints_who_decided_and_why() -> None:
    sealed = world(["one"], stage="transit")
    at = datetime(2020, 4, 1, tzinfo=UTC)
    allow = tuple(
        EvidentialUse(ref.record, True, "DI Okafor", "advice of 3 May", at) for ref in sealed.extracts[0].records
    )
    text = "".join(pages(to_pdf(compose(draft(sealed, product="evidential", decisions=allow)))))
    assert "Officer DI Okafor" in text
    assert "Reason advice of 3 May" in text
    assert text.count("Decision E1: evidential use allowed") == 1
    assert squeezed(text).count("stagetransit;evidentialuseallowedbydecisionE1") == 2


def test_times_are_printed_with_their_zone_or_as_not_stated() -> None:
    plain = world(["before", "after", "unknown"])
    wall = datetime(2020, 3, 29, 1, 30)  # noqa: DTZ001 -- a wall clock
    extracts = (
        replace(plain.extracts[0], sent_at=datetime(2020, 3, 29, 0, 59, 59, tzinfo=UTC)),
        replace(plain.extracts[1], sent_at=datetime(2020, 3, 29, 1, 0, 0, tzinfo=UTC)),
        replace(plain.extracts[2], sent_at=None, local_time=wall, time_raw="29/03/20 01:30"),
    )
    part = QuotedConversation(extracts[0].conversation, "alice and bob", extracts, (0, 2, 0, 1))
    text = "".join(pages(to_pdf(compose(draft(plain, conversations=(part,))))))
    assert "Sunday 29 March 2020, 00:59:59 GMT (Europe/London)" in text
    assert "Sunday 29 March 2020, 02:00:00 BST (Europe/London)" in text
    assert "Sunday 29 March 2020, 01:00:00 UTC" in text
    assert "Sunday 29 March 2020, 01:30:00, zone not stated" in text
    assert text.index("GMT (Europe") < text.index("2 messages left out") < text.index("BST (Europe")
    assert text.rindex("1 message left out") > text.index("zone not stated")


def test_a_message_of_100_kilobytes_without_a_blank_is_broken_across_pages() -> None:
    body = "x1" * 50_000
    sealed = world([body])
    package = compose(draft(sealed))
    pdf = to_pdf(package)
    assert check(to_json(package), sealed, sealed, pdf).bad == ()
    longest = max(len(line) for page in pages(pdf) for line in page.splitlines())
    assert longest < 140


def test_the_same_package_gives_the_same_bytes_and_carries_its_json() -> None:
    package = compose(draft(world(["one", "two"])))
    pdf = to_pdf(package)
    assert pdf == to_pdf(package)
    assert list(PdfReader(io.BytesIO(pdf)).attachments["package.json"]) == [to_json(package)]


def test_a_pdf_of_another_package_fails() -> None:
    sealed = world(["one", "two"])
    data = to_json(compose(draft(sealed)))
    for other in (
        resealed(data, lambda fields: fields["conversations"][0]["extracts"][1].update(body="twO")),
        resealed(data, lambda fields: fields.update(title="Another title")),
        resealed(data, lambda fields: fields["conversations"][0].update(left_out=[0, 0, 1])),
        resealed(data, lambda fields: fields["operation"].update(kind="real", marking="SECRET")),
    ):
        result = check(data, sealed, sealed, to_pdf(from_json(other)))
        assert any("carry this JSON" in fault.what for fault in result.bad)
        assert len(result.bad) > 1


def test_a_forged_page_fails_though_the_pdf_carries_the_true_json() -> None:
    sealed = world(["Landing Thursday", "\u0623\u0647\u0644\u0627"])
    data = to_json(compose(draft(sealed)))
    for place, body in ((0, "Landing Tuesdayy"), (1, "\u0623\u0647\u0644")):
        forged = resealed(
            data,
            lambda fields, place=place, body=body: fields["conversations"][0]["extracts"][place].update(body=body),
        )
        writer = PdfWriter(clone_from=io.BytesIO(to_pdf(from_json(forged))))
        del writer.root_object["/Names"]
        writer.add_attachment("package.json", data)
        bound = io.BytesIO()
        writer.write(bound)
        faults = check(data, sealed, sealed, bound.getvalue()).bad
        assert not any("carry this JSON" in fault.what for fault in faults)
        assert any("page" in fault.where for fault in faults)
        assert ("the PDF, extract 1" in [fault.where for fault in faults]) is (place == 0)


def test_a_forged_id_or_stage_that_no_font_covers_is_a_fault_and_not_a_crash() -> None:
    sealed = world(["one"])
    package = compose(draft(sealed))

    def forge(fields: dict) -> None:
        fields["conversations"][0]["conversation"] = "\ue000"
        quoted = fields["conversations"][0]["extracts"][0]
        quoted["message"] = quoted["time"]["document_zone"] = "\u202e\u0378"
        for one in quoted["source_records"]:
            one.update(record="\x00", file_sha256="\ue000", delivery="\u0301", stage="\x07", reader="\U00012000")

    assert check(resealed(to_json(package), forge), sealed, sealed, to_pdf(package)).bad


def test_a_copy_numbered_otherwise_fails() -> None:
    sealed = world(["one"])
    package = compose(draft(sealed))
    assert check(to_json(numbered(package, 2)), sealed, sealed, to_pdf(numbered(package, 3))).bad


@settings(max_examples=20)
@given(data=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"%PDF-1.7\n" + tail))
def test_bytes_that_are_no_pdf_are_a_fault_and_not_a_crash(data: bytes) -> None:
    sealed = world(["one"])
    assert check(to_json(compose(draft(sealed))), sealed, sealed, data).bad


def test_a_pdf_cut_or_with_bytes_turned_fails_and_does_not_crash() -> None:
    sealed = world(["one"])
    package = compose(draft(sealed))
    pdf = to_pdf(package)
    for cut in (0, 1, len(pdf) // 2, len(pdf) - 600):
        assert check(to_json(package), sealed, sealed, pdf[:cut]).bad


def test_pages_can_be_looked_at() -> None:
    package = compose(draft(world(["one"])))
    images = to_png(package, 40)
    assert len(images) == len(pages(to_pdf(package)))
    assert all(image.startswith(b"\x89PNG") for image in images)
