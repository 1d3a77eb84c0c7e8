"""`destroy`, `tombstones` and `hold`."""

from collections.abc import Mapping
from typing import Annotated

import typer

from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line, utc
from venetic.corpus import Destroyed, Destroyer, DestroyRequest, Hold, Holds, all_tombstones


def destroy(
    *,
    operation: OperationDir,
    direction: Annotated[str, typer.Option("--direction", help="The reference of the direction.")],
    directed_by: Annotated[str, typer.Option("--directed-by", help="Who directed it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    message: Annotated[list[str] | None, typer.Option("--message", help="A message, with all it rests on.")] = None,
    record: Annotated[list[str] | None, typer.Option("--record", help="One source record.")] = None,
    file: Annotated[list[str] | None, typer.Option("--file", help="A whole file, by its SHA-256.")] = None,
    queries: Annotated[
        bool, typer.Option("--queries", help="Also destroy audit details whose query matches what goes.")
    ] = False,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Destroy messages, source records or files under a direction, for good; tombstones stay, copies are listed."""
    request = DestroyRequest(
        direction=direction,
        directed_by=directed_by,
        reason=reason,
        messages=tuple(message or ()),
        records=tuple(record or ()),
        files=tuple(file or ()),
        queries=queries,
    )
    with opened(operation, claimed) as op:
        done = Destroyer(op.corpus.parts, op.corpus.commits).destroy(op.actor, request)
        if as_json:
            print_json(done.to_dict())
        else:
            _show_destroyed(Page(op.facts), done)
    return 0


def _show_destroyed(page: Page, done: Destroyed) -> None:
    page.line(
        f"Direction {done.number} carried out: {many(done.messages, 'message')} and "
        f"{many(done.records, 'source record')} destroyed, {many(done.kept, 'message')} kept on other records."
    )
    page.line(
        f"{many(len(done.files), 'file')} sealed again, {many(len(done.archives), 'archive')} given up.", indent=2
    )
    page.line(f"{many(done.displayed, 'audit entry', 'audit entries')} showed a message that is gone.", indent=2)
    if done.untold:
        page.line(f"{many(done.untold, 'audit entry', 'audit entries')} kept no list of what was shown.", indent=2)
    for copy in done.copies:
        where = f"copy {copy.number} ({copy.kind}) by {copy.account}: {copy.destination}"
        page.line(plain_line(f"outside this operation, to be recalled: {where}"), indent=2)


def tombstones(*, operation: OperationDir, as_json: AsJson = False, claimed: Claimed = None) -> int:
    """List what was destroyed: place, size and hash of the bytes, under which direction, by whom, when."""
    with opened(operation, claimed) as op:
        stones = [stone.to_dict() for stone in all_tombstones(op.case)]
        if as_json:
            print_json({"tombstones": stones})
            return 0
        page = Page(op.facts)
    heads = ("record", "file", "offset#", "length#", "SHA-256 of the bytes", "direction", "at")
    names = ("record", "file_sha256", "offset", "length", "sha256", "direction", "at")
    page.table(heads, [[str(stone[name]) for name in names] for stone in stones])
    return 0


hold = typer.Typer(no_args_is_help=True, help="Retention holds: what may not be destroyed, why, and until when.")


@hold.command("place")
def place(
    subject: Annotated[str, typer.Argument(help="A message, a record, a file's SHA-256, a haul, or everything.")],
    *,
    operation: OperationDir,
    reason: Annotated[str, typer.Option("--reason", help="Why it is held.")],
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day it holds.")] = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Forbid destroying something, with a reason."""
    with opened(operation, claimed) as op:
        placed = Holds(op.corpus.parts, op.corpus.commits).place(op.actor, subject, reason, until)
        _show_holds(Page(op.facts) if not as_json else None, {"hold": placed.to_dict()}, (placed,))
    return 0


@hold.command("lift")
def lift(
    number: Annotated[int, typer.Argument(help="The hold's number.")],
    *,
    operation: OperationDir,
    reason: Annotated[str, typer.Option("--reason", help="Why it is lifted.")],
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Lift a hold, with a reason."""
    with opened(operation, claimed) as op:
        lifted = Holds(op.corpus.parts, op.corpus.commits).lift(op.actor, number, reason)
        _show_holds(Page(op.facts) if not as_json else None, {"hold": lifted.to_dict()}, (lifted,))
    return 0


@hold.command("list")
def listed(*, operation: OperationDir, as_json: AsJson = False, claimed: Claimed = None) -> int:
    """List every hold, lifted and expired ones too."""
    with opened(operation, claimed) as op:
        held = Holds(op.corpus.parts, op.corpus.commits).listed()
        value = {"holds": [one.to_dict() for one in held]}
        _show_holds(Page(op.facts) if not as_json else None, value, held)
    return 0


def _show_holds(page: Page | None, value: Mapping[str, object], held: tuple[Hold, ...]) -> None:
    """Print holds: for people on a page, else the JSON object."""
    if page is None:
        print_json(value)
        return
    rows = [
        (str(one.number), one.subject, one.reason, one.until or "until lifted", utc(one.lifted_at), one.account)
        for one in held
    ]
    page.table(("hold#", "on", "reason", "until", "lifted", "by"), rows)
