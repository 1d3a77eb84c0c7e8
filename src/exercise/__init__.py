"""Exercises: hauls of made-up messages from a seed, with the whole truth beside them.

Shares no code with `venetic` and is never imported by it: what one writes, the other reads as it would any haul.
"""

from exercise._cli import main
from exercise._errors import BadTruth, ExerciseError, WrongUse
from exercise._make import Made, make
from exercise._sizes import DAYS, SIZES, VERSION, Size, size_named

__all__ = [
    "DAYS",
    "SIZES",
    "VERSION",
    "BadTruth",
    "ExerciseError",
    "Made",
    "Size",
    "WrongUse",
    "main",
    "make",
    "size_named",
]
