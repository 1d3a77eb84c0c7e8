"""`audit verify`, `audit show` and `copies`."""

import json
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from venetic.audit import Head, parse_head
from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line
from venetic.kernel import WrongUse

WITHOUT = (
    "Not found without a checkpoint held elsewhere: a chain rewritten as a whole, or its tail cut, together with the "
    "head kept beside it. Keep the head below outside this machine and give it back with --head."
)
WITH = "A chain rewritten after the checkpoint, together with the head kept beside it, shows only against a later one."

audit = typer.Typer(no_args_is_help=True, help="The record of who did what, to which rows, for which purpose.")


@audit.command("verify")
def verify(
    *,
    operation: OperationDir,
    head: Annotated[
        Path | None, typer.Option("--head", help="A head kept elsewhere, as audit verify prints it.")
    ] = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Walk the chain and name every entry that was edited, removed or reordered; exit status 1 if any was."""
    checkpoint = None if head is None else _checkpoint(head)
    with opened(operation, claimed, check_seal=False) as op:
        entries, bad = op.audit.verify(checkpoint)
        if not op.is_as_sealed():
            bad.append("the facts of the operation are not those the first entry holds")
        now = str(op.audit.head())
        note = WITHOUT if checkpoint is None else WITH
        if as_json:
            print_json({"entries": entries, "bad": bad, "head": now, "not_found": note})
            return 1 if bad else 0
        page = Page(op.facts)
    page.line(f"{many(entries, 'entry', 'entries')} in the chain; {many(len(bad), 'fault') if bad else 'no fault'}.")
    for sentence in bad:
        page.line(plain_line(sentence), indent=2)
    page.line(note)
    page.line(f"head {now}")
    return 1 if bad else 0


@audit.command("show")
def show(
    *,
    operation: OperationDir,
    after: Annotated[int, typer.Option("--after", min=0, help="Begin behind this entry.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Entries at most.")] = 100,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """List entries: who did what, when, for which purpose, with the details kept."""
    with opened(operation, claimed) as op:
        found = list(islice(op.audit.entries(after), limit))
        if as_json:
            print_json({"entries": found})
            return 0
        page = Page(op.facts)
    for entry in found:
        who = entry["account"] + (f" as {entry['claimed']}" if entry["claimed"] else "")
        purpose = f" for {entry['purpose']}" if entry["purpose"] else ""
        page.line(f"{entry['seq']}  {entry['at']}  ", plain_line(f"{who}: {entry['action']}{purpose}"))
        details = "destroyed" if entry["details"] is None else json.dumps(entry["details"], ensure_ascii=False)
        page.line(plain_line(details), style="dim", indent=4)
    return 0


def copies(*, operation: OperationDir, as_json: AsJson = False, claimed: Claimed = None) -> int:
    """List every copy that left the operation: who made it, why, of what, where to, and when it is to be destroyed."""
    with opened(operation, claimed) as op:
        register = op.corpus.copies()
        if as_json:
            print_json({"copies": register})
            return 0
        page = Page(op.facts)
    heads = (
        "copy#",
        "at",
        "account",
        "purpose",
        "kind",
        "messages#",
        "selection",
        "destination",
        "destroy by",
        "SHA-256",
    )
    names = ("number", "at", "account", "purpose", "kind", "count", "selection", "destination", "destroy_by", "sha256")
    rows = [[str("–" if copy[name] is None else copy[name]) for name in names] for copy in register]
    page.table(heads, rows)
    if any(copy["sha256"] is None for copy in register):
        page.line("A copy without a SHA-256 was begun and not finished; look for it at its destination.")
    return 0


def _checkpoint(file: Path) -> Head:
    try:
        text = file.read_text(encoding="utf-8").strip().removeprefix("head ")
    except (OSError, UnicodeDecodeError):
        raise WrongUse("this file cannot be read as a head of the audit", str(file)) from None
    return parse_head(text)
