"""Files as readers see them."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from haul.readers.goldens import FileOnDisk

Deliver = Callable[..., FileOnDisk]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Write bytes to a file and present it under a delivery path."""

    def write(data: bytes, path: str = "delivery/file") -> FileOnDisk:
        file = tmp_path / hashlib.sha256(path.encode()).hexdigest()[:12]
        file.write_bytes(data)
        return FileOnDisk(file, path)

    return write
