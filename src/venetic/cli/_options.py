"""The options that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from venetic.app import Operation, open_operation
from venetic.kernel import WrongUse

OperationDir = Annotated[
    Path, typer.Option("--operation", envvar="VENETIC_OPERATION", help="The operation's folder.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output.")]
Claimed = Annotated[
    str | None,
    typer.Option("--as", envvar="VENETIC_ACTOR", help="A name kept beside the operating-system account."),
]
Purpose = Annotated[
    str | None,
    typer.Option("--purpose", envvar="VENETIC_PURPOSE", help="What content is shown for; kept with every read."),
]

DestroyBy = Annotated[
    str | None, typer.Option("--destroy-by", metavar="DATE", help="When the copy written is to be destroyed.")
]


def day_of(text: str | None) -> str | None:
    """The date of --destroy-by, checked. Raises WrongUse."""
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongUse("a date is written as 2027-01-31", "--destroy-by") from None


@contextmanager
def opened(
    folder: Path, claimed: str | None = None, purpose: str | None = None, *, check_seal: bool = True
) -> Iterator[Operation]:
    """Hold an operation open for one command."""
    with open_operation(folder, purpose=purpose, claimed=claimed, check_seal=check_seal) as operation:
        yield operation
