"""`init` and `status`."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from venetic.app import Operation, create_operation
from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line, sized


class Kinds(StrEnum):
    """What an operation may be."""

    exercise = "exercise"
    real = "real"


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What the operation is called.")],
    kind: Annotated[Kinds, typer.Option("--kind", help="Sealed now; an exercise and a real operation never mix.")],
    marking: Annotated[str, typer.Option("--marking", help="Protective marking on everything printed.")] = "",
    as_json: AsJson = False,
) -> int:
    """Make an operation: a folder with its stores, its settings and its kind, sealed."""
    facts = create_operation(folder, name, kind.value, marking)
    if as_json:
        print_json({"operation": {**asdict(facts), "banner": facts.banner}, "folder": str(folder)})
        return 0
    page = Page(facts)
    page.line("Made in ", plain_line(str(folder)), ". Settings: ", plain_line(str(folder / "settings.toml")))
    page.line("Next: venetic receive PATH… --operation ", plain_line(str(folder)))
    return 0


def totals_of(operation: Operation) -> dict[str, int]:
    """What was received and what the corpus holds, under the names every command uses."""
    deliveries = operation.haul.deliveries()
    return {
        "deliveries": len(deliveries),
        "waiting": sum(delivery.searchable_at is None for delivery in deliveries),
        "files": sum(delivery.files for delivery in deliveries),
        "bytes": sum(delivery.bytes for delivery in deliveries),
        "refused": sum(delivery.refused for delivery in deliveries),
        **operation.corpus.totals(),
    }


def status(*, operation: OperationDir, as_json: AsJson = False, claimed: Claimed = None) -> int:
    """Say what the operation holds: deliveries, messages, the source records they rest on, and what was refused."""
    with opened(operation, claimed) as op:
        totals = totals_of(op)
        if as_json:
            print_json({**totals, "operation": {**asdict(op.facts), "banner": op.facts.banner}})
            return 0
        page = Page(op.facts)
    waiting = f", {totals['waiting']:,} not ingested yet" if totals["waiting"] else ""
    rows = [
        ("deliveries", f"{totals['deliveries']:,}{waiting}"),
        ("sealed files", f"{totals['files']:,} ({sized(totals['bytes'])})"),
        ("refused on receipt", f"{totals['refused']:,}"),
        ("messages", f"{totals['messages']:,} resting on {many(totals['records'], 'source record')}"),
        ("refused on reading", f"{totals['refusals']:,}"),
        ("handles", f"{totals['handles']:,}"),
        ("conversations", f"{totals['conversations']:,}"),
        ("media", f"{totals['media']:,}"),
        ("destroyed", many(totals["destroyed"], "source record")),
        ("commit", f"{totals['commit']:,}"),
    ]
    page.facts(rows)
    return 0
