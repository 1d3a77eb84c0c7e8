"""Row predicates as data: rooms build them, `engine` compiles them, every clause carries its reason."""

from dataclasses import dataclass
from typing import Literal

Scalar = str | int | bool | None
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "has", "has_any", "is_null", "not_null"]


@dataclass(frozen=True, slots=True)
class Compare:
    """`column operator value`.

    `in` takes a tuple; `has` asks whether a list column contains the value, `has_any` whether it contains one of a
    tuple; `is_null` and `not_null` take no value. A comparison with a null column is false, never null, so that
    `Not` is its exact complement.
    """

    column: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...] = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; with no parts, every row."""

    parts: tuple["Predicate", ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; with no parts, no row."""

    parts: tuple["Predicate", ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Predicate"
    reason: str = ""


Predicate = Compare | All | AnyOf | Not

EVERYTHING = All()
NOTHING = AnyOf()


def both(left: Predicate, right: Predicate) -> Predicate:
    """Rows of which both hold, without wrapping what adds nothing."""
    if left == EVERYTHING:
        return right
    if right == EVERYTHING:
        return left
    return All((left, right))
