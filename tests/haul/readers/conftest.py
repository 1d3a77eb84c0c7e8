"""Files as readers see them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest


@dataclass(frozen=True)
class FileOnDisk:
    """A file in a temporary folder, under the path it is said to have in a delivery."""

    file: Path
    path: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    @property
    def size(self) -> int:
        return self.file.stat().st_size

    def open(self) -> IO[bytes]:
        return self.file.open("rb")

    def head(self, size: int = 65_536) -> bytes:
        with self.open() as stream:
            return stream.read(size)


Deliver = Callable[..., FileOnDisk]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Write bytes to a file and present it under a delivery path."""

    def write(data: bytes, path: str = "delivery/file") -> FileOnDisk:
        file = tmp_path / hashlib.sha256(path.encode()).hexdigest()[:12]
        file.write_bytes(data)
        return FileOnDisk(file, path)

    return write
