"""Destroying leaves no byte: every file below the operation is read, raw and decoded."""

import csv
import io
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import lance
import pytest
from lance.file import LanceFileReader

from venetic.app import DraftOrder, Operation, create_operation, open_operation
from venetic.corpus import Destroyer, DestroyRequest, Holds, IngestOptions, tombstone, tombstones_of
from venetic.corpus._echoes import quotes
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


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    create_operation(folder / "operation", "Test", "real")
    with open_operation(folder / "operation", purpose="test") as opened:
        deliver(opened, folder / "haul", {"day/2020-09-01.json": jabber()})
    return folder / "operation"


@pytest.fixture
def delivered(template, tmp_path) -> Iterator[Operation]:
    """An operation that holds the Jabber day, made once and copied."""
    shutil.copytree(template, tmp_path / "operation")
    with open_operation(tmp_path / "operation", purpose="test") as opened:
        yield opened


def secret_message(operation: Operation) -> str:
    return found(operation, MARKER)[0]


def place_of(operation: Operation, message: str) -> tuple[str, str]:
    """(record, file) of a message's first source record."""
    with operation.corpus.commits.lease() as lease:
        rows = lease.snapshot.scan("messages", ["message", "records"]).read_all().to_pylist()
        record = next(row["records"][0]["record"] for row in rows if row["message"] == message)
        files = lease.snapshot.scan("records", ["record", "file"]).read_all().to_pylist()
    return record, next(row["file"] for row in files if row["record"] == record)


def test_a_hold_blocks_destroying_until_it_is_lifted(delivered) -> None:
    message = secret_message(delivered)
    record, file = place_of(delivered, message)
    holds = Holds(delivered.corpus.parts, delivered.corpus.commits)
    for number, subject in enumerate([message, record, file, "H1", "everything"], 1):
        holds.place(delivered.actor, subject, "trial pending", until="9999-12-31")
        with pytest.raises(WrongUse, match=rf"hold {number} on {subject} .* until 9999-12-31: trial pending"):
            destroyer(delivered).destroy(delivered.actor, request(messages=(message,)))
        assert holds.lift(delivered.actor, number, "trial over").lifted_at is not None
        with pytest.raises(WrongUse, match="lifted before"):
            holds.lift(delivered.actor, number, "again")
    assert found(delivered, MARKER) == [message]
    assert destroyer(delivered).destroy(delivered.actor, request(records=(record,))).messages == 1


def test_a_hold_on_an_archive_holds_its_members(operation, tmp_path) -> None:
    deliver(operation, tmp_path / "haul", {"a.zip": zipped("2020-09-01.json", jabber())})
    archive = next(file.sha256 for file in operation.haul.files() if file.unpacked)
    Holds(operation.corpus.parts, operation.corpus.commits).place(operation.actor, archive, "sealed by the court")
    with pytest.raises(WrongUse, match="hold 1"):
        destroyer(operation).destroy(operation.actor, request(messages=(secret_message(operation),)))


def test_a_hold_that_has_run_out_blocks_nothing(delivered) -> None:
    holds = Holds(delivered.corpus.parts, delivered.corpus.commits)
    holds.place(delivered.actor, "everything", "until the appeal", until="2000-01-01")
    assert destroyer(delivered).destroy(delivered.actor, request(messages=(secret_message(delivered),))).records == 1


def test_a_hold_needs_something_to_hold_a_reason_and_a_day(delivered) -> None:
    holds = Holds(delivered.corpus.parts, delivered.corpus.commits)
    for subject in ("H9", "0" * 32, "0" * 64):
        with pytest.raises(NotFound):
            holds.place(delivered.actor, subject, "why")
    for reason, until in ((" ", None), ("why", "next year")):
        with pytest.raises(WrongUse):
            holds.place(delivered.actor, "everything", reason, until)
    with pytest.raises(NotFound):
        holds.lift(delivered.actor, 1, "why")
    assert holds.listed() == ()


def test_a_message_that_keeps_another_record_stays_and_its_count_is_decided_anew(operation, tmp_path) -> None:
    both = {"jabber/anna/1.json": jabber(), "jabber/bob/1.json": jabber() + b"\n"}
    deliver(operation, tmp_path / "haul", both)
    message = secret_message(operation)
    record, file = place_of(operation, message)
    before = operation.corpus.totals()
    gone = destroyer(operation).destroy(operation.actor, request(records=(record,)))
    assert (gone.records, gone.messages, gone.kept, gone.files) == (1, 0, 1, (file,))
    assert operation.corpus.totals()["messages"] == before["messages"]
    assert operation.corpus.totals()["handles"] == before["handles"]
    assert found(operation, f"{MARKER} from:{SENDER}") == [message]
    assert len(set(balance(operation))) == 1
    second = destroyer(operation).destroy(operation.actor, request(messages=(message,)))
    assert (second.records, second.messages) == (1, 1)
    assert leaks(operation.folder) == []


def test_the_last_record_with_an_id_of_its_own_leaves_what_has_none(operation, tmp_path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        'name: ids\nversion: "1"\nservice: jabber\nlayouts: [x]\nrecords: {json: {required: [id]}}\n'
        "fields: {sender: from, receivers: to, time: {field: ts, formats: [iso], zone: none}, body: body,"
        " native_id: id, id_scope: global}\n"
    )
    row = {"ts": "2020-09-01T10:01:00", "from": SENDER, "to": "bob", "body": f"the {MARKER}"}
    deliver(operation, tmp_path / "haul", {"a.json": json.dumps(row).encode()})
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.json").write_text(json.dumps({**row, "id": "77"}))
    with operation.corpus.writer():
        operation.haul.receive([tmp_path / "more"], FACTS, operation.actor)
    operation.corpus.ingest(operation.actor, IngestOptions(mapping=mapping))
    (message,) = found(operation, MARKER)
    with operation.corpus.commits.lease() as lease:
        rows = lease.snapshot.scan("records", ["record", "native_id"]).read_all().to_pylist()
    record = next(row["record"] for row in rows if row["native_id"] == "77")
    destroyer(operation).destroy(operation.actor, request(records=(record,)))
    (left,) = found(operation, MARKER)
    assert left != message
    assert operation.corpus.totals()["records"] == operation.corpus.totals()["messages"] == 1


def test_bytes_received_again_bring_nothing_back_and_lose_nothing_else(operation, tmp_path) -> None:
    name, make = LAYOUTS["whatsapp"]
    deliver(operation, tmp_path / "haul", {name: make(), "x/table.csv": comma_separated()})
    for message in found(operation, MARKER):
        destroyer(operation).destroy(operation.actor, request(messages=(message,)))
    to_bert, to_carl = (name.replace("Anna", other) for other in ("Bert", "Carl"))  # each a chat of its own
    again = {to_bert: make(), "packed.zip": zipped(to_carl, make()), "y/table.csv": comma_separated()}
    before = operation.corpus.totals()
    deliver(operation, tmp_path / "again", again)
    assert leaks(operation.folder) == []
    after = operation.corpus.totals()
    assert after["messages"] == before["messages"] + 2 * 21
    assert after["records"] == before["records"] + 2 * 21
    assert len(found(operation, "last")) == 1 + 3
    assert after["refusals"] == before["refusals"]
    assert len(set(balance(operation))) == 1
    assert operation.haul.verify().bad == ()


def test_a_whole_file_goes_whatever_it_is(operation, tmp_path) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + MARKER.encode()
    unread = f"{MARKER} in no layout".encode()
    files = {
        "a.png": picture,
        "b.bin": unread,
        "c.zip": zipped("2020-09-01.json", jabber()),
        "d.csv": comma_separated(),
    }
    deliver(operation, tmp_path / "haul", files)
    assert operation.corpus.totals()["media"] == 1
    held = {file.path: file.sha256 for file in operation.haul.files()}
    whole = tuple(held[path] for path in ("a.png", "b.bin", "c.zip", "d.csv"))
    gone = destroyer(operation).destroy(operation.actor, request(files=whole))
    assert leaks(operation.folder) == []
    assert set(gone.files) == set(held.values())
    totals = operation.corpus.totals()
    assert {totals[name] for name in ("records", "messages", "handles", "conversations", "media")} == {0}
    assert totals["destroyed"] == gone.records == 21 + 22
    assert tombstone(operation.case, held["a.png"]).stone.is_file
    assert operation.haul.verify().bad == ()
    assert operation.corpus.ingest(operation.actor, IngestOptions(retry_unread=True)).records == 0
    assert found(operation, "plain") == []


def test_what_cannot_be_reached_is_named(delivered, tmp_path) -> None:
    message = secret_message(delivered)
    results = delivered.corpus.search(MARKER, delivered.actor)
    delivered.corpus.export(results, delivered.actor, tmp_path / "copy.csv")
    delivered.corpus.show(results, delivered.actor, 10)
    results.close()
    gone = destroyer(delivered).destroy(delivered.actor, request(messages=(message,)))
    assert [(copy.number, copy.destination) for copy in gone.copies] == [(1, str(tmp_path / "copy.csv"))]
    assert (gone.displayed, gone.details_destroyed) == (1, 0)
    quoting = [entry["action"] for entry in delivered.audit.entries() if MARKER in str(entry["details"])]
    assert quoting == ["export", "search"]


def test_a_cursor_from_before_says_to_search_again(delivered) -> None:
    results = delivered.corpus.search("plain", delivered.actor)
    cursor = results.page(5).next
    results.close()
    destroyer(delivered).destroy(delivered.actor, request(messages=(secret_message(delivered),)))
    with pytest.raises(NotFound, match="search again"):
        delivered.corpus.search("plain", delivered.actor, cursor=cursor)


def test_a_request_that_says_too_little_or_names_nothing_is_refused(delivered) -> None:
    asked = destroyer(delivered)
    with pytest.raises(WrongUse, match="reference"):
        asked.destroy(delivered.actor, DestroyRequest("", "who", "why", messages=("x",)))
    with pytest.raises(WrongUse, match="name at least one"):
        asked.destroy(delivered.actor, request())
    for what in ({"messages": ("0" * 32,)}, {"records": ("0" * 32,)}, {"files": ("0" * 64,)}):
        with pytest.raises(NotFound):
            asked.destroy(delivered.actor, request(**what))


def test_asked_again_for_what_is_gone_it_says_what_it_did(delivered) -> None:
    message = secret_message(delivered)
    first = destroyer(delivered).destroy(delivered.actor, request(messages=(message,)))
    assert destroyer(delivered).destroy(delivered.actor, request(messages=(message,))) == first
    actions = [entry["action"] for entry in delivered.audit.entries()]
    assert actions[-2:] == ["destroy", "destroyed"]


POINTS = [
    "recover:1",
    "finish_drops:2",
    "withdraw:1",
    "rewrite:1",
    "rewrite:5",
    "add:1",
    "clean:1",
    "clean:2",
    "clean:6",
]
POINTS += ["purge:1", "close_direction:1", "keep_head:2"]
FEW_POINTS = ["rewrite:5", "clean:6"]
CHILD = """
import os, signal, sys
from pathlib import Path
from venetic.app import open_operation
from venetic.corpus import Destroyer, DestroyRequest

folder, message, point = sys.argv[1:]
name, nth = point.split(":")
seen = 0

def watch(frame, event, _):
    global seen
    if event == "call" and frame.f_code.co_name == name and "venetic" in frame.f_code.co_filename:
        seen += 1
        if seen == int(nth):
            os.kill(os.getpid(), signal.SIGKILL)

with open_operation(Path(folder), purpose="test") as op:
    sys.setprofile(watch)
    Destroyer(op.corpus.parts, op.corpus.commits).destroy(op.actor, DestroyRequest("D", "J", "R", messages=(message,)))
"""


@pytest.mark.parametrize(
    "point", [pytest.param(point, marks=() if point in FEW_POINTS else pytest.mark.soak) for point in POINTS]
)
def test_a_destruction_killed_anywhere_is_finished_by_the_next_run(delivered, point) -> None:
    message = secret_message(delivered)
    child = subprocess.run([sys.executable, "-c", CHILD, str(delivered.folder), message, point], check=False)
    assert child.returncode == -signal.SIGKILL
    assert len(found(delivered, "plain")) == 20
    if POINTS.index(point) % 2:
        delivered.corpus.ingest(delivered.actor, IngestOptions())
    destroyer(delivered).destroy(delivered.actor, request(messages=(message,)))
    assert leaks(delivered.folder) == []
    assert tombstones_of(delivered.case, message)[0].direction.done_at is not None
    assert len(set(balance(delivered))) == 1
    assert len(found(delivered, "plain")) == 20
    assert delivered.haul.verify().bad == ()
    assert delivered.audit.verify()[1] == []


def test_what_was_read_from_the_same_bytes_under_another_name_goes_too(operation, tmp_path) -> None:
    name, make = LAYOUTS["whatsapp"]
    deliver(operation, tmp_path / "haul", {name: make(), name.replace("Anna", "Bert"): make()})
    first, second = found(operation, MARKER)
    assert first != second
    gone = destroyer(operation).destroy(operation.actor, request(messages=(first,)))
    assert (gone.records, gone.messages, len(gone.files)) == (2, 2, 1)
    assert tombstones_of(operation.case, second)[0].direction == tombstones_of(operation.case, first)[0].direction
    assert leaks(operation.folder) == []


def test_a_message_linked_to_a_destroyed_one_is_linked_no_more(operation, tmp_path) -> None:
    row = {"ts": "2020-09-01T10:00:00", "from": "anna", "to": "bob", "body": "come to the harbour tonight"}
    late = {**row, "ts": "2020-09-01T10:00:30"}
    copies = {"jabber/anna/1.json": json.dumps(row).encode(), "jabber/bob/1.json": json.dumps(late).encode()}
    deliver(operation, tmp_path / "haul", copies)
    results = operation.corpus.search("harbour", operation.actor)
    linked = results.to_arrow().to_pylist()
    results.close()
    assert [message["marks"] for message in linked] == [["possible_copy"], ["possible_copy"]]
    destroyer(operation).destroy(operation.actor, request(messages=(linked[0]["message"],)))
    results = operation.corpus.search("harbour", operation.actor)
    (left,) = results.to_arrow().to_pylist()
    results.close()
    assert (left["message"], left["marks"], left["possible_copies"]) == (linked[1]["message"], [], [])


QUOTED = {"sender": "Anna", "receivers": ["bob"], "conversation": "harbour", "body": "The parcel is at the old wharf"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("parcel wharf", True),
        ("parcel nothing", False),
        ("parcel OR nothing", True),
        ('"old wharf" after:2020', True),
        ("parc* NOT bag", True),
        ("from:anna", True),
        ("to:b*", True),
        ("with:anna in:harbour", True),
        ("from:bob parcel", False),
        ("NOT parcel", False),
        ("after:2020", False),
        ("", False),
        ("old wharf)", False),
    ],
)
def test_a_query_quotes_a_record_that_meets_its_words_and_names(query: str, expected: bool) -> None:
    assert quotes(query, [QUOTED]) is expected


def test_files_that_a_killed_write_left_behind_go_too(delivered) -> None:
    (data,) = (delivered.folder / "corpus" / "messages.lance" / "data").glob("*.lance")
    shutil.copy(data, data.with_name("0" * 24 + "a" * 32 + ".lance"))
    shutil.copytree(data.parent.parent / "_indices", delivered.folder / "indices")
    for index in (delivered.folder / "indices").iterdir():
        index.rename(data.parent.parent / "_indices" / ("0" * 8 + index.name[8:]))
    (delivered.folder / "indices").rmdir()
    (delivered.folder / "staging").mkdir(exist_ok=True)
    (delivered.folder / "staging" / "1.arrow").write_bytes(MARKER.encode())
    assert {"a" * 32 + ".lance", "1.arrow"} <= {
        name.rpartition("0" * 24)[2] or name for name, _ in leaks(delivered.folder)
    }
    destroyer(delivered).destroy(delivered.actor, request(messages=(secret_message(delivered),)))
    assert leaks(delivered.folder) == []


def test_a_package_says_which_citation_was_destroyed_and_the_rest_still_checks(operation, tmp_path) -> None:
    name, make = LAYOUTS["whatsapp"]
    deliver(operation, tmp_path / "haul", {name: make()})
    (message,) = found(operation, MARKER)
    packages = operation.packages
    before = packages.draft(DraftOrder(tmp_path, query=f"{MARKER} OR plain"), operation.actor)
    assert packages.check(before.json, operation.actor).bad == ()
    gone = destroyer(operation).destroy(operation.actor, request(messages=(message,)))
    assert [copy.number for copy in gone.copies] == [before.number]
    told = [fault.what for fault in packages.check(before.json, operation.actor).bad]
    assert any("destroyed on" in what and "under direction 1" in what for what in told)
    after = packages.draft(DraftOrder(tmp_path, query="plain OR last"), operation.actor)
    assert packages.check(after.json, operation.actor).bad == ()
