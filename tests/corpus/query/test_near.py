from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venetic.corpus.query import near_places


def _by_every_choice(have: list[str], wanted: list[str], distance: int) -> bool:
    """Try every way of giving each wanted word a place of its own."""
    choices = [[at for at, word in enumerate(have) if word == one] for one in wanted]
    return any(
        len(set(places)) == len(places) and max(places) - min(places) - (len(places) - 1) <= distance
        for places in product(*choices)
    )


_words = st.sampled_from("abx")


@given(st.lists(_words, max_size=10), st.lists(_words, min_size=2, max_size=4), st.integers(0, 6))
@settings(max_examples=800)
def test_words_are_near_exactly_when_some_choice_of_places_is(
    have: list[str], wanted: list[str], distance: int
) -> None:
    near = near_places(have, wanted, distance)
    assert bool(near) == _by_every_choice(have, wanted, distance)
    assert near == sorted(set(near))
    assert all(have[at] in wanted for at in near)


@pytest.mark.timeout(30)
def test_a_long_text_and_a_long_distance_are_read_once() -> None:
    assert near_places(["a"] * 200_000, ["a", "b"], 100_000) == []
    assert len(near_places(["a", "b"] * 100_000, ["a", "b"], 100_000)) == 200_000
