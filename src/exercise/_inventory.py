"""What people of a language say, where they live and what they are called: read from `inventories/*.toml`.

A line is a template with slots: `{place}` and the like come from the language's own lists, `{name}` from its given
names, `{n}` is a number. Slots are written as they stand in a sentence (with their preposition or case ending), so that
no grammar is needed here.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from exercise._draws import Draws

LANGUAGES = ("en", "nl", "fr", "es", "de", "sq", "pl", "tr", "ar", "ru", "zh")
PEOPLE = {"en": 6, "nl": 3}  # of 27; every other language has two
_SLOT = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Home:
    """A town people live in. Coordinates in 1/10,000 degree; the offset holds from April to June 2020."""

    town: str
    country: str
    offset_minutes: int
    latitude_e4: int
    longitude_e4: int


@dataclass(frozen=True, slots=True)
class Topic:
    """What a session is about: opening lines, answers to them, and lines either side may add."""

    name: str
    label: str  # harmless, supply or threat
    hard_negative: bool  # harmless, but worded like something else
    ask: tuple[str, ...]
    answer: tuple[str, ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """One language."""

    language: str
    joiner: str
    cased: bool
    homes: tuple[Home, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    opener: tuple[str, ...]
    tail: tuple[str, ...]
    ack: tuple[str, ...]
    slots: dict[str, tuple[str, ...]]
    topics: tuple[Topic, ...]

    def topics_with(self, label: str) -> tuple[Topic, ...]:
        """The topics of one label."""
        return tuple(topic for topic in self.topics if topic.label == label)

    def filled(self, template: str, draws: Draws) -> str:
        """The template with every slot filled by a draw."""

        def fill(slot: re.Match[str]) -> str:
            name = slot.group(1)
            if name == "n":
                return str(draws.between(2, 40))
            if name == "name":
                return draws.pick(self.given)
            return self.filled(draws.pick(self.slots[name]), draws)

        return _SLOT.sub(fill, template)


def _topic(raw: dict[str, Any]) -> Topic:
    return Topic(
        name=raw["name"],
        label=raw.get("label", "harmless"),
        hard_negative=raw.get("hard_negative", False),
        ask=tuple(raw["ask"]),
        answer=tuple(raw["answer"]),
        more=tuple(raw["more"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("exercise").joinpath("inventories", f"{name}.toml").read_text(encoding="utf-8"))


def handle_names() -> list[str]:
    """Every `word-word` a handle can be, in one order."""
    raw = _read("handles")
    return [f"{first}-{second}" for first in raw["first"] for second in raw["second"]]


@cache
def inventory(language: str) -> Inventory:
    """The inventory of a language in LANGUAGES."""
    raw = _read(language)
    return Inventory(
        language=language,
        joiner=raw.get("joiner", " "),
        cased=raw.get("cased", True),
        homes=tuple(Home(*home) for home in raw["homes"]),
        given=tuple(raw["given"]),
        family=tuple(raw["family"]),
        opener=tuple(raw["opener"]),
        tail=tuple(raw["tail"]),
        ack=tuple(raw["ack"]),
        slots={name: tuple(values) for name, values in raw["slots"].items()},
        topics=tuple(_topic(topic) for topic in raw["topics"]),
    )
