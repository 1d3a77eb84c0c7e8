import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from corpus.operations import Workplace
from corpus.worlds import NOON
from venetic.app import open_operation
from venetic.corpus import TABLES, IngestOptions
from venetic.kernel import Busy, Tokens

INGEST = """
import sys
from pathlib import Path
from venetic.app import open_operation
from venetic.corpus import IngestOptions
op = open_operation(Path(sys.argv[1]), purpose="a test")
print("ready", flush=True)
report = op.corpus.ingest(op.actor, IngestOptions(mapping=Path(sys.argv[2])))
print("done", report.records, flush=True)
"""
FILES = 6
NOT_COMPARED = {"searchable_at", "source", "sources"}


def _lines(file: int) -> list[dict[str, Any]]:
    """Rows that meet those of other files: by id, by content, as edits, with repeats and a broken row."""
    listed: list[dict[str, Any]] = []
    for at in range(30):
        moment = (NOON + timedelta(minutes=at)).isoformat()
        row: dict[str, Any] = {"body": f"word{at % 17} tide", "from": "a", "to": ["b"], "in": "c", "at": moment}
        if (at + file) % 3 == 0:
            row |= {"id": f"n{at}", "edited": moment, "body": f"word{at % 17} edited {file}"}
        listed.append(row)
    return [*listed, listed[1], {"from": "nobody"}]


def _workplace(folder: Path, name: str) -> Workplace:
    made = Workplace(folder, name)
    (made.root / "settings.toml").write_text("step_mb = 0\n")  # a step, and so a commit, for every file
    made.op = open_operation(made.root, purpose="a test")
    for half in (0, 1):
        made.deliver({f"{file}.json": _lines(file) for file in range(half * FILES // 2, (half + 1) * FILES // 2)})
    return made


def _kill_after(place: Workplace, seconds: float) -> bool:
    """Ingest in a process of its own and kill it; whether it was still at work."""
    command = [sys.executable, "-c", INGEST, str(place.root), str(place.mapping)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        return "done" not in child.stdout.read()


def _content(place: Workplace) -> dict[str, Any]:
    """Every table at the newest commit, in one order, but for what a run decides."""
    found: dict[str, Any] = {}
    with place.op.corpus.commits.lease() as lease:
        for spec in TABLES:
            columns = [name for name in spec.schema.names if name not in NOT_COMPARED]
            rows = lease.snapshot.scan(spec.name, columns).read_all().to_pylist()
            for row in rows:
                if "records" in row and isinstance(row["records"], list):
                    row["records"] = [{**ref, "source": None} for ref in row["records"]]
            found[spec.name] = sorted(map(repr, rows))
    totals = place.op.corpus.totals()
    return found | {"totals": {name: totals[name] for name in totals if name != "commit"}}


def _killed_often(tmp_path: Path, times: int, seed: int) -> None:
    whole = _workplace(tmp_path, "whole")
    began = time.monotonic()
    whole.ingest()
    lasts = time.monotonic() - began
    expected = _content(whole)
    seeded = random.Random(seed)
    at_work, place, number = 0, _workplace(tmp_path, "killed-0"), 0
    for _ in range(times):
        if _kill_after(place, seeded.uniform(0, 1.1 * lasts)):
            at_work += 1
        else:
            assert _content(place) == expected
            number += 1
            place = _workplace(tmp_path, f"killed-{number}")
    place.ingest()
    assert _content(place) == expected
    assert place.op.audit.verify()[1] == []
    assert place.ingest().records == 0
    assert at_work > 0


def test_an_ingest_killed_anywhere_is_finished_by_the_next_without_doubling(tmp_path) -> None:
    _killed_often(tmp_path, 3, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_an_ingest_killed_sixty_times_is_finished_without_doubling(tmp_path) -> None:
    _killed_often(tmp_path, 60, seed=2)


def test_readers_see_one_commit_while_others_are_made_and_cleaned(tmp_path) -> None:
    place = _workplace(tmp_path, "read")
    place.deliver({"first.json": _lines(99)})
    wrong: list[object] = []
    done = threading.Event()

    def read(number: int) -> None:
        with open_operation(place.root, purpose="a test") as own:
            while not done.is_set():
                results = own.corpus.search("tide", own.actor, "time" if number % 2 else "relevance")
                count = results.count()
                found = sum(len(chunk) for chunk in results.stream())
                if found != count or len(results.page(5).hits) != min(5, count):
                    wrong.append((number, count, found))
                results.close()

    readers = [threading.Thread(target=read, args=(number,)) for number in range(10)]
    for reader in readers:
        reader.start()
    failed: list[BaseException] = []
    threading.excepthook = lambda said: failed.append(said.exc_value)  # type: ignore[assignment,arg-type]
    try:
        place.ingest()
        for more in range(3):
            place.deliver({f"more{more}.json": _lines(100 + more)})
            place.ingest()
    finally:
        done.set()
        for reader in readers:
            reader.join()
        threading.excepthook = threading.__excepthook__
    assert (wrong, failed) == ([], [])


def test_a_lease_keeps_its_commit_through_cleaning(tmp_path) -> None:
    place = _workplace(tmp_path, "leased")
    place.ingest()
    with place.op.corpus.commits.lease() as lease:
        count = lease.snapshot.count("messages")
        for more in range(3):
            place.deliver({f"more{more}.json": _lines(100 + more)})
            place.ingest()
            place.op.corpus.commits.clean(1)
        columns = [field.name for field in TABLES[2].schema]
        assert lease.snapshot.scan("messages", columns).read_all().num_rows == count
        assert lease.snapshot.search("messages", Tokens(("tide",)), ["message"]).num_rows > 0


def test_two_writers_do_not_write_at_once(tmp_path) -> None:
    place = _workplace(tmp_path, "busy")
    with place.op.corpus.writer(), open_operation(place.root, purpose="a test") as other, pytest.raises(Busy):
        other.corpus.ingest(other.actor, IngestOptions(mapping=place.mapping))
