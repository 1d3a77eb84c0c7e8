"""The printed form of a package as data: what the template sets, in the order in which it sets it.

The template holds every word that is not data and the data holds no markup, so that content cannot become
instructions. The same view tells `check` what the PDF must say.
"""

import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass, replace

from venetic.packages._document import Citation, Conversation, Decision, Package, Quote
from venetic.packages._moments import QuoteTime, in_words, parse_utc, parse_wall
from venetic.packages._text import Line, Setter, code_point, whole

Lines = tuple[Line, ...]
Row = tuple[str, Lines]

PRODUCTS = {"intelligence": "Intelligence package", "evidential": "Evidential package"}
WARNING = "Not graded, not sanitised, not privilege-checked, not for dissemination."
NO_BODY = "No text in the source."
EMPTY_BODY = "The text in the source is empty."
OTHERS_STAND = "The latest version has no text; other texts of the message stand above."


@dataclass(frozen=True, slots=True)
class QuoteView:
    """One extract: its heading, rows of label and value, the body or what stands for it, its source records."""

    heading: str
    message: str
    rows: tuple[Row, ...]
    body: Lines | None
    note: str  # printed where the body is null or empty
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation: name, id, extracts, and a sentence on what was left out around each (empty: nothing)."""

    name: Lines
    conversation: str
    left_out: tuple[str, ...]
    extracts: tuple[QuoteView, ...]


@dataclass(frozen=True, slots=True)
class PackageView:
    """A whole printed package."""

    title: Lines
    plain_title: str
    author: str
    product: str
    exercise: bool
    marking: str
    warning: str
    footer: str
    facts: tuple[Row, ...]
    parties: tuple[Lines, ...]
    deliveries: tuple[tuple[Row, ...], ...]
    stages: tuple[tuple[Lines, Lines, str], ...]
    decisions: tuple[tuple[Row, ...], ...]
    conversations: tuple[ConversationView, ...]
    files: tuple[tuple[str, str, tuple[Lines, ...]], ...]
    numbered: tuple[tuple[str, str, str], ...]

    def data(self) -> dict[str, object]:
        """The view as plain JSON data for the template."""
        return asdict(self)


def view(package: Package) -> PackageView:
    """Lay a package out for print."""
    setter = Setter()
    labels = _Labels(package)
    conversations = tuple(_conversation(part, setter, labels, package.zone.name) for part in package.conversations)
    head = _Head(package, setter, labels)
    return PackageView(
        title=setter.lines(package.title),
        plain_title=setter.line(package.title),
        author=setter.line(package.drafted.by),
        product=PRODUCTS[package.product],
        exercise=package.operation.kind == "exercise",
        marking=setter.line(package.operation.marking),
        warning=WARNING,
        footer=setter.line(
            f"Copy {_copy(package)} \u00b7 {PRODUCTS[package.product]}, working draft \u00b7 {package.sha256[:16]}"
        ),
        facts=head.facts(),
        parties=tuple(setter.lines(party) for party in package.parties),
        deliveries=head.deliveries(),
        stages=head.stages(),
        decisions=head.decisions(),
        conversations=conversations,
        files=head.files(),
        numbered=_numbered(setter),
    )


class _Labels:
    """Short names for files, deliveries and decisions, in the order in which the package has them."""

    def __init__(self, package: Package) -> None:
        self.citations = [
            one for part in package.conversations for quote in part.extracts for one in quote.source_records
        ]
        stated = [note.delivery for note in package.deliveries]
        self.files = _short("F", [one.file_sha256 for one in self.citations])
        self.deliveries = _short("D", [*stated, *(one.delivery for one in self.citations)])
        self.decisions: dict[Decision, list[str]] = {}  # what was decided at once, and the source records it is about
        for one in package.decisions:
            self.decisions.setdefault(replace(one, record=""), []).append(one.record)
        self.decided: dict[str, str] = {}  # source record to the decision that holds
        for number, (decision, records) in enumerate(sorted(self.decisions.items(), key=_when), 1):
            self.decided |= dict.fromkeys(records, f"evidential use {decision.evidential_use} by decision E{number}")


class _Head:
    """The parts of page one and of the annex."""

    def __init__(self, package: Package, setter: Setter, labels: _Labels) -> None:
        self._package = package
        self._set = setter.lines
        self._line = setter.line
        self._labels = labels

    def facts(self) -> tuple[Row, ...]:
        package, counts = self._package, self._package.counts
        contents = (
            f"{_many(counts.extracts, 'extract')} from {_many(counts.conversations, 'conversation')}, resting on "
            f"{_many(counts.source_records, 'source record')} in {_many(counts.files, 'sealed file')}; "
            f"{_many(counts.left_out, 'message')} of the same conversations left out"
        )
        rows = [
            ("Operation", package.operation.name),
            ("Principal subject", package.selection.principal_subject),
            ("Query", package.selection.query),
            ("Purpose", package.drafted.purpose),
            ("Drafted by", package.drafted.by),
            ("Drafted at", _utc_words(package.drafted.at)),
            ("Software", package.drafted.software),
            ("Document zone", f"{package.zone.name}. {package.zone.note}"),
            ("Contents", contents),
            ("Copy number", _copy(package)),
        ]
        shown = [(label, self._set(value)) for label, value in rows if value is not None]
        return (*shown, ("Content SHA-256", whole(self._line(package.sha256))))

    def deliveries(self) -> tuple[tuple[Row, ...], ...]:
        stated = {note.delivery: note for note in self._package.deliveries}
        found = []
        for delivery, label in self._labels.deliveries.items():
            note = stated.get(delivery)
            rows = [("Delivery", f"{label}: {delivery}")]
            if note is not None:
                rows += [("Provided by", note.provided_by), ("Authority", note.authority)]
                times = (
                    ("Acquired", note.acquired_at),
                    ("Handed over", note.handed_over_at),
                    ("Received", note.received_at),
                )
                rows += [(name, _utc_words(at) if at else "not stated") for name, at in times]
            found.append(tuple((name, self._set(value)) for name, value in rows))
        return tuple(found)

    def stages(self) -> tuple[tuple[Lines, Lines, str], ...]:
        counted = Counter(
            (one.stage, one.stage_basis) for one in {one.record: one for one in self._labels.citations}.values()
        )
        return tuple(
            (self._set(stage), self._set(basis), f"{many:,}") for (stage, basis), many in sorted(counted.items())
        )

    def decisions(self) -> tuple[tuple[Row, ...], ...]:
        return tuple(
            (
                ("Decision", self._set(f"E{number}: evidential use {one.evidential_use}")),
                ("Officer", self._set(one.officer)),
                ("Reason", self._set(one.reason)),
                ("Decided", self._set(_utc_words(one.decided_at))),
                (
                    "About",
                    self._set(f"{_many(len(records), 'source record')}, each marked E{number} where it is cited"),
                ),
            )
            for number, (one, records) in enumerate(sorted(self._labels.decisions.items(), key=_when), 1)
        )

    def files(self) -> tuple[tuple[str, str, tuple[Lines, ...]], ...]:
        paths: dict[str, dict[str, None]] = {}
        for one in self._labels.citations:
            paths.setdefault(one.file_sha256, {})[one.path] = None
        labels = self._labels.files
        return tuple(
            (labels[file], self._line(file), tuple(self._set(path) for path in shown)) for file, shown in paths.items()
        )


def _conversation(part: Conversation, setter: Setter, labels: _Labels, zone: str) -> ConversationView:
    return ConversationView(
        name=setter.lines(part.name),
        conversation=setter.line(part.conversation),
        left_out=tuple(f"{_many(number, 'message')} left out" if number else "" for number in part.left_out),
        extracts=tuple(_quote(quote, setter, labels, zone) for quote in part.extracts),
    )


def _quote(quote: Quote, setter: Setter, labels: _Labels, zone: str) -> QuoteView:
    rows = [
        *_time_rows(quote.time, zone),
        ("From", quote.sender if quote.sender is not None else "not named in the source"),
    ]
    rows += [("To", receiver) for receiver in quote.receivers] or [("To", "not named in the source")]
    if quote.kind != "text":
        rows.append(("Kind", quote.kind))
    rows += [("Marked", mark) for mark in quote.marks]
    if quote.versions > 1:
        rows.append(("Versions", f"{quote.versions} in the source records; the latest is quoted"))
    rows += [("Other text", text) for text in quote.other_bodies]
    return QuoteView(
        heading=f"Extract {quote.number}",
        message=setter.line(f"message {quote.message}"),
        rows=tuple((label, setter.lines(value)) for label, value in rows),
        body=setter.lines(quote.body) if quote.body else None,
        note=_note(quote),
        sources=tuple(_source(one, setter, labels) for one in quote.source_records),
    )


def _note(quote: Quote) -> str:
    if quote.body:
        return ""
    if quote.other_bodies:
        return OTHERS_STAND
    return NO_BODY if quote.body is None else EMPTY_BODY


def _time_rows(time: QuoteTime, zone: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    there = parse_wall(time.document[:-6]) if time.document else None
    asserted = ", zone asserted, not stated by the source" if time.zone_asserted else ""
    if time.utc and there is not None:
        sent = f"{in_words(there, time.precision)} {time.document_zone} ({zone})"
        rows += [("Sent", sent), ("", _utc_words(time.utc, time.precision) + asserted)]
    elif time.utc:
        rows.append(("Sent", _utc_words(time.utc, time.precision) + asserted))
    elif (wall := parse_wall(time.local) if time.local else None) is not None:
        rows.append(("Sent", f"{in_words(wall, time.precision)}, zone not stated"))
    else:
        rows.append(("Sent", "no time could be read" if time.raw else "no time in the source"))
    if time.raw is not None:
        rows.append(("As written", time.raw))
    return rows


def _source(one: Citation, setter: Setter, labels: _Labels) -> str:
    decided = f"; {labels.decided[one.record]}" if one.record in labels.decided else ""
    return setter.line(
        f"Source record {one.record}: file {labels.files[one.file_sha256]}, from byte {one.offset:,}, "
        f"{_many(one.length, 'byte')}; delivery {labels.deliveries[one.delivery]}; stage {one.stage}{decided}; "
        f"read by {one.reader}"
    )


def _when(decision: tuple[Decision, list[str]]) -> tuple[str, str]:
    return decision[0].decided_at, decision[0].evidential_use


def _numbered(setter: Setter) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (code_point(char), unicodedata.name(char, "no name in Unicode"), f"{many:,}")
        for char, many in sorted(setter.numbered.items())
    )


def _utc_words(text: str, precision: str | None = None) -> str:
    moment = parse_utc(text)
    return text if moment is None else f"{in_words(moment, precision)} UTC"


def _copy(package: Package) -> str:
    return "not numbered" if package.copy_number is None else str(package.copy_number)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _short(letter: str, names: list[str]) -> dict[str, str]:
    return {name: f"{letter}{place}" for place, name in enumerate(dict.fromkeys(names), 1)}
