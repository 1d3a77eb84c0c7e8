"""Every error of ours.

VeneticError
  Misuse         a caller broke a contract of the code: our bug, never caught inside
  WrongUse       the user asked for something that cannot be done; exit status 2
    WrongQuery   a search query cannot be read; says at which character
    NotFound     no such operation, message, conversation, file
    NoPurpose    content was asked for without a purpose
  BadEvidence    one delivered item cannot be used; becomes a refusal, the run goes on
  UnreadableHaul a file cannot be read by the reader that took it; raised before the first batch
  RunStopped     the run ended early and can be started again; exit status 1
    Busy         another writer holds the operation
    Corrupt      stored bytes or entries differ from what was recorded

A message says what, where and what to do. It never holds message content, keys or names of people.
"""


class VeneticError(Exception):
    """Base of all our errors: `what` went wrong, `where`, and a stable `code` for scripts."""

    code = "error"

    def __init__(self, what: str, where: str | None = None) -> None:
        super().__init__(what if where is None else f"{what} (at {where})")
        self.what = what
        self.where = where


class Misuse(VeneticError):
    """A contract of the code was broken: a bug of ours."""

    code = "misuse"


class WrongUse(VeneticError):
    """The request cannot be carried out as given."""

    code = "wrong_use"


class WrongQuery(WrongUse):
    """A search query that cannot be read; `position` is the 0-based character where it goes wrong."""

    code = "wrong_query"

    def __init__(self, what: str, position: int) -> None:
        super().__init__(what, f"character {position + 1}")
        self.position = position


class NotFound(WrongUse):
    """The named thing does not exist."""

    code = "not_found"


class NoPurpose(WrongUse):
    """Content was asked for and no purpose was given."""

    code = "no_purpose"


class BadEvidence(VeneticError):
    """One delivered item cannot be used; recorded as a refusal, the run goes on."""

    code = "bad_evidence"


class UnreadableHaul(VeneticError):
    """A reader cannot read this file at all; raised before its first batch."""

    code = "unreadable"


class RunStopped(VeneticError):
    """The run ended early; nothing acknowledged is lost and it can be started again."""

    code = "run_stopped"


class Busy(RunStopped):
    """Another writer holds the operation."""

    code = "busy"


class Corrupt(RunStopped):
    """Stored bytes or entries differ from what was recorded."""

    code = "corrupt"
