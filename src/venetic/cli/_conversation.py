"""Messages on a page for people: who, when, to whom, the body, what it answers, its attachments, marks and sources."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from rich.text import Text

from venetic.cli._out import INDENT, Page
from venetic.cli._plain import many, message_time, plain, plain_line, quoted, utc
from venetic.corpus import Message

ID_CHARS = 8  # shown of a message's id; enough to tell the messages of a page apart

_TOLD = {"versions", "possible_copy"}  # marks that a note tells with its number or ids

Body = Callable[[Message], Text | None]


def time_of(message: Message) -> str:
    """When a message was sent, as far as its source says."""
    if message.sent_at is None and message.local_time is None and message.time_raw is not None:
        return f"time not read, written as {quoted(message.time_raw)}"
    return message_time(message.sent_at, message.local_time, message.zone, message.time_precision)


def body_of(message: Message) -> Text | None:
    """The whole body; null when the source had none."""
    return None if message.body is None else Text(plain(message.body))


def day_of(message: Message) -> str:
    """The day a message is read under: its UTC day, or its wall-clock day."""
    moment = message.sent_at or message.local_time
    if moment is None:
        return "day not stated" if message.time_raw is None else "day not read"
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02}"


def print_days(page: Page, messages: Sequence[Message]) -> None:
    """Print messages in their order under the days they were sent on."""
    said = {message.native_id: message for message in messages if message.native_id is not None}
    for before, message in pairwise([None, *messages]):
        if message is None:
            continue
        if before is None or day_of(before) != day_of(message):
            page.rule(day_of(message))
        print_message(page, message, said)


def print_message(
    page: Page, message: Message, said: Mapping[str, Message], body: Body = body_of, style: str = ""
) -> None:
    """Print one message; `said` are the messages near it by native id, so that a reply can quote what it answers."""
    sender = "sender not stated" if message.sender is None else plain_line(message.sender)
    kind = "" if message.kind == "text" else f"  [{plain_line(message.kind)}]"
    page.line(
        Text(message.message[:ID_CHARS], "dim"), "  ", time_of(message), "  ", Text(sender, "bold"), kind, style=style
    )
    if message.reply_to is not None:
        page.line(_replied(message.reply_to, said.get(message.reply_to)), style="dim", indent=INDENT)
    shown = body(message)
    if message.body or not message.attachments:
        page.line(
            shown or Text("(no body)" if message.body is None else "(empty body)", "dim"), style=style, indent=INDENT
        )
    for other in message.other_bodies:
        page.line(f"another text of this message: {quoted(other)}", style="dim", indent=INDENT)
    for attachment in message.attachments:
        page.line(_attached(attachment), indent=INDENT)
    if notes := _notes(message):
        page.line("; ".join(notes), style="dim", indent=INDENT)


def _replied(native_id: str, answered: Message | None) -> str:
    if answered is None:
        return f"↪ answers {plain_line(native_id)}, which is not shown here"
    who = "sender not stated" if answered.sender is None else plain_line(answered.sender)
    return f"↪ answers {who}: {quoted(answered.body or '(no body)')}"


def _attached(attachment: Mapping[str, str | None]) -> str:
    facts = [plain_line(value) for key in ("name", "mime", "url", "sha256") if (value := attachment[key]) is not None]
    return f"⎘ {', '.join(facts) or 'attachment'}"


def _notes(message: Message) -> list[str]:
    """What a reader must know of a message beside its text."""
    notes = [plain_line(mark).replace("_", " ") for mark in message.marks if mark not in _TOLD]
    if message.edited_at is not None:
        notes.append(f"edited {utc(message.edited_at)}")
    if message.versions > 1:
        notes.append(f"{many(message.versions, 'version')} of the text, one shown")
    if message.possible_copies:
        notes.append(f"possible copies: {', '.join(copy[:ID_CHARS] for copy in message.possible_copies)}")
    if len(message.records) > 1:
        notes.append(many(len(message.records), "source record"))
    return notes
