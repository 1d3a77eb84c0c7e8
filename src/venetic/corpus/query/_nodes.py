"""The parts of a query, as frozen values.

`start` and `end` are the characters [start, end) of the query text that a part was read from, and `text` is the
piece as typed where the words alone might be cut differently when printed; all three are left out of comparison.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Everything(_Placed):
    """Every message: the empty query."""


@dataclass(frozen=True, slots=True)
class Word(_Placed):
    """The body has this word, which is normalised."""

    word: str


@dataclass(frozen=True, slots=True)
class Phrase(_Placed):
    """The body has these normalised words, one straight after another; at least two."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near(_Placed):
    """The body has all these normalised words in any order with at most `distance` other words between them.

    Each word, and each repetition of it, takes a place of its own; the last place minus the first is at most
    `distance` + number of words - 1.
    """

    words: tuple[str, ...]
    distance: int


@dataclass(frozen=True, slots=True)
class Prefix(_Placed):
    """The body has a word that starts with this normalised text."""

    prefix: str


@dataclass(frozen=True, slots=True)
class Fuzzy(_Placed):
    """The body has a word at most `distance` (1 or 2) insertions, deletions or replacements from this one."""

    word: str
    distance: int


@dataclass(frozen=True, slots=True)
class Regex(_Placed):
    """RE2 finds the pattern somewhere in the body as written, ignoring case."""

    pattern: str


@dataclass(frozen=True, slots=True)
class _Named(_Placed):
    value: str  # as typed; compared folded (`fold_name`)
    prefix: bool = False  # whether names that start with `value` count too


@dataclass(frozen=True, slots=True)
class From(_Named):
    """The sender is so named."""


@dataclass(frozen=True, slots=True)
class To(_Named):
    """One of the receivers is so named."""


@dataclass(frozen=True, slots=True)
class With(_Named):
    """The sender or one of the receivers is so named."""


@dataclass(frozen=True, slots=True)
class In(_Named):
    """The conversation's id or name is this."""


@dataclass(frozen=True, slots=True)
class Before(_Placed):
    """The message's time is earlier than `moment` (aware UTC); wall-clock time where the source states no zone."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class After(_Placed):
    """The message's time is `moment` (aware UTC) or later; wall-clock time where the source states no zone."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Has(_Placed):
    """The message carries an attachment of this kind, one of HAS_KINDS."""

    kind: str


@dataclass(frozen=True, slots=True)
class Lang(_Placed):
    """The body is in this language (a lower-case tag such as `nl`)."""

    code: str


@dataclass(frozen=True, slots=True)
class Haul(_Placed):
    """The message rests on a record of this haul."""

    haul: str


@dataclass(frozen=True, slots=True)
class Kind(_Placed):
    """The message is of this kind, one of MESSAGE_KINDS."""

    kind: str


@dataclass(frozen=True, slots=True)
class And(_Placed):
    """Every part holds; at least two, none of them an And."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or(_Placed):
    """At least one part holds; at least two, none of them an Or."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not(_Placed):
    """The part does not hold."""

    part: "Node"


Node: TypeAlias = (
    Everything
    | Word
    | Phrase
    | Near
    | Prefix
    | Fuzzy
    | Regex
    | From
    | To
    | With
    | In
    | Before
    | After
    | Has
    | Lang
    | Haul
    | Kind
    | And
    | Or
    | Not
)
