"""`search`: hits with the piece that matches, counts, facets, context, and exports as numbered copies."""

from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from venetic.app import Operation
from venetic.cli._conversation import ID_CHARS, print_message
from venetic.cli._options import AsJson, Claimed, DestroyBy, OperationDir, Purpose, day_of, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain, plain_line
from venetic.corpus import Hit, Message, Reading, Results
from venetic.kernel import WrongUse

FACETS_SHOWN = 10  # values of a facet shown to people; --json gives all
CONTEXT_MAX = 100  # messages on either side of a hit: past that, read the conversation


class Sorts(StrEnum):
    """The orders of hits."""

    relevance = "relevance"
    time = "time"
    newest = "newest"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of an answer is wanted, and how it is shown."""

    limit: int
    cursor: str | None
    facets: bool
    context: int
    as_json: bool


def search(
    query: Annotated[str, typer.Argument(help='The language is in docs/search.md; "" is every message.')],
    *,
    operation: OperationDir,
    purpose: Purpose = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Hits on a page.")] = 20,
    sort: Annotated[Sorts, typer.Option("--sort", help="The order of the hits.")] = Sorts.relevance,
    cursor: Annotated[str | None, typer.Option("--next", metavar="CURSOR", help="The page after this one.")] = None,
    count: Annotated[bool, typer.Option("--count", help="Only how many hits there are.")] = False,
    facets: Annotated[bool, typer.Option("--facets", help="Count the hits by handle, day and haul too.")] = False,
    context: Annotated[
        int, typer.Option("--context", min=0, max=CONTEXT_MAX, help="Messages shown before and after each hit.")
    ] = 0,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write all hits to .csv, .jsonl or .parquet.")
    ] = None,
    destroy_by: DestroyBy = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Find messages: an exact count, the matching piece of each, best, oldest or newest first."""
    if destroy_by is not None and export is None:
        raise WrongUse("only an exported copy has a date of destruction", "--destroy-by")
    if export is not None and (count or facets or context or cursor is not None):
        raise WrongUse(
            "an export is of every hit and is not shown: leave --count, --facets, --context and --next", "--export"
        )
    day = day_of(destroy_by)
    with (
        opened(operation, claimed, purpose) as op,
        closing(op.corpus.search(query, op.actor, sort.value, cursor)) as results,
    ):
        if export is not None:
            _export(op, results, (export, day), as_json)
        elif count:
            _count(op, results, as_json)
        else:
            _page(op, results, Wanted(limit, cursor, facets, context, as_json))
    return 0


def _export(op: Operation, results: Results, copy: tuple[Path, str | None], as_json: bool) -> None:
    file, destroy_by = copy
    done = op.corpus.export(results, op.actor, file, destroy_by)
    if as_json:
        shown = {"rows": done.rows, "file": str(done.file), "sha256": done.sha256, "number": done.number}
        print_json({**shown, "destroy_by": destroy_by})
        return
    page = Page(op.facts)
    page.line(f"Copy {done.number}: {many(done.rows, 'message')} written to ", plain_line(str(done.file)))
    page.line(f"SHA-256 {done.sha256}", indent=2)
    until = "" if destroy_by is None else f"; destroy by {destroy_by}"
    page.line(f"It is in the register of copies{until}: venetic copies", indent=2)


def _count(op: Operation, results: Results, as_json: bool) -> None:
    hits = results.count()
    op.corpus.note_search(results, op.actor, hits, ())
    notes = _notes(results)
    if as_json:
        print_json({"hits": hits, "notes": notes})
        return
    page = Page(op.facts)
    page.line(_of_all(op, hits))
    _print_notes(page, notes)


def _page(op: Operation, results: Results, wanted: Wanted) -> None:
    hits, found = op.corpus.show(results, op.actor, wanted.limit, wanted.cursor)
    around: dict[str, Reading] = {}
    if wanted.context and found.hits:
        around = op.corpus.context(results, op.actor, [hit.message.message for hit in found.hits], wanted.context)
    facets = results.facets() if wanted.facets else None
    notes = _notes(results)
    if wanted.as_json:
        items = [_item(hit, around.get(hit.message.message)) for hit in found.hits]
        value: dict[str, Any] = {"hits": hits, "items": items, "next": found.next, "notes": notes}
        print_json(value if facets is None else {**value, "facets": facets})
        return
    page = Page(op.facts)
    page.line(_of_all(op, hits))
    _print_notes(page, notes)
    for hit in found.hits:
        page.gap()
        _print_hit(page, hit, around.get(hit.message.message))
    if facets is not None:
        _print_facets(page, facets)
    if found.next is not None:
        page.gap()
        page.line(f"More: the same command with --next {found.next}")


def _of_all(op: Operation, hits: int) -> str:
    totals = op.corpus.totals()
    held = f"{many(totals['messages'], 'message')} resting on {many(totals['records'], 'source record')}"
    return f"{many(hits, 'hit')} in {held}"


def _notes(results: Results) -> list[str]:
    """What must be known to read the answer rightly."""
    without = results.by_wall_clock()
    if not without:
        return []
    verb = "states" if without == 1 else "state"
    return [f"{many(without, 'hit')} {verb} no zone: before: and after: compared wall-clock time there"]


def _print_notes(page: Page, notes: list[str]) -> None:
    for note in notes:
        page.line(f"Note: {note}.")


def _item(hit: Hit, around: Reading | None) -> dict[str, Any]:
    item = hit.to_dict()
    if around is None:
        return item
    before, after = _sides(hit.message.message, around)
    sides = {"before": [message.to_dict() for message in before], "after": [message.to_dict() for message in after]}
    return {**item, "context": sides}


def _sides(message: str, around: Reading) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    at = [shown.message for shown in around.messages].index(message)
    return around.messages[:at], around.messages[at + 1 :]


def _print_hit(page: Page, hit: Hit, around: Reading | None) -> None:
    message = hit.message
    page.line(plain_line(f"{message.service}: {_named(message)}  ({message.conversation[:ID_CHARS]})"), style="dim")
    if around is None:
        print_message(page, message, {}, lambda _: _marked(hit))
        return
    said = {shown.native_id: shown for shown in around.messages if shown.native_id is not None}
    before, after = _sides(message.message, around)
    for shown in before:
        print_message(page, shown, said, style="dim")
    page.line("the hit:", style="dim")
    print_message(page, message, said, lambda _: _marked(hit))
    if after:
        page.line("after it:", style="dim")
    for shown in after:
        print_message(page, shown, said, style="dim")


def _named(message: Message) -> str:
    """The conversation's name as its source gives it, else who writes to whom, where that is stated."""
    if message.conversation_name is not None:
        return message.conversation_name
    if not message.receivers:
        return "conversation not named"
    return f"{message.sender or 'sender not stated'} to {', '.join(message.receivers)}"


def _marked(hit: Hit) -> Text | None:
    """The piece of the body to show, what was asked for made bold, with … where more stands around it."""
    piece, body = hit.snippet, (hit.message.body, *hit.message.other_bodies)[hit.version]
    if piece is None or body is None:
        return None
    text = Text("another text of this message: " if hit.version else "")
    text.append("…" if piece.start else "")
    at = 0
    for start, end in piece.spans:
        text.append(plain(piece.text[at:start]))
        text.append(plain(piece.text[start:end]), "bold underline")
        at = end
    text.append(plain(piece.text[at:]) + ("…" if piece.end < len(body) else ""))
    return text


def _print_facets(page: Page, facets: dict[str, list[dict[str, Any]]]) -> None:
    for name, values in facets.items():
        page.gap()
        more = f", the {FACETS_SHOWN} highest of {len(values):,}" if len(values) > FACETS_SHOWN else ""
        page.line(f"hits by {name}{more}", style="bold")
        for value in values[:FACETS_SHOWN]:
            shown = "not stated" if value["value"] is None else plain_line(str(value["value"]))
            page.line(f"{value['hits']:>9,}  {shown}", indent=2)
