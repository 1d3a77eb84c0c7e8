"""All words of an index in one sorted list, asked for those that start with a text or stand a few edits away.

Both answers are exact and have no ceiling: every such word is returned, however many there are.
"""

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from venetic.kernel import Misuse

_MASK_BITS: Final = 64
_TERMS_AT_ONCE: Final = 262_144  # bounds the memory while masks are made: about 40 MiB


class Vocabulary:
    """The distinct normalised words of an index, in code point order."""

    def __init__(self, terms: pa.Array | pa.ChunkedArray) -> None:
        """Take over `terms` (string or large_string, no nulls). Raises: Misuse when not sorted or not distinct."""
        if isinstance(terms, pa.ChunkedArray):
            terms = terms.combine_chunks()
        if terms.null_count or (len(terms) > 1 and not pc.all(pc.less(terms[:-1], terms[1:])).as_py()):
            raise Misuse("a vocabulary is sorted, distinct and without nulls")
        self.terms = terms

    def prefix_terms(self, prefix: str) -> pa.Array:
        """Return the words that start with `prefix`, in order, without copying them."""
        places = range(len(self.terms))
        first = bisect_left(places, prefix, key=self._term)
        after = bisect_right(places, prefix, lo=first, key=lambda at: self._term(at)[: len(prefix)])
        return self.terms.slice(first, after - first)

    def fuzzy_terms(self, word: str, distance: int) -> pa.Array:
        """Return the words at most `distance` insertions, deletions or replacements from `word`, in order.

        Bounds: about 9 bytes of memory for each word of the vocabulary, kept from the first call on.
        """
        lengths, masks = self._lengths, self._masks
        wanted = np.bitwise_or.reduce(_bits(word), initial=np.uint64(0))
        least, most = max(0, len(word) - distance), min(255, len(word) + distance)
        # An edit adds at most one letter that the other word lacks, so two words within reach differ in few letters.
        possible = np.flatnonzero(
            (lengths >= min(least, 255))
            & (lengths <= most)
            & (np.bitwise_count(masks & ~wanted) <= distance)
            & (np.bitwise_count(~masks & wanted) <= distance)
        )
        candidates = self.terms.take(pa.array(possible))
        distances = cdist(
            [word], candidates.to_pylist(), scorer=Levenshtein.distance, score_cutoff=distance, dtype=np.uint16
        )
        return candidates.filter(pa.array(distances[0] <= distance))

    def _term(self, at: int) -> str:
        return str(self.terms[at].as_py())

    @cached_property
    def _lengths(self) -> npt.NDArray[np.uint8]:
        """Characters of each term; 255 stands for 255 or more."""
        lengths = pc.min_element_wise(pc.utf8_length(self.terms), 255).to_numpy(zero_copy_only=False)
        return np.asarray(lengths, dtype=np.uint8)

    @cached_property
    def _masks(self) -> npt.NDArray[np.uint64]:
        """For each term, which letters it has: bit n stands for the characters whose code leaves n modulo 64."""
        masks = np.zeros(len(self.terms), dtype=np.uint64)
        for start in range(0, len(self.terms), _TERMS_AT_ONCE):
            some = self.terms.slice(start, _TERMS_AT_ONCE).to_pylist()
            ends = np.cumsum([len(term) for term in some])
            filled = np.flatnonzero(np.diff(ends, prepend=0))
            begins = (ends - np.diff(ends, prepend=0))[filled]
            masks[start + filled] = np.bitwise_or.reduceat(_bits("".join(some)), begins) if filled.size else 0
        return masks


def _bits(text: str) -> npt.NDArray[np.uint64]:
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    return np.left_shift(np.uint64(1), (codes % _MASK_BITS).astype(np.uint64))
