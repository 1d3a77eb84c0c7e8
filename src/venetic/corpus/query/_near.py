"""Near words: which places of a text belong to a stretch that holds all the words asked for."""

from collections import Counter
from collections.abc import Sequence


def near_places(have: Sequence[str], wanted: Sequence[str], distance: int) -> list[int]:
    """Return the places in `have` of the wanted words that stand near one another, in order; none when none do.

    A stretch of `distance` + number of wanted words holds each wanted word as often as it is asked for. The time is
    that of reading `have` once, whatever the distance.
    """
    needed = Counter(wanted)
    reach = distance + len(wanted)
    places = [at for at, word in enumerate(have) if word in needed]
    missing = len(wanted)
    inside: Counter[str] = Counter()
    near: list[int] = []
    taken = last = 0
    for first, at in enumerate(places):
        while last < len(places) and places[last] < at + reach:
            word = have[places[last]]
            inside[word] += 1
            missing -= inside[word] <= needed[word]
            last += 1
        if not missing:
            near.extend(places[max(first, taken) : last])
            taken = last
        missing += inside[have[at]] <= needed[have[at]]
        inside[have[at]] -= 1
    return near
