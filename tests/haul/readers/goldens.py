"""Golden files: a folder per case under tests/golden/<reader>/, holding the input and what is read from it.

Regenerate with `python tests/haul/readers/goldens.py` and review the difference.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from venetic.haul.readers import read_source, reader_named
from venetic.kernel import rfc3339

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
EXPECTED = "expected.json"


@dataclass(frozen=True)
class FileOnDisk:
    """A file on disk, under the path it is said to have in a delivery."""

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


def wall(*parts: int) -> datetime:
    """A wall-clock time, which has no zone."""
    return datetime(*parts)  # noqa: DTZ001 -- wall clock


def cases() -> list[Path]:
    return sorted(path for reader in GOLDEN.iterdir() for path in reader.iterdir())


def source_of(case: Path) -> FileOnDisk:
    (file,) = (path for path in case.rglob("*") if path.is_file() and path.name != EXPECTED)
    return FileOnDisk(file, file.relative_to(case).as_posix())


def read(case: Path) -> dict[str, Any]:
    batches = list(read_source(reader_named(case.parent.name), source_of(case)))
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    return {
        "rows": [{name: _plain(value) for name, value in row.items() if value is not None} for row in rows],
        "refusals": [[r.offset, r.length, r.code] for batch in batches for r in batch.refusals],
        "separator_bytes": sum(batch.separator_bytes for batch in batches),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat() if value.tzinfo is None else rfc3339(value)
    return value


if __name__ == "__main__":
    for case in cases():
        (case / EXPECTED).write_text(json.dumps(read(case), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
