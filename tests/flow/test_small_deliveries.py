from pathlib import Path
from typing import Any

import pytest

from corpus.operations import Workplace
from venetic.corpus import TABLES

QUERIES = ["tide", "word3 tide", "NOT word4", '"tide word1"', "wor*", "from:a", "haul:h2", "/ti.e/"]


def _lines(delivery: int) -> list[dict[str, Any]]:
    return [
        {"body": f"tide word{(delivery + at) % 29}", "from": "ab"[at % 2], "to": ["c"], "id": f"d{delivery}-{at}"}
        for at in range(10)
    ]


def _answers(place: Workplace) -> dict[str, list[str]]:
    found = {}
    for query in QUERIES:
        results = place.op.corpus.search(query, place.op.actor)
        found[query] = sorted(message.message for chunk in results.stream() for message in chunk)
        assert results.count() == len(found[query])
        results.close()
    return found


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _compare(tmp_path: Path, deliveries: int) -> None:
    small, bulk = Workplace(tmp_path, "small"), Workplace(tmp_path, "bulk")
    for number in range(1, deliveries + 1):
        small.deliver({f"{number}.json": _lines(number)})
        bulk.deliver({f"{number}.json": _lines(number)})
        small.ingest()
    bulk.ingest()
    assert _answers(small) == _answers(bulk)
    assert small.op.corpus.totals() | {"commit": 0} == bulk.op.corpus.totals() | {"commit": 0}
    for spec in TABLES:
        folder = small.root / "corpus" / f"{spec.name}.lance"
        assert len(list((folder / "_versions").iterdir())) < 150, spec.name
        data = folder / "data"
        assert not data.exists() or len(list(data.iterdir())) < 200, spec.name
    small.op.corpus.commits.clean(1)
    assert _size(small.root / "corpus") < 3 * _size(bulk.root / "corpus") + 3_000_000


def test_small_deliveries_answer_as_one_ingest_does(tmp_path) -> None:
    _compare(tmp_path, 12)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_three_hundred_small_deliveries_answer_as_one_ingest_does(tmp_path) -> None:
    _compare(tmp_path, 300)
