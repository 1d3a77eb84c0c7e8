"""Many small deliveries against one bulk ingest of the same messages: search time and disk, as ratios.

    python bench/small_deliveries.py [DELIVERIES] [MESSAGES IN EACH]

Both operations are made in one process and one run, on the same disk. The ratios are to stay at or below 3.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import world

from venetic.app import Operation, create_operation, open_operation
from venetic.corpus import IngestOptions
from venetic.haul import DeliveryFacts

DELIVERIES, EACH = 10_000, 10
QUERIES = 60
TOLD_EVERY = 500
FACTS = DeliveryFacts("bench", "none", "stored")


def lines(deliveries: int, each: int) -> list[list[str]]:
    """The messages of each delivery, as lines of Jabber files."""
    rng = np.random.default_rng(3)
    vocabulary = np.array([world.word(rank) for rank in range(max(2_000, int(30 * (deliveries * each) ** 0.6)))])
    made = world._day(rng, vocabulary, 0, deliveries * each)
    return [made[at : at + each] for at in range(0, len(made), each)]


def deliver(operation: Operation, parcel: Path, pieces: Sequence[Sequence[str]]) -> None:
    """Receive files as one delivery and ingest it."""
    for at, piece in enumerate(pieces):
        path = parcel / "jabber" / "alpha" / f"{parcel.name}-{at}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(piece), encoding="ascii")
    operation.haul.receive([parcel], FACTS, operation.actor)
    operation.corpus.ingest(operation.actor, IngestOptions())


def in_small(folder: Path, pieces: Sequence[Sequence[str]]) -> Operation:
    """An operation fed one small delivery at a time, each received and ingested."""
    create_operation(folder / "small", "small", "real")
    operation = open_operation(folder / "small", purpose="bench")
    began = time.perf_counter()
    for at, piece in enumerate(pieces, 1):
        deliver(operation, folder / "parcels" / f"{at}", [piece])
        if at % TOLD_EVERY == 0:
            took, began = time.perf_counter() - began, time.perf_counter()
            print(
                f"{at:6} deliveries, {1000 * took / TOLD_EVERY:.0f} ms each, {size_mb(folder / 'small'):.1f} MB",
                flush=True,
            )
    return operation


def in_bulk(folder: Path, pieces: Sequence[Sequence[str]]) -> Operation:
    """An operation fed everything at once, in the same files."""
    create_operation(folder / "bulk", "bulk", "real")
    operation = open_operation(folder / "bulk", purpose="bench")
    deliver(operation, folder / "bulk-parcel", pieces)
    return operation


def size_mb(folder: Path) -> float:
    """Bytes under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def top_50_ms(operation: Operation, queries: Sequence[str]) -> list[float]:
    """Milliseconds of the first page of each query, after one round to warm up."""
    found = []
    for warm in (True, False):
        for query in queries:
            began = time.perf_counter()
            results = operation.corpus.search(query, operation.actor)
            results.page(50)
            results.close()
            if not warm:
                found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def main() -> None:
    """Make both, compare, print."""
    deliveries = int(sys.argv[1]) if len(sys.argv) > 1 else DELIVERIES
    each = int(sys.argv[2]) if len(sys.argv) > 2 else EACH
    queries = [world.word(rank) for rank in range(0, 4 * QUERIES, 8)]
    queries += [f"{world.word(rank)} {world.word(rank + 1)}" for rank in range(0, QUERIES, 2)]
    with tempfile.TemporaryDirectory() as name:
        folder, pieces = Path(name), lines(deliveries, each)
        began = time.perf_counter()
        small = in_small(folder, pieces)
        between = time.perf_counter()
        bulk = in_bulk(folder, pieces)
        ended = time.perf_counter()
        counts = [operation.corpus.totals()["messages"] for operation in (small, bulk)]
        times = [top_50_ms(operation, queries) for operation in (small, bulk)]
        medians = [statistics.median(found) for found in times]
        disks = [size_mb(operation.folder / "corpus") for operation in (small, bulk)]
        wholes = [size_mb(operation.folder) for operation in (small, bulk)]
    print(f"{deliveries} deliveries of {each}; messages {counts[0]} and {counts[1]}")
    print(f"receive + ingest   {between - began:8.1f} s small   {ended - between:8.1f} s bulk")
    for what, (one, other) in {"top 50, median ms": medians, "corpus, MB": disks, "operation, MB": wholes}.items():
        print(f"{what:18} {one:8.2f}   small   {other:8.2f}   bulk   ratio {one / other:.2f}")


if __name__ == "__main__":
    main()
