"""Packages of an operation: drafted from a search, written as JSON and PDF, checked against the sealed bytes."""

import hashlib
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import re2
import yaml

import venetic
from venetic.audit import Actor
from venetic.corpus import (
    CopyDone,
    CopyFacts,
    CorpusRoom,
    Message,
    QuotedMessages,
    RecordRef,
    Recount,
    quoted,
    row_stages,
    tombstone_at,
)
from venetic.haul import About, Assertion, HaulRoom, decode_record
from venetic.kernel import BadEvidence, Corrupt, NotFound, WrongUse, content_id, rfc3339, utc_now
from venetic.packages import (
    CheckResult,
    DecodedRecord,
    Delivery,
    Draft,
    EvidentialUse,
    Extract,
    Fault,
    OperationKind,
    Product,
    QuotedConversation,
    SourceRef,
    check,
    compose,
    from_json,
    numbered,
    to_json,
    to_pdf,
)

PRIVATE = 0o600  # a package is for its owner, until the owner says otherwise
HEAD_BYTES = 65_536  # where a table's header and a stated encoding stand


@dataclass(frozen=True, slots=True)
class DraftOrder:
    """What to draft: one of `handle` and `query`; `folder` must exist; nothing there is replaced."""

    folder: Path
    handle: str | None = None
    query: str | None = None
    title: str | None = None
    product: Product = "intelligence"
    zone: str | None = None  # null: the operation's setting
    most: int = 500  # messages quoted at most: more are a mistake oftener than a package
    destroy_by: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A draft as written: its copy number, files, counts and the hash of its content."""

    number: int
    json: Path
    pdf: Path
    extracts: int
    citations: int
    sha256: str


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """What a package says of its operation."""

    name: str
    kind: OperationKind
    marking: str
    zone: str


class Packages:
    """Drafts and checks packages."""

    def __init__(self, facts: OperationFacts, haul: HaulRoom, corpus: CorpusRoom) -> None:
        self._facts = facts
        self._haul = haul
        self._corpus = corpus

    def draft(self, order: DraftOrder, actor: Actor) -> Written:
        """Draft a package and write it as JSON and PDF; a numbered copy in the register and an audited read.

        Raises WrongUse when nothing or too much is selected, or an evidential product holds barred source records.
        """
        query = _query_of(order)
        if not order.folder.is_dir():
            raise WrongUse("the folder to write to does not exist", str(order.folder))
        results = self._corpus.search(query, actor, "time")
        try:
            parts = quoted(results, order.most)
            messages = [message for part in parts for message in part.messages]
            stages = row_stages(results, messages)
            self._corpus.note_search(results, actor, len(messages), [message.message for message in messages])
        finally:
            results.close()
        package = compose(self._draft(order, actor, parts, stages))
        facts = CopyFacts("package", query, str(order.folder.absolute()), order.destroy_by)
        number = self._corpus.register_copy(actor, facts)
        package = numbered(package, number)
        data = to_json(package)
        written = order.folder / f"package-{number}.json", order.folder / f"package-{number}.pdf"
        for file, content in zip(written, (data, to_pdf(package)), strict=True):
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as out:
                out.write(content)
        ids = [message.message for message in messages]
        done = CopyDone(len(ids), hashlib.sha256(data).hexdigest(), ids)
        self._corpus.complete_copy(actor, number, done)
        return Written(number, *written, len(ids), sum(len(m.records) for m in messages), package.sha256)

    def check(self, file: Path, actor: Actor) -> CheckResult:
        """Open every citation of a package's JSON, and compare the PDF beside it when there is one. Audited.

        Raises WrongUse when the file is no package, NotFound when it is not there.
        """
        if not file.is_file():
            raise NotFound("no such file", str(file))
        data = file.read_bytes()
        package = from_json(data, file.name)
        pdf = file.with_suffix(".pdf")
        sealed = SealedBytes(self._haul, self._corpus, [part.conversation for part in package.conversations])
        result = check(data, sealed, sealed, pdf.read_bytes() if pdf.is_file() else None)
        result = replace(result, bad=(*result.bad, *self._against_register(package.copy_number, data)))
        found = {"citations": result.citations, "bad": len(result.bad)}
        self._corpus.note(actor, "package check", {"sha256": hashlib.sha256(data).hexdigest(), **found})
        return result

    def _against_register(self, number: int | None, data: bytes) -> Iterable[Fault]:
        known = {copy["number"]: copy["sha256"] for copy in self._corpus.copies()}
        if number not in known:
            return [Fault("copy_number", "the register of copies has no such copy")]
        if known[number] != hashlib.sha256(data).hexdigest():
            return [Fault("copy_number", "the file is not the one the register of copies has under this number")]
        return []

    def _draft(
        self, order: DraftOrder, actor: Actor, parts: Sequence[QuotedMessages], stages: Mapping[str, str]
    ) -> Draft:
        sources = Sources(self._haul, stages)
        conversations = tuple(
            QuotedConversation(
                part.conversation,
                part.name,
                tuple(_extract(message, part.name, sources) for message in part.messages),
                part.left_out,
            )
            for part in parts
        )
        refs = [ref for part in conversations for extract in part.extracts for ref in extract.records]
        return Draft(
            title=order.title or (f"Messages of {order.handle}" if order.handle else "Messages found by a search"),
            product=order.product,
            operation=self._facts.name,
            kind=self._facts.kind,
            marking=self._facts.marking,
            actor=actor.account if actor.claimed is None else f"{actor.account} ({actor.claimed})",
            purpose=actor.purpose or "",
            drafted_at=utc_now(),
            software=f"venetic {venetic.__version__}",
            conversations=conversations,
            principal_subject=order.handle,
            query=order.query,
            zone=order.zone or self._facts.zone,
            deliveries=tuple(map(self._delivery, sorted({ref.haul for ref in refs}))),
            decisions=tuple(sources.decisions(refs)),
        )

    def _delivery(self, haul: str) -> Delivery:
        known = self._haul.delivery(haul)
        return Delivery(
            haul,
            known.provided_by,
            known.authority,
            known.acquired_at,
            known.handed_over_at,
            known.received_at,
        )


def _query_of(order: DraftOrder) -> str:
    if (order.handle is None) == (order.query is None):
        raise WrongUse("give a handle or a search to quote from, one of them", "--handle, --search")
    if order.handle is None:
        return order.query or ""
    escaped = order.handle.replace("\\", "\\\\").replace('"', '\\"')
    return f'with:"{escaped}"'


def _extract(message: Message, name: str, sources: "Sources") -> Extract:
    return Extract(
        message=message.message,
        conversation=message.conversation,
        conversation_name=name,
        kind=message.kind,
        sender=message.sender,
        receivers=message.receivers,
        sent_at=message.sent_at,
        local_time=message.local_time,
        time_raw=message.time_raw,
        body=message.body,
        marks=message.marks,
        records=tuple(map(sources.ref, message.records)),
        versions=message.versions,
        time_precision=message.time_precision,
        other_bodies=message.other_bodies,
        zone_asserted=message.zone == "asserted",
    )


class Sources:
    """What custody says of the files that records stand in: delivery, stage and who asserted it, decisions."""

    def __init__(self, haul: HaulRoom, stages: Mapping[str, str]) -> None:
        self._haul = haul
        self._stages = stages
        self._hauls: dict[str, tuple[str, ...]] = {}

    def _hauls_of(self, file: str) -> tuple[str, ...]:
        if file not in self._hauls:
            self._hauls[file] = self._haul.file(file).hauls
        return self._hauls[file]

    def ref(self, record: RecordRef) -> SourceRef:
        """The reference as a package prints it."""
        stage, basis = self._stage(record)
        return SourceRef(
            record.record,
            record.file_sha256,
            record.path,
            record.offset,
            record.length,
            record.reader,
            self._hauls_of(record.file_sha256)[0],
            stage,
            basis,
        )

    def _stage(self, record: RecordRef) -> tuple[str, str]:
        if record.record in self._stages:
            return self._stages[record.record], "stated in the source record itself"
        said = self._said(record.file_sha256, "stage")
        return ("unknown", "nobody has said") if said is None else (said.value, _basis(said))

    def _said(self, file: str, named: str) -> Assertion | None:
        """What is in force for a file, else for the first delivery that brought it."""
        of_file = self._haul.in_force(About("file", file, named))
        return of_file or self._haul.in_force(About("haul", self._hauls_of(file)[0], named))

    def decisions(self, refs: Iterable[SourceRef]) -> Iterable[EvidentialUse]:
        """Decisions of named officers on evidential use, for each record they cover."""
        seen: dict[str, Assertion | None] = {}
        for ref in refs:
            if ref.file_sha256 not in seen:
                seen[ref.file_sha256] = self._said(ref.file_sha256, "evidential_use")
            said = seen[ref.file_sha256]
            if said is not None:
                yield EvidentialUse(ref.record, said.value == "allowed", said.said_by or "", said.reason or "", said.at)


def _basis(said: Assertion) -> str:
    parts = [f"said by {said.said_by or 'the person receiving'}"]
    if said.said_at:
        parts.append(said.said_at)
    parts.append(f"recorded {(rfc3339(said.at) or '')[:10]}")
    if said.document:
        parts.append(f"on {said.document}")
    return ", ".join(parts)


class SealedBytes:
    """What a check asks: sealed bytes, records decoded by other code than the readers', and counts made anew."""

    def __init__(self, haul: HaulRoom, corpus: CorpusRoom, conversations: Sequence[str]) -> None:
        self._haul = haul
        self._corpus = corpus
        self._conversations = conversations
        self._recount = Recount(corpus.parts, corpus.commits)

    @cached_property
    def _orders(self) -> Mapping[str, dict[str, tuple[str, ...]]]:
        return self._recount.read(self._conversations)

    @cached_property
    def _records(self) -> dict[str, tuple[str, ...]]:
        return {message: records for order in self._orders.values() for message, records in order.items()}

    def read_range(self, file_sha256: str, offset: int, length: int) -> bytes:
        """Exactly the asked bytes of a sealed file. Raises NotFound, naming the direction, for what was destroyed."""
        stone = tombstone_at(self._corpus.parts.case, file_sha256, offset, length)
        if stone is not None:
            on_day = f"{stone.direction.at:%Y-%m-%d}"
            raise NotFound(f"destroyed on {on_day} under direction {stone.direction.number}", stone.stone.record)
        with self._haul.open_source(file_sha256).open() as stream:
            stream.seek(offset)
            data = stream.read(length)
        if len(data) != length:
            raise Corrupt("the sealed file is shorter than the citation says", file_sha256)
        return data

    def conversation_order(self, conversation: str) -> Sequence[str]:
        """Every message of the conversation in order, read again from the sealed files."""
        if conversation not in self._orders:
            raise NotFound("no sealed file holds this conversation", conversation)
        return tuple(self._orders[conversation])

    def records_of(self, message: str) -> Collection[str]:
        """The source records a message rests on, as read again."""
        if message not in self._records:
            raise NotFound("no sealed file holds this message", message)
        return self._records[message]

    def record_id(self, source_ref: SourceRef) -> str:
        """The id of the record at this place."""
        told = self._corpus.told_by_path(source_ref.reader, source_ref.file_sha256, source_ref.path)
        return content_id("record", source_ref.file_sha256, source_ref.offset, source_ref.length, told)

    def decode(self, source_ref: SourceRef, raw_bytes: bytes) -> DecodedRecord:
        """Decode one record without the reader that ingested it."""
        name = source_ref.reader.rpartition("@")[0]
        text = self._corpus.mapping_of(source_ref.file_sha256, source_ref.reader)
        head = self._haul.open_source(source_ref.file_sha256).head(HEAD_BYTES)
        decoded = decode_record(name, raw_bytes, head=head, mapping_text=text)
        sender = decoded.sender
        if sender is None and text is not None:
            sender = _from_path(text, "sender", source_ref.path)
        return DecodedRecord(decoded.body, sender, None, decoded.time_raw)


def _from_path(text: str, field: str, path: str) -> str | None:
    """A field that a mapping reads from the file's path, found again."""
    document: dict[str, Any] = yaml.safe_load(text)
    source = document["fields"].get(field)
    if not isinstance(source, dict) or "file_path" not in source:
        return None
    try:
        found = re2.search(document["path_pattern"], path)  # linear in time, whatever the pattern
    except re2.error as error:
        raise BadEvidence("the mapping's path pattern cannot be read again") from error
    return None if found is None else found.group(source["file_path"])
