"""What a word is, for the index, for queries and for highlighting alike. docs/search.md states the definition.

The invariant: `words(text)`, the words of `index_text([text])` and those of `spans(text)` are the same list.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from icu4py import icu_version
from icu4py.breakers import CharacterBreaker, WordBreaker

from venetic.corpus.query._emoji import EMOJI, JOINER_OUTSIDE_EMOJI, SKIN_TONES

# Raised by hand when the definition changes; the two libraries bring their own tables. An index keeps the
# version it was made with, because another version may cut or fold some texts differently.
WORDS_VERSION: Final = f"1/unicode-{unicodedata.unidata_version}/icu-{icu_version}"

_LOCALE = "en"  # The word rules of "en" are those of the root; Chinese, Japanese and Thai use their dictionaries.
_SURROGATE = re.compile("[\ud800-\udfff]")
# Characters that nobody sees and keyboards and exports insert: soft hyphen, direction marks, non-joiner, tags, ….
# The joiner U+200D is kept between emoji only; the zero-width space U+200B stays, since it separates words.
_INVISIBLE = (
    "\u00ad\u061c\u180e\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A word and the characters [start, end) of the original text that it was read from."""

    word: str
    start: int
    end: int


def normalise(text: str) -> str:
    """Fold `text` to the form in which words are compared: idempotent, and the same in every script.

    NFKC, full case folding, NFD, removal of combining marks, skin tones and invisible characters, NFKC.
    A lone surrogate becomes U+FFFD.
    """
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _SURROGATE.sub("\ufffd", text)).casefold()
    bare = unicodedata.normalize("NFD", folded)
    for character in _dropped().intersection(bare):  # A text has few distinct marks; this is ten times a regex.
        bare = bare.replace(character, "")
    if "\u200d" in bare:
        bare = JOINER_OUTSIDE_EMOJI.sub("", bare)
    return unicodedata.normalize("NFKC", bare)


def words(text: str) -> list[str]:
    """Return the words of `text`, normalised, in order."""
    return index_text([text])[0].split()


def index_text(texts: Sequence[str | None]) -> list[str]:
    """Return for each text its words joined by single spaces; a null text has none.

    The work is done for the whole sequence at once (about 2 µs for a chat message), so hand over batches;
    memory is a few times the text.
    """
    lines = [""] * len(texts)
    plain: list[int] = []
    other: list[int] = []
    for at, text in enumerate(texts):
        if text:
            (plain if text.isascii() else other).append(at)
    for places, cut in ((plain, _ascii_lines), (other, _icu_lines)):
        if places:
            # U+000B ends a word in every rule as a line feed does, so the line feed is free to separate texts.
            joined = "\n".join([(texts[at] or "").replace("\n", "\v") for at in places])
            for at, line in zip(places, cut(joined), strict=True):
                lines[at] = line
    return lines


def spans(text: str) -> list[WordSpan]:
    """Return the words of `text` with their places in `text` itself, in order.

    A place covers whole grapheme clusters. The several words of one character (U+FDFA has four) share it.
    """
    starts = _original_places(text)
    found: list[WordSpan] = []
    for word, start, end in _cut(normalise(text)):
        first, last = starts[start], starts[end - 1]
        found.append(WordSpan(word, first[0], last[1]))
    return found


# -- any text -----------------------------------------------------------------------------------------------


class _Kept(dict[str, str]):
    """Segment to what it adds to an index line; filled as segments are met, for one batch."""

    def __missing__(self, segment: str) -> str:
        # A text that ends in a carriage return makes one segment with the line feed that parts it from the next.
        line_end = segment.endswith("\n")
        kept = "\n" if line_end else "".join(f"{part} " for part in segment.split() if _is_word(part))
        self[segment] = kept
        return kept


def _is_word(segment: str) -> bool:
    return any(map(str.isalnum, segment)) or EMOJI.search(segment) is not None


def _icu_lines(joined: str) -> list[str]:
    kept = _Kept()
    line_up = "".join([kept[segment] for segment in WordBreaker(normalise(joined), _LOCALE)])
    return [line.rstrip(" ") for line in line_up.split("\n")]


def _cut(normalised: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word of a normalised text with its place in it."""
    start = 0
    for segment in WordBreaker(normalised, _LOCALE):
        at = start
        for part in segment.split():
            at = normalised.index(part, at)
            if _is_word(part):
                yield part, at, at + len(part)
            at += len(part)
        start += len(segment)


@cache
def _dropped() -> frozenset[str]:
    """Combining marks (category M) of every script, skin tones, and characters nobody sees."""
    named = re.compile(f"[{SKIN_TONES}{_INVISIBLE}]")
    characters = map(chr, chain(range(0xAD, 0x1FFFF), range(0xE0000, 0xE0200)))  # None of them stands elsewhere.
    return frozenset(c for c in characters if unicodedata.category(c)[0] == "M" or named.match(c))


# -- ASCII text, the fast way; a property test holds it equal to ICU --------------------------------------------

_JOINING = ".,':;"
_ASCII_TABLE = "".join(
    chr(point).lower() if chr(point).isalnum() or chr(point) in f"{_JOINING}_\n" else " " for point in range(128)
)
# A full stop, apostrophe or colon joins two letters; a full stop, apostrophe, comma or semicolon joins two digits.
_NOT_JOINING = re.compile(r"[.,':;](?!(?<=[a-z][.':])[a-z])(?!(?<=[0-9][.,';])[0-9])")
_ONLY_UNDERSCORES = re.compile(r"(?<!\S)_+(?!\S)")


def _ascii_lines(joined: str) -> list[str]:
    spaced = _NOT_JOINING.sub(" ", joined.translate(_ASCII_TABLE))
    if "_" in spaced:
        spaced = _ONLY_UNDERSCORES.sub("", spaced)
    return [" ".join(line.split()) for line in spaced.split("\n")]


# -- places -------------------------------------------------------------------------------------------------


def _original_places(text: str) -> list[tuple[int, int]]:
    """For each character of the normalised text, the [start, end) of the original it came from."""
    if text.isascii():
        return [(at, at + 1) for at in range(len(text))]
    places: list[tuple[int, int]] = []
    start = 0
    for piece in _pieces(text):
        places.extend([(start, start + len(piece))] * len(_normalised_piece(piece)))
        start += len(piece)
    return places


def _pieces(text: str) -> list[str]:
    """Cut `text` as finely as folds apart: grapheme clusters, then those merged that fold only together."""
    whole = normalise(text)
    clusters = list(CharacterBreaker(_SURROGATE.sub("\ufffd", text), _LOCALE))
    for pieces in (clusters, _merged(clusters)):
        if "".join(map(_normalised_piece, pieces)) == whole:
            return pieces
    return [text]


def _merged(clusters: list[str]) -> list[str]:
    merged: list[str] = []
    for cluster in clusters:
        if merged and normalise(merged[-1] + cluster) != normalise(merged[-1]) + normalise(cluster):
            merged[-1] += cluster
        else:
            merged.append(cluster)
    return merged


@lru_cache(maxsize=8192)
def _normalised_piece(piece: str) -> str:
    return normalise(piece)
