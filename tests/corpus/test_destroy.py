"""Destroying leaves no byte: every file below the operation is read, raw and decoded."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import lance
import pytest
from lance.file import LanceFileReader

from venetic.app import Operation, create_operation, open_operation
from venetic.corpus import DestroyRequest, Destroyer, Holds, IngestOptions, tombstone, tombstones_of
from venetic.haul import DeliveryFacts
from venetic.kernel import NotFound, WrongUse

MARKER = "zanzibarquux"
SENDER = "onlyhandle77"
ATTACHMENT = "uniquepicture.jpg"
SECRETS = (MARKER, SENDER, ATTACHMENT)
FACTS = DeliveryFacts("Unit A", "Order 7", "stored")


def jabber() -> bytes:
    rows = [
        {"ts": f"2020-09-01T10:00:{at:02}", "from": "anna", "to": "bob", "body": f"plain words number {at}"}
        for at in range(20)
    ]
    secret = {"ts": "2020-09-01T10:01:00", "from": SENDER, "to": "bob", "body": f"the {MARKER} and {ATTACHMENT}"}
    return "\n".join(json.dumps(row) for row in [*rows[:7], secret, *rows[7:]]).encode()


def comma_separated() -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["time", "from", "to", "body"])
    for at in range(20):
        writer.writerow([f"2020-09-01T10:00:{at:02}Z", "anna", "bob", f"plain words number {at}"])
    writer.writerow(["2020-09-01T10:01:00Z", SENDER, "bob", f"the {MARKER}\nand {ATTACHMENT}"])
    writer.writerow(["2020-09-01T10:02:00Z", "anna", "bob", "the last of them"])
    return out.getvalue().encode()


def whatsapp() -> bytes:
    lines = [f"31/12/2020, 10:{at:02} - anna: plain words number {at}" for at in range(20)]
    secret = [f"31/12/2020, 10:21 - {SENDER}: {ATTACHMENT} (file attached)", f"the {MARKER} goes on", "and on"]
    return "\n".join([*lines, *secret, "31/12/2020, 10:22 - anna: the last", "of them", ""]).encode()


LAYOUTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jabber": ("log/2020-09-01.json", jabber),
    "csv": ("table.csv", comma_separated),
    "whatsapp": ("WhatsApp Chat with Anna.txt", whatsapp),
}


@pytest.fixture
def operation(tmp_path: Path) -> Iterator[Operation]:
    create_operation(tmp_path / "operation", "Test", "real")
    with open_operation(tmp_path / "operation", purpose="test") as opened:
        yield opened


def deliver(operation: Operation, folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with operation.corpus.writer():
        operation.haul.receive([folder], FACTS, operation.actor)
    operation.corpus.ingest(operation.actor, IngestOptions())


def zipped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def found(operation: Operation, query: str) -> list[str]:
    with operation.corpus.commits.lease():
        results = operation.corpus.search(query, operation.actor)
        try:
            return results.to_arrow()["message"].to_pylist()
        finally:
            results.close()


def destroyer(operation: Operation) -> Destroyer:
    return Destroyer(operation.corpus.parts, operation.corpus.commits)


def request(**what) -> DestroyRequest:
    return DestroyRequest("Order D-1", "Judge Example", "not covered by the warrant", **what)


def decoded(folder: Path) -> Iterator[tuple[str, str]]:
    """Every version of every table, and every Lance file that is still there, as text."""
    for table in (folder / "corpus").glob("*.lance"):
        for version in lance.dataset(table).versions():
            dataset = lance.dataset(table, version=version["version"])
            yield f"{table.name}@{version['version']}", str(dataset.to_table().to_pylist())
    for file in (folder / "corpus").rglob("*.lance"):
        if file.is_file():
            yield str(file), str(LanceFileReader(str(file)).read_all().to_table().to_pylist())


def leaks(folder: Path, secrets: tuple[str, ...] = SECRETS) -> list[tuple[str, str]]:
    wanted = [form for text in secrets for form in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"))]
    raw = [(file.name, file.read_bytes().lower()) for file in folder.rglob("*") if file.is_file()]
    held = [(name, form.decode("latin-1")) for name, data in raw for form in wanted if form in data]
    return held + [(name, text) for name, content in decoded(folder) for text in secrets if text in content.lower()]


def balance(operation: Operation) -> tuple[int, int]:
    """Records as the files gave them, and records stored plus destroyed."""
    with operation.corpus.commits.lease() as lease:
        given = sum(lease.snapshot.scan("sources", ["records"]).read_all()["records"].to_pylist())
    totals = operation.corpus.totals()
    return given, totals["records"] + totals["destroyed"]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "in a zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_byte_of_a_destroyed_message_is_left(operation, tmp_path, layout, packed) -> None:
    name, make = LAYOUTS[layout]
    files = {f"{name}.zip": zipped(name.rsplit("/", 1)[-1], make())} if packed else {name: make()}
    deliver(operation, tmp_path / "haul", files)
    (message,) = found(operation, MARKER)
    before = operation.corpus.totals()
    assert {text for _, text in leaks(operation.folder)} >= {MARKER, SENDER}
    operation.search(f"{MARKER} OR nothing").count()

    gone = destroyer(operation).destroy(operation.actor, request(messages=(message,), queries=True))

    assert leaks(operation.folder) == []
    assert (gone.records, gone.messages, gone.kept, len(gone.archives)) == (1, 1, 0, int(packed))
    after = operation.corpus.totals()
    assert after["records"] == before["records"] - 1
    assert after["messages"] == before["messages"] - 1
    assert after["handles"] == before["handles"] - 1
    assert after["destroyed"] == 1
    assert len(set(balance(operation))) == 1
    assert operation.haul.verify().bad == ()
    assert operation.audit.verify()[1] == []
    assert found(operation, MARKER) == []
    assert len(found(operation, "plain")) == 20
    (stone,) = tombstones_of(operation.case, message)
    assert tombstone(operation.case, stone.stone.record) == stone
    assert stone.to_dict()["direction"] == "Order D-1"
