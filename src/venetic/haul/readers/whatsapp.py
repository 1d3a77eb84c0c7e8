"""WhatsApp text exports, Android and iOS. Format notes: docs/sources/whatsapp.md.

The export states no zone, so a time is wall-clock time. It states no date order either: the whole file is searched
for a day above twelve. Where there is none, every time stays null with its text kept, until someone names the order.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Literal, get_args

import pyarrow as pa

from venetic.haul.readers._found import DEFAULT_LIMITS, Found, Limits, Record
from venetic.haul.readers._line_records import append_line, continues, joined
from venetic.haul.readers._lines import lines, mark_of
from venetic.haul.readers._values import text_column
from venetic.haul.readers.contract import ATTACHMENT, READ_SCHEMA, ReadBatch, ReaderInfo, SourceFile
from venetic.kernel import NotFound, UnreadableHaul

DateOrder = Literal["dmy", "mdy", "ymd"]

_SPACE = "[ \u00a0\u202f]"
_MARKS = "[\u200e\u200f\u202a-\u202e]*"
_STAMP = re.compile(
    rf"{_MARKS}(?P<open>\[)?(?P<stamp>(?P<a>[0-9]{{1,4}})(?P<sep>[./-]){_SPACE}?(?P<b>[0-9]{{1,2}})(?P=sep){_SPACE}?"
    rf"(?P<c>[0-9]{{4}}|[0-9]{{1,2}})\.?,?{_SPACE}(?P<hour>[0-9]{{1,2}})[:.](?P<minute>[0-9]{{2}})"
    rf"(?:[:.](?P<second>[0-9]{{2}}))?(?:{_SPACE}?(?P<half>[AaPp])\.?{_SPACE}?[Mm]\.?)?)"
    rf"(?(open)\]|{_SPACE}-){_SPACE}(?P<rest>.*)",
    re.DOTALL,
)
_CHAT_NAME = re.compile(
    r"(?:^|/)(?:WhatsApp[ -]Chat (?:with|mit|met|-)|Chat (?:de )?WhatsApp con|Discussion WhatsApp avec"
    r"|Conversa do WhatsApp com) (?P<name>[^/]+?)(?:\.txt|\.zip/_chat\.txt|/_chat\.txt)$",
    re.IGNORECASE,
)
# What the app writes in place of a file, by language: see the table in docs/sources/whatsapp.md.
_NAMED = re.compile(
    rf"{_MARKS}(?:<(?:attached|angehängt|Anhang|adjunto|pièce jointe|anexado|allegato|bijgevoegd){_SPACE}?: "
    r"(?P<inside>[^<>/]+)>|(?P<before>[^\n<>/]+\.[A-Za-z0-9]{1,5}) \((?:file attached|Datei angehängt|archivo adjunto"
    r"|fichier joint|arquivo anexado|file allegato|bestand bijgevoegd)\))"
)
_OMITTED = re.compile(
    rf"{_MARKS}(?:<(?:Media omitted|Medien ausgeschlossen|Multimedia omitido|Médias omis|Mídia oculta"
    r"|Arquivo de mídia oculto|Media omessi|Media weggelaten|Без медиафайлов)>"
    r"|(?<=\u200e)(?:image|video|audio|sticker|GIF|document|Contact card) omitted)"
)
_NOTICE = re.compile(
    rf"{_MARKS}(?:Messages and calls are end-to-end encrypted|Messages to this (?:chat|group) .*are now secured"
    r"|Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt)"
)
_DELETED = re.compile(rf"{_MARKS}(?:This message was deleted|You deleted this message)\.?")


class WhatsAppReader:
    """Reads the text file of an exported chat; `date_order` settles what the file itself leaves open."""

    def __init__(self, date_order: DateOrder | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._date_order = date_order
        self._limits = limits

    @property
    def info(self) -> ReaderInfo:
        """`whatsapp`, or `whatsapp:dmy` and the like when the order was given; the path tells the chat's name."""
        return ReaderInfo(
            name="whatsapp" if self._date_order is None else f"whatsapp:{self._date_order}",
            version="1",
            layouts=("Android: date, time - name: text", "iOS: [date, time] name: text"),
            source_notes="docs/sources/whatsapp.md",
            path_fields=("conversation",),
        )

    def with_limits(self, limits: Limits) -> "WhatsAppReader":
        """The same reader under other limits."""
        return WhatsAppReader(self._date_order, limits)

    def refusal(self, source: SourceFile) -> str | None:
        """Why this is no export: its first line does not begin with a date and time as WhatsApp writes them."""
        head = source.head()
        first = head[len(mark_of(head)[0]) :].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
        return (
            None if _STAMP.fullmatch(first) else "the first line does not begin with date, time and a dash or bracket"
        )

    def told_by_path(self, path: str) -> str | None:
        """The chat's name."""
        found = _CHAT_NAME.search(path)
        return None if found is None else found.group()

    def read(self, source: SourceFile) -> Iterator[ReadBatch]:
        """Yield the chat's lines in file order, see `Reader.read`.

        `conversation` is the chat's name from the path, null where the path tells none; `receivers` is null;
        `time_precision` is min or s. Lines without name are of kind `event`, without sender. Reads the file twice, the
        first time for the date order. Raises: UnreadableHaul when no line begins with date and time.
        """
        with source.open() as stream:
            layout = _survey(stream, self._limits)
            if layout is None:
                raise UnreadableHaul("no line begins with date and time as WhatsApp writes them", source.path)
            order = self._date_order or layout.order
            chat = _CHAT_NAME.search(source.path)
            name = None if chat is None else chat["name"]
            stream.seek(0)
            for found in _records(stream, self._limits, layout):
                if not found.is_empty():
                    yield ReadBatch(_batch(found, name, order), tuple(found.refusals), found.separator_bytes)


class _Layout:
    """How this file writes its stamps; a line of another form is text that someone pasted."""

    def __init__(self, first: re.Match[str]) -> None:
        self._form = _form(first)
        self._highest = [0, 0]
        self._has_year_first = len(first["a"]) == 4

    def admits(self, stamp: re.Match[str]) -> bool:
        return _form(stamp) == self._form

    def note(self, stamp: re.Match[str]) -> None:
        self._highest = [max(seen, int(stamp[part])) for seen, part in zip(self._highest, "ab", strict=True)]

    @property
    def order(self) -> DateOrder | None:
        """Year first where the year says so; else by a number above twelve; null where there is none, or both."""
        if self._has_year_first or self._highest[0] > 31:
            return "ymd"
        first_is_day, second_is_day = (number > 12 for number in self._highest)
        if first_is_day == second_is_day:
            return None
        return "dmy" if first_is_day else "mdy"


def _form(stamp: re.Match[str]) -> tuple[object, ...]:
    return (stamp["open"], stamp["sep"], stamp["second"] is None, stamp["half"] is None, len(stamp["a"]) == 4)


def _survey(stream: IO[bytes], limits: Limits) -> _Layout | None:
    layout: _Layout | None = None
    for line in lines(stream, "utf-8", limits):
        stamp = None if line.text is None else _STAMP.fullmatch(line.text)
        if stamp is not None:
            layout = layout or _Layout(stamp)
            if layout.admits(stamp):
                layout.note(stamp)
    return layout


def _records(stream: IO[bytes], limits: Limits, layout: _Layout) -> Iterator[Found]:
    found = Found(separator_bytes=len(mark_of(stream.read(4))[0]))
    stream.seek(0)
    for line in lines(stream, "utf-8", limits):
        stamp = None if line.text is None else _STAMP.fullmatch(line.text)
        is_start = stamp is not None and layout.admits(stamp)
        is_more = not is_start and continues(found, line, limits)
        if is_more:
            append_line(found, line)
            continue
        if found.is_full(limits.batch_rows):
            yield joined(found, "body")
            found = Found()
        if stamp is not None and is_start:
            found.add(line.offset, line.length, _record(stamp))
        else:
            found.refuse(line.offset, line.length, "unmatched_line", "the line begins no message and follows none")
        found.separator_bytes += line.end - line.offset - line.length
    yield joined(found, "body")


def _record(stamp: re.Match[str]) -> Record:
    sender, colon, body = stamp["rest"].partition(":")
    if not colon or (body and body[0] != " "):
        sender, colon, body = stamp["rest"].partition(": ")
        body = f" {body}"
    is_notice = body.startswith(" \u200e") and _NOTICE.match(body[1:]) is not None  # under the chat's name on iOS
    if not colon or is_notice or sender.count('"') % 2:  # a colon inside a quoted subject parts no name from a text
        return {"stamp": stamp, "sender": None, "body": body[1:] if is_notice else stamp["rest"]}
    return {"stamp": stamp, "sender": sender, "body": body[1:]}


def _batch(found: Found, chat: str | None, order: DateOrder | None) -> pa.RecordBatch:
    records, rows = found.records, len(found.records)
    columns: dict[str, pa.Array] = {field.name: pa.nulls(rows, field.type) for field in READ_SCHEMA}
    columns["offset"] = pa.array(found.offsets, pa.int64())
    columns["length"] = pa.array(found.lengths, pa.int64())
    columns["service"] = text_column("whatsapp", rows)
    columns["conversation"] = text_column(chat, rows)
    columns["sender"] = text_column([record["sender"] for record in records], rows)
    columns["body"] = text_column([record["body"] for record in records], rows)
    columns["kind"] = text_column([_kind(record) for record in records], rows)
    columns["attachments"] = pa.array([_attachments(record["body"]) for record in records], pa.list_(ATTACHMENT))
    times = [_local_time(record["stamp"], order) for record in records]
    columns["local_time"] = pa.array(times, pa.timestamp("us"))
    columns["time_raw"] = text_column([record["stamp"]["stamp"] for record in records], rows)
    columns["time_precision"] = pa.array(
        [
            None if time is None else "min" if r["stamp"]["second"] is None else "s"
            for r, time in zip(records, times, strict=True)
        ],
        pa.string(),
    )
    if order is None:
        columns["extra"] = text_column('{"date_order":"undecided"}', rows)
    return pa.RecordBatch.from_arrays([columns[name] for name in READ_SCHEMA.names], schema=READ_SCHEMA)


def _kind(record: Record) -> str:
    body = record["body"]
    if record["sender"] is None:
        return "event"
    if _NAMED.match(body) or _OMITTED.match(body):
        return "media"
    return "deleted" if _DELETED.fullmatch(body) else "text"


def _attachments(body: str) -> list[dict[str, str | None]] | None:
    if (named := _NAMED.match(body)) is not None:
        return [{"name": named["inside"] or named["before"].lstrip("\u200e")}]
    return [{"name": None}] if _OMITTED.match(body) else None


def _local_time(stamp: re.Match[str], order: DateOrder | None) -> datetime | None:
    if order is None:
        return None
    numbers = dict(zip(order, (int(stamp[part]) for part in "abc"), strict=True))
    year = numbers["y"] + (2000 if numbers["y"] < 100 else 0)  # the app began in 2009
    hour = int(stamp["hour"])
    if stamp["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if stamp["half"] in "Pp" else 0)
    try:
        return datetime(year, numbers["m"], numbers["d"], hour, int(stamp["minute"]), int(stamp["second"] or 0))  # noqa: DTZ001 -- wall clock
    except ValueError:
        return None


def whatsapp_reader(date_order: str) -> WhatsAppReader:
    """The reader for a stated date order. Raises: NotFound when it is none of dmy, mdy and ymd."""
    for known in get_args(DateOrder):
        if known == date_order:
            return WhatsAppReader(known)
    raise NotFound("a date order is dmy, mdy or ymd", date_order)
