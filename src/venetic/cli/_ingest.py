"""`ingest` and `readers`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many
from venetic.cli._progress import reported
from venetic.corpus import IngestOptions, IngestProgress
from venetic.haul import READERS
from venetic.kernel import WrongUse


def ingest(
    *,
    operation: OperationDir,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="Read by this mapping where it fits.")] = None,
    reader: Annotated[str | None, typer.Option("--reader", help="Read by this reader where it fits.")] = None,
    retry_unread: Annotated[bool, typer.Option("--retry-unread", help="Try files again that none could read.")] = False,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Read what was sealed and not read yet, find copies of one message, and make it searchable."""
    if mapping is not None and reader is not None:
        raise WrongUse("a mapping or a reader, not both", "--mapping, --reader")
    options = IngestOptions(reader, mapping, retry_unread)
    with opened(operation, claimed) as op:
        with reported("ingesting") as report:

            def tell(at: IngestProgress) -> None:
                rate = f"{at.records / at.seconds:,.0f}/s" if at.seconds else ""
                report(at.done_bytes, at.total_bytes, f"{many(at.records, 'source record')} {rate}")

            done = op.corpus.ingest(op.actor, options, tell)
        if as_json:
            print_json({**asdict(done), "seconds": round(done.seconds, 3)})
            return 0
        page = Page(op.facts)
    page.line(
        f"Added {many(done.messages, 'message')} resting on {many(done.records, 'source record')} "
        f"from {many(done.files, 'file')} in {done.seconds:.1f} s."
    )
    if done.refusals:
        unread = f", {many(done.unread, 'file')} among them that no reader takes" if done.unread else ""
        page.line(f"{many(done.refusals, 'refusal')}{unread}: venetic refusals")
    page.line("Next: venetic search QUERY --purpose TEXT")
    return 0


def readers(*, as_json: AsJson = False) -> int:
    """List the readers in the order they are tried, with the layouts each one knows."""
    infos = [reader.info for reader in READERS]
    if as_json:
        print_json({"readers": [asdict(info) for info in infos]})
        return 0
    rows = [(info.name, info.version, ", ".join(info.layouts), info.source_notes) for info in infos]
    Page().table(("reader", "version", "layouts", "notes"), rows)
    return 0
