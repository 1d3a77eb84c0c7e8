"""Full-text queries as data, over whitespace-separated tokens; `engine` compiles them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """Rows holding every token of `tokens`, or with `every` false at least one of them."""

    tokens: tuple[str, ...]
    every: bool = True


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Rows holding the tokens side by side, in this order."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextAll:
    """Rows matching every part and none of `without`; `parts` is never empty."""

    parts: tuple["TextQuery", ...]
    without: tuple["TextQuery", ...] = ()


@dataclass(frozen=True, slots=True)
class TextAny:
    """Rows matching at least one part."""

    parts: tuple["TextQuery", ...]


TextQuery = Tokens | TokenRun | TextAll | TextAny
