"""One tiny exercise for all tests of this folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from exercise import Made, make, size_named

SEED = 1


@dataclass(frozen=True, slots=True)
class Tiny:
    made: Made
    haul: Path
    truth: Path

    def data(self, shown: str, raw: bytes | None = None) -> bytes:
        """A file of the haul by its path in the truth."""
        path = raw if raw is not None else shown.encode()
        return (self.haul / os.fsdecode(path)).read_bytes()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    out = tmp_path_factory.mktemp("exercise")
    made = make(SEED, size_named("tiny"), out, lambda line: None)
    return Tiny(made, out / "haul", out / "truth")
