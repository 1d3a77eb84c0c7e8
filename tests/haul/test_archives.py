import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib

import py7zr
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venetic.haul import Limits


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 4, 1, 10, 22, 32)), data, compression)
    return buffer.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_585_736_552
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def seven(members: dict[str, bytes], password: str | None = None, **options) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", password=password, **options) as archive:
        for name, data in members.items():
            archive.writef(io.BytesIO(data), name)
    return buffer.getvalue()


def seven_plain(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        archive.set_encoded_header_mode(False)
        for name, data in members.items():
            archive.writef(io.BytesIO(data), name)
    return buffer.getvalue()


def renamed_7z(packed: bytes, name: str, other: str) -> bytes:
    """The archive with one name replaced by another of the same length, its two header checksums made right."""
    assert name.encode("utf-16-le") in packed
    data = bytearray(packed.replace(name.encode("utf-16-le"), other.encode("utf-16-le")))
    offset, size = struct.unpack_from("<QQ", data, 12)
    struct.pack_into("<I", data, 28, zlib.crc32(data[32 + offset : 32 + offset + size]))
    struct.pack_into("<I", data, 8, zlib.crc32(data[12:32]))
    return bytes(data)


MEMBERS = {"a.txt": b"alpha", "deep/b.txt": b"beta" * 1000, "empty": b""}
PACKED = {
    "x.zip": zipped(MEMBERS),
    "x.tar": tarred(MEMBERS),
    "x.tar.gz": gzip.compress(tarred(MEMBERS)),
    "x.tar.bz2": bz2.compress(tarred(MEMBERS)),
    "x.tar.xz": lzma.compress(tarred(MEMBERS)),
    "x.tar.zst": zstandard.compress(tarred(MEMBERS)),
    "x.7z": seven(MEMBERS),
}
LONE = {
    "a.txt.gz": gzip.compress(b"alpha"),
    "a.txt.bz2": bz2.compress(b"alpha"),
    "a.txt.xz": lzma.compress(b"alpha"),
    "a.txt.zst": zstandard.compress(b"alpha"),
}


@pytest.mark.parametrize("name", PACKED)
def test_an_archive_is_sealed_with_its_members(operation, delivery, name) -> None:
    (delivery / name).write_bytes(PACKED[name])
    receipt = operation.receive(delivery)
    assert receipt.refused == 0, operation.codes()
    assert sorted(operation.paths()) == sorted([name, *(f"{name}/{member}" for member in MEMBERS)])
    assert receipt.files == 4
    assert receipt.bytes == len(PACKED[name]) + sum(map(len, MEMBERS.values()))
    assert operation.content(name) == PACKED[name]
    for member, data in MEMBERS.items():
        assert operation.content(f"{name}/{member}") == data
    unpacked = {file.path: file.unpacked for file in operation.room.files()}
    assert unpacked[name]
    assert not unpacked[f"{name}/a.txt"]


@pytest.mark.parametrize("name", LONE)
def test_a_single_compressed_file_is_sealed_with_its_content(operation, delivery, name) -> None:
    (delivery / name).write_bytes(LONE[name])
    operation.receive(delivery)
    assert operation.paths() == [name, f"{name}/a.txt"]
    assert operation.content(f"{name}/a.txt") == b"alpha"


def test_archives_are_recognised_by_their_bytes_not_their_names(operation, delivery) -> None:
    (delivery / "photo.jpg").write_bytes(PACKED["x.zip"])
    (delivery / "notes.zip").write_bytes(b"only text")
    (delivery / "blob").write_bytes(gzip.compress(b"inside"))
    receipt = operation.receive(delivery)
    assert receipt.refused == 0
    assert "photo.jpg/a.txt" in operation.paths()
    assert "blob/content" in operation.paths()


@pytest.mark.parametrize(
    "marks",
    [
        {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"},
        {"mimetype": b"application/epub+zip"},
        {"META-INF/MANIFEST.MF": b""},
        {"AndroidManifest.xml": b""},
        {"report.xml": b"<?xml version='1.0'?><project id='1'/>"},
    ],
)
def test_documents_are_sealed_whole(operation, delivery, marks) -> None:
    (delivery / "document").write_bytes(zipped(marks))
    operation.receive(delivery)
    assert operation.paths() == ["document"]


def test_archives_in_archives_are_unpacked_to_the_limit(make_operation, delivery) -> None:
    operation = make_operation(limits=Limits(max_depth=2))
    inner = zipped({"c.zip": zipped({"d.txt": b"deep"}), "c.txt": b"c"})
    (delivery / "a.zip").write_bytes(zipped({"b.zip": inner}))
    operation.receive(delivery)
    assert operation.paths() == ["a.zip", "a.zip/b.zip", "a.zip/b.zip/c.zip", "a.zip/b.zip/c.txt"]
    assert operation.codes() == {"a.zip/b.zip/c.zip": "too_deep"}


def test_times_keep_their_zone_or_say_that_there_is_none(operation, delivery) -> None:
    (delivery / "x.zip").write_bytes(PACKED["x.zip"])
    (delivery / "x.tar").write_bytes(PACKED["x.tar"])
    operation.receive(delivery)
    entries = {entry.path: entry for entry in operation.room.entries("H1")}
    assert entries["x.zip/a.txt"].modified_at is None
    assert entries["x.zip/a.txt"].modified_local == "2020-04-01T10:22:32"
    assert entries["x.tar/a.txt"].modified_at.isoformat() == "2020-04-01T10:22:32+00:00"


def test_names_that_lead_elsewhere_are_refused_and_the_rest_goes_on(operation, delivery) -> None:
    bad = {"../up": b"1", "/abs": b"2", "a/../../b": b"3", "C:\\x": b"4", "..\\w": b"5", "good": b"6"}
    (delivery / "t.tar").write_bytes(tarred(bad))
    (delivery / "z.zip").write_bytes(zipped(bad))
    receipt = operation.receive(delivery)
    assert operation.paths() == ["t.tar", "t.tar/good", "z.zip", "z.zip/good"]
    assert receipt.refused == 10
    codes = operation.codes()
    assert codes["t.tar/../up"] == "path_traversal"
    assert codes["z.zip//abs"] == "absolute_path"
    assert codes["z.zip/C:\\\\x"] == "absolute_path"
    assert not (delivery.parent / "up").exists()


def test_a_traversal_in_a_7z_does_not_cost_its_other_members(operation, delivery) -> None:
    packed = renamed_7z(seven_plain({"aa/up": b"bad", "good": b"fine"}), "aa/up", "../up")
    (delivery / "x.7z").write_bytes(packed)
    operation.receive(delivery)
    assert operation.codes() == {"x.7z/../up": "path_traversal"}
    assert operation.content("x.7z/good") == b"fine"


def test_links_and_devices_in_archives_are_refused(operation, delivery) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in {
            "soft": tarfile.SYMTYPE,
            "hard": tarfile.LNKTYPE,
            "device": tarfile.CHRTYPE,
            "pipe": tarfile.FIFOTYPE,
        }.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "etc/passwd"
            archive.addfile(info)
    (delivery / "t.tar").write_bytes(buffer.getvalue())
    link = zipfile.ZipInfo("soft")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "etc/passwd")
    (delivery / "z.zip").write_bytes(buffer.getvalue())
    operation.receive(delivery)
    assert operation.paths() == ["t.tar", "z.zip"]
    assert operation.codes() == {
        "t.tar/soft": "link",
        "t.tar/hard": "link",
        "t.tar/device": "special_file",
        "t.tar/pipe": "special_file",
        "z.zip/soft": "link",
    }


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "7z", "zst"])
def test_a_bomb_is_refused_by_its_ratio_and_the_rest_goes_on(make_operation, delivery, kind) -> None:
    operation = make_operation(limits=Limits(max_ratio=20, ratio_from_bytes=100_000))
    zeros = {"zeros": bytes(4_000_000)}
    bomb = {
        "zip": lambda: zipped(zeros),
        "tar.gz": lambda: gzip.compress(tarred(zeros)),
        "7z": lambda: seven(zeros),
        "zst": lambda: zstandard.compress(zeros["zeros"]),
    }[kind]()
    (delivery / f"bomb.{kind}").write_bytes(bomb)
    (delivery / "z.txt").write_bytes(b"after")
    receipt = operation.receive(delivery)
    assert operation.codes()[f"bomb.{kind}"] == "archive_bomb"
    assert operation.paths() == [f"bomb.{kind}", "z.txt"]
    assert receipt.files == 2


def test_limits_of_bytes_and_members_hold_over_everything_nested(make_operation, delivery) -> None:
    inner = zipped({f"{n}": bytes([n]) * 400 for n in range(10)}, zipfile.ZIP_STORED)
    (delivery / "a.zip").write_bytes(zipped({"i.zip": inner, "j.zip": inner}, zipfile.ZIP_STORED))
    many = make_operation("many", limits=Limits(max_members=8))
    many.receive(delivery)
    assert many.codes() == {"a.zip": "too_many_members"}
    assert len(many.paths()) == 1 + 8
    large = make_operation("large", limits=Limits(max_expanded_bytes=len(inner) * 2 + 1000))
    large.receive(delivery)
    assert large.codes() == {"a.zip": "archive_bomb"}
    ((_, refusal),) = large.room.refusals("H1")
    assert refusal.details["limit"] == len(inner) * 2 + 1000


def test_an_entry_with_a_wrong_checksum_is_refused_alone(operation, delivery) -> None:
    data = bytearray(zipped({"a": b"first", "b": b"second", "c": b"third"}, zipfile.ZIP_STORED))
    data[data.index(b"second")] ^= 1
    (delivery / "x.zip").write_bytes(data)
    operation.receive(delivery)
    assert operation.paths() == ["x.zip", "x.zip/a", "x.zip/c"]
    assert operation.codes() == {"x.zip/b": "member_damaged"}


@pytest.mark.parametrize("name", [*PACKED, *LONE])
def test_a_cut_archive_is_sealed_whole_and_said_to_be_damaged(operation, delivery, name) -> None:
    whole = (PACKED | LONE)[name]
    cut = len(whole) // 2 if name != "x.tar" else 3000
    (delivery / name).write_bytes(whole[:cut])
    receipt = operation.receive(delivery)
    assert operation.content(name) == whole[:cut]
    assert receipt.refused >= 1
    assert set(operation.codes().values()) <= {"archive_damaged", "member_damaged"}


def test_a_tar_with_a_broken_header_in_the_middle_says_where_it_stops(operation, delivery) -> None:
    data = bytearray(tarred({"a": b"1", "b": b"2"}))
    data[1024 + 150] ^= 0xFF
    (delivery / "x.tar").write_bytes(data)
    operation.receive(delivery)
    assert operation.paths() == ["x.tar", "x.tar/a"]
    assert operation.codes() == {"x.tar": "archive_damaged"}


def test_a_tar_without_its_end_mark_is_refused(operation, delivery) -> None:
    (delivery / "x.tar").write_bytes(tarred({"a": b"1"})[:1024])
    operation.receive(delivery)
    assert operation.paths() == ["x.tar", "x.tar/a"]
    assert operation.codes() == {"x.tar": "archive_damaged"}


def test_equal_names_in_an_archive_are_both_sealed_under_paths_of_their_own(operation, delivery) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for data in (b"one", b"two"):
            info = tarfile.TarInfo("same")
            info.size = 3
            archive.addfile(info, io.BytesIO(data))
    (delivery / "x.tar").write_bytes(buffer.getvalue())
    operation.receive(delivery)
    assert operation.paths() == ["x.tar", "x.tar/same", "x.tar/same~2"]
    assert operation.content("x.tar/same~2") == b"two"


def test_raw_names_of_members_are_kept(operation, delivery) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        info = tarfile.TarInfo(b"caf\xe9".decode("utf-8", "surrogateescape"))
        archive.addfile(info)
    (delivery / "t.tar").write_bytes(buffer.getvalue())
    data = zipped({"caf_": b"x"}).replace(b"caf_", b"caf\xe9")
    (delivery / "z.zip").write_bytes(data)
    operation.receive(delivery)
    entries = {entry.path: entry for entry in operation.room.entries("H1")}
    assert entries["t.tar/caf\\xe9"].raw_path == b"t.tar/caf\xe9"
    assert entries["z.zip/caf\\xe9"].raw_path == b"z.zip/caf\xe9"


# Made with another program: entry `secret.txt` holding `the content of it`, password `open sesame`.
AES_ZIP = base64.b64decode(
    "UEsDBBQAAQBjAHqnd10AAAAALwAAABEAAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAwgA7ZL87y4cFkCclux4Nne3iaJ+DyKacTd8"
    "ZdiIirtPg2jnx1QTPTXQrPcOBRHLNxBQSwECFAMUAAEAYwB6p3ddAAAAAC8AAAARAAAACgALAAAAAAAAAAAAgAEAAAAAc2VjcmV0"
    "LnR4dAGZBwACAEFFAwgAUEsFBgAAAAABAAEAQwAAAGIAAAAAAA=="
)
AES_STORED_ZIP = base64.b64decode(
    "UEsDBBQAAQBjAKKpd10AAAAAJQAAABEAAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAQAAWZX1J9ZO2DJMyuaBvexqs7bue+cSzeSu"
    "gwW1j4OO5pzuvy0nG1BLAQIUAxQAAQBjAKKpd10AAAAAJQAAABEAAAAKAAsAAAAAAAAAAACAAQAAAABzZWNyZXQudHh0AZkHAAIA"
    "QUUBAABQSwUGAAAAAAEAAQBDAAAAWAAAAAAA"
)
AES_BZIP2_ZIP = base64.b64decode(
    "UEsDBC4AAQBjAKKpd10AAAAASAAAABEAAAAKAAsAc2VjcmV0LnR4dAGZBwACAEFFAQwA1jHZm2ypj6jnCdU8T976DHtAbwLwdmYz"
    "N/VhOo/SAbflr2jhoxJx8ImTNIosSAHJlcCRdOZvVT45ldrhgOpeiWXS3QH8trIxUEsBAi4DLgABAGMAoql3XQAAAABIAAAAEQAA"
    "AAoACwAAAAAAAAAAAIABAAAAAHNlY3JldC50eHQBmQcAAgBBRQEMAFBLBQYAAAAAAQABAEMAAAB7AAAAAAA="
)
OLD_CIPHER_ZIP = base64.b64decode(
    "UEsDBBQAAQAAAAAAgVBIuAguHQAAABEAAAAKAAAAc2VjcmV0LnR4dLhX2fmdP8M4vTgRkPvn2M3mjPT6KWqeRajukBKnUEsBAhQA"
    "FAABAAAAAACBUEi4CC4dAAAAEQAAAAoAAAAAAAAAAAAAAAAAAAAAAHNlY3JldC50eHRQSwUGAAAAAAEAAQA4AAAARQAAAAAA"
)


@pytest.mark.parametrize(
    "packed",
    [AES_ZIP, AES_STORED_ZIP, AES_BZIP2_ZIP, OLD_CIPHER_ZIP],
    ids=["aes", "aes stored", "aes bzip2", "old cipher"],
)
def test_a_protected_zip_opens_with_a_password_of_the_file(operation, delivery, tmp_path, packed) -> None:
    (delivery / "x.zip").write_bytes(packed)
    operation.receive(delivery)
    assert operation.codes("H1") == {"x.zip/secret.txt": "password_missing"}
    passwords = tmp_path / "passwords"
    passwords.write_bytes(b"wrong\r\nalso wrong\n")
    operation.receive(delivery, password_file=passwords)
    assert operation.codes("H2") == {"x.zip/secret.txt": "password_wrong"}
    passwords.write_bytes(b"wrong\r\n\r\nopen sesame\r\n")
    operation.receive(delivery, password_file=passwords)
    assert operation.codes("H3") == {}
    assert operation.content("x.zip/secret.txt", "H3") == b"the content of it"
    written = operation.every_byte() + (operation.folder / "case.db").read_bytes()
    assert b"open sesame" not in written


def test_a_protected_entry_that_was_changed_is_refused(operation, delivery, tmp_path) -> None:
    changed = bytearray(AES_STORED_ZIP)
    changed[65] ^= 1
    (delivery / "x.zip").write_bytes(changed)
    (tmp_path / "passwords").write_bytes(b"open sesame")
    operation.receive(delivery, password_file=tmp_path / "passwords")
    assert operation.paths() == ["x.zip"]
    assert operation.codes() == {"x.zip/secret.txt": "password_wrong"}


@pytest.mark.parametrize("header", [False, True], ids=["content", "names too"])
def test_a_protected_7z_opens_with_a_password_of_the_file(operation, delivery, tmp_path, header) -> None:
    packed = seven({"a": b"content of a", "b": b"content of b"}, password="open sesame", header_encryption=header)
    (delivery / "x.7z").write_bytes(packed)
    passwords = tmp_path / "passwords"
    operation.receive(delivery)
    assert operation.codes("H1") == {"x.7z": "password_missing"}
    passwords.write_bytes(b"wrong")
    operation.receive(delivery, password_file=passwords)
    assert operation.codes("H2") == {"x.7z": "password_wrong"}
    passwords.write_bytes(b"wrong\nopen sesame\n")
    operation.receive(delivery, password_file=passwords)
    assert operation.codes("H3") == {}
    assert operation.content("x.7z/b", "H3") == b"content of b"


def test_an_archive_that_cannot_be_unpacked_says_so(operation, delivery) -> None:
    (delivery / "x.rar").write_bytes(b"Rar!\x1a\x07\x01\x00rest")
    operation.receive(delivery)
    assert operation.codes() == {"x.rar": "unsupported_archive"}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*PACKED, *LONE]), seed=st.integers(0, 2**32), cuts=st.booleans())
def test_any_damage_gives_a_receipt(operation, delivery, name, seed, cuts) -> None:
    data, chance = bytearray((PACKED | LONE)[name]), random.Random(seed)
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if cuts:
        del data[chance.randrange(len(data)) :]
    (delivery / "mutated").write_bytes(data)
    receipt = operation.receive(delivery)
    assert operation.content("mutated", receipt.haul) == bytes(data)
