"""`deliveries`, `refusals` and `assert`."""

from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import typer

from venetic.app import Operation
from venetic.cli._options import AsJson, Claimed, OperationDir, opened
from venetic.cli._out import Page, print_json
from venetic.cli._plain import many, plain_line, sized, utc
from venetic.haul import About, Assertion, Delivery, Said
from venetic.kernel import WrongUse, rfc3339


class Properties(StrEnum):
    """What people may assert of a delivery or a file."""

    stage = "stage"
    zone = "zone"
    evidential_use = "evidential_use"


def deliveries(
    haul: Annotated[str | None, typer.Argument(help="One delivery, as in H1; without it, all of them.")] = None,
    *,
    operation: OperationDir,
    entries: Annotated[
        bool, typer.Option("--entries", help="List the sealed entries of the one delivery too.")
    ] = False,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Say what was received: from whom, under which authority, when, with which hashes, and what was said of it."""
    if entries and haul is None:
        raise WrongUse("name the delivery whose entries are to be listed", "--entries")
    with opened(operation, claimed) as op:
        if haul is not None:
            one = _one(op, haul, entries)
            if as_json:
                print_json(one)
            else:
                _show_one(Page(op.facts), op.haul.delivery(haul), one)
            return 0
        known = op.haul.deliveries()
        if as_json:
            print_json({"deliveries": [_as_json(asdict(delivery)) for delivery in known]})
            return 0
        page = Page(op.facts)
    heads = ("haul", "from", "authority", "stage", "received", "searchable", "files#", "bytes#", "refused#")
    page.table(heads, [_row(delivery) for delivery in known])
    return 0


def _row(delivery: Delivery) -> tuple[str, ...]:
    words = (delivery.haul, delivery.provided_by, delivery.authority, delivery.stage)
    times = (utc(delivery.received_at), utc(delivery.searchable_at))
    return (*words, *times, f"{delivery.files:,}", f"{delivery.bytes:,}", f"{delivery.refused:,}")


def _one(op: Operation, haul: str, entries: bool) -> dict[str, Any]:
    """One delivery, JSON-ready, with what differs from the provider's hashes and everything said of it or its files."""
    delivery = op.haul.delivery(haul)
    files = {entry.sha256 for entry in op.haul.entries(haul)}
    said = [one for one in op.haul.assertions() if one.subject == haul or one.subject in files]
    found: dict[str, Any] = {
        "delivery": _as_json(asdict(delivery)),
        "assertions": [_as_json(asdict(one)) for one in said],
        "hashes": [asdict(line) for line in op.haul.hash_lines(haul) if line.result != "matched"],
    }
    if entries:
        listed = ({**asdict(entry), "raw_path": entry.raw_path.hex()} for entry in op.haul.entries(haul))
        found["entries"] = [_as_json(entry) for entry in listed]
    return found


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _printed(value) for name, value in values.items()}


def _printed(value: Any) -> Any:  # noqa: ANN401 -- any value of a dataclass of the room
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def _show_one(page: Page, delivery: Delivery, one: dict[str, Any]) -> None:
    period = f"{delivery.period_from or 'not stated'} to {delivery.period_to or 'not stated'}"
    check = delivery.hash_check
    compared = (
        "no list of hashes was given" if check is None else ", ".join(f"{n:,} {k}" for k, n in asdict(check).items())
    )
    page.facts(
        [
            ("delivery", delivery.haul),
            ("from", plain_line(delivery.provided_by)),
            ("authority", plain_line(delivery.authority)),
            ("stage", f"{delivery.stage}, as asserted"),
            ("period", period),
            ("acquired", utc(delivery.acquired_at)),
            ("handed over", utc(delivery.handed_over_at)),
            ("received", utc(delivery.received_at)),
            ("searchable", utc(delivery.searchable_at)),
            ("series", plain_line(delivery.series or "–")),
            ("files", f"{delivery.files:,} ({sized(delivery.bytes)}), {delivery.refused:,} refused"),
            ("provider's hashes", compared),
            ("manifest SHA-256", delivery.manifest_sha256),
            ("software", delivery.software),
        ]
    )
    for line in one["hashes"]:
        page.line(plain_line(f"{line['result']}: {line['path'] or line['theirs']}"), indent=2)
    for said in one["assertions"]:
        page.line(_sentence(said), indent=2)
    for entry in one.get("entries", ()):
        page.line(f"{entry['sha256']}  {entry['size']:>12,}  ", plain_line(entry["path"]))


def _sentence(said: dict[str, Any]) -> str:
    facts = [f"{said['property']} of {said['subject']} is {said['value']}"]
    names = (("said_by", "said by"), ("said_at", "said at"), ("document", "in"), ("reason", "because"))
    facts += [f"{word} {said[name]}" for name, word in names if said[name]]
    return plain_line(f"{said['at']} {said['account']}: " + ", ".join(facts))


def refusals(
    *,
    operation: OperationDir,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Refusals at most, of each sort.")] = 100,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """List what was delivered and not understood: entries not admitted, files no reader takes, byte ranges in files."""
    with opened(operation, claimed) as op:
        received = sum(delivery.refused for delivery in op.haul.deliveries())
        read = op.corpus.totals()["refusals"]
        entries = [{"haul": haul, **asdict(refusal)} for haul, refusal in islice(op.haul.refusals(), limit)]
        ranges = op.corpus.refused(limit)
        if as_json:
            print_json({"refused": received, "refusals": read, "entries": entries, "ranges": ranges})
            return 0
        page = Page(op.facts)
    page.line(f"{many(received, 'entry', 'entries')} refused on receipt")
    for entry in entries:
        page.line(plain_line(f"{entry['haul']} {entry['entry']}: {entry['what']} [{entry['code']}]"), indent=2)
    page.line(f"{many(read, 'refusal')} on reading")
    for found in ranges:
        _show_range(page, found)
    if received > len(entries) or read > len(ranges):
        page.line("More: --limit")
    return 0


def _show_range(page: Page, found: dict[str, Any]) -> None:
    path, end = found["path"], found["offset"] + found["length"]
    if found["code"] != "unread":
        page.line(
            plain_line(f"{path} bytes {found['offset']:,} to {end:,}: {found['what']} [{found['code']}]"), indent=2
        )
        return
    page.line(plain_line(f"{path}, all {many(end, 'byte')}: no reader takes it"), indent=2)
    for reason in str(found["what"]).split("; "):
        page.line(plain_line(reason), style="dim", indent=6)


def assert_fact(
    property_: Annotated[Properties, typer.Argument(metavar="PROPERTY", help="stage, zone or evidential_use.")],
    value: Annotated[
        str, typer.Argument(help="stored, transit, unknown; a zone like Europe/Amsterdam, or none; allowed, barred.")
    ],
    *,
    operation: OperationDir,
    haul: Annotated[str | None, typer.Option("--haul", help="Of a delivery, as in H1.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", help="Of a file, by its SHA-256; goes before its delivery.")
    ] = None,
    said_by: Annotated[str | None, typer.Option("--said-by", help="Who states it, or the officer who decides.")] = None,
    said_at: Annotated[str | None, typer.Option("--said-at", help="When they did.")] = None,
    document: Annotated[str | None, typer.Option("--document", help="In which document.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why it is recorded.")] = None,
    as_json: AsJson = False,
    claimed: Claimed = None,
) -> int:
    """Record what somebody states of a delivery or file; a later statement supersedes it, none is edited."""
    if (haul is None) == (file is None):
        raise WrongUse("say of what: --haul or --file", "--haul, --file")
    about = About("haul", haul, property_.value) if haul is not None else About("file", str(file), property_.value)
    with opened(operation, claimed) as op:
        op.haul.assert_fact(op.actor, about, value, Said(said_by, said_at, document, reason))
        recorded = op.haul.in_force(about)
        if as_json:
            print_json({"assertion": None if recorded is None else _as_json(asdict(recorded))})
        else:
            _show_assertion(Page(op.facts), recorded)
    return 0


def _show_assertion(page: Page, recorded: Assertion | None) -> None:
    if recorded is not None:
        page.line("Recorded: ", _sentence(_as_json(asdict(recorded))))
        if recorded.property == "zone":
            page.line("The next venetic ingest applies it.", indent=2)
