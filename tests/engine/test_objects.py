import os
import subprocess
import sys
from pathlib import Path

import pytest

from venetic.engine._objects import BUFFER_BYTES, open_objects
from venetic.kernel import Corrupt, Misuse, NotFound


@pytest.fixture(params=["folder", "file url", "memory"])
def objects(request, tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    return open_objects({"folder": folder, "file url": folder.as_uri(), "memory": "memory:///"}[request.param])


def put(objects, name: str, *pieces: bytes) -> bool:
    with objects.new_object() as new:
        for piece in pieces:
            new.write(piece)
        return new.keep(name)


@pytest.mark.parametrize("size", [0, 1, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BUFFER_BYTES])
def test_what_is_written_is_read(objects, size) -> None:
    data = os.urandom(size)
    assert put(objects, "a/b", data[: size // 3], data[size // 3 :])
    assert objects.size("a/b") == size
    with objects.open("a/b") as stream:
        assert stream.read() == data
        assert stream.seekable()
        stream.seek(size // 2)
        assert stream.read(10) == data[size // 2 : size // 2 + 10]
        stream.seek(-min(size, 3), os.SEEK_END)
        assert stream.read() == data[size - min(size, 3) :]
    assert objects.read_range("a/b", size // 2, size - size // 2) == data[size // 2 :]
    with pytest.raises(Corrupt):
        objects.read_range("a/b", 0, size + 1)


def test_a_name_once_taken_is_never_replaced(objects) -> None:
    assert put(objects, "a", b"first")
    assert not put(objects, "a", b"second")
    assert objects.open("a").read() == b"first"


def write_and_stop(objects) -> None:
    with objects.new_object() as new:
        new.write(b"y")
        raise KeyboardInterrupt


def test_what_is_not_kept_is_not_there(objects) -> None:
    with objects.new_object() as new:
        new.write(b"x")
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(objects)
    assert list(objects.names()) == []
    assert objects.size("a") is None
    for missing in (lambda: objects.open("a"), lambda: objects.read_range("a", 0, 1)):
        with pytest.raises(NotFound):
            missing()


def test_names_are_listed_by_prefix_and_deleted_for_good(objects) -> None:
    for name in ("s/1/a", "s/2/b", "m/x.json"):
        put(objects, name, name.encode())
    assert sorted(objects.names()) == ["m/x.json", "s/1/a", "s/2/b"]
    assert sorted(objects.names("s/")) == ["s/1/a", "s/2/b"]
    objects.delete("s/1/a")
    objects.delete("s/1/a")
    assert sorted(objects.names("s/")) == ["s/2/b"]


@pytest.mark.parametrize("name", ["", "../a", "/a", "a//b", "a/./b"])
def test_a_name_that_is_no_relative_path_is_misuse(objects, name) -> None:
    with pytest.raises(Misuse):
        objects.size(name)


HOLD = """
import sys, time
from pathlib import Path
from venetic.engine._objects import open_objects
with open_objects(Path(sys.argv[1])).new_object() as new:
    new.write(b"x" * 2_000_000)
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_sweep_spares_a_living_writer_and_removes_a_killed_one(tmp_path) -> None:
    objects = open_objects(tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout.readline() == b"holding\n"
        assert objects.sweep() == 0
        writer.kill()
        writer.wait()
    assert objects.sweep() == 1
    assert list(objects.names()) == []
    assert not any((tmp_path / "staging").iterdir())


def test_a_sealed_file_is_read_only(tmp_path) -> None:
    put(open_objects(tmp_path), "a", b"x")
    assert Path(tmp_path / "a").stat().st_mode & 0o222 == 0
