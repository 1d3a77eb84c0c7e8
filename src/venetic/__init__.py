"""Venetic: lawfully acquired message hauls, made searchable, readable and citable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venetic.app import Operation

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(folder: str | Path, *, purpose: str | None = None, claimed: str | None = None) -> Operation:  # noqa: A001 -- venetic.open reads well
    """Open an operation for a notebook or a script.

    `purpose` says what content is read for and is kept with every read; without one, reading raises `NoPurpose`.
    `claimed` is a name kept beside the operating-system account. Raises `NotFound` and `Corrupt` from `venetic.kernel`.
    """
    from venetic.app import open_operation  # the engines are heavy: loaded when an operation is opened

    return open_operation(Path(folder), purpose=purpose, claimed=claimed)
