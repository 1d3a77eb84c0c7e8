"""RE2 over message bodies: linear in the text whatever the pattern, ignoring case."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol, cast

import re2

# Memory for one compiled pattern, RE2's own default; a pattern that needs more is refused, not run slowly.
_MAX_MEMORY = 8 << 20


class Match(Protocol):
    """One place where a pattern was found."""

    def span(self) -> tuple[int, int]:
        """The characters [start, end) of the text."""


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> Match | None:
        """The first place in the text; null when there is none."""

    def finditer(self, text: str) -> Iterator[Match]:
        """The places in the text, in order, not overlapping."""


class BadPattern(ValueError):
    """RE2 refused the pattern; the message is its reason."""


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Pattern:
    """Compile `pattern` as `/pattern/` means it: RE2, ignoring case, `.` stops at line ends. Raises: BadPattern."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return cast("Pattern", re2.compile(pattern, options))
    except re2.error as error:
        raise BadPattern(error.args[0].decode("utf-8", "replace")) from None
    except UnicodeEncodeError:
        raise BadPattern("not valid Unicode") from None
