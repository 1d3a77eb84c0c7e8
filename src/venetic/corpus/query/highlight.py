"""Where a text meets a query, and the piece of it worth showing."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from icu4py.breakers import CharacterBreaker
from rapidfuzz.distance import Levenshtein

from venetic.corpus.query._near import near_places
from venetic.corpus.query._nodes import And, Fuzzy, Near, Node, Not, Or, Phrase, Prefix, Regex, Word
from venetic.corpus.query._regex import compiled
from venetic.corpus.query.words import WordSpan, spans

_Place = tuple[int, int]
_CLEAN_START_CHARS = 16  # how far a window's start may move to begin with a whole word


@dataclass(frozen=True, slots=True)
class Snippet:
    """The characters [start, end) of a body, with the places met in it.

    `spans` are [start, end) within `text`, in order, not overlapping. Something was left out before the text when
    `start` is above 0, and after it when `end` is below the body's length.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int


def snippet(body: str, node: Node, width: int = 160) -> Snippet:
    """Return the piece of `body`, about `width` characters, in which most parts of the query are met.

    Words, phrases, near words, prefixes, fuzzy words and regexes that are asked for are marked; what stands under a
    NOT, and fields, are not. With nothing to mark, the piece is the beginning. No grapheme cluster is cut, so that one
    longer than `width` makes the piece longer.
    """
    edges = _edges(body)
    leaves = [leaf for leaf in _wanted(node) if isinstance(leaf, Word | Phrase | Near | Prefix | Fuzzy | Regex)]
    found = spans(body) if any(not isinstance(leaf, Regex) for leaf in leaves) else []
    met = [_met_regex(body, leaf) if isinstance(leaf, Regex) else _met(found, leaf) for leaf in leaves]
    places = sorted((edges.outward(place), part) for part, some in enumerate(met) for place in some)
    start, end = _window(body, places, width, edges)
    inside = [(max(left, start), min(right, end)) for (left, right), _ in places if left < end and right > start]
    return Snippet(body[start:end], tuple((left - start, right - start) for left, right in _merged(inside)), start, end)


def _wanted(node: Node, positive: bool = True) -> Iterator[Node]:
    """The parts of a query that a body meets by having something."""
    match node:
        case Not(part):
            yield from _wanted(part, not positive)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _wanted(part, positive)
        case _ if positive:
            yield node


# -- what is met --------------------------------------------------------------------------------------------


def _met_regex(body: str, leaf: Regex) -> list[_Place]:
    matched = (match.span() for match in compiled(leaf.pattern).finditer(body))
    return [(start, end) for start, end in matched if start < end]


def _met(found: list[WordSpan], leaf: Word | Phrase | Near | Prefix | Fuzzy) -> list[_Place]:
    match leaf:
        case Word(word):
            return [(span.start, span.end) for span in found if span.word == word]
        case Prefix(prefix):
            return [(span.start, span.end) for span in found if span.word.startswith(prefix)]
        case Fuzzy(word, distance):
            return [
                (span.start, span.end)
                for span in found
                if Levenshtein.distance(span.word, word, score_cutoff=distance) <= distance
            ]
        case Phrase(wanted):
            return _met_phrase(found, wanted)
        case Near(wanted, distance):
            near = near_places([span.word for span in found], wanted, distance)
            return [(found[at].start, found[at].end) for at in near]


def _met_phrase(found: list[WordSpan], wanted: tuple[str, ...]) -> list[_Place]:
    have = [span.word for span in found]
    return [
        (found[at].start, found[at + len(wanted) - 1].end)
        for at in range(len(found) - len(wanted) + 1)
        if have[at] == wanted[0] and tuple(have[at : at + len(wanted)]) == wanted
    ]


# -- which piece --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Edges:
    """The places where a text may be cut; null when it may be cut anywhere."""

    at: list[int] | None

    def before(self, place: int) -> int:
        """The last edge at or before `place`."""
        return place if self.at is None else self.at[bisect_right(self.at, place) - 1]

    def after(self, place: int) -> int:
        """The first edge at or after `place`."""
        return place if self.at is None else self.at[bisect_left(self.at, place)]

    def outward(self, place: _Place) -> _Place:
        """The smallest piece between edges that holds `place`."""
        return self.before(place[0]), self.after(place[1])


def _edges(body: str) -> _Edges:
    if body.isascii() and "\r" not in body:
        return _Edges(None)
    at = [0]
    for cluster in CharacterBreaker(body, "en"):
        at.append(at[-1] + len(cluster))
    return _Edges(at)


def _window(body: str, places: list[tuple[_Place, int]], width: int, edges: _Edges) -> _Place:
    """Choose [start, end): most different parts, then most places, then the earliest."""
    if len(body) <= width:
        return 0, len(body)
    first, last = _densest(places, width)
    spare = max(0, width - (last - first))
    start = edges.before(max(0, min(first - spare // 2, len(body) - width)))
    if start > 0:
        start = _clean_start(body, start, first, edges)
    end = edges.before(min(start + width, len(body)))
    return start, end if end > start else edges.after(start + 1)


def _densest(places: list[tuple[_Place, int]], width: int) -> _Place:
    best, chosen = (0, 0), (0, 0)
    parts: defaultdict[int, int] = defaultdict(int)
    last = 0
    for first, ((left, _), part) in enumerate(places):
        while last < len(places) and (last <= first or places[last][0][1] <= left + width):
            parts[places[last][1]] += 1
            last += 1
        worth = (len(parts), last - first)
        if worth > best:
            best, chosen = worth, (left, max(right for (_, right), _ in places[first:last]))
        parts[part] -= 1
        if not parts[part]:
            del parts[part]
    return chosen


def _clean_start(body: str, start: int, first: int, edges: _Edges) -> int:
    """Move a start that cuts a word to the next word, if that is near and leaves the first place inside."""
    if body[start - 1].isspace():
        return start
    for at in range(start, min(first, start + _CLEAN_START_CHARS)):
        if body[at].isspace():
            return edges.after(at + 1)
    return start


def _merged(places: list[_Place]) -> list[_Place]:
    merged: list[_Place] = []
    for left, right in places:
        if merged and left < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(right, merged[-1][1]))
        else:
            merged.append((left, right))
    return merged
