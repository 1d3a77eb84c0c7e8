"""`faults`: which messages of an operation a known defect may have touched."""

from pathlib import Path
from typing import Annotated

import typer

from venetic.cli._conversation import ID_CHARS
from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line
from venetic.corpus import Faults

IDS_SHOWN = 20  # of one fault; --json gives all


def faults(
    *,
    operation: OperationDir,
    known: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="A later list than this version's.")
    ] = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Apply the list of known faults: what each changed and which messages it may have touched; status 1 if any."""
    with opened(operation, claimed) as op:
        found = Faults(op.corpus.parts, op.corpus.commits).affected(op.actor, known)
        touched = any(one.records for one in found)
        if as_json:
            print_json({"faults": [one.to_dict() for one in found]})
            return 1 if touched else 0
        page = Page(op.facts)
    page.line(
        f"{many(len(found), 'known fault')} in the list, {sum(one.records > 0 for one in found)} of them touch this."
    )
    for one in found:
        fault = one.fault
        page.line(plain_line(f"{fault.id} {fault.component} {fault.versions}: {fault.changed}"), style="bold")
        page.line(f"{many(len(one.messages), 'message')} on {many(one.records, 'source record')}", indent=2)
        if one.messages:
            more = "" if len(one.messages) <= IDS_SHOWN else " …"
            page.line(" ".join(message[:ID_CHARS] for message in one.messages[:IDS_SHOWN]) + more, indent=2)
    return 1 if touched else 0
