"""What happened: the sessions of every conversation over the period, as messages in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from exercise._cast import Person
from exercise._draws import Draws, digest
from exercise._inventory import Topic, inventory
from exercise._rooms import Conversation
from exercise._sizes import DAY_US, DAYS, FIRST_DAY_US, MINUTE_US, SECOND_US, SHARES, Size
from exercise._talk import Line, Talk

# Sessions begun in each hour of the local day, per 235: little at night, most after six.
_HOURS = (4, 2, 1, 1, 1, 2, 4, 8, 10, 11, 11, 11, 14, 12, 11, 11, 12, 14, 16, 18, 20, 19, 14, 8)
_GRAIN_US = {"jabber": 1, "rocketchat": 1_000, "whatsapp": SECOND_US}  # how exactly each service keeps time
_PICTURE_KINDS = ("receipt", "screenshot", "map", "sign", "pet", "parcel")


@dataclass(frozen=True, slots=True)
class Session:
    """When a topic comes up in a conversation."""

    conversation: Conversation
    start_us: int
    topic: Topic
    thread: str  # names the deal or threat it belongs to; empty for small talk


@dataclass(frozen=True, slots=True)
class Message:
    """One real message. `sent_us` is microseconds since 1970 in UTC, as exact as its service keeps it."""

    uid: str
    number: int
    conversation: Conversation
    author: Person
    sent_us: int
    body: str
    label: str
    reason: str
    hard_negative: bool
    opened_by: int  # number of the message that opened the session; 0 for that message itself
    picture: str = ""  # what the picture shows; empty without one
    kind: str = "text"

    @property
    def day(self) -> int:
        """The instalment's number, from 1."""
        return (self.sent_us - FIRST_DAY_US) // DAY_US + 1

    @property
    def sender(self) -> str:
        """The handle it was sent from."""
        return self.author.handle(self.conversation.service, self.sent_us).name

    @property
    def receivers(self) -> tuple[str, ...]:
        """The handles of everybody else in the conversation."""
        service = self.conversation.service
        others = (member for member in self.conversation.members if member.id != self.author.id)
        return tuple(other.handle(service, self.sent_us).name for other in others)


def uid_of(seed: int, number: int) -> str:
    """The name of a message in the truth. It stands nowhere in the haul."""
    return "m" + digest(seed, "uid", number).hex()[:20]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a service notes by itself: who it concerns, when, its code and its text."""

    author: Person
    at_us: int
    code: str
    body: str

    def told(self, seed: int, number: int, room: Conversation) -> Message:
        """The message of kind event that notes it."""
        return Message(
            uid=uid_of(seed, number),
            number=number,
            conversation=room,
            author=self.author,
            sent_us=self.at_us,
            body=self.body,
            label="harmless",
            reason=f"event: {self.code}",
            hard_negative=False,
            opened_by=0,
            kind="event",
        )


def _start(conversation: Conversation, draws: Draws, day: int | None = None) -> int:
    offset_h = conversation.members[0].home.offset_minutes // 60
    hour = (draws.weighted(range(24), _HOURS) - offset_h) % 24
    drawn = draws.below(DAYS)
    day = drawn if day is None else day
    if day == DAYS - 1 and hour == 23:
        hour = 19  # a session of the last hour would end after the period
    return FIRST_DAY_US + day * DAY_US + hour * 60 * MINUTE_US + draws.below(60 * MINUTE_US)


def _small_talk(conversation: Conversation, draws: Draws, number: int) -> Session:
    """A harmless session. The first ones fall on one day each, so that no day is silent."""
    topics = inventory(conversation.language).topics_with("harmless")
    weights = [2 if topic.hard_negative else 6 for topic in topics]
    start_us = _start(conversation, draws, number if number < DAYS else None)
    return Session(conversation, start_us, draws.weighted(topics, weights), "")


def _planted(seed: int, size: Size, rooms: tuple[Conversation, ...]) -> list[Session]:
    """The deals, and the threats with a second session the day after."""
    planted: list[Session] = []
    pairs = [room for room in rooms if not room.is_group]
    for label, count in (("supply", size.deals), ("threat", size.threats)):
        for number in range(1, count + 1):
            draws = Draws(seed, label, number)
            jabber = [room for room in pairs if room.service == "jabber"]
            room = draws.pick(jabber if label == "threat" or draws.chance(700) else pairs)
            topic = draws.pick(inventory(room.language).topics_with(label))
            first = Session(room, _start(room, draws), topic, f"{label}-{number}")
            planted.append(first)
            if label == "threat":
                last_start = FIRST_DAY_US + (DAYS - 1) * DAY_US
                step = DAY_US if first.start_us < last_start else -DAY_US
                planted.append(replace(first, start_us=first.start_us + step))
    return planted


def _messages(seed: int, session: Session, lines: Iterator[Line], first_number: int) -> Iterator[Message]:
    at_us, opened_by = session.start_us, 0
    grain = _GRAIN_US[session.conversation.service]
    topic = session.topic
    for number, line in enumerate(lines, start=first_number):
        draws = Draws(seed, "sent", number)
        at_us += line.gap_s * SECOND_US + draws.below(SECOND_US)
        reason = session.thread or ("hard negative: " if topic.hard_negative else "small talk: ") + topic.name
        yield Message(
            uid=uid_of(seed, number),
            number=number,
            conversation=session.conversation,
            author=line.author,
            sent_us=at_us // grain * grain,
            body=line.body,
            label=topic.label,
            reason=reason,
            hard_negative=topic.hard_negative,
            opened_by=opened_by,
        )
        opened_by = opened_by or number


def _with_pictures(seed: int, size: Size, messages: list[Message]) -> list[Message]:
    """Some messages of the services that carry pictures become a picture, with or without their text below it."""
    draws = Draws(seed, "pictures")
    fit = [place for place, message in enumerate(messages) if message.conversation.service != "jabber"]
    for place in draws.shuffled(fit)[: size.pictures]:
        message = messages[place]
        kind = "parcel" if message.label == "supply" else draws.pick(_PICTURE_KINDS)
        body = message.body if "\n" not in message.body and draws.chance(500) else ""
        messages[place] = replace(message, picture=kind, body=body, kind="media")
    return messages


def story(seed: int, size: Size, rooms: tuple[Conversation, ...]) -> list[Message]:
    """Every message in order of time, then number. As many as the size says, give or take one session."""
    talk, told = Talk(), list[Message]()
    sessions = _planted(seed, size, rooms)
    for service, share in SHARES.items():
        own = [room for room in rooms if room.service == service]
        weights = [room.weight for room in own]
        wanted = size.messages * share // 100
        planted = [session for session in sessions if session.conversation.service == service]
        count, number = 0, 0
        while count < wanted:
            draws = Draws(seed, "session", service, number)
            small = number - len(planted)
            session = planted[number] if small < 0 else _small_talk(draws.weighted(own, weights), draws, small)
            room = session.conversation
            lines = talk.session(room.members, room.language, session.topic, draws)
            made = list(_messages(seed, session, lines, len(told) + 1))[: max(1, wanted - count)]
            told += made
            count, number = count + len(made), number + 1
    told.sort(key=lambda message: (message.sent_us, message.number))
    return _with_pictures(seed, size, told)
