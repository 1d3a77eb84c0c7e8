"""What a query means, said again over plain dicts, slowly: the definition of docs/search.md and none of its code.

A message is a dict with `body`, `sender`, `receivers`, `conversation` (its name), `conversation_id`, `sent_at` (aware
UTC or None), `local_time` (naive or None), `has` and `hauls` (sets) and `kind`. The tree comes from `parse`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import re2
from icu4py.breakers import WordBreaker

from venetic.corpus import query as q

Message = Mapping[str, Any]

_UNSEEN = {0xAD, 0x61C, 0x180E, 0x200C, 0x200E, 0x200F, 0xFEFF, 0xE0001}
_UNSEEN |= {*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)}
_UNSEEN |= {*range(0xE0020, 0xE0080)}
_TONES = range(0x1F3FB, 0x1F400)


@cache
def _pictographic(character: str) -> bool:
    """Ask ICU: rule WB3c joins U+200D to Extended_Pictographic, and only marks and the like also join a '!'."""
    after_joiner, after_mark = (len(list(WordBreaker(c + character, "en").segments())) for c in "\u200d!")
    return after_joiner == 1 and after_mark == 2


def normal_form(text: str) -> str:
    """Normalise character by character."""
    text = "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = [c for c in text if unicodedata.category(c)[0] != "M" and ord(c) not in _UNSEEN and ord(c) not in _TONES]
    joined = [
        c
        for at, c in enumerate(kept)
        if c != "\u200d" or (0 < at < len(kept) - 1 and _pictographic(kept[at - 1]) and _pictographic(kept[at + 1]))
    ]
    return unicodedata.normalize("NFKC", "".join(joined))


def _counts_as_word(piece: str) -> bool:
    return any(unicodedata.category(c)[0] in "LN" or _pictographic(c) or 0x1F1E6 <= ord(c) <= 0x1F1FF for c in piece)


@cache
def cut(text: str) -> list[str]:
    """The words of `text`, through ICU's offsets, which count UTF-16 units."""
    normal = normal_form(text)
    units = normal.encode("utf-16-le")
    segments = (units[2 * a : 2 * b].decode("utf-16-le") for a, b in WordBreaker(normal, "en").segments())
    return [piece for segment in segments for piece in segment.split() if _counts_as_word(piece)]


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


def _near(have: list[str], wanted: tuple[str, ...], distance: int) -> bool:
    reach = distance + len(wanted)
    for first in range(len(have)):
        window = have[first : first + reach]
        if all(window.count(word) >= wanted.count(word) for word in wanted):
            return True
    return False


def _name(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _named(names: Iterable[str | None], value: str, prefix: bool) -> bool:
    wanted = _name(value)
    present = [_name(name) for name in names if name is not None]
    return any(name.startswith(wanted) if prefix else name == wanted for name in present)


def _names(message: Message, node: q.From | q.To | q.With | q.In) -> list[str | None]:
    sender, receivers = message["sender"], list(message["receivers"] or [])
    if isinstance(node, q.From):
        return [sender]
    if isinstance(node, q.To):
        return receivers
    if isinstance(node, q.With):
        return [sender, *receivers]
    return [message["conversation"], message["conversation_id"]]


def _when(message: Message) -> datetime | None:
    """The time, as a naive one: UTC where the zone is known, wall clock where it is not."""
    sent_at = message["sent_at"]
    return sent_at.replace(tzinfo=None) if sent_at is not None else message["local_time"]


def _in_text(body: str, node: q.Node) -> bool:
    if isinstance(node, q.Regex):
        options = re2.Options()
        options.case_sensitive = False
        return re2.search(node.pattern, body, options) is not None
    have = cut(body)
    match node:
        case q.Word(word):
            return word in have
        case q.Phrase(wanted):
            return any(tuple(have[at : at + len(wanted)]) == wanted for at in range(len(have)))
        case q.Near(wanted, distance):
            return _near(have, wanted, distance)
        case q.Prefix(prefix):
            return any(re.match(re.escape(prefix), word) for word in have)
        case q.Fuzzy(word, distance):
            return any(_edits(word, other) <= distance for other in have)
    raise AssertionError(node)


def matches(node: q.Node, message: Message) -> bool:
    """Whether `message` is an answer to the query `node`."""
    match node:
        case q.Everything():
            return True
        case q.And(parts):
            return all(matches(part, message) for part in parts)
        case q.Or(parts):
            return any(matches(part, message) for part in parts)
        case q.Not(part):
            return not matches(part, message)
        case q.From() | q.To() | q.With() | q.In():
            return _named(_names(message, node), node.value, node.prefix)
        case q.Before(moment):
            return (when := _when(message)) is not None and when < moment.replace(tzinfo=None)
        case q.After(moment):
            return (when := _when(message)) is not None and when >= moment.replace(tzinfo=None)
        case q.Has(kind):
            return kind in message["has"]
        case q.Haul(haul):
            return haul in message["hauls"]
        case q.Kind(kind):
            return bool(message["kind"] == kind)
        case q.Lang():
            raise AssertionError("there is no language data yet")
        case _:
            return message["body"] is not None and _in_text(message["body"], node)
