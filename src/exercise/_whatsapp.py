"""WhatsApp text exports in the layouts of Android and iOS phones: minutes or seconds, never a zone, never an id.

A device exports a chat once in the middle of the period and once at its end; each export holds the chat from its
beginning, but a second device came to the chat later and lacks its first messages. A chat of two people carries the
other one's name, so the two copies of it prove nothing about each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from exercise._cast import Person
from exercise._clock import wall_clock
from exercise._draws import Draws
from exercise._parts import Draft, Fact, MediaFile, Part, day_folder
from exercise._pictures import Picture, picture_of
from exercise._rooms import Conversation
from exercise._sizes import DAYS
from exercise._story import Happening, Message

_MARK = "\u200e"  # left-to-right mark, as iOS puts it before its own words
_SECURED = "Messages to this chat and calls are now secured with end-to-end encryption."
_NOT_IN_CONTACTS = 100  # per mille of group members shown by number
AMBIGUOUS = "day and month cannot be told apart in this file"


def _twelve_hours(at: datetime) -> str:
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at:%y}, {(at.hour - 1) % 12 + 1}:{at:%M} {half} - "


def _stamp(layout: str, at: datetime) -> str:
    match layout:
        case "android-dmy":
            return at.strftime("%d/%m/%Y, %H:%M - ")
        case "android-mdy":
            return _twelve_hours(at)
        case "android-dots":
            return at.strftime("%d.%m.%y, %H:%M - ")
        case "android-dashes":
            return at.strftime("%d-%m-%Y, %H:%M - ")
        case "ios-dots":
            return at.strftime("[%d.%m.%y, %H:%M:%S] ")
        case _:
            return at.strftime("[%d/%m/%Y, %H:%M:%S] ")


def chat_events(seed: int, rooms: tuple[Conversation, ...], messages: list[Message]) -> list[Message]:
    """The system lines of every chat that was used: encryption, and for a group who made it."""
    first: dict[str, Message] = {}
    for message in messages:
        first.setdefault(message.conversation.id, message)
    number, events = max(message.number for message in messages), list[Message]()
    for room in rooms:
        if room.service != "whatsapp" or room.id not in first:
            continue
        bodies = [("encryption", _SECURED)]
        if room.is_group:
            bodies.append(("created", f"{room.members[0].name} created group \u201c{room.name}\u201d"))
        for code, body in bodies:
            number += 1
            events.append(Happening(room.members[0], first[room.id].sent_us, code, body).told(seed, number, room))
    return events


@dataclass(frozen=True, slots=True)
class _Export:
    """One chat as one device exports it on one day."""

    seed: int
    room: Conversation
    device: Person
    day: int
    messages: tuple[Message, ...]

    @property
    def is_ios(self) -> bool:
        return self.device.layout.startswith("ios")

    @property
    def has_media(self) -> bool:
        return Draws(self.seed, "with media", self.room.id, self.device.id).chance(700)

    @property
    def chat(self) -> str:
        """The name on the chat: the group's, or the other person's."""
        other = next(member for member in self.room.members if member.id != self.device.id)
        return self.room.name or self.shown(other)

    @property
    def folder(self) -> str:
        phone = self.device.phone.replace(" ", "").lstrip("+")
        folder = f"{day_folder(self.day)}/whatsapp/{phone}"
        return f"{folder}/WhatsApp Chat - {self.chat}" if self.is_ios else f"{folder}-{self.chat}"

    @property
    def path(self) -> str:
        return f"{self.folder}/_chat.txt" if self.is_ios else f"{self.folder}/WhatsApp Chat with {self.chat}.txt"

    def shown(self, person: Person) -> str:
        """How the device's address book shows somebody: a name, or the number of somebody who is not in it."""
        stranger = self.room.is_group and person.id != self.device.id
        if stranger and Draws(self.seed, "contact", self.device.id, person.id).chance(_NOT_IN_CONTACTS):
            return person.phone
        return person.name

    def local(self, message: Message) -> datetime:
        """The time on the device's clock."""
        return wall_clock(message.sent_us, self.device.home.offset_minutes)


def _media_name(export: _Export, message: Message, picture: Picture, place: int) -> str:
    if not export.is_ios:
        return picture.name
    suffix = picture.name.rpartition(".")[2]
    return f"{place:08d}-PHOTO-{export.local(message):%Y-%m-%d-%H-%M-%S}.{suffix}"


def _body(export: _Export, message: Message, media_name: str) -> str:
    if not message.picture:
        return message.body
    caption = f"\n{message.body}" if message.body else ""
    if export.is_ios:
        return (f"{_MARK}<attached: {media_name}>" if export.has_media else f"{_MARK}image omitted") + caption
    return (f"{media_name} (file attached)" if export.has_media else "<Media omitted>") + caption


def _part(export: _Export, message: Message, body: str, is_ambiguous: bool) -> Part:
    at, layout = export.local(message), export.device.layout
    stamp = _stamp(layout, at)
    written = at.strftime("%Y-%m-%dT%H:%M:%S" if export.is_ios else "%Y-%m-%dT%H:%M")
    if message.kind == "event":
        line = _MARK + body if export.is_ios else body
        return Part((stamp + line).encode(), Fact(message, "event", export.device.phone, None, written, body=line))
    sender = export.shown(message.author)
    mark = _MARK if export.is_ios and message.picture else ""
    key = None if is_ambiguous else ("whatsapp", export.chat, sender, written, body)
    fact = Fact(message, message.kind, export.device.phone, key, written, body=body)
    return Part(f"{mark}{stamp}{sender}: {body}".encode(), fact)


class WhatsAppExports:
    """Draws the exports of every chat; keeps the pictures that go beside them."""

    __slots__ = ("_pictures", "_seed", "media")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pictures: dict[int, Picture] = {}
        self.media: list[MediaFile] = []

    def _picture(self, message: Message) -> Picture:
        if (picture := self._pictures.get(message.number)) is None:
            picture = self._pictures[message.number] = picture_of(self._seed, message)
        return picture

    def _draft(self, export: _Export) -> Draft:
        is_ambiguous = all(export.local(message).day <= 12 for message in export.messages)
        parts: list[Part] = []
        for place, message in enumerate(export.messages, start=1):
            media_name = ""
            if message.picture:
                picture = self._picture(message)
                media_name = _media_name(export, message, picture, place)
                if export.has_media:
                    path = f"{export.folder}/{media_name}".encode()
                    self.media.append(MediaFile(path, replace(picture, name=media_name), message))
            parts += [_part(export, message, _body(export, message, media_name), is_ambiguous), Part(b"\n")]
        return Draft(export.path.encode(), "whatsapp", tuple(parts), AMBIGUOUS if is_ambiguous else "")

    def _exports(self, room: Conversation, messages: list[Message]) -> Iterator[_Export]:
        draws = Draws(self._seed, "whatsapp exports", room.id)
        devices = room.members[: 2 if room.is_group or draws.chance(400) else 1]
        for place, device in enumerate(devices):
            middle, before = draws.between(20, 50), 0
            known = messages[draws.between(3, 8) :] if place else messages
            for day in (middle, DAYS):
                held = tuple(message for message in known if message.day <= day)
                if len(held) > before:
                    yield _Export(self._seed, room, device, day, held)
                before = len(held)

    def files(self, messages: list[Message]) -> Iterator[Draft]:
        """One draft for each chat, device and export day on which the chat held more than before."""
        rooms: dict[str, Conversation] = {}
        told: dict[str, list[Message]] = {}
        for message in messages:
            rooms[message.conversation.id] = message.conversation
            told.setdefault(message.conversation.id, []).append(message)
        for room_id in sorted(rooms):
            in_order = sorted(told[room_id], key=lambda m: (m.sent_us, m.kind != "event", m.number))
            for export in self._exports(rooms[room_id], in_order):
                yield self._draft(export)
