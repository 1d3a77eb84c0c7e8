"""One message of a Rocket.Chat API export, as the API shows it at a moment."""

import base64
from dataclasses import dataclass, replace
from typing import Any

from exercise._clock import iso_milli
from exercise._draws import Draws
from exercise._pictures import Picture
from exercise._rooms import Conversation
from exercise._sizes import DAY_US, DAYS, FIRST_DAY_US, MINUTE_US, SECOND_US
from exercise._story import Happening, Message

ID_LETTERS = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
_EDITED, _REACTED, _THREADED = 18, 40, 50  # per mille of messages
_ENCRYPTED = 120  # per mille of rooms that turn encrypted
_ENCRYPTED_FROM_DAY = 60
_REACTIONS = (":thumbsup:", ":joy:", ":heart:", ":pray:")
_MARKS = ("*", "(edit)", "!!", "…")


@dataclass(frozen=True, slots=True)
class Edit:
    """A later text of a message."""

    at_us: int
    body: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The JSON object, the text in it and whether it is a later version."""

    row: dict[str, Any]
    is_edited: bool


def native_id(seed: int, *names: str | int) -> str:
    """An id as Rocket.Chat makes them: 17 letters and digits."""
    return Draws(seed, "rocketchat id", *names).text(ID_LETTERS, 17)


def edit_of(seed: int, message: Message) -> Edit | None:
    """The edit of a message that was edited within the period, on its day or the next."""
    draws = Draws(seed, "edit", message.number)
    if message.kind != "text" or len(message.body) < 12 or not draws.chance(_EDITED):
        return None
    at_us = message.sent_us + draws.between(1, 20 * 60) * MINUTE_US
    if at_us >= FIRST_DAY_US + DAYS * DAY_US:
        return None
    return Edit(at_us, f"{message.body} {draws.pick(_MARKS)}")


def is_encrypted(seed: int, room: Conversation) -> bool:
    """Whether the room turns encrypted, so that later bodies cannot be read."""
    return Draws(seed, "e2e", room.id).chance(_ENCRYPTED)


def seen_kind(seed: int, message: Message) -> Message:
    """The message, undecryptable where its room's encryption hides it."""
    hidden = message.kind == "text" and message.day >= _ENCRYPTED_FROM_DAY and is_encrypted(seed, message.conversation)
    return replace(message, kind="undecryptable") if hidden else message


def room_events(seed: int, rooms: tuple[Conversation, ...], first_number: int) -> list[Message]:
    """System messages: everybody joins a named room on the first day, somebody leaves and comes back later."""
    events: list[Message] = []
    for room in rooms:
        if room.service != "rocketchat" or not room.is_group:
            continue
        draws = Draws(seed, "room events", room.id)
        plan = [(member, "uj", FIRST_DAY_US + place * SECOND_US) for place, member in enumerate(room.members)]
        leaver, left_us = draws.pick(room.members), FIRST_DAY_US + draws.between(10, 40) * DAY_US
        plan += [(leaver, "ul", left_us), (leaver, "uj", left_us + DAY_US)]
        for member, code, at_us in plan:
            happening = Happening(member, at_us, code, member.handle("rocketchat", at_us).name)
            events.append(happening.told(seed, first_number + len(events), room))
    return events


def _attached(seed: int, message: Message, picture: Picture) -> dict[str, Any]:
    file_id = native_id(seed, "file", message.number)
    link = f"/file-upload/{file_id}/{picture.name}"
    attachment = {
        "title": picture.name,
        "title_link": link,
        "image_url": link,
        "image_type": picture.mime,
        "image_size": len(picture.data),
    }
    if message.body:
        attachment["description"] = message.body
    return {
        "msg": "",
        "attachments": [attachment],
        "file": {"_id": file_id, "name": picture.name, "type": picture.mime},
    }


def entry(seed: int, message: Message, edit: Edit | None, picture: Picture | None) -> Entry:
    """The entry of a message. `edit` only when it was made before the export."""
    draws = Draws(seed, "entry", message.number)
    room, handle = message.conversation, message.author.handle("rocketchat", message.sent_us)
    writes_dates = Draws(seed, "dates", room.id).chance(500)

    def stamp(at_us: int) -> object:
        return {"$date": at_us // 1000} if writes_dates else iso_milli(at_us)

    user = {"_id": handle.native_id, "username": handle.name, "name": message.author.name}
    row: dict[str, Any] = {"_id": native_id(seed, "message", message.number), "rid": room.native_id}
    row |= {"msg": message.body, "ts": stamp(message.sent_us), "u": user}
    if message.kind == "event":
        row["t"] = message.reason.removeprefix("event: ")
        return Entry(row, False)
    if message.kind == "undecryptable":
        row |= {"t": "e2e", "msg": base64.b64encode(draws.bytes(24 + len(message.body))).decode()}
    elif picture is not None:
        row |= _attached(seed, message, picture)
    elif edit is not None:
        by = {"_id": handle.native_id, "username": handle.name}
        row |= {"msg": edit.body, "editedAt": stamp(edit.at_us), "editedBy": by}
    if draws.chance(_REACTED) and message.receivers:
        row["reactions"] = {draws.pick(_REACTIONS): {"usernames": [draws.pick(message.receivers)]}}
    if message.opened_by and message.kind == "text" and draws.chance(_THREADED):
        row["tmid"] = native_id(seed, "message", message.opened_by)
    return Entry(row, edit is not None)
