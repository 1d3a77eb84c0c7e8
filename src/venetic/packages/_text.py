"""Text made fit for print: every character is either set as it is or printed by its number, U+XXXX.

Printed by number: control and format characters, line and paragraph separators, private and unassigned characters,
what no font covers, marks stacked higher than a line can hold, and long runs of one blank. So an override cannot
turn the text around it, and nothing invisible stays unseen. The exact text is the JSON's; this is its picture.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from venetic.packages import fonts

Run = tuple[str, str]  # (a font family, text as it is), (NUMBERED, what stands for others), (BREAK, "")
NUMBERED = "numbered"
BREAK = "break"

STACKED_MARKS = 3  # combining marks over one letter; more would reach into the lines around it
BLANKS_SHOWN = 8  # blanks in a row that are set as blanks; more are counted
EMPTY_LINES_SHOWN = 3  # empty lines in a row that are set; more are counted
LONG_RUN = 24  # characters without a blank that fit on a line, a title's too; longer runs get places to break
PIECE = 8  # characters between two such places: at most that much of a line stays empty
FORCED = 40  # characters after which a line may break even where letters join or a sign is taken apart
_NUMBERED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}  # they shape Persian, Indic and emoji sequences and stay as they are
_PLAIN = "plain"  # text whose family is not chosen yet
_WIDE = frozenset("\u2e3a\u2e3b") | {chr(point) for point in range(0xFDF0, 0xFDFE)}  # glyphs of several ems
_WORDS = re.compile(r"\S+|\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: right-to-left or not, and its runs."""

    rtl: bool
    runs: tuple[Run, ...]

    def flat(self) -> str:
        """The printed characters in reading order, without styling."""
        return "".join(text for _, text in self.runs)


@dataclass(slots=True)
class Setter:
    """Sets text as lines and remembers which characters it printed by number, and how often."""

    numbered: Counter[str] = field(default_factory=Counter)

    def lines(self, text: str) -> tuple[Line, ...]:
        """Set `text` as lines, split at line feeds; long rows of empty lines become one counted line."""
        found: list[Line] = []
        for empty, group in groupby(text.split("\n"), key=lambda line: not line):
            rows = list(group)
            if empty and len(rows) > EMPTY_LINES_SHOWN:
                found.append(Line(rtl=False, runs=((NUMBERED, f"{len(rows):,} empty lines"),)))
            else:
                found.extend(Line(_reads_right_to_left(row), tuple(self._in_families(self._runs(row)))) for row in rows)
        return tuple(found)

    def line(self, text: str) -> str:
        """Set `text` as one plain line, for titles and metadata."""
        return " ".join(line.flat() for line in self.lines(text))

    def _runs(self, row: str) -> Iterator[Run]:
        for (shown, same), group in groupby(_classed(row), key=lambda pair: (pair[0], "" if pair[0] else pair[1])):
            chars = "".join(char for _, char in group)
            if shown:
                yield from self._plain(chars)
            else:
                yield self._by_number(same, len(chars))

    def _plain(self, chars: str) -> Iterator[Run]:
        for blank, group in groupby(chars, key=lambda char: char if char.isspace() else ""):
            piece = "".join(group)
            if blank and len(piece) > BLANKS_SHOWN:
                yield self._by_number(blank, len(piece))
            else:
                yield from _breakable(piece)

    def _in_families(self, runs: Iterable[Run]) -> Iterator[Run]:
        for kind, group in groupby(runs, key=lambda run: run[0]):
            if kind != _PLAIN:
                yield from group
                continue
            for piece in fonts.runs("".join(text for _, text in group)):
                if piece.family is None:
                    yield from (self._by_number(char, 1) for char in piece.text)
                else:
                    yield piece.family, piece.text

    def _by_number(self, char: str, times: int) -> Run:
        self.numbered[char] += times
        return NUMBERED, code_point(char) + (f" \u00d7 {times:,}" if times > 1 else "")


def whole(text: str) -> tuple[Line, ...]:
    """Set a hash in one piece, so that it can be copied out of the PDF."""
    return (Line(rtl=False, runs=((fonts.families()[0], text),)),)


def code_point(char: str) -> str:
    """Return U+XXXX of a character."""
    return f"U+{ord(char):04X}"


def _reads_right_to_left(row: str) -> bool:
    strong = (unicodedata.bidirectional(char) for char in row)
    return next((kind != "L" for kind in strong if kind in {"L", "R", "AL"}), False)


def _classed(row: str) -> Iterator[tuple[bool, str]]:
    """Yield each character with whether it may be set as it is."""
    marks = 0
    for char in row:
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        yield (category not in _NUMBERED or char in _JOINERS) and marks <= STACKED_MARKS, char


def _breakable(piece: str) -> Iterator[Run]:
    for word in _WORDS.findall(piece):
        if len(word) <= LONG_RUN:
            yield _PLAIN, word
            continue
        start = 0
        for place in range(1, len(word)):
            before, char = word[place - 1], word[place]
            enough = place - start >= PIECE and unicodedata.bidirectional(before) != "AL"
            if (enough and _may_part(before, char)) or place - start >= FORCED or {before, char} & _WIDE:
                yield from ((_PLAIN, word[start:place]), (BREAK, ""))
                start = place
        yield _PLAIN, word[start:]


def _may_part(before: str, char: str) -> bool:
    """Whether a line may break here without taking one written sign apart."""
    if before in _JOINERS or char in _JOINERS or unicodedata.combining(before) == 9:  # 9: a virama joins what follows
        return False
    glued = unicodedata.category(char)[0] == "M" or "\U0001f3fb" <= char <= "\U0001f3ff"
    flag = "\U0001f1e6" <= char <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    jamo = "\u1100" <= before <= "\u11ff" and "\u1100" <= char <= "\u11ff"
    return not (glued or flag or jamo)
