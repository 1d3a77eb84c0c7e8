"""Every error of the exercise."""


class ExerciseError(Exception):
    """Base of every error raised on purpose."""


class WrongUse(ExerciseError):
    """The caller asked for something that cannot be made: an unknown size, a folder already in use."""


class BadTruth(ExerciseError):
    """A truth folder lacks a table or holds one with other columns."""
