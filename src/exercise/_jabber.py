"""Jabber logs: a folder for each device, a file for each day, JSON objects `{ts, from, to, body}` one after another."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from exercise._clock import date_of, iso_micro
from exercise._draws import Draws
from exercise._parts import Break, Draft, Fact, Part, day_folder, joined
from exercise._sizes import SECOND_US
from exercise._story import Message

_DOMAIN = "chat.example"
_DROPPED, _REPEATED, _SKEWED, _BROKEN = (
    30,
    6,
    8,
    3,
)  # per mille of receiver's copies, records, receiver's copies, records
_GARBLED_BYTES = 14  # enough to take a quote, a comma and a key away


@dataclass(frozen=True, slots=True)
class Loss:
    """A copy that was left out of the haul."""

    message: Message
    copy: str


def _fact(message: Message, copy: str, ts: str, degradation: str) -> Fact:
    receiver = message.receivers[0]
    key = ("jabber", message.sender, receiver, ts, message.body)
    return Fact(message, "text", copy, key, ts, body=message.body, degradation=degradation)


def _object(fact: Fact, ascii_only: bool) -> bytes:
    message = fact.message
    sender, receiver = (f"{handle}@{_DOMAIN}" for handle in (message.sender, message.receivers[0]))
    row = {"ts": fact.time, "from": sender, "to": receiver, "body": message.body}
    return json.dumps(row, ensure_ascii=ascii_only).encode()


def cut(data: bytes, draws: Draws) -> bytes:
    """The beginning of an object, cut in its middle and never right after a colon."""
    end = draws.between(len(data) // 3, 2 * len(data) // 3)
    return data[: end - 1] if data[end - 1 : end] == b":" else data[:end]


def garbled(data: bytes, at: int, draws: Draws) -> bytes:
    """The object with bytes from `at` on overwritten by bytes that stand in no JSON text."""
    noise = bytes(0x80 | byte & 0x3F for byte in draws.bytes(_GARBLED_BYTES))
    return data[:at] + noise + data[at + len(noise) :]


def _broken(fact: Fact, data: bytes, draws: Draws) -> Part:
    if draws.chance(500):
        return Part(cut(data, draws), Break("cut off", fact.message))
    return Part(garbled(data, data.index(b', "from"'), draws), Break("garbled", fact.message))


class JabberLogs:
    """Draws the files of every device; keeps what it left out."""

    __slots__ = ("_seed", "losses")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.losses: list[Loss] = []

    def _copies(self, message: Message) -> Iterator[Fact]:
        draws = Draws(self._seed, "jabber", message.number)
        yield _fact(message, message.sender, iso_micro(message.sent_us), "")
        receiver = message.receivers[0]
        if draws.chance(_DROPPED):
            self.losses.append(Loss(message, receiver))
        elif draws.chance(_SKEWED):
            late = message.sent_us + draws.between(1, 4) * SECOND_US
            yield _fact(message, receiver, iso_micro(late), "clock of the receiving device differs")
        else:
            yield _fact(message, receiver, iso_micro(message.sent_us), "")

    def _rows(self, facts: list[Fact], draws: Draws, ascii_only: bool) -> Iterator[Part]:
        for place, fact in enumerate(facts):
            data = _object(fact, ascii_only)
            if 0 < place < len(facts) - 1 and draws.chance(_BROKEN):
                yield _broken(fact, data, draws)
                continue
            yield Part(data, fact)
            if draws.chance(_REPEATED):
                yield Part(data, _fact(fact.message, fact.copy, fact.time, "repeated in one copy"))

    def files(self, messages: list[Message]) -> Iterator[Draft]:
        """One draft for each device and day on which it sent or received something."""
        days: defaultdict[tuple[int, str], list[Fact]] = defaultdict(list)
        for message in messages:
            for fact in self._copies(message):
                days[(message.day, fact.copy)].append(fact)
        for (day, device), facts in sorted(days.items(), key=lambda item: item[0]):
            layout = Draws(self._seed, "jabber layout", device)
            ascii_only, between = layout.chance(400), layout.pick((b"", b"", b"\n"))
            rows = self._rows(facts, Draws(self._seed, "jabber file", device, day), ascii_only)
            path = f"{day_folder(day)}/jabber/{device}/{date_of(day).isoformat()}.json"
            yield Draft(path.encode(), "jabber", joined(rows, between))
