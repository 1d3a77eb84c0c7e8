"""Search at size: 60 % words, 20 % phrases and near words, 10 % filtered, 10 % prefix or fuzzy; regex by itself.

Words are drawn from messages as they stand, so common words are asked for as often as they are written.
"""

import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from venetic.app import Operation, open_operation

SMALL = 100_000  # hits up to which count and facets have a target
SAMPLE = 20_000


def measure(operation: Path, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Time the first page (50 hits) and exact count with facets of `count` queries, warmed by `count` others."""
    with open_operation(operation, purpose="bench") as op:
        chosen = random.Random(seed)
        sample = _sample(op)
        chosen.shuffle(sample)
        for _, query in _queries(chosen, sample, count):
            _timed(op, query)
        timed = [(kind, *_timed(op, query)) for kind, query in _queries(chosen, sample, count)]
        rows = [_row("all but regex", timed)]
        rows += [_row(kind, [one for one in timed if one[0] == kind]) for kind in sorted({one[0] for one in timed})]
        regex = [("regex", *_timed(op, f"/{word[:2]}.*{word[-2:]}$/")) for word in ("banana", "tokens", "firsts")]
        return [*rows, _row("regex", regex)]


def _sample(op: Operation) -> list[dict[str, Any]]:
    with op.corpus.commits.lease() as lease:
        rows = lease.snapshot.scan("messages", ["words", "sender"], limit=SAMPLE).read_all().to_pylist()
    return [row for row in rows if len(row["words"].split()) > 2]


def _queries(chosen: random.Random, sample: list[dict[str, Any]], count: int) -> Iterator[tuple[str, str]]:
    for number in range(count):
        row = chosen.choice(sample)
        words = row["words"].split()
        at, slot = chosen.randrange(len(words) - 1), number % 20
        longest = max(words, key=len)
        if slot < 12:
            yield "words", " ".join(chosen.sample(words, chosen.choice((1, 1, 2))))
        elif slot < 14:
            yield "phrase", f'"{words[at]} {words[at + 1]}"'
        elif slot < 16:
            yield "near", f'"{words[0]} {words[-1]}"~5'
        elif slot < 18:
            yield "filtered", f"{words[at]} from:{row['sender']} after:2020-04-20"
        elif slot < 19:
            yield "prefix", f"{longest[: max(3, len(longest) - 2)]}*"
        else:
            yield "fuzzy", f"{longest}~"


def _timed(op: Operation, query: str) -> tuple[float, float, int]:
    """(milliseconds to the first page, to the exact count and facets, hits)."""
    began = time.perf_counter()
    results = op.corpus.search(query, op.actor)
    results.page(50)
    page = time.perf_counter()
    hits = results.count()
    results.facets()
    done = time.perf_counter()
    results.close()
    return (page - began) * 1e3, (done - page) * 1e3, hits


def _row(name: str, timed: list[tuple[str, float, float, int]]) -> dict[str, Any]:
    pages = sorted(one[1] for one in timed)
    small = sorted(one[2] for one in timed if one[3] <= SMALL)
    large = [one[2] for one in timed if one[3] > SMALL]
    return {
        "queries": name,
        "number": len(timed),
        "top 50 p50 ms": round(statistics.median(pages), 1),
        "top 50 p95 ms": round(_at(pages, 0.95), 1),
        "count+facets p50 ms (to 100,000 hits)": round(statistics.median(small), 1) if small else "-",
        "p95 ms": round(_at(small, 0.95), 1) if small else "-",
        "beyond 100,000": len(large),
        "their p50 ms": round(statistics.median(large)) if large else "-",
        "most hits": max(one[3] for one in timed),
    }


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
