"""Open every citation of a package and compare what it quotes with the sealed bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from venetic.kernel import VeneticError
from venetic.packages._bar import barred_rows
from venetic.packages._check_pdf import check_pdf
from venetic.packages._check_time import Verdict, derived_time_agrees, time_against
from venetic.packages._compose import count, parties
from venetic.packages._document import (
    WARNINGS,
    Citation,
    Conversation,
    Package,
    Quote,
    content_sha256,
    from_json,
    to_json,
)
from venetic.packages._draft import EvidentialUse, SourceRef
from venetic.packages._fault import Fault
from venetic.packages._moments import ZONE_NOTE, document_zone, parse_utc
from venetic.packages._sealed import DecodedRecord, Opener, RecordDecoder

RECORD_MAX_BYTES = 64 * 1024 * 1024  # readers refuse larger records, so no citation can be longer


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How many citations were opened, how many times could not be checked, and everything that differs.

    A time cannot be checked when the record alone does not state the instant: its zone came from a mapping or an
    assertion. Its wall clock and its text as written are compared all the same.
    """

    citations: int
    times_unverified: int
    bad: tuple[Fault, ...]


@dataclass(slots=True)
class _Tally:
    citations: int = 0
    times_unverified: int = 0


def check(data: bytes, opener: Opener, decoder: RecordDecoder, pdf: bytes | None = None) -> CheckResult:
    """Check the JSON of a package, and its PDF when given, against the sealed bytes.

    Compares, character by character and without normalising: every quoted body, sender, time as written; record ids,
    which records each message rests on, the order of messages and the left-out counts; derived fields; the content
    hash. The PDF must carry the same JSON and say what it prints. Raises WrongUse when the JSON is no package.
    Bounds: one conversation's order and one record's bytes in memory beside the package.
    """
    package = from_json(data)
    tally = _Tally()
    bad = [*_check_own_form(package, data), *_check_bar(package)]
    for place, part in enumerate(package.conversations):
        where = f"conversations[{place}]"
        bad.extend(_check_order(part, where, opener))
        for number, quote in enumerate(part.extracts):
            bad.extend(_check_quote(quote, f"{where}.extracts[{number}]", (opener, decoder), tally))
    if pdf is not None:
        bad.extend(check_pdf(package, data, pdf))
    return CheckResult(tally.citations, tally.times_unverified, tuple(bad))


def _check_own_form(package: Package, data: bytes) -> Iterator[Fault]:
    if to_json(package) != data:
        yield Fault("the file", "is not written the way a package is: fields added, repeated or laid out otherwise")
    if content_sha256(package) != package.sha256:
        yield Fault("sha256", "the content does not have the hash the package states")
    if package.counts != count(package.conversations):
        yield Fault("counts", "differ from what the package holds")
    if package.parties != parties(package.conversations):
        yield Fault("parties", "are not the senders and receivers of the extracts")
    if package.warnings != WARNINGS or package.zone.note != ZONE_NOTE:
        yield Fault("warnings", "the warnings or the note on the zone were changed")
    quotes = [quote for part in package.conversations for quote in part.extracts]
    if [quote.number for quote in quotes] != list(range(1, len(quotes) + 1)):
        yield Fault("number", "the extracts are not numbered from one upwards")
    try:
        zone = document_zone(package.zone.name)
    except VeneticError as error:
        yield Fault("zone.name", error.what)
        return
    for quote in quotes:
        if not derived_time_agrees(quote.time, zone):
            yield Fault(f"extract {quote.number}, time", "UTC and the document's zone do not state the same instant")


def _check_bar(package: Package) -> Iterator[Fault]:
    if package.product != "evidential":
        return
    rows = (
        (quote.message, source_ref(one))
        for part in package.conversations
        for quote in part.extracts
        for one in quote.source_records
    )
    decisions = [
        EvidentialUse(one.record, one.evidential_use == "allowed", one.officer, one.reason, decided_at)
        for one in package.decisions
        if (decided_at := parse_utc(one.decided_at)) is not None
    ]
    for held_back in barred_rows(rows, decisions):
        yield Fault(f"message {held_back.message}, source record {held_back.record}", "is barred from evidential use")


def _check_order(part: Conversation, where: str, opener: Opener) -> Iterator[Fault]:
    try:
        order = opener.conversation_order(part.conversation)
    except VeneticError as error:
        yield Fault(where, f"the conversation cannot be recounted: {error.what}")
        return
    places = {message: place for place, message in enumerate(order)}
    found = [places.get(quote.message) for quote in part.extracts]
    known = [place for place in found if place is not None]
    for number, place in enumerate(found):
        if place is None:
            yield Fault(f"{where}.extracts[{number}].message", "the conversation holds no such message")
    if len(known) < len(found):
        return
    if known != sorted(set(known)):
        yield Fault(where, "the extracts are not in the order of the conversation")
        return
    edges = [-1, *known, len(order)]
    expected = tuple(after - before - 1 for before, after in pairwise(edges))
    if len(part.left_out) != len(expected):
        yield Fault(f"{where}.left_out", f"has {len(part.left_out)} numbers where {len(expected)} belong")
        return
    for gap, (stated, counted) in enumerate(zip(part.left_out, expected, strict=True)):
        if stated != counted:
            yield Fault(f"{where}.left_out[{gap}]", f"says {stated:,} messages were left out; {counted:,} were")


def _check_quote(quote: Quote, where: str, sealed: tuple[Opener, RecordDecoder], tally: _Tally) -> Iterator[Fault]:
    yield from _check_records(quote, where, sealed[0])
    decoded: list[DecodedRecord] = []
    for place, citation in enumerate(quote.source_records):
        tally.citations += 1
        opened = _open(citation, f"{where}.source_records[{place}]", sealed)
        if isinstance(opened, Fault):
            yield opened
        else:
            decoded.append(opened)
    if not decoded:
        return
    yield from _check_text(quote, where, decoded)
    if any(one.sender != quote.sender for one in decoded):
        yield Fault(f"{where}.sender", "differs from a source record")
    stated = [one.receivers for one in decoded if one.receivers is not None]
    if stated and quote.receivers not in stated:
        yield Fault(f"{where}.receivers", "differ from every source record")
    if len({one.native_id for one in decoded if one.native_id is not None}) > 1:
        yield Fault(f"{where}.source_records", "carry different native ids and cannot be one message")
    verdict = time_against(quote.time, decoded)
    tally.times_unverified += verdict is Verdict.UNVERIFIED
    if verdict is Verdict.DIFFERS:
        yield Fault(f"{where}.time", "differs from what the source records state")


def _check_records(quote: Quote, where: str, opener: Opener) -> Iterator[Fault]:
    cited = [one.record for one in quote.source_records]
    try:
        rests_on = opener.records_of(quote.message)
    except VeneticError as error:
        yield Fault(f"{where}.message", f"its source records cannot be found: {error.what}")
        return
    if sorted(cited) != sorted(rests_on):
        yield Fault(
            f"{where}.source_records", f"cites {len(cited)}; the message rests on {len(rests_on)}, or on others"
        )


def _open(citation: Citation, where: str, sealed: tuple[Opener, RecordDecoder]) -> DecodedRecord | Fault:
    opener, decoder = sealed
    ref = source_ref(citation)
    if citation.offset < 0 or not 0 < citation.length <= RECORD_MAX_BYTES:
        return Fault(where, "names no possible range of bytes")
    if opener.record_id(ref) != citation.record:
        return Fault(where, "the id is not that of the record at this place")
    try:
        return decoder.decode(ref, opener.read_range(citation.file_sha256, citation.offset, citation.length))
    except VeneticError as error:
        return Fault(where, f"cannot be opened: {error.what}")


def _check_text(quote: Quote, where: str, decoded: list[DecodedRecord]) -> Iterator[Fault]:
    bodies = {one.body for one in decoded}
    texts = {body for body in bodies if body is not None}
    if quote.body not in bodies:
        nearest = max(_first_difference(quote.body, body) for body in bodies)
        yield Fault(f"{where}.body", f"differs from the sealed bytes from character {nearest + 1}")
    elif max(len(texts), 1) != max(quote.versions, 1):
        yield Fault(f"{where}.versions", f"says {quote.versions}; the source records hold {len(texts)}")
    elif sorted(texts - {quote.body}) != sorted(quote.other_bodies):
        yield Fault(f"{where}.other_bodies", "are not the other texts that the source records hold")


def _first_difference(left: str | None, right: str | None) -> int:
    pairs = zip(left or "", right or "", strict=False)
    return next(
        (place for place, (one, other) in enumerate(pairs) if one != other), min(len(left or ""), len(right or ""))
    )


def source_ref(citation: Citation) -> SourceRef:
    """Return the place a citation names, as the rest of the house knows it."""
    return SourceRef(
        record=citation.record,
        file_sha256=citation.file_sha256,
        path=citation.path,
        offset=citation.offset,
        length=citation.length,
        reader=citation.reader,
        haul=citation.delivery,
        stage=citation.stage,
        stage_basis=citation.stage_basis,
    )
