"""Sealed bytes under names: a folder by default, any store `obstore` knows by URL.

A folder is written with the operating system's own calls: `obstore` gives no promise that bytes have reached the disk,
and evidence acknowledged as sealed must survive a power cut. An object gets its name by a hard link, which either
happens whole or not at all and never replaces what stands there. A staging file is held under a file lock while its
writer lives, so `sweep` removes exactly what a killed writer left.
"""

import errno
import fcntl
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, NotSupportedError
from obstore.store import from_url

from venetic.kernel import Corrupt, Misuse, NewObject, NotFound, ObjectStore, RunStopped, utc_now

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile

    Store = obstore.store.ObjectStore

STAGING = "staging"
BUFFER_BYTES = 1 << 20  # one read-ahead: large enough for sequential hashing, small enough for many open files
REMOTE_STAGING_AGE = timedelta(
    days=2
)  # a remote writer cannot be asked whether it lives: none writes one file for so long


def open_objects(place: str | Path) -> ObjectStore:
    """The object store at a folder path or a URL (`s3://bucket/prefix`, `file:///…`, `memory:///`).

    Credentials of a URL come from the environment, as `obstore` reads them. A folder is made when it is absent.
    """
    if isinstance(place, str) and "://" in place:
        return RemoteObjects(from_url(place))
    return FolderObjects(Path(place))


class FolderObjects:
    """Objects as read-only files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._staging = folder / STAGING
        self._staging.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def new_object(self) -> Iterator[NewObject]:
        """Open a staging file; on leaving it is gone, kept or not. Raises RunStopped when the disk refuses."""
        staged, descriptor = self._stage()
        try:
            yield _NewFile(self._folder, staged, descriptor)
        finally:
            staged.unlink(missing_ok=True)
            os.close(descriptor)

    def open(self, name: str) -> IO[bytes]:
        """A seekable, buffered stream of the object's bytes. Raises NotFound."""
        try:
            return self._path(name).open("rb", buffering=BUFFER_BYTES)
        except FileNotFoundError:
            raise NotFound("no such sealed object", name) from None

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        """Exactly the asked bytes. Raises NotFound, or Corrupt when the object is shorter."""
        with self.open(name) as stream:
            stream.seek(offset)
            return _whole(stream.read(length), name, offset, length)

    def size(self, name: str) -> int | None:
        """The object's size in bytes; null when there is none."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            return None

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with `prefix`, in no set order; staging files have no name yet."""
        start = self._folder / prefix.rpartition("/")[0]
        for folder, folders, files in os.walk(start):
            if Path(folder) == self._folder and STAGING in folders:
                folders.remove(STAGING)
            for file in files:
                name = (Path(folder) / file).relative_to(self._folder).as_posix()
                if name.startswith(prefix):
                    yield name

    def delete(self, name: str) -> None:
        """Remove the object for good; no error when it is absent."""
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            return
        _sync_folder(path.parent)

    def sweep(self) -> int:
        """Remove staging files that no writer holds; how many."""
        swept = 0
        for staged in self._staging.iterdir():
            descriptor = os.open(staged, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                staged.unlink(missing_ok=True)
                swept += 1
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
        return swept

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)

    def _stage(self) -> tuple[Path, int]:
        while True:
            staged = self._staging / secrets.token_hex(16)
            try:
                descriptor = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except OSError as fault:
                raise _stopped(fault) from fault
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:  # a sweep may have come between making the file and locking it
                return staged, descriptor
            os.close(descriptor)


class _NewFile:
    def __init__(self, folder: Path, staged: Path, descriptor: int) -> None:
        self._folder = folder
        self._staged = staged
        self._descriptor = descriptor
        self._pending = bytearray()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        if len(self._pending) + len(data) < BUFFER_BYTES:
            self._pending += data
            return
        self._flush()
        self._put(data)

    def keep(self, name: str) -> bool:
        """Give the object its name, durably; false, and nothing stored, when the name was taken."""
        target = self._folder / _checked(name)
        if target.exists():
            return False
        self._flush()
        try:
            os.fchmod(self._descriptor, 0o400)
            os.fsync(self._descriptor)
            _make_folders(self._folder, target.parent)
            os.link(self._staged, target)
            _sync_folder(target.parent)
        except FileExistsError:
            return False
        except OSError as fault:
            raise _stopped(fault) from fault
        return True

    def _flush(self) -> None:
        self._put(self._pending)
        self._pending = bytearray()

    def _put(self, data: bytes | bytearray) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as fault:
            raise _stopped(fault) from fault


class RemoteObjects:
    """Objects in a store that `obstore` reaches by URL; its acknowledgement is its promise of durability."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    @contextmanager
    def new_object(self) -> Iterator[NewObject]:
        """Open a staging object; on leaving it is gone, kept or not."""
        staged = f"{STAGING}/{secrets.token_hex(16)}"
        writer = obstore.open_writer(self._store, staged)
        new = _NewRemote(self._store, staged, writer)
        try:
            yield new
        finally:
            new.close()
            self.delete(staged)

    def open(self, name: str) -> IO[bytes]:
        """A seekable, buffered stream of the object's bytes. Raises NotFound."""
        try:
            reader = obstore.open_reader(self._store, _checked(name))
        except FileNotFoundError:
            raise NotFound("no such sealed object", name) from None
        return io.BufferedReader(_RawRemote(reader), BUFFER_BYTES)

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        """Exactly the asked bytes. Raises NotFound, or Corrupt when the object is shorter."""
        size = self.size(name)
        if size is None:
            raise NotFound("no such sealed object", name)
        if offset + length > size:
            return _whole(b"", name, offset, length)
        if length == 0:
            return b""
        data = bytes(obstore.get_range(self._store, _checked(name), start=offset, length=length))
        return _whole(data, name, offset, length)

    def size(self, name: str) -> int | None:
        """The object's size in bytes; null when there is none."""
        try:
            return int(obstore.head(self._store, _checked(name))["size"])
        except FileNotFoundError:
            return None

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names that begin with `prefix`, in no set order; staging objects have no name yet."""
        for batch in obstore.list(self._store, prefix.rpartition("/")[0] or None):
            for meta in batch:
                if meta["path"].startswith(prefix) and not meta["path"].startswith(f"{STAGING}/"):
                    yield meta["path"]

    def delete(self, name: str) -> None:
        """Remove the object for good; no error when it is absent."""
        try:
            obstore.delete(self._store, _checked(name))
        except FileNotFoundError:
            return

    def sweep(self) -> int:
        """Remove staging objects older than two days; how many."""
        before = utc_now() - REMOTE_STAGING_AGE
        old = [
            meta["path"]
            for batch in obstore.list(self._store, STAGING)
            for meta in batch
            if meta["last_modified"] < before
        ]
        for name in old:
            self.delete(name)
        return len(old)


class _NewRemote:
    def __init__(self, store: "Store", staged: str, writer: "WritableFile") -> None:
        self._store = store
        self._staged = staged
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._writer.write(data)

    def close(self) -> None:
        """End the upload, if it has not ended yet."""
        if not self._writer.closed():
            self._writer.close()

    def keep(self, name: str) -> bool:
        """Give the object its name; false, and nothing stored, when the name was taken."""
        self.close()
        try:
            obstore.copy(self._store, self._staged, _checked(name), overwrite=False)
        except AlreadyExistsError:
            return False
        except NotSupportedError:  # a store without conditional copies: the operation's writer lock keeps others out
            try:
                obstore.head(self._store, _checked(name))
            except FileNotFoundError:
                obstore.copy(self._store, self._staged, _checked(name))
            else:
                return False
        return True


class _RawRemote(io.RawIOBase):
    """An `obstore` reader as Python's own kind of raw stream."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = bytes(self._reader.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def _checked(name: str) -> str:
    parts = name.split("/")
    if not name or any(part in ("", ".", "..") for part in parts):
        raise Misuse("an object's name is a relative path without dots", name)
    return name


def _whole(data: bytes, name: str, offset: int, length: int) -> bytes:
    if len(data) != length:
        raise Corrupt(f"a sealed object is shorter than {offset + length} bytes", name)
    return data


def _make_folders(root: Path, folder: Path) -> None:
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        _sync_folder(new.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stopped(fault: OSError) -> RunStopped:
    reason = errno.errorcode.get(fault.errno or 0, "unknown")
    return RunStopped(f"the object store cannot be written ({reason}): make room or give it rights, then run again")
