"""`package draft` and `package check`."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from venetic.app import DraftOrder
from venetic.cli._options import AsJson, Claimed, DestroyBy, OperationDir, Purpose, day_of, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line

package = typer.Typer(no_args_is_help=True, help="Extracts quoted with their sources, as JSON and PDF.")


class Products(StrEnum):
    """What a package is for."""

    intelligence = "intelligence"
    evidential = "evidential"


@package.command("draft")
def draft(
    *,
    operation: OperationDir,
    purpose: Purpose = None,
    handle: Annotated[str | None, typer.Option("--handle", help="Quote what this handle sent and received.")] = None,
    query: Annotated[str | None, typer.Option("--search", metavar="QUERY", help="Quote what it finds.")] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write to.")] = Path(),
    title: Annotated[str | None, typer.Option("--title", help="Its title.")] = None,
    product: Annotated[Products, typer.Option("--product", help="What it is for.")] = Products.intelligence,
    zone: Annotated[str | None, typer.Option("--zone", help="The zone printed beside UTC.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Messages quoted at most.")] = 500,
    destroy_by: DestroyBy = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Write a working draft as JSON and PDF: verbatim extracts, each with the source records it rests on."""
    order = DraftOrder(out, handle, query, title, product.value, zone, most, day_of(destroy_by))
    with opened(operation, claimed, purpose) as op:
        done = op.packages.draft(order, op.actor)
        if as_json:
            print_json({**asdict(done), "json": str(done.json), "pdf": str(done.pdf)})
            return 0
        page = Page(op.facts)
    page.line(
        f"Copy {done.number}, a working draft: {many(done.extracts, 'message')} quoted from "
        f"{many(done.citations, 'source record')}."
    )
    page.line(plain_line(str(done.pdf)), indent=2)
    page.line(plain_line(str(done.json)), indent=2)
    page.line("Next: venetic package check ", plain_line(str(done.json)))
    return 0


@package.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A package's JSON; the PDF beside it is compared too.")],
    *,
    operation: OperationDir,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Open every citation and compare it with the sealed bytes; one wrong character gives exit status 1."""
    with opened(operation, claimed) as op:
        found = op.packages.check(file, op.actor)
        if as_json:
            print_json(asdict(found))
            return 1 if found.bad else 0
        page = Page(op.facts)
    faults = many(len(found.bad), "fault") if found.bad else "no fault"
    page.line(f"{many(found.citations, 'citation')} compared with the sealed bytes; {faults}.")
    if found.times_unverified:
        page.line(
            f"{many(found.times_unverified, 'time')} could be compared only as written: the record states no instant.",
            indent=2,
        )
    for fault in found.bad:
        page.line(plain_line(f"{fault.where}: {fault.what}"), indent=2)
    return 1 if found.bad else 0
