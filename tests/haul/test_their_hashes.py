import gzip
import hashlib
import io
import zipfile

import pytest

from venetic.kernel import NotFound, WrongUse


def digest(data: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, data).hexdigest()


@pytest.fixture
def files(delivery) -> dict[str, bytes]:
    """Four files: the list will match one, differ on one, leave out one and name one that is not there."""
    held = {"same.txt": b"same", "sub/changed.txt": b"now", "extra.txt": b"extra"}
    for name, data in held.items():
        (delivery / name).parent.mkdir(exist_ok=True)
        (delivery / name).write_bytes(data)
    return {"same.txt": b"same", "sub/changed.txt": b"before", "gone.txt": b"gone"}


def sums(files, algorithm: str = "sha256", mark: str = "  ", under: str = "") -> str:
    return "".join(f"{digest(data, algorithm)}{mark}{under}{name}\n" for name, data in files.items())


LISTS = {
    "sha256sum": lambda files: sums(files),
    "md5sum": lambda files: sums(files, "md5", " *"),
    "sha1sum, dotted": lambda files: sums(files, "sha1", under="./"),
    "under the folder's name": lambda files: sums(files, under="delivery/"),
    "absolute": lambda files: sums(files, under="/mnt/evidence/7/"),
    "bsd": lambda files: "".join(f"SHA512 ({name}) = {digest(data, 'sha512')}\n" for name, data in files.items()),
    "with comments": lambda files: "# made by a tool\n\n" + sums(files),
    "windows": lambda files: "\ufeff" + sums(files).replace("/", "\\").replace("\n", "\r\n"),
    "csv": lambda files: (
        "Path,Size,MD5\n"
        + "".join(f'"{name}",{len(data)},{digest(data, "md5").upper()}\n' for name, data in files.items())
    ),
    "csv, hash first": lambda files: (
        "sha256;file name\n" + "".join(f"{digest(data)};{name}\n" for name, data in files.items())
    ),
    "csv without a header": lambda files: "".join(
        f"{digest(data)},{len(data)},{name}\n" for name, data in files.items()
    ),
    "tabs, path first": lambda files: "".join(f"{name}\t{digest(data, 'md5')}\n" for name, data in files.items()),
}


@pytest.mark.parametrize("form", LISTS)
def test_a_list_is_compared_file_by_file(operation, delivery, tmp_path, files, form) -> None:
    theirs = tmp_path / "list.txt"
    theirs.write_text(LISTS[form](files), encoding="utf-8", newline="")
    receipt = operation.receive(delivery, their_hashes=theirs)
    check = receipt.hash_check
    assert (check.matched, check.differing, check.missing, check.extra) == (1, 1, 1, 1), list(
        operation.room.hash_lines("H1")
    )
    assert operation.room.delivery("H1").hash_check == check
    by_result = {line.result: line for line in operation.room.hash_lines("H1")}
    assert by_result["extra"].path == "extra.txt"
    assert by_result["differing"].ours != by_result["differing"].theirs
    assert by_result["missing"].ours is None
    assert operation.room.verify().files == 5  # three files, the manifest and their list


def test_a_list_in_utf16_is_read(operation, delivery, tmp_path, files) -> None:
    theirs = tmp_path / "list.csv"
    theirs.write_text(LISTS["csv"](files), encoding="utf-16")
    assert operation.receive(delivery, their_hashes=theirs).hash_check.matched == 1


def test_a_bag_is_checked_against_its_payload_manifest(operation, delivery) -> None:
    (delivery / "data").mkdir()
    (delivery / "data" / "50%\n.txt").write_bytes(b"odd")
    (delivery / "data" / "plain").write_bytes(b"plain")
    (delivery / "bagit.txt").write_text("BagIt-Version: 1.0\n")
    (delivery / "manifest-sha512.txt").write_text(
        f"{digest(b'odd', 'sha512')}  data/50%25%0A.txt\n{digest(b'plain', 'sha512')}\tdata/plain\n"
    )
    check = operation.receive(delivery, their_hashes=delivery / "manifest-sha512.txt").hash_check
    assert (check.matched, check.differing, check.missing, check.extra) == (2, 0, 0, 0)


def test_bare_hashes_match_by_content_alone(operation, delivery, tmp_path) -> None:
    (delivery / "a").write_bytes(b"a")
    (delivery / "b").write_bytes(b"b")
    theirs = tmp_path / "md5.txt"
    theirs.write_text(f"{digest(b'a', 'md5')}\n{digest(b'z', 'md5')}\n")
    check = operation.receive(delivery, their_hashes=theirs).hash_check
    assert (check.matched, check.differing, check.missing, check.extra) == (1, 0, 1, 1)


def test_members_of_a_listed_archive_are_not_extra_and_members_may_be_listed(operation, tmp_path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("in/a", "a")
        archive.writestr("in/b", "b")
    packed = tmp_path / "x.zip"
    packed.write_bytes(buffer.getvalue())
    theirs = tmp_path / "list"
    theirs.write_text(f"{digest(buffer.getvalue())}  x.zip\n")
    check = operation.receive(packed, their_hashes=theirs).hash_check
    assert (check.matched, check.extra) == (1, 0)
    theirs.write_text(f"{digest(b'a')}  in/a\n")
    check = operation.receive(packed, their_hashes=theirs).hash_check
    assert (check.matched, check.extra) == (1, 1)  # in/b: the list speaks of members, and not of this one


def test_lines_that_say_nothing_are_refusals_and_a_list_of_them_is_wrong_use(operation, delivery, tmp_path) -> None:
    (delivery / "a").write_bytes(b"a")
    theirs = tmp_path / "list"
    theirs.write_text(f"{digest(b'a')}  a\nwhat is this\n")
    receipt = operation.receive(delivery, their_hashes=theirs)
    assert (receipt.hash_check.matched, receipt.refused) == (1, 1)
    ((_, refusal),) = operation.room.refusals("H1")
    assert (refusal.code, refusal.entry, refusal.details) == ("unread_hash_line", "list", {"line": 2})
    for text in (b"", b"no hashes here\n", gzip.compress(b"x")):
        theirs.write_bytes(text)
        with pytest.raises(WrongUse):
            operation.receive(delivery, their_hashes=theirs)
    theirs.write_text(f"left,right,{digest(b'a')}\n")
    with pytest.raises(WrongUse):
        operation.receive(delivery, their_hashes=theirs)
    with pytest.raises(NotFound):
        operation.receive(delivery, their_hashes=tmp_path / "absent")
    assert len(operation.room.deliveries()) == 1
