"""What a package is drafted from: extracts as quoted, the source records they rest on, and who drafts it why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Product = Literal["intelligence", "evidential"]
OperationKind = Literal["exercise", "real"]

DOCUMENT_ZONE = "Europe/London"  # the zone of the people the draft is written for


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One source record: where its bytes stand in a sealed file, who read them, and at what stage they were taken."""

    record: str
    file_sha256: str
    path: str
    offset: int
    length: int
    reader: str  # name@version
    haul: str  # printed as "delivery"
    stage: str  # stored, transit or unknown
    stage_basis: str  # who asserted the stage, when, on what document


@dataclass(frozen=True, slots=True)
class Extract:
    """One message as it is to be quoted, with every source record it rests on."""

    message: str
    conversation: str
    conversation_name: str
    kind: str
    sender: str | None  # null: the source names none
    receivers: tuple[str, ...]  # empty: the source names none
    sent_at: datetime | None  # null: the source states no zone, or no time
    local_time: datetime | None  # wall clock as written, without a zone; null: none written
    time_raw: str | None  # null: no time in the source
    body: str | None  # null: no body in the source
    marks: tuple[str, ...]
    records: tuple[SourceRef, ...]
    versions: int  # distinct bodies the source records hold; 1 unless the message was edited
    time_precision: str | None = None  # how exactly the source states the time: us, ms, s, min, h, day
    other_bodies: tuple[str, ...] = ()  # what its source records say besides `body`: other versions of the text
    zone_asserted: bool = False  # `sent_at` rests on a zone that somebody asserted, not the source


@dataclass(frozen=True, slots=True)
class QuotedConversation:
    """The extracts of one conversation in its order.

    `left_out` counts the messages left out before the first extract, between each pair, and after the last: one
    number more than there are extracts.
    """

    conversation: str
    name: str
    extracts: tuple[Extract, ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the acquired material of one delivery came in; times are null where nobody stated them."""

    haul: str
    provided_by: str
    authority: str
    acquired_at: datetime | None = None
    handed_over_at: datetime | None = None
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EvidentialUse:
    """A named officer's decision whether one source record may enter an evidential product."""

    record: str
    allowed: bool
    officer: str
    reason: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a package says, before it is numbered.

    One of `principal_subject` (a handle) and `query` says how the extracts were chosen. `zone` is the document's
    own zone and no claim about where a sender was.
    """

    title: str
    product: Product
    operation: str
    kind: OperationKind
    marking: str
    actor: str
    purpose: str
    drafted_at: datetime
    software: str
    conversations: tuple[QuotedConversation, ...]
    principal_subject: str | None = None
    query: str | None = None
    zone: str = DOCUMENT_ZONE
    deliveries: tuple[Delivery, ...] = ()
    decisions: tuple[EvidentialUse, ...] = ()
