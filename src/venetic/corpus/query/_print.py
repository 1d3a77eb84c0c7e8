"""From a tree back to query text, in one spelling per meaning."""

import re
from datetime import time

from venetic.corpus.query._nodes import (
    After,
    And,
    Before,
    Everything,
    From,
    Fuzzy,
    Has,
    Haul,
    In,
    Kind,
    Lang,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Regex,
    To,
    With,
    Word,
)
from venetic.corpus.query.words import words

_BARE_WORD = re.compile(r"\w+(?:['.,;]\w+)*")
_BARE_VALUE = re.compile(r"[^\s()\"“”„*]+")
_FIELD_NAMES = {From: "from", To: "to", With: "with", In: "in"}


def to_text(node: Node) -> str:
    """Print a query so that `parse` gives the same tree again."""
    match node:
        case Everything():
            return ""
        case Or(parts):
            return " OR ".join(to_text(part) for part in parts)
        case And(parts):
            return " ".join(_inside(part, (Or,)) for part in parts)
        case Not(part):
            return f"NOT {_inside(part, (And, Or))}"
        case From() | To() | With() | In():
            return f"{_FIELD_NAMES[type(node)]}:{_value(node.value)}{'*' if node.prefix else ''}"
        case Before() | After() | Has() | Lang() | Haul() | Kind():
            return _field(node)
        case _:
            return _piece(node)


def _inside(node: Node, looser: tuple[type[Node], ...]) -> str:
    return f"({to_text(node)})" if isinstance(node, looser) else to_text(node)


def _field(node: Before | After | Has | Lang | Haul | Kind) -> str:
    match node:
        case Before(moment) | After(moment):
            day = moment.time() == time(0)
            written = moment.strftime("%Y-%m-%d" if day else "%Y-%m-%dT%H:%M:%SZ").rjust(10 if day else 20, "0")
            return f"{'before' if isinstance(node, Before) else 'after'}:{written}"
        case Has(kind):
            return f"has:{kind}"
        case Lang(code):
            return f"lang:{code}"
        case Haul(haul):
            return f"haul:{_value(haul)}"
        case Kind(kind):
            return f"kind:{kind}"


def _piece(node: Word | Phrase | Near | Prefix | Fuzzy | Regex) -> str:
    match node:
        case Word(word):
            return word if _BARE_WORD.fullmatch(word) and words(word) == [word] else _quoted((word,), node.text)
        case Phrase(found):
            return _quoted(found, node.text)
        case Near(found, distance):
            return f"{_quoted(found, node.text)}~{distance}"
        case Prefix(prefix):
            return f"{_stem(prefix, node.text)}*"
        case Fuzzy(word, distance):
            return f"{_stem(word, node.text)}~{distance}"
        case Regex(pattern):
            return f"/{_slashed(pattern)}/"


def _quoted(found: tuple[str, ...], typed: str) -> str:
    plain = " ".join(found)
    return _in_quotes(plain if words(plain) == list(found) else typed)


def _stem(word: str, typed: str) -> str:
    return word if words(word) == [word] else typed


def _slashed(pattern: str) -> str:
    return re.sub(r"(\\.)|/", lambda match: match[1] or r"\/", pattern, flags=re.DOTALL)


def _value(value: str) -> str:
    return value if _BARE_VALUE.fullmatch(value) else _in_quotes(value)


def _in_quotes(text: str) -> str:
    return '"' + re.sub(r"[\"\\]", r"\\\g<0>", text) + '"'
