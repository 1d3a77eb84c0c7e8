"""Chance without a state anybody else can touch: every draw is SHA-256 of a seed, names and a counter.

Two draws with the same names are the same on every machine, in every order and under every PYTHONHASHSEED, so adding a
new kind of draw never moves an old one.
"""

import hashlib
import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_WORDS = struct.Struct(">4Q")


def digest(*names: str | int) -> bytes:
    """SHA-256 over the names, each with its length before it, so that ("a", "bc") differs from ("ab", "c")."""
    state = hashlib.sha256()
    for name in names:
        raw = str(name).encode()
        state.update(len(raw).to_bytes(4, "big") + raw)
    return state.digest()


class Draws:
    """A stream of draws under one name."""

    __slots__ = ("_counter", "_key", "_pool")

    def __init__(self, *names: str | int) -> None:
        self._key = digest(*names)
        self._counter = 0
        self._pool: list[int] = []

    def below(self, bound: int) -> int:
        """A whole number from 0 to bound - 1. The bias is under bound / 2**64."""
        if not self._pool:
            block = hashlib.sha256(self._key + self._counter.to_bytes(8, "big")).digest()
            self._pool = list(_WORDS.unpack(block))
            self._counter += 1
        return self._pool.pop() % bound

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille: int) -> bool:
        """True in `per_mille` of 1,000 draws."""
        return self.below(1000) < per_mille

    def pick(self, values: Sequence[T]) -> T:
        """One of the values, each as likely."""
        return values[self.below(len(values))]

    def weighted(self, values: Sequence[T], weights: Sequence[int]) -> T:
        """One of the values, each as likely as its weight."""
        left = self.below(sum(weights))
        for value, weight in zip(values, weights, strict=True):
            if left < weight:
                return value
            left -= weight
        return values[-1]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """The values in a drawn order."""
        left = list(values)
        for place in range(len(left) - 1, 0, -1):
            other = self.below(place + 1)
            left[place], left[other] = left[other], left[place]
        return left

    def bytes(self, count: int) -> bytes:
        """That many drawn bytes."""
        blocks = (
            hashlib.sha256(self._key + b"bytes" + place.to_bytes(8, "big")).digest() for place in range(count // 32 + 1)
        )
        return b"".join(blocks)[:count]

    def text(self, alphabet: str, length: int) -> str:
        """That many characters of the alphabet."""
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(length))
