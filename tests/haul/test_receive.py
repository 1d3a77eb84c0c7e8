import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import tracemalloc
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venetic.haul import About, DeliveryFacts, Said
from venetic.kernel import NotFound, RunStopped, WrongUse

from .conftest import ACTOR, FACTS, Operation


def test_a_folder_is_sealed_file_by_file_and_read_back(operation, delivery) -> None:
    (delivery / "b").mkdir()
    (delivery / "b" / "two.txt").write_bytes(b"two")
    (delivery / "a.txt").write_bytes(b"one")
    receipt = operation.receive(delivery)
    assert (receipt.haul, receipt.files, receipt.bytes, receipt.refused) == ("H1", 2, 6, 0)
    assert operation.paths() == ["a.txt", "b/two.txt"]
    assert operation.content("b/two.txt") == b"two"
    source = operation.room.open_source(next(iter(operation.room.files())).sha256)
    assert (source.size, source.path, source.head(2), source.head()) == (3, "a.txt", b"on", b"one")
    assert operation.room.verify().bad == ()


def test_several_paths_stand_under_their_own_names(operation, delivery, tmp_path) -> None:
    other = tmp_path / "else" / "delivery"
    other.mkdir(parents=True)
    (delivery / "a").write_bytes(b"1")
    (other / "a").write_bytes(b"2")
    (tmp_path / "lone.txt").write_bytes(b"3")
    operation.receive(delivery, other, tmp_path / "lone.txt")
    assert operation.paths() == ["delivery/a", "delivery~2/a", "lone.txt"]


def test_a_path_that_does_not_exist_is_wrong_use(operation, delivery) -> None:
    with pytest.raises(NotFound):
        operation.receive(delivery / "absent")
    with pytest.raises(WrongUse):
        operation.receive()
    assert operation.room.deliveries() == ()


def test_what_is_no_regular_file_is_refused_by_name_and_the_rest_goes_on(operation, delivery) -> None:
    (delivery / "target").write_bytes(b"x")
    (delivery / "soft").symlink_to("target")
    (delivery / "folder").symlink_to("/")
    os.mkfifo(delivery / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        place = Path.cwd()
        os.chdir(delivery)
        try:
            sock.bind("sock")
        finally:
            os.chdir(place)
    receipt = operation.receive(delivery)
    assert operation.paths() == ["target"]
    assert receipt.refused == 4
    assert operation.codes() == {"soft": "link", "folder": "link", "pipe": "special_file", "sock": "special_file"}


def test_a_folder_too_deep_to_be_read_is_refused(operation, delivery) -> None:
    (delivery / "a").write_bytes(b"x")
    name, folder = "d" * 250, os.open(delivery, os.O_RDONLY)
    for _ in range(17):
        os.mkdir(name, dir_fd=folder)
        inner = os.open(name, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    operation.receive(delivery)
    assert operation.paths() == ["a"]
    assert set(operation.codes().values()) == {"unreadable"}


def test_a_file_that_vanishes_or_grows_is_refused(operation, delivery) -> None:
    for name in ("a", "b", "c"):
        (delivery / name).write_bytes(b"x" * 3_000_000)

    def disturb(progress) -> None:
        if progress.files == 0:
            with (delivery / "a").open("ab") as file:
                file.write(b"more")
            (delivery / "b").unlink(missing_ok=True)

    operation.receive(delivery, progress=disturb)
    assert operation.paths() == ["c"]
    assert operation.codes() == {"a": "changed_while_read", "b": "unreadable"}


def test_names_that_are_not_utf8_keep_their_bytes_and_show_safely(operation, delivery) -> None:
    names = [b"caf\xe9", b"caf\\xe9", "gel\u202egpj.exe".encode(), b"line\nfeed", "дело".encode(), b"\xff\xfe"]
    for name in names:
        (delivery / os.fsdecode(name)).write_bytes(name)
    operation.receive(delivery)
    entries = list(operation.room.entries("H1"))
    assert [entry.raw_path for entry in entries] == sorted(names)
    assert len({entry.path for entry in entries}) == len(names)
    shown = {entry.raw_path: entry.path for entry in entries}
    assert shown[b"caf\xe9"] == "caf\\xe9"
    assert shown[b"caf\\xe9"] == "caf\\\\xe9"
    assert shown["дело".encode()] == "дело"
    assert shown[b"line\nfeed"] == "line\\u000afeed"
    assert shown["gel\u202egpj.exe".encode()] == "gel\\u202egpj.exe"
    manifest = json.loads(operation.objects.open("manifests/H1.json").read())
    kept = {file["path"]: file.get("raw_path") for file in manifest["files"]}
    assert kept["caf\\xe9"] == b"caf\xe9".hex()
    assert kept["дело"] is None


NAMES = st.binary(min_size=1, max_size=8).filter(lambda raw: b"/" not in raw and b"\0" not in raw)
TREES = st.dictionaries(
    st.lists(NAMES.filter(lambda raw: raw not in (b".", b"..")), min_size=1, max_size=3).map(b"/".join),
    st.binary(max_size=40),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREES)
def test_any_tree_of_names_and_bytes_comes_out_as_it_went_in(operation, tmp_path, tree) -> None:
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    written = {}
    for raw, data in tree.items():
        place = root / os.fsdecode(raw)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        except OSError:
            continue  # a file stands where a folder is wanted
        written[raw] = data
    receipt = operation.receive(root)
    entries = list(operation.room.entries(receipt.haul))
    outer = [entry for entry in entries if entry.container is None]
    assert {entry.raw_path: operation.content(entry.path, receipt.haul) for entry in outer} == written
    assert len({entry.path for entry in entries}) == len(entries) == receipt.files


def test_the_same_bytes_again_are_recorded_again_and_stored_once(operation, delivery) -> None:
    (delivery / "a").write_bytes(b"same")
    (delivery / "b").write_bytes(b"same")
    first, second = operation.receive(delivery), operation.receive(delivery)
    assert (first.stored, second.stored) == (1, 0)
    assert (second.haul, second.files, second.bytes) == ("H2", 2, 8)
    (file,) = operation.room.files()
    assert file.hauls == ("H1", "H2")
    assert [(at.haul, at.path) for at in operation.room.paths(file.sha256)] == [
        ("H1", "a"),
        ("H1", "b"),
        ("H2", "a"),
        ("H2", "b"),
    ]


def test_the_manifest_states_what_is_known_and_is_hashed_into_the_audit(operation, delivery) -> None:
    (delivery / "a").write_bytes(b"one")
    facts = DeliveryFacts(
        "Unit A",
        "Order 7",
        "transit",
        stage_said_by="Officer 12",
        stage_document="Minutes 3",
        period_from=date(2020, 4, 1),
        period_to=date(2020, 6, 13),
        acquired_at=datetime(2020, 6, 14, tzinfo=UTC),
        series="daily",
    )
    receipt = operation.room.receive([delivery], facts, ACTOR)
    manifest = json.loads(operation.objects.open("manifests/H1.json").read())
    assert manifest["period_to"] == "2020-06-13"
    assert manifest["acquired_at"] == "2020-06-14T00:00:00.000000Z"
    assert manifest["handed_over_at"] is None
    assert manifest["their_hashes"] == "none given"
    assert manifest["kind"] == "real"
    assert manifest["software"] == "venetic 0.1.0"
    assert manifest["files"][0].keys() == {"path", "size", "sha256", "modified_at"}
    (entry,) = operation.audit.entries()
    assert entry["action"] == "receive"
    assert entry["details"]["manifest_sha256"] == receipt.manifest_sha256
    delivered = operation.room.delivery("H1")
    assert (delivered.stage, delivered.handed_over_at, delivered.series) == ("transit", None, "daily")
    (said,) = operation.room.assertions()
    assert (said.said_by, said.document) == ("Officer 12", "Minutes 3")
    assert operation.audit.verify() == (1, [])


def test_facts_that_cannot_be_meant_are_wrong_use() -> None:
    with pytest.raises(WrongUse):
        DeliveryFacts("", "Order 7", "stored")
    with pytest.raises(WrongUse):
        DeliveryFacts("A", "B", "sealed")
    with pytest.raises(WrongUse):
        DeliveryFacts("A", "B", "stored", period_from=date(2020, 2, 1), period_to=date(2020, 1, 1))
    with pytest.raises(WrongUse):
        DeliveryFacts("A", "B", "stored", acquired_at=datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None))


def test_a_stage_is_superseded_never_edited(operation, delivery) -> None:
    (delivery / "a").write_bytes(b"one")
    operation.receive(delivery)
    about = About("haul", "H1", "stage")
    operation.room.assert_fact(ACTOR, about, "unknown", Said("Officer 9", reason="the minutes were withdrawn"))
    assert [said.value for said in operation.room.assertions()] == ["stored", "unknown"]
    assert operation.room.in_force(about).value == "unknown"
    assert operation.room.delivery("H1").stage == "unknown"
    file = next(iter(operation.room.files()))
    operation.room.assert_fact(ACTOR, About("file", file.sha256, "zone"), "Europe/Amsterdam", Said("Officer 9"))
    for wrong in (
        (About("haul", "H1", "zone"), "Nowhere/Land", Said()),
        (About("haul", "H9", "stage"), "stored", Said()),
        (About("haul", "H1", "stage"), "legal", Said()),
        (About("haul", "H1", "evidential_use"), "allowed", Said("Officer 9")),
        (About("haul", "H1", "colour"), "red", Said()),
        (About("handle", "x", "stage"), "stored", Said()),
    ):
        with pytest.raises(WrongUse):
            operation.room.assert_fact(ACTOR, *wrong)
    assert len(operation.room.assertions()) == 3
    assert [entry["action"] for entry in operation.audit.entries()] == ["receive", "assert", "assert"]


@pytest.mark.parametrize("mark", [("EXERCISE.txt", b""), ("manifest.json", b'{"kind": "exercise"}')])
def test_exercise_and_real_never_mix(make_operation, delivery, mark) -> None:
    real, exercise = make_operation("real"), make_operation("exercise", kind="exercise")
    (delivery / "a").write_bytes(b"one")
    (delivery / "manifest.json").write_bytes(b'{"kind": "other"}')
    with pytest.raises(WrongUse):
        exercise.receive(delivery)
    assert real.receive(delivery).files == 2
    (delivery / mark[0]).write_bytes(mark[1])
    instalment = delivery / "D001"
    instalment.mkdir()
    (instalment / "b").write_bytes(b"two")
    for paths in ([delivery], [instalment], [delivery / "a"]):
        with pytest.raises(WrongUse):
            real.receive(*paths)
        assert exercise.receive(*paths).haul
    assert len(real.room.deliveries()) == 1


def test_an_exercise_inside_an_archive_leaves_nothing_in_a_real_operation(make_operation, tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("haul/EXERCISE.txt", "")
        archive.writestr("haul/a", "bytes that must not stay")
    real, exercise = make_operation("real"), make_operation("exercise", kind="exercise")
    with pytest.raises(WrongUse):
        real.receive(tmp_path / "packed.zip")
    assert real.every_byte() == b""
    assert real.room.verify().bad == ()
    assert exercise.receive(tmp_path / "packed.zip").files == 3


def test_verify_names_what_is_missing_differs_or_was_never_recorded(operation, delivery) -> None:
    for name in ("a", "b", "c"):
        (delivery / name).write_bytes(name.encode())
    operation.receive(delivery)
    assert operation.room.verify().files == 4
    files = {file.path: operation.store / f"sha256/{file.sha256[:2]}/{file.sha256}" for file in operation.room.files()}
    files["a"].unlink()
    files["b"].chmod(0o600)
    files["b"].write_bytes(b"x")
    manifest = operation.store / "manifests" / "H1.json"
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes() + b" ")
    (operation.store / "sha256" / "extra").write_bytes(b"")
    bad = {fault.file: fault.what.split(" (")[0] for fault in operation.room.verify().bad}
    assert bad == {
        "H1/a": "missing from the store",
        "H1/b": "differs from what was sealed",
        "manifests/H1.json": "differs from what was sealed",
        "sha256/extra": "no delivery recorded this object",
    }


def test_a_delivery_is_streamed(operation, delivery) -> None:
    with (delivery / "large").open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    receipt = operation.receive(delivery)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert receipt.bytes == 200_000_000
    assert peak < 16_000_000


def test_a_store_that_cannot_be_written_stops_the_run_and_records_nothing(operation, delivery) -> None:
    (delivery / "a").write_bytes(b"x" * 3_000_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(RunStopped):
            operation.receive(delivery)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert operation.room.deliveries() == ()
    assert operation.every_byte() == b""
    assert operation.receive(delivery).haul == "H1"


RECEIVE_AND_DIE = """
    import os, signal, sys
    from pathlib import Path
    from haul.conftest import Operation
    operation = Operation(Path(sys.argv[1]))
    calls = int(sys.argv[3])
    def die(progress):
        global calls
        calls -= 1
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    operation.receive(Path(sys.argv[2]), progress=die)
"""


@pytest.mark.parametrize("at", [1, 4, 7])
def test_a_killed_receive_leaves_nothing_behind_once_it_is_run_again(tmp_path, delivery, at) -> None:
    for name in range(7):
        (delivery / f"f{name}").write_bytes(f"bytes {name}".encode())
    folder = tmp_path / "operation"
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-c", textwrap.dedent(RECEIVE_AND_DIE), folder, delivery, str(at)]
    path = os.pathsep.join([str(tests), *sys.path])
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    operation = Operation(folder)
    assert operation.room.deliveries() == ()
    found = operation.room.verify()
    assert (found.bad, found.unrecorded) == ((), at - 1)
    (delivery / "f0").unlink()
    receipt = operation.receive(delivery)
    assert (receipt.haul, receipt.files, receipt.stored) == ("H1", 6, 6)
    assert operation.room.verify() == type(found)(7, (), 0)
    assert b"bytes 0" not in operation.every_byte()


def test_facts_of_every_delivery_are_kept_apart(operation, delivery) -> None:
    assert operation.room.deliveries() == ()
    operation.receive(delivery)
    with operation.case.write() as tx:
        operation.room.mark_searchable(tx, "H1", datetime(2021, 1, 1, tzinfo=UTC))
        operation.room.mark_searchable(tx, "H1", datetime(2022, 1, 1, tzinfo=UTC))
    operation.room.receive([delivery], DeliveryFacts("Unit B", "Order 8", "unknown"), ACTOR)
    first, second = operation.room.deliveries()
    assert (first.provided_by, second.provided_by) == (FACTS.provided_by, "Unit B")
    assert first.searchable_at == datetime(2021, 1, 1, tzinfo=UTC)
    assert second.searchable_at is None
    with pytest.raises(NotFound):
        operation.room.delivery("H3")
    with pytest.raises(NotFound):
        operation.room.entries("H3")
    with pytest.raises(NotFound):
        operation.room.open_source("0" * 64)
