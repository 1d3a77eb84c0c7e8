"""Who talks with whom, where and in which language."""

from dataclasses import dataclass
from itertools import groupby

from exercise._cast import Person
from exercise._draws import Draws
from exercise._inventory import LANGUAGES, inventory
from exercise._sizes import SHARES, Size

_ROOM_LETTERS = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"
_MESSAGES_EACH = 40  # messages a room or chat has at least, on average
_GROUP_MAX = 8  # people in one group: more would make every group the same group


@dataclass(frozen=True, slots=True)
class Conversation:
    """Two people or a group on one service. `name` is how the service shows it, empty for two people."""

    id: str
    service: str
    name: str
    native_id: str
    members: tuple[Person, ...]
    language: str
    weight: int

    @property
    def is_group(self) -> bool:
        """More than two people, or a room with a name."""
        return bool(self.name)


@dataclass(frozen=True, slots=True)
class _Plan:
    service: str
    name: str
    members: tuple[Person, ...]
    language: str


def _by_language(people: tuple[Person, ...]) -> list[tuple[str, list[Person]]]:
    order = sorted(people, key=lambda person: (LANGUAGES.index(person.language), person.id))
    return [(language, list(group)) for language, group in groupby(order, key=lambda person: person.language)]


def _pairs(people: tuple[Person, ...], draws: Draws, service: str, per_mille: int) -> list[_Plan]:
    """Pairs inside each language, that many of 1,000, and pairs across languages of people who both write English."""
    plans: list[_Plan] = []
    for language, group in _by_language(people):
        steps = (1,) if len(group) < 4 else (1, 2)
        for place, person in enumerate(group):
            for step in steps:
                other = group[(place + step) % len(group)]
                first_time = len(group) > 2 or place == 0
                if first_time and draws.chance(per_mille):
                    plans.append(_Plan(service, "", (person, other), language))
    english = draws.shuffled([p for p in people if p.language == "en" or "en" in p.other_languages])
    plans += [
        _Plan(service, "", (first, second), "en")
        for first, second in zip(english[::2], english[1::2], strict=False)
        if first.language != second.language
    ]
    return plans


def _groups(people: tuple[Person, ...], draws: Draws, service: str, names: tuple[str, ...]) -> list[_Plan]:
    """One group per language and one in English across languages."""
    plans = []
    for language, group in _by_language(people):
        members = draws.shuffled(group)[:_GROUP_MAX]
        town = inventory(language).homes[0].town
        plans.append(_Plan(service, draws.pick(names).format(town=town, language=language), tuple(members), language))
    english = [p for p in people if p.language == "en" or "en" in p.other_languages]
    mixed = tuple(draws.shuffled(english)[:_GROUP_MAX])
    plans.append(_Plan(service, names[0].format(town="", language="all").strip("- "), mixed, "en"))
    return plans


def _used(plans: list[_Plan], draws: Draws, size: Size, share: int) -> list[_Plan]:
    """As many of the plans as the size fills with something to read."""
    room_for = size.messages * share // 100 // _MESSAGES_EACH
    return draws.shuffled(plans)[:room_for]


def conversations(seed: int, size: Size, people: tuple[Person, ...]) -> tuple[Conversation, ...]:
    """Every conversation: each language has Jabber pairs, as many rooms and chats come on top as the size fills."""
    draws = Draws(seed, "conversations")
    plans = _pairs(people, draws, "jabber", 1000)
    rooms = _groups(people, draws, "rocketchat", ("crew-{language}", "work-{language}", "yard-{language}"))
    plans += _used(rooms + _pairs(people, draws, "rocketchat", 120), draws, size, SHARES["rocketchat"])
    chats = _groups(people, draws, "whatsapp", ("Family {town}", "Sunday team {town}", "Neighbours {town}"))
    plans += _used(chats + _pairs(people, draws, "whatsapp", 200), draws, size, SHARES["whatsapp"])
    return tuple(
        Conversation(
            id=f"c{number:04d}",
            service=plan.service,
            name=plan.name,
            native_id=draws.text(_ROOM_LETTERS, 17),
            members=plan.members,
            language=plan.language,
            weight=draws.between(1, 10) * (3 if plan.name else 2),
        )
        for number, plan in enumerate(plans, start=1)
    )
