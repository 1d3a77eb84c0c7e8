"""The command `venetic-exercise`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from exercise._errors import WrongUse
from exercise._make import make
from exercise._sizes import size_named

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def exercise() -> None:
    """Makes seeded hauls of made-up messages, with the truth about them beside."""


@app.command("make")
def make_command(
    seed: Annotated[int, typer.Option(help="Names the exercise: the same seed gives the same bytes.")],
    size: Annotated[str, typer.Option(help="tiny or small.")],
    out: Annotated[Path, typer.Option(help="A new folder; gets haul/ and truth/.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the counts.")] = False,
) -> None:
    """Write OUT/haul and OUT/truth."""
    try:
        made = make(seed, size_named(size), out, lambda line: typer.echo(line, err=True))
    except WrongUse as error:
        if as_json:
            typer.echo(json.dumps({"error": {"code": "wrong_use", "what": str(error), "where": None}}))
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(asdict(made), default=str))
    else:
        typer.echo(f"{made.out}: {made.messages} messages, {made.records} records, {made.media} pictures")


def main() -> None:
    """Run the command."""
    app()
