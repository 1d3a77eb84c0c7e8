"""How large an exercise is: one table."""

from dataclasses import dataclass

from exercise._errors import WrongUse

VERSION = "1"  # of the haul's bytes: goes up whenever the same seed gives other bytes
DAYS = 74  # 2020-04-01 to 2020-06-13
FIRST_DAY_US = 1_585_699_200_000_000  # 2020-04-01T00:00:00Z
DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
SECOND_US = 1_000_000
SHARES = {"jabber": 50, "rocketchat": 30, "whatsapp": 20}  # of the messages, in per cent


@dataclass(frozen=True, slots=True)
class Size:
    """What a named size holds. Counts are of real messages; copies and repeats come on top."""

    name: str
    messages: int
    pictures: int
    people_factor: int  # times the people a language starts with (27 over all languages)
    deals: int  # sessions about supply
    threats: int  # threads that threaten somebody, two sessions each


SIZES = {
    "tiny": Size("tiny", messages=2_000, pictures=50, people_factor=1, deals=6, threats=1),
    "small": Size("small", messages=50_000, pictures=500, people_factor=5, deals=40, threats=2),
}


def size_named(name: str) -> Size:
    """The size of that name. Raises: WrongUse naming the sizes there are."""
    if (size := SIZES.get(name)) is None:
        raise WrongUse(f"no size {name!r}; there are {', '.join(SIZES)}")
    return size
