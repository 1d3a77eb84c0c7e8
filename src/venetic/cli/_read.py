"""`read`: a conversation as a person reads it."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from venetic.app import Facts, Operation
from venetic.cli._conversation import print_days
from venetic.cli._options import AsJson, Claimed, OperationDir, Purpose, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line
from venetic.corpus import Reading
from venetic.kernel import WrongUse


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages of a conversation to show."""

    conversation: str | None
    around: str | None
    before: int
    after: int
    limit: int
    newest: bool

    def read(self, op: Operation) -> Reading:
        """Read the window, as one audited read. Raises WrongUse unless one conversation or one message is named."""
        if (self.conversation is None) == (self.around is None):
            raise WrongUse("name a conversation, or --around one of its messages")
        if self.around is not None:
            return op.corpus.read_around(op.actor, self.around, self.before, self.after)
        conversation = str(self.conversation)
        if self.newest:
            return op.corpus.read(op.actor, conversation, -self.limit)
        return op.corpus.read(op.actor, conversation, 0, self.limit)


def read(
    conversation: Annotated[
        str | None, typer.Argument(help="Its id, the first 8 or more characters of it, or its name.")
    ] = None,
    *,
    operation: OperationDir,
    purpose: Purpose = None,
    around: Annotated[
        str | None, typer.Option("--around", metavar="MESSAGE", help="Show what stands around it.")
    ] = None,
    before: Annotated[int, typer.Option("--before", min=0, help="With --around: messages before.")] = 20,
    after: Annotated[int, typer.Option("--after", min=0, help="With --around: messages after.")] = 20,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Without --around: messages at most.")] = 200,
    newest: Annotated[
        bool, typer.Option("--newest/--from-start", help="The last messages, or the first.", show_default=True)
    ] = False,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Show a conversation as a person reads it: days, times, senders, bodies, replies, edits, attachments, marks."""
    with opened(operation, claimed, purpose) as op:
        reading = Window(conversation, around, before, after, limit, newest).read(op)
        if as_json:
            print_json(as_dict(reading))
        else:
            _show(op.facts, reading)
    return 0


def as_dict(reading: Reading) -> dict[str, Any]:
    """A window of a conversation, JSON-ready."""
    return {
        "conversation": reading.conversation,
        "name": reading.name,
        "service": reading.service,
        "total": reading.total,
        "before": reading.before,
        "after": reading.after,
        "source_records": sum(len(message.records) for message in reading.messages),
        "messages": [message.to_dict() for message in reading.messages],
    }


def _show(facts: Facts, reading: Reading) -> None:
    page = Page(facts)
    records = sum(len(message.records) for message in reading.messages)
    page.line(plain_line(f"{reading.name}  ({reading.service} conversation {reading.conversation})"))
    page.line(
        f"{many(len(reading.messages), 'message')} of {reading.total:,} shown, "
        f"resting on {many(records, 'source record')}"
    )
    if reading.before:
        page.line(_further(reading.before, "earlier", reading.messages[0].message if reading.messages else None))
    print_days(page, reading.messages)
    if reading.after:
        page.line(_further(reading.after, "later", reading.messages[-1].message if reading.messages else None))


def _further(count: int, which: str, edge: str | None) -> str:
    command = "" if edge is None else f": venetic read --around {edge}"
    window = {"earlier": " --before 200 --after 0", "later": " --before 0 --after 200"}[which]
    return f"… {many(count, f'{which} message')}{command}{window if command else ''}"
