"""What may stand after a field's colon, and what it means."""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from venetic.corpus.query._nodes import After, Before, From, Has, Haul, In, Kind, Lang, Node, To, With
from venetic.kernel import WrongQuery

HAS_KINDS: Final = ("attachment", "audio", "document", "image", "video")
MESSAGE_KINDS: Final = ("deleted", "event", "media", "text", "undecryptable")

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d))?[Zz]?)?)?)?", re.ASCII)
_HAUL = re.compile(r"[Hh][1-9]\d{0,8}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")


class BadValue(ValueError):
    """A field does not take this value; the message says what it takes."""


def fold_name(name: str) -> str:
    """Fold a handle or a conversation's name to the form in which `from:`, `to:`, `with:` and `in:` compare it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def field_node(name: str, value: str, prefix: bool, place: tuple[int, int]) -> Node:
    """Build the node of `name:value`, or `name:value*`; `place` is [start, end) in the query. Raises: WrongQuery."""
    start, end = place
    if (named := _NAMED.get(name)) is not None:
        return named(value, prefix, start=start, end=end)
    if (valued := _VALUED.get(name)) is None:
        raise WrongQuery(_unknown(name), start)
    if prefix:
        raise WrongQuery(f"{name}: takes a whole value; * works after from:, to:, with: and in:", end - 1)
    try:
        return replace(valued(value), start=start, end=end)
    except BadValue as refused:
        raise WrongQuery(str(refused), start + len(name) + 1) from None


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), FIELDS, n=1)
    hint = f"did you mean {near[0]}:?" if near else f"the fields are {', '.join(f'{known}:' for known in FIELDS)}"
    return f"there is no field of this name; {hint} (to look for the text itself, put it in quotes)"


def _moment(value: str) -> datetime:
    if (match := _DATE.fullmatch(value)) is None:
        raise BadValue("a date is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM[:SS][Z], in UTC")
    year, month, day = (int(part or 1) for part in match.groups()[:3])
    hour, minute, second = (int(part or 0) for part in match.groups()[3:])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise BadValue("there is no such day or time in the calendar") from None


def _before(value: str) -> Node:
    return Before(_moment(value))


def _after(value: str) -> Node:
    return After(_moment(value))


def _has(value: str) -> Node:
    return Has(_one_of(HAS_KINDS, "has:", value))


def _kind(value: str) -> Node:
    return Kind(_one_of(MESSAGE_KINDS, "kind:", value))


def _one_of(known: tuple[str, ...], name: str, value: str) -> str:
    if value.lower() not in known:
        raise BadValue(f"{name} takes one of {', '.join(known)}")
    return value.lower()


def _haul(value: str) -> Node:
    if not _HAUL.fullmatch(value):
        raise BadValue("haul: takes the number of a delivery, such as H1")
    return Haul(value.upper())


def _lang(value: str) -> Node:
    if not _LANGUAGE.fullmatch(value.lower()):
        raise BadValue("lang: takes a language tag such as nl or pt-br")
    return Lang(value.lower())


_NAMED: dict[str, type[From | To | With | In]] = {"from": From, "to": To, "with": With, "in": In}
_VALUED: dict[str, Callable[[str], Node]] = {
    "before": _before,
    "after": _after,
    "has": _has,
    "lang": _lang,
    "haul": _haul,
    "kind": _kind,
}
FIELDS: Final = (*_NAMED, *_VALUED)
