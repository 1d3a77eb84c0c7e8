"""The options that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from venetic.app import Operation, open_operation

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


@contextmanager
def opened(
    folder: Path, claimed: str | None = None, purpose: str | None = None, *, check_seal: bool = True
) -> Iterator[Operation]:
    """Hold an operation open for one command."""
    with open_operation(folder, purpose=purpose, claimed=claimed, check_seal=check_seal) as operation:
        yield operation
