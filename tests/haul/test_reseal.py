import gzip
import io
import zipfile

import pytest

from venetic.kernel import Misuse, NotFound

SECRET = b"the record that goes"
FILE = b"first line\n" + SECRET + b"\nlast line\n"
BLANKED = b"first line\n" + b" " * len(SECRET) + b"\nlast line\n"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def destroy(operation, sha256: str, ranges=None) -> str:
    with operation.room.resealing(), operation.case.write() as tx:
        return operation.room.reseal(tx, sha256, ranges or [(11, len(SECRET) + 1)])


def sha_of(operation, path: str, haul: str = "H1") -> str:
    return next(entry.sha256 for entry in operation.room.entries(haul) if entry.path == path)


def test_a_resealed_file_keeps_its_place_and_loses_its_bytes(operation, delivery) -> None:
    (delivery / "a.txt").write_bytes(FILE)
    operation.receive(delivery)
    before = sha_of(operation, "a.txt")
    after = destroy(operation, before)
    assert after != before
    source = operation.room.open_source(before)
    assert (source.sha256, source.size) == (before, len(FILE))
    assert source.open().read() == BLANKED
    assert SECRET not in operation.every_byte()
    assert operation.room.verify().bad == ()
    assert destroy(operation, before) == after


def test_a_second_reseal_of_the_same_file_adds_to_the_first(operation, delivery) -> None:
    (delivery / "a.txt").write_bytes(FILE)
    operation.receive(delivery)
    sha256 = sha_of(operation, "a.txt")
    destroy(operation, sha256)
    destroy(operation, sha256, [(0, 5), (3, 4)])
    assert operation.room.open_source(sha256).open().read() == b" " * 7 + BLANKED[7:]
    assert sum(1 for _ in operation.objects.names("sha256/")) == 1
    assert operation.room.verify().bad == ()


def test_the_archives_that_brought_the_file_go_with_it(operation, delivery) -> None:
    inner = zipped({"a.txt": FILE, "keep.txt": b"keep"})
    (delivery / "outer.zip").write_bytes(zipped({"inner.zip": inner}))
    (delivery / "a.txt.gz").write_bytes(gzip.compress(FILE))
    operation.receive(delivery)
    destroy(operation, sha_of(operation, "a.txt.gz/a.txt"))
    held = {file.path: file.is_held for file in operation.room.files()}
    assert held == {
        "a.txt.gz": False,
        "a.txt.gz/a.txt": True,
        "outer.zip": False,
        "outer.zip/inner.zip": False,
        "outer.zip/inner.zip/keep.txt": True,
    }
    assert SECRET not in operation.every_byte()
    assert operation.content("outer.zip/inner.zip/keep.txt") == b"keep"
    with pytest.raises(NotFound):
        operation.room.open_source(sha_of(operation, "outer.zip"))
    assert operation.room.verify().bad == ()


@pytest.mark.parametrize("again", ["alone", "the same archive", "another archive", "deep in another"])
def test_destroyed_bytes_do_not_come_back_with_another_delivery(operation, delivery, tmp_path, again) -> None:
    first = zipped({"a.txt": FILE})
    (delivery / "x.zip").write_bytes(first)
    operation.receive(delivery)
    destroy(operation, sha_of(operation, "x.zip/a.txt"))
    other = {
        "alone": FILE,
        "the same archive": first,
        "another archive": zipped({"new.txt": b"new", "b.txt": FILE}),
        "deep in another": gzip.compress(zipped({"x.zip": first, "new.txt": b"new"})),
    }[again]
    (tmp_path / "again").write_bytes(other)
    receipt = operation.receive(tmp_path / "again")
    assert receipt.haul == "H2"
    assert receipt.files == len(list(operation.room.entries("H2"))) >= 1
    assert SECRET not in operation.every_byte()
    for object_name in operation.objects.names("sha256/"):
        assert operation.objects.open(object_name).read(4) not in (first[:4], b"\x1f\x8b\x08\x00")
    if "another" in again:
        new = next(entry.path for entry in operation.room.entries("H2") if entry.path.endswith("new.txt"))
        assert operation.content(new, "H2") == b"new"
    assert operation.room.verify().bad == ()


def reseal_and_stop(operation, sha256: str) -> None:
    with operation.room.resealing(), operation.case.write() as tx:
        operation.room.reseal(tx, sha256, [(0, 5)])
        raise KeyboardInterrupt


def test_a_reseal_that_is_rolled_back_changes_nothing(operation, delivery) -> None:
    (delivery / "a.txt").write_bytes(FILE)
    operation.receive(delivery)
    sha256 = sha_of(operation, "a.txt")
    with pytest.raises(KeyboardInterrupt):
        reseal_and_stop(operation, sha256)
    assert operation.room.verify().bad == ()
    assert operation.room.open_source(sha256).open().read() == FILE


def test_a_reseal_cut_off_before_its_objects_went_is_finished_by_the_next_receive(operation, delivery) -> None:
    (delivery / "a.txt").write_bytes(FILE)
    operation.receive(delivery)
    with operation.case.write() as tx:
        operation.room.reseal(tx, sha_of(operation, "a.txt"), [(11, len(SECRET))])
    assert operation.room.verify().bad == ()
    (delivery / "a.txt").unlink()
    operation.receive(delivery)
    assert SECRET not in operation.every_byte()


def test_what_cannot_be_resealed_is_refused(operation, delivery) -> None:
    (delivery / "a.txt").write_bytes(FILE)
    operation.receive(delivery)
    sha256 = sha_of(operation, "a.txt")
    with operation.case.write() as tx, pytest.raises(Misuse):
        operation.room.reseal(tx, sha256, [(0, len(FILE) + 1)])
    with operation.case.write() as tx, pytest.raises(NotFound):
        operation.room.reseal(tx, "0" * 64, [(0, 1)])
