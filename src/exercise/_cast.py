"""Who takes part: people with a name, languages, a home and a way of writing, and the handles they go by."""

from dataclasses import dataclass

from exercise._draws import Draws
from exercise._inventory import LANGUAGES, PEOPLE, Home, handle_names, inventory
from exercise._sizes import DAY_US, FIRST_DAY_US, Size

_ID_LETTERS = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Style:
    """How somebody writes. Rates in messages per mille."""

    lower_case: bool
    drops_stops: bool
    emoji: int
    typos: int
    two_lines: int


@dataclass(frozen=True, slots=True)
class Handle:
    """A name on a service, used from one moment until another (None: to the end)."""

    name: str
    person: str
    service: str
    native_id: str
    from_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes. `other_languages` are spoken as well as `language`."""

    id: str
    name: str
    language: str
    other_languages: tuple[str, ...]
    home: Home
    style: Style
    phone: str
    layout: str  # the layout of this person's WhatsApp exports
    handles: tuple[Handle, ...]

    def handle(self, service: str, at_us: int) -> Handle:
        """The handle this person uses on a service at a time."""
        own = [handle for handle in self.handles if handle.service == service]
        return next(handle for handle in own if handle.until_us is None or at_us < handle.until_us)


_LAYOUTS = {
    "en": ("android-dmy", "ios-dmy", "android-mdy"),
    "de": ("android-dots", "ios-dots"),
    "ru": ("android-dots",),
    "pl": ("android-dots", "ios-dots"),
    "tr": ("android-dots",),
    "nl": ("android-dashes", "ios-dmy"),
}


def _style(draws: Draws) -> Style:
    return Style(
        lower_case=draws.chance(450),
        drops_stops=draws.chance(600),
        emoji=draws.pick((0, 30, 120, 250)),
        typos=draws.pick((0, 10, 40, 90)),
        two_lines=draws.pick((0, 20, 60)),
    )


def _word_pairs(seed: int) -> list[str]:
    return Draws(seed, "handles").shuffled(handle_names())


def _handles(seed: int, person: str, names: list[str], shown: str) -> tuple[Handle, ...]:
    draws = Draws(seed, "handles of", person)
    change: int | None = None
    if draws.chance(160):
        change = FIRST_DAY_US + draws.between(20, 55) * DAY_US
    made = [Handle(names.pop(), person, "jabber", "", FIRST_DAY_US, change)]
    if change is not None:
        made.append(Handle(names.pop(), person, "jabber", "", change, None))
    made.append(Handle(names.pop(), person, "rocketchat", draws.text(_ID_LETTERS, 17), FIRST_DAY_US, None))
    made.append(Handle(shown, person, "whatsapp", "", FIRST_DAY_US, None))
    return tuple(made)


def _person(seed: int, number: int, language: str, names: list[str], taken: set[str]) -> Person:
    draws = Draws(seed, "person", number)
    words = inventory(language)
    name = ""
    while not name or name in taken:
        given, family = draws.pick(words.given), draws.pick(words.family)
        name = f"{family}{given}" if language == "zh" else f"{given} {family}"
    taken.add(name)
    speaks_english = language != "en" and draws.chance(700)
    person = f"p{number:04d}"
    return Person(
        id=person,
        name=name,
        language=language,
        other_languages=("en",) if speaks_english else (),
        home=draws.pick(words.homes),
        style=_style(draws),
        phone=f"+44 7700 900{number % 1000:03d}",  # a range set aside for fiction
        layout=draws.pick(_LAYOUTS.get(language, ("android-dmy", "ios-dmy"))),
        handles=_handles(seed, person, names, name),
    )


def cast(seed: int, size: Size) -> tuple[Person, ...]:
    """Everybody of an exercise, by number. No two people share a name or a handle."""
    names, taken = _word_pairs(seed), set[str]()
    spoken = [
        language for _ in range(size.people_factor) for language in LANGUAGES for _ in range(PEOPLE.get(language, 2))
    ]
    return tuple(_person(seed, number, language, names, taken) for number, language in enumerate(spoken, start=1))
