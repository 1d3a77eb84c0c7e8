"""The rows of the truth's tables."""

import json
from dataclasses import asdict

from exercise._cast import Person
from exercise._clock import moment
from exercise._deliver import Ledger, Row
from exercise._jabber import Loss
from exercise._rocketentry import Edit
from exercise._rooms import Conversation
from exercise._story import Message

_REPEATS = ("repeated in one copy", "clock of the receiving device differs")


def person_rows(people: tuple[Person, ...]) -> list[Row]:
    """The people of the table `persons`."""
    return [
        {
            "person": person.id,
            "name": person.name,
            "language": person.language,
            "other_languages": list(person.other_languages),
            "town": person.home.town,
            "country": person.home.country,
            "utc_offset_minutes": person.home.offset_minutes,
            "phone": person.phone,
            "style": json.dumps(asdict(person.style)),
        }
        for person in people
    ]


def handle_rows(people: tuple[Person, ...]) -> list[Row]:
    """The table `handles`."""
    return [
        {
            "handle": handle.name,
            "person": handle.person,
            "service": handle.service,
            "native_id": handle.native_id or None,
            "used_from": moment(handle.from_us),
            "used_until": None if handle.until_us is None else moment(handle.until_us),
        }
        for person in people
        for handle in person.handles
    ]


def conversation_rows(rooms: tuple[Conversation, ...]) -> list[Row]:
    """The table `conversations`."""
    return [
        {
            "conversation": room.id,
            "service": room.service,
            "name": room.name or None,
            "native_id": room.native_id if room.service == "rocketchat" else None,
            "members": [member.id for member in room.members],
            "language": room.language,
        }
        for room in rooms
    ]


def message_row(message: Message, edit: Edit | None) -> Row:
    """One row of the table `messages`."""
    service = message.conversation.service
    nobody = message.kind == "event" and service == "whatsapp"
    return {
        "uid": message.uid,
        "conversation": message.conversation.id,
        "service": service,
        "author": None if nobody else message.author.id,
        "sender": None if nobody else message.sender,
        "receivers": list(message.receivers),
        "sent_at": moment(message.sent_us),
        "body": message.body,
        "language": message.conversation.language,
        "kind": message.kind,
        "label": message.label,
        "reason": message.reason,
        "hard_negative": message.hard_negative,
        "edited_at": moment(edit.at_us) if edit else None,
        "edited_body": edit.body if edit else None,
    }


def degradation_rows(ledger: Ledger, dropped: list[Loss], cut_away: tuple[Loss, ...]) -> list[Row]:
    """The table `degradation`: what was lost, repeated, skewed, broken or delivered again."""
    rows: list[Row] = [
        {"what": what, "uid": loss.message.uid, "copy": loss.copy, "path": None}
        for what, losses in (("receiver's copy dropped", dropped), ("lost with the end of a file", cut_away))
        for loss in losses
    ]
    rows += [
        {"what": row["degradation"], "uid": row["uid"], "copy": row["copy"], "path": row["path"]}
        for row in ledger.records
        if row["degradation"] in _REPEATS
    ]
    rows += [{"what": row["why"], "uid": row["uid"], "copy": None, "path": row["path"]} for row in ledger.refusals]
    rows += [
        {"what": row["note"], "uid": None, "copy": None, "path": row["path"]} for row in ledger.files if row["note"]
    ]
    return rows
