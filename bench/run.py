"""Benchmarks: ingest, search, reconciliation, with floors and peers in the same run. Prints one table each.

    make bench                          2 m source records; about 5 minutes
    make bench SCALE="200000 2000000 20000000"    three points; about 30 minutes and 15 GB of disk

A machine shared with other work gives ratios worth more than times: read the ratios.
"""

import argparse
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import floors
import queries
import world
from rich.console import Console
from rich.table import Table

from venetic.app import create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts

CONSOLE = Console(width=180)


def main() -> None:
    """Run what was asked and print it; `--json FILE` keeps the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=int, nargs="+", default=[2_000_000])
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="use and keep this folder")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine()}
    CONSOLE.print(figures["machine"])
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        figures["ingest"] = [ingest(folder, scale) for scale in asked.scale]
        show("Ingest: sealed bytes to searchable", figures["ingest"])
        figures["floors"] = floors.measure(folder, asked.scale[0])
        show("Floors and peers, indexing alone where it says so", figures["floors"])
        largest = folder / f"operation-{asked.scale[-1]}"
        figures["search"] = queries.measure(largest, asked.searches)
        show(f"Search over {asked.scale[-1]:,} source records", figures["search"])
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def machine() -> str:
    """What ran this, for the reader of the figures."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return f"{cpu}, {len(__import__('os').sched_getaffinity(0))} cores, Python {platform.python_version()}"


def ingest(folder: Path, records: int) -> dict[str, Any]:
    """Receive and ingest a made haul in a process of its own, so that its peak memory is its own."""
    haul, operation = folder / f"haul-{records}", folder / f"operation-{records}"
    if not haul.exists():
        world.write_haul(haul, records)
    shutil.rmtree(operation, ignore_errors=True)
    code = f"import run; run.ingest_here({str(haul)!r}, {str(operation)!r})"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, check=True, text=True
    )
    return dict(json.loads(out.stdout.splitlines()[-1]))


def ingest_here(haul: str, operation: str) -> None:
    """The measured process of `ingest`."""
    import resource

    create_operation(Path(operation), "bench", "real")
    with open_operation(Path(operation), purpose="bench") as op:
        began = time.perf_counter()
        receipt = op.haul.receive([Path(haul)], DeliveryFacts("bench", "bench", "stored"), op.actor)
        received = time.perf_counter() - began
        report = op.corpus.ingest(op.actor, IngestOptions())
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    disk = sum(file.stat().st_size for file in (Path(operation) / "corpus").rglob("*") if file.is_file())
    figures = {
        "source records": report.records,
        "messages": report.messages,
        "receive s": round(received, 1),
        "ingest s": round(report.seconds, 1),
        "records/s": round(report.records / report.seconds),
        "messages/s": round(report.messages / report.seconds),
        "peak GiB": round(peak / 2**20, 2),
        "delivered MB": round(receipt.bytes / 1e6),
        "corpus MB": round(disk / 1e6),
    }
    print(json.dumps(figures))


def show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as a table."""
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    CONSOLE.print(table)


if __name__ == "__main__":
    main()
