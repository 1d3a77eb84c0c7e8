"""Rocket.Chat API exports: one file for each room and day, newest message first, as the API answers.

An export reaches back into the evening before, so part of a room is delivered again the next day; a message edited in
the meantime then stands there with its later text.
"""

import json
from collections import defaultdict
from collections.abc import Iterator

from exercise._draws import Draws
from exercise._jabber import garbled
from exercise._parts import Break, Draft, Fact, MediaFile, Part, day_folder, joined
from exercise._pictures import Picture, picture_of
from exercise._rocketentry import Edit, edit_of, entry, native_id
from exercise._rooms import Conversation
from exercise._sizes import DAY_US, FIRST_DAY_US, MINUTE_US
from exercise._story import Message

_BROKEN = 3  # per mille of a day's own messages
_OVERLAP_US = 6 * 60 * MINUTE_US


def _end_of(day: int) -> int:
    return FIRST_DAY_US + day * DAY_US


class RocketRooms:
    """Draws the exports of every room; keeps the edits made and the pictures that go beside them."""

    __slots__ = ("_pictures", "_seed", "edits", "media")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pictures: dict[int, Picture] = {}
        self.edits: dict[str, Edit] = {}
        self.media: list[MediaFile] = []

    def _picture(self, message: Message) -> Picture | None:
        if message.kind != "media":
            return None
        if (picture := self._pictures.get(message.number)) is None:
            picture = self._pictures[message.number] = picture_of(self._seed, message)
            file_id = native_id(self._seed, "file", message.number)
            path = f"{day_folder(message.day)}/rocketchat/file-upload/{file_id}/{picture.name}"
            self.media.append(MediaFile(path.encode(), picture, message))
        return picture

    def _part(self, message: Message, day: int, ascii_only: bool, breakable: bool) -> Part:
        edit = self.edits.get(message.uid)
        if edit is not None and edit.at_us >= _end_of(day):
            edit = None
        shown = entry(self._seed, message, edit, self._picture(message))
        data = json.dumps(shown.row, ensure_ascii=ascii_only, separators=(",", ":")).encode()
        draws = Draws(self._seed, "rocketchat row", message.number)
        if breakable and day == message.day and draws.chance(_BROKEN):
            return Part(garbled(data, data.index(b',"rid"'), draws), Break("garbled", message))
        fact = Fact(
            message=message,
            kind=message.kind,
            copy=message.conversation.native_id,
            key=("rocketchat", shown.row["_id"]),
            time=json.dumps(shown.row["ts"]),
            native_id=shown.row["_id"],
            body=shown.row["msg"],
            degradation="delivered again" if day != message.day else "",
            is_edited=shown.is_edited,
        )
        return Part(data, fact)

    def _draft(self, room: Conversation, day: int, messages: list[Message]) -> Draft:
        layout = Draws(self._seed, "rocketchat layout", room.id)
        ascii_only, between = layout.chance(300), layout.pick((b",", b",", b",\n"))
        newest_first = list(reversed(messages))
        last = len(newest_first) - 1
        rows = [
            self._part(message, day, ascii_only, breakable=0 < place < last)
            for place, message in enumerate(newest_first)
        ]
        tail = f'],"count":{len(rows)},"offset":0,"total":{len(rows)},"success":true}}'
        parts = (Part(b'{"messages":['), *joined(rows, between), Part(tail.encode()))
        name = room.name or f"direct-{room.native_id}"
        return Draft(f"{day_folder(day)}/rocketchat/{name}.json".encode(), "rocketchat", parts)

    def files(self, messages: list[Message]) -> Iterator[Draft]:
        """One draft for each room and day on which something was said or edited in it."""
        exports: defaultdict[tuple[int, str], dict[int, Message]] = defaultdict(dict)
        rooms: dict[str, Conversation] = {}
        for message in messages:
            room = rooms.setdefault(message.conversation.id, message.conversation)
            exports[(message.day, room.id)][message.number] = message
            if (edit := edit_of(self._seed, message)) is not None:
                self.edits[message.uid] = edit
                if edit.at_us >= _end_of(message.day):
                    exports[(message.day + 1, room.id)][message.number] = message
        for message in messages:
            later = (message.day + 1, message.conversation.id)
            if message.sent_us >= _end_of(message.day) - _OVERLAP_US and later in exports:
                exports[later][message.number] = message
        for (day, room_id), found in sorted(exports.items(), key=lambda item: item[0]):
            in_order = sorted(found.values(), key=lambda message: (message.sent_us, message.number))
            yield self._draft(rooms[room_id], day, in_order)
