"""`receive` and `verify`."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from venetic.app import Operation
from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line, sized
from venetic.cli._progress import Report, reported
from venetic.haul import DeliveryFacts, Progress, Receipt
from venetic.kernel import WrongUse

REFUSALS_SHOWN = 20  # of one delivery; `venetic refusals` lists all


class Stages(StrEnum):
    """What may be asserted about where material was taken."""

    stored = "stored"
    transit = "transit"
    unknown = "unknown"


def receive(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Folders, files and archives.")],
    *,
    operation: OperationDir,
    provided_by: Annotated[str, typer.Option("--from", help="Who handed the delivery over.")],
    authority: Annotated[str, typer.Option("--authority", help="The warrant, order or request it is held under.")],
    stage: Annotated[Stages, typer.Option("--stage", help="Where it was taken, as somebody asserts.")],
    period: Annotated[str | None, typer.Option("--period", metavar="FROM..TO", help="Days it should cover.")] = None,
    acquired_at: Annotated[str | None, typer.Option("--acquired-at", help="When the provider acquired it.")] = None,
    handed_over_at: Annotated[str | None, typer.Option("--handed-over-at", help="When it was handed over.")] = None,
    series: Annotated[str | None, typer.Option("--series", help="Joins deliveries made in instalments.")] = None,
    stage_said_by: Annotated[str | None, typer.Option("--stage-said-by", help="Who asserts the stage.")] = None,
    stage_said_at: Annotated[str | None, typer.Option("--stage-said-at", help="When they said so.")] = None,
    stage_document: Annotated[str | None, typer.Option("--stage-document", help="In which document.")] = None,
    their_hashes: Annotated[Path | None, typer.Option("--their-hashes", help="The provider's list of hashes.")] = None,
    passwords: Annotated[Path | None, typer.Option("--passwords", help="Passwords of archives, one a line.")] = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Copy a delivery into the evidence store, hash it, and record who gave it under which authority."""
    said = (stage_said_by, stage_said_at, stage_document)
    times = (_moment(acquired_at, "--acquired-at"), _moment(handed_over_at, "--handed-over-at"))
    facts = DeliveryFacts(provided_by, authority, stage.value, *said, *_period(period), *times, series)
    with opened(operation, claimed) as op:
        with op.corpus.writer(), reported("receiving") as report:
            receipt = op.haul.receive(
                paths, facts, op.actor, their_hashes=their_hashes, password_file=passwords, progress=_told(report)
            )
        if as_json:
            print_json(asdict(receipt))
        else:
            _show(op, receipt)
    return 0


def verify(*, operation: OperationDir, as_json: AsJson = False, claimed: Claimed = None) -> int:
    """Hash everything sealed again and name what is missing or differs; exit status 1 if anything is."""
    with opened(operation, claimed) as op:
        with reported("verifying") as report:
            found = op.haul.verify(_told(report))
        if as_json:
            print_json(asdict(found))
            return 1 if found.bad else 0
        page = Page(op.facts)
    page.line(f"{many(found.files, 'sealed object')} hashed again, {(found.bad and len(found.bad)) or 'none'} bad.")
    for bad in found.bad:
        page.line(plain_line(bad.file), ": ", plain_line(bad.what), indent=2)
    if found.unrecorded:
        page.line(f"{many(found.unrecorded, 'object')} of a stopped receive; the next receive removes what it left.")
    return 1 if found.bad else 0


def _told(report: Report) -> Callable[[Progress], None]:
    return lambda at: report(at.bytes, at.total_bytes, many(at.files, "file"))


def _show(op: Operation, receipt: Receipt) -> None:
    page = Page(op.facts)
    page.line(
        f"Received as {receipt.haul}: {many(receipt.files, 'file')}, {sized(receipt.bytes)}, "
        f"{receipt.refused:,} refused; {many(receipt.stored, 'object')} not held before."
    )
    page.line(f"manifest SHA-256 {receipt.manifest_sha256}", indent=2)
    check = receipt.hash_check
    if check is None:
        page.line("The provider gave no list of hashes to compare with.", indent=2)
    else:
        compared = (
            f"{check.matched:,} matched, {check.differing:,} differ, {check.missing:,} missing, {check.extra:,} extra"
        )
        page.line(f"Compared with the provider's hashes: {compared}.", indent=2)
    for _, refusal in islice(op.haul.refusals(receipt.haul), REFUSALS_SHOWN):
        page.line(f"refused [{refusal.code}] ", plain_line(refusal.entry), ": ", plain_line(refusal.what), indent=2)
    if receipt.refused > REFUSALS_SHOWN:
        page.line(f"… and {receipt.refused - REFUSALS_SHOWN:,} more: venetic refusals", indent=2)
    page.line("Next: venetic ingest")


def _period(text: str | None) -> tuple[date | None, date | None]:
    if text is None:
        return None, None
    wrong = WrongUse("a period is written FROM..TO, as in 2020-03-01..2020-06-30", "--period")
    first, dots, last = text.partition("..")
    if not dots:
        raise wrong
    try:
        return _day(first), _day(last)
    except ValueError:
        raise wrong from None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongUse("a time is written with its zone, as in 2020-04-01T10:00:00Z", option)
    return moment
