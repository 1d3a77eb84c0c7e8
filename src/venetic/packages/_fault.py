"""One thing that does not hold in a package."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a package is wrong (a path into its JSON, or a page of the PDF) and what is wrong; never content."""

    where: str
    what: str
