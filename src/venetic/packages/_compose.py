"""From a draft to the package it becomes: derived fields, checks on what was handed in, the hash."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from venetic.kernel import Misuse, WrongUse, rfc3339
from venetic.packages._bar import barred
from venetic.packages._document import (
    WARNINGS,
    Citation,
    Conversation,
    Counts,
    Decision,
    DeliveryNote,
    Drafted,
    Operation,
    Package,
    Quote,
    Selection,
    Zone,
    sealed,
)
from venetic.packages._draft import Delivery, Draft, EvidentialUse, Extract, QuotedConversation, SourceRef
from venetic.packages._moments import ZONE_NOTE, document_zone, quote_time


def compose(draft: Draft) -> Package:
    """Make the package a draft describes, hashed and not yet numbered.

    Raises WrongUse when there is nothing to quote, the zone is unknown, or an evidential product holds barred source
    records; Misuse when the draft contradicts itself.
    """
    zone = document_zone(draft.zone)
    _refuse_what_cannot_stand(draft)
    conversations = _conversations(draft.conversations, zone)
    return sealed(
        Package(
            format="venetic-package",
            version=1,
            sha256="",
            copy_number=None,
            status="working draft",
            warnings=WARNINGS,
            product=draft.product,
            title=draft.title,
            operation=Operation(draft.operation, draft.kind, draft.marking),
            drafted=Drafted(_stated(draft.drafted_at), draft.actor, draft.purpose, draft.software),
            zone=Zone(draft.zone, ZONE_NOTE),
            selection=Selection(draft.principal_subject, draft.query),
            counts=count(conversations),
            parties=parties(conversations),
            deliveries=tuple(_delivery(one) for one in draft.deliveries),
            decisions=tuple(_decision(one) for one in draft.decisions),
            conversations=conversations,
        )
    )


def count(conversations: Iterable[Conversation]) -> Counts:
    """Count what stands in `conversations` and what was left out of them."""
    parts = tuple(conversations)
    quotes = [quote for part in parts for quote in part.extracts]
    records = {citation.record: citation.file_sha256 for quote in quotes for citation in quote.source_records}
    return Counts(
        conversations=len(parts),
        extracts=len(quotes),
        source_records=len(records),
        files=len(set(records.values())),
        left_out=sum(sum(part.left_out) for part in parts),
    )


def parties(conversations: Iterable[Conversation]) -> tuple[str, ...]:
    """Return every handle that sends or receives a quoted message, as the source wrote it, sorted."""
    quotes = [quote for part in conversations for quote in part.extracts]
    senders = {quote.sender for quote in quotes if quote.sender is not None}
    return tuple(sorted(senders.union(*(quote.receivers for quote in quotes))))


def _refuse_what_cannot_stand(draft: Draft) -> None:
    extracts = [extract for part in draft.conversations for extract in part.extracts]
    if not extracts:
        raise WrongUse("the draft quotes no message; choose a handle or a query that finds some")
    for part in draft.conversations:
        if len(part.left_out) != len(part.extracts) + 1 or min(part.left_out) < 0:
            raise Misuse("left-out counts do not fit the extracts", f"conversation {part.conversation}")
        for extract in part.extracts:
            if not extract.records or extract.conversation != part.conversation:
                raise Misuse("an extract without source records, or of another conversation", extract.message)
    held_back = barred(extracts, draft.decisions) if draft.product == "evidential" else ()
    if held_back:
        messages = len({one.message for one in held_back})
        raise WrongUse(
            f"{len(held_back)} source records under {messages} extracts are of stage transit or unknown and may not "
            "enter an evidential package; a named officer decides with a reason (the assertion "
            "evidential_use=allowed), or leave those messages out"
        )


def _conversations(drafts: Iterable[QuotedConversation], zone: ZoneInfo) -> tuple[Conversation, ...]:
    parts: list[Conversation] = []
    number = 0
    for part in drafts:
        quotes = tuple(_quote(extract, number + place, zone) for place, extract in enumerate(part.extracts, 1))
        number += len(quotes)
        parts.append(Conversation(part.conversation, part.name, part.left_out, quotes))
    return tuple(parts)


def _quote(extract: Extract, number: int, zone: ZoneInfo) -> Quote:
    return Quote(
        number=number,
        message=extract.message,
        kind=extract.kind,
        sender=extract.sender,
        receivers=extract.receivers,
        time=quote_time(
            extract.sent_at,
            extract.local_time,
            extract.time_raw,
            zone,
            precision=extract.time_precision,
            zone_asserted=extract.zone_asserted,
        ),
        body=extract.body,
        other_bodies=extract.other_bodies,
        marks=extract.marks,
        versions=extract.versions,
        source_records=tuple(_citation(ref) for ref in extract.records),
    )


def _citation(ref: SourceRef) -> Citation:
    return Citation(
        record=ref.record,
        file_sha256=ref.file_sha256,
        path=ref.path,
        offset=ref.offset,
        length=ref.length,
        reader=ref.reader,
        delivery=ref.haul,
        stage=ref.stage,
        stage_basis=ref.stage_basis,
    )


def _delivery(one: Delivery) -> DeliveryNote:
    return DeliveryNote(
        delivery=one.haul,
        provided_by=one.provided_by,
        authority=one.authority,
        acquired_at=rfc3339(one.acquired_at),
        handed_over_at=rfc3339(one.handed_over_at),
        received_at=rfc3339(one.received_at),
    )


def _decision(one: EvidentialUse) -> Decision:
    return Decision(
        record=one.record,
        evidential_use="allowed" if one.allowed else "refused",
        officer=one.officer,
        reason=one.reason,
        decided_at=_stated(one.decided_at),
    )


def _stated(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise Misuse("a package states times with their zone; this one has none")
    return rfc3339(moment) or ""
